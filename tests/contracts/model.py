"""Payroll as an accountant would keep it: every stream cycle by cycle, every share an exact fraction."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

from trust.stage import WEEK

WHOLE = 10_000
BENEFITS, BACKGROUND, DUES, LEVY, PREMIUM = 2100, 2050, 150, 100, 1000
CEILING = 232_000_000_000
PARTS = ("gross", "dues", "benefits", "levy", "counted")


def up(amount: int, bps: int) -> int:
    return ceil(Fraction(amount * bps, WHOLE))


def down(amount: int, bps: int) -> int:
    return floor(Fraction(amount * bps, WHOLE))


def on_top(gross: int, bps: int) -> int:
    """Gross with the most benefits and levy it can bring."""
    return gross + up(gross, bps) + up(gross, LEVY)


def schedule(amount: int, start: int, end: int) -> dict[int, int]:
    """Whole units by cycle: prorated in the first, floors between, the rest last."""
    first, last = start // WEEK, (end - 1) // WEEK
    if first == last:
        return {first: amount}
    pay = {first: floor(Fraction(amount * ((first + 1) * WEEK - start), end - start))}
    for cycle in range(first + 1, last):
        pay[cycle] = floor(Fraction(amount * WEEK, end - start))
    pay[last] = amount - sum(pay.values())
    return pay


@dataclass
class Stream:
    start: int
    end: int
    gross: int
    dues: int
    benefits: int
    levy: int
    counted: int

    @property
    def pay(self) -> dict[int, int]:
        return schedule(self.gross - self.dues, self.start, self.end)

    @property
    def struct(self) -> dict[str, int]:
        return dict(vars(self))


@dataclass
class Production:
    free: int = 0
    reserved: int = 0
    benefits: int = 0
    levy: int = 0


@dataclass
class Member:
    """`tenures` are (first cycle, agent, share); `pay` is net pay by cycle: streamed, and credited in it."""

    tenures: list[tuple[int, str, int]] = field(default_factory=lambda: [(0, "", 0)])
    credited: dict[int, int] = field(default_factory=dict)
    streamed: dict[int, int] = field(default_factory=dict)

    def split(self, today: int) -> tuple[int, dict[str, int]]:
        """Net pay until now, and what of it is each agent's."""
        mine, agents = 0, {}
        for index, (first, agent, bps) in enumerate(self.tenures):
            end = self.tenures[index + 1][0] if index + 1 < len(self.tenures) else 10**9
            earned = sum(amount for cycle, amount in self.credited.items() if first <= cycle < end)
            earned += sum(
                amount for cycle, amount in self.streamed.items() if first <= cycle < min(end, today)
            )
            share = down(earned, bps)
            mine += earned - share
            agents[agent] = agents.get(agent, 0) + share
        return mine, agents

    def appoint(self, agent: str, bps: int, today: int) -> None:
        if self.tenures[-1][0] == today + 1:
            self.tenures.pop()
        self.tenures.append((today + 1, agent, bps))


@dataclass
class Grant:
    production: int
    member: int
    price: int
    left: int
    counted: int
    floor: int
    bps: int
    premium: int = 0
    streams: list[Stream] = field(default_factory=list)


