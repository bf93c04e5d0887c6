"""Following the chain: forward in chunks, back to the fork when it reorganises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import RpcError, blob
from trust.errors import IndexFault, NodeUnreachable
from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.fold import apply
from trust.index.logs import Chunk, Pace, Reader, Shifted, too_much
from trust.index.schedule import Clock
from trust.index.store import Cursor, Moved, Store

_TRIES = 5
_NOWHERE = (-1, -1)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: blocks read (none if `to_block` < `from_block`), events stored, blocks taken back.

    `lagging`: the node is behind the index, which therefore stays as it is.
    """

    from_block: int
    to_block: int
    events: int
    rewound: int
    lagging: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Where the index stands; `block` is the last whose events are all in it, None before the first sync."""

    chain_id: int
    first_block: int
    block: int | None
    block_hash: str | None
    timestamp: int | None
    events: int
    transfers: int


class Index:
    """The events of one deployment in an SQLite file.

    Without a node it only reads. `finality_depth` is how many blocks a reorg may replace. Raises WrongChain
    or IndexFault when the file belongs to another chain, deployment or version.
    """

    def __init__(
        self, path: Path, deployment: Deployment, node: Node | None = None, *, finality_depth: int = 64
    ) -> None:
        self.deployment = deployment
        self.clock = Clock(deployment.epoch, deployment.cycle_seconds)
        self._node = node
        self._finality_depth = finality_depth
        self._store = Store(path, deployment)
        self._books = Books(self.clock)
        self._place = _NOWHERE
        self._place_hash: bytes | None = None

    def __repr__(self) -> str:
        return f"Index({self._store.path}, chain {self.deployment.chain_id})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    # Reads

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the index for all reads inside."""
        with self._store.reading():
            yield

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """Rows of a query over the tables in schema.sql and the typed ones."""
        return self._store.db.execute(sql, parameters or {}).fetchall()

    def events(self) -> Iterator[IndexedEvent]:
        """Every event, in the chain's order."""
        return self._store.events()

    def status(self) -> Status:
        """Where the index stands; asks no node."""
        with self.reading():
            cursor, counts = self._store.cursor(), self._store.counts()
            timestamp = self._store.timestamp(cursor.number) if cursor else None
        return Status(
            chain_id=self.deployment.chain_id,
            first_block=self.deployment.block,
            block=cursor.number if cursor else None,
            block_hash="0x" + cursor.hash.hex() if cursor else None,
            timestamp=timestamp,
            events=counts["events"],
            transfers=counts["transfers"],
        )

    def latest(self) -> int | None:
        """Time of the last block in the index, Unix seconds; None before the first sync."""
        with self.reading():
            cursor = self._store.cursor()
            return self._store.timestamp(cursor.number) if cursor else None

    def books(self) -> Books:
        """What all events add up to. Only to be read; kept, and folded on from where it stood."""
        with self.reading():
            if self._place_hash is None or self._store.block_hash(self._place[0]) != self._place_hash:
                self._books, self._place = Books(self.clock), _NOWHERE
            self._place_hash = None  # a fault below leaves the books half done
            for event in self._store.events(self._place):
                apply(self._books, event)
                self._place = (event.block_number, event.log_index)
            self._place_hash = self._store.block_hash(self._place[0])
            return self._books

    # Following

    def sync(self, progress: Callable[[int, int], None] | None = None) -> Synced:
        """Bring the index to the node's head; `progress` hears (block, head) after each chunk.

        What is committed stays when it is interrupted. Raises WrongChain, IndexFault or NodeUnreachable.
        """
        if self._node is None:
            raise ValueError("this index was opened for reading, without a node")
        self._node.require_chain(self.deployment.chain_id)
        return _Follower(self._store, Reader(self.deployment, self._node), self._node, self.deployment.block,
                         self._finality_depth, progress or (lambda block, head: None)).run()  # fmt: skip


