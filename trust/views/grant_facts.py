"""All that the chain says of one grant, and whether it was in force at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from trust.index import Index
from trust.index.sql import named
from trust.index.tables import event_tables
from trust.views.base import USE_KINDS, View

_QUERIES = named(Path(__file__).parent / "grant_facts.sql")
_LICENCE_SHIFT = 24

Place = tuple[int, int]  # block number, log index


class GrantState(StrEnum):
    """Whether a use was allowed at a moment, and if not, why."""

    IN_FORCE = "IN_FORCE"
    REVOKED = "REVOKED"
    CANCELLED = "CANCELLED"
    SUSPENDED = "SUSPENDED"
    STRUCK = "STRUCK"
    EXPIRED = "EXPIRED"
    NOT_YET = "NOT_YET"


@dataclass(frozen=True, slots=True)
class Spell(View):
    """A time from `starts` up to `ends`, which is None while it lasts."""

    starts: int
    ends: int | None

    def holds(self, at: int) -> bool:
        """Whether the moment lies in it."""
        return self.starts <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class GrantUse(View):
    """One use as its event tells it. `used_at` is when it happened, `reported_at` its block's time; Unix seconds."""

    grant_id: int
    kind: str
    iterations: int
    used_at: int
    reported_at: int
    output_hash: bytes
    tx_hash: bytes
    block_number: int
    log_index: int

    @property
    def place(self) -> Place:
        """Where its event is in the chain."""
        return self.block_number, self.log_index


@dataclass(frozen=True, slots=True)
class GrantFacts(View):
    """A grant with its licence and production. Times in Unix seconds; what never happened is None.

    `licence_ends` is each end that the licence ever had and since when; `breakdowns` each root of the production's.
    """

    grant_id: int
    licence_id: int
    production_id: int
    scene_hash: bytes
    granted_at: int
    not_before: int
    expires: int
    revoked_at: int | None
    licence_starts: int
    licence_ends: tuple[tuple[int, int], ...]
    licence_revoked_at: int | None
    suspensions: tuple[Spell, ...]
    cancelled_at: int | None
    strikes: tuple[Spell, ...]
    breakdowns: tuple[tuple[int, bytes], ...]

    def state(self, at: int) -> GrantState:
        """What the contracts would have said to a use at this moment, the gravest reason first."""
        if _since(self.revoked_at, at) or _since(self.licence_revoked_at, at):
            return GrantState.REVOKED
        if _since(self.cancelled_at, at):
            return GrantState.CANCELLED
        if any(spell.holds(at) for spell in self.suspensions):
            return GrantState.SUSPENDED
        if any(spell.holds(at) for spell in self.strikes):
            return GrantState.STRUCK
        if at >= min(self.expires, self.licence_end(at)):
            return GrantState.EXPIRED
        return GrantState.NOT_YET if at < max(self.not_before, self.licence_starts) else GrantState.IN_FORCE

    def licence_end(self, at: int) -> int:
        """The licence's end as it stood at a moment."""
        ends = [end for since, end in self.licence_ends if since <= at] or [self.licence_ends[0][1]]
        return ends[-1]

    def ended_at(self, at: int) -> int | None:
        """Since when a grant that is revoked, cancelled or expired at this moment is that; None for other states."""
        state = self.state(at)
        if state is GrantState.REVOKED:
            return min(when for when in (self.revoked_at, self.licence_revoked_at) if when is not None)
        if state is GrantState.CANCELLED:
            return self.cancelled_at
        return min(self.expires, self.licence_end(at)) if state is GrantState.EXPIRED else None

    def roots(self, since: int, until: int) -> tuple[bytes, ...]:
        """The breakdown's roots that were in force at any moment between two."""
        begun = [number for number, (at, _) in enumerate(self.breakdowns) if at <= since]
        first = begun[-1] if begun else 0
        return tuple(root for at, root in self.breakdowns[first:] if at <= until)


