"""What all views share: names for the contracts' enums, JSON, and the moment a view is of."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from trust.errors import IndexFault
from trust.index import Index
from trust.index.sql import named

# In the order of contracts/interfaces/Types.sol and ILicences.State.
CHARGES = (
    "LICENCE_FEE",
    "TRAINING_FEE",
    "EXTENSION_FEE",
    "SCENE_FEE",
    "ITERATION_FEE",
    "PREMIUM",
    "OTHER",
)
PREMIUM = "PREMIUM"
POOL = "POOL"  # what entered ensemble pools; the contracts have no such charge
ASSET_CLASSES = ("PASSIVE", "ACTIVE")
REPLICA_TYPES = ("EMPLOYMENT_BASED", "INDEPENDENT", "BACKGROUND")
USE_KINDS = ("TOUCH_UP", "PLACEMENT", "NEW_ACTION", "NEW_LINE")
MODALITIES = ("FACE", "BODY", "VOICE", "MOTION", "PERFORMANCE", "SCRIPT")

QUERIES = named(Path(__file__).parent / "queries.sql")


class View:
    """A frozen answer."""

    __slots__ = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data for JSON: amounts in base units, times in Unix seconds, hashes in hex."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]


def moment(index: Index, now: int | None) -> int:
    """The moment a view is of: `now`, but never before the index's last block. Raises IndexFault if empty."""
    latest = index.latest()
    if latest is None:
        raise IndexFault("The index is empty.", hint="Sync it first.")
    return latest if now is None else max(now, latest)


def modality_names(mask: int) -> tuple[str, ...]:
    """Names of the modalities in a bit mask."""
    return tuple(name for bit, name in enumerate(MODALITIES) if mask & 1 << bit)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, View):
        return value.as_json()
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    assert not is_dataclass(value), f"{type(value).__name__} is not a View"
    return value
