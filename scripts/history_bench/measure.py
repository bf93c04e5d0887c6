"""How long a page of the history takes, for filters that match nearly all uses, many, few and none."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from history_bench.union import (
    BLOCK_SECONDS,
    BUSY_MEMBER,
    BUSY_PRODUCTION,
    DEPLOYMENT,
    FIRST_BLOCK,
    FIRST_TIME,
    scene_hash,
)
from trust.index import Index
from trust.views import usage_history

_LIMIT = 100
_PLACES = 24


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds a page of one filter, over pages at the start, the end and between, read both ways."""

    name: str
    pages: int
    median: float
    p95: float
    slowest: float


def figures(index: Index, seed: int = 7) -> Iterator[Figure]:
    """One for each filter."""
    gc.collect()
    gc.freeze()  # as trust/api/server.py does
    chance = random.Random(seed)
    for name, wanted in _filters(index).items():
        times = [_took(index, wanted, newest, after) for newest, after in _pages(index, wanted, chance)]
        yield Figure(name, len(times), median(times), quantiles(times, n=20)[-1], max(times))


def _filters(index: Index) -> dict[str, dict[str, Any]]:
    last = index.status().block or FIRST_BLOCK
    middle = FIRST_TIME + (last - FIRST_BLOCK) // 2 * BLOCK_SECONDS
    week = {"since": middle, "until": middle + 7 * 86_400}
    scene = scene_hash(BUSY_PRODUCTION, 3)
    return {
        "none": {},
        "production, a tenth of all": {"production": BUSY_PRODUCTION},
        "production, a usual one": {"production": 77},
        "production, unknown": {"production": 9_999},
        "member, in every twentieth grant": {"member": BUSY_MEMBER},
        "member, a usual one": {"member": 4_321},
        "grant": {"grant": 1_000},
        "pool": {"pool": 321},
        "scene, of the busy production": {"scene": scene},
        "scene, of a usual one": {"scene": scene_hash(77, 9)},
        "asset class ACTIVE": {"asset_class": "ACTIVE"},
        "asset class PASSIVE": {"asset_class": "PASSIVE"},
        "a week": week,
        "a production's week": {"production": 77, **week},
        "production and member": {"production": BUSY_PRODUCTION, "member": BUSY_MEMBER},
        "production, scene, class, half the time": {
            "production": BUSY_PRODUCTION, "scene": scene, "asset_class": "ACTIVE", "since": middle},
    }  # fmt: skip


def _pages(index: Index, wanted: dict[str, Any], chance: random.Random) -> list[tuple[bool, Any]]:
    """Which way to read, and behind what. Nothing is remembered of them: as for a server that has just started."""
    last_block = index.status().block or DEPLOYMENT.block
    pages: list[tuple[bool, Any]] = []
    for newest in (False, True):
        opposite = usage_history(index, **wanted, newest=not newest, limit=_LIMIT)
        ends = [None] if opposite.next is None else [None, opposite.next]
        between = [(chance.randrange(FIRST_BLOCK, last_block), chance.randrange(10)) for _ in range(_PLACES)]
        pages += [(newest, after) for after in (*ends, *between)]
    index.remembered.clear()
    return pages


def _took(index: Index, wanted: dict[str, Any], newest: bool, after: Any) -> float:
    began = time.perf_counter()
    usage_history(index, **wanted, newest=newest, after=after, limit=_LIMIT)
    return (time.perf_counter() - began) * 1_000
