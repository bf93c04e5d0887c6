"""A union's years of use, made up: rows as an index would hold them, without a chain.

One production has a tenth of all uses, most have few; each works for a tenth of the time, and its grants for less.
One member is in every twentieth grant. So filters match anything from a handful of rows to most of them, and what
they match lies together in time, where a page is hardest to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trust.chain.artifacts import CONTRACTS
from trust.chain.deployments import Deployment
from trust.index.columns import Blobs, Column, Constant, Integers, Kind, Longs, Objects, Rows
from trust.index.tables import Table, event_tables

PRODUCTIONS, MEMBERS, SCENES = 200, 20_000, 60
USES_A_GRANT, USES_A_BLOCK, USES_A_POOL, SEATS_A_POOL, USES_FOR_A_POOL = 50, 10, 20, 40, 5_000
FIRST_BLOCK, FIRST_TIME, BLOCK_SECONDS = 1_000, 1_750_000_000, 12
BUSY_PRODUCTION, BUSY_MEMBER = 1, 1
_BLOCK_KINDS = (Kind.INTEGER, *(Kind.BLOB,) * 2, Kind.INTEGER, *(Kind.BLOB,) * 2, *(Kind.INTEGER,) * 2)
_CHUNK = 250_000
_ACTIVE_SHARE = 0.3
_HEADER_BYTES = 600

Array = NDArray[Any]
DEPLOYMENT = Deployment(
    chain_id=31_337,
    block=FIRST_BLOCK,
    token="0x" + "70" * 20,
    cycle_seconds=604_800,
    epoch=FIRST_TIME,
    contracts={name: f"0x{number:040x}" for number, name in enumerate(CONTRACTS, 1)},
    libraries={},
)


@dataclass(frozen=True, slots=True)
class Grants:
    """Scene grants by number, from 1, in the order in which they were granted."""

    production: Array
    member: Array
    scene: Array
    active: Array
    granted: Array
    days: Array


def scene_hash(production: int, scene: int) -> bytes:
    """What stands for a scene's hash."""
    return b"scene" + production.to_bytes(4, "big") + scene.to_bytes(4, "big") + bytes(19)


