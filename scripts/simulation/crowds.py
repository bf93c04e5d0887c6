"""Crowds paid from ensemble pools: what the model pays each seat, and what a push touches.

A seat of u units of a pool of U has earned floor(u * floor(money * 2^64 / U) / 2^64), `money` being what streamed
until now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.books import DUES_BPS, WHOLE_BPS
from simulation.footprint import Batches
from simulation.gas import BYTE_GAS, ZERO_BYTE_GAS, Touched
from simulation.population import ORDERED_BY, WEEK, Crowd, Ints

#: Most seats of a chunk (contracts/interfaces/IEnsemblePools.sol).
MOST_SEATS = 400
SEAT_BYTES = 7
#: Words of a push's call data before the roster: an offset, pool, chunk, start, an offset, a length.
_HEAD_WORDS = 6
_WORD = 32
_ONE = 1 << 64

PUSH = ("transaction", "seat", "seat's first pay", "pool settled", "chunk's first push")


@dataclass(slots=True)
class Pool:
    """A crowd's pool. `number` counts pools from 1 in the order in which they open; `sent` is by seat."""

    number: int
    crowd: Crowd
    sent: Ints
    pushes: int = 0

    @classmethod
    def of(cls, number: int, crowd: Crowd) -> Pool:
        """Before anything was paid."""
        return cls(number, crowd, np.zeros(len(crowd.members), dtype=np.int64))

    @property
    def start(self) -> int:
        """When its stream starts, seconds from cycle 0."""
        return self.crowd.week * WEEK + ORDERED_BY

    @property
    def end(self) -> int:
        """When its stream ends: with a week."""
        return (self.crowd.week + self.crowd.weeks) * WEEK

    @property
    def net(self) -> int:
        """What streams to the seats in all."""
        return self.crowd.gross - self.crowd.gross * DUES_BPS // WHOLE_BPS

    def pushed_in(self, cycle: int) -> bool:
        """Whether a keeper pushes it at the payday of this cycle."""
        return self.crowd.week < cycle <= self.crowd.week + self.crowd.weeks

    def parts(self) -> Iterator[slice]:
        """The seats of each chunk."""
        return (slice(at, at + MOST_SEATS) for at in range(0, len(self.sent), MOST_SEATS))

    def rosters(self) -> list[bytes]:
        """The chunks' rosters: seven bytes a seat, member and units."""
        crowd = self.crowd
        return [
            b"".join(
                (int(member) + 1).to_bytes(3) + int(units).to_bytes(4)
                for member, units in zip(crowd.members[part], crowd.units[part], strict=True)
            )
            for part in self.parts()
        ]

    def streamed(self, time: int) -> int:
        """What has reached the pool at a time: whole cycles, and of the cycle that runs its pay by the second."""
        cycle = time // WEEK
        whole = sum(self._pay(c) for c in range(self.crowd.week, cycle))
        return whole + self._pay(cycle) * (time % WEEK) // WEEK

    def push(self, time: int, wallet_used: NDArray[np.bool_]) -> Batches:
        """Push every chunk, all at one time."""
        members, units = self.crowd.members, self.crowd.units
        index = self.streamed(time) * _ONE // int(units.sum())
        earned = np.array([int(u) * index >> 64 for u in units], dtype=np.int64)
        sent, self.sent = earned - self.sent, earned
        parts = list(self.parts())
        sizes = np.array([len(members[part]) for part in parts], dtype=np.int64)
        ones, chunk = np.ones(len(parts)), np.arange(len(parts))
        counts = {
            "transaction": ones,
            "seat": sizes.astype(np.float64),
            "seat's first pay": np.array([float((~wallet_used[members[part]]).sum()) for part in parts]),
            "pool settled": (chunk == 0).astype(np.float64),
            "chunk's first push": ones * (self.pushes == 0),
        }
        wallet_used[members] = True
        self.pushes += 1
        data = self._call_data_gas(parts, sizes)
        columns = np.column_stack([counts[name] for name in PUSH])
        length = int(np.sum(4 + _HEAD_WORDS * _WORD + -(-sizes * SEAT_BYTES // _WORD) * _WORD))
        return Batches(members, sizes, sent, Touched.of(columns, data), length)

    def _pay(self, cycle: int) -> int:
        """The stream's pay in a cycle."""
        first, last = self.crowd.week, self.crowd.week + self.crowd.weeks - 1
        duration = self.end - self.start
        in_first = self.net * ((first + 1) * WEEK - self.start) // duration
        each = self.net * WEEK // duration
        if not first <= cycle <= last:
            return 0
        if first == last:
            return self.net
        if cycle == last:
            return self.net - in_first - (last - first - 1) * each
        return in_first if cycle == first else each

    def _call_data_gas(self, parts: list[slice], sizes: Ints) -> Ints:
        used = bytes_used(self.crowd.members + 1, 3) + bytes_used(self.crowd.units, 4)
        roster = np.array([int(used[part].sum()) for part in parts], dtype=np.int64)
        head = bytes_used(np.arange(len(parts)), 2) + bytes_used(sizes * SEAT_BYTES, 2)
        # Besides: a selector's four bytes, the two offsets, and the pool's number.
        nonzero = roster + head + 6 + int(bytes_used(np.array([self.number]), 4)[0])
        total = 4 + _HEAD_WORDS * _WORD + -(-sizes * SEAT_BYTES // _WORD) * _WORD
        gas: Ints = nonzero * BYTE_GAS + (total - nonzero) * ZERO_BYTE_GAS
        return gas


def bytes_used(numbers: Ints, width: int) -> Ints:
    """How many bytes of each number are not zero."""
    used: Ints = np.sum([(numbers >> 8 * i) & 0xFF != 0 for i in range(width)], axis=0, dtype=np.int64)
    return used
