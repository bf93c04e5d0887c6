"""Logs as arrays: those of one event of one contract together, with their places in the chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trust.chain.wire import WireLog
from trust.index.blocks import Blocks
from trust.index.hexes import Odd, quantities, unhexed

WORD = 32

Bytes = NDArray[np.uint8]  # (logs, bytes)
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Logs:
    """Logs of one address and first topic, with as many topics and bytes of data each.

    `order` is each one's place among all that were read with it; `topics` has the first too.
    """

    address: bytes
    topics: Bytes
    data: Bytes
    order: Numbers
    numbers: Numbers
    indexes: Numbers
    tx_indexes: Numbers
    tx_hashes: Bytes
    block_hashes: Bytes

    @classmethod
    def of(cls, logs: Sequence[WireLog], order: Sequence[int]) -> list[Self]:
        """From an answer's structs. Raises Odd for a field that isn't in its form."""
        return [cls._told(alike, np.array(order, np.int64)[at]) for alike, at in _shapes(logs)]

    @classmethod
    def at(
        cls, logs: Sequence[WireLog], places: Sequence[tuple[int, int, int]], blocks: Blocks
    ) -> list[Self]:
        """From structs and each one's block number, log index and transaction index. Raises Odd."""
        located = np.array(places, np.int64).reshape(-1, 3)
        found = []
        for alike, at in _shapes(logs):
            numbers, indexes, tx_indexes = located[at].T
            hashes = blocks.transaction_of(numbers, tx_indexes), blocks.hash_of(numbers)
            found.append(cls(*_words(alike), at, numbers, indexes, tx_indexes, *hashes))
        return found

    @classmethod
    def _told(cls, logs: Sequence[WireLog], order: Numbers) -> Self:
        return cls(
            *_words(logs),
            order,
            numbers=quantities([log.block_number for log in logs]),
            indexes=quantities([log.log_index for log in logs]),
            tx_indexes=quantities([log.transaction_index for log in logs]),
            tx_hashes=unhexed([log.transaction_hash for log in logs], WORD),
            block_hashes=unhexed([log.block_hash for log in logs], WORD),
        )

    @property
    def topic(self) -> bytes:
        """The first, which says what event it is; empty when they have none."""
        return self.topics[0, :WORD].tobytes()

    def __len__(self) -> int:
        return len(self.order)

    def kept(self, chosen: NDArray[np.bool_]) -> Self:
        """Only those."""
        return type(self)(
            self.address,
            self.topics[chosen],
            self.data[chosen],
            self.order[chosen],
            self.numbers[chosen],
            self.indexes[chosen],
            self.tx_indexes[chosen],
            self.tx_hashes[chosen],
            self.block_hashes[chosen],
        )

    def told(self, at: int) -> tuple[bytes, ...]:
        """All of one but its place."""
        rows = (self.topics, self.data, self.tx_hashes, self.block_hashes)
        return (self.address, *(row[at].tobytes() for row in rows), self.tx_indexes[at].tobytes())


def _shapes(logs: Sequence[WireLog]) -> Iterator[tuple[list[WireLog], Numbers]]:
    """Logs of one shape, and their places."""
    shapes: dict[tuple[str, str, int, int], list[int]] = {}
    for at, log in enumerate(logs):
        first = log.topics[0] if log.topics else ""
        shapes.setdefault((log.address, first, len(log.topics), len(log.data)), []).append(at)
    for chosen in shapes.values():
        yield [logs[at] for at in chosen], np.array(chosen, np.int64)


def _words(logs: Sequence[WireLog]) -> tuple[bytes, Bytes, Bytes]:
    """Address, topics and data of logs of one shape."""
    length = len(logs[0].data)
    if length < 2 or length % 2:
        raise Odd("gave data that isn't whole bytes")
    words = unhexed(list(chain.from_iterable(log.topics for log in logs)), WORD)
    topics = words.reshape(len(logs), len(logs[0].topics) * WORD)
    return (
        unhexed([logs[0].address], 20).tobytes(),
        topics,
        unhexed([log.data for log in logs], length // 2 - 1),
    )


def together(parts: Iterable[Logs]) -> list[Logs]:
    """Those of one shape in one."""
    shapes: dict[tuple[bytes, bytes, int, int], list[Logs]] = {}
    for logs in parts:
        shape = (logs.address, logs.topic, logs.topics.shape[1], logs.data.shape[1])
        shapes.setdefault(shape, []).append(logs)
    return [_joined(alike) if len(alike) > 1 else alike[0] for alike in shapes.values()]


def _joined(parts: Sequence[Logs]) -> Logs:
    return Logs(
        parts[0].address,
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Logs.__slots__
            if name != "address"
        ),
    )
