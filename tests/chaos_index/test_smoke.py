"""`make chaos-index` in small: lied to, reorganised and killed, both indexes end equal; and its referee sees."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chaos_index.lies import Level
from chaos_index.plan import CATALOGUE, kinds, plan
from chaos_index.referee import differences, held, said, tables
from chaos_index.syncs import Indexed
from chaos_index.world import World
from trust.index import Index
from trust.testing import LocalChain

TESTS = Path(__file__).parents[1]


def test_two_seeds_end_row_for_row_equal() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "chaos_index", "--json", "--seeds", "2", "--seed", "6"],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    lies = told["lies"].values()
    assert sum(lie["caught"] for lie in lies) >= 10
    assert sum(lie["stored"] for lie in lies) == 0
    assert max(reorg["deepest"] for reorg in told["reorgs"].values()) == 64
    assert told["too_deep"] == 1
    assert sum(told["kills"].values()) > 0
    assert told["rows"] > 500


@pytest.mark.parametrize("level", Level)
def test_fifty_seeds_tell_every_kind_of_lie(level: Level) -> None:
    turns = [
        turn
        for number in range(1, 51)
        if (drawn := plan(1, number)).level is level
        for step in drawn.steps
        for turn in step.turns.values()
    ]
    assert {turn.lie.name for turn in turns if turn.lie} == {lie.name for lie in kinds(level)}
    assert len(CATALOGUE) == len({lie.name for lie in CATALOGUE}) > 20


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with LocalChain(hardfork="osaka") as chain:
        world = World(chain, tmp_path_factory.mktemp("world"))
        world.act(random.Random(1), 3)
        yield world
        world.node.close()


@contextmanager
def synced(world: World, path: Path, change: str = "") -> Iterator[Index]:
    """An index at the head, some of whose rows were then changed."""
    indexed = Indexed("an index", str(path), world.deployment)
    indexed.open(world.chain.url)
    assert indexed.sync(verify=True).error is None
    indexed.close()
    if change:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            assert database.execute(change).rowcount > 0
    indexed.open(world.chain.url)
    yield indexed.index
    indexed.close()


@pytest.mark.parametrize(
    ("change", "of_the_log"),
    [
        ("", False),
        ("DELETE FROM event_used WHERE log_index = (SELECT max(log_index) FROM event_used)", True),
        ("UPDATE event_used SET block_hash = zeroblob(32)", True),
        ("UPDATE transfer SET amount = amount + 1", True),
        ("UPDATE event_used SET iterations = iterations + 1", True),
        ("UPDATE event_used SET log_crc = zeroblob(4)", False),
    ],
    ids=["unchanged", "row missing", "block hash", "transfer's amount", "decoded field", "checksum"],
)
def test_the_referee_sees_a_changed_row(change: str, of_the_log: bool, world: World, tmp_path: Path) -> None:
    truth = said(world, world.head())
    with (
        synced(world, tmp_path / "changed.db", change) as index,
        synced(world, tmp_path / "clean.db") as clean,
    ):
        assert (held(index) != truth) is of_the_log
        assert len(differences(tables(index), tables(clean))) == bool(change)
