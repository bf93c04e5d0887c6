"""Logs that were read together, in their places in the chain, and what can't be so of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from trust.index.blocks import Blocks
from trust.index.columns import Blobs
from trust.index.logs import WORD, Logs, Numbers
from trust.proof.headers import bloom_places


class Shifted(Exception):  # noqa: N818 - not an error: the follower starts over
    """The node's answers belong to different chains: a reorg came between them."""


class Untrue(Exception):  # noqa: N818 - said of an answer
    """The node answered what can't be so; the message goes on from "The node at URL"."""


def check_order(groups: Sequence[Logs]) -> None:
    """Raises Untrue unless the logs of one answer stand in the chain's order, each once."""
    if not groups:
        return
    order = np.concatenate([logs.order for logs in groups])
    numbers, indexes = (np.empty(len(order), np.int64) for _ in range(2))
    numbers[order] = np.concatenate([logs.numbers for logs in groups])
    indexes[order] = np.concatenate([logs.indexes for logs in groups])
    steps, turns = np.diff(numbers), np.diff(indexes)
    if not ((steps > 0) | ((steps == 0) & (turns > 0))).all():
        again = len(set(zip(numbers.tolist(), indexes.tolist(), strict=True))) < len(order)
        raise Untrue("gave the same log twice" if again else "gave logs out of their order")


def check_blocks(groups: Sequence[Logs], blocks: Blocks) -> None:
    """Every log is of one of these blocks, and of the transaction that its block lists at that place.

    Raises Untrue, or Shifted for logs of another branch.
    """
    for logs in groups:
        places = logs.numbers - blocks.first
        if places.min() < 0 or places.max() >= len(blocks.headers):
            raise Untrue("gave logs of blocks that weren't asked for")
        if not np.array_equal(logs.block_hashes, blocks.hash_of(logs.numbers)):
            raise Shifted
        listed = logs.tx_indexes < np.diff(blocks.offsets)[places]
        if not listed.all() or not np.array_equal(
            logs.tx_hashes, blocks.transaction_of(logs.numbers, logs.tx_indexes)
        ):
            raise Untrue("gave logs for other transactions than their blocks have")


def check_blooms(groups: Sequence[Logs], blocks: Blocks) -> None:
    """Raises Untrue unless every log's address and topics are in its block's bloom."""
    parts: list[bytes] = []
    places: list[Numbers] = []
    for logs in groups:
        within = logs.numbers - blocks.first
        once = np.unique(within)
        for part in filter(None, (logs.address, logs.topic)):  # the same in all of them
            parts += [part] * len(once)
            places.append(once)
        # Neighbours are often alike: uses of one grant come together.
        alike = (np.diff(within) == 0) & (logs.topics[1:] == logs.topics[:-1]).all(axis=1)
        fresh = np.flatnonzero(np.concatenate(([True], ~alike)))
        for at in range(WORD, logs.topics.shape[1], WORD):
            parts += Blobs(logs.topics[fresh, at : at + WORD]).values()
            places.append(within[fresh])
    if parts:
        _check_parts(np.concatenate(places), parts, blocks)


def _check_parts(places: Numbers, parts: Sequence[bytes], blocks: Blocks) -> None:
    """Each of `parts` in the bloom of the block at its place."""
    packed = np.fromiter(map(_bloom_places, parts), np.int64, len(parts))
    bits = packed[:, None] >> (0, 16, 32) & 2047
    held = blocks.blooms[places[:, None], -1 - (bits >> 3)] >> (bits & 7) & 1
    if not held.all():
        number = blocks.first + int(places[(held == 0).any(axis=1)][0])
        raise Untrue(f"gave logs of block {number} that its header's bloom denies")


@lru_cache(maxsize=100_000)
def _bloom_places(part: bytes) -> int:
    """`bloom_places` in one number, 16 bits each."""
    return sum(place << 16 * number for number, place in enumerate(bloom_places(part)))


def merged(*answers: Sequence[Logs]) -> list[Logs]:
    """Logs of several answers. Raises Untrue when two differ at one place."""
    groups = [logs for groups in answers for logs in groups]
    if not groups:
        return []
    numbers, indexes = (
        np.concatenate([getattr(logs, name) for logs in groups]) for name in ("numbers", "indexes")
    )
    begins = np.cumsum([0, *map(len, groups)])
    sorted_ = np.lexsort((indexes, numbers))  # keeps the order of those at one place
    alike = (np.diff(numbers[sorted_]) == 0) & (np.diff(indexes[sorted_]) == 0)
    new = [np.ones(len(logs), np.bool_) for logs in groups]
    for at in np.flatnonzero(alike).tolist():
        # A transfer from Payroll to Payroll is in both answers, and the same in both.
        (one, row), (other, again) = (_within(begins, int(sorted_[at + step])) for step in (0, 1))
        if groups[one].told(row) != groups[other].told(again):
            raise Untrue("gave two logs at the same place")
        new[other][again] = False
    return [
        logs if kept.all() else logs.kept(kept) for logs, kept in zip(groups, new, strict=True) if kept.any()
    ]


def _within(begins: Numbers, place: int) -> tuple[int, int]:
    group = int(np.searchsorted(begins, place, side="right")) - 1
    return group, place - int(begins[group])
