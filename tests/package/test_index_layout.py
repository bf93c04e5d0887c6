"""Older and later layouts: an older index is made anew and read again; a later one is left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from indexing import Open, check_counts, dump, in_sqlite
from postgres import Postgres
from test_index_story import DOLLAR, Story

from trust.errors import IndexFault, WrongChain
from trust.index import Index
from trust.index.columns import Kind
from trust.index.database import connect
from trust.index.store import _QUERIES, Store, deployment_digest
from trust.index.tables import event_tables, transfers

# What layout "1" looked like: raw events in one table, whose blocks they referred to, and views over typed tables.
LAYOUT_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE cursor (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE block (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL, parent BLOB NOT NULL, timestamp INTEGER NOT NULL, header TEXT
) STRICT;
CREATE TABLE event (
    block_number INTEGER NOT NULL REFERENCES block (number), log_index INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (block_number, log_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_used (block_number INTEGER NOT NULL, log_index INTEGER NOT NULL, grant_id INTEGER NOT NULL) STRICT;
CREATE INDEX event_used_by_grant_id ON event_used (grant_id);
CREATE VIEW charge AS SELECT block_number, grant_id FROM event_used;
INSERT INTO block VALUES (9, x'aa', x'bb', 1, '{}');
INSERT INTO event VALUES (9, 0, 'Used');
INSERT INTO event_used VALUES (9, 0, 1);
INSERT INTO cursor VALUES (1, 9, x'aa');
"""


def old_index(path: Path, story: Story, **meta: str) -> Path:
    names = {
        "schema": "1",
        "chain_id": str(story.deployment.chain_id),
        "deployment": deployment_digest(story.deployment),
    }
    with sqlite3.connect(path) as db:
        db.executescript(LAYOUT_1)
        db.executemany("INSERT INTO meta VALUES (?, ?)", (names | meta).items())
    db.close()
    return path


def test_an_index_of_layout_1_is_made_anew_and_read_again(
    story: Story, opened: Open, tmp_path: Path, fresh: Callable[[], Index]
) -> None:
    index = opened(old_index(tmp_path / "old.db", story))
    status = index.status()
    assert (status.block, status.events) == (None, 0)
    index.sync()
    assert dump(index) == dump(fresh())
    again = opened(tmp_path / "old.db", node=None)
    assert again.status() == index.status()


def test_another_layout_of_the_same_version_is_made_anew(
    story: Story, where: Path | str, open_index: Open
) -> None:
    index = open_index()
    index.sync()
    before = dump(index)
    set_meta(where, "layout", "made from another ABI")
    index.close()
    again = open_index()
    assert again.status().block is None
    check_counts(again)
    again.sync()
    assert dump(again) == before
    assert open_index().status() == again.status()


def set_meta(where: Path | str, name: str, value: str) -> None:
    database = connect(where)
    with database.writing():
        database.change("UPDATE meta SET value = :value WHERE name = :name", {"name": name, "value": value})
    database.close()


@in_sqlite
@pytest.mark.parametrize("version", ["5", "40", "", "two"])
def test_a_later_layout_is_refused_and_left_alone(
    story: Story, where: Path | str, open_index: Open, version: str
) -> None:
    index = open_index()
    index.sync()
    before = dump(index)
    set_meta(where, "schema", version)
    with pytest.raises(IndexFault, match="later version of this package"):
        open_index()
    assert dump(index) == before


def test_an_old_index_of_another_chain_or_deployment_is_left_alone(
    story: Story, opened: Open, tmp_path: Path
) -> None:
    with pytest.raises(WrongChain):
        opened(old_index(tmp_path / "chain.db", story, chain_id="1"))
    with pytest.raises(IndexFault, match="another deployment"):
        opened(old_index(tmp_path / "deployment.db", story, deployment="00"))
    for name in ("chain.db", "deployment.db"):
        with sqlite3.connect(tmp_path / name) as db:
            assert db.execute("SELECT count(*) FROM event").fetchone() == (1,)
        db.close()


@pytest.mark.parametrize("begun", [False, True], ids=["before", "after"])
def test_tables_of_somebody_else_are_left_alone(
    begun: bool, story: Story, new_where: Path | str, opened: Open
) -> None:
    """In a file of theirs no index is made; what they put beside an index outlives a rebuild."""
    if begun:
        opened(new_where).sync()
    with closing(connect(new_where)) as theirs:
        theirs.change("CREATE TABLE song (title TEXT)")
        theirs.change("INSERT INTO song VALUES ('Understudy')")
        theirs.change("CREATE VIEW chorus AS SELECT title FROM song")
        if not begun and isinstance(new_where, Path):
            with pytest.raises(IndexFault, match="not an index"):
                opened(new_where)
        else:  # a PostgreSQL is shared: the keepers' tables may be in it
            index = opened(new_where)
            index.rebuild()
            index.sync(verify=True)
            check_counts(index)
        assert [row["title"] for row in theirs.rows("SELECT title FROM chorus")] == ["Understudy"]


