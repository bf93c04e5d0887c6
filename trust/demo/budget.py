"""What a production must have in its account for everything the demo will agree to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trust.demo.cast import Booking
from trust.model import AssetClass, Modality, Money, ReplicaType, Savings, dollars

WHOLE_BPS = 10_000
DIGITAL_DAYS = 2


def needed(
    card: Mapping[str, Any],
    members: int,
    bookings: Iterable[Booking],
    savings: Savings,
    modalities: frozenset[Modality],
) -> Money:
    """Licences for all, one training right, every grant used up, the premium; then a tenth to spare."""
    prices = _Prices(card, modalities)
    amounts = [prices.of("licenceFees")] * members + [prices.of("trainingFees")]
    for booking in bookings:
        active = booking.asset_class is AssetClass.ACTIVE
        amounts.append(prices.of("activeSceneFees" if active else "passiveSceneFees"))
        price = prices.of("activeIterationFees" if active else "passiveIterationFees")
        amounts += [price] * booking.iterations
        amounts.append(card["dayRates"][ReplicaType.EMPLOYMENT_BASED] * DIGITAL_DAYS)
    amounts.append(_share_up(savings.total, card["premiumShareBps"]))
    total = sum(amount + _on_top(amount, card) for amount in amounts)
    thousand = dollars(1_000)
    return Money(-(-total * 11 // (10 * thousand)) * thousand)


class _Prices:
    def __init__(self, card: Mapping[str, Any], modalities: frozenset[Modality]) -> None:
        self._card = card
        self._modalities = modalities

    def of(self, name: str) -> int:
        row: Sequence[int] = self._card[name]
        return sum(row[modality] for modality in self._modalities)


def _on_top(amount: int, card: Mapping[str, Any]) -> int:
    return _share_up(amount, card["benefitsBps"]) + _share_up(amount, card["levyBps"])


def _share_up(amount: int, bps: int) -> int:
    return -(-amount * bps // WHOLE_BPS)
