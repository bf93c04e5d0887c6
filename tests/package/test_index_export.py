"""Exports as Parquet: DuckDB reads what the index has, however often and wherever it was interrupted."""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from indexing import TABLES
from test_index_story import DOLLAR, Story

from trust.cli import app
from trust.errors import IndexFault, InputError
from trust.export import Exported, Location, columns, export
from trust.index import Index
from trust.index.columns import Kind
from trust.index.tables import Field, Table, number, transfers

DEPTH = 3


@pytest.fixture
def open_index(story: Story, tmp_path: Path) -> Iterator[Callable[..., Index]]:
    opened: list[Index] = []

    def open_(where: str | Path = tmp_path / "index.db") -> Index:
        opened.append(Index(where, story.deployment, story.chain.node, finality_depth=DEPTH))
        opened[-1].sync()
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


def exported(index: Index, folder: Path, **options: Any) -> Exported:
    options = {"partition_blocks": 10, "finality_depth": DEPTH} | options
    return export(index, Location(str(folder)), **options)


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_bytes())


def parquet(folder: Path, table: str, what: str = "*", rest: str = "") -> list[tuple[Any, ...]]:
    """What DuckDB finds in a table's files."""
    files = f"read_parquet('{folder}/{table}/**/*.parquet', hive_partitioning = true)"
    return duckdb.sql(f"SELECT {what} FROM {files} {rest}").fetchall()


def plain(column: pa.Field, value: Any) -> Any:
    """A value of the index as Parquet should give it."""
    if pa.types.is_string(column.type):
        return str(value)
    return bool(value) if pa.types.is_boolean(column.type) else value


