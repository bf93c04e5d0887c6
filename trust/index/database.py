"""Where an index is kept: an SQLite file, or PostgreSQL by URL. The same tables and queries, row for row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, Self

from trust.index.columns import Kind, Rows

Row = Mapping[str, Any]
_SCHEMES = ("postgresql://", "postgres://")


class Database(Protocol):
    """One connection, for one thread; any number of them may read while one writes.

    SQL has `:name` parameters. Raises IndexFault when the database can't be used.
    """

    #: For people and logs: never a password.
    shown: str
    types: Mapping[Kind, str]
    #: Whether others keep tables of theirs beside the index.
    shared: bool
    #: Whether a part of FROM may look at those before it.
    lateral: bool

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """What a query finds."""

    def change(self, sql: str, values: Mapping[str, Any] | None = None) -> int:
        """Run a statement; how many rows it changed."""

    def run(self, script: Iterable[str], values: Mapping[str, Any] | None = None) -> None:
        """Run statements, one after the other, each with those of the values that it names."""

    def load(self, tables: Sequence[Rows]) -> None:
        """Add rows, few or many, to each of these tables."""

    def beside(self) -> AbstractContextManager[Self]:
        """Another connection where the database works on several things at once, else this one."""

    def index(self, tables: Mapping[str, Sequence[str]], beside: Self | None = None) -> None:
        """Make each table's key, if it hasn't one from the start, and its indexes by these statements.

        What another connection, `beside`, makes of them stays even if this transaction is taken back.
        """

    def indexed(self) -> set[str]:
        """Tables with a key or an index that wasn't there from the start."""

    def writing(self) -> AbstractContextManager[None]:
        """All or nothing, one writer at a time."""

    def reading(self) -> AbstractContextManager[None]:
        """One state for all queries inside; may be nested."""

    def relations(self) -> dict[str, str]:
        """Kinds of what there is by name, TABLE or VIEW: also what isn't the index's."""

    def another(self) -> Self:
        """One more connection, for another thread."""

    def close(self) -> None:
        """Close it."""


def is_url(where: str | Path) -> bool:
    """Whether this names a PostgreSQL database."""
    return isinstance(where, str) and where.startswith(_SCHEMES)


def connect(where: str | Path, *, lock_seconds: float = 60.0) -> Database:
    """Open a file, made if need be, or a `postgresql://` URL. Raises IndexFault."""
    if is_url(where):
        from trust.index.postgres import Postgres

        return Postgres(str(where), lock_seconds)
    from trust.index.sqlite import Sqlite

    return Sqlite(Path(where), lock_seconds)


def statements(sql: str) -> Iterable[str]:
    """The statements of a script, one by one."""
    return (statement for statement in sql.split(";\n") if statement.strip())
