"""Who may train on what, at a time: a production's training rights, pooled records, archives' declarations, runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.sql import named
from trust.views.base import View

QUERIES = named(Path(__file__).parent / "training.sql")

#: CAWG's entries of training and data mining, in the contract's order, with the columns that tell of them.
USES = {
    "cawg.data_mining": "data_mining",
    "cawg.ai_inference": "ai_inference",
    "cawg.ai_generative_training": "ai_generative_training",
    "cawg.ai_training": "ai_training",
}

_NO_CAP = 65_535
_PAGE = 20_000


class Value(StrEnum):
    """What a member says of one use, in the contract's order and CAWG's words."""

    UNSET = "unset"
    ALLOWED = "allowed"
    NOT_ALLOWED = "notAllowed"
    CONSTRAINED = "constrained"


@dataclass(frozen=True, slots=True)
class TrainingRight(View):
    """A production's right to train on one member's data, by licence or by a seat in a collective licence.

    `modalities` is a mask, `until` the second after the last. `ended_at` is when the member revoked it, the steward
    suspended it or its terms were closed, and `ended` says which. `max_depth`: None is no cap.
    """

    member_id: int
    licence_id: int | None
    pool_id: int | None
    modalities: int
    starts: int
    until: int
    ended: str | None = None
    ended_at: int | None = None
    max_depth: int | None = None

    @property
    def named(self) -> str:
        """As people and the command line name it."""
        if self.licence_id is None:
            return f"collective licence {self.pool_id}"
        return f"licence {self.licence_id >> 24}/{self.licence_id & 0xFFFFFF}"


@dataclass(frozen=True, slots=True)
class PooledRecord(View):
    """A record by its commitment. `production_id` 0 serves every production."""

    record_id: int
    member_id: int
    production_id: int
    modality: int
    pooled_at: int
    erased_at: int | None


@dataclass(frozen=True, slots=True)
class Declaration(View):
    """A member's word on all items under a root. `values` by use; `constraint_hash` is zero without conditions."""

    member_id: int
    root: bytes
    items: int
    values: dict[str, Value]
    constraint_hash: bytes
    declared_at: int
    tx_hash: bytes


@dataclass(frozen=True, slots=True)
class DatasetRun(View):
    """A recorded run on a dataset, of a licence or of a collective licence."""

    licence_id: int | None
    pool_id: int | None
    run: int
    model_hash: bytes
    tx_hash: bytes
    timestamp: int
    block_number: int
    log_index: int


def training_rights(index: Index, production: int, at: int) -> dict[int, list[TrainingRight]]:
    """By member, the rights that were ever given by `at`, the latest last."""
    asked = {"production": production, "at": at}
    found = [*_licences(index, asked), *_collective(index, asked)]
    by_member: dict[int, list[TrainingRight]] = {}
    for right in found:
        by_member.setdefault(right.member_id, []).append(right)
    return by_member


def production_closed(index: Index, production: int, at: int) -> str | None:
    """Why the production may not train at all at `at`. Raises InputError when there was no such production."""
    events = [row["name"] for row in index.rows(QUERIES["closings"], {"production": production, "at": at})]
    if "registered" not in events:
        raise InputError(
            f"There was no production {production} then.",
            hint="Check the number and --at, or sync the index.",
        )
    if "cancelled" in events:
        return "is cancelled"
    return "is on strike" if events[-1] == "struck" else None


def pooled_records(index: Index, commitments: Collection[bytes], at: int) -> dict[bytes, list[PooledRecord]]:
    """The records, pooled by `at`, with these commitments."""
    erased = {row["record_id"]: row["erased_at"] for row in index.rows(QUERIES["erased"], {"at": at})}
    found: dict[bytes, list[PooledRecord]] = {}
    for row in _pages(index, "records", at):
        if row["commitment"] in commitments:
            record = PooledRecord(
                row["record_id"],
                row["member_id"],
                row["production_id"],
                row["modality"],
                row["pooled_at"],
                erased.get(row["record_id"]),
            )
            found.setdefault(row["commitment"], []).append(record)
    return found


def declarations(index: Index, at: int) -> dict[bytes, list[Declaration]]:
    """By root, what each member who declared it says at `at`: the last word of each."""
    last: dict[tuple[bytes, int], Declaration] = {}
    for row in index.rows(QUERIES["declared"], {"at": at}):
        values = {use: list(Value)[row[column]] for use, column in USES.items()}
        last[row["root"], row["member_id"]] = Declaration(
            row["member_id"],
            row["root"],
            row["items"],
            values,
            row["constraint_hash"],
            row["timestamp"],
            row["tx_hash"],
        )
    found: dict[bytes, list[Declaration]] = {}
    for (root, _), declaration in last.items():
        found.setdefault(root, []).append(declaration)
    return found


def depths(index: Index, ids: Collection[bytes], at: int) -> dict[bytes, int]:
    """Synthetic depth of those of the ids that are known by `at`, as assets or bundles."""
    rows = _pages(index, "depths", at)
    return {row["id"]: row["depth"] for row in rows if row["id"] in ids}


def dataset_runs(index: Index, root: bytes) -> tuple[DatasetRun, ...]:
    """Every run on the dataset with this root."""
    return tuple(DatasetRun(**dict(row)) for row in index.rows(QUERIES["runs"], {"root": root}))


def _licences(index: Index, asked: dict[str, Any]) -> Iterator[TrainingRight]:
    suspended: dict[int, int | None] = {}
    for row in index.rows(QUERIES["halts"], asked):
        suspended[row["licence_id"]] = row["timestamp"] if row["suspended"] else None
    for row in index.rows(QUERIES["licences"], asked):
        halted = suspended.get(row["licence_id"])
        ended = "revoked" if row["revoked_at"] is not None else "suspended" if halted is not None else None
        yield TrainingRight(
            row["member_id"],
            row["licence_id"],
            None,
            row["modalities"],
            row["starts"],
            row["until"],
            ended,
            row["revoked_at"] if ended == "revoked" else halted,
            row["max_synthetic_depth"] if row["max_synthetic_depth"] < _NO_CAP else None,
        )


def _collective(index: Index, asked: dict[str, Any]) -> Iterator[TrainingRight]:
    for row in index.rows(QUERIES["collective"], asked):
        ends = {
            "revoked": row["revoked_at"],
            "used up by its one run": row["run_at"],
            "closed": row["closed_at"],
        }
        ended = next((name for name, time in ends.items() if time is not None), None)
        yield TrainingRight(
            row["member_id"],
            None,
            row["pool_id"],
            row["modalities"],
            row["starts"],
            row["until"],
            ended,
            ends[ended] if ended else None,
        )


def _pages(index: Index, query: str, at: int) -> Iterator[Any]:
    """All rows of a query, a page at a time: none of them can be asked by hash."""
    place = (-1, -1)
    while True:
        asked = {"block": place[0], "log": place[1], "at": at, "limit": _PAGE}
        rows = index.rows(QUERIES[query], asked)
        yield from rows
        if len(rows) < _PAGE:
            return
        place = rows[-1]["block_number"], rows[-1]["log_index"]
