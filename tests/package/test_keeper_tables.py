"""Leases and jobs in SQLite and in PostgreSQL: the same rules in both."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres import Postgres, postgres

from trust.errors import KeeperError
from trust.keeper.database import connect
from trust.keeper.model import Job, Kind, Run, Work
from trust.keeper.tables import LeaseLost, Tables

__all__ = ["postgres"]

SCOPE = "31337:0xpayroll"
Open = Callable[..., Tables]


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database."""
    if request.param == "sqlite":
        return str(tmp_path / "keeper.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.new()


@pytest.fixture
def keepers(where: str) -> Iterator[Open]:
    """Opens the tables as one keeper or another."""
    databases = []

    def opened(owner: str, lease: float = 60.0) -> Tables:
        databases.append(connect(where))
        return Tables(databases[-1], SCOPE, owner, lease)

    yield opened
    for database in databases:
        database.close()


def jobs(*names: str) -> list[Job]:
    return [Job(f"payday:1:{name}", Kind.PAYDAY, 1, (name, f"{name}0")) for name in names]


def plan(tables: Tables, *names: str) -> int | None:
    with tables.planning() as planned:
        return None if planned is None else planned(lambda busy: jobs(*names))


def run(tx_hash: str, **fields: int) -> Run:
    figures = {"cycle": 1, "items": 2, "block": 9, "paid": 2, "held": 0, "amount": 2**62, "gas_used": 60_000}
    return Run(kind=Kind.PAYDAY, tx_hash=tx_hash, fee_wei=10**21, **(figures | fields))


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_job_has_one_keeper_at_a_time(keepers: Open) -> None:
    one, two = keepers("one"), keepers("two")
    assert plan(one, "1", "2", "3") == 3
    mine, theirs = one.claim(2), two.claim(5)
    assert [work.job.items for work in mine] == [("1", "10"), ("2", "20")]
    assert [work.job.items for work in theirs] == [("3", "30")]
    assert two.claim(5) == one.claim(5) == []
    assert one.mine() == mine


def test_what_is_planned_is_not_planned_again(keepers: Open) -> None:
    one, two = keepers("one"), keepers("two")
    plan(one, "1")
    with two.planning() as planned:
        assert planned is not None
        seen: list[frozenset[tuple[Kind, str]]] = []
        planned(lambda busy: seen.append(busy) or [])  # type: ignore[func-returns-value]
    assert seen == [frozenset({(Kind.PAYDAY, "1"), (Kind.PAYDAY, "10")})]
    plan(two, "1")
    assert len(one.open()) == 1


def test_only_one_keeper_plans_at_a_time(keepers: Open) -> None:
    one, two = keepers("one"), keepers("two")
    with one.planning() as planned:
        assert planned is not None
        assert plan(two, "1") is None
    assert plan(two, "1") == 1


def test_a_planner_that_was_too_slow_plans_nothing(keepers: Open) -> None:
    one, two = keepers("one", lease=0.05), keepers("two")
    with one.planning() as planned:
        assert planned is not None
        wait_until(lambda: plan(two, "1") == 1)
        with pytest.raises(LeaseLost):
            planned(lambda busy: jobs("2"))
    assert [work.job.items for work in two.open()] == [("1", "10")]


def test_a_lease_that_ran_out_goes_to_another_and_the_first_can_change_nothing(keepers: Open) -> None:
    one, two = keepers("one", lease=0.05), keepers("two")
    plan(one, "1")
    (mine,) = one.claim(1)
    theirs: list[Work] = []
    wait_until(lambda: bool(theirs.extend(two.claim(1)) or theirs))
    assert theirs[0].fence == mine.fence + 1
    for change in (
        lambda: one.note(mine, "intent", ["0x1"]),
        lambda: one.replace(mine, []),
        lambda: one.finish(mine, run("0x1")),
        lambda: one.set_aside(mine, "1", "no", 0),
    ):
        with pytest.raises(LeaseLost):
            change()
    assert one.mine() == []
    assert two.mine() == theirs


def test_a_sign_of_life_lengthens_the_lease(keepers: Open) -> None:
    one, two = keepers("one", lease=1.0), keepers("two")
    plan(one, "1")
    one.claim(1)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        one.beat()
        assert two.claim(1) == []
        time.sleep(0.05)


def test_what_is_released_is_free_at_once(keepers: Open) -> None:
    one, two = keepers("one"), keepers("two")
    plan(one, "1")
    one.claim(1)
    one.release()
    assert [work.job.items for work in two.claim(1)] == [("1", "10")]


def test_a_final_job_leaves_its_run_and_ends_its_troubles(keepers: Open) -> None:
    one = keepers("one")
    plan(one, "1")
    (work,) = one.claim(1)
    one.set_aside(work, "1", "it reverts", 5)
    one.set_aside(work := _again(one, "1"), "1", "it reverts still", 6)
    assert [(t.item, t.tries, t.tried_at, t.why) for t in one.troubles()] == [("1", 2, 6, "it reverts still")]
    assert one.weight(Kind.PAYDAY) is None
    one.finish(_again(one, "1"), run("0x1"))
    assert one.troubles() == one.open() == []
    assert one.weight(Kind.PAYDAY) == 30_000


def test_a_job_in_pieces_is_free_for_all(keepers: Open) -> None:
    one, two = keepers("one"), keepers("two")
    plan(one, "1")
    (work,) = one.claim(1)
    one.replace(work, jobs("2", "3"))
    assert len(two.claim(5)) == 2
    assert one.mine() == []


def test_two_threads_that_claim_at_once_share_the_jobs(keepers: Open, where: str) -> None:
    plan(keepers("planner"), *(f"{n}" for n in range(1, 41)))
    claimed: dict[str, list[Work]] = {"one": [], "two": []}

    def work(owner: str) -> None:
        database = connect(where)
        tables = Tables(database, SCOPE, owner, 60.0)
        while found := tables.claim(1):
            claimed[owner] += found
        database.close()

    threads = [threading.Thread(target=work, args=(owner,)) for owner in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    keys = [work.job.key for works in claimed.values() for work in works]
    assert len(keys) == len(set(keys)) == 40


def test_deployments_share_a_database_and_see_nothing_of_each_other(where: str, keepers: Open) -> None:
    plan(keepers("one"), "1")
    database = connect(where)
    other = Tables(database, "31337:0xanother", "one", 60.0)
    assert other.open() == other.claim(5) == []
    assert plan(other, "1") == 1
    database.close()


def test_a_postgresql_that_comes_back_is_used_again(postgres: Postgres) -> None:
    database = connect(postgres.new())
    tables = Tables(database, SCOPE, "one", 60.0)
    plan(tables, "1")
    postgres.stop()
    with pytest.raises(KeeperError, match=r"postgresql://127\.0\.0\.1/keepers_\d+ can't be used"):
        tables.open()
    postgres.start()
    assert len(tables.claim(1)) == 1
    database.close()


def test_errors_never_show_a_password() -> None:
    with pytest.raises(KeeperError) as refused:
        connect("postgresql://trust:hunter2secret@127.0.0.1:9/keepers")
    assert "hunter2secret" not in str(refused.value)
    assert "127.0.0.1/keepers" in str(refused.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keeper.db"
    path.write_text("not a database, but long enough to look at" * 20)
    with pytest.raises(KeeperError, match=r"keeper\.db"):
        connect(str(path))


def _again(tables: Tables, name: str) -> Work:
    plan(tables, name)
    (work,) = tables.claim(1)
    return work
