"""Where the keeper's tables are: an SQLite file, or PostgreSQL by URL. The queries are the same."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from trust.errors import KeeperError
from trust.index.sql import named

if TYPE_CHECKING:
    import psycopg

_HERE = Path(__file__).parent
_SCHEMA = (_HERE / "schema.sql").read_text()
_QUERIES = named(_HERE / "queries.sql")
_SCHEMES = ("postgresql://", "postgres://")
# Any number: every process that makes the tables takes the same lock first.
_SETUP_LOCK = 7_051_987

Row = Mapping[str, Any]


class Database(Protocol):
    """Named queries on the keeper's tables. For one thread; several processes may share what is behind it."""

    shown: str

    def run(self, query: str, **values: Any) -> list[Row]:
        """Rows of a named query."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. One writer at a time in SQLite; row locks in PostgreSQL."""
        yield

    def now(self) -> float:
        """Unix seconds, the same for every process that shares the database."""

    def close(self) -> None:
        """Close it."""


def connect(where: str, *, lock_seconds: float = 60.0) -> Database:
    """Open a file, or a `postgresql://` URL, and make the tables if need be. Raises KeeperError."""
    if where.startswith(_SCHEMES):
        return Postgres(where, lock_seconds)
    return Sqlite(Path(where), lock_seconds)


class Sqlite:
    """An SQLite file."""

    def __init__(self, path: Path, lock_seconds: float) -> None:
        self.shown = str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, timeout=lock_seconds, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA synchronous = FULL")
            with self.transaction():
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
        except sqlite3.Error as cause:
            raise self._fault(cause) from cause

    def run(self, query: str, **values: Any) -> list[Row]:
        sql = _QUERIES[query].replace("FOR UPDATE SKIP LOCKED", "")  # BEGIN IMMEDIATE lets nobody else in
        try:
            return [dict(row) for row in self._db.execute(sql, values)]
        except sqlite3.Error as cause:
            raise self._fault(cause) from cause

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as cause:
            raise self._fault(cause) from cause
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def now(self) -> float:
        return time.time()

    def close(self) -> None:
        self._db.close()

    def _fault(self, cause: sqlite3.Error) -> KeeperError:
        return KeeperError(
            f"The keeper's tables in {self.shown} can't be used: {cause}.",
            hint="Check the file and its folder, or name another with --db.",
        )


class Postgres:
    """PostgreSQL; connects again after the connection was lost."""

    def __init__(self, url: str, lock_seconds: float) -> None:
        parts = urlsplit(url)
        # Never the user's password.
        self.shown = f"postgresql://{parts.hostname or ''}{parts.path}"
        self._url = url
        self._lock_seconds = lock_seconds
        self._db: psycopg.Connection[dict[str, Any]] | None = None
        with self.transaction():
            self.execute(f"SELECT pg_advisory_xact_lock({_SETUP_LOCK})", {})
            for statement in _SCHEMA.split(";\n"):
                self.execute(statement, {})

    def run(self, query: str, **values: Any) -> list[Row]:
        return self.execute(re.sub(r"(?<!:):(\w+)", r"%(\1)s", _QUERIES[query]), values)

    def execute(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """Rows of any statement. Raises KeeperError."""
        import psycopg

        try:
            cursor = self._connection().execute(sql.encode(), values)
            return list(cursor.fetchall()) if cursor.description else []
        except psycopg.Error as cause:
            raise self._fault(cause) from cause

    @contextmanager
    def transaction(self) -> Iterator[None]:
        import psycopg

        try:
            with self._connection().transaction():
                yield
        except psycopg.Error as cause:
            raise self._fault(cause) from cause

    def now(self) -> float:
        (row,) = self.execute("SELECT extract(epoch FROM clock_timestamp())::float8 AS now", {})
        return float(row["now"])

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _connection(self) -> psycopg.Connection[dict[str, Any]]:
        import psycopg
        from psycopg.rows import dict_row

        if self._db is None or self._db.closed or self._db.broken:
            milliseconds = int(self._lock_seconds * 1000)
            self._db = psycopg.connect(
                self._url,
                autocommit=True,
                row_factory=dict_row,
                connect_timeout=10,
                application_name="trust keeper",
                options=f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds}",
            )
        return self._db

    def _fault(self, cause: psycopg.Error) -> KeeperError:
        said = str(cause).replace(self._url, self.shown).strip().splitlines()
        return KeeperError(
            f"The keeper's tables at {self.shown} can't be used: {said[0] if said else type(cause).__name__}.",
            hint="Check the URL, and that PostgreSQL is running.",
        )


def packed(values: Any) -> str:
    """A list as the tables keep it."""
    return json.dumps(list(values), separators=(",", ":"))
