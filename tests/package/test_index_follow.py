"""Following: from nothing, resumed, killed, by two at once, and refusing what can't be right."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from indexing import Open, behind, by_column, check_counts, dump, in_sqlite
from test_index_books import compare
from test_index_story import DOLLAR, Story

from trust.chain.abi import interface
from trust.chain.node import Node
from trust.errors import IndexFault, WrongChain
from trust.index import Index, fold
from trust.index.codec import encoded
from trust.index.tables import event_tables


def test_a_sync_is_complete_and_repeating_it_changes_nothing(story: Story, open_index: Open) -> None:
    index = open_index()
    heard: list[Any] = []
    first = index.sync(lambda *place: heard.append(place))
    head = story.chain.node.block().number
    assert (first.from_block, first.to_block, first.rewound) == (story.deployment.block - 1, head, 0)
    assert (first.incidents, first.lagging) == ((), False)
    # In one piece, or two where the deployment's blocks used more gas than is read at once.
    assert heard == sorted(set(heard))
    assert heard[-1] == (head, head)
    assert first.events == index.status().events == len(list(index.events())) > 50
    before = dump(index)
    again = index.sync()
    assert (again.from_block, again.to_block, again.events) == (head + 1, head, 0)
    assert dump(index) == before
    check_counts(index)
    compare(fold(index.events(), index.clock), story)


def test_every_log_of_our_addresses_is_there(story: Story, open_index: Open) -> None:
    index = open_index()
    index.sync()
    wanted = {"fromBlock": "0x0", "address": list(story.deployment.contracts.values())}
    logs = story.chain.node.call("eth_getLogs", wanted)
    place = ("block_number", "log_index", "block_hash", "tx_hash", "tx_index")
    stored = [
        (*(row[name] for name in place), *encoded(table, row["contract"], table.args(row)))
        for table in event_tables()
        for row in index.rows(f"SELECT * FROM {table.name}")
    ]
    assert sorted(stored) == [
        (
            int(log["blockNumber"], 16),
            int(log["logIndex"], 16),
            bytes.fromhex(log["blockHash"][2:]),
            bytes.fromhex(log["transactionHash"][2:]),
            int(log["transactionIndex"], 16),
            tuple(bytes.fromhex(topic[2:]) for topic in log["topics"]),
            bytes.fromhex(log["data"][2:]),
        )
        for log in logs
    ]


@in_sqlite
def test_every_transfer_of_payroll_is_there(story: Story, open_index: Open) -> None:
    payroll = story.deployment.contracts["Payroll"]
    story.fund(1, 5 * DOLLAR)
    story.send(story.studio, "Payroll", "takeBack", 1, 3 * DOLLAR, story.studio.address)
    story.send(story.studio, "TestDollar", "transfer", payroll, 7)  # by nobody's rule
    story.send(story.studio, "TestDollar", "transfer", story.agent.address, 9)  # not Payroll's
    index = open_index()
    index.sync()
    columns = "sender, recipient, amount"
    rows = index.rows(f"SELECT {columns} FROM transfer ORDER BY block_number, log_index")
    studio = story.studio.address
    assert [tuple(dict(row).values()) for row in rows] == [
        (studio, payroll, 20_000 * DOLLAR),
        (studio, payroll, 5 * DOLLAR),
        (payroll, studio, 3 * DOLLAR),
        (studio, payroll, 7),
    ]


@in_sqlite
def test_block_by_block_gives_the_same_rows_as_at_once(
    story: Story, open_index: Open, fresh: Callable[[], Index]
) -> None:
    with behind(story) as (provider, node):
        provider.limit_blocks(1)
        slow = open_index(node=node)
        heard: list[int] = []
        slow.sync(lambda block, head: heard.append(block))
        held = {row["block_number"] for row in slow.rows("SELECT block_number FROM event")}
    # Blocks whose blooms have nothing of ours are read with the one behind them: nobody is asked for their logs.
    assert held <= set(heard)
    assert heard == sorted(set(heard))
    assert dump(slow) == dump(fresh())
    check_counts(slow)


@in_sqlite
def test_a_chain_that_grows_is_verified_to_the_same_rows(
    story: Story, open_index: Open, opened: Open, tmp_path: Path
) -> None:
    head = story.chain.node.block().number
    at_once = opened(tmp_path / "once.db")
    assert at_once.sync(verify=True).proven == head
    with behind(story) as (provider, node):
        index = open_index(node=node)
        for stop in (*range(story.deployment.block, head, 5), head):
            provider.stand_at(stop)
            assert index.sync(verify=True).proven == stop
    assert dump(index) == dump(at_once)


@pytest.mark.parametrize("at", [1, 4, 6])
def test_a_sync_killed_inside_a_transaction_goes_on_where_it_was(
    at: int, story: Story, where: Path | str, open_index: Open, fresh: Callable[[], Index]
) -> None:
    with behind(story) as (provider, node):
        provider.limit_blocks(4)
        child = os.fork()
        if child == 0:  # never returns: what a killed process leaves must be enough
            try:
                index = Index(where, story.deployment, Node(provider.url))
                append, chunks = index._store.append, itertools.count(1)

                def dies(*arguments: Any) -> Any:
                    done = append(*arguments)
                    if next(chunks) == at:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return done

                index._store.append = dies  # type: ignore[method-assign]
                index.sync()
            finally:
                os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        resumed = open_index(node=node)
        committed = story.deployment.block - 2 + 4 * (at - 1)
        assert resumed.status().block == (committed if at > 1 else None)
        check_counts(resumed)
        assert resumed.sync().from_block == (committed + 1 if at > 1 else story.deployment.block - 1)
    assert dump(resumed) == dump(fresh())


def test_a_failed_chunk_leaves_nothing(open_index: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    index = open_index()
    write = index._store.append

    def dies(*arguments: Any) -> None:
        write(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(index._store, "append", dies)
    with pytest.raises(KeyboardInterrupt):
        index.sync()
    assert index.status().block is None
    assert dump(index) == {"cursor": [], "block": []}
    monkeypatch.undo()
    index.sync()
    check_counts(index)


def test_two_processes_may_follow_the_same_index(story: Story, where: Path | str, open_index: Open) -> None:
    other = open_index()
    story.fund(1, 5 * DOLLAR)
    raced: list[int] = []
    with behind(story) as (provider, node):
        one = open_index(node=node)
        one.sync()
        assert other.sync().events == 0
        story.fund(1, 6 * DOLLAR)

        def race(request: dict[str, Any], result: Any) -> Any:
            if request["method"] == "eth_getLogs" and not raced:
                with Node(story.chain.url) as direct, Index(where, story.deployment, direct) as another:
                    raced.append(another.sync().events)
            return result

        provider.lie = race
        assert one.sync().events == 0
    assert raced == [1]
    assert one.books().productions[1].funded == 20_011 * DOLLAR
    assert dump(one) == dump(other)
    check_counts(one)


@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_what_another_process_did_meanwhile_is_seen(blocks: int, story: Story, open_index: Open) -> None:
    one, other = open_index(), open_index()
    for act in (other.sync, other.rebuild):
        one.sync()
        for amount in range(blocks):
            story.fund(1, (5 + amount) * DOLLAR)
        act()
        done = one.sync()
        assert done.to_block == story.chain.node.block().number
        assert done.events == (0 if act == other.sync else one.status().events)
        assert dump(one) == dump(other)
        check_counts(one)


def test_readers_see_one_state_while_another_writes(story: Story, open_index: Open) -> None:
    writer, reader = open_index(), open_index()
    writer.sync()
    story.fund(1, 5 * DOLLAR)
    with reader.reading():
        before = reader.status()
        writer.sync()
        assert reader.status() == before
        assert sum(1 for _ in reader.events()) == before.events
    assert reader.status().events == before.events + 1


def test_another_chain_or_deployment_is_refused(story: Story, open_index: Open, opened: Open) -> None:
    deployment = story.deployment
    open_index().sync()
    with pytest.raises(WrongChain, match="indexes chain 31337, not 5"):
        open_index(deployment=replace(deployment, chain_id=5))
    with pytest.raises(IndexFault, match="another deployment"):
        open_index(deployment=replace(deployment, block=deployment.block + 1))
    with pytest.raises(ValueError, match="without a node"):
        open_index(node=None).sync()


@in_sqlite
def test_a_node_of_another_chain_is_refused(story: Story, open_index: Open) -> None:
    index = open_index(deployment=replace(story.deployment, chain_id=5))
    with pytest.raises(WrongChain, match="serves chain 31337, not 5"):
        index.sync()
    assert index.status().block is None


def test_a_file_that_is_no_index_is_refused(story: Story, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("no database at all, " * 100)
    with pytest.raises(IndexFault, match="not an index"):
        opened(tmp_path / "other.db")


def test_a_node_before_the_deployment_is_not_followed(story: Story, opened: Open, tmp_path: Path) -> None:
    index = opened(tmp_path / "index.db", deployment=replace(story.deployment, block=10_000))
    with pytest.raises(IndexFault, match="before the deployment at 10000"):
        index.sync()


@pytest.mark.parametrize("verify", [False, True], ids=["fast", "verified"])
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("60006000a000", "Payees emitted an event without a topic"),  # PUSH1 0, PUSH1 0, LOG0
        ("600160006000a100", "Payees emitted an unknown event"),  # LOG1 with topic 1
    ],
    ids=["no topic", "another topic"],
)
def test_an_unknown_event_of_ours_is_a_fault_and_stores_nothing(
    code: str, told: str, verify: bool, story: Story, opened: Open, tmp_path: Path
) -> None:
    index = opened(tmp_path / "index.db")
    index.sync(verify=verify)
    before = dump(index)
    payees = story.deployment.contracts["Payees"]
    story.chain.install(payees, bytes.fromhex(code))
    story.mined({"from": story.studio.address, "to": payees, "gas": "0x186a0"})
    with pytest.raises(IndexFault, match=told):
        index.sync(verify=verify)
    assert dump(index) == before


@in_sqlite
def test_foreign_contracts_with_our_events_do_not_count(story: Story, open_index: Open) -> None:
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


def test_blocks_without_events_are_kept_only_while_they_may_change(story: Story, open_index: Open) -> None:
    index = open_index(finality_depth=5)
    index.sync()
    story.chain.mine(20)
    index.sync()
    head = story.chain.node.block().number
    (last_event,) = by_column(index, "SELECT max(block_number) FROM event")
    kept = by_column(index, "SELECT number FROM block ORDER BY number")
    assert [number for number in kept if number > last_event] == list(range(head - 5, head + 1))
