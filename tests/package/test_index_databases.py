"""SQLite and PostgreSQL hold the same rows: of a whole story, of every event, and of numbers of any size."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import psycopg
import pytest
from emitted import EDGES, EVENTS, emit, places
from indexing import Open, behind, by_column, check_counts, dump
from postgres import Postgres
from test_index_story import DOLLAR, Story, long_story, played

from trust.chain.rpc import hexed
from trust.errors import IndexFault
from trust.index import Index, codec
from trust.index.columns import Blobs, Column, Constant, Kind, Longs, Objects, Rows
from trust.index.database import Database, connect
from trust.index.tables import as_sqlite, number, tables, transfers

#: Rows that are loaded one by one, and such as are packed.
FEW, MANY = 6, 24
AMOUNTS = (*EDGES, 5, 99_999_999, 10**12 - 1, 123_456_789_012_345_678, 10**19, 2**256 - 1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("long"), long_story) as story:
        yield story


def test_a_whole_story_is_the_same_row_for_row(whole: Story, tmp_path: Path, postgres: Postgres) -> None:
    places_ = (tmp_path / "a.db", postgres.new(), tmp_path / "b.db")
    held, digests = [], []
    for number_, place in enumerate(places_):
        with Index(place, whole.deployment, whole.chain.node) as index:
            index.sync(verify=number_ < 2)
            check_counts(index)
            held.append(dump(index))
            digests.append(index.digest())
            for view in ("event", "charge", "pool_payment"):
                rows = index.rows(f"SELECT * FROM {view} ORDER BY 1, 2")
                held[-1][view] = [tuple(dict(row).values()) for row in rows]
    assert held[0] == held[1]
    assert len(set(digests)) == 1
    assert len(held[0]["event"]) > 150
    assert len(held[0]) > 40
    # Unproven rows are the same but for what says so.
    assert {name: rows for name, rows in held[2].items() if name not in ("block", "cursor")} == {
        name: rows for name, rows in held[0].items() if name not in ("block", "cursor")
    }


@pytest.fixture
def database(where: Path | str, opened: Open) -> Iterator[Database]:
    """An empty index's database."""
    assert opened(where).status().block is None
    connection = connect(where)
    yield connection
    connection.close()


@pytest.mark.parametrize("count", [FEW, MANY])
def test_every_event_is_kept_and_read_back(database: Database, count: int) -> None:
    first = 1
    with database.writing():
        loaded = []
        for contract, topic, name in EVENTS:
            dice = random.Random(name)
            logs = [emit(contract, topic, name, dice) for _ in range(count)]
            form = codec.forms(contract)[hexed(topic)]
            database.load([codec.columns(form, [log.wire for log in logs], places(first, len(logs)))])
            loaded.append((contract, name, first, logs))
            first += len(logs)
    for contract, name, begin, logs in loaded:
        table = tables()[contract, name]
        rows = database.rows(
            f"SELECT * FROM {table.name} WHERE block_number >= :begin AND block_number < :end ORDER BY 1",
            {"begin": begin, "end": begin + len(logs)},
        )
        form = codec.forms(contract)[hexed(logs[0].topics[0])]
        columns = codec.columns(form, [log.wire for log in logs], places(begin, len(logs))).columns
        wanted = list(zip(*(column.values() for column in columns), strict=True))
        assert [
            tuple(number(row[c]) if kind is Kind.WIDE else row[c] for c, kind in table.columns)
            for row in rows
        ] == wanted
        for row, log in zip(rows, logs, strict=True):
            assert codec.encoded(table, contract, table.args(row)) == (log.topics, log.data)
            assert row["log_crc"] == codec.checksum(log.topics, log.data)


def transfer_rows(amounts: Column, count: int, first: int = 1) -> Rows:
    party = "0x" + "ab" * 20
    sums = Blobs(np.zeros((count, 4), np.uint8))
    columns = (
        *places(first, count), Constant("Token", count), sums,
        Constant(party, count), Constant(party, count), amounts,
    )  # fmt: skip
    return Rows(transfers.name, transfers.kinds, columns, count)


