"""What members must have got, from the harness's own notes alone: whole units, an exact fraction for every share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

DUES_BPS = 150
PREMIUM_BPS = 1000
_WHOLE_BPS = 10_000


def share(amount: int, bps: int) -> int:
    """A share of an amount, rounded down."""
    return floor(Fraction(amount * bps, _WHOLE_BPS))


def premium(savings: int) -> int:
    """What a saving brings the member in all, rounded up; above the floor."""
    return ceil(Fraction(savings * PREMIUM_BPS, _WHOLE_BPS))


@dataclass(slots=True)
class Pool:
    """An ensemble pool whose seats were taken before any money came: net pay, credited and streamed, by cycle."""

    units: dict[int, int]
    credited: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    streamed: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def earned(self, member: int, money: int) -> int:
        """A seat's part of all the money that ever came, as whole units of an index of 2^-64 a unit allow."""
        index = (money << 64) // sum(self.units.values())
        return self.units.get(member, 0) * index >> 64

    def dust(self, money: int) -> int:
        """What floors leave in the pool."""
        return money - sum(self.earned(member, money) for member in self.units)


@dataclass(slots=True)
class Books:
    """Net pay by member and by the cycle from whose beginning on it is due; times in Unix seconds."""

    epoch: int
    cycle_seconds: int
    pools: list[Pool] = field(default_factory=list)
    due_from: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    credited: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def cycle(self, time: int) -> int:
        """The cycle a time lies in."""
        return (time - self.epoch) // self.cycle_seconds

    def begin(self, cycle: int) -> int:
        """The first second of a cycle."""
        return self.epoch + cycle * self.cycle_seconds

    # What comes in

    def credit(self, member: int, gross: int, at: int, count: int = 1) -> None:
        """So many charges of one amount, due at once."""
        net, cycle = count * (gross - share(gross, DUES_BPS)), self.cycle(at)
        self.due_from[member][cycle] += net
        self.credited[member, cycle] += net

    def stream(self, member: int, gross: int, start: int, end: int) -> None:
        """Due at the end of each cycle; dues that don't divide by the cycles are the member's."""
        cycles = self.cycle(end - 1) - self.cycle(start) + 1
        dues = share(gross, DUES_BPS)
        for cycle, part in self._spread(gross - dues + dues % cycles, start, end):
            self.due_from[member][cycle + 1] += part

    def fund(self, pool: Pool, gross: int, at: int) -> None:
        """A lump for all seats."""
        pool.credited[self.cycle(at)] += gross - share(gross, DUES_BPS)

    def stream_to(self, pool: Pool, gross: int, start: int, end: int) -> None:
        """Pays all seats by the second."""
        for cycle, part in self._spread(gross - share(gross, DUES_BPS), start, end):
            pool.streamed[cycle] += part

    def _spread(self, net: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """By each cycle's share of the time; the last takes what is left."""
        first, last = self.cycle(start), self.cycle(end - 1)
        left = net
        for cycle in range(first, last + 1):
            seconds = min(end, self.begin(cycle + 1)) - max(start, self.begin(cycle))
            part = left if cycle == last else floor(Fraction(net * seconds, end - start))
            yield cycle, part
            left -= part

    # What it comes to

    def total(self, member: int, time: int) -> int:
        """All that a member has earned up to `time`, from the first day on."""
        cycle = self.cycle(time)
        own = sum(amount for first, amount in self.due_from[member].items() if first <= cycle)
        return own + sum(pool.earned(member, self.money(pool, time)) for pool in self.pools)

    def by_payday(self, member: int, time: int) -> int:
        """What the last payday before `time` owed: all but what was credited since."""
        cycle = self.cycle(time)
        begin = self.begin(cycle)
        own = sum(amount for first, amount in self.due_from[member].items() if first <= cycle)
        pools = (pool.earned(member, self.money(pool, begin) - pool.credited[cycle]) for pool in self.pools)
        return own - self.credited.get((member, cycle), 0) + sum(pools)

    def money(self, pool: Pool, time: int) -> int:
        """All that a pool has had to divide up to `time`."""
        today, gone = self.cycle(time), (time - self.epoch) % self.cycle_seconds
        credited = sum(amount for cycle, amount in pool.credited.items() if cycle <= today)
        streamed = sum(amount for cycle, amount in pool.streamed.items() if cycle < today)
        return credited + streamed + floor(Fraction(pool.streamed[today] * gone, self.cycle_seconds))

    def dust(self, time: int) -> int:
        """What floors leave in all pools."""
        return sum(pool.dust(self.money(pool, time)) for pool in self.pools)

    def end(self) -> int:
        """The first cycle in which everything is due."""
        own = (max(by_cycle, default=0) for by_cycle in self.due_from.values())
        return max([*own, *(max(pool.streamed, default=0) + 1 for pool in self.pools)])