def grant_facts(index: Index, grant_id: int, before: Place | None = None) -> GrantFacts | None:
    """What the index has of a grant, all of it or what came before a place; None when there is no grant.

    What the contracts knew when they took a use is what came before its place: blocks may share a second.
    """
    with index.reading():
        about = _About(index, before)
        granted = about.first("SceneGranted", "grant_id", grant_id)
        if granted is None:
            return None
        terms, licence_id = granted["terms"], granted["licenceId"]
        production_id = licence_id >> _LICENCE_SHIFT
        licence = about.all("LicenceGranted", "licence_id", licence_id)[0]
        extended = about.all("LicenceExtended", "licence_id", licence_id)
        roots = about.all("BreakdownSet", "production_id", production_id)
        return GrantFacts(
            grant_id=grant_id,
            licence_id=licence_id,
            production_id=production_id,
            scene_hash=granted["sceneHash"],
            granted_at=granted["at"],
            not_before=terms["notBefore"],
            expires=terms["expires"],
            revoked_at=about.when("GrantRevoked", "grant_id", grant_id),
            licence_starts=licence["starts"],
            licence_ends=tuple((change["at"], change["expires"]) for change in (licence, *extended)),
            licence_revoked_at=about.when("LicenceRevoked", "licence_id", licence_id),
            suspensions=about.spells("LicenceSuspended", "LicenceReinstated", "licence_id", licence_id),
            cancelled_at=about.when("ProductionCancelled", "production_id", production_id),
            strikes=about.spells("StrikeDeclared", "StrikeEnded", "production_id", production_id),
            breakdowns=tuple((change["at"], change["root"]) for change in roots),
        )


def uses_of(index: Index, grant_id: int, output_hash: bytes) -> tuple[GrantUse, ...]:
    """Uses of a grant that report this output, in order."""
    rows = index.rows(_QUERIES["uses_of"], {"grant": grant_id, "output": output_hash})
    return tuple(_use(row) for row in rows)


def uses_in(index: Index, tx_hash: bytes) -> tuple[GrantUse, ...]:
    """Uses that a transaction reports, of any grant, in order."""
    return tuple(_use(row) for row in index.rows(_QUERIES["uses_in"], {"tx": tx_hash}))


def _use(row: Any) -> GrantUse:
    return GrantUse(
        grant_id=row["grant_id"],
        kind=USE_KINDS[row["kind"]],
        iterations=row["iterations"],
        used_at=row["used_at"],
        reported_at=row["timestamp"],
        output_hash=row["output_hash"],
        tx_hash=row["tx_hash"],
        block_number=row["block_number"],
        log_index=row["log_index"],
    )


class _About:
    """Events about a thing, in order, up to a place."""

    def __init__(self, index: Index, before: Place | None) -> None:
        self._index = index
        self._before = before

    def all(self, event: str, key: str, number: int) -> list[Mapping[str, Any]]:
        """Arguments of each, with its time as `at`."""
        table = next(table for table in event_tables() if table.event == event)
        rows = self._index.rows(_QUERIES["about"].format(table=table.name, key=key), {"number": number})
        known = (row for row in rows if self._before is None or _place(row) < self._before)
        return [{**table.args(row), "at": row["timestamp"]} for row in known]

    def first(self, event: str, key: str, number: int) -> Mapping[str, Any] | None:
        """The first, if there is any."""
        found = self.all(event, key, number)
        return found[0] if found else None

    def when(self, event: str, key: str, number: int) -> int | None:
        """When the first came."""
        found = self.first(event, key, number)
        return found["at"] if found else None

    def spells(self, begun: str, ended: str, key: str, number: int) -> tuple[Spell, ...]:
        """Starts and ends take turns: the contracts refuse a second one."""
        starts = [event["at"] for event in self.all(begun, key, number)]
        ends: list[int | None] = [event["at"] for event in self.all(ended, key, number)]
        ends += [None] * (len(starts) - len(ends))
        return tuple(Spell(start, end) for start, end in zip(starts, ends, strict=True))


def _place(row: Mapping[str, Any]) -> Place:
    return row["block_number"], row["log_index"]


def _since(when: int | None, at: int) -> bool:
    return when is not None and when <= at
