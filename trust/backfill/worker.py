"""A worker: takes ranges from the queue until all are done, then one puts the rows in their place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from trust.backfill.model import LEASE_SECONDS, Plan, Progress, Range
from trust.backfill.place import put_in_place
from trust.backfill.tables import Home, LeaseLost, Tables
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.errors import IndexFault, NodeUnreachable, TrustError
from trust.index.found import Shifted, Untrue
from trust.index.pipeline import chunks
from trust.index.reader import Chunk, Reader
from trust.index.sources import Sources
from trust.index.store import Counts
from trust.proof import Header

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker did: ranges it finished, and events in them. `placed`: it put all rows in their place."""

    ranges: int
    events: int
    placed: bool
    incidents: tuple[str, ...]


def work(
    url: str,
    deployment: Deployment,
    nodes: Sequence[Node],
    owner: str,
    *,
    lease: float = LEASE_SECONDS,
    poll: float = 1.0,
    progress: Callable[[Progress], None] = lambda found: None,
) -> Worked:
    """Read ranges of the planned backfill until none is left, and wait for those of other workers.

    A worker may be killed anywhere: its range is read again when its `lease` (seconds) runs out. `poll`: seconds
    between looks at what others do. Raises InputError when nothing is planned, IndexFault, NodeUnreachable or
    RpcError: the range is given back, and what was finished stays.
    """
    home = Home(url)
    home.require_plan()
    with closing(Sources(nodes)) as sources:
        sources.require_chain(deployment.chain_id)
        with closing(Tables(home, deployment, owner, lease)) as tables:
            return _Worker(tables, deployment, sources).run(poll, progress)


class _Planned(Reader):
    """Reads one range; a node whose headers don't lie between its ends is not believed."""

    def __init__(self, deployment: Deployment, one: Range) -> None:
        super().__init__(deployment)
        self._range = one

    def headers(self, node: Node, numbers: Sequence[int]) -> list[tuple[Header, list[str]]]:
        found = super().headers(node, numbers)
        for header, _ in found:
            begun = header.number != self._range.first or header.parent == self._range.parent
            ended = header.number != self._range.last or header.hash == self._range.last_hash
            if not (begun and ended):
                raise Untrue(f"gave block {header.number} of another chain than the one that was planned")
        return found


class _Worker:
    def __init__(self, tables: Tables, deployment: Deployment, sources: Sources) -> None:
        self._tables = tables
        self._deployment = deployment
        self._sources = sources
        self._ranges = 0
        self._events = 0

    def run(self, poll: float, progress: Callable[[Progress], None]) -> Worked:
        placed = False
        try:
            plan = self._tables.plan()
            while True:
                found = self._tables.progress()
                progress(found)
                if found.done == found.ranges:
                    placed = put_in_place(self._tables)
                    break
                one = self._tables.claim()
                if one is None:
                    time.sleep(poll)
                else:
                    self._take(one, plan)
        except IndexFault:
            # Another worker has put the rows in their place, or somebody dropped the backfill.
            if self._tables.home.planned():
                raise
        return Worked(self._ranges, self._events, placed, tuple(dict.fromkeys(self._sources.incidents)))

    def _take(self, one: Range, plan: Plan) -> None:
        try:
            counts = self._store(one, plan, self._read(one, plan))
        except LeaseLost:
            return
        except (TrustError, KeyboardInterrupt) as error:
            why = error.message if isinstance(error, TrustError) else "interrupted"
            self._tables.give_back(one, why)
            raise
        self._ranges += 1
        self._events += counts.events

    def _read(self, one: Range, plan: Plan) -> list[Chunk]:
        for _ in range(_TRIES):
            try:
                return list(self._chunks(one, plan))
            except Shifted:
                continue
        raise NodeUnreachable(
            f"The nodes' answers about blocks {one.first} to {one.last} contradict each other.",
            hint="Try again; if it lasts, use another node.",
        )

    def _chunks(self, one: Range, plan: Plan) -> Iterator[Chunk]:
        before = one.parent
        reader = _Planned(self._deployment, one)
        for chunk in chunks(self._sources, reader, one.first, one.last, verify=plan.proven):
            if chunk.headers[0].parent != before:
                raise Shifted
            before = chunk.headers[-1].hash
            self._tables.hold(one)
            yield chunk

    def _store(self, one: Range, plan: Plan, found: list[Chunk]) -> Counts:
        """Rows and the range's end in one transaction: a range that isn't done has left nothing."""
        events = transfers = 0
        with self._tables.db.transaction():
            self._tables.hold(one)
            for chunk in found:
                added = self._tables.store.add(chunk, plan.last)
                events, transfers = events + added.events, transfers + added.transfers
            counts = Counts(events, transfers)
            self._tables.finish(one, counts)
        return counts