class Years:
    """So many uses, always the same."""

    def __init__(self, uses: int) -> None:
        self.uses = uses
        self.blocks = max(uses // USES_A_BLOCK, 100)
        self.pools = max(uses // USES_FOR_A_POOL, 2)
        self._chance = np.random.default_rng(7)
        self.grants = self._grants(max(uses // USES_A_GRANT, 10))

    def rows(self) -> Iterator[Rows]:
        """Everything, a chunk at a time."""
        yield from self._block_rows()
        yield from self._licence_rows()
        yield from self._grant_rows()
        yield from self._use_rows()
        yield from self._pool_rows()

    def _grants(self, count: int) -> Grants:
        chance, span = self._chance, self.blocks // 10
        starts = chance.integers(0, self.blocks - span, PRODUCTIONS)
        weights = np.r_[0.1, np.full(PRODUCTIONS - 1, 0.9 / (PRODUCTIONS - 1))]
        production = chance.choice(PRODUCTIONS, count, p=weights)
        granted = starts[production] + chance.integers(0, span // 2, count)
        order = np.argsort(granted, kind="stable")
        member = np.where(chance.random(count) < 0.05, BUSY_MEMBER, chance.integers(2, MEMBERS + 1, count))
        return Grants(
            production=production[order] + 1,
            member=member,
            scene=chance.integers(1, SCENES + 1, count),
            active=(chance.random(count) < _ACTIVE_SHARE).astype(np.int64),
            granted=granted[order] + FIRST_BLOCK,
            days=chance.integers(span // 20, span // 2, count),
        )

    def _block_rows(self) -> Iterator[Rows]:
        for start in range(0, self.blocks, _CHUNK):
            numbers = np.arange(start, min(start + _CHUNK, self.blocks)) + FIRST_BLOCK
            hashes = _hashes(numbers, 1)
            columns: list[Column] = [
                Integers(numbers),
                hashes,
                _hashes(numbers - 1, 1),
                Integers(FIRST_TIME + (numbers - FIRST_BLOCK) * BLOCK_SECONDS),
                _hashes(numbers, 2),
                Blobs(np.zeros((len(numbers), _HEADER_BYTES), np.uint8)),
                Integers(np.ones_like(numbers)),
                Integers(np.ones_like(numbers)),
            ]
            yield Rows("block", _BLOCK_KINDS, tuple(columns), len(numbers))

    def _licence_rows(self) -> Iterator[Rows]:
        grants = self.grants
        numbers, first = np.unique(grants.production << 24 | grants.member, return_index=True)
        given = {
            "licence_id": numbers,
            "production_id": numbers >> 24,
            "member_id": numbers & 0xFFFFFF,
            "modalities": np.ones_like(numbers),
        }
        order = np.argsort(first, kind="stable")
        yield _rows("event_licence_granted", grants.granted[first][order], order * 2 + 500_000,
                    {name: values[order] for name, values in given.items()})  # fmt: skip

    def _grant_rows(self) -> Iterator[Rows]:
        grants = self.grants
        scenes = [
            scene_hash(*pair) for pair in zip(grants.production.tolist(), grants.scene.tolist(), strict=True)
        ]
        numbers = np.arange(1, len(scenes) + 1)
        yield _rows(
            "event_scene_granted",
            grants.granted,
            numbers + 2_000_000,
            {
                "grant_id": numbers,
                "licence_id": grants.production << 24 | grants.member,
                "scene_hash": scenes,
                "terms_asset_class": grants.active,
                "terms_iteration_fee": np.full_like(numbers, 2_000_007),
            },
        )

    def _use_rows(self) -> Iterator[Rows]:
        grants, chance = self.grants, self._chance
        which = np.sort(chance.integers(0, len(grants.granted), self.uses))
        block = grants.granted[which] + (chance.random(self.uses) * grants.days[which]).astype(np.int64) + 1
        block = np.minimum(block, FIRST_BLOCK + self.blocks - 1)
        order = np.argsort(block, kind="stable")
        which, block = which[order], block[order]
        log = np.arange(self.uses) - np.searchsorted(block, block)
        for start in range(0, self.uses, _CHUNK):
            part = slice(start, start + _CHUNK)
            numbers = np.arange(self.uses)[part]
            seconds = FIRST_TIME + (block[part] - FIRST_BLOCK) * BLOCK_SECONDS - 3_600
            given = {
                "grant_id": which[part] + 1,
                "kind": numbers % 4,
                "used_at": seconds,
                "iterations": numbers % 9 + 1,
                "output_seconds": numbers % 60,
                "output_hash": _hashes(numbers, 3),
                "prompt_commitment": _hashes(numbers, 4),
                "model": _hashes(numbers % 7, 5),
            }
            yield _rows("event_used", block[part], log[part], given)

    def _pool_rows(self) -> Iterator[Rows]:
        chance, span = self._chance, self.blocks // 20
        pools = np.arange(1, self.pools + 1)
        granted = np.sort(chance.integers(0, self.blocks - span, self.pools)) + FIRST_BLOCK
        production = chance.integers(1, PRODUCTIONS + 1, self.pools)
        scenes = [scene_hash(number, 1) for number in production.tolist()]
        given = {
            "pool_id": pools,
            "production_id": production,
            "scene_hash": scenes,
            "price": pools * 0 + 1_000_003,
        }
        yield _rows("event_pool_granted", granted, pools + 3_000_000, given)
        seat = np.repeat(pools, SEATS_A_POOL)
        signed = {
            "pool_id": seat,
            "member_id": chance.integers(1, MEMBERS + 1, len(seat)),
            "units": seat * 0 + 1,
        }
        yield _rows(
            "event_pool_consented", np.repeat(granted, SEATS_A_POOL), np.arange(len(seat)) + 4_000_000, signed
        )
        pool = np.repeat(pools, USES_A_POOL)
        block = granted[pool - 1] + chance.integers(1, span, len(pool))
        order = np.argsort(block, kind="stable")
        pool, block, numbers = pool[order], block[order], np.arange(len(pool))
        used = {"pool_id": pool, "uses": numbers % 3 + 1} | {
            name: _hashes(numbers, 6) for name in ("output_hash", "prompt_commitment", "model")
        }
        yield _rows("event_pool_used", block, numbers * 2 + 5_000_000, used)
        charged = {"pool_id": pool, "gross": (numbers % 3 + 1) * 1_000_003 * SEATS_A_POOL}
        yield _rows("event_pool_charged", block, numbers * 2 + 5_000_001, charged)


def _rows(name: str, block: Array, log: Array, given: Mapping[str, Any]) -> Rows:
    """Rows of a table; fields that aren't given are zero or empty."""
    (table,) = (table for table in event_tables() if table.name == name)
    count, length = len(block), np.arange(len(block))
    place: dict[str, Column] = {
        "block_number": Integers(block),
        "log_index": Integers(log),
        "block_hash": _hashes(block, 1),
        "tx_hash": _hashes(block * 1_000 + log // 5, 7),
        "tx_index": Integers(log // 5),
        "contract": Constant(_emitter(table), count),
        "log_crc": Blobs(np.full((count, 4), 5, np.uint8)),
    }
    fields = {field.column: _column(field.kind, given.get(field.column), length) for field in table.fields}
    return Rows(name, table.kinds, tuple({**place, **fields}.values()), count)


def _emitter(table: Table) -> str:
    return {"event_used": "UsageLedger", "event_scene_granted": "SceneGrants"}.get(table.name, "Payroll")


def _column(kind: Kind, values: Any, length: Array) -> Column:
    if values is None:
        values = length * 0
    if isinstance(values, Blobs):
        return values
    if kind is Kind.BLOB:
        return Objects(values) if isinstance(values, list) else _hashes(values, 8)
    if kind is Kind.WIDE:
        return Longs(np.asarray(values, np.uint64))
    return Constant("", len(length)) if kind is Kind.TEXT else Integers(np.asarray(values, np.int64))


def _hashes(numbers: Array, salt: int) -> Blobs:
    """Bytes that look random, one hash a number."""
    words = (
        np.asarray(numbers, np.uint64)[:, None] * np.uint64(4) + np.arange(4, dtype=np.uint64)
    ) ^ np.uint64(salt << 56)
    words = (words + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(31)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(29)
    return Blobs(np.ascontiguousarray(words).view(np.uint8).reshape(len(words), 32))
