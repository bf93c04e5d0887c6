"""A backfill by many workers: killed, doubled and lied to, it leaves what one sync does."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from indexing import Rows, behind, check_counts, dump
from postgres import Postgres
from test_index_story import DOLLAR, Story

from trust.backfill import Home, Progress, Tables, plan, work
from trust.chain.node import Node
from trust.cli import app
from trust.errors import IndexFault, InputError
from trust.index import Index

DEPTH = 3
BLOCKS = 6
_PLAIN: dict[tuple[str, bool], Rows] = {}


@pytest.fixture
def url(postgres: Postgres) -> str:
    """A new database."""
    return postgres.new()


def planned(url: str, story: Story, *, verify: bool = False) -> int:
    """Plan in short ranges; how many."""
    made = plan(
        url, story.deployment, story.chain.node, verify=verify, range_blocks=BLOCKS, finality_depth=DEPTH
    )
    return -(-(made.last - made.first + 1) // BLOCKS)


def worked(url: str, story: Story, node: Node | None = None, **options: Any) -> Any:
    return work(
        url, story.deployment, [node or story.chain.node], options.pop("owner", "one"), poll=0.01, **options
    )


def synced(where: str | Path, story: Story, *, verify: bool = False) -> Rows:
    """All rows after a sync."""
    with Index(where, story.deployment, story.chain.node, finality_depth=DEPTH) as index:
        index.sync(verify=verify)
        check_counts(index)
        return dump(index)


def plain(story: Story, *, verify: bool = False) -> Rows:
    """All rows after a sync from nothing into SQLite; read once while the chain stays as it is."""
    key = (story.chain.node.block().hash, verify)
    if key not in _PLAIN:
        with tempfile.TemporaryDirectory() as folder:
            _PLAIN[key] = synced(Path(folder) / "index.db", story, verify=verify)
    return _PLAIN[key]


def progress(url: str, story: Story) -> Progress:
    with closing(Tables(Home(url), story.deployment)) as tables:
        return tables.progress()


@pytest.mark.parametrize("verify", [False, True], ids=["headers", "receipts"])
def test_a_backfill_and_then_a_sync_leave_what_a_sync_does(verify: bool, url: str, story: Story) -> None:
    ranges = planned(url, story, verify=verify)
    assert ranges > 4
    seen = []

    def look(found: Progress) -> None:  # as readers do meanwhile
        with Index(url, story.deployment) as index:
            rows = index.rows("SELECT count(*) AS n FROM event")[0]["n"]
            seen.append((found.done, index.status().block, rows))

    done = worked(url, story, progress=look)
    assert seen == [(done, None, 0) for done in range(ranges + 1)]
    assert (done.ranges, done.placed, done.incidents) == (ranges, True, ())
    with Index(url, story.deployment) as index:
        status = index.status()
        assert status.block == story.chain.node.block().number - DEPTH
        assert status.proven == (status.block if verify else None)
        assert status.events == done.events > 50
        check_counts(index)
        indexes = "SELECT DISTINCT schemaname AS name FROM pg_indexes WHERE indexname LIKE 'event_%_by_%'"
        assert [row["name"] for row in index.rows(indexes)] == ["public"]
        assert index.rows("SELECT to_regnamespace('public_backfill') AS found")[0]["found"] is None
    assert not Home(url).planned()
    rows = synced(url, story, verify=verify)
    assert rows == plain(story, verify=verify)
    replica = f"{url}?options=-c%20default_transaction_read_only%3Don"  # as a replica is
    with Index(replica, story.deployment) as index:
        assert dump(index) == rows
        with pytest.raises(IndexFault, match="read-only"):
            index.rebuild()


def test_many_workers_share_the_ranges(url: str, story: Story) -> None:
    ranges = planned(url, story)
    done: list[Any] = []

    def one(number: int) -> None:
        with Node(story.chain.url) as node:
            done.append(worked(url, story, node, owner=f"worker {number}"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.ranges for one in done) == ranges
    assert sum(one.placed for one in done) == 1
    assert synced(url, story) == plain(story)


KILLED_AT = {
    "after a claim": ("trust.backfill.tables.Tables.claim", 2),
    "with rows half stored": ("trust.index.store.Store.add", 2),
    "before a commit": ("trust.backfill.tables.Tables.finish", 1),
    "while all is moved": ("trust.backfill.place._set_cursor", 1),
    "with all but the last commit": ("trust.backfill.place._move", 1),
}


def test_workers_killed_anywhere_leave_nothing_half_done(
    url: str, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges = planned(url, story)
    done = []
    for target, calls in KILLED_AT.values():  # one after another, at the same backfill
        child = os.fork()
        if child == 0:  # never returns: what a killed process leaves must be enough
            monkeypatch.setattr(target, _deadly(target, calls))
            worked(url, story, Node(story.chain.url), owner=f"killed {target}", lease=0.3)
            os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        done.append(progress(url, story).done)
        with Index(url, story.deployment) as index:
            assert index.status().block is None
    assert done == [1, 2, 2, ranges, ranges]
    assert worked(url, story).placed
    assert synced(url, story) == plain(story)


def _deadly(target: str, calls: int) -> Callable[..., Any]:
    """The function, which ends the process after so many calls."""
    import importlib

    path, name = target.rsplit(".", 1)
    module, _, owner = path.rpartition(".")
    holder = getattr(importlib.import_module(module), owner)
    whole, left = getattr(holder, name), [calls]

    def dies(*arguments: Any, **named: Any) -> Any:
        result = whole(*arguments, **named)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return dies


def test_two_workers_on_one_range_store_it_once(url: str, story: Story) -> None:
    ranges = planned(url, story)
    slow = []
    asked = threading.Event()

    def first(request: dict[str, Any], result: Any) -> Any:
        if request["method"] == "eth_getLogs" and not asked.is_set():
            asked.set()
            slow.append(worked(url, story, owner="quick"))  # takes the range too, and does all
        return result

    with behind(story) as (provider, node):
        provider.lie = first
        late = worked(url, story, node, owner="late", lease=0.01)
    assert (slow[0].ranges, slow[0].placed) == (ranges, True)
    assert (late.ranges, late.placed) == (0, False)
    assert synced(url, story) == plain(story)


def _other_amount(request: dict[str, Any], result: Any) -> Any:
    if request["method"] == "eth_getBlockReceipts":
        for receipt in result:
            for log in receipt["logs"]:
                log["data"] = log["data"][:-1] + ("1" if log["data"][-1] == "0" else "0")
    return result


def _no_logs(request: dict[str, Any], result: Any) -> Any:
    cut_short = request["method"] == "eth_getLogs" and "fromBlock" in request["params"][0]
    return [] if cut_short else result


@pytest.mark.parametrize(
    ("lie", "verify"), [(_other_amount, True), (_no_logs, False)], ids=["amount", "omission"]
)
def test_a_lying_node_is_named_and_nothing_it_said_is_stored(
    lie: Any, verify: bool, url: str, story: Story
) -> None:
    ranges = planned(url, story, verify=verify)
    with behind(story) as (provider, node):
        provider.lie = lie
        with pytest.raises(IndexFault, match=r"127\.0\.0\.1:\d+ (gave|left)"):
            worked(url, story, node, owner="lied to")
        found = progress(url, story)
        (trouble,) = found.troubles
        assert (found.held, trouble.why.startswith(f"The node at {provider.url} ")) == (0, True)
        # With a second node a worker goes on past it.
        done = work(url, story.deployment, [node, story.chain.node], "told better", poll=0.01)
    assert found.done + done.ranges == ranges
    assert trouble.why in done.incidents
    assert synced(url, story, verify=verify) == plain(story, verify=verify)


def test_blocks_of_another_chain_that_agree_with_each_other_are_refused(url: str, story: Story) -> None:
    fork = story.chain.node.block().number
    snapshot = story.chain.snapshot()
    for _ in range(2 * BLOCKS):
        story.fund(1, DOLLAR)
    planned(url, story)
    story.chain.revert(snapshot)
    for _ in range(2 * BLOCKS):
        story.fund(1, 2 * DOLLAR)
    with pytest.raises(IndexFault, match="another chain than the one that was planned"):
        worked(url, story)
    found = progress(url, story)
    assert 0 < found.done == (fork - found.plan.first + 1) // BLOCKS < found.ranges
    Home(url).drop()
    planned(url, story)
    worked(url, story)
    assert synced(url, story) == plain(story)


def test_a_reorg_of_what_was_not_final_is_left_to_the_sync(url: str, story: Story) -> None:
    snapshot = story.chain.snapshot()
    for _ in range(DEPTH):
        story.fund(1, DOLLAR)
    planned(url, story)
    story.chain.revert(snapshot)
    for _ in range(DEPTH + 1):
        story.fund(1, 2 * DOLLAR)
    worked(url, story)
    assert synced(url, story) == plain(story)


def test_an_index_that_was_synced_meanwhile_stays(url: str, story: Story) -> None:
    planned(url, story)
    before = synced(url, story)
    with pytest.raises(IndexFault, match="while the backfill ran"):
        worked(url, story)
    assert synced(url, story) == before
    Home(url).drop()
    with pytest.raises(InputError, match="fills an empty index"):
        planned(url, story)


def test_what_cannot_be_planned_or_worked_on_is_refused(url: str, story: Story, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no backfill"):
        worked(url, story)
    with pytest.raises(InputError, match="needs an index in PostgreSQL"):
        planned(str(tmp_path / "index.db"), story)
    with pytest.raises(InputError, match="1000000 blocks deep yet"):
        plan(url, story.deployment, story.chain.node, verify=False, finality_depth=1_000_000)
    assert not Home(url).planned()
    planned(url, story)
    with pytest.raises(InputError, match="There is a backfill"):
        planned(url, story)
    with closing(Tables(Home(url), story.deployment)) as tables:
        tables.db.change("UPDATE meta SET value = 'other' WHERE name = 'layout'")
    with pytest.raises(InputError, match="another version of this package"):
        worked(url, story)


def test_the_commands_plan_work_and_tell(
    url: str, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story.chain.mine(70)
    story.deployment.save(tmp_path / "deployment.json")
    common = ["--index", url, "--deployment", str(tmp_path / "deployment.json"), "--json"]

    def told(*words: str, node: bool = False, code: int = 0) -> Any:
        with pytest.raises(SystemExit) as ended:
            app(
                ["index", "backfill", *words, *common, *(["--rpc", story.chain.url] if node else [])],
                prog_name="trust",
            )
        assert ended.value.code == code
        out, err = capsys.readouterr()
        return json.loads(out or err)

    assert "There is no backfill" in told("status", code=2)["message"]
    made = told("plan", "--blocks", "20", "--verify", node=True)
    assert (told("drop"), Home(url).planned()) == ({"dropped": True}, False)
    assert told("plan", "--blocks", "20", "--verify", node=True) == made
    found = told("status")
    assert (found["done"], found["ranges"], found["plan"]["last_hash"]) == (
        0,
        made["ranges"],
        made["last_hash"],
    )
    done = told("work", "--name", "mine", node=True)
    assert (done["worker"], done["ranges"], done["placed"]) == ("mine", made["ranges"], True)
    with Index(url, story.deployment) as index:
        assert (index.status().block, index.status().block_hash) == (made["last"], made["last_hash"])
