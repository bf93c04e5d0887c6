"""The index in PostgreSQL: the same rows, added by binary COPY."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8, IntNumeric

from trust.errors import IndexFault
from trust.index.columns import Blobs, Column, Constant, Integers, Kind, Longs, Rows

# Any number: whoever makes tables or writes takes the same lock first.
_WRITER_LOCK = 7_051_988
#: So many are inserted, more are copied.
_FEW_ROWS = 20
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
# numeric: digits of ten thousand, the weight of the first, sign, decimals.
_NUMERIC_DIGITS = 5
_UNIQUE = "CREATE UNIQUE INDEX IF NOT EXISTS {0}_pkey ON {0} (block_number, log_index)"
_KEY = "ALTER TABLE {0} ADD PRIMARY KEY USING INDEX {0}_pkey"
_SIZES = (
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name ORDER BY pg_relation_size(name::regclass) DESC"
)
_TYPES = {Kind.INTEGER: "int8", Kind.WIDE: "numeric", Kind.BLOB: "bytea", Kind.TEXT: "text"}

_TYPED: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.INTEGER: Int8,
    Kind.WIDE: IntNumeric,
    Kind.BLOB: bytes,
    Kind.TEXT: str,
}


class _WholeNumber(Loader):
    """NUMERIC as int: the tables and sums over them hold whole numbers."""

    def load(self, data: Buffer) -> Any:
        text = bytes(data).decode()
        return Decimal(text) if "." in text else int(text)


class Postgres:
    """One connection to the database."""

    types: Mapping[Kind, str] = {
        Kind.INTEGER: "BIGINT",
        Kind.WIDE: "NUMERIC(78)",
        Kind.BLOB: "BYTEA",
        Kind.TEXT: "TEXT",
    }
    shared = True
    lateral = True

    def __init__(self, url: str, lock_seconds: float) -> None:
        parts = urlsplit(url)
        self.shown = f"postgresql://{parts.hostname or ''}{parts.path}"
        self._url = url
        self._lock_seconds = lock_seconds
        # Pages are found in milliseconds; compiling a plan takes a hundred. And after a crash of the server the last
        # commits may be missing, never half of one: they are read again.
        options = f"-c jit=off -c synchronous_commit=off -c lock_timeout={int(lock_seconds * 1000)}"
        try:
            # Values are put in by the client: the planner sees them, and NULLs need no type.
            self._db = psycopg.connect(
                url,
                autocommit=True,
                row_factory=dict_row,
                cursor_factory=psycopg.ClientCursor,
                connect_timeout=10,
                application_name="trust index",
                options=f"{options} {conninfo_to_dict(url).get('options', '')}",
            )
        except psycopg.Error as cause:
            raise self._fault(cause) from cause
        self._db.adapters.register_loader("numeric", _WholeNumber)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        try:
            return self._db.execute(_adapted(sql), values or {}).fetchall()
        except psycopg.Error as cause:
            raise self._fault(cause) from cause

    def change(self, sql: str, values: Mapping[str, Any] | None = None) -> int:
        try:
            return self._db.execute(_adapted(sql), values or {}).rowcount
        except psycopg.Error as cause:
            raise self._fault(cause) from cause

    def run(self, script: Iterable[str], values: Mapping[str, Any] | None = None) -> None:
        self.change(";\n".join(script), values)

    def load(self, tables: Sequence[Rows]) -> None:
        try:
            if sum(rows.count for rows in tables) <= _FEW_ROWS:
                self._insert(tables)
            else:
                for rows in tables:
                    self._copy(rows)
        except psycopg.Error as cause:
            raise self._fault(cause) from cause

    def _insert(self, tables: Sequence[Rows]) -> None:
        """All in one question: a COPY takes two for each table, which is longer than few rows take."""
        with self._db.pipeline():
            for rows in tables:
                row = ", ".join(["%s"] * len(rows.columns))
                columns = zip(rows.kinds, rows.columns, strict=True)
                values = [list(map(_TYPED[kind], column.values())) for kind, column in columns]
                # With its values apart, a statement is planned once, if their types are always the same.
                insert = f"INSERT INTO {rows.table} VALUES ({row})".encode()
                psycopg.Cursor(self._db).executemany(insert, zip(*values, strict=True))

    def _copy(self, rows: Rows) -> None:
        with self._db.cursor().copy(f"COPY {rows.table} FROM STDIN (FORMAT binary)".encode()) as sink:
            if any(isinstance(column, (*_FIXED,)) is False for column in rows.columns):
                sink.set_types([_TYPES[kind] for kind in rows.kinds])
                for row in zip(*(column.values() for column in rows.columns), strict=True):
                    sink.write_row(row)
            else:
                sink.write(_SIGNATURE + _packed(rows) + _END)

    def beside(self) -> AbstractContextManager[Self]:
        return closing(self.another())

    def index(self, tables: Mapping[str, Sequence[str]], beside: Self | None = None) -> None:
        if not tables:
            return
        # The largest first, so that both connections end at about the same time.
        sizes = (beside or self).rows(_SIZES, {"names": list(tables)})
        made = [(*tables[row["name"]], _UNIQUE.format(row["name"])) for row in sizes]
        waiting = deque(chain.from_iterable(made))
        if beside is None:
            self.run(waiting)
        else:
            self._share(waiting, beside)
        # Last: a table with a key has all of its indexes.
        self.run([_KEY.format(table) for table in tables])

    def _share(self, waiting: deque[str], beside: Self) -> None:
        def work(database: Postgres) -> None:
            for statement in _taken(waiting):
                database.change(statement)

        with ThreadPoolExecutor(1, thread_name_prefix="indexes") as pool:
            other = pool.submit(work, beside)
            try:
                work(self)
                other.result()
            except BaseException:
                waiting.clear()
                with suppress(psycopg.Error):  # if the server can't be told, its statement ends by itself
                    beside._db.cancel_safe()
                raise

    def indexed(self) -> set[str]:
        found = self.rows(
            "SELECT table_name AS name FROM information_schema.table_constraints"
            " WHERE constraint_type = 'PRIMARY KEY' AND table_schema = current_schema()"
        )
        return {row["name"] for row in found}

    def writing(self) -> AbstractContextManager[None]:
        return self._transaction(f"BEGIN; SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    def reading(self) -> AbstractContextManager[None]:
        if self._db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            return nullcontext()
        return self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def relations(self) -> dict[str, str]:
        found = self.rows(
            "SELECT table_name AS name, table_type AS kind FROM information_schema.tables"
            " WHERE table_schema = current_schema()"
        )
        return {row["name"]: "VIEW" if row["kind"] == "VIEW" else "TABLE" for row in found}

    def another(self) -> Self:
        return type(self)(self._url, self._lock_seconds)

    def close(self) -> None:
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, beside other writers."""
        return self._transaction("BEGIN")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        # What psycopg begins costs a question of its own, and a new block waits for each.
        try:
            self.change(begin)
            yield
        except BaseException:
            with suppress(psycopg.Error):  # a server that is gone has taken it back
                self._db.rollback()
            raise
        try:
            self._db.commit()
        except psycopg.Error as cause:
            raise self._fault(cause) from cause

    def _fault(self, cause: psycopg.Error) -> IndexFault:
        said = str(cause).replace(self._url, self.shown).strip().splitlines()
        return IndexFault(
            f"The index at {self.shown} can't be used: {said[0] if said else type(cause).__name__}.",
            hint="Check the URL, and that PostgreSQL is running.",
        )


