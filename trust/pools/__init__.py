"""Ensemble pools without a chain: rosters as bytes, and the arithmetic of a seat's pay."""

from trust.pools.files import read_seats
from trust.pools.gas import spare_for_push, spare_for_seats, spare_for_sweep
from trust.pools.pay import ONE, ChunkPay, UnitIndex, lifetime
from trust.pools.rosters import MOST_SEATS, Chunk, Roster, Seat, split

__all__ = [
    "MOST_SEATS",
    "ONE",
    "Chunk",
    "ChunkPay",
    "Roster",
    "Seat",
    "UnitIndex",
    "lifetime",
    "read_seats",
    "spare_for_push",
    "spare_for_seats",
    "spare_for_sweep",
    "split",
]
