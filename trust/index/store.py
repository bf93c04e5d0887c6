"""The index's rows, in whichever database. Rows and cursor commit together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from trust.chain.deployments import Deployment
from trust.chain.rpc import hexed
from trust.errors import IndexFault, WrongChain
from trust.index.columns import Kind, Objects, Rows
from trust.index.database import Database, connect, statements
from trust.index.events import IndexedEvent
from trust.index.reader import Chunk
from trust.index.sql import named
from trust.index.sqlite import START_OVER
from trust.index.tables import TRANSFER, Table, event_tables, layout_digest, transfers
from trust.proof import Header

#: "1" kept raw events in a table of their own, with headers as JSON; "2" kept each log beside its fields; "3" had no
#: indexes of blocks. An older layout is made anew and read from the chain again: nothing in an index is its own.
_SCHEMA_VERSION = 4
_HERE = Path(__file__).parent
_OURS = ("meta", "cursor", "block", "event", "charge", "pool_payment", TRANSFER)
_QUERIES = named(_HERE / "queries.sql")
_BLOCKS_A_PAGE = 500
_EVENTS_A_PAGE = 20_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last block whose events are all stored, and its time."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows stored, and the block up to which all are proven by receipts (before the first when none is)."""

    events: int = 0
    transfers: int = 0
    proven: int = -1


class Moved(Exception):  # noqa: N818 - not an error: the follower starts over
    """Chain or cursor changed while a chunk was read."""