_FIXED = (Integers, Longs, Blobs, Constant)


def _taken(waiting: deque[str]) -> Iterator[str]:
    """One after the other, each for one thread."""
    while True:
        try:
            yield waiting.popleft()
        except IndexError:
            return


@lru_cache(maxsize=256)
def _adapted(sql: str) -> bytes:
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql.replace("%", "%%")).encode()


def _packed(rows: Rows) -> bytes:
    """All rows as COPY's binary form: every field with its length before it."""
    fields: list[tuple[str, Any]] = [("count", ">i2")]
    for number, column in enumerate(rows.columns):
        fields += [(f"length{number}", ">i4"), (f"value{number}", _form(column))]
    packed = np.zeros(rows.count, np.dtype(fields))
    packed["count"] = len(rows.columns)
    for number, column in enumerate(rows.columns):
        value = packed[f"value{number}"]
        packed[f"length{number}"] = packed.dtype[f"value{number}"].itemsize
        if isinstance(column, Integers):
            value[:] = column.array
        elif isinstance(column, Longs):
            _put_numeric(value, column)
        elif isinstance(column, Blobs):
            value[:] = column.array
        elif isinstance(column, Constant):
            value[:] = np.frombuffer(column.text.encode(), np.uint8)
    return packed.tobytes()


def _form(column: Column) -> Any:
    if isinstance(column, Integers):
        return ">i8"
    if isinstance(column, Longs):
        return (">i2", (4 + _NUMERIC_DIGITS,))
    width = column.array.shape[1] if isinstance(column, Blobs) else len(column.values()[0].encode())
    return ("u1", (width,))


def _put_numeric(value: Any, column: Longs) -> None:
    # Leading digits may be zero: PostgreSQL drops them.
    value[:, 0] = _NUMERIC_DIGITS
    value[:, 1] = _NUMERIC_DIGITS - 1
    rest = column.array.copy()
    for place in range(_NUMERIC_DIGITS - 1, -1, -1):
        value[:, 4 + place] = rest % np.uint64(10_000)
        rest //= np.uint64(10_000)
