"""Indexes to test: in both databases, over a short story, and behind a node that says what it likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgres import Postgres
from relay import Relay
from test_index_story import Story, played, short_story

from trust.chain.node import Node
from trust.index import Index
from trust.index.columns import Kind
from trust.index.tables import event_tables, number, transfers

TABLES = (*event_tables(), transfers)
Open = Callable[..., Index]
Rows = dict[str, list[tuple[Any, ...]]]


def dump(index: Index) -> Rows:
    """Every row of every table, large numbers as integers whatever the database."""
    found = {
        name: [tuple(dict(row).values()) for row in index.rows(f"SELECT * FROM {name} ORDER BY 1, 2")]
        for name in ("cursor", "block")
    }
    for table in TABLES:
        rows = index.rows(f"SELECT * FROM {table.name} ORDER BY block_number, log_index")
        if rows:
            found[table.name] = [
                tuple(
                    number(row[column]) if kind is Kind.WIDE else row[column]
                    for column, kind in table.columns
                )
                for row in rows
            ]
    return found


def check_counts(index: Index) -> None:
    """What the status says of rows is what is there."""
    with index.reading():
        held = {table.name: index.rows(f"SELECT count(*) AS n FROM {table.name}")[0]["n"] for table in TABLES}
        by_block = index.rows("SELECT sum(held) AS n FROM block")[0]["n"]
        status = index.status()
    assert status.transfers == held.pop(transfers.name)
    assert status.events == sum(held.values())
    assert (by_block or 0) == status.events + status.transfers


def by_column(index: Index, sql: str) -> list[Any]:
    """The first column of a query."""
    return [next(iter(dict(row).values())) for row in index.rows(sql)]


class Provider(Relay):
    """A node behind which some calls fail: `refuse` gets each request and result and may give an error's object."""

    def __init__(self, story: Story) -> None:
        super().__init__(story.chain)
        self._chain = story.chain
        self.refuse: Callable[[dict[str, Any], Any], dict[str, Any] | None] = lambda request, result: None

    def limit_blocks(self, most: int) -> None:
        """Refuse logs of more than so many blocks."""

        def refuse(request: dict[str, Any], result: Any) -> dict[str, Any] | None:
            asked = request["params"][0] if request["method"] == "eth_getLogs" else {}
            if "fromBlock" in asked and int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) >= most:
                return {"code": -32600, "message": f"eth_getLogs is limited to a {most:,} blocks range"}
            return None

        self.refuse = refuse

    def stand_at(self, head: int) -> None:
        """Know no block above `head` by its number, as a node that lags; by its hash it knows all."""

        def lie(request: dict[str, Any], result: Any) -> Any:
            if request["method"] != "eth_getBlockByNumber":
                return result
            if request["params"][0] == "latest":
                return self._chain.node.call("eth_getBlockByNumber", hex(head), False)
            return result if int(request["params"][0], 16) <= head else None

        self.lie = lie

    def _told(self, request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        error = self.refuse(request, answer.get("result"))
        if error is not None:
            return {"jsonrpc": "2.0", "id": request["id"], "error": error}
        return super()._told(request, answer)


@contextmanager
def behind(story: Story) -> Iterator[tuple[Provider, Node]]:
    """A provider in front of the story's chain, and a client of it."""
    provider = Provider(story)
    provider.open()
    try:
        with Node(provider.url, retries=0) as node:
            yield provider, node
    finally:
        provider.shut()


@pytest.fixture(scope="session")
def played_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("indexed"), short_story) as story:
        yield story


@pytest.fixture
def story(played_story: Story) -> Iterator[Story]:
    """The same short story for each test; what a test does to the chain is undone."""
    snapshot = played_story.chain.snapshot()
    yield played_story
    played_story.chain.revert(snapshot)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A new database."""
    if request.param == "sqlite":
        return tmp_path / "index.db"
    return str(request.getfixturevalue("postgres").new())


@pytest.fixture(scope="session")
def one_postgres(postgres: Postgres, played_story: Story) -> str:
    """A database with the story's index in it, for one test after another: to make a hundred tables takes time."""
    url = postgres.new()
    with Index(url, played_story.deployment) as index:
        assert index.status().block is None
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A database with no rows of an index."""
    if request.param == "sqlite":
        return tmp_path / "index.db"
    url: str = request.getfixturevalue("one_postgres")
    names = ("cursor", "block", *(table.name for table in TABLES))
    with psycopg.connect(url) as connection:
        connection.execute("; ".join(f"DELETE FROM {name}" for name in names).encode())
    return url


#: For rules that no database has a part in.
in_sqlite = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


@pytest.fixture
def opened(story: Story) -> Iterator[Open]:
    """Opens an index at a place; all are closed in the end."""
    indexes: list[Index] = []

    def open_(place: Path | str, **options: Any) -> Index:
        node = options.pop("node", story.chain.node)
        indexes.append(Index(place, options.pop("deployment", story.deployment), node, **options))
        return indexes[-1]

    yield open_
    for index in indexes:
        index.close()


@pytest.fixture
def open_index(opened: Open, where: Path | str) -> Open:
    """Opens the index under test, the same one each time."""
    return lambda **options: opened(where, **options)


@pytest.fixture
def fresh(opened: Open, tmp_path: Path) -> Callable[[], Index]:
    """Another index, in SQLite, that has read the chain as it is now."""
    numbers = count()

    def read() -> Index:
        index = opened(tmp_path / f"fresh{next(numbers)}.db")
        index.sync()
        return index

    return read