class Store:
    """The rows of one deployment. For one thread; several processes may read while one writes.

    A new index has no tables until they are needed.
    """

    def __init__(
        self, where: str | Path, deployment: Deployment, *, may_renew: bool = True, lock_seconds: float = 60.0
    ) -> None:
        self._deployment = deployment
        self._may_renew = may_renew
        self._db: Database = connect(where, lock_seconds=lock_seconds)
        #: Whether the first backfill is over: from then on a table's indexes come with its first rows.
        self._backfilled = False
        #: The cursor when it was last looked at: another process may have moved it since.
        self.seen: Cursor | None = None
        #: Tables known to have them, and those that this transaction found or made.
        self._indexed: set[str] = set()
        self._fresh: set[str] = set()
        try:
            self._made = not self._is_new()
            if self._made:
                self._open()
        except BaseException:
            self._db.close()
            raise

    @property
    def db(self) -> Database:
        """Where the rows are, with their tables."""
        self.make()
        return self._db

    @property
    def shown(self) -> str:
        """Where the rows are, for people."""
        return self._db.shown

    def make(self) -> None:
        """Make the tables, unless they are there. Raises as opening does."""
        if self._made:
            return
        self._made = True
        try:
            with self._db.writing():
                if self._is_new():
                    self._create(self._wanted())
            self._open()
        except BaseException:
            self._made = False
            raise

    def close(self) -> None:
        self._db.close()

    # Transactions

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing, one writer at a time."""
        self._fresh = set()
        with self.db.writing():
            yield
        self._indexed |= self._fresh  # unless it was taken back

    def reading(self) -> AbstractContextManager[None]:
        """One state of the index for several queries; may be nested."""
        return self.db.reading()

    # Reads

    def cursor(self) -> Cursor | None:
        return self.state()[0] if self._made else None

    def counts(self) -> Counts:
        return self.state()[1]

    def state(self) -> tuple[Cursor | None, Counts]:
        """Cursor and counts of one time."""
        rows = self._run("cursor")
        self.seen = _as_cursor(rows[0]) if rows else None
        counts = (Counts(row["events"], row["transfers"], row["proven"]) for row in rows)
        return self.seen, next(counts, Counts())

    def block_hash(self, number: int) -> bytes | None:
        rows = self._run("block", number=number)
        return rows[0]["hash"] if rows else None

    def highest_block(self, number: int) -> Cursor | None:
        """The highest stored block that isn't above `number`."""
        rows = self._run("highest_block", number=number)
        return _as_cursor(rows[0]) if rows else None

    def blocks_from(self, number: int) -> list[Cursor]:
        """Stored blocks from `number` on, the highest first."""
        return [_as_cursor(row) for row in self._run("blocks_from", number=number)]

    def blocks(self) -> int:
        """How many are stored."""
        return int(self._run("blocks")[0]["blocks"])

    def events(self, after: tuple[int, int] = (-1, -1)) -> Iterator[IndexedEvent]:
        """Decoded events after (block number, log index), in the chain's order."""
        used = [_tables()[name] for name in _used(self.db) if name != TRANSFER]
        for times in self._pages(after[0] - 1):
            span = {"first": min(times), "last": max(times)}
            found = []
            for table in used:
                sql = f"SELECT * FROM {table.name} WHERE block_number BETWEEN :first AND :last"
                found += [_event(table, row, times[row["block_number"]]) for row in self.db.rows(sql, span)]
            found.sort(key=lambda event: (event.block_number, event.log_index))
            yield from (event for event in found if (event.block_number, event.log_index) > after)

    def _pages(self, above: int) -> Iterator[dict[int, int]]:
        """Times of blocks with rows, by number, so many that their events fit in memory."""
        while blocks := self._run("blocks_with_rows", number=above, limit=_BLOCKS_A_PAGE):
            times, held = {}, 0
            for block in blocks:
                times[block["number"]] = block["timestamp"]
                held += block["held"]
                if held > _EVENTS_A_PAGE:
                    break
            yield times
            above = max(times)

    # Writes, inside `writing`

    def expect(self, cursor: Cursor | None) -> Counts | None:
        """How many rows there are; None without a cursor. Raises Moved when another process has moved it."""
        found, counts = self.state()
        if found != cursor:
            raise Moved
        return counts if found else None

    def add(self, chunk: Chunk, keep_from: int) -> Counts:
        """Rows of the chunk, and how many; blocks below `keep_from` without rows are left out."""
        kept = [h for h in chunk.headers if h.number >= keep_from or chunk.held.get(h.number)]
        self.db.load([*([_blocks(kept, chunk)] if kept else []), *chunk.rows])
        added = {TRANSFER: 0, "event": 0}
        for rows in chunk.rows:
            if self._backfilled:
                self._index(rows.table)
            added[TRANSFER if rows.table == TRANSFER else "event"] += rows.count
        return Counts(added["event"], added[TRANSFER])

    def append(self, chunk: Chunk, keep_from: int, before: Counts | None) -> Cursor:
        """As `add`, and the cursor at the chunk's end; `before` is what `expect` or `rewind` said."""
        counts, added = before or Counts(proven=chunk.first - 1), self.add(chunk, keep_from)
        proven = chunk.last if chunk.proven and counts.proven >= chunk.first - 1 else counts.proven
        counts = Counts(counts.events + added.events, counts.transfers + added.transfers, proven)
        last = chunk.headers[-1]
        cursor = Cursor(last.number, last.hash, last.timestamp)
        values = {**asdict(cursor), **asdict(counts), "keep_from": keep_from}
        self.db.run([_QUERIES["set_cursor"], _QUERIES["prune_blocks"]], values)
        return cursor

    def place(self, cursor: Cursor, counts: Counts) -> None:
        """Say up to where rows are stored, and how many."""
        self._change("set_cursor", **asdict(cursor), **asdict(counts))

    def rewind(self, to: Cursor | None, counts: Counts) -> Counts | None:
        """Forget everything above a block, or all there is: of so many rows. How many are left."""
        number = to.number if to else -1
        gone = sum(self._forget(table, number) for table in event_tables())
        moved = self._forget(transfers, number)
        self.db.change("DELETE FROM block WHERE number > :number", {"number": number})
        if to is None:
            self.db.change("DELETE FROM cursor")
            return None
        left = Counts(counts.events - gone, counts.transfers - moved, min(counts.proven, to.number))
        self.place(to, left)
        return left

    def clear(self) -> None:
        """Forget everything."""
        meta = self._meta() | {"schema": str(_SCHEMA_VERSION), "layout": layout_digest()}
        meta.pop("indexed", None)
        self._backfilled = False
        self._indexed.clear()
        relations = self.db.relations()
        for kind in ("VIEW", "TABLE"):
            for name in filter(_is_ours, relations):
                if relations[name] == kind:
                    self.db.change(f"DROP {kind} {name}")
        self._create(meta)

    def build_indexes(self) -> None:
        """Keys and secondary indexes of all tables with rows, unless they are there: made after a backfill."""
        # They are gone again when another process has rebuilt the index.
        if self._backfilled and "indexed" in self._meta():
            return
        self._indexed.clear()
        # What is asked here would lock its tables until the end: the other connection does it.
        with self.writing(), self.db.beside() as beside:
            missing = set(_used(beside)) - beside.indexed()
            self.db.index({table: _tables()[table].indexes for table in missing}, beside)
            self._change("set_meta", name="indexed", value="yes")
        self._backfilled = True

    def _index(self, table: str) -> None:
        if table in self._indexed or table in self._fresh:
            return
        self._fresh |= self.db.indexed()  # another process may have made them
        if table not in self._fresh:
            self.db.index({table: _tables()[table].indexes})
            self._fresh.add(table)

    def _forget(self, table: Table, above: int) -> int:
        return self.db.change(f"DELETE FROM {table.name} WHERE block_number > :number", {"number": above})

    def _run(self, query: str, **values: Any) -> list[Mapping[str, Any]]:
        return self.db.rows(_QUERIES[query], values)

    def _change(self, query: str, **values: Any) -> int:
        return self.db.change(_QUERIES[query], values)

    def _meta(self) -> dict[str, str]:
        return {row["name"]: row["value"] for row in self._run("meta")}

    # Opening

    def _wanted(self) -> dict[str, str]:
        return {
            "schema": str(_SCHEMA_VERSION),
            "layout": layout_digest(),
            "chain_id": str(self._deployment.chain_id),
            "deployment": deployment_digest(self._deployment),
        }

    def _open(self) -> None:
        wanted, found = self._wanted(), self._meta()
        self._check(found, wanted)
        if found["schema"] == wanted["schema"] and found["layout"] == wanted["layout"]:
            self._backfilled = "indexed" in found
            return
        if not self._may_renew:
            raise IndexFault(
                f"{self.shown} was made by an earlier version of this package.",
                hint="Run `trust index sync`: it reads the chain again.",
            )
        with self.writing():
            self.clear()

    def _is_new(self) -> bool:
        """Whether no index was made here. Raises IndexFault when something else is in its place."""
        relations = self._db.relations()
        if "meta" in relations:
            return False
        if any(map(_is_ours, relations)) or (relations and not self._db.shared):
            raise IndexFault(f"{self.shown} is not an index.", hint="Name another file or database.")
        return True

    def _create(self, meta: Mapping[str, str]) -> None:
        self.db.run(_script(self.db.types))
        for name, value in meta.items():
            self._change("set_meta", name=name, value=value)

    def _check(self, found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        if found.get("chain_id") != wanted["chain_id"]:
            raise WrongChain(
                f"{self.shown} indexes chain {found.get('chain_id')}, not {wanted['chain_id']}.",
                hint=START_OVER,
            )
        if found.get("deployment") != wanted["deployment"]:
            raise IndexFault(f"{self.shown} indexes another deployment.", hint=START_OVER)
        schema = found.get("schema", "")
        if not schema.isdigit() or int(schema) > _SCHEMA_VERSION:
            raise IndexFault(
                f"{self.shown} was made by a later version of this package.", hint="Install that version."
            )


@cache
def _tables() -> dict[str, Table]:
    return {table.name: table for table in (*event_tables(), transfers)}


def _used(database: Database) -> list[str]:
    """Tables that have rows."""
    asked = (f"SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM {table})" for table in _tables())
    return [row["name"] for row in database.rows(" UNION ALL ".join(asked))]


def _is_ours(relation: str) -> bool:
    return relation.startswith("event_") or relation in _OURS


def deployment_digest(deployment: Deployment) -> str:
    """Tells deployments apart, not files: the order of entries doesn't matter."""
    return sha256(json.dumps(asdict(deployment), sort_keys=True).encode()).hexdigest()


def _script(types: Mapping[Kind, str]) -> Iterator[str]:
    strict = " STRICT" if types[Kind.WIDE] == "ANY" else ""
    names = {kind.value: name for kind, name in types.items()}
    yield from statements((_HERE / "schema.sql").read_text().format(strict=strict, **names))
    for table in (*event_tables(), transfers):
        columns = ",\n".join(f'    "{column}" {types[kind]} NOT NULL' for column, kind in table.columns)
        # Elsewhere the key comes after a backfill.
        key = ",\n    PRIMARY KEY (block_number, log_index)\n) STRICT, WITHOUT ROWID" if strict else "\n)"
        yield f"CREATE TABLE {table.name} (\n{columns}{key}"
    parts = (
        "SELECT block_number, log_index, block_hash, tx_hash, tx_index, contract,"
        f" '{table.event}' AS name, log_crc FROM {table.name}"
        for table in event_tables()
    )
    yield "CREATE VIEW event AS\n" + "\nUNION ALL\n".join(parts)
    yield from statements((_HERE / "views.sql").read_text())


def _blocks(headers: Sequence[Header], chunk: Chunk) -> Rows:
    """The table `block`'s columns."""
    integer, blob = Kind.INTEGER, Kind.BLOB
    kinds = (integer, blob, blob, integer, blob, blob, integer, integer)
    columns: tuple[Sequence[Any], ...] = (
        [header.number for header in headers],
        [header.hash for header in headers],
        [header.parent for header in headers],
        [header.timestamp for header in headers],
        [header.receipts_root for header in headers],
        [header.raw for header in headers],
        [chunk.held.get(header.number, 0) for header in headers],
        [int(chunk.proven)] * len(headers),
    )
    return Rows("block", kinds, tuple(map(Objects, columns)), len(headers))


def _event(table: Table, row: Mapping[str, Any], timestamp: int) -> IndexedEvent:
    return IndexedEvent(
        block_number=row["block_number"],
        log_index=row["log_index"],
        tx_hash=hexed(row["tx_hash"]),
        timestamp=timestamp,
        contract=row["contract"],
        name=table.event,
        args=table.args(row),
    )


def _as_cursor(row: Mapping[str, Any]) -> Cursor:
    return Cursor(row["number"], row["hash"], row["timestamp"])
