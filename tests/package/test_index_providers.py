"""Providers' limits and faults: ranges shrink to what they allow, and the next node is asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from indexing import Open, behind, by_column, dump
from test_index_story import DOLLAR, Story

from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import IndexFault, NodeUnreachable
from trust.index import Index
from trust.index.pipeline import _HELD, Span, _Ahead
from trust.index.reader import Chunk
from trust.index.sources import too_much

Fresh = Callable[[], Index]
# As providers word them; the last numbers are the blocks that may be asked next, of 200 that were.
WORDINGS = [
    (
        -32602,
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
        100,
    ),
    (-32000, "query returned more than 10000 results", 100),
    (-32005, "query returned more than 10000 results. Try with this block range [0x1, 0x9].", 100),
    (-32600, "eth_getLogs is limited to a 10 blocks range", 10),
    (-32000, "block range is too wide (maximum 128)", 128),
    (-32614, "eth_getLogs is limited to a 10,000 range", 100),
    (-32000, "exceed maximum block range: 50 blocks", 50),
    (-32001, "request timed out", 100),
    (-32603, "too many logs", 100),
]


@pytest.mark.parametrize(("code", "message", "next_blocks"), WORDINGS)
def test_a_refusal_is_understood_however_it_is_worded(code: int, message: str, next_blocks: int) -> None:
    assert too_much(RpcError(code, message))
    span = Span()
    span.refused(200, message)
    assert span.blocks == next_blocks


@pytest.mark.parametrize("message", ["method not found", "header not found", "execution aborted", ""])
def test_other_errors_are_no_reason_to_ask_for_less(message: str) -> None:
    assert not too_much(RpcError(-32601, message))
    assert not too_much(NodeUnreachable(f"The node gave no answer ({message})."))


def test_a_span_always_shrinks_when_refused_and_never_below_one_block() -> None:
    span = Span()
    for asked in (200, 7, 2, 1):
        span.refused(asked, "limited to a 9,000,000 blocks range, 0 blocks")
        assert 1 <= span.blocks <= max(1, asked // 2)


def chunk(blocks: int, rows: int) -> Chunk:
    fields = {
        "first": 1,
        "last": blocks,
        "headers": (None,) * blocks,
        "rows": (),
        "held": {1: rows},
        "proven": False,
    }
    return Chunk(**fields)  # type: ignore[arg-type]


def test_a_span_grows_over_empty_blocks_and_shrinks_with_full_ones() -> None:
    span, begun = Span(), Span().blocks
    for _ in range(20):
        span.learn(chunk(span.blocks, 0))
    assert span.blocks > 2 * begun
    for rows_a_block in (100, 1_000, 10_000_000):
        before = span.blocks
        span.learn(chunk(before, before * rows_a_block))
        assert 1 <= span.blocks < before or before == 1
        assert span.blocks * rows_a_block < 10_000 or span.blocks == 1


def test_a_span_grows_but_slowly_past_what_was_refused() -> None:
    span = Span()
    span.refused(span.blocks, "response size")
    grown = [span.blocks]
    for _ in range(9):
        span.learn(chunk(span.blocks, 0))
        grown.append(span.blocks)
    assert all(later > earlier for earlier, later in pairwise(grown))
    assert all(later <= 2 * earlier for earlier, later in pairwise(grown))
    later_steps = [later / earlier for earlier, later in pairwise(grown) if earlier > Span().blocks]
    assert later_steps
    assert max(later_steps) < 1.25


@pytest.mark.parametrize(
    "error",
    [
        {"code": -32602, "message": "Log response size exceeded"},
        {"code": -32000, "message": "query returned more than 10 results"},
        {"code": -32005, "message": "query returned more than 10 results"},
    ],
    ids=["size", "results", "called a rate limit"],
)
def test_ranges_shrink_until_the_provider_answers(
    story: Story, opened: Open, tmp_path: Path, fresh: Fresh, error: dict[str, Any]
) -> None:
    with behind(story) as (provider, node):
        most = 40  # the fullest block of the deployment has fewer

        def refuse(request: dict[str, Any], result: Any) -> dict[str, Any] | None:
            return error if request["method"] == "eth_getLogs" and len(result) > most else None

        provider.refuse = refuse
        picky = opened(tmp_path / "picky.db", node=node)
        picky.sync()
        assert dump(picky) == dump(fresh())
        most = 0
        stuck = opened(tmp_path / "stuck.db", node=node)
        with pytest.raises((RpcError, NodeUnreachable), match=str(error["message"])):
            stuck.sync()
        (begun,) = by_column(picky, "SELECT min(block_number) FROM event")
        assert (stuck.status().block or 0) < begun
        assert stuck.status().events == 0


@pytest.mark.parametrize("blocks", [1, 7])
def test_a_long_range_is_read_ahead_in_order_whatever_the_limit(
    story: Story, opened: Open, tmp_path: Path, fresh: Fresh, blocks: int
) -> None:
    story.chain.mine(60 * blocks + 200)
    story.fund(1, 5 * DOLLAR)
    with behind(story) as (provider, node):
        provider.limit_blocks(20 * blocks)
        index = opened(tmp_path / "limited.db", node=node)
        heard: list[int] = []
        index.sync(lambda block, head: heard.append(block))
    assert heard == sorted(set(heard))
    assert len(heard) > 3
    assert dump(index) == dump(fresh())


def test_an_error_in_a_long_range_keeps_what_was_committed(
    story: Story, opened: Open, tmp_path: Path, fresh: Fresh
) -> None:
    story.chain.mine(400)
    story.fund(1, 5 * DOLLAR)
    with behind(story) as (provider, node):
        head = story.chain.node.block().number

        def refuse(request: dict[str, Any], result: Any) -> dict[str, Any] | None:
            asked = request["params"][0] if request["method"] == "eth_getLogs" else {}
            lost = "toBlock" in asked and int(asked["toBlock"], 16) == head
            return {"code": -32603, "message": "internal error"} if lost else None

        provider.refuse = refuse
        index = opened(tmp_path / "index.db", node=node)
        with pytest.raises(RpcError, match="internal error"):
            index.sync()
        committed = index.status().block
        assert committed is not None
        assert 100 < committed < head
        provider.refuse = lambda request, result: None
        assert index.sync().from_block == committed + 1
    assert dump(index) == dump(fresh())


def test_another_node_is_asked_when_the_first_is_silent_or_untrue(
    story: Story, opened: Open, tmp_path: Path, fresh: Fresh
) -> None:
    with behind(story) as (provider, node):

        def lie(request: dict[str, Any], result: Any) -> Any:
            return result[1:] + result[:1] if request["method"] == "eth_getLogs" else result

        provider.lie = lie
        alone = opened(tmp_path / "alone.db", node=node)
        with pytest.raises(IndexFault, match="out of their order"):
            alone.sync()
        assert alone.status().block is None
        index = opened(tmp_path / "index.db", node=[node, story.chain.node])
        synced = index.sync()
        assert [incident for incident in synced.incidents if "out of their order" in incident]
        assert node.shown in synced.incidents[0]
        provider.lie = lambda request, result: result
        story.fund(1, 5 * DOLLAR)
        provider.refuse = lambda request, result: (
            {"code": -32005, "message": "rate limit"} if request["method"] == "eth_getLogs" else None
        )
        assert index.sync().events == 1
    assert dump(index) == dump(fresh())


def test_a_first_node_that_is_gone_is_passed_over(
    story: Story, opened: Open, tmp_path: Path, fresh: Fresh
) -> None:
    with Node("http://127.0.0.1:9", retries=0) as gone:
        index = opened(tmp_path / "index.db", node=[gone, story.chain.node])
        synced = index.sync()
    assert [incident for incident in synced.incidents if "http://127.0.0.1:9" in incident]
    assert dump(index) == dump(fresh())


@pytest.mark.parametrize("gas", [1, 2_000_000])
def test_headers_of_a_range_that_was_cut_are_asked_for_once(
    story: Story, opened: Open, tmp_path: Path, fresh: Fresh, monkeypatch: pytest.MonkeyPatch, gas: int
) -> None:
    for _ in range(12):
        story.chain.mine(20)
        story.fund(1, 5 * DOLLAR)
    monkeypatch.setattr("trust.index.sources._MOST_GAS", gas)
    monkeypatch.setattr("trust.index.pipeline._WANTED", 200)
    asked: list[str] = []
    with behind(story) as (provider, node):

        def hear(request: dict[str, Any], result: Any) -> None:
            if request["method"] == "eth_getBlockByNumber" and request["params"][0] != "latest":
                asked.append(request["params"][0])

        provider.refuse = hear
        index = opened(tmp_path / "index.db", node=node)
        index.sync()
    assert len(asked) > 250
    assert len(set(asked)) == len(asked)
    assert dump(index) == dump(fresh())


def test_reading_goes_on_behind_a_range_that_is_late() -> None:
    """Ranges are handed out in order; behind one that is slow, others are read until enough are held.

    That goes on while whoever takes them is busy, and not once he leaves.
    """
    asked: list[tuple[Any, Future[Chunk]]] = []

    def ask(wanted: Any, least: int) -> Future[Chunk]:
        asked.append((wanted, Future()))
        return asked[-1][1]

    def answer(*, from_block: int) -> bool:
        waiting = [one for one in asked if one[0].first >= from_block and not one[1].done()]
        for wanted, future in waiting:
            blocks = wanted.last - wanted.first + 1
            future.set_result(replace(chunk(blocks, 0), first=wanted.first, last=wanted.last))
        return bool(waiting)

    ahead = _Ahead(ask, 1, 10_000, 4)
    ahead.fill()
    assert len(asked) == 4
    while answer(from_block=2):
        continue
    assert len(asked) == _HELD
    taken = []
    while answer(from_block=1) or len(taken) < len(asked):
        taken.append(ahead.take())
    assert ahead.take() is None
    found = [(one.first, one.last) for one in taken if one]
    assert len(found) > 2 * _HELD
    assert (found[0][0], found[-1][1]) == (1, 10_000)
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(found))

    asked.clear()
    left = _Ahead(ask, 1, 10_000, 4)
    left.fill()
    left.cancel()
    assert [future.cancelled() for _, future in asked] == [True] * 4
