"""The index of one deployment: its rows, what they add up to, and how they follow the chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.fold import apply
from trust.index.follow import Follower, Synced
from trust.index.reader import Reader
from trust.index.schedule import Clock
from trust.index.sources import Sources
from trust.index.store import Counts, Cursor, Store, deployment_digest

_NOWHERE = (-1, -1)


@dataclass(frozen=True, slots=True)
class Status:
    """Where the index stands; `block` is the last whose events are all in it, None before the first sync.

    All up to `proven` is proven by receipts; the rest, and all when it is None, was read at the level `headers`.
    """

    chain_id: int
    first_block: int
    block: int | None
    block_hash: str | None
    timestamp: int | None
    proven: int | None
    events: int
    transfers: int


class Index:
    """The events of one deployment in an SQLite file, or in PostgreSQL by URL.

    Without a node it only reads. Further nodes are asked when the first fails or answers what can't be so.
    `finality_depth` is how many blocks a reorg may replace. Raises WrongChain or IndexFault when the database
    belongs to another chain, deployment or version.
    """

    def __init__(
        self,
        where: str | Path,
        deployment: Deployment,
        node: Node | Sequence[Node] | None = None,
        *,
        finality_depth: int = 64,
    ) -> None:
        self.deployment = deployment
        self.clock = Clock(deployment.epoch, deployment.cycle_seconds)
        self._nodes = [node] if isinstance(node, Node) else list(node or ())
        self._finality_depth = finality_depth
        self._store = Store(where, deployment, may_renew=bool(self._nodes))
        self._books = Books(self.clock)
        self._place = _NOWHERE
        self._place_hash: bytes | None = None
        self._folded: tuple[Cursor | None, Counts] | None = None
        self._sources: Sources | None = None
        #: What views have found out of rows, by keys of their own; each says itself up to which block it holds.
        self.remembered: dict[Any, Any] = {}

    def __repr__(self) -> str:
        return f"Index({self._store.shown}, chain {self.deployment.chain_id})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, and the connections of its own; not the nodes it was given."""
        if self._sources is not None:
            self._sources.close()
        self._store.close()

    # Reads

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the index for all reads inside."""
        with self._store.reading():
            yield

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """Rows of a query over the tables in schema.sql and the typed ones."""
        return self._store.db.rows(sql, parameters)

    @property
    def lateral(self) -> bool:
        """Whether a part of a query's FROM may look at those before it."""
        return self._store.db.lateral

    def events(self) -> Iterator[IndexedEvent]:
        """Every event, in the chain's order."""
        return self._store.events()

    def status(self) -> Status:
        """Where the index stands; asks no node."""
        cursor, counts = self._store.state()
        first = self.deployment.block
        return Status(
            chain_id=self.deployment.chain_id,
            first_block=first,
            block=cursor.number if cursor else None,
            block_hash="0x" + cursor.hash.hex() if cursor else None,
            timestamp=cursor.timestamp if cursor else None,
            proven=counts.proven if counts.proven >= first else None,
            events=counts.events,
            transfers=counts.transfers,
        )

    def latest(self) -> int | None:
        """Time of the last block in the index, Unix seconds; None before the first sync."""
        cursor = self._store.cursor()
        return cursor.timestamp if cursor else None

    def books(self) -> Books:
        """What all events add up to. Only to be read; kept, and folded on from where it stood."""
        with self.reading():
            standing = self._store.state()
            # To ask every table what came since takes longer than most views do.
            if standing == self._folded:
                return self._books
            if self._place_hash is None or self._store.block_hash(self._place[0]) != self._place_hash:
                self._books, self._place = Books(self.clock), _NOWHERE
            self._folded = self._place_hash = None  # a fault below leaves the books half done
            for event in self._store.events(self._place):
                apply(self._books, event)
                self._place = (event.block_number, event.log_index)
            self._place_hash = self._store.block_hash(self._place[0])
            self._folded = standing
            return self._books

    def digest(self) -> str:
        """One line for what all events add up to at this block: equal for all who index the same chain."""
        with self.reading():
            cursor = self._store.cursor()
            told = {
                "deployment": deployment_digest(self.deployment),
                "block": [cursor.number, cursor.hash.hex()] if cursor else None,
                "books": _canonical(self.books()),
            }
        return sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()

    # Following

    def sync(self, progress: Callable[[int, int], None] | None = None, *, verify: bool = False) -> Synced:
        """Bring the index to the node's head; `progress` hears (block, head) after each chunk.

        `verify` checks every block against its receipts root, and reads again what was read without. What is
        committed stays when it is interrupted. Raises WrongChain, IndexFault or NodeUnreachable.
        """
        if not self._nodes:
            raise ValueError("this index was opened for reading, without a node")
        if self._sources is None:
            self._sources = Sources(self._nodes)
        self._sources.incidents.clear()
        self._sources.require_chain(self.deployment.chain_id)
        return Follower(
            self._store,
            self._reader,
            self._sources,
            first_block=self.deployment.block,
            finality_depth=self._finality_depth,
            verify=verify,
            progress=progress or (lambda block, head: None),
        ).run()

    @cached_property
    def _reader(self) -> Reader:
        # Kept: to hash all addresses and topics takes a large part of the time of a new block.
        return Reader(self.deployment)

    def rebuild(self) -> None:
        """Forget everything; the next sync reads it all again."""
        with self._store.writing():
            self._store.clear()


def _canonical(value: Any) -> Any:
    """Plain data in an order of its own, for a digest."""
    if is_dataclass(value) and not isinstance(value, type):
        return [[field.name, _canonical(getattr(value, field.name))] for field in fields(value)]
    if isinstance(value, Mapping):
        return sorted([_canonical(key), _canonical(entry)] for key, entry in value.items())
    if isinstance(value, set | frozenset):
        return sorted(map(_canonical, value))
    if isinstance(value, list | tuple):
        return [_canonical(entry) for entry in value]
    return value.hex() if isinstance(value, bytes) else value
