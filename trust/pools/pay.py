"""What a seat earned and was paid, with the arithmetic of contracts/EnsemblePools.sol.

A pool's index is what one unit has earned since the pool was opened, in 2^-64 units of money. A seat of a chunk
earned `lifetime(units, index - start)`; what it is paid is the difference of two such floors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from trust.pools.rosters import Roster

ONE = 1 << 64
_FRACTION = ONE - 1


def lifetime(units: int, earned: int) -> int:
    """Whole base units that a seat earned; `earned` is what one unit did, in 2^-64."""
    return units * earned >> 64


def fraction(units: int, earned: int) -> int:
    """What a seat earned below a base unit, in 2^-64."""
    return units * earned & _FRACTION


@dataclass(slots=True)
class UnitIndex:
    """A pool's index: what a unit earned. `remainder`, in 2^-64, waits to be divided.

    `loose` is whole money that nobody is left to earn; below zero, what was taken of it beforehand.
    """

    index: int = 0
    remainder: int = 0
    units: int = 0
    loose: int = 0

    def distribute(self, amount: int) -> None:
        """Divide base units among all units. Needs at least one."""
        self._divide(amount * ONE)

    def leave(self, units: int, fractions: int) -> None:
        """Units leave; the fractions their seats had not been paid go to those who stay."""
        self.units -= units
        self._divide(fractions)

    def _divide(self, share: int) -> None:
        share += self.remainder
        if self.units:
            step, self.remainder = divmod(share, self.units)
            self.index += step
        else:
            whole, self.remainder = divmod(share, ONE)
            self.loose += whole


@dataclass(slots=True)
class ChunkPay:
    """How far each seat of a chunk is paid. `earned` is always the pool's index less the chunk's start.

    A seat paid alone is remembered in `alone` until the next push; a vacated one in `vacated`, with what a unit
    had earned when it left, for good.
    """

    roster: Roster
    pushed: int = 0
    alone: dict[int, int] = field(default_factory=dict)
    vacated: dict[int, int] = field(default_factory=dict)

    def push(self, earned: int) -> int:
        """Every seat is paid up to `earned`; the sum paid now."""
        paid = self.all_due(earned)
        self.pushed = earned
        self.alone.clear()
        return paid

    def pay(self, seats: Iterable[int], earned: int) -> int:
        """These seats, by position, are paid alone; the sum paid now. Raises KeyError for an empty seat."""
        paid = 0
        for seat in seats:
            self._must_sit(seat)
            paid += self.due(seat, earned)
            self.alone[seat] = earned
        return paid

    def vacate(self, seats: Iterable[int], earned: int) -> tuple[int, int, int]:
        """These seats leave, paid: sum paid now, units that left, fractions left. Raises KeyError if empty."""
        paid = units = fractions = 0
        for seat in seats:
            self._must_sit(seat)
            paid += self.due(seat, earned)
            units += self.roster.units[seat]
            fractions += fraction(self.roster.units[seat], earned)
            self.alone.pop(seat, None)
            self.vacated[seat] = earned
        return paid, units, fractions

    def paid_to(self, seat: int) -> int:
        """What a unit had earned when the seat was paid last."""
        left = self.vacated.get(seat)
        return left if left is not None else self.alone.get(seat, self.pushed)

    def paid(self, seat: int) -> int:
        """All that the seat was ever paid, base units."""
        return lifetime(self.roster.units[seat], self.paid_to(seat))

    def due(self, seat: int, earned: int) -> int:
        """What the seat would be paid at `earned`, base units."""
        if seat in self.vacated:
            return 0
        return lifetime(self.roster.units[seat], earned) - self.paid(seat)

    def all_due(self, earned: int) -> int:
        """What a push at `earned` would pay, base units."""
        return sum(self.due(seat, earned) for seat in range(len(self.roster)))

    def fractions(self, earned: int) -> int:
        """What the taken seats earned below a base unit each, in 2^-64, summed."""
        units = self.roster.units
        return sum(fraction(units[seat], earned) for seat in range(len(units)) if seat not in self.vacated)

    @property
    def units(self) -> int:
        """Units of the seats that are taken."""
        return sum(self.roster.units) - sum(self.roster.units[seat] for seat in self.vacated)

    @property
    def seats(self) -> int:
        """How many seats are taken."""
        return len(self.roster) - len(self.vacated)

    def _must_sit(self, seat: int) -> None:
        if seat in self.vacated or not 0 <= seat < len(self.roster):
            raise KeyError(f"seat {seat}")
