"""An asset and all that it was made from, out of Provenance's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trust.evidence.logs import Event

CONTRACT = "Provenance"
ASSET, BUNDLE, BATCH = "AssetRegistered", "Bundled", "BatchCommitted"
CONTRIBUTED, MACHINE, DERIVED = "Contributed", "MachineContributed", "Derived"
CONFIRMED, DISPUTED = "ContributionConfirmed", "ContributionDisputed"

_ID = dict.fromkeys((ASSET, CONTRIBUTED, MACHINE, CONFIRMED, DISPUTED), "asset_id") | {
    DERIVED: "child_id",
    BUNDLE: "bundle_id",
    BATCH: "batch_id",
}
_FOUNDING = (ASSET, BUNDLE, BATCH)
_NONE = bytes(32)


@dataclass(slots=True)
class Relative:
    """What the chain says of one id. `founding` made it known; `parents` are a bundle's children too."""

    id: bytes
    generation: int
    founding: list[Event] = field(default_factory=list)
    contributions: list[Event] = field(default_factory=list)
    machines: list[Event] = field(default_factory=list)
    answers: list[Event] = field(default_factory=list)
    parents: list[bytes] = field(default_factory=list)

    @property
    def asset(self) -> Event | None:
        """Its registration, when it is an asset."""
        return next((event for event in self.founding if event.name == ASSET), None)

    @property
    def events(self) -> list[Event]:
        """All of its events but who its parents are."""
        return [*self.founding, *self.contributions, *self.machines, *self.answers]


def family(asset: bytes, events: Iterable[Event], generations: int | None = None) -> dict[bytes, Relative]:
    """By id, the asset, the batches it and its ancestors came in, and its ancestors: all, or of so many generations."""
    by_id: dict[bytes, list[Event]] = {}
    for event in events:
        if (own := id_of(event)) is not None:
            by_id.setdefault(own, []).append(event)
    found: dict[bytes, Relative] = {}
    level, generation = [asset], 0
    while level:
        following: list[bytes] = []
        for one in level:
            if one in found:
                continue
            relative = found[one] = _relative(one, generation, by_id.get(one, ()))
            if (batch := _batch(relative)) is not None and batch not in found:
                found[batch] = _relative(batch, generation, by_id.get(batch, ()))
            following += relative.parents
        generation += 1
        level = following if generations is None or generation <= generations else []
    return found


def id_of(event: Event) -> bytes | None:
    """The id an event is about; None when it isn't about one."""
    column = _ID.get(event.name) if event.contract == CONTRACT else None
    return event.fields[column] if column else None


def _batch(relative: Relative) -> bytes | None:
    event = relative.asset
    root: bytes = event.fields["batch_id"] if event else _NONE
    return root if root != _NONE else None


def _relative(own: bytes, generation: int, events: Iterable[Event]) -> Relative:
    made = Relative(own, generation)
    places: Mapping[str, list[Any]] = {
        CONTRIBUTED: made.contributions,
        MACHINE: made.machines,
        CONFIRMED: made.answers,
        DISPUTED: made.answers,
        **dict.fromkeys(_FOUNDING, made.founding),
    }
    for event in events:
        if event.name == DERIVED:
            made.parents.append(event.fields["parent_id"])
        else:
            places[event.name].append(event)
    return made
