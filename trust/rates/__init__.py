"""Rate cards as files: dollars for people, base units for the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.model import UNITS_PER_DOLLAR

DEFAULT = Path(__file__).with_name("default.json")

_PRICES = (
    "licenceFees",
    "trainingFees",
    "passiveSceneFees",
    "activeSceneFees",
    "passiveIterationFees",
    "activeIterationFees",
    "dayRates",
)
_NUMBERS = (
    "premiumShareBps",
    "benefitsBps",
    "backgroundBenefitsBps",
    "duesBps",
    "levyBps",
    "maxTermDays",
    "maxMinorTermDays",
    "noticeHours",
    "reportDays",
    "acknowledgeDays",
    "challengeDays",
)
_TIERS = {"roomEpisodes": 2, "roomWriters": 3}


def load_card(path: Path, effective_from: int) -> dict[str, Any]:
    """A rate card file as `RateCard.publish` takes it; `effective_from` in Unix seconds.

    Raises InputError when the file is missing or lacks an entry. Whether the prices are sound the contract says.
    """
    hint = f"Start from {DEFAULT.name} in the package's rates folder."
    try:
        raw = json.loads(path.read_text())
        card: dict[str, Any] = {name: [_units(price) for price in raw[name]] for name in _PRICES}
        card |= {name: int(raw[name]) for name in _NUMBERS}
        card |= {name: _tiers(raw[name], many) for name, many in _TIERS.items()}
        card["benefitsCeiling"] = _units(raw["benefitsCeiling"])
    except OSError as cause:
        raise InputError(f"The rate card {path} can't be read.", hint=hint) from cause
    except (ValueError, KeyError, TypeError) as cause:
        raise InputError(f"The rate card {path} is not usable: {cause}.", hint=hint) from cause
    return card | {"effectiveFrom": effective_from}


def _units(price: int | float) -> int:
    units = round(price * UNITS_PER_DOLLAR)
    if units != price * UNITS_PER_DOLLAR:
        raise ValueError(f"{price} has more than six decimals")
    return units


def _tiers(numbers: list[int], many: int) -> list[int]:
    if len(numbers) != many:
        raise ValueError(f"{numbers} should be {many} numbers")
    return [int(number) for number in numbers]
