"""What is proven by receipts, and the digest that two auditors compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from indexing import Open, behind, by_column, check_counts, dump, in_sqlite
from test_index_story import DOLLAR, Story

from trust.chain.rpc import RpcError
from trust.errors import IndexFault
from trust.index import Index
from trust.proof import Header

Fresh = Callable[[], Index]


def head(story: Story) -> int:
    return story.chain.node.block().number


def proven_blocks(index: Index) -> set[int]:
    return set(by_column(index, "SELECT number FROM block WHERE proven = 1"))


def all_blocks(index: Index) -> set[int]:
    return set(by_column(index, "SELECT number FROM block"))


@in_sqlite
def test_a_fast_index_says_that_nothing_is_proven(story: Story, open_index: Open) -> None:
    index = open_index()
    assert index.sync().proven < story.deployment.block
    assert index.status().proven is None
    assert not proven_blocks(index)


def test_verified_fast_and_verified_again(
    story: Story, open_index: Open, opened: Open, tmp_path: Path
) -> None:
    index = open_index()
    first = head(story)
    assert index.sync(verify=True).proven == index.status().proven == first
    assert proven_blocks(index) == all_blocks(index)
    story.fund(1, 5 * DOLLAR)
    story.fund(1, 6 * DOLLAR)
    assert index.sync().proven == index.status().proven == first
    assert all_blocks(index) - proven_blocks(index) == {first + 1, first + 2}
    check_counts(index)
    again = index.sync(verify=True)
    assert (again.from_block, again.to_block, again.events) == (first + 1, first + 2, 2)
    assert again.proven == index.status().proven == first + 2
    assert proven_blocks(index) == all_blocks(index)
    check_counts(index)
    whole = opened(tmp_path / "whole.db")
    whole.sync(verify=True)
    assert dump(index) == dump(whole)


@in_sqlite
def test_fast_verified_fast_and_verified(
    story: Story, open_index: Open, opened: Open, tmp_path: Path
) -> None:
    index = open_index()
    index.sync()
    before = index.digest()
    assert index.sync(verify=True).proven == head(story)
    assert index.digest() == before
    assert proven_blocks(index) == all_blocks(index)
    for verify in (False, True):
        story.fund(1, 5 * DOLLAR)
        index.sync(verify=verify)
        assert (index.status().proven == head(story)) == verify
    whole = opened(tmp_path / "whole.db")
    whole.sync(verify=True)
    assert dump(index) == dump(whole)
    assert index.sync(verify=True).events == 0


@in_sqlite
def test_a_reorg_takes_back_what_was_proven(story: Story, open_index: Open) -> None:
    index = open_index()
    story.fund(1, 5 * DOLLAR)
    story.fund(1, 5 * DOLLAR)
    index.sync(verify=True)
    fork = head(story) - 2
    story.chain.reorg(2)
    assert index.sync().proven == index.status().proven == fork
    assert max(proven_blocks(index)) == fork
    story.chain.reorg(1)
    assert index.sync(verify=True).proven == head(story)
    check_counts(index)


@in_sqlite
def test_stored_headers_are_the_chains_and_link(story: Story, open_index: Open) -> None:
    index = open_index()
    index.sync()
    earlier = None
    for row in index.rows(
        "SELECT number, hash, parent, timestamp, receipts_root, header FROM block ORDER BY 1"
    ):
        header = Header.decode(bytes(row["header"]))
        assert tuple(dict(row).values())[:5] == (
            header.number,
            header.hash,
            header.parent,
            header.timestamp,
            header.receipts_root,
        )
        assert "0x" + header.hash.hex() == story.chain.node.block(header.number).hash
        if earlier is not None and earlier.number == header.number - 1:
            assert header.parent == earlier.hash
        earlier = header


LIES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "a receipt left out": lambda receipts: receipts[:-1],
    "no receipts": lambda receipts: [],
    "a log left out": lambda receipts: [receipts[0] | {"logs": receipts[0]["logs"][1:]}, *receipts[1:]],
    "another amount": lambda receipts: [
        receipts[0] | {"logs": [log | {"data": log["data"][:-1] + "7"} for log in receipts[0]["logs"]]}
    ],
    "of somebody else": lambda receipts: [
        receipts[0] | {"logs": [log | {"address": "zz" + log["address"][2:]} for log in receipts[0]["logs"]]}
    ],
    "in other letters": lambda receipts: [
        receipts[0]
        | {"logs": [log | {"topics": [t.upper() for t in log["topics"]]} for log in receipts[0]["logs"]]}
    ],
    "of another transaction": lambda receipts: [receipts[0] | {"transactionHash": "0x" + "77" * 32}],
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_receipts_that_the_header_denies_are_never_stored(
    story: Story, opened: Open, tmp_path: Path, lie: Callable[[list[dict[str, Any]]], Any]
) -> None:
    with behind(story) as (provider, node):
        index = opened(tmp_path / "index.db", node=node)
        index.sync(verify=True)
        story.fund(1, 5 * DOLLAR)
        before = dump(index)
        provider.lie = lambda request, result: (
            lie(result) if request["method"] == "eth_getBlockReceipts" else result
        )
        with pytest.raises(IndexFault, match=r"The node at .* gave receipts of block .* Use another node"):
            index.sync(verify=True)
        assert dump(index) == before
        honest = opened(tmp_path / "index.db", node=[node, story.chain.node])
        synced = honest.sync(verify=True)
        assert (synced.events, synced.proven) == (1, head(story))
        assert [incident for incident in synced.incidents if "gave receipts of block" in incident]


def test_a_node_without_receipts_can_still_be_read_fast(story: Story, opened: Open, tmp_path: Path) -> None:
    with behind(story) as (provider, node):
        provider.refuse = lambda request, result: (
            {"code": -32601, "message": "the method eth_getBlockReceipts does not exist"}
            if request["method"] == "eth_getBlockReceipts"
            else None
        )
        index = opened(tmp_path / "index.db", node=node)
        with pytest.raises(RpcError, match="eth_getBlockReceipts"):
            index.sync(verify=True)
        assert index.status().block is None
        index.sync()
        assert index.status().block == head(story)


def test_a_digest_is_of_the_chain_not_of_the_database(story: Story, open_index: Open, fresh: Fresh) -> None:
    index = open_index()
    empty = index.digest()
    index.sync()
    digest = index.digest()
    assert digest not in (empty, "")
    assert digest == fresh().digest() == open_index().digest()
    index.rebuild()
    assert index.digest() == empty
    index.sync(verify=True)
    assert index.digest() == digest
    story.chain.mine()
    index.sync()
    later = index.digest()  # nothing happened, but it is another block
    assert later != digest
    snapshot = story.chain.snapshot()
    story.fund(1, 5 * DOLLAR)
    index.sync()
    one = index.digest()
    story.chain.revert(snapshot)
    story.fund(1, 5 * DOLLAR + 1)
    index.sync()
    other = index.digest()
    assert len({empty, digest, later, one, other}) == 5
    assert other == fresh().digest()
