"""The index in an SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from trust.errors import IndexFault
from trust.index.columns import Blobs, Column, Constant, Kind, Objects, Rows
from trust.index.tables import INTEGER_LIMIT, as_sqlite

START_OVER = "Delete the index, or name another, and index again; everything in it comes from the chain."
# A checkpoint every 16 MB instead of every 4: a backfill writes most pages once.
_WAL_PAGES = 1_000
_PAGE_BYTES = 16_384
_CACHE_KIB = 32_000
#: So few are loaded value by value: to pack columns takes longer.
_FEW_ROWS = 20
_CUT = "substr(?{0}, at * ?{1} + 1, ?{1})"
# The places of a load's rows, counted from 0.
_COUNT = "WITH RECURSIVE place (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM place WHERE at + 1 < ?1)"


class Sqlite:
    """One connection to the file."""

    types: Mapping[Kind, str] = {
        Kind.INTEGER: "INTEGER",
        Kind.WIDE: "ANY",
        Kind.BLOB: "BLOB",
        Kind.TEXT: "TEXT",
    }
    shared = False
    lateral = False

    def __init__(self, path: Path, lock_seconds: float) -> None:
        self.shown = str(path)
        self._path = path
        self._lock_seconds = lock_seconds
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=lock_seconds, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            self._use_wal(lock_seconds)
            # After a power failure the last commits may be missing, never half of one: they are read again.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
            self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        except sqlite3.DatabaseError as cause:
            self._db.close()
            raise IndexFault(f"{path} is not an index.", hint=START_OVER) from cause

    def _use_wal(self, lock_seconds: float) -> None:
        # SQLite does not wait for a lock when it changes to WAL, so two first openings would collide.
        end = time.monotonic() + lock_seconds
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        with self._faults():
            return self._db.execute(sql, values or {}).fetchall()

    def change(self, sql: str, values: Mapping[str, Any] | None = None) -> int:
        with self._faults():
            return self._db.execute(sql, values or {}).rowcount

    def run(self, script: Iterable[str], values: Mapping[str, Any] | None = None) -> None:
        for statement in script:
            self.change(statement, values)

    def load(self, tables: Sequence[Rows]) -> None:
        with self._faults():
            for rows in tables:
                if rows.count <= _FEW_ROWS or not self._load_packed(rows):
                    self._load_rows(rows)

    @contextmanager
    def beside(self) -> Iterator[Self]:
        yield self

    def index(self, tables: Mapping[str, Sequence[str]], beside: Self | None = None) -> None:
        for statements in tables.values():  # rows lie in their key's order from the start
            self.run(statements)

    def indexed(self) -> set[str]:
        found = self.rows("SELECT tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {row["tbl_name"] for row in found}

    def _load_packed(self, rows: Rows) -> bool:
        """Whole columns as bytes, which SQLite itself cuts: no object for each value, and Python's lock given away."""
        cuts: list[str] = []
        values: list[Any] = [rows.count]
        for column in rows.columns:
            packed = _packed(column)
            if packed is None:
                return False
            cut, bound = packed
            cuts.append(cut.format(len(values) + 1, len(values) + 2))
            values += bound
        sql = f"{_COUNT} INSERT INTO {rows.table} SELECT {', '.join(cuts)} FROM place"
        self._db.execute(sql, values)
        return True

    def _load_rows(self, rows: Rows) -> None:
        columns = [_values(column, kind) for kind, column in zip(rows.kinds, rows.columns, strict=True)]
        row = f"({', '.join('?' * len(columns))})"
        self._db.executemany(f"INSERT INTO {rows.table} VALUES {row}", zip(*columns, strict=True))

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        if self._db.in_transaction:
            yield
            return
        with self._transaction("BEGIN"):
            yield

    def relations(self) -> dict[str, str]:
        found = self.rows(
            "SELECT name, upper(type) AS kind FROM sqlite_master"
            " WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        )
        return {row["name"]: row["kind"] for row in found}

    def another(self) -> Self:
        return type(self)(self._path, self._lock_seconds)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._faults():
            self._db.execute(begin)
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # SQLite itself takes it back when the disk is full
                self._db.execute("ROLLBACK")
            raise
        with self._faults():
            self._db.execute("COMMIT")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as cause:
            hint = "Try again when no other process uses it, or check the disk and the file."
            raise IndexFault(f"The index {self.shown} can't be used: {cause}.", hint=hint) from cause


def _packed(column: Column) -> tuple[str, list[Any]] | None:
    """How SQLite cuts a row's value out of the column, and of what; None when it can't."""
    if isinstance(column, Constant):
        return "?{}", [column.text]
    if isinstance(column, Blobs):
        joined, width = column.array.tobytes(), column.array.shape[1]
        return (_CUT, [joined, width]) if width else ("?{}", [joined])
    if isinstance(column, Objects) or (largest := int(column.array.max())) >= INTEGER_LIMIT:
        return None
    width = len(str(largest))
    return f"CAST({_CUT} AS INTEGER)", [_decimals(column.array.astype(np.int64), width), width]


def _decimals(numbers: NDArray[np.int64], width: int) -> bytes:
    """Each number in as many digits."""
    digits = np.empty((len(numbers), width), np.uint8)
    rest = numbers.astype(np.uint32) if width < 10 else numbers
    for place in range(width - 1, -1, -1):
        rest, digits[:, place] = np.divmod(rest, 10)
    return (digits + ord("0")).tobytes()


def _values(column: Column, kind: Kind) -> list[Any]:
    values = column.values()
    if kind is Kind.WIDE and max(values, default=0) >= INTEGER_LIMIT:
        return [as_sqlite(value) for value in values]
    return values
