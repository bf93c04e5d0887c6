"""`make bench-index` in small: all runs read the same events, the chain is kept, and a missed target is told."""

# The scripts are no part of the package: their folder is put on the path before they are imported.
# ruff: noqa: E402

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from index_bench import ground as grounds
from index_bench import report
from index_bench.fill import Desk, Load
from index_bench.ground import Ground, alone, ground
from index_bench.runs import RUNS, Task, Took
from index_bench.sync import FLOOR, KINDS, OURS, Figure, Sample, measure

from trust.errors import SetupError
from trust.index import Index
from trust.model import GrantId

SMALL = Load(blocks=4, reports=2, uses=6, grants=3, members=2)


def silent(what: str, done: int, of: int) -> None:
    """Shows no progress."""


def refuse(what: str, done: int, of: int) -> None:
    raise AssertionError(f"{what} again")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grounds, "FOLDER", tmp_path_factory.mktemp("bench"))
        with ground(SMALL, silent):
            pass
        with ground(SMALL, refuse) as kept:
            yield kept


def task(full: Ground, where: Path) -> Task:
    return Task(full.chain.url, str(full.deployment_file), 0, full.head, str(where))


def test_every_run_reads_all_events_of_the_kept_chain(full: Ground, tmp_path: Path) -> None:
    read = {name: RUNS[name](task(full, tmp_path / f"{name}.db"))() for name in ("ours", "verified")}
    for name, measured in measure(full, 1, ["web3"], silent, print).items():
        read[name] = measured.events
    with Index(tmp_path / "verified.db", full.deployment) as index:
        (uses,) = index.rows("SELECT count(*) AS found FROM event_used")
        assert read == dict.fromkeys(read, index.status().events)
        assert index.status().proven == full.head
    assert uses["found"] == SMALL.all_uses


def test_kept_chain_takes_further_uses(full: Ground, tmp_path: Path) -> None:
    with Index(tmp_path / "index.db", full.deployment, full.chain.node) as index:
        before = index.sync().events
        desk = Desk(full.chain, full.deployment, [GrantId(1), GrantId(2), GrantId(3)], SMALL)
        desk.report()
        full.chain.mine()
        desk.close()
        assert before > index.sync().events == SMALL.reports * (SMALL.uses + SMALL.grants)


def test_another_bench_is_refused_meanwhile(full: Ground) -> None:
    with pytest.raises(SetupError, match="Another bench"), alone():
        pass


def figure(name: str, seconds: float, whole: float, megabytes: float = 100.0) -> Figure:
    return Figure(KINDS[name], [Sample(Took(seconds, 1_000, megabytes), whole, 1.0)])


def missed(seconds: float, megabytes: float, peer: float) -> list[str]:
    figures = {
        FLOOR: figure(FLOOR, 1.0, 1.1),
        OURS: figure(OURS, seconds, seconds + 0.5, megabytes),
        "cryo raw": figure("cryo raw", 0.5, 0.5),
        "web3": figure("web3", peer, peer + 1.0),
    }
    return report.sync_missed(figures)


def test_targets_are_told_as_missed_by_time_memory_or_a_quicker_peer() -> None:
    ours, web3 = KINDS[OURS].label, KINDS["web3"].label
    assert missed(2.1, 150.0, 80.0) == []
    assert missed(2.3, 150.0, 80.0) == [ours]
    assert missed(2.1, 250.0, 80.0) == [ours]
    assert missed(2.1, 150.0, 1.5) == [web3]
