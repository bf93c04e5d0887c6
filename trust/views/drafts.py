"""A production's assets as they were registered: when, of what depth, made from what, and by how much of a machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.sql import named
from trust.provenance.asset import AssetKind
from trust.views.base import View

QUERIES = named(Path(__file__).parent / "drafts.sql")

DRAFT = AssetKind.DRAFT.name


@dataclass(frozen=True, slots=True)
class RegisteredAsset(View):
    """An asset. `parents` are those behind bundles too; shares of humans and machines sum to 10,000."""

    id: bytes
    kind: str
    depth: int
    since_human: int
    human_bps: int
    machine_bps: int
    members: tuple[int, ...]
    prompt_author: int | None
    parents: tuple[bytes, ...]
    registered_at: int


def production_assets(index: Index, production: int) -> tuple[RegisteredAsset, ...]:
    """In the order in which they were registered. Raises InputError for a production without any."""
    with index.reading():
        asked = {"production": production}
        rows = index.rows(QUERIES["assets"], asked)
        humans = _by_id(index.rows(QUERIES["humans"], asked))
        machines = _by_id(index.rows(QUERIES["machines"], asked))
        parents: dict[bytes, list[bytes]] = {}
        for row in index.rows(QUERIES["parents"], asked):
            parents.setdefault(row["child_id"], []).append(row["parent_id"])
        behind = _Bundles(index, {row["asset_id"] for row in rows})
        assets = {child: behind.assets(some) for child, some in parents.items()}
    if not rows:
        raise InputError(
            f"Production {production} has no assets in the index.",
            hint="Check the number, or sync the index.",
        )
    return tuple(
        RegisteredAsset(
            id=row["asset_id"],
            kind=AssetKind(row["kind"]).name,
            depth=row["depth"],
            since_human=row["since_human"],
            human_bps=sum(part["share_bps"] for part in humans.get(row["asset_id"], ())),
            machine_bps=sum(part["share_bps"] for part in machines.get(row["asset_id"], ())),
            members=tuple(dict.fromkeys(part["member_id"] for part in humans.get(row["asset_id"], ()))),
            prompt_author=row["prompt_author"] or None,
            parents=assets.get(row["asset_id"], ()),
            registered_at=row["timestamp"],
        )
        for row in rows
    )


class _Bundles:
    """What lies behind bundles, each asked for once."""

    def __init__(self, index: Index, own: Collection[bytes]) -> None:
        self._index = index
        self._children: dict[bytes, tuple[bytes, ...]] = dict.fromkeys(own, ())

    def assets(self, ids: Iterable[bytes]) -> tuple[bytes, ...]:
        """The assets that these are, or that lie behind them when they are bundles."""
        found: dict[bytes, None] = {}
        rest, opened = deque(ids), set[bytes]()
        while rest:
            one = rest.popleft()
            children = self._of(one)
            if not children:
                found[one] = None
            elif one not in opened:
                opened.add(one)
                rest += children
        return tuple(found)

    def _of(self, one: bytes) -> tuple[bytes, ...]:
        if one not in self._children:
            rows = self._index.rows(QUERIES["children"], {"id": one})
            self._children[one] = tuple(row["parent_id"] for row in rows)
        return self._children[one]


def _by_id(rows: Iterable[Any]) -> dict[bytes, list[Any]]:
    found: dict[bytes, list[Any]] = {}
    for row in rows:
        found.setdefault(row["asset_id"], []).append(row)
    return found
