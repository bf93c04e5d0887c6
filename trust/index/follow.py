"""Following the chain: forward in chunks, back to the fork when it reorganises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from trust.errors import ChainError, IndexFault, NodeUnreachable
from trust.index.found import Shifted, Untrue
from trust.index.pipeline import chunks
from trust.index.reader import Chunk, Reader
from trust.index.sources import Sources, told
from trust.index.store import Cursor, Moved, Store

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: blocks read (none if `to_block` < `from_block`), events stored, blocks taken back.

    `lagging`: the node is behind the index, which therefore stays as it is. `proven`: the block up to which all is
    proven by receipts. `incidents`: what nodes answered that can't be so; none of it was stored.
    """

    from_block: int
    to_block: int
    events: int
    rewound: int
    proven: int
    incidents: tuple[str, ...] = ()
    lagging: bool = False


class Follower:
    """Brings a store to the chain's head, once."""

    def __init__(
        self,
        store: Store,
        reader: Reader,
        sources: Sources,
        *,
        first_block: int,
        finality_depth: int,
        verify: bool,
        progress: Callable[[int, int], None],
    ) -> None:
        self._store = store
        self._reader = reader
        self._sources = sources
        self._first_block = first_block
        self._depth = finality_depth
        self._verify = verify
        self._progress = progress
        self._events = 0
        self._rewound = 0
        self._lagged = 0
        #: Whether a later block is still taken to follow ours; its parent's hash says so without a question.
        self._trusting = True

    def run(self) -> Synced:
        """Raises IndexFault, NodeUnreachable or RpcError; what is committed stays."""
        for attempt in range(_TRIES):
            try:
                return self._follow()
            except Moved:
                continue
            except Shifted:  # once it may be a reorg; twice in a row it is rather the node
                if attempt:
                    self._sources.pass_over("gave answers that contradict each other")
        raise NodeUnreachable(
            "The node's answers contradict each other: the chain moves faster than it can be read.",
            hint="Try again; if it lasts, use another node.",
        )

    def _follow(self) -> Synced:
        # Where it was last seen is enough for the next block: `expect` looks again before anything is written.
        cursor = self._store.seen or self._store.cursor()
        following = cursor.number + 1 if cursor else None
        head, known = self._sources.ask(lambda node: self._reader.head(node, following))
        if head != following:
            cursor = self._store.cursor()
        if head < self._first_block - 1:
            raise IndexFault(
                f"The node's chain ends at block {head}, before the deployment at {self._first_block}.",
                hint="Wait until the node has synced, or check the deployment file.",
            )
        begin = self._start(cursor, head)
        if begin is None:
            assert cursor is not None
            self._lagged += 1
            if self._lagged < len(self._sources.nodes) and self._sources.pass_over("is behind the index"):
                raise Moved
            return self._done(cursor.number + 1, cursor.number, lagging=True)
        start, first = begin
        begun = first
        if first > head and start != cursor:
            # The new branch is shorter, and holds nothing of ours above the fork.
            self._write(cursor, start, None, head)
        found = chunks(
            self._sources,
            self._reader,
            first,
            head,
            verify=self._verify,
            known=known if first == following else (),
            meanwhile=self._store.make,
        )
        with closing(found):  # an interrupt ends the readers too
            for chunk in found:
                if start is not None and chunk.headers[0].parent != start.hash:
                    if self._trusting:
                        self._trusting = False
                        raise Moved
                    raise Shifted
                cursor = start = self._write(cursor, start, chunk, head)
                self._progress(chunk.last, head)
        self._store.build_indexes()
        return self._done(begun, head)

    def _start(self, cursor: Cursor | None, head: int) -> tuple[Cursor | None, int] | None:
        """The block to go on from, if any is kept, and the first to read. None: the node merely lags."""
        if cursor is None:
            return None, self._beginning
        fork = self._fork(cursor, head)
        if fork is None:
            return None
        if self._verify and (proven := self._store.counts().proven) < fork.number:
            # What was read without proof is read again with it, and replaced by the first chunk that is proven.
            below = self._store.highest_block(proven)
            return (below, below.number + 1) if below else (None, self._beginning)
        return fork, fork.number + 1

    @property
    def _beginning(self) -> int:
        return max(0, self._first_block - 1)

    def _write(self, cursor: Cursor | None, start: Cursor | None, chunk: Chunk | None, head: int) -> Cursor:
        """Rewind to `start` if the cursor is past it, and append, in one transaction."""
        with self._store.writing():
            counts, rewound = self._store.expect(cursor), 0
            if cursor is not None and counts is not None and cursor != start:
                counts = self._store.rewind(start, counts)
                rewound = cursor.number - (start.number if start else self._beginning - 1)
            end = self._store.append(chunk, head - self._depth, counts) if chunk else start
        assert end is not None
        self._rewound += rewound
        self._events += sum(rows.count for rows in chunk.rows if rows.table != "transfer") if chunk else 0
        return end

    def _fork(self, cursor: Cursor, head: int) -> Cursor | None:
        """The highest stored block that the node's chain has too; None when the node merely lags."""
        if head < cursor.number:
            below = self._store.highest_block(head)
            if below is None or self._hash(below.number) == below.hash:
                # We have all the node has. Deeper than a reorg goes, it can only be behind; so it is if it
                # still knows our tip. If not, its chain went back.
                behind = below is None or below.number < head or self._knows(cursor.hash)
                return None if behind else below
        elif (self._trusting and head > cursor.number) or self._hash(cursor.number) == cursor.hash:
            return cursor
        for block in self._store.blocks_from(cursor.number - self._depth):
            if block.number <= head and self._hash(block.number) == block.hash:
                return block
        raise IndexFault(
            f"The chain was reorganised over {self._depth} blocks deep, or the node serves another chain.",
            hint="Check the node. If it is right, run `trust index rebuild`.",
        )

    def _done(self, begun: int, last: int, *, lagging: bool = False) -> Synced:
        self._compare_tips()
        proven = self._store.counts().proven
        incidents = tuple(dict.fromkeys(self._sources.incidents))
        return Synced(begun, last, self._events, self._rewound, proven, incidents, lagging)

    def _compare_tips(self) -> None:
        """When verifying, name every further node that has another block at our tip."""
        if not self._verify or (cursor := self._store.cursor()) is None:
            return
        for node in self._sources.others():
            try:
                ((header, _),) = self._reader.headers(node, [cursor.number])
            except Shifted:
                continue  # it is not that far
            except (Untrue, ChainError) as error:
                self._sources.incidents.append(told(node, error))
                continue
            if header.hash != cursor.hash:
                error_text = f"has another block {cursor.number}: 0x{header.hash.hex()}"
                self._sources.incidents.append(f"The node at {node.shown} {error_text}.")

    def _hash(self, number: int) -> bytes:
        ((header, _),) = self._sources.ask(lambda node: self._reader.headers(node, [number]))
        return header.hash

    def _knows(self, block_hash: bytes) -> bool:
        return self._sources.ask(lambda node: self._reader.header(node, block_hash)) is not None