@dataclass
class Books:
    """What everybody has and is owed. `totals` are dues, benefits and levy ever charged."""

    productions: dict[int, Production] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    counted: dict[tuple[int, int], int] = field(default_factory=dict)
    grants: dict[int, Grant] = field(default_factory=dict)
    dues: int = 0
    benefits: int = 0
    levy: int = 0

    def parts(self, where: tuple[int, int], gross: int, bps: int) -> Stream:
        counted = min(gross, CEILING - self.counted[where])
        self.counted[where] += counted
        return Stream(0, 0, gross, down(gross, DUES), up(counted, bps), up(gross, LEVY), counted)

    def charge(self, where: tuple[int, int], gross: int, bps: int, today: int) -> None:
        """A fee, or a part of a premium that is late: paid and credited at once."""
        production, p = self.productions[where[0]], self.parts(where, gross, bps)
        production.free -= gross + p.benefits + p.levy
        production.benefits += p.benefits
        production.levy += p.levy
        self.credit(where[1], gross - p.dues, today)
        self.total(p.dues, p.benefits, p.levy)

    def credit(self, member: int, net: int, today: int) -> None:
        pay = self.members[member].credited
        pay[today] = pay.get(today, 0) + net

    def total(self, dues: int, benefits: int, levy: int) -> None:
        self.dues += dues
        self.benefits += benefits
        self.levy += levy

    def reserve(self, number: int, grant: Grant, fee: int, today: int) -> None:
        where = (grant.production, grant.member)
        self.charge(where, fee, grant.bps, today)
        held = grant.left * on_top(grant.price, grant.bps) + on_top(grant.floor, grant.bps)
        production = self.productions[grant.production]
        production.free -= held
        production.reserved += held
        grant.counted = min(grant.left * grant.price, CEILING - self.counted[where])
        self.counted[where] += grant.counted
        self.grants[number] = grant

    def use(self, number: int, iterations: int, today: int) -> None:
        """Iteration by iteration, so that batches can make no difference."""
        grant = self.grants[number]
        production = self.productions[grant.production]
        for _ in range(iterations):
            counted = min(grant.price, grant.counted)
            benefits, levy = up(counted, grant.bps), up(grant.price, LEVY)
            held = on_top(grant.price, grant.bps)
            production.reserved -= held
            production.free += held - grant.price - benefits - levy
            production.benefits += benefits
            production.levy += levy
            self.credit(grant.member, grant.price - down(grant.price, DUES), today)
            self.total(down(grant.price, DUES), benefits, levy)
            grant.counted -= counted
            grant.left -= 1

    def release_floor(self, number: int) -> None:
        grant = self.grants[number]
        if grant.premium == 0:
            held = on_top(grant.floor, grant.bps)
            self.productions[grant.production].reserved -= held
            self.productions[grant.production].free += held

    def stream(self, number: int, gross: int, start: int, end: int, now: int) -> None:
        """What is late is credited at once, of each part by time passed; the rest streams."""
        grant = self.grants[number]
        s = self.paid(grant, gross)
        if now > start:
            passed = Fraction(min(now, end) - start, end - start)
            late = {name: floor(getattr(s, name) * passed) for name in PARTS}
            if late["gross"] > 0:
                for name, amount in late.items():
                    setattr(s, name, getattr(s, name) - amount)
                production = self.productions[grant.production]
                production.benefits += late["benefits"]
                production.levy += late["levy"]
                self.credit(grant.member, late["gross"] - late["dues"], now // WEEK)
                self.total(late["dues"], late["benefits"], late["levy"])
        if s.gross > 0:
            self.open(grant, s, max(now, start), end)

    def paid(self, grant: Grant, gross: int) -> Stream:
        s = self.parts((grant.production, grant.member), gross, grant.bps)
        self.productions[grant.production].free -= gross + s.benefits + s.levy
        return s

    def open(self, grant: Grant, s: Stream, start: int, end: int) -> None:
        """Dues are whole units a cycle; what doesn't divide is the member's, and of benefits and levy due at once."""
        production = self.productions[grant.production]
        s.start, s.end = start, end
        cycles = (end - 1) // WEEK - start // WEEK + 1
        s.dues -= s.dues % cycles
        production.benefits += s.benefits % cycles
        production.levy += s.levy % cycles
        self.total(s.dues, s.benefits, s.levy)
        streamed = self.members[grant.member].streamed
        for cycle, amount in s.pay.items():
            streamed[cycle] = streamed.get(cycle, 0) + amount
        grant.streams.append(s)

    def lower(self, number: int, by: int, now: int) -> int:
        """Take back what streams pay from the next cycle on, newest first; gross that went back."""
        grant, returned = self.grants[number], 0
        for s in reversed(list(grant.streams)):
            if returned < by:
                returned += self.cut(grant, s, by - returned, now)
        return returned

    def cut(self, grant: Grant, s: Stream, most: int, now: int) -> int:
        begin, first, last = now // WEEK + 1, s.start // WEEK, (s.end - 1) // WEEK
        if begin > last:
            return 0
        cycles, left = last - first + 1, last - begin + 1
        streamed = self.members[grant.member].streamed
        net = 0
        for cycle, amount in s.pay.items():
            if cycle >= begin:
                streamed[cycle] -= amount
                net += amount
        whole, production = s.gross - s.dues, self.productions[grant.production]
        aside = [part // cycles * left for part in (s.dues, s.benefits, s.levy)]
        fair = [part * net // whole for part in (s.dues, s.benefits, s.levy)]
        dues, benefits, levy = map(min, aside, fair)
        # What streams evenly and lags behind the pay is due at once: the totals keep it.
        self.total(-dues, -benefits, -levy)
        production.benefits += aside[1] - benefits
        production.levy += aside[2] - levy
        gross, counted = net + dues, s.counted * benefits // s.benefits if s.benefits else 0
        production.free += gross + benefits + levy
        self.counted[grant.production, grant.member] -= counted
        if gross == 0:
            return 0
        # This very one: two that are alike stand in different places.
        grant.streams = [other for other in grant.streams if other is not s]
        if gross > most:
            on = gross - most
            again = Stream(0, 0, on, *(part * on // gross for part in (dues, benefits, levy, counted)))
            production.free -= again.gross + again.benefits + again.levy
            self.counted[grant.production, grant.member] += again.counted
            self.open(grant, again, begin * WEEK, s.end)
        return min(gross, most)

    def everything_owed(self) -> int:
        """All net pay that was ever promised, streamed or credited, whether due yet or not."""
        return sum(sum(m.credited.values()) + sum(m.streamed.values()) for m in self.members.values())


def accounts(production: dict[str, Any]) -> Production:
    return Production(**{name: production[name] for name in ("free", "reserved", "benefits", "levy")})
