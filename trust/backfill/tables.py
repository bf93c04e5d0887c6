"""The queue: ranges under lease in PostgreSQL, beside the rows they bring. Every change checks lease and fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from trust.backfill.model import Plan, Progress, Range, Trouble, Worker
from trust.chain.deployments import Deployment
from trust.errors import InputError
from trust.index.database import is_url, statements
from trust.index.postgres import Postgres
from trust.index.sql import named
from trust.index.store import Counts, Store
from trust.index.tables import layout_digest

_HERE = Path(__file__).parent
_LOCK_SECONDS = 60.0
# A machine that vanishes inside a transaction holds its range's row no longer than this.
_LOST_SECONDS = 300
_QUERIES = named(_HERE / "queries.sql")


class LeaseLost(Exception):  # noqa: N818 - not an error: another worker has the range
    """The lease ran out, and another worker took the range."""


class Home:
    """The index that a backfill is for, in PostgreSQL, and the schema beside it where rows are collected."""

    def __init__(self, url: str) -> None:
        if not is_url(url):
            raise InputError(
                f"A backfill by many workers needs an index in PostgreSQL, not {url}.",
                hint="Give --index postgresql://...; or run `trust index sync`.",
            )
        self.url = url
        with closing(Postgres(url, _LOCK_SECONDS)) as database:
            found = database.rows("SELECT coalesce(current_schema(), 'public') AS name")
        self.shown, self.schema = database.shown, str(found[0]["name"])
        self.aside = f"{self.schema}_backfill"

    @property
    def aside_url(self) -> str:
        """The URL whose tables are those beside the index."""
        parts = urlsplit(self.url)
        query = dict(parse_qsl(parts.query))
        settings = f'-c search_path="{self.aside}" -c idle_in_transaction_session_timeout={_LOST_SECONDS}s'
        query["options"] = f"{query.get('options', '')} {settings}".strip()
        # libpq reads %20, not +, as a space.
        return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))

    def planned(self) -> bool:
        """Whether there is a backfill."""
        found = self._ask(f"SELECT to_regclass('\"{self.aside}\".backfill_plan') AS found")
        return found[0]["found"] is not None

    def require_plan(self) -> None:
        """Raises InputError when there is none, or none that this version of the package can work on."""
        if not self.planned():
            raise InputError(
                f"There is no backfill for {self.shown}.", hint="Run `trust index backfill plan` first."
            )
        # Opened by another version, the tables would be made anew, and everybody's work lost.
        layout = self._ask(f"SELECT value FROM \"{self.aside}\".meta WHERE name = 'layout'")
        if [row["value"] for row in layout] != [layout_digest()]:
            raise InputError(
                f"The backfill for {self.shown} was planned by another version of this package.",
                hint="Install the same version on every machine.",
            )

    def prepare(self) -> None:
        """Make the schema beside the index."""
        self._do(f'CREATE SCHEMA IF NOT EXISTS "{self.aside}"')

    def drop(self) -> None:
        """Forget the backfill and the rows it has collected."""
        self._do(f'DROP SCHEMA IF EXISTS "{self.aside}" CASCADE')

    def _ask(self, sql: str) -> list[Any]:
        with closing(Postgres(self.url, _LOCK_SECONDS)) as database:
            return database.rows(sql)

    def _do(self, sql: str) -> None:
        with closing(Postgres(self.url, _LOCK_SECONDS)) as database:
            database.change(sql)


class Tables:
    """The ranges of one backfill, as one worker, `owner`, may change them, and the rows beside. `lease` in seconds."""

    def __init__(self, home: Home, deployment: Deployment, owner: str = "", lease: float = 0.0) -> None:
        self.home = home
        self.store = Store(home.aside_url, deployment)
        assert isinstance(self.store.db, Postgres)
        self.db: Postgres = self.store.db
        self._owner = owner
        self._lease = lease

    def close(self) -> None:
        """Close the connection."""
        self.store.close()

    def add(self, plan: Plan, ranges: Sequence[Range]) -> None:
        """Make the queue."""
        with self.db.writing():
            for statement in statements((_HERE / "schema.sql").read_text()):
                self.db.change(statement)
            self._change(
                "add_plan",
                first_block=plan.first,
                last_block=plan.last,
                last_hash=plan.last_hash,
                last_time=plan.last_time,
                proven=plan.proven,
            )
            for one in ranges:
                self._change(
                    "add_range",
                    first_block=one.first,
                    last_block=one.last,
                    parent=one.parent,
                    last_hash=one.last_hash,
                )

    def plan(self) -> Plan:
        """What is to be read."""
        (row,) = self._run("plan")
        return Plan(
            row["first_block"], row["last_block"], row["last_hash"], row["last_time"], bool(row["proven"])
        )

    def progress(self) -> Progress:
        """How far it has come."""
        with self.db.reading():
            (sums,) = self._run("sums")
            workers = [
                Worker(row["owner"], row["done"], row["held"], int(row["events"]))
                for row in self._run("workers")
            ]
            troubles = [
                Trouble(row["first_block"], row["last_block"], row["trouble"])
                for row in self._run("troubles")
            ]
            return Progress(
                self.plan(),
                sums["ranges"],
                sums["done"],
                sums["held"],
                int(sums["events"]),
                int(sums["transfers"]),
                tuple(workers),
                tuple(troubles),
            )

    def unlinked(self) -> int | None:
        """First block of a range that doesn't follow the one before it; None when all do."""
        rows = self._run("unlinked")
        return rows[0]["block"] if rows else None

    # Work

    def claim(self) -> Range | None:
        """Take a range that nobody has."""
        rows = self._run("claim", owner=self._owner, lease=self._lease)
        return _range(rows[0]) if rows else None

    def hold(self, one: Range) -> None:
        """Lengthen the lease. Raises LeaseLost."""
        if not self._run("hold", **self._mine(one), lease=self._lease):
            raise LeaseLost

    def finish(self, one: Range, counts: Counts) -> None:
        """A range's rows are all stored; in one transaction with them, after `hold`."""
        self._change("finish", first_block=one.first, events=counts.events, transfers=counts.transfers)

    def give_back(self, one: Range, trouble: str) -> None:
        """Leave a range to whoever claims it, and say why."""
        self._change("give_back", **self._mine(one), trouble=trouble)

    def relations(self, schema: str) -> dict[str, str]:
        """Kind of each table and view of an index, by name."""
        return {row["name"]: row["kind"] for row in self._run("relations", schema=schema)}

    def _mine(self, one: Range) -> dict[str, Any]:
        return {"first_block": one.first, "owner": self._owner, "fence": one.fence}

    def _run(self, query: str, **values: Any) -> list[Mapping[str, Any]]:
        return self.db.rows(_QUERIES[query], values)

    def _change(self, query: str, **values: Any) -> int:
        return self.db.change(_QUERIES[query], values)


def _range(row: Mapping[str, Any]) -> Range:
    return Range(row["first_block"], row["last_block"], row["parent"], row["last_hash"], row["fence"])