@pytest.mark.parametrize("at_once", [FEW, 1_000])
@pytest.mark.parametrize("form", ["fixed", "objects"])
def test_numbers_of_any_size_are_kept_exactly(database: Database, form: str, at_once: int) -> None:
    """`fixed` goes by the packed form of COPY, which has but 64 bits."""
    dice = random.Random(5)
    amounts = [*AMOUNTS, *(10**power + by for power in range(1, 20) for by in (-1, 0, 1))]
    amounts += [dice.getrandbits(dice.randint(1, 256)) for _ in range(200)]
    if form == "fixed":
        amounts = [amount for amount in amounts if amount < 2**64]
    with database.writing():
        for start in range(0, len(amounts), at_once):
            some = amounts[start : start + at_once]
            column: Column = Longs(np.array(some, np.uint64)) if form == "fixed" else Objects(some)
            database.load([transfer_rows(column, len(some), first=1 + start)])
    rows = database.rows("SELECT amount FROM transfer ORDER BY block_number")
    assert [number(row["amount"]) for row in rows] == amounts
    for row in rows:
        if isinstance(row["amount"], bytes):
            assert len(row["amount"]) == 32
            assert number(row["amount"]) >= 2**63
    for amount in amounts[: len(AMOUNTS)]:
        assert set(found(database, amount)) == {amount}


def found(database: Database, amount: int) -> list[int]:
    """Amounts that the database itself says are equal."""
    value = as_sqlite(amount) if database.types[Kind.WIDE] == "ANY" else amount
    rows = database.rows("SELECT amount FROM transfer WHERE amount = :amount", {"amount": value})
    return [number(row["amount"]) for row in rows]


def test_postgresql_reads_packed_numbers_as_its_own(postgres: Postgres, opened: Open) -> None:
    """What COPY was given in binary equals what PostgreSQL makes of the digits."""
    url = postgres.new()
    assert opened(url).status().block is None
    amounts = [amount for amount in AMOUNTS if amount < 2**64] * 2
    assert len(amounts) >= MANY
    database = connect(url)
    with database.writing():
        database.load([transfer_rows(Longs(np.array(amounts, np.uint64)), len(amounts))])
    database.close()
    with psycopg.connect(url) as connection:
        texts = connection.execute(
            "SELECT amount::text, amount + 1, scale(amount) FROM transfer ORDER BY block_number"
        )
        assert texts.fetchall() == [(str(amount), Decimal(amount + 1), 0) for amount in amounts]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_load_that_fails_leaves_nothing(database: Database, count: int) -> None:
    database.index({transfers.name: ()} if transfers.name not in database.indexed() else {})
    amounts = Longs(np.arange(count, dtype=np.uint64))

    def load_twice() -> None:
        with database.writing():
            database.load([transfer_rows(amounts, count)])
            database.load([transfer_rows(amounts, count, first=count)])  # one place twice

    with pytest.raises((IndexFault, sqlite3.IntegrityError)):
        load_twice()
    assert database.rows("SELECT count(*) AS n FROM transfer")[0]["n"] == 0
    with database.writing():  # the connection is as it was
        database.load([transfer_rows(amounts, count), transfer_rows(amounts, count, first=count + 1)])
    assert database.rows("SELECT count(*) AS n FROM transfer")[0]["n"] == 2 * count


def test_a_sum_of_money_is_exact_in_both(story: Story, open_index: Open) -> None:
    story.fund(1, 5 * DOLLAR + 1)
    index = open_index()
    index.sync()
    (total,) = by_column(index, "SELECT sum(amount) AS total FROM event_funded WHERE production_id = 1")
    assert (total, type(total)) == (20_005 * DOLLAR + 1, int)


def test_a_name_with_a_percent_sign_or_colon_is_only_text(open_index: Open) -> None:
    index = open_index()
    (row,) = index.rows("SELECT '100% of it' AS told, :text AS given", {"text": "50% :of %(text)s'"})
    assert dict(row) == {"told": "100% of it", "given": "50% :of %(text)s'"}


def test_a_postgresql_that_is_not_there_is_named_without_its_password(story: Story) -> None:
    with pytest.raises(IndexFault, match=r"postgresql://127\.0\.0\.1/history can't be used") as caught:
        Index("postgresql://trust:hunter2secret@127.0.0.1:9/history", story.deployment)
    assert "hunter2" not in str(caught.value)


def test_a_sync_goes_on_after_postgresql_broke_off(
    story: Story, postgres: Postgres, fresh: Callable[[], Index]
) -> None:
    url = postgres.new()
    with behind(story) as (provider, node), Index(url, story.deployment, node) as index:
        provider.limit_blocks(10)
        stopped: list[int] = []

        def stop(block: int, head: int) -> None:
            stopped.append(block)
            with psycopg.connect(url) as killer:
                killer.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        with pytest.raises(IndexFault, match="can't be used"):
            index.sync(stop)
        assert len(stopped) == 1
    with Index(url, story.deployment, story.chain.node) as again:
        assert again.status().block == stopped[0]
        check_counts(again)
        again.sync()
        assert dump(again) == dump(fresh())