def compare(index: Index, folder: Path, last: int) -> None:
    """Every row up to `last`, value by value."""
    for table in TABLES:
        kinds = dict(table.columns)
        wanted = []
        sql = f"SELECT * FROM {table.name} WHERE block_number <= :last ORDER BY block_number, log_index"
        schema = columns.schema(table)
        for row in index.rows(sql, {"last": last}):
            values = dict(row) | {"block_time": 0}
            wanted.append(
                tuple(
                    plain(
                        one,
                        number(values[one.name]) if kinds.get(one.name) is Kind.WIDE else values[one.name],
                    )
                    for one in schema
                    if one.name != "block_time"
                )
            )
        if not wanted:
            assert not (folder / table.name).exists()
            continue
        names = ", ".join(f'"{one.name}"' for one in schema if one.name != "block_time")
        assert parquet(folder, table.name, names, "ORDER BY block_number, log_index") == wanted


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_duckdb_reads_every_final_row(
    database: str,
    request: pytest.FixtureRequest,
    story: Story,
    open_index: Callable[..., Index],
    tmp_path: Path,
) -> None:
    where = tmp_path / "index.db" if database == "sqlite" else request.getfixturevalue("postgres").new()
    index, folder = open_index(where), tmp_path / "history"
    done = exported(index, folder)
    assert done.block is not None
    assert done.block <= story.chain.node.block().number - DEPTH
    assert (
        done.rows
        == index.rows("SELECT sum(held) AS n FROM block WHERE number <= :n", {"n": done.block})[0]["n"]
    )
    compare(index, folder, done.block)
    (times,) = parquet(folder, "event_funded", "min(epoch(block_time)), max(blocks)")
    rows = index.rows("SELECT timestamp, number FROM block JOIN event_funded ON block_number = number")
    assert times == (rows[0]["timestamp"], rows[0]["number"] // 10 * 10)


def test_sums_are_exact_and_hashes_are_bytes(
    story: Story, open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index, folder = open_index(), tmp_path / "history"
    exported(index, folder, finality_depth=0)
    total = sum(number(row["amount"]) for row in index.rows("SELECT amount FROM transfer"))
    (found,) = parquet(
        folder, "transfer", "sum(amount), typeof(any_value(amount)), typeof(any_value(tx_hash))"
    )
    assert found == (total, "DECIMAL(38,0)", "BLOB")
    assert total >= 20_000 * DOLLAR
    kinds = {
        one.name: str(one.type)
        for one in columns.schema(next(t for t in TABLES if t.name == "event_scene_granted"))
    }
    assert (kinds["terms_nonce"], kinds["grant_id"], kinds["block_hash"]) == ("string", "int64", "binary")


def test_a_second_export_adds_what_is_new_and_changes_no_file(
    story: Story, open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index, folder = open_index(), tmp_path / "history"
    first = exported(index, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    assert exported(index, folder) == Exported(first.block, first.block_hash, 0, 0, 0)
    for _ in range(DEPTH + 4):
        story.fund(1, DOLLAR)
    index.sync()
    second = exported(index, folder)
    assert first.block is not None
    assert second.block is not None
    assert second.block > first.block
    assert {path: path.read_bytes() for path in before} == before
    compare(index, folder, second.block)
    told = manifest(folder)
    assert (told["block"], told["block_hash"]) == (second.block, second.block_hash)
    assert sum(one["rows"] for one in told["files"]) == first.rows + second.rows
    assert sorted(one["path"] for one in told["files"]) == [
        name for name in Location(str(folder)).names() if name != "manifest.json"
    ]
    for one in told["files"]:
        content = (folder / one["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])


@pytest.mark.parametrize("at", [1, 4])
def test_an_interrupted_export_is_gone_on_with(
    at: int, open_index: Callable[..., Index], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, folder = open_index(), tmp_path / "history"
    replaced, left = Path.replace, [at]

    def dies(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        exported(index, folder)
    assert list(folder.rglob(".*.half"))
    assert not (folder / "manifest.json").exists()
    # The tail that the first had begun with would have ended elsewhere.
    done = exported(index, folder, finality_depth=0)
    assert not list(folder.rglob(".*.half"))
    assert done.block is not None
    compare(index, folder, done.block)


def test_large_tables_are_cut_between_blocks(
    story: Story, open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index, folder = open_index(), tmp_path / "history"
    done = exported(index, folder, partition_blocks=10_000, file_rows=5)
    pieces: dict[str, list[Any]] = {}
    for one in manifest(folder)["files"]:
        pieces.setdefault(one["table"], []).append(one)
    assert max(map(len, pieces.values())) > 2
    for files in pieces.values():
        for earlier, later in itertools.pairwise(files):
            assert later["first"] == earlier["last"] + 1
    assert done.block is not None
    compare(index, folder, done.block)


def test_what_is_not_final_is_left_out(
    story: Story, open_index: Callable[..., Index], tmp_path: Path
) -> None:
    snapshot = story.chain.snapshot()
    story.fund(1, 3 * DOLLAR)
    index, folder = open_index(), tmp_path / "history"
    exported(index, folder)
    story.chain.revert(snapshot)
    story.fund(1, 5 * DOLLAR)
    story.chain.mine(DEPTH)
    index.sync()
    done = exported(index, folder)
    assert done.block is not None
    compare(index, folder, done.block)
    assert parquet(folder, "event_funded", "count(*)", f"WHERE amount = {5 * DOLLAR}") == [(1,)]


def test_another_history_at_the_place_is_refused(
    story: Story, open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index, folder = open_index(), tmp_path / "history"
    exported(index, folder)
    with pytest.raises(IndexFault, match=r"partitions of 10 blocks.*--blocks 10"):
        exported(index, folder, partition_blocks=20)
    other = Index(tmp_path / "other.db", replace(story.deployment, chain_id=5))
    with other, pytest.raises(IndexFault, match="holds another chain"):
        exported(other, folder)
    with (
        Index(tmp_path / "new.db", story.deployment) as new,
        pytest.raises(IndexFault, match="further than the index"),
    ):
        exported(new, folder)
    told = manifest(folder)
    (folder / "manifest.json").write_text(json.dumps(told | {"block_hash": "0x" + "00" * 32}))
    with pytest.raises(IndexFault, match="another chain up to block"):
        exported(index, folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(IndexFault, match="is damaged"):
        exported(index, folder)
    (folder / "manifest.json").write_text(json.dumps(told | {"format": 9}))
    with pytest.raises(IndexFault, match="another version"):
        exported(index, folder)


def test_a_row_that_is_missing_from_the_index_stops_the_export(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index, folder = open_index(), tmp_path / "history"
    with sqlite3.connect(tmp_path / "index.db") as db:
        db.execute("DELETE FROM event_funded")
    db.close()
    with pytest.raises(IndexFault, match=r"hold \d+ rows, but \d+ were read"):
        exported(index, folder)
    assert not (folder / "manifest.json").exists()


def test_places_that_cannot_be_used_are_refused(open_index: Callable[..., Index], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file can't be used"):
        exported(open_index(), tmp_path / "file")
    with pytest.raises(InputError, match="ftp://host/folder can't be used") as refused:
        Location("ftp://me:secret@host/folder")
    assert "secret" not in str(refused.value)


def test_an_amount_that_no_dollar_has_is_a_fault() -> None:
    row = {
        "block_number": 1,
        "log_index": 0,
        "block_time": 1,
        "tx_index": 0,
        "contract": "Token",
        "sender": "0x",
        "recipient": "0x",
    }
    row |= {"block_hash": b"", "tx_hash": b""}
    largest = columns.batch(transfers, [row | {"amount": 10**38 - 1}])
    assert int(largest.column("amount")[0].as_py()) == 10**38 - 1
    with pytest.raises(IndexFault, match="more than 38 digits"):
        columns.batch(transfers, [row | {"amount": 10**38}])


def test_every_field_of_every_event_has_a_column() -> None:
    for table in TABLES:
        names = columns.schema(table).names
        assert len(names) == len(set(names)) == len(table.columns)  # a time more, and no checksum
    odd = Table(
        "event_odd", "Odd", (Field("nonce", ("nonce",), "uint256"), Field("rate", ("rate",), "uint64"))
    )
    kinds = [str(columns.schema(odd).field(name).type) for name in ("nonce", "rate")]
    assert kinds == ["string", "decimal128(38, 0)"]


def test_the_command_exports_and_says_so(
    story: Story, open_index: Callable[..., Index], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_index().close()
    story.chain.mine(70)
    open_index()
    (tmp_path / "deployment.json").write_text("")
    story.deployment.save(tmp_path / "deployment.json")
    arguments = [
        "--index",
        str(tmp_path / "index.db"),
        "--deployment",
        str(tmp_path / "deployment.json"),
        "--json",
    ]
    with pytest.raises(SystemExit) as ended:
        app(["index", "export", "--to", str(tmp_path / "history"), *arguments], prog_name="trust")
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["block"] == manifest(tmp_path / "history")["block"]
    assert told["rows"] == sum(one["rows"] for one in manifest(tmp_path / "history")["files"]) > 50
