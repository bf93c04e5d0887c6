"""Following: from nothing, resumed, killed, over reorgs, and refusing what can't be right."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_index_books import compare
from test_index_story import DOLLAR, Story, played, short_story

from trust.chain.abi import interface
from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import IndexFault, NodeUnreachable, WrongChain
from trust.index import Index, fold
from trust.index.logs import Pace
from trust.index.tables import all_tables

COMPARED = ("cursor", "event", "transfer", *(table.name for table in all_tables()))


@pytest.fixture(scope="module")
def played_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("story"), short_story) as story:
        yield story


@pytest.fixture
def story(played_story: Story) -> Iterator[Story]:
    """The same short story for each test; what a test does to the chain is undone."""
    snapshot = played_story.chain.snapshot()
    yield played_story
    played_story.chain.revert(snapshot)


@pytest.fixture
def open_index(story: Story, tmp_path: Path) -> Iterator[Callable[..., Index]]:
    opened: list[Index] = []

    def open_(name: str = "index.db", **options: Any) -> Index:
        opened.append(
            Index(tmp_path / name, story.deployment, options.pop("node", story.chain.node), **options)
        )
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


def rows(index: Index) -> dict[str, list[tuple[Any, ...]]]:
    return {name: [tuple(row) for row in index.rows(f"SELECT * FROM {name}")] for name in COMPARED}


def test_a_sync_is_complete_and_repeating_it_changes_nothing(
    story: Story, open_index: Callable[..., Index]
) -> None:
    index = open_index()
    heard: list[Any] = []
    first = index.sync(lambda *place: heard.append(place))
    head = story.chain.node.block().number
    assert (first.from_block, first.to_block, first.rewound) == (story.deployment.block - 1, head, 0)
    assert heard == [(head, head)]
    assert first.events == index.status().events == len(list(index.events())) > 50
    before = rows(index)
    again = index.sync()
    assert (again.from_block, again.to_block, again.events) == (head + 1, head, 0)
    assert rows(index) == before
    compare(fold(index.events(), index.clock), story)


def test_every_log_of_our_addresses_is_there(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index()
    index.sync()
    wanted = {"fromBlock": "0x0", "address": list(story.deployment.contracts.values())}
    logs = story.chain.node.call("eth_getLogs", wanted)
    stored = index.rows("SELECT block_number, log_index, topics, data FROM event ORDER BY 1, 2")
    assert [tuple(row) for row in stored] == [
        (
            int(log["blockNumber"], 16),
            int(log["logIndex"], 16),
            bytes.fromhex("".join(topic[2:] for topic in log["topics"])),
            bytes.fromhex(log["data"][2:]),
        )
        for log in logs
    ]


def test_block_by_block_gives_the_same_rows_as_at_once(
    story: Story, open_index: Callable[..., Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, slow = open_index("once.db"), open_index("slow.db")
    at_once.sync()
    monkeypatch.setattr("trust.index.follow.Pace", lambda: Pace(1, 1))
    slow.sync()
    assert rows(slow) == rows(at_once)


@pytest.mark.parametrize("at", [1, 4, 6])
def test_a_sync_killed_inside_a_transaction_goes_on_where_it_was(
    at: int, story: Story, tmp_path: Path, open_index: Callable[..., Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.index.follow.Pace", lambda: Pace(4, 4))
    whole = open_index("whole.db")
    ends: list[int] = []
    whole.sync(lambda block, head: ends.append(block))
    child = os.fork()
    if child == 0:  # never returns: what a killed process leaves must be enough
        index = Index(tmp_path / "index.db", story.deployment, Node(story.chain.url))
        append, chunks = index._store.append, itertools.count(1)

        def dies(*arguments: Any) -> None:
            append(*arguments)
            if next(chunks) == at:
                os.kill(os.getpid(), signal.SIGKILL)

        index._store.append = dies  # type: ignore[method-assign]
        index.sync()
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    resumed = open_index()
    assert resumed.status().block == (ends[at - 2] if at > 1 else None)
    resumed.sync()
    assert rows(resumed) == rows(whole)


def test_a_failed_chunk_leaves_nothing(
    open_index: Callable[..., Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index()
    write = index._store.append

    def dies(*arguments: Any) -> None:
        write(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(index._store, "append", dies)
    with pytest.raises(KeyboardInterrupt):
        index.sync()
    assert index.status().block is None
    assert index.status().events == 0


def poke(story: Story, address: str) -> None:
    story.mined({"from": story.studio.address, "to": address})


def test_a_reorg_is_rewound_and_the_books_follow(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    story.use((1, 1))
    index.sync()
    assert index.books().grants[1].iterations_left == 16
    story.chain.reorg(2)
    story.fund(1, 7 * DOLLAR)
    synced = index.sync()
    assert synced.rewound == 2
    assert index.books().grants[1].iterations_left == 17
    fresh = open_index("fresh.db")
    fresh.sync()
    assert rows(index) == rows(fresh)
    compare(index.books(), story)


def test_a_reorg_to_the_same_height_is_seen(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    index.sync()
    head = story.chain.node.block()
    story.chain.reorg(1)
    assert story.chain.node.block().number == head.number
    assert story.chain.node.block().hash != head.hash
    assert index.sync().rewound == 1
    assert index.books().productions[1].funded == 20_000 * DOLLAR


def test_a_reorg_to_a_shorter_chain_is_seen(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index()
    for _ in range(5):
        story.fund(1, 5 * DOLLAR)
    index.sync()
    head = story.chain.node.block().number
    story.chain.node.call("anvil_rollback", 4)
    story.fund(1, 9 * DOLLAR)
    synced = index.sync()
    assert (synced.rewound, synced.to_block) == (4, head - 3)
    assert index.books().productions[1].funded == 20_014 * DOLLAR
    fresh = open_index("fresh.db")
    fresh.sync()
    assert rows(index) == rows(fresh)


def test_a_chain_that_went_back_takes_the_index_along(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    index.sync()
    story.chain.node.call("anvil_rollback", 1)
    synced = index.sync()
    assert (synced.rewound, synced.lagging) == (1, False)
    assert index.books().productions[1].funded == 20_000 * DOLLAR


class Behind(Node):
    """A node that lags: it knows later blocks by hash only."""

    head = 0

    def block(self, block: int | str = "latest") -> Any:
        return super().block(self.head if block == "latest" else block)


def test_a_node_that_lags_is_no_reorg(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index(node=(node := Behind(story.chain.url)))
    head = node.head = story.chain.node.block().number
    index.sync()
    node.head = head - 3
    before = rows(index)
    synced = index.sync()
    assert (synced.lagging, synced.rewound, synced.events) == (True, 0, 0)
    assert rows(index) == before
    node.close()


def test_a_reorg_deeper_than_finality_is_a_fault(story: Story, open_index: Callable[..., Index]) -> None:
    index = open_index(finality_depth=3)
    for _ in range(5):
        story.fund(1, 5 * DOLLAR)
    index.sync()
    story.chain.reorg(3)
    assert index.sync().rewound == 3
    before = rows(index)
    story.chain.reorg(4)
    with pytest.raises(IndexFault, match=r"over 3 blocks deep.* delete the index"):
        index.sync()
    assert rows(index) == before


def test_blocks_without_events_are_kept_only_while_they_may_change(
    story: Story, open_index: Callable[..., Index]
) -> None:
    index = open_index(finality_depth=5)
    index.sync()
    story.chain.mine(20)
    index.sync()
    head = story.chain.node.block().number
    last_event = index.rows("SELECT max(block_number) FROM event")[0][0]
    kept = [row[0] for row in index.rows("SELECT number FROM block ORDER BY number")]
    assert [number for number in kept if number > last_event] == list(range(head - 5, head + 1))


def test_another_chain_or_deployment_is_refused(story: Story, tmp_path: Path) -> None:
    path, deployment = tmp_path / "index.db", story.deployment
    with Index(path, deployment, story.chain.node) as index:
        index.sync()
    with pytest.raises(WrongChain, match="indexes chain 31337, not 5"):
        Index(path, replace(deployment, chain_id=5))
    with pytest.raises(IndexFault, match="another deployment"):
        Index(path, replace(deployment, block=deployment.block + 1))
    (tmp_path / "other.db").write_text("no database at all, " * 100)
    with pytest.raises(IndexFault, match="not an index"):
        Index(tmp_path / "other.db", deployment)
    with (
        Index(tmp_path / "new.db", replace(deployment, chain_id=5), story.chain.node) as index,
        pytest.raises(WrongChain),
    ):
        index.sync()
    with Index(path, deployment) as index, pytest.raises(ValueError, match="without a node"):
        index.sync()


class Picky(Node):
    """A provider that answers at most so many logs, in one of the ways they say so."""

    most = 10
    error: Exception = RpcError(-32602, "query exceeds max results 10")

    def batch(self, calls: Any) -> list[Any]:
        answers = super().batch(calls)
        if any(
            call.method == "eth_getLogs" and len(a) > self.most
            for call, a in zip(calls, answers, strict=True)
        ):
            if isinstance(self.error, RpcError):
                return [self.error] * len(calls)
            raise self.error
        return answers


@pytest.mark.parametrize(
    "error",
    [
        RpcError(-32602, "Log response size exceeded"),
        RpcError(-32000, "query returned more than 10 results"),
        NodeUnreachable("The node limits the rate: query returned more than 10 results."),
    ],
    ids=["size", "results", "called a rate limit"],
)
def test_ranges_shrink_until_the_provider_answers(
    story: Story, open_index: Callable[..., Index], error: Exception
) -> None:
    plain, picky = open_index("plain.db"), open_index(node=(node := Picky(story.chain.url)))
    plain.sync()
    node.error, node.most = error, 40  # the fullest block of the deployment has fewer
    picky.sync()
    assert rows(picky) == rows(plain)
    node.most = 0
    with pytest.raises(type(error)):
        open_index("stuck.db", node=node).sync()
    node.close()


def test_an_unknown_event_of_ours_is_a_fault_and_stores_nothing(
    story: Story, open_index: Callable[..., Index]
) -> None:
    index = open_index()
    index.sync()
    before = rows(index)
    # PUSH1 0, PUSH1 0, LOG0
    story.chain.install(story.deployment.contracts["Payees"], bytes.fromhex("60006000a000"))
    payees = story.deployment.contracts["Payees"]
    story.mined({"from": story.studio.address, "to": payees, "gas": "0x186a0"})
    with pytest.raises(IndexFault, match="Payees emitted an unknown event"):
        index.sync()
    assert rows(index) == before


def test_foreign_contracts_with_our_events_do_not_count(
    story: Story, open_index: Callable[..., Index]
) -> None:
    topic = next(t for t, name in interface("Payroll").topics().items() if name == "ArrearsBegan")
    # Emits ArrearsBegan(1) from an address that isn't ours.
    code = b"\x60\x01\x7f" + topic + bytes.fromhex("60006000a200")
    foreign = "0x" + "99" * 20
    story.chain.install(foreign, code)
    index = open_index()
    index.sync()
    story.mined({"from": story.studio.address, "to": foreign, "gas": "0x186a0"})
    assert index.sync().events == 0
    assert not index.books().productions[1].in_arrears


class Shifty(Node):
    """A chain that is reorganised between the logs and the headers, `times` times."""

    times = 0
    shift: Callable[[], None]

    def batch(self, calls: Any) -> list[Any]:
        answers = super().batch(calls)
        if self.times and calls[0].method == "eth_getLogs":
            self.times -= 1
            self.shift()
        return answers


def test_a_reorg_during_a_sync_is_noticed(story: Story, open_index: Callable[..., Index]) -> None:
    story.fund(1, 5 * DOLLAR)
    index = open_index(node=(node := Shifty(story.chain.url)))
    node.times, node.shift = 2, lambda: story.chain.reorg(1)
    index.sync()
    fresh = open_index("fresh.db")
    fresh.sync()
    assert rows(index) == rows(fresh)
    node.times = 100
    story.fund(1, 5 * DOLLAR)
    with pytest.raises(NodeUnreachable, match="contradict each other"):
        index.sync()
    node.close()


def test_two_processes_may_follow_the_same_index(story: Story, open_index: Callable[..., Index]) -> None:
    one, other = open_index(), open_index()
    story.fund(1, 5 * DOLLAR)
    one.sync(lambda block, head: None)
    assert other.sync().events == 0
    expect, raced = one._store.expect, []

    def race(cursor: Any) -> None:
        if not raced:
            raced.append(True)
            one._store.db.execute("ROLLBACK")
            other.sync()
            one._store.db.execute("BEGIN IMMEDIATE")
        expect(cursor)

    one._store.expect = race  # type: ignore[method-assign]
    story.fund(1, 6 * DOLLAR)
    assert one.sync().events == 0
    assert one.books().productions[1].funded == 20_011 * DOLLAR
    assert rows(one) == rows(other)
