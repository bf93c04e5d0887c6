"""Long ranges are read by processes of their own: the same rows, the same errors, and nobody left behind."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from indexing import Provider, dump
from test_index_story import Story, played, short_story

from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import ChainError, IndexFault, TrustError
from trust.index import Index
from trust.index.workers import Desk, Workers

# A sync in a process with one thread, as a command runs it; what it does at its first progress is the test's.
SCRIPT = """
import json, multiprocessing, os, signal, sys
from contextlib import ExitStack
from pathlib import Path
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.errors import TrustError
from trust.index import Index

where, deployment, what, *urls = sys.argv[1:]
seen = []

def progress(block, head):
    if not seen:
        seen.extend(child.pid for child in multiprocessing.active_children())
        print(json.dumps(seen), flush=True)
        if what == "kill worker":
            os.kill(seen[0], signal.SIGKILL)
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)

with ExitStack() as stack:
    nodes = [stack.enter_context(Node(url, retries=0)) for url in urls]
    index = stack.enter_context(Index(Path(where), Deployment.load(Path(deployment)), nodes))
    try:
        synced = index.sync(progress, verify=what == "verify")
        print(json.dumps({"head": synced.to_block, "incidents": synced.incidents}))
    except TrustError as error:
        print(json.dumps({"error": type(error).__name__, "message": error.message, "hint": error.hint}))
    except KeyboardInterrupt:
        print(json.dumps({"interrupted": len(multiprocessing.active_children())}))
"""


@pytest.fixture(scope="module")
def long_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A short story with 1,200 empty blocks behind it."""
    with played(tmp_path_factory.mktemp("long"), short_story) as story:
        story.chain.node.call("anvil_mine", hex(1_200))
        yield story


def sync(folder: Path, story: Story, what: str, *urls: str) -> tuple[list[int], dict[str, Any]]:
    """The processes that read, and how it ended."""
    deployment = folder / "deployment.json"
    story.deployment.save(deployment)
    command = [sys.executable, "-c", SCRIPT, str(folder / "index.db"), str(deployment), what]
    done = subprocess.run(
        [*command, *(urls or [story.chain.url])], capture_output=True, text=True, timeout=60, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    return (lines[0], lines[-1]) if isinstance(lines[0], list) else ([], lines[0])


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def soon_gone(pids: list[int]) -> bool:
    end = time.monotonic() + 10
    while not gone(pids) and time.monotonic() < end:
        time.sleep(0.02)
    return gone(pids)


@pytest.mark.parametrize("what", ["headers", "verify"])
def test_processes_read_the_same_rows(
    what: str, tmp_path: Path, long_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids, ended = sync(tmp_path, long_story, what)
    assert len(pids) > 1
    assert gone(pids)
    assert ended == {"head": long_story.chain.node.block().number, "incidents": []}
    with (
        Node(long_story.chain.url) as node,
        Index(tmp_path / "index.db", long_story.deployment, node) as by_processes,
        Index(tmp_path / "other.db", long_story.deployment, node) as other,
    ):
        monkeypatch.setattr("trust.index.pipeline._MANY", 1_000_000)
        other.sync(verify=what == "verify")
        assert dump(by_processes) == dump(other)


def test_a_liar_is_named_by_whoever_asked_it(tmp_path: Path, long_story: Story) -> None:
    provider = Provider(long_story)
    provider.lie = lambda request, result: None if request["method"] == "eth_getLogs" else result
    provider.open()
    try:
        pids, ended = sync(tmp_path, long_story, "", provider.url, long_story.chain.url)
        assert len(pids) > 1
        assert any("answered nothing where logs were asked for" in said for said in ended["incidents"])
        (tmp_path / "alone").mkdir()
        pids, ended = sync(tmp_path / "alone", long_story, "", provider.url)
        assert ended["error"] == "IndexFault"
        assert "answered nothing where logs were asked for" in ended["message"]
        assert ended["hint"].startswith("Nothing of it was stored")
    finally:
        provider.shut()


def test_a_worker_that_is_killed_is_told_and_the_next_sync_goes_on(tmp_path: Path, long_story: Story) -> None:
    pids, ended = sync(tmp_path, long_story, "kill worker")
    assert soon_gone(pids)
    if "error" in ended:  # the others may have been quick enough to do without
        assert (ended["error"], ended["message"]) == (
            "ChainError",
            "A process that reads blocks has ended unexpectedly.",
        )
    _, ended = sync(tmp_path, long_story, "")
    assert ended["head"] == long_story.chain.node.block().number


@pytest.mark.parametrize("what", ["kill", "interrupt"])
def test_workers_end_with_who_asks_them(what: str, tmp_path: Path, long_story: Story) -> None:
    pids, ended = sync(tmp_path, long_story, what)
    assert len(pids) > 1
    assert soon_gone(pids)
    assert what == "kill" or ended == {"interrupted": 0}


def test_an_interrupt_waits_for_no_node(tmp_path: Path, long_story: Story) -> None:
    provider, never = Provider(long_story), threading.Event()
    silent_from = long_story.deployment.block + 600

    def wait(request: dict[str, Any], result: Any) -> Any:
        asked = request["params"][0] if request["method"] == "eth_getBlockByNumber" else "latest"
        if asked != "latest" and int(asked, 16) >= silent_from:
            never.wait(25)
        return result

    provider.lie = wait
    provider.open()
    begun = time.monotonic()
    try:
        pids, ended = sync(tmp_path, long_story, "interrupt", provider.url)
        assert len(pids) > 1
        assert ended == {"interrupted": 0}
        assert time.monotonic() - begun < 15
    finally:
        never.set()
        provider.shut()


def test_a_desk_gives_arrays_back_whatever_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trust.index.workers._DESK_BYTES", 1 << 16)
    desk = Desk()
    for sizes in ((0,), (1, 2, 3), (1 << 16,), (1 << 15, 1 << 15, 1), (1 << 17, 5)):
        arrays = [np.arange(size, dtype=np.uint8) for size in sizes]
        taken = desk.take(desk.put((arrays, "the rest")))
        desk.put([np.zeros(1 << 16, np.uint8)])  # what was taken is its own
        assert taken[1] == "the rest"
        assert all(np.array_equal(one, other) for one, other in zip(taken[0], arrays, strict=True))


@pytest.mark.parametrize(
    "error",
    [
        RpcError(-32005, "too many results", b"\x12", is_revert=True),
        IndexFault("Something is wrong.", hint="Mend it."),
        ChainError("Unreachable."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_out_as_it_went_in(error: TrustError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (vars(again), again.args, str(again)) == (vars(error), error.args, str(error))


def test_an_error_of_a_worker_is_raised_where_it_was_asked() -> None:
    def make() -> Any:
        def answer(number: int) -> int:
            if number == 3:
                raise IndexFault("Not three.", hint="Ask for another.")
            if number == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            return number * 2

        return answer

    with Workers(1, make) as workers:
        assert [workers.ask(number) for number in (1, 2)] == [2, 4]
        with pytest.raises(IndexFault, match="Not three") as caught:
            workers.ask(3)
        assert caught.value.hint == "Ask for another."
        assert workers.ask(5) == 10
        for _ in range(2):
            with pytest.raises(ChainError, match="ended unexpectedly"):
                workers.ask(4)
