"""`make month` in small: every statement adds up, and a unit that is off is found."""

# The scripts are no part of the package: their folder is put on the path before they are imported.
# ruff: noqa: E402

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import month
from month_play.audit import check
from month_play.keeping import Tally
from month_play.plan import CROWD_USES, MOST_ITERATIONS, Settings, plan
from month_play.play import Month, Played, audited, played

SMALL = Settings(crowd=60, principals=6, days=8)


def silent(name: str, length: int) -> Callable[[int], None]:
    """Shows no progress."""
    return unmoved


def unmoved(more: int) -> None:
    """A bar that isn't there."""


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with played(SMALL, tmp_path_factory.mktemp("month"), silent) as over:
        yield over


def differences(over: Played) -> list[str]:
    return check(over.union, over.index, over.facts, unmoved).differences


def test_small_month_adds_up(over: Played, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    assert month.conclude(audited(over, unmoved), str(path), Console(quiet=True)) == 0
    figures = json.loads(path.read_text())
    assert figures["agrees"] is True
    compared, sums = figures["compared"], figures["sums"]
    assert sum(count == SMALL.members for count in compared.values()) == 11
    assert compared["chunk"] >= 3
    assert compared["total"] == 11
    assert all(figures["counts"].values()), figures["counts"]
    # A wallet is changed after seven days, and a small month is over then.
    assert all(amount for name, amount in sums.items() if "changed" not in name), sums
    runs = figures["keeper"]["runs"]
    assert set(runs) == {"payday", "push", "sweep", "agents", "remit"}
    assert runs["push"]["held"] > 0
    assert (figures["keeper"]["paydays"], figures["keeper"]["daily_rounds"]) == (1, 7)


def test_unit_too_much_in_a_wallet_is_found(over: Played) -> None:
    assert differences(over) == []
    wallet = over.union.wallets[9][0].lower()
    over.facts.paid_out[wallet] += 1
    found = differences(over)
    over.facts.paid_out[wallet] -= 1
    assert any(one.startswith("paid out = transfers: member 9:") for one in found)
    assert any(one.startswith("earned = received and due, without the index: member 9:") for one in found)
    assert not [one for one in found if "member 9" not in one and not one.startswith("total:")]


def test_unit_too_little_due_is_found(over: Played) -> None:
    amount, wallet = over.facts.due[2]
    over.facts.due[2] = (amount - 1, wallet)
    found = differences(over)
    over.facts.due[2] = (amount, wallet)
    assert [one.split(":")[0] for one in found] == [
        "owed and wallet = the chain's due",
        "earned = received and due, without the index",
    ]


def test_seat_that_is_due_a_unit_more_is_found(over: Played) -> None:
    over.facts.seats[11] += 1
    found = differences(over)
    over.facts.seats[11] -= 1
    assert len(found) == 2
    assert all("member 11:" in one for one in found)


def test_unit_that_was_not_ordered_is_found(over: Played) -> None:
    over.union.ordered[3, "ITERATION_FEE"] += 1
    found = differences(over)
    over.union.ordered[3, "ITERATION_FEE"] -= 1
    assert [one.split(":")[0] for one in found] == ["gross by kind = what was ordered"]


def test_dollars_to_a_stranger_are_found(over: Played) -> None:
    over.facts.paid_out["0x" + "ee" * 20] += 1
    found = differences(over)
    del over.facts.paid_out["0x" + "ee" * 20]
    assert {one.split(":")[1].strip() for one in found} == {
        "in = out + held",
        "out by transfers and view",
        "nobody else was paid",
    }


def test_difference_ends_with_exit_code_1(over: Played, tmp_path: Path) -> None:
    findings = check(over.union, over.index, over.facts, unmoved)
    console = Console(file=(tmp_path / "told").open("w"))
    right = Month(SMALL, findings, Tally(), {"x": (1, 1)}, {}, {})
    assert month.conclude(right, str(tmp_path / "right.json"), console) == 0
    findings.same("paid out = transfers: member 1", 1, 2)
    assert month.conclude(right, str(tmp_path / "wrong.json"), console) == 1
    console.file.close()
    assert "paid out = transfers: member 1: 1 / 2" in (tmp_path / "told").read_text()


def test_same_seed_plans_the_same_month() -> None:
    whole = Settings()
    planned = plan(whole, scenes=9)
    assert planned == plan(whole, scenes=9)
    assert planned != plan(Settings(seed=1), scenes=9)
    assert len(planned.units) == 5_000
    assert len(planned.grants) == 200
    assert sum(day.crowd_uses for day in planned.days) < CROWD_USES
    used = Counter[tuple[int, int]]()
    for day in (*planned.days, planned.days[0]):
        for member, place, iterations in day.uses:
            used[member, place] += iterations
    assert max(used.values()) <= MOST_ITERATIONS


def test_interrupted_month_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "month.py"), "--crowd", "400", "--principals", "4"]
    running = subprocess.Popen(
        command,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 20
    while not list(tmp_path.glob("*/outbox.db")) and time.monotonic() < until:
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Stopped" in told
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
