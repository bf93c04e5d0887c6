"""What a backfill is made of."""

from __future__ import annotations

from dataclasses import dataclass

#: Blocks in a range: a worker has a range's rows in memory.
RANGE_BLOCKS = 500
LEASE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Blocks `first` to `last`, which was final. `proven`: every block is checked against its receipts root."""

    first: int
    last: int
    last_hash: bytes
    last_time: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Blocks that one worker reads: their first one's parent and their last one's hash are known before.

    `fence` tells the worker that has it from one that had it.
    """

    first: int
    last: int
    parent: bytes
    last_hash: bytes
    fence: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker did and holds: numbers of ranges, and rows."""

    owner: str
    done: int
    held: int
    events: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a range could not be read when it was last tried."""

    first: int
    last: int
    why: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill has come; `done` and `held` (being read now) of `ranges`."""

    plan: Plan
    ranges: int
    done: int
    held: int
    events: int
    transfers: int
    workers: tuple[Worker, ...]
    troubles: tuple[Trouble, ...]
