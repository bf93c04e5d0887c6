"""The rate card's arithmetic, in exact fractions and apart from the index's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

WHOLE_BPS = 10_000
BACKGROUND = 2  # ReplicaType
ACTIVE = 1  # AssetClass
DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
#: What a share comes in: out of the gross, and on top of it.
SHARES = ("dues", "benefits", "levy")

Parts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Card:
    """One version of the rate card, as its event gave it."""

    version: int
    terms: Mapping[str, Any]

    def __getitem__(self, name: str) -> int:
        value: int = self.terms[name]
        return value

    def sum(self, prices: str, modalities: int) -> int:
        """One kind of price, over the modalities of a mask."""
        each: Sequence[int] = self.terms[prices]
        return sum(price for bit, price in enumerate(each) if modalities >> bit & 1)

    def scene_fee(self, modalities: int, asset_class: int) -> int:
        return self.sum("activeSceneFees" if asset_class == ACTIVE else "passiveSceneFees", modalities)

    def iteration_fee(self, modalities: int, asset_class: int) -> int:
        return self.sum(
            "activeIterationFees" if asset_class == ACTIVE else "passiveIterationFees", modalities
        )

    def floor(self, days: int, replica_type: int) -> int:
        """Least premium: days of digital performance at the day rate."""
        rates: Sequence[int] = self.terms["dayRates"]
        return days * rates[replica_type]

    def benefits_bps(self, background: bool) -> int:
        return self["backgroundBenefitsBps" if background else "benefitsBps"]

    def split(self, gross: int, counted: int, background: bool) -> dict[str, int]:
        """Dues out of a gross amount; benefits on what of it counts, and levy, on top."""
        return {
            "dues": down(gross, self["duesBps"]),
            "benefits": up(counted, self.benefits_bps(background)),
            "levy": up(gross, self["levyBps"]),
        }

    def iterations(self, price: int, many: int, counted: int, background: bool) -> dict[str, int]:
        """The same of so many iterations, each rounded by itself; `counted` of their gross counts."""
        bps = self.benefits_bps(background)
        whole, rest = divmod(counted, price)
        return {
            "dues": many * down(price, self["duesBps"]),
            "benefits": whole * up(price, bps) + up(rest, bps),
            "levy": many * up(price, self["levyBps"]),
        }

    def held(self, gross: int, background: bool) -> int:
        """Gross with all that it can bring on top."""
        return gross + up(gross, self.benefits_bps(background)) + up(gross, self["levyBps"])

    def premium(self, savings: Mapping[str, int]) -> int:
        """The share of stated savings, without the floor."""
        return up(sum(savings.values()), self["premiumShareBps"])


def up(amount: int, bps: int) -> int:
    """A share in basis points, against whoever pays it."""
    return ceil(Fraction(amount * bps, WHOLE_BPS))


def down(amount: int, bps: int) -> int:
    """A share in basis points, for whoever it is taken from."""
    return floor(Fraction(amount * bps, WHOLE_BPS))


def part(amount: int, of: int, whole: int) -> int:
    """`of` parts of `whole` of an amount, rounded down."""
    return floor(Fraction(amount * of, whole))


@dataclass(frozen=True, slots=True)
class Cycles:
    """Payroll cycles that a stream over [start, end) touches."""

    epoch: int
    seconds: int

    def at(self, time: int) -> int:
        return (time - self.epoch) // self.seconds

    def begin(self, cycle: int) -> int:
        return self.epoch + cycle * self.seconds

    def many(self, start: int, end: int) -> int:
        return self.at(end - 1) - self.at(start) + 1

    def left(self, amount: int, start: int, end: int, cycle: int) -> int:
        """What of an amount spread over [start, end) is paid from `cycle` on: parts by time, the rest last."""
        first, last = self.at(start), self.at(end - 1)
        if cycle <= first:
            return amount
        if cycle > last:
            return 0
        began = part(amount, self.begin(first + 1) - start, end - start)
        each = part(amount, self.seconds, end - start)
        return amount - began - (cycle - first - 1) * each

    def even(self, amount: int, start: int, end: int, cycle: int) -> int:
        """The same of an amount in equal whole parts a cycle; what doesn't divide was owed at once."""
        last = self.at(end - 1)
        return amount // self.many(start, end) * max(0, last - max(cycle, self.at(start)) + 1)
