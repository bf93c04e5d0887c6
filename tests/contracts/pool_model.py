"""Ensemble pools as an accountant would keep them: every seat's share an exact fraction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from model import on_top, schedule

from trust.stage import WEEK

#: The index counts in these parts of a unit of money.
ONE = 2**64


@dataclass
class Seat:
    """`paid` so far, in units of money; `began` is the fair index when the seat was taken."""

    member: int
    units: int
    began: Fraction
    paid: int = 0
    left: bool = False


@dataclass
class Chunk:
    """`start` is the pool's index when these seats were taken."""

    pool: int
    number: int
    start: int
    seats: list[Seat]
    #: As it was seated; it never changes, whoever leaves.
    roster: bytes

    @property
    def struct(self) -> dict[str, int | bytes]:
        return {"poolId": self.pool, "number": self.number, "start": self.start, "roster": self.roster}


@dataclass
class Pool:
    """`index` is what one unit has earned, in 2^-64 and rounded down, as the contract counts; `fair` is the same as a
    fraction that nobody rounded. `remainder` waits, in 2^-64, until it divides.
    """

    production: int
    benefits_bps: int
    units: int = 0
    index: int = 0
    remainder: int = 0
    fair: Fraction = Fraction(0)
    chunks: list[Chunk] = field(default_factory=list)
    #: What streams bring, by cycle.
    pay: dict[int, int] = field(default_factory=dict)
    #: How much of the streams is in the index.
    settled: int = 0
    net: int = 0
    dues: int = 0
    paid: int = 0
    #: What nobody was left to earn.
    abandoned: int = 0
    #: Set aside by the module that manages the pool: uses by price.
    reserved: dict[int, int] = field(default_factory=dict)
    managed: bool = False
    #: How often a remainder was handed on to a roster other than its own.
    handed_on: int = 0

    @property
    def seats(self) -> list[Seat]:
        return [seat for chunk in self.chunks for seat in chunk.seats if not seat.left]

    @property
    def held(self) -> int:
        """What was set aside costs, with benefits and levy."""
        return sum(on_top(price, self.benefits_bps) * many for price, many in self.reserved.items())

    @property
    def streams_end(self) -> int:
        """The first cycle in which nothing streams any more; 0 if nothing ever did."""
        return max(self.pay, default=-1) + 1

    def streamed(self, now: int) -> int:
        """By the second: whole units of what all streams bring in a cycle."""
        today, seconds = divmod(now, WEEK)
        whole = sum(amount for cycle, amount in self.pay.items() if cycle < today)
        return whole + self.pay.get(today, 0) * seconds // WEEK

    def settle(self, now: int) -> None:
        """Divide what streamed. While nobody is seated it waits."""
        if self.units:
            fresh = self.streamed(now) - self.settled
            self.settled += fresh
            self.divide(fresh * ONE)

    def divide(self, parts: int) -> None:
        """Divide so many 2^-64 units of money among all."""
        each, self.remainder = divmod(parts + self.remainder, self.units)
        self.index += each
        self.fair += Fraction(parts, self.units * ONE)

    def lump(self, net: int, now: int) -> None:
        self.settle(now)
        self.net += net
        self.divide(net * ONE)

    def stream(self, net: int, start: int, end: int, now: int) -> None:
        self.settle(now)
        self.net += net
        for cycle, amount in schedule(net, start, end).items():
            self.pay[cycle] = self.pay.get(cycle, 0) + amount

    def seat(self, pool: int, rosters: Iterable[list[tuple[int, int]]], now: int) -> None:
        self.settle(now)
        self.handed_on += 1
        for roster in rosters:
            packed = b"".join(m.to_bytes(3, "big") + units.to_bytes(4, "big") for m, units in roster)
            seats = [Seat(member, units, self.fair) for member, units in roster]
            self.chunks.append(Chunk(pool, len(self.chunks), self.index, seats, packed))
            self.units += sum(units for _, units in roster)

    def earned(self, chunk: Chunk, seat: Seat) -> int:
        """In 2^-64 units of money."""
        return 0 if seat.left else seat.units * (self.index - chunk.start)

    def due(self, chunk: Chunk, seat: Seat) -> int:
        return 0 if seat.left else self.earned(chunk, seat) // ONE - seat.paid

    def pay_out(self, chunk: Chunk, seats: Iterable[Seat], now: int) -> dict[int, int]:
        """What each of these members is paid now."""
        self.settle(now)
        amounts = {}
        for seat in seats:
            amount = self.due(chunk, seat)
            seat.paid += amount
            self.paid += amount
            amounts[seat.member] = amount
        return amounts

    def vacate(self, chunk: Chunk, seats: list[Seat], now: int) -> tuple[dict[int, int], int]:
        """Pay these and let them go; what each leaves below a unit is divided among those who stay.

        With nobody left those fractions are whole again, and nobody's.
        """
        amounts = self.pay_out(chunk, seats, now)
        fractions, fair = self.remainder, Fraction(0)
        for seat in seats:
            fractions += self.earned(chunk, seat) % ONE
            fair += seat.units * (self.fair - seat.began) - seat.paid
            seat.left = True
            self.units -= seat.units
        self.handed_on += 1
        self.remainder = 0
        if self.units:
            self.divide(fractions)
            self.fair += fair / self.units - Fraction(fractions, self.units * ONE)
            return amounts, 0
        assert fractions % ONE == 0, "with nobody left, what is left is whole"
        self.abandoned += fractions // ONE
        return amounts, fractions // ONE

    def sweep(self, now: int) -> tuple[int, int]:
        """Dues for the union, and what streamed to nobody for the pipeline fund."""
        self.settle(now)
        dues, self.dues = self.dues, 0
        idle = 0
        if not self.units and now // WEEK >= self.streams_end:
            idle = self.streamed(now) - self.settled
            self.settled += idle
            self.abandoned += idle
        return dues, idle
