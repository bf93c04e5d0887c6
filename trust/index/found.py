"""Logs of one answer with their places in the chain, and what can't be so of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import lt

import numpy as np

from trust.chain.wire import WireLog


class Shifted(Exception):  # noqa: N818 - not an error: the follower starts over
    """The node's answers belong to different chains: a reorg came between them."""


class Untrue(Exception):  # noqa: N818 - said of an answer
    """The node answered what can't be so; the message goes on from "The node at URL"."""


@dataclass(slots=True)
class Found:
    """Logs of ours with their places, in the chain's order."""

    logs: list[WireLog] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    tx_indexes: list[int] = field(default_factory=list)

    @classmethod
    def located(cls, logs: list[WireLog]) -> Found:
        """Of one answer to eth_getLogs. Raises Untrue when it is not in order."""
        found = cls(
            logs,
            _quantities([log.block_number for log in logs]),
            _quantities([log.log_index for log in logs]),
            _quantities([log.transaction_index for log in logs]),
        )
        places = found.places()
        if not all(map(lt, places, places[1:])):
            again = len(set(places)) < len(places)
            raise Untrue("gave the same log twice" if again else "gave logs out of their order")
        return found

    def places(self) -> list[tuple[int, int]]:
        """Block number and log index of each."""
        return list(zip(self.numbers, self.indexes, strict=True))

    def runs(self) -> Iterator[tuple[int, list[WireLog]]]:
        """Logs by block."""
        changes = np.flatnonzero(np.diff(np.array(self.numbers, np.int64))) + 1
        for start, end in pairwise((0, *changes.tolist(), len(self.logs))):
            if end > start:
                yield self.numbers[start], self.logs[start:end]


def check_transactions(found: Found, listed: Mapping[int, list[str]]) -> None:
    """Raises Untrue unless every log's transaction is the one that its block lists at that place."""
    try:
        there = [listed[number][at] for number, at in zip(found.numbers, found.tx_indexes, strict=True)]
    except IndexError:
        there = []
    if there != [log.transaction_hash for log in found.logs] or min(found.tx_indexes, default=0) < 0:
        raise Untrue("gave logs for other transactions than their blocks have")


def _quantities(texts: Sequence[str]) -> list[int]:
    try:
        return [int(text, 16) for text in texts]
    except ValueError as cause:
        raise Untrue(f"gave something else where a number belongs: {cause}") from cause


def merged(own: Found, *moved: Found) -> Found:
    """Logs of several answers in their order. Raises Untrue when two differ at one place."""
    by_place = dict(zip(own.places(), zip(own.logs, own.tx_indexes, strict=True), strict=True))
    for found in moved:
        for place, log, tx_index in zip(found.places(), found.logs, found.tx_indexes, strict=True):
            # A transfer from Payroll to Payroll is in both answers, and the same in both.
            if by_place.setdefault(place, (log, tx_index))[0] != log:
                raise Untrue("gave two logs at the same place")
    places = sorted(by_place)
    return Found(
        [by_place[place][0] for place in places],
        [number for number, _ in places],
        [index for _, index in places],
        [by_place[place][1] for place in places],
    )
