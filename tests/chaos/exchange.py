"""One JSON-RPC request on its way to the node and back, bent as the dice say. No network in here."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chaos.faults import Dice, Fault

Json = Any
Forward = Callable[[list[Json]], Awaitable[list[Json]]]

_TIMES = 100
_LONGEST_SPELL_SECONDS = 2.5
_MOST_BLOCKS_BEHIND = 6

#: Where a call's block stands among its parameters.
_BLOCK_AT = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_getStorageAt": 2,
    "eth_getBlockByNumber": 0,
}
_REFUSALS = {
    Fault.RPC_ERROR: (-32603, "internal error: header not found"),
    Fault.RATE_LIMIT: (-32005, "rate limit exceeded"),
    Fault.ALREADY_KNOWN: (-32000, "already known"),
    Fault.UNDERPRICED: (-32000, "replacement transaction underpriced"),
    Fault.NONCE_USED: (-32000, "nonce too low"),
}


@dataclass(slots=True)
class Line:
    """What one keeper's connection to the node is like, and what went over it."""

    dice: Dice = field(default_factory=Dice)
    raws: dict[str, float] = field(default_factory=dict)  # every transaction offered, and when
    checked: int = 0  # how many of them the referee has seen
    requests: int = 0
    head: int = 0  # the newest block that was told
    hidden_until: dict[str, float] = field(default_factory=dict)
    dear_until: float = 0.0
    behind_until: float = 0.0
    behind: int = 0

    def calm(self) -> None:
        """Everything works from now on."""
        self.hidden_until.clear()
        self.dear_until = self.behind_until = 0.0

    def spell(self) -> float:
        """When something that begins now will be over."""
        return time.monotonic() + self.dice.random.uniform(0.3, _LONGEST_SPELL_SECONDS)


async def exchange(
    line: Line, calls: list[Json], hash_of: Callable[[str], str], forward: Forward
) -> list[Json]:
    """The answers to `calls`, in order."""
    head = await _lag(line, forward)
    bent = [_bend(line, call, head, hash_of) for call in calls]
    wanted = [one.call for one in bent if one.answer is None]
    answers = iter(await forward(wanted) if wanted else [])
    return [one.answer or one.after(next(answers)) for one in bent]


@dataclass(slots=True)
class _Bent:
    """A call as it is forwarded, or its answer when it isn't, and what happens to the node's answer."""

    call: Json
    answer: Json | None = None
    after: Callable[[Json], Json] = lambda answer: answer


async def _lag(line: Line, forward: Forward) -> int | None:
    """The block that a lagging node has come to; None when it is up to date."""
    now = time.monotonic()
    if now >= line.behind_until:
        if not line.dice.spell():
            return None
        line.behind_until, line.behind = line.spell(), line.dice.random.randint(1, _MOST_BLOCKS_BEHIND)
    (answer,) = await forward([{"jsonrpc": "2.0", "id": 0, "method": "eth_blockNumber", "params": []}])
    return max(0, int(answer["result"], 16) - line.behind)


def _bend(line: Line, call: Json, head: int | None, hash_of: Callable[[str], str]) -> _Bent:
    method = call["method"]
    if method == "eth_sendRawTransaction":
        line.raws.setdefault(call["params"][0], time.monotonic())
    fault = line.dice.call(method)
    if fault in _REFUSALS:
        code, said = _REFUSALS[fault]
        return _Bent(call, _answer(call, error={"code": code, "message": said}))
    if fault is Fault.DROPPED:
        return _Bent(call, _answer(call, result=hash_of(call["params"][0])))
    if fault is Fault.NONCE_MIXED:
        other = "latest" if call["params"][1] == "pending" else "pending"
        return _Bent({**call, "params": [call["params"][0], other]})
    if fault is Fault.STALE_HEAD and head is None and line.head:
        head = line.head - line.dice.random.randint(1, _MOST_BLOCKS_BEHIND)
    behind = _behind(call, head) if head is not None else _Bent(call)
    inner, bend = behind.after, _answer_bender(line, call, fault)
    behind.after = lambda answer: bend(inner(answer))
    return behind