def test_two_that_open_a_new_database_at_once_make_it_once(
    story: Story, postgres: Postgres, tmp_path: Path
) -> None:
    for place in (tmp_path / "index.db", postgres.new()):

        def made(_: int, place: Path | str = place) -> bool:
            store = Store(place, story.deployment)
            store.make()
            cursor = store.cursor()
            store.close()
            return cursor is None

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(made, range(4))) == [True] * 4


def test_new_blocks_cost_no_look_at_all_the_old_ones(where: Path | str, open_index: Open) -> None:
    index = open_index()
    index.sync()
    database = index._store.db
    database.change(
        "INSERT INTO block WITH RECURSIVE n (i) AS (SELECT 100000 UNION ALL SELECT i + 1 FROM n WHERE i < 103000)"
        " SELECT n.i, hash, parent, timestamp, receipts_root, header, 1, 0 FROM n, block"
        " WHERE number = (SELECT max(number) FROM block)"
    )
    explained = "EXPLAIN" if database.shared else "EXPLAIN QUERY PLAN"
    plan = database.rows(f"{explained} {_QUERIES['prune_blocks']}", {"keep_from": 103_000})
    assert "block_without_rows" in " ".join(str(_values(row)) for row in map(dict, plan))


def made(index: Index) -> set[str]:
    """Names of the keys and secondary indexes that were made after a backfill."""
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name <> 'block'"
        if index._store.db.types[Kind.WIDE] == "ANY"
        else "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'event%' OR tablename = 'transfer'"
    )
    return {name for (name,) in map(tuple, map(_values, index.rows(names)))}


def _values(row: Any) -> Any:
    return row.values() if isinstance(row, dict) else row


def wanted(index: Index) -> set[str]:
    """Names of those that tables with rows should have."""
    keyed = index._store.db.types[Kind.WIDE] != "ANY"
    names = set()
    for table in (*event_tables(), transfers):
        if index.rows(f"SELECT 1 FROM {table.name} LIMIT 1"):
            names |= {
                statement.removeprefix("CREATE INDEX IF NOT EXISTS ").split()[0]
                for statement in table.indexes
            }
            names |= {f"{table.name}_pkey"} if keyed else set()
    return names


def test_indexes_are_there_after_a_sync_and_after_a_rebuild(new_where: Path | str, opened: Open) -> None:
    index = opened(new_where)
    assert made(index) == set()
    index.sync()
    first = made(index)
    assert first == wanted(index)
    assert len(first) > 25
    index.rebuild()
    assert made(index) == set()
    index.sync()
    assert made(index) == first


def test_a_tables_indexes_come_with_its_first_rows(story: Story, new_where: Path | str, opened: Open) -> None:
    """Whoever of two that follow stores them, and whoever goes on."""
    one, other = opened(new_where), opened(new_where)
    one.sync()
    before = made(one)
    for turn in (one, other, one, opened(new_where)):
        story.fund(1, 5 * DOLLAR)
        story.send(story.studio, "Payroll", "takeBack", 1, 3 * DOLLAR, story.studio.address)
        assert turn.sync().events >= 2
        assert made(one) == wanted(one) > before


def test_indexes_come_again_after_another_process_rebuilt(new_where: Path | str, opened: Open) -> None:
    following, other = opened(new_where), opened(new_where)
    following.sync()
    first = made(following)
    other.rebuild()
    assert made(following) == set()
    following.sync()
    assert made(following) == first == wanted(following)


def test_indexes_that_were_taken_back_come_again(story: Story, new_where: Path | str, opened: Open) -> None:
    index = opened(new_where)
    index.sync()
    story.send(story.studio, "Payroll", "takeBack", 1, 1, story.studio.address)
    store = index._store

    def stop() -> None:
        with store.writing():
            store._index("event_taken_back")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    index.sync()
    assert made(index) == wanted(index) > {"event_taken_back_by_production_id"}


def test_indexes_that_were_begun_are_completed_by_the_next_sync(
    new_where: Path | str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In PostgreSQL some stay, which another connection made."""
    index = opened(new_where)
    change = index._store._change

    def stop(query: str, **values: Any) -> int:
        if values.get("name") == "indexed":
            raise KeyboardInterrupt
        return change(query, **values)

    monkeypatch.setattr(index._store, "_change", stop)
    with pytest.raises(KeyboardInterrupt):
        index.sync()
    assert made(index) < wanted(index)
    monkeypatch.undo()
    index.sync()
    assert made(index) == wanted(index)


@pytest.mark.parametrize("table", ["event_member_enrolled", "event_wallet_set", "transfer"])
def test_a_table_that_another_program_holds_stops_the_indexes_and_no_rows(
    table: str, story: Story, postgres: Postgres, opened: Open
) -> None:
    url = postgres.new()
    with closing(Store(url, story.deployment)) as store:
        store.make()
    # One that takes no backup locks whole tables against indexes, and may still write to the rest.
    waiting_url = f"{url}?options=-c%20lock_timeout%3D300"
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE")
        index = opened(waiting_url)
        with pytest.raises(IndexFault, match="lock timeout"):
            index.sync()
        assert index.status().block == story.chain.node.block().number
    assert index.sync().events == 0
    assert made(index) == wanted(index)
