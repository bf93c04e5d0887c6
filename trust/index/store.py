"""The index's rows in SQLite. Rows and cursor commit together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from trust.chain.deployments import Deployment
from trust.errors import IndexFault, WrongChain
from trust.index.events import IndexedEvent
from trust.index.logs import Chunk
from trust.index.sql import named
from trust.index.tables import all_tables, layout_digest, tables

_SCHEMA_VERSION = "1"
_HERE = Path(__file__).parent
_QUERIES = named(_HERE / "queries.sql")
_START_OVER = (
    "Delete the index file, or name another, and index again; everything in it comes from the chain."
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last block whose events are all stored."""

    number: int
    hash: bytes


class Moved(Exception):  # noqa: N818 - not an error: the follower starts over
    """Chain or cursor changed while a chunk was read."""


class Store:
    """The rows of one deployment. For one thread; several processes may read while one writes."""

    def __init__(self, path: Path, deployment: Deployment, *, lock_seconds: float = 60.0) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, timeout=lock_seconds, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        try:
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")
            self.db.execute("PRAGMA foreign_keys = ON")
            self._open(deployment)
        except sqlite3.DatabaseError as cause:
            self.db.close()
            raise IndexFault(f"{path} is not an index.", hint=_START_OVER) from cause
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        self.db.close()

    # Transactions

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing, one writer at a time."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the index for several queries; may be nested."""
        if self.db.in_transaction:
            yield
            return
        with self._transaction("BEGIN"):
            yield

    # Reads

    def cursor(self) -> Cursor | None:
        row = self.db.execute(_QUERIES["cursor"]).fetchone()
        return Cursor(row["number"], row["hash"]) if row else None

    def block_hash(self, number: int) -> bytes | None:
        row = self.db.execute(_QUERIES["block"], {"number": number}).fetchone()
        return row["hash"] if row else None

    def timestamp(self, number: int) -> int | None:
        row = self.db.execute(_QUERIES["block"], {"number": number}).fetchone()
        return row["timestamp"] if row else None

    def highest_block(self, number: int) -> Cursor | None:
        """The highest stored block that isn't above `number`."""
        row = self.db.execute(_QUERIES["highest_block"], {"number": number}).fetchone()
        return Cursor(row["number"], row["hash"]) if row else None

    def blocks_from(self, number: int) -> list[Cursor]:
        """Stored blocks from `number` on, the highest first."""
        rows = self.db.execute(_QUERIES["blocks_from"], {"number": number})
        return [Cursor(row["number"], row["hash"]) for row in rows]

    def events(self, after: tuple[int, int] = (-1, -1)) -> Iterator[IndexedEvent]:
        """Decoded events after (block number, log index), in the chain's order."""
        place = {"block_number": after[0], "log_index": after[1]}
        for row in self.db.execute(_QUERIES["events_after"], place):
            yield IndexedEvent.read(row)

    def counts(self) -> dict[str, int]:
        return dict(self.db.execute(_QUERIES["counts"]).fetchone())

    # Writes, inside `writing`

    def expect(self, cursor: Cursor | None) -> None:
        """Raises Moved when another process has moved the cursor."""
        if self.cursor() != cursor:
            raise Moved

    def append(self, chunk: Chunk, keep_from: int) -> None:
        """Rows of the chunk and the cursor at its end; blocks below `keep_from` without rows are dropped."""
        for header in chunk.headers:
            self._add_block(header)
        for log, contract, name, args in chunk.events:
            common = {"contract": contract, "name": name, "address": log.address}
            self.db.execute(_QUERIES["add_event"], _place(log) | common)
            table = tables()[contract, name]
            self.db.execute(table.insert, table.row(log.block_number, log.log_index, contract, args))
        for log, sides in chunk.transfers:
            self.db.execute(_QUERIES["add_transfer"], _place(log) | dict(sides))
        self.db.execute(_QUERIES["set_cursor"], {"number": chunk.last, "hash": chunk.last_hash})
        self.db.execute(_QUERIES["prune_blocks"], {"number": keep_from})

    def rewind(self, to: Cursor) -> None:
        """Forget everything above a block."""
        names = ["event", "transfer", *(table.name for table in all_tables())]
        for name in names:
            self.db.execute(f"DELETE FROM {name} WHERE block_number > ?", (to.number,))
        self.db.execute("DELETE FROM block WHERE number > ?", (to.number,))
        self.db.execute(_QUERIES["set_cursor"], {"number": to.number, "hash": to.hash})

    def _add_block(self, header: Mapping[str, Any]) -> None:
        kept = {name: value for name, value in header.items() if name not in ("transactions", "withdrawals")}
        row = {
            "number": int(header["number"], 16),
            "hash": bytes.fromhex(header["hash"][2:]),
            "parent": bytes.fromhex(header["parentHash"][2:]),
            "timestamp": int(header["timestamp"], 16),
            "header": json.dumps(kept, separators=(",", ":"), sort_keys=True),
        }
        self.db.execute(_QUERIES["add_block"], row)

    def _open(self, deployment: Deployment) -> None:
        wanted = {
            "schema": _SCHEMA_VERSION,
            "layout": layout_digest(),
            "chain_id": str(deployment.chain_id),
            "deployment": deployment_digest(deployment),
        }
        with self.writing():
            if not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                self._create(wanted)
                return
            found = {row["name"]: row["value"] for row in self.db.execute(_QUERIES["meta"])}
        self._check(found, wanted, deployment)

    def _create(self, meta: Mapping[str, str]) -> None:
        statements: Iterable[str] = (_HERE / "schema.sql").read_text().split(";\n")
        for statement in (*statements, *_table_statements()):
            if statement.strip():
                self.db.execute(statement)
        for name, value in meta.items():
            self.db.execute(_QUERIES["set_meta"], {"name": name, "value": value})

    def _check(self, found: Mapping[str, str], wanted: Mapping[str, str], deployment: Deployment) -> None:
        if found.get("chain_id") != wanted["chain_id"]:
            raise WrongChain(
                f"{self.path} indexes chain {found.get('chain_id')}, not {deployment.chain_id}.",
                hint=_START_OVER,
            )
        if found.get("deployment") != wanted["deployment"]:
            raise IndexFault(f"{self.path} indexes another deployment.", hint=_START_OVER)
        if found != wanted:
            raise IndexFault(f"{self.path} was made by another version of this package.", hint=_START_OVER)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self.db.execute(begin)
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")


def deployment_digest(deployment: Deployment) -> str:
    """Tells deployments apart, not files: the order of entries doesn't matter."""
    return sha256(json.dumps(asdict(deployment), sort_keys=True).encode()).hexdigest()


def _table_statements() -> Iterator[str]:
    for table in all_tables():
        yield table.create
        yield from table.indexes


def _place(log: Any) -> dict[str, Any]:
    return {
        "block_number": log.block_number,
        "log_index": log.log_index,
        "block_hash": log.block_hash,
        "tx_hash": log.tx_hash,
        "tx_index": log.tx_index,
        "topics": log.joined_topics,
        "data": log.data,
    }
