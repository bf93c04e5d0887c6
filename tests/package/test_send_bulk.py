"""Large answers, parsed straight into types: as exact about what is no answer as the rest of the node's client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from test_send_node import Reply, bad, good, impatient, secret_url, serving

from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError
from trust.errors import NodeUnreachable


class Thing(msgspec.Struct):
    name: str
    size: int = 0


def answers(*entries: object) -> Callable[[Any], Reply]:
    """A batch's answers, each with its call's id unless it brings one."""
    return lambda body: (
        200,
        [{"jsonrpc": "2.0", "id": n} | entry for n, entry in enumerate(entries) if isinstance(entry, dict)],
    )


def bulk(node: Node, count: int = 2) -> list[list[Any]]:
    return list(node.bulk([Call("eth_a", (n,)) for n in range(count)], Thing))


def test_bulk_answers_are_typed_in_order_with_errors_in_their_place() -> None:
    error = {"code": -32000, "message": "header not found"}
    replies = answers(
        {"id": 2, "result": {"name": "c", "unasked": [1]}}, {"id": 0, "result": {"name": "a", "size": 5}},
        {"id": 1, "error": error}, {"id": 3, "result": None},
    )  # fmt: skip
    with serving(replies) as server, impatient(f"http://{server.host}") as node:
        ((first, second, third, fourth),) = bulk(node, 4)
    assert (first, third, fourth) == (Thing("a", 5), Thing("c"), None)
    assert isinstance(second, RpcError)
    assert (second.code, second.reason) == (-32000, "header not found")


def test_bulk_goes_in_parts_and_a_part_is_asked_when_it_is_wanted() -> None:
    def named(body: list[dict[str, Any]]) -> Reply:
        return 200, [{"id": call["id"], "result": {"name": str(call["params"][0])}} for call in body]

    with serving(named) as server, impatient(f"http://{server.host}", batch_limit=4) as node:
        parts = node.bulk([Call("eth_a", (n,)) for n in range(10)], Thing)
        assert not server.bodies
        assert next(parts) == [Thing(str(n)) for n in range(4)]
        assert [len(body) for body in server.bodies] == [4]
        assert [len(part) for part in parts] == [4, 2]
        assert list(node.bulk([], Thing)) == []


GOOD: dict[str, Any] = {"result": {"name": "a"}}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answers(GOOD), "unanswered"),
        (answers(GOOD, GOOD | {"id": 0}), "unanswered"),
        (answers(GOOD, GOOD, GOOD | {"id": 1}), "unanswered"),
        (answers(GOOD, GOOD | {"id": 7}), "unanswered"),
        (answers(GOOD, GOOD | {"id": "1"}), "without a result"),
        (answers(GOOD, GOOD | {"id": None}), "without a result"),
        ((200, []), "unanswered"),
        ((200, [GOOD, GOOD]), "without a result"),
        ((200, ["a", "b"]), "without a result"),
        (answers(GOOD, {"result": {"name": 5}}), "without a result"),
        (answers(GOOD, {"result": {}}), "without a result"),
        (answers(GOOD, {"result": ["a"]}), "without a result"),
        (answers(GOOD, {"result": "a"}), "without a result"),
        ((200, {"jsonrpc": "2.0", "id": 0, "result": {"name": "a"}}), "does not answer batches"),
        ((200, b'[{"id": 0, "result": {"name": "a"}}, {"id": 1, "resu'), "without a result"),
        ((200, b"<html>"), "without a result"),
        ((200, b""), "without a result"),
        ((200, b"null"), "without a result"),
        ((200, b"5"), "without a result"),
    ],
)
def test_bulk_answers_of_another_form_are_no_answers(reply: Any, told: str) -> None:
    with serving(reply) as server, impatient(f"http://{server.host}", retries=0) as node:
        with pytest.raises(NodeUnreachable, match=told):
            bulk(node)
        assert len(server.bodies) == 1


def test_a_refusal_of_a_whole_bulk_is_told_as_the_server_words_it() -> None:
    with serving(bad(-32600, "batch too large")) as server, impatient(f"http://{server.host}") as node:
        with pytest.raises(RpcError, match="batch too large"):
            bulk(node)
        assert len(server.bodies) == 1


@pytest.mark.parametrize(
    "busy",
    [
        (429, b"", {"retry-after": "3"}),
        (503, b"[]"),
        bad(-32005, "slow down"),
        answers(GOOD, {"error": {"code": -32005, "message": "slow down"}}),
        answers(GOOD, {"error": {"code": 1, "message": "rate limit reached"}}),
        None,
    ],
    ids=["too many requests", "busy", "whole batch", "one of the batch", "by its words", "hangs up"],
)
def test_bulk_is_asked_again_when_the_rate_is_limited(busy: Any) -> None:
    waits: list[float] = []
    with serving(busy, answers(GOOD, GOOD)) as server, impatient(f"http://{server.host}", waits) as node:
        assert bulk(node) == [[Thing("a"), Thing("a")]]
        assert len(server.bodies) == 2
    assert waits == [3.0 if isinstance(busy, tuple) and busy[0] == 429 else 0.0]


def test_bulk_stops_asking_after_as_many_retries_as_were_given() -> None:
    limited = answers(GOOD, {"error": {"code": 429, "message": "too fast"}})
    with serving(limited) as server, impatient(f"http://{server.host}", retries=2) as node:
        with pytest.raises(NodeUnreachable, match="limits the rate: too fast"):
            bulk(node)
        assert len(server.bodies) == 3


def test_bulk_with_a_write_in_it_is_asked_once() -> None:
    with serving((503, b"")) as server, impatient(f"http://{server.host}") as node:
        with pytest.raises(NodeUnreachable):
            list(node.bulk([Call("eth_a"), Call("eth_sendRawTransaction", ("0x",))], Thing))
        assert len(server.bodies) == 1


def test_another_connection_has_the_same_settings_and_a_life_of_its_own() -> None:
    waits: list[float] = []
    with serving((503, b""), None, good("0x5"), good("0x6"), good("0x7")) as server:
        first = impatient(secret_url(server.host), waits, retries=2, batch_limit=3)
        second = first.another()
        assert second.shown == first.shown
        assert repr(second) == repr(first)
        assert second.chain_id() == 5
        assert waits == [0.0, 1.0]
        assert first.chain_id() == 6
        first.close()
        connections = server.connections
        assert second.chain_id() == 7
        assert server.connections == connections
        second.close()
    with serving(lambda body: (200, [{"id": call["id"], "result": "0x1"} for call in body])) as server:
        other = impatient(f"http://{server.host}", batch_limit=3).another()
        other.batch([Call("eth_a")] * 7)
        other.close()
        assert [len(body) for body in server.bodies] == [3, 3, 1]
