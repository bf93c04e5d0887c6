"""Consecutive blocks: their headers, and their hashes in rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from trust.index.hexes import unhexed
from trust.proof import Header

#: A header, and the hashes of its block's transactions as the node wrote them.
Listed = tuple[Header, list[str]]

_HASH = 32
_BLOOM = 256


@dataclass(frozen=True, slots=True)
class Blocks:
    """Headers that follow each other, their hashes and blooms in rows, and the hashes of their transactions.

    The block at place n has the rows `offsets[n]` to `offsets[n + 1]` of `transactions`.
    """

    headers: tuple[Header, ...]
    hashes: NDArray[np.uint8]
    blooms: NDArray[np.uint8]
    transactions: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, listed: Sequence[Listed]) -> Blocks:
        """From headers with their transactions' hashes as texts. Raises Odd for another text."""
        counts = [len(hashes) for _, hashes in listed]
        return cls(
            tuple(header for header, _ in listed),
            np.frombuffer(b"".join(header.hash for header, _ in listed), np.uint8).reshape(-1, _HASH),
            np.frombuffer(
                b"".join(header.bloom.to_bytes(_BLOOM, "big") for header, _ in listed), np.uint8
            ).reshape(-1, _BLOOM),
            unhexed(list(chain.from_iterable(hashes for _, hashes in listed)), _HASH),
            np.concatenate(([0], np.cumsum(counts, dtype=np.int64))),
        )

    def listed(self, number: int) -> list[str]:
        """Hashes of one block's transactions, as nodes write them."""
        place = number - self.first
        rows = self.transactions[self.offsets[place] : self.offsets[place + 1]]
        return ["0x" + row.tobytes().hex() for row in rows]

    @property
    def first(self) -> int:
        """Number of the first."""
        return self.headers[0].number

    def hash_of(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Hashes of blocks by number."""
        found: NDArray[np.uint8] = self.hashes[numbers - self.first]
        return found

    def transaction_of(self, numbers: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Hashes of transactions by block number and place in the block."""
        found: NDArray[np.uint8] = self.transactions[self.offsets[numbers - self.first] + places]
        return found
