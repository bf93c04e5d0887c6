"""A range of blocks from the node: our contracts' logs, the token's transfers, and their headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed, quantity
from trust.errors import IndexFault, NodeUnreachable
from trust.index.events import RawLog, decode
from trust.index.tables import stored

_TRANSFER = keccak(b"Transfer(address,address,uint256)")
# What providers say when an answer would be too large, in their own words.
_TOO_MANY = ("too many results", "more than", "response size")
_TOO_MUCH = (
    *_TOO_MANY,
    "too many",
    "too large",
    "too big",
    "limit",
    "exceed",
    "range",
    "timeout",
    "timed out",
    "size",
)


class Shifted(Exception):  # noqa: N818 - not an error: the follower starts over
    """The node's answers belong to different chains: a reorg came between them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many blocks to ask for at once."""

    blocks: int = 2_000
    most: int = 100_000

    def faster(self) -> Pace:
        """After an answer: twice as many, and slowly past what once was too much."""
        most = self.most + self.most // 8 + 1
        return Pace(min(self.blocks * 2, self.most), min(most, 100_000))

    def slower(self, asked: int) -> Pace:
        """After a refusal of `asked` blocks."""
        half = max(1, asked // 2)
        return replace(self, blocks=half, most=max(half, asked - 1))


@dataclass(frozen=True, slots=True)
class Chunk:
    """All there is of blocks `first` to `last`, decoded and checked."""

    first: int
    last: int
    last_hash: bytes
    headers: tuple[Mapping[str, Any], ...]
    events: tuple[tuple[RawLog, str, str, Mapping[str, Any]], ...]
    transfers: tuple[tuple[RawLog, Mapping[str, Any]], ...]


class Reader:
    """Reads chunks of one deployment's chain."""

    def __init__(self, deployment: Deployment, node: Node) -> None:
        self._node = node
        self._names = {blob(address): name for name, address in deployment.contracts.items()}
        self._token = blob(deployment.token)
        self._payroll = blob(deployment.contracts["Payroll"])

    def header(self, number: int) -> Mapping[str, Any] | None:
        """A block's header, None when the node has no such block."""
        answer = self._node.call("eth_getBlockByNumber", hex(number), False)
        return answer if isinstance(answer, dict) else None

    def knows(self, block_hash: bytes) -> bool:
        """Whether the node has this block, on whatever branch."""
        return self._node.call("eth_getBlockByHash", hexed(block_hash), False) is not None

    def chunk(self, first: int, last: int, all_headers_from: int, before: bytes | None) -> Chunk:
        """Blocks `first` to `last`. Raises Shifted when the chain moved meanwhile, RpcError when it is much.

        Headers come for blocks with logs, for `last` and for all from `all_headers_from` on. `before` is
        the hash that the parent of `first` must have.
        """
        end = self._headers([last])[last]  # seen before the logs and again after them: nothing moved between
        ours, transfers = self._logs(first, last)
        wanted = {last, *(log.block_number for log in (*ours, *transfers))}
        wanted.update(range(max(first, all_headers_from), last + 1))
        if before is not None:
            wanted.add(first)
        headers = self._headers(sorted(wanted))
        if headers[last]["hash"] != end["hash"]:
            raise Shifted
        _check_links(headers, first, before)
        for log in (*ours, *transfers):
            if blob(headers[log.block_number]["hash"]) != log.block_hash:
                raise Shifted
        return Chunk(
            first=first,
            last=last,
            last_hash=blob(end["hash"]),
            headers=tuple(headers.values()),
            events=tuple(self._decoded(log) for log in ours),
            transfers=tuple((log, _sides(log)) for log in transfers),
        )

    def _logs(self, first: int, last: int) -> tuple[list[RawLog], list[RawLog]]:
        span = {"fromBlock": hex(first), "toBlock": hex(last)}
        payroll = hexed(self._payroll.rjust(32, b"\0"))
        token = span | {"address": hexed(self._token)}
        filters = (
            span | {"address": [hexed(address) for address in self._names]},
            token | {"topics": [hexed(_TRANSFER), payroll]},
            token | {"topics": [hexed(_TRANSFER), None, payroll]},
        )
        answers = self._node.batch([Call("eth_getLogs", (wanted,)) for wanted in filters])
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        own, sent, received = (self._read(answer, first, last) for answer in answers)
        if any(log.address not in self._names for log in own):
            raise IndexFault(
                "The node gave logs of contracts that weren't asked for.", hint="Use another node."
            )
        if any(log.address != self._token or len(log.topics) != 3 for log in (*sent, *received)):
            raise IndexFault(
                "The node gave logs that aren't the token's transfers.", hint="Use another node."
            )
        return own, _merged(sent, received)

    def _read(self, answer: Any, first: int, last: int) -> list[RawLog]:
        if not isinstance(answer, list):
            raise IndexFault("The node's logs are not a list.", hint="Use another node.")
        logs = sorted((RawLog.read(entry) for entry in answer), key=_place)
        if any(log.removed for log in logs):
            raise Shifted
        if any(not first <= log.block_number <= last for log in logs):
            raise IndexFault("The node gave logs of blocks that weren't asked for.", hint="Use another node.")
        if len({_place(log) for log in logs}) != len(logs):
            raise IndexFault("The node gave the same log twice.", hint="Use another node.")
        return logs

    def _headers(self, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        answers = self._node.batch([Call("eth_getBlockByNumber", (hex(n), False)) for n in numbers])
        headers: dict[int, Mapping[str, Any]] = {}
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, RpcError):
                raise answer
            if answer is None:
                raise Shifted
            if quantity(answer["number"]) != number:
                raise IndexFault("The node gave another block than was asked for.", hint="Use another node.")
            headers[number] = answer
        return headers

    def _decoded(self, log: RawLog) -> tuple[RawLog, str, str, Mapping[str, Any]]:
        contract = self._names[log.address]
        name, args = decode(contract, log.topics, log.data)
        return log, contract, name, args


def too_much(error: RpcError | NodeUnreachable) -> bool:
    """Whether a smaller range may succeed. One provider calls too many results a rate limit by its code."""
    if isinstance(error, RpcError):
        return any(word in error.reason.lower() for word in _TOO_MUCH)
    return any(word in error.message.lower() for word in _TOO_MANY)


def _check_links(headers: Mapping[int, Mapping[str, Any]], first: int, before: bytes | None) -> None:
    for number, header in headers.items():
        parent = blob(header["parentHash"])
        if number == first and before is not None and parent != before:
            raise Shifted
        if number - 1 in headers and parent != blob(headers[number - 1]["hash"]):
            raise Shifted


def _merged(sent: Iterable[RawLog], received: Iterable[RawLog]) -> list[RawLog]:
    by_place = {_place(log): log for log in (*sent, *received)}
    return [by_place[place] for place in sorted(by_place)]


def _sides(log: RawLog) -> dict[str, Any]:
    if len(log.data) != 32:
        raise IndexFault("The token emitted a transfer that can't be decoded.", hint="Use another token.")
    return {
        "sender": to_checksum_address(log.topics[1][12:]),
        "recipient": to_checksum_address(log.topics[2][12:]),
        "amount": stored("amount", int.from_bytes(log.data, "big")),
    }


def _place(log: RawLog) -> tuple[int, int]:
    return log.block_number, log.log_index
