"""Assets as the index has them: who and what made one, its lineage up and down, and all of a production's."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.sql import named
from trust.provenance.asset import AssetKind, Form, Role
from trust.views.base import View

QUERIES = named(Path(__file__).parent / "provenance.sql")

_NO_BATCH = b"\x00" * 32
_MOST_EDGES = 10_000
_PAGE = 1_000
_START = (-1, -1)


@dataclass(frozen=True, slots=True)
class Contributed(View):
    """A member's part. `confirmed_at`: when the member confirmed exactly this role and share; None if never."""

    member_id: int
    role: str
    share_bps: int
    evidence_hash: bytes
    confirmed_at: int | None


@dataclass(frozen=True, slots=True)
class MachinePart(View):
    """A model's part."""

    model_hash: bytes
    share_bps: int


@dataclass(frozen=True, slots=True)
class Disputed(View):
    """A member says that the record is wrong about them, or leaves them out."""

    member_id: int
    reason_hash: bytes
    at: int
    tx_hash: bytes


@dataclass(frozen=True, slots=True)
class Known(View):
    """What an id stands for: ASSET, BATCH (not proven yet, so 65535) or BUNDLE. `held`: how many a batch or bundle
    holds. What only an asset has is None for the others."""

    id: bytes
    form: str
    production_id: int | None
    kind: str | None
    depth: int
    since_human: int
    at: int
    tx_hash: bytes
    held: int | None = None


@dataclass(frozen=True, slots=True)
class AssetRecord(View):
    """An asset with all that is on record of it. `batch_id`: the batch it was proven from, None if from none."""

    known: Known
    grant_id: int | None
    prompt_author: int | None
    batch_id: bytes | None
    contributions: tuple[Contributed, ...]
    machines: tuple[MachinePart, ...]
    disputes: tuple[Disputed, ...]
    parents: tuple[Known, ...]
    children: tuple[Known, ...]

    @property
    def human_bps(self) -> int:
        """What of it is members' work."""
        return sum(part.share_bps for part in self.contributions)