class _Follower:
    def __init__(
        self,
        store: Store,
        reader: Reader,
        node: Node,
        first_block: int,
        finality_depth: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self._store = store
        self._reader = reader
        self._node = node
        self._first_block = first_block
        self._depth = finality_depth
        self._progress = progress
        self._pace = Pace()
        self._events = 0
        self._rewound = 0

    def run(self) -> Synced:
        for _ in range(_TRIES):
            try:
                return self._follow()
            except (Shifted, Moved):
                continue
        raise NodeUnreachable(
            "The node's answers contradict each other: the chain moves faster than it can be read.",
            hint="Try again; if it lasts, use another node.",
        )

    def _follow(self) -> Synced:
        head = self._node.block("latest").number
        if head < self._first_block - 1:
            raise IndexFault(
                f"The node's chain ends at block {head}, before the deployment at {self._first_block}.",
                hint="Wait until the node has synced, or check the deployment file.",
            )
        cursor = self._store.cursor()
        if cursor is None:
            start: Cursor | None = None
            first = max(0, self._first_block - 1)
        else:
            fork = self._fork(cursor, head)
            if fork is None:
                return Synced(cursor.number + 1, cursor.number, self._events, self._rewound, lagging=True)
            start, first = fork, fork.number + 1
        begun = first
        while first <= head or start != cursor:
            if first > head:  # the new branch is shorter and holds nothing of ours above the fork
                self._write(cursor, start, None, head)
                break
            chunk = self._read(first, min(head, first + self._pace.blocks - 1), head, start)
            cursor = self._write(cursor, start, chunk, head)
            start, first = cursor, chunk.last + 1
            self._progress(chunk.last, head)
        return Synced(begun, first - 1, self._events, self._rewound)

    def _read(self, first: int, last: int, head: int, start: Cursor | None) -> Chunk:
        while True:
            try:
                chunk = self._reader.chunk(first, last, head - self._depth, start.hash if start else None)
            except (RpcError, NodeUnreachable) as error:
                if last == first or not too_much(error):
                    raise
                self._pace = self._pace.slower(last - first + 1)
                last = min(last, first + self._pace.blocks - 1)
            else:
                self._pace = self._pace.faster()
                return chunk

    def _write(self, cursor: Cursor | None, start: Cursor | None, chunk: Chunk | None, head: int) -> Cursor:
        """Rewind to `start` if the cursor is past it, and append, in one transaction."""
        with self._store.writing():
            self._store.expect(cursor)
            rewound = 0
            if cursor is not None and start is not None and cursor != start:
                self._store.rewind(start)
                rewound = cursor.number - start.number
            if chunk is not None:
                self._store.append(chunk, head - self._depth)
            end = self._store.cursor()
        assert end is not None
        self._rewound += rewound
        self._events += len(chunk.events) if chunk else 0
        return end

    def _fork(self, cursor: Cursor, head: int) -> Cursor | None:
        """The highest stored block that the node's chain has too; None when the node merely lags."""
        if head < cursor.number:
            below = self._store.highest_block(head)
            if below is None or self._hash(below.number) == below.hash:
                # We have all the node has. Deeper than a reorg goes, it can only be behind; so it is if it
                # still knows our tip. If not, its chain went back.
                behind = below is None or below.number < head or self._reader.knows(cursor.hash)
                return None if behind else below
        elif self._hash(cursor.number) == cursor.hash:
            return cursor
        for block in self._store.blocks_from(cursor.number - self._depth):
            if block.number <= head and self._hash(block.number) == block.hash:
                return block
        raise IndexFault(
            f"The chain was reorganised over {self._depth} blocks deep, or the node serves another chain.",
            hint="Check the node. If it is right, delete the index file and index again.",
        )

    def _hash(self, number: int) -> bytes:
        header = self._reader.header(number)
        if header is None:  # a second server behind the same URL, not as far as the first
            raise Shifted
        return blob(header["hash"])