def _answer_bender(line: Line, call: Json, fault: Fault | None) -> Callable[[Json], Json]:
    dice, method = line.dice, call["method"]
    if fault is Fault.NONCE_LOW:
        return _quantity(lambda count: max(0, count - dice.random.randint(1, 3)))
    if fault is Fault.NONCE_HIGH:
        return _quantity(lambda count: count + dice.random.randint(1, 3))
    if fault is Fault.FEE_SPIKE:
        line.dear_until = line.spell()
    if method == "eth_blockNumber" or (method == "eth_getBlockByNumber" and call["params"][0] == "latest"):
        return _seen(line, _dear(method) if time.monotonic() < line.dear_until else lambda answer: answer)
    if method == "eth_getTransactionReceipt":
        hash_ = call["params"][0]
        if fault is Fault.RECEIPT_NULL:
            line.hidden_until[hash_] = line.spell()
        if time.monotonic() < line.hidden_until.get(hash_, 0.0):
            return lambda answer: _answer(call, result=None)
    if time.monotonic() < line.dear_until:
        return _dear(method)
    return lambda answer: answer


def _seen(line: Line, then: Callable[[Json], Json]) -> Callable[[Json], Json]:
    def note(answer: Json) -> Json:
        if found := answer.get("result"):
            line.head = int(found["number"] if isinstance(found, dict) else found, 16)
        return then(answer)

    return note


def _behind(call: Json, head: int) -> _Bent:
    """The call as a node answers that has seen no block after `head`."""
    method, params = call["method"], list(call["params"])
    if method == "eth_blockNumber":
        return _Bent(call, _answer(call, result=hex(head)))
    if (place := _BLOCK_AT.get(method)) is not None and place < len(params):
        if params[place] in ("latest", "pending"):
            params[place] = hex(head)
        elif _number(params[place]) > head and method == "eth_getBlockByNumber":
            return _Bent(call, _answer(call, result=None))
        return _Bent({**call, "params": params})
    if method == "eth_getTransactionReceipt":
        return _Bent(call, after=lambda answer: _unless_after(answer, head))
    if method == "eth_getLogs" and _number(params[0].get("toBlock")) > head:
        return _Bent(
            call, _answer(call, error={"code": -32000, "message": "block range extends beyond head"})
        )
    return _Bent(call)


def _number(tag: Any) -> int:
    return int(tag, 16) if isinstance(tag, str) and tag.startswith("0x") and len(tag) < 20 else -1


def _unless_after(answer: Json, head: int) -> Json:
    found = answer.get("result")
    if found is None or int(found["blockNumber"], 16) <= head:
        return answer
    return {**answer, "result": None}


def _quantity(change: Callable[[int], int]) -> Callable[[Json], Json]:
    return lambda answer: (
        {**answer, "result": hex(change(int(answer["result"], 16)))} if "result" in answer else answer
    )


def _dear(method: str) -> Callable[[Json], Json]:
    def block(answer: Json) -> Json:
        header = answer.get("result")
        if not header:
            return answer
        dear = hex(int(header["baseFeePerGas"], 16) * _TIMES)
        return {**answer, "result": {**header, "baseFeePerGas": dear}}

    def history(answer: Json) -> Json:
        told = answer["result"]
        fees = [hex(int(fee, 16) * _TIMES) for fee in told["baseFeePerGas"]]
        return {**answer, "result": {**told, "baseFeePerGas": fees}}

    if method in ("eth_gasPrice", "eth_maxPriorityFeePerGas"):
        return _quantity(lambda fee: fee * _TIMES)
    return {"eth_getBlockByNumber": block, "eth_feeHistory": history}.get(method, lambda answer: answer)


def _answer(call: Json, **outcome: Json) -> Json:
    return {"jsonrpc": "2.0", "id": call.get("id"), **outcome}
