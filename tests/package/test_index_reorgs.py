"""Reorganisations: rewound to the fork whatever their shape, and not past the finality depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from indexing import Open, behind, by_column, check_counts, dump, in_sqlite
from test_index_books import compare
from test_index_story import DOLLAR, Story

from trust.errors import IndexFault, NodeUnreachable
from trust.index import Index

Fresh = Callable[[], Index]


def check_equals_a_fresh_one(index: Index, fresh: Fresh, story: Story) -> None:
    assert dump(index) == dump(fresh())
    check_counts(index)
    compare(index.books(), story)


def test_a_reorg_is_rewound_and_the_books_follow(story: Story, open_index: Open, fresh: Fresh) -> None:
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
    check_equals_a_fresh_one(index, fresh, story)


@in_sqlite
def test_a_reorg_to_the_same_height_is_seen(story: Story, open_index: Open, fresh: Fresh) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    index.sync()
    head = story.chain.node.block()
    story.chain.reorg(1)
    assert story.chain.node.block().number == head.number
    assert story.chain.node.block().hash != head.hash
    synced = index.sync()
    assert (synced.rewound, synced.lagging, synced.from_block) == (1, False, head.number)
    assert index.books().productions[1].funded == 20_000 * DOLLAR
    check_equals_a_fresh_one(index, fresh, story)


@in_sqlite
def test_a_reorg_to_a_shorter_chain_is_seen(story: Story, open_index: Open, fresh: Fresh) -> None:
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
    check_equals_a_fresh_one(index, fresh, story)


@in_sqlite
def test_a_reorg_to_a_longer_chain_is_seen(story: Story, open_index: Open, fresh: Fresh) -> None:
    index = open_index()
    for _ in range(3):
        story.fund(1, 5 * DOLLAR)
    index.sync()
    head = story.chain.node.block().number
    story.chain.node.call("anvil_rollback", 3)
    for _ in range(5):
        story.fund(1, 2 * DOLLAR)
    synced = index.sync()
    assert (synced.rewound, synced.from_block, synced.to_block) == (3, head - 2, head + 2)
    assert index.books().productions[1].funded == 20_010 * DOLLAR
    check_equals_a_fresh_one(index, fresh, story)


def test_a_chain_that_went_back_takes_the_index_along(story: Story, open_index: Open, fresh: Fresh) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    index.sync()
    story.chain.node.call("anvil_rollback", 1)
    synced = index.sync()
    assert (synced.rewound, synced.lagging) == (1, False)
    assert index.books().productions[1].funded == 20_000 * DOLLAR
    check_equals_a_fresh_one(index, fresh, story)


@in_sqlite
def test_events_that_move_to_other_blocks_are_moved(story: Story, open_index: Open, fresh: Fresh) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    story.fund(1, 6 * DOLLAR)
    index.sync()
    story.chain.node.call("anvil_rollback", 2)
    story.fund(1, 6 * DOLLAR)
    story.fund(1, 5 * DOLLAR)
    assert index.sync().rewound == 2
    amounts = by_column(index, "SELECT amount FROM event_funded ORDER BY block_number")
    assert amounts[-2:] == [6 * DOLLAR, 5 * DOLLAR]
    check_equals_a_fresh_one(index, fresh, story)


@in_sqlite
def test_a_node_that_lags_is_no_reorg(story: Story, open_index: Open) -> None:
    with behind(story) as (provider, node):
        index = open_index(node=node)
        index.sync()
        before = dump(index)
        provider.stand_at(story.chain.node.block().number - 3)
        synced = index.sync()
        assert (synced.lagging, synced.rewound, synced.events) == (True, 0, 0)
        assert dump(index) == before
        provider.lie = lambda request, result: result
        story.fund(1, 5 * DOLLAR)
        assert index.sync().events == 1


@in_sqlite
def test_a_node_that_lags_beyond_what_is_kept_is_no_reorg(story: Story, open_index: Open) -> None:
    with behind(story) as (provider, node):
        index = open_index(node=node, finality_depth=3)
        story.chain.mine(20)
        index.sync()
        before = dump(index)
        provider.stand_at(story.chain.node.block().number - 10)
        assert index.sync().lagging
        assert dump(index) == before


def test_a_reorg_deeper_than_finality_is_a_fault_until_a_rebuild(
    story: Story, open_index: Open, fresh: Fresh
) -> None:
    index = open_index(finality_depth=3)
    for _ in range(5):
        story.fund(1, 5 * DOLLAR)
    index.sync()
    story.chain.reorg(3)
    assert index.sync().rewound == 3
    before, books = dump(index), repr(index.books())
    story.chain.reorg(4)
    for _ in range(2):
        with pytest.raises(IndexFault, match=r"over 3 blocks deep.*`trust index rebuild`"):
            index.sync()
    assert (dump(index), repr(index.books())) == (before, books)
    index.rebuild()
    check_counts(index)
    assert index.status().block is None
    index.sync()
    assert index.digest() == fresh().digest()
    compare(index.books(), story)


@in_sqlite
@pytest.mark.parametrize("verify", [False, True], ids=["fast", "verified"])
def test_a_reorg_during_a_sync_is_noticed(
    verify: bool, story: Story, open_index: Open, opened: Open, tmp_path: Any
) -> None:
    story.fund(1, 5 * DOLLAR)
    times = 3
    with behind(story) as (provider, node):

        def shift(request: dict[str, Any], result: Any) -> Any:
            nonlocal times
            block = request["params"][0] if request["method"] == "eth_getBlockByNumber" else None
            if times and block in (hex(head), "latest"):
                times -= 1
                story.chain.node.call("anvil_rollback", 1)
                story.fund(1, (6 + times) * DOLLAR)
            return result

        head = story.chain.node.block().number
        provider.lie = shift
        index = open_index(node=node)
        index.sync(verify=verify)
        assert times == 0
        whole = opened(tmp_path / "whole.db")
        whole.sync(verify=verify)
        assert dump(index) == dump(whole)
        assert index.books().productions[1].funded == 20_006 * DOLLAR
        times = 100
        story.fund(1, 5 * DOLLAR)
        head += 1
        with pytest.raises(NodeUnreachable, match="contradict each other"):
            index.sync(verify=verify)


def test_reorgs_and_growth_at_random_end_as_a_fresh_index(
    story: Story, open_index: Open, fresh: Fresh
) -> None:
    """Depths 1 to 9, every way back: the same rows as of a chain that never moved."""
    index = open_index()
    index.sync()
    for round_ in range(12):
        depth = 1 + round_ * 5 % 9
        for amount in range(depth):
            story.fund(1 + amount % 2, (1 + amount) * DOLLAR + round_)
        verify = round_ % 3 == 0
        index.sync(verify=verify)
        if round_ % 2:
            story.chain.reorg(depth)
        else:
            story.chain.node.call("anvil_rollback", depth)
            story.fund(1, 11 * DOLLAR + round_)
        index.sync()
        check_counts(index)
    index.sync(verify=True)
    assert index.digest() == fresh().digest()
    whole = fresh()
    whole.sync(verify=True)
    assert dump(index) == dump(whole)
