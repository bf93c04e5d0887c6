"""Machine-made material given to members: what was disclosed, when, and what was said to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.sql import named
from trust.model import MaterialKind
from trust.views.base import View, moment

QUERIES = named(Path(__file__).parent / "disclosures.sql")

Place = tuple[int, int]  # block number, log index

_MOST = 10_000
_MEMBER, _STUDIO = "MEMBER", "STUDIO"


@dataclass(frozen=True, slots=True)
class Disclosure(View):
    """One material given to one member; what has not happened is None. Times in Unix seconds.

    `told_at` is when it was first told of: by the studio, or by the member's report. `late`: disclosed when the work
    had begun, or after the report. `reply` is ACKNOWLEDGED or CONTESTED. `waits_for` is who has still to speak, the
    MEMBER or the STUDIO, and `due_at` until when: the rate card's days to acknowledge after the disclosure or report,
    or the start of the work if that is sooner. Place and transaction are those of the first event.
    """

    production_id: int
    member_id: int
    kind: str
    material_hash: bytes
    model_hash: bytes | None
    work_starts: int | None
    told_at: int
    disclosed_at: int | None
    late: bool
    reply: str | None
    replied_at: int | None
    reason_hash: bytes | None
    reported_at: int | None
    answered_at: int | None
    evidence_hash: bytes | None
    waits_for: str | None
    due_at: int | None
    overdue: bool
    tx_hash: bytes
    block_number: int
    log_index: int


@dataclass(frozen=True, slots=True)
class DisclosurePage(View):
    """A page of disclosures. `next` is the `after` of the next page, None at the end."""

    now: int
    disclosures: tuple[Disclosure, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class DisclosureFilter:
    """All that is given must hold; nothing given is everything.

    `since` and `until` are Unix seconds of when it was first told of, `until` excluded. `reported`: the member
    reported it. Raises InputError for a time that ends before it begins.
    """

    production: int | None = None
    member: int | None = None
    kind: MaterialKind | None = None
    material: bytes | None = None
    since: int | None = None
    until: int | None = None
    overdue: bool = False
    late: bool = False
    reported: bool = False

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise InputError("The time ends before it begins.", hint="Give a later --until.")


def disclosure_page(
    index: Index,
    wanted: DisclosureFilter | None = None,
    *,
    now: int | None = None,
    newest: bool = False,
    limit: int = 100,
    after: Place | None = None,
) -> DisclosurePage:
    """Disclosures in the order in which they were first told of, or the `newest` first.

    `now` is the moment that decides what is overdue, never before the index's last block. `after` is (block, log index)
    of the last one seen. Raises InputError for a limit outside 1 to 10,000, IndexFault if the index is empty.
    """
    if not 1 <= limit <= _MOST:
        raise InputError(f"A page has 1 to {_MOST:,} disclosures, not {limit}.")
    wanted = wanted or DisclosureFilter()
    with index.reading():
        at = moment(index, now)
        sql, values = _query(wanted, at, newest, after)
        rows = index.rows(sql, values | {"limit": limit + 1})
    found = tuple(_disclosure(row, at) for row in rows[:limit])
    following = (found[-1].block_number, found[-1].log_index) if len(rows) > limit else None
    return DisclosurePage(at, found, following)


def _query(
    wanted: DisclosureFilter, now: int, newest: bool, after: Place | None
) -> tuple[str, dict[str, Any]]:
    """Only conditions that were asked for, so that indexes serve."""
    first: dict[str, dict[str, Any]] = {"1 = 1": {}}
    later: dict[str, dict[str, Any]] = {"1 = 1": {}}
    for name, value in (
        ("production_id", wanted.production),
        ("member_id", wanted.member),
        ("material_hash", wanted.material),
    ):
        if value is not None:
            first[f"d.{name} = :{name}"] = {name: value}
    if after is not None:
        side = "<" if newest else ">"
        place = {"after_block": after[0], "after_log": after[1]}
        first[f"(d.block_number, d.log_index) {side} (:after_block, :after_log)"] = place
    if wanted.kind is not None:
        later["kind = :kind"] = {"kind": int(wanted.kind)}
    if wanted.since is not None:
        later["told_at >= :since"] = {"since": wanted.since}
    if wanted.until is not None:
        later["told_at < :until"] = {"until": wanted.until}
    if wanted.overdue:
        later["due_at <= :now"] = {"now": now}
    if wanted.late:
        later["late = 1"] = {}
    if wanted.reported:
        later["reported_at IS NOT NULL"] = {}
    sql = QUERIES["disclosures"].format(
        which=" AND ".join(first), wanted=" AND ".join(later), way="DESC" if newest else "ASC"
    )
    return sql, {
        name: value for part in (first, later) for its in part.values() for name, value in its.items()
    }


def _disclosure(row: Any, now: int) -> Disclosure:
    due = row["due_at"]
    waits = None if due is None else _STUDIO if row["disclosed_at"] is None else _MEMBER
    acknowledged, contested = row["acknowledged_at"], row["contested_at"]
    return Disclosure(
        production_id=row["production_id"],
        member_id=row["member_id"],
        kind=MaterialKind(row["kind"]).name,
        material_hash=row["material_hash"],
        model_hash=row["model_hash"],
        work_starts=row["work_starts"],
        told_at=row["told_at"],
        disclosed_at=row["disclosed_at"],
        late=row["late"] == 1,
        reply="ACKNOWLEDGED" if acknowledged is not None else "CONTESTED" if contested is not None else None,
        replied_at=acknowledged if acknowledged is not None else contested,
        reason_hash=row["reason_hash"],
        reported_at=row["reported_at"],
        answered_at=row["answered_at"],
        evidence_hash=row["evidence_hash"],
        waits_for=waits,
        due_at=due,
        overdue=due is not None and due <= now,
        tx_hash=row["tx_hash"],
        block_number=row["block_number"],
        log_index=row["log_index"],
    )