@dataclass(frozen=True, slots=True)
class Step(View):
    """An id in a lineage, so many steps away by the shortest way; `next` are the ids one step farther."""

    known: Known
    steps: int
    next: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Lineage(View):
    """All that an id was made from (`up`) or that was made from it, nearest first. `cut`: there is more."""

    id: bytes
    up: bool
    steps: tuple[Step, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class ListedAsset(View):
    """A line of a production's assets."""

    id: bytes
    kind: str
    depth: int
    since_human: int
    human_bps: int
    grant_id: int | None
    prompt_author: int | None
    disputes: int
    at: int
    tx_hash: bytes


@dataclass(frozen=True, slots=True)
class ListedBatch(View):
    """A production's batch, and how many of its assets are proven."""

    id: bytes
    assets: int
    proven: int
    at: int
    tx_hash: bytes


def known(index: Index, id: bytes) -> Known | None:
    """What an id stands for; None when nothing is known of it."""
    return next((_known(row) for row in index.rows(QUERIES["entry"], {"id": id})), None)


def asset(index: Index, id: bytes) -> AssetRecord:
    """An asset, with its parents and what was made from it. Raises InputError when there is none."""
    with index.reading():
        row = next(iter(index.rows(QUERIES["entry"], {"id": id})), None)
        if row is None or row["form"] != Form.ASSET.name:
            what = f"0x{id.hex()} is a {row['form'].lower()}" if row else f"There is no asset 0x{id.hex()}"
            raise InputError(f"{what}.", hint="Give an asset's id, after `trust index sync`.")
        return AssetRecord(
            known=_known(row),
            grant_id=row["grant_id"] or None,
            prompt_author=row["prompt_author"] or None,
            batch_id=None if row["batch_id"] == _NO_BATCH else bytes(row["batch_id"]),
            contributions=tuple(_contributions(index, id)),
            machines=tuple(
                MachinePart(bytes(part["model_hash"]), part["share_bps"])
                for part in index.rows(QUERIES["machines"], {"id": id})
            ),
            disputes=tuple(
                Disputed(one["member_id"], bytes(one["reason_hash"]), one["timestamp"], bytes(one["tx_hash"]))
                for one in index.rows(QUERIES["disputes"], {"id": id})
            ),
            parents=tuple(sorted(map(_known, _edges(index, "parents", id)), key=_by_id)),
            children=tuple(sorted(map(_known, _edges(index, "children", id)), key=_by_id)),
        )


def lineage(index: Index, id: bytes, *, up: bool = True, most: int = _MOST_EDGES) -> Lineage:
    """What an asset, batch or bundle was made from, or with `up` False what was made from it; at most so many edges.

    Raises InputError when nothing is known of the id.
    """
    with index.reading():
        if known(index, id) is None:
            raise InputError(
                f"Nothing is known of 0x{id.hex()}.", hint="Register it, then `trust index sync`."
            )
        rows = _edges(index, "up" if up else "down", id, most + 1)
    near = "child_id" if up else "parent_id"
    ways: dict[bytes, list[bytes]] = {}
    for row in rows[:most]:
        ways.setdefault(bytes(row[near]), []).append(bytes(row["id"]))
    entries = {bytes(row["id"]): _known(row) for row in rows}
    steps = tuple(
        Step(entries[one], away, tuple(sorted(ways.get(one, ()))))
        for one, away in _distances(id, ways).items()
    )
    return Lineage(id, up, steps, cut=len(rows) > most)


def listed_assets(index: Index, production: int, *, page: int = _PAGE) -> Iterator[ListedAsset]:
    """A production's assets, in the order in which they were registered; read in pages."""
    place = _START
    while True:
        rows = index.rows(
            QUERIES["of_production"],
            {"production": production, "block": place[0], "log": place[1], "limit": page},
        )
        yield from map(_listed, rows)
        if len(rows) < page:
            return
        place = (rows[-1]["block_number"], rows[-1]["log_index"])


def listed_batches(index: Index, production: int) -> tuple[ListedBatch, ...]:
    """A production's batches, oldest first."""
    return tuple(
        ListedBatch(
            bytes(row["batch_id"]), row["assets"], row["proven"], row["timestamp"], bytes(row["tx_hash"])
        )
        for row in index.rows(QUERIES["batches"], {"production": production})
    )


def _edges(index: Index, which: str, id: bytes, limit: int = _MOST_EDGES) -> list[Any]:
    far = "parent_id" if which in ("parents", "up") else "child_id"
    sql = QUERIES["edges"].format(found=QUERIES[which], far=far)
    return index.rows(sql, {"id": id, "limit": limit})


def _by_id(one: Known) -> bytes:
    return one.id


def _contributions(index: Index, id: bytes) -> Iterator[Contributed]:
    for part in index.rows(QUERIES["contributions"], {"id": id}):
        yield Contributed(
            part["member_id"],
            Role(part["role"]).name,
            part["share_bps"],
            bytes(part["evidence_hash"]),
            part["confirmed_at"],
        )


def _distances(start: bytes, ways: Mapping[bytes, Sequence[bytes]]) -> dict[bytes, int]:
    """Ids by their shortest distance, nearest first, without the start."""
    away = {start: 0}
    waiting = deque([start])
    while waiting:
        one = waiting.popleft()
        for other in sorted(ways.get(one, ())):
            if other not in away:
                away[other] = away[one] + 1
                waiting.append(other)
    del away[start]
    return away


def _known(row: Any) -> Known:
    kind = row["kind"]
    return Known(
        bytes(row["id"]),
        row["form"],
        row["production_id"],
        None if kind is None else AssetKind(kind).name,
        row["depth"],
        row["since_human"],
        row["timestamp"],
        bytes(row["tx_hash"]),
        row["held"],
    )


def _listed(row: Any) -> ListedAsset:
    return ListedAsset(
        bytes(row["asset_id"]),
        AssetKind(row["kind"]).name,
        row["depth"],
        row["since_human"],
        int(row["human_bps"]),
        row["grant_id"] or None,
        row["prompt_author"] or None,
        row["disputes"],
        row["timestamp"],
        bytes(row["tx_hash"]),
    )
