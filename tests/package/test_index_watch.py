"""Following the head by subscription and by polling, through breaks of both."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres import Postgres, postgres  # noqa: F401
from test_index_story import Story, played, short_story
from websockets.sync.server import Server, ServerConnection, serve

from trust.chain.node import Node
from trust.errors import InputError
from trust.index import Index, Synced, watch, websocket_url


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("watched"), short_story) as story:
        yield story


class Watched:
    """An index that a thread keeps at the head until `stop`."""

    def __init__(self, where: Path | str, story: Story, subscribe: str | None, poll: float) -> None:
        self.done: list[Synced] = []
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(where, story, subscribe, poll))
        self._thread.start()

    def until(self, true: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(true, timeout=20), "the index did not follow"

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()

    def _run(self, where: Path | str, story: Story, subscribe: str | None, poll: float) -> None:
        with Node(story.chain.url) as node, Index(where, story.deployment, node) as index:
            for done in watch(index, subscribe=subscribe, poll_seconds=poll, stopping=self._stopping.is_set):
                with self._changed:
                    self.done.append(done)
                    self._changed.notify()


def follows(where: Path | str, story: Story, subscribe: str | None, poll: float = 0.05) -> None:
    watched = Watched(where, story, subscribe, poll)
    try:
        watched.until(lambda: bool(watched.done))
        for _ in range(3):
            story.chain.mine()
            head = story.chain.node.block().number
            watched.until(lambda head=head: watched.done[-1].to_block >= head)  # type: ignore[misc]
        before = sum(done.events for done in watched.done)
        story.fund(1, 1_000_000)
        watched.until(lambda: sum(done.events for done in watched.done) > before)
    finally:
        watched.stop()


def test_a_block_is_indexed_when_the_node_tells_of_it(story: Story, tmp_path: Path) -> None:
    follows(tmp_path / "told.db", story, websocket_url(story.chain.url))


def test_without_a_subscription_the_node_is_asked(story: Story, postgres: Postgres) -> None:  # noqa: F811
    follows(postgres.new(), story, None)


def test_a_subscription_that_breaks_or_was_never_there_costs_only_time(story: Story, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        follows(tmp_path / "deaf.db", story, f"ws://127.0.0.1:{free.getsockname()[1]}")
    told = threading.Event()

    def hang_up(connection: ServerConnection) -> None:
        connection.recv()
        told.set()

    server: Server = serve(hang_up, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        follows(tmp_path / "cut.db", story, f"ws://127.0.0.1:{server.socket.getsockname()[1]}")
    finally:
        server.shutdown()
        thread.join()
    assert told.is_set()


def test_a_subscription_needs_a_websocket_url(story: Story, tmp_path: Path) -> None:
    assert websocket_url("https://node.example/v2/key") == "wss://node.example/v2/key"
    with (
        Node(story.chain.url) as node,
        Index(tmp_path / "i.db", story.deployment, node) as index,
        pytest.raises(InputError, match="subscription"),
    ):
        next(watch(index, subscribe=story.chain.url))
