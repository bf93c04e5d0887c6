"""The chain's own words: raw logs, and views asked in bulk. Nothing here goes through the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed, quantity

_BLOCKS = 400
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_WORD = 32


@dataclass(frozen=True, slots=True)
class Log:
    """A log as the node gave it. `words` are the 32-byte words of its data."""

    name: bytes
    topics: tuple[int, ...]
    data: bytes
    block: int

    def word(self, place: int) -> int:
        return int.from_bytes(self.data[place * _WORD : (place + 1) * _WORD], "big")


@dataclass(frozen=True, slots=True)
class Transfer:
    """Dollars that moved; addresses in lower case."""

    sender: str
    recipient: str
    amount: int


def transfers(node: Node, token: str, first: int) -> Iterator[Transfer]:
    """All of the token's transfers since a block."""
    for log in _fetched(node, token, first, [_TRANSFER]):
        sender, recipient = ("0x" + topic[-40:] for topic in log["topics"][1:3])
        yield Transfer(sender, recipient, int(log["data"], 16))


def logs(node: Node, contract: str, first: int) -> list[Log]:
    """All of a contract's logs since a block, in order."""
    return [
        Log(
            name=blob(log["topics"][0]),
            topics=tuple(int(topic, 16) for topic in log["topics"][1:]),
            data=blob(log["data"]),
            block=quantity(log["blockNumber"]),
        )
        for log in _fetched(node, contract, first, [])
    ]


def times(node: Node, blocks: Iterable[int]) -> dict[int, int]:
    """When these blocks were made, Unix seconds."""
    numbers = sorted(set(blocks))
    answers = node.batch([Call("eth_getBlockByNumber", (hex(number), False)) for number in numbers])
    return {number: quantity(answer["timestamp"]) for number, answer in zip(numbers, answers, strict=True)}


def asked(
    node: Node, address: str, contract: str, function: str, arguments: Iterable[tuple[Any, ...]]
) -> list[Any]:
    """What a view answers to each of these, on the latest block."""
    face = interface(contract)
    calls = [
        Call("eth_call", ({"to": address, "data": hexed(face.encode(function, *given))}, "latest"))
        for given in arguments
    ]
    found = []
    for answer in node.batch(calls):
        if isinstance(answer, RpcError):
            raise answer
        found.append(face.decode(function, blob(answer)))
    return found


def _fetched(node: Node, address: str, first: int, topics: list[str]) -> Iterator[dict[str, Any]]:
    last = node.block().number
    for start in range(first, last + 1, _BLOCKS):
        end = min(last, start + _BLOCKS - 1)
        query = {"address": address, "fromBlock": hex(start), "toBlock": hex(end), "topics": topics}
        yield from node.call("eth_getLogs", query)
