"""A range of blocks from a node, checked against its headers: our contracts' logs and the token's transfers.

Two levels. `headers`: every header is hashed and linked to its parent, every log lies in one of them and fits its
bloom. `receipts`: beyond that, a block's receipts reproduce the receipts root in its header, so that each of its
logs is proven and none can be missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.chain.wire import WireLog, WireReceipt
from trust.errors import IndexFault
from trust.index import codec
from trust.index.columns import Blobs, Column, Integers, Rows
from trust.index.events import HINT
from trust.index.found import Found, Shifted, Untrue, check_transactions, merged
from trust.proof import Header, encode_receipts, rlp, root_of
from trust.proof.headers import bloom_bits

_TRANSFER = keccak(b"Transfer(address,address,uint256)")
_RECEIPTS_A_BATCH = 25


@dataclass(frozen=True, slots=True)
class Chunk:
    """All there is of blocks `first` to `last`, decoded and checked.

    `held` is how many rows a block has. `proven`: the receipts' roots were checked.
    """

    first: int
    last: int
    headers: tuple[Header, ...]
    rows: tuple[Rows, ...]
    held: Mapping[int, int]
    proven: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A chunk ends when its blocks that may hold ours used more `gas`, but has `least` blocks."""

    gas: int
    least: int


class Reader:
    """Reads chunks of one deployment's chain. For any number of threads, each with a node of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self._contracts = {address.lower(): name for name, address in deployment.contracts.items()}
        self._token = deployment.token.lower()
        self._payroll = "0x" + deployment.contracts["Payroll"][2:].lower().rjust(64, "0")
        self._transfer = hexed(_TRANSFER)
        self._bits = {address: bloom_bits([blob(address)]) for address in (*self._contracts, self._token)}
        self._topic_bits = {
            address: [bloom_bits([topic]) for topic in interface(name).topics()]
            for address, name in self._contracts.items()
        }
        self._moved_bits = bloom_bits([blob(self._token), _TRANSFER, blob(self._payroll)])

    def headers(self, node: Node, numbers: Sequence[int]) -> list[tuple[Header, list[str]]]:
        """Headers with the hashes of their blocks' transactions. Raises Shifted when one isn't there."""
        calls = [Call("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        found = []
        for number, answer in zip(numbers, node.batch(calls), strict=True):
            if isinstance(answer, RpcError):
                raise answer
            if answer is None:  # a second server behind the same URL, not as far as the first
                raise Shifted
            found.append(_header(answer, number))
        return found

    def header(self, node: Node, block_hash: bytes) -> Header | None:
        """A block by its hash, on whatever branch; None when the node doesn't have it."""
        answer = node.call("eth_getBlockByHash", hexed(block_hash), False)
        if answer is None:
            return None
        header, _ = _header(answer, None)
        if header.hash != block_hash:
            raise Untrue("gave another block than the one that was asked for")
        return header

    def chunk(
        self,
        node: Node,
        first: int,
        last: int,
        *,
        verify: bool,
        other: Node | None = None,
        cut: Cut | None = None,
    ) -> Chunk:
        """Blocks `first` to `last`. Raises Shifted, Untrue, RpcError, NodeUnreachable or IndexFault.

        It ends earlier where `cut` says so: gas bounds the logs of blocks before they are asked for. `other` is asked
        when a header's bloom says that logs were left out.
        """
        blocks = self.headers(node, range(first, last + 1))
        for (earlier, _), (later, _) in pairwise(blocks):
            if later.parent != earlier.hash:
                raise Shifted
        fitting = self._fitting(blocks, cut) if cut else len(blocks)
        blocks, last = blocks[:fitting], first + fitting - 1
        headers = tuple(header for header, _ in blocks)
        try:
            found = (
                self._from_receipts(node, blocks) if verify else self._from_logs(node, blocks, other or node)
            )
        except Untrue:
            self._require_still(node, headers[-1])
            raise
        rows, held = self._rows(found, headers)
        return Chunk(first, last, headers, rows, held, verify)

    def _require_still(self, node: Node, last: Header) -> None:
        """Before a node is accused: raises Shifted when its chain has meanwhile moved on."""
        ((now, _),) = self.headers(node, [last.number])
        if now.hash != last.hash:
            raise Shifted

    def _fitting(self, blocks: Sequence[tuple[Header, list[str]]], cut: Cut) -> int:
        """How many of the blocks to read at once."""
        gas = 0
        for place, (header, _) in enumerate(blocks):
            gas += header.gas_used if self._seems_to_hold(header) else 0
            if gas > cut.gas and place >= cut.least:
                return place
        return len(blocks)

    # Level `receipts`

    def _from_receipts(self, node: Node, blocks: Sequence[tuple[Header, list[str]]]) -> Found:
        wanted = [(header, hashes) for header, hashes in blocks if self._may_hold_ours(header)]
        found = Found()
        for start in range(0, len(wanted), _RECEIPTS_A_BATCH):
            part = wanted[start : start + _RECEIPTS_A_BATCH]
            calls = [Call("eth_getBlockReceipts", (hex(header.number),)) for header, _ in part]
            answers = (answer for batch in node.bulk(calls, list[WireReceipt]) for answer in batch)
            for (header, hashes), receipts in zip(part, answers, strict=True):
                if isinstance(receipts, RpcError):
                    raise receipts
                if receipts is None:
                    raise Shifted
                self._check_receipts(header, hashes, receipts)
                self._collect(header.number, receipts, found)
        return found

    def _may_hold_ours(self, header: Header) -> bool:
        if header.may_hold(self._moved_bits):
            return True
        return any(header.may_hold(self._bits[address]) for address in self._contracts)

    def _check_receipts(self, header: Header, hashes: Sequence[str], receipts: Sequence[WireReceipt]) -> None:
        if any(receipt.block_hash != hexed(header.hash) for receipt in receipts):
            raise Shifted
        try:
            root = root_of(encode_receipts(receipts))
        except rlp.Malformed as cause:
            raise Untrue(f"gave receipts of block {header.number} that can't be read: {cause}") from cause
        if root != header.receipts_root:
            raise Untrue(f"gave receipts of block {header.number} that its header's receipts root denies")
        # The root says nothing of these; the list comes with the header, and the header's own root is of whole
        # transactions. So far they are only known to agree.
        if [receipt.transaction_hash for receipt in receipts] != list(hashes):
            raise Untrue(f"gave receipts of block {header.number} for other transactions")

    def _collect(self, number: int, receipts: Sequence[WireReceipt], found: Found) -> None:
        index = 0
        for tx_index, receipt in enumerate(receipts):
            for log in receipt.logs:
                if self._is_ours(log):
                    log.transaction_hash = receipt.transaction_hash
                    found.logs.append(log)
                    found.numbers.append(number)
                    found.indexes.append(index)
                    found.tx_indexes.append(tx_index)
                index += 1

    def _is_ours(self, log: WireLog) -> bool:
        if log.address in self._contracts:
            return True
        moved = log.address == self._token and len(log.topics) == 3 and log.topics[0] == self._transfer
        return moved and self._payroll in log.topics[1:]

    # Level `headers`

    def _from_logs(self, node: Node, blocks: Sequence[tuple[Header, list[str]]], other: Node) -> Found:
        headers = [header for header, _ in blocks]
        found = self._ask(node, {"fromBlock": hex(headers[0].number), "toBlock": hex(headers[-1].number)})
        hashes = {header.number: hexed(header.hash) for header in headers}
        if not hashes.keys() >= set(found.numbers):
            raise Untrue("gave logs of blocks that weren't asked for")
        given = [log.block_hash for log in found.logs]
        if given != [hashes[number] for number in found.numbers] or any(log.removed for log in found.logs):
            raise Shifted
        check_transactions(found, {header.number: listed for header, listed in blocks})
        self._check_blooms(headers, found, other)
        return found

    def _ask(self, node: Node, span: dict[str, Any]) -> Found:
        moved: dict[str, Any] = {"address": self._token}
        filters: tuple[dict[str, Any], ...] = (
            {"address": list(self._contracts)},
            moved | {"topics": [self._transfer, self._payroll]},
            moved | {"topics": [self._transfer, None, self._payroll]},
        )
        calls = [Call("eth_getLogs", (span | wanted,)) for wanted in filters]
        answers: list[Found] = []
        for answer in (answer for batch in node.bulk(calls, list[WireLog]) for answer in batch):
            if isinstance(answer, RpcError):
                raise answer
            if answer is None:
                raise Untrue("answered nothing where logs were asked for")
            answers.append(Found.located(answer))
        own, sent, received = answers
        if not self._contracts.keys() >= {log.address for log in own.logs}:
            raise Untrue("gave logs of contracts that weren't asked for")
        transfers = (*sent.logs, *received.logs)
        if not all(log.address == self._token and self._is_ours(log) for log in transfers):
            raise Untrue("gave logs that aren't transfers into Payroll or out of it")
        return merged(own, sent, received) if transfers else own

    def _check_blooms(self, headers: Sequence[Header], found: Found, other: Node) -> None:
        parts = {
            number: {log.address for log in logs}.union(*[log.topics for log in logs])
            for number, logs in found.runs()
        }
        for header in headers:
            given = parts.get(header.number)
            if given is None:
                if self._seems_to_hold(header):
                    self._check_omission(header, other)
            elif not header.may_hold(self._bits_of(given)):
                raise Untrue(f"gave logs of block {header.number} that its header's bloom denies")

    def _seems_to_hold(self, header: Header) -> bool:
        """Whether the bloom has a contract of ours and an event of it; seldom by chance."""
        if header.may_hold(self._moved_bits):
            return True
        return any(
            header.may_hold(self._bits[address]) and any(map(header.may_hold, topics))
            for address, topics in self._topic_bits.items()
        )

    def _check_omission(self, header: Header, other: Node) -> None:
        try:
            again = self._ask(other, {"blockHash": hexed(header.hash)})
        except RpcError as error:  # the block left the chain meanwhile
            raise Shifted from error
        if again.logs:
            raise Untrue(f"left out the logs of block {header.number}")

    def _bits_of(self, parts: Iterable[str]) -> int:
        bits = 0
        for part in parts:
            known = _BITS.get(part)
            if known is None:
                known = bloom_bits([blob(part)])
                if len(_BITS) < 100_000:
                    _BITS[part] = known
            bits |= known
        return bits

    # Rows

    def _rows(self, found: Found, headers: Sequence[Header]) -> tuple[tuple[Rows, ...], dict[int, int]]:
        if not found.logs:
            return (), {}
        silent = next((log for log in found.logs if not log.topics), None)
        if silent is not None:
            raise IndexFault(f"{self._name(silent.address)} emitted an event without a topic.", hint=HINT)
        places = _Places(found, headers)
        made = []
        for (address, topic), chosen in _groups(found.logs).items():
            logs = found.logs if len(chosen) == len(found.logs) else [found.logs[at] for at in chosen]
            made.append(codec.columns(self._form(address, topic), logs, places.of(chosen)))
        return tuple(made), Counter(found.numbers)

    def _form(self, address: str, topic: str) -> codec.Form:
        if address == self._token:
            return codec.transfer_form()
        form = codec.forms(self._contracts[address]).get(topic)
        if form is None:
            raise IndexFault(f"{self._contracts[address]} emitted an unknown event ({topic}).", hint=HINT)
        return form

    def _name(self, address: str) -> str:
        return self._contracts.get(address, codec.TOKEN)


class _Places:
    """The columns that say where in the chain logs are."""

    def __init__(self, found: Found, headers: Sequence[Header]) -> None:
        self._numbers = np.array(found.numbers, np.int64)
        self._indexes = np.array(found.indexes, np.int64)
        self._tx_indexes = np.array(found.tx_indexes, np.int64)
        hashes = b"".join(header.hash for header in headers)
        self._hashes = np.frombuffer(hashes, np.uint8).reshape(-1, 32)
        self._first = headers[0].number
        try:
            self._tx_hashes = codec.unhexed([log.transaction_hash for log in found.logs], 32)
        except ValueError as cause:
            raise Untrue("gave logs of transactions without a hash") from cause

    def of(self, places: Sequence[int]) -> list[Column]:
        chosen = slice(None) if len(places) == len(self._numbers) else np.array(places, np.int64)
        numbers = self._numbers[chosen]
        return [
            Integers(numbers),
            Integers(self._indexes[chosen]),
            Blobs(self._hashes[numbers - self._first]),
            Blobs(self._tx_hashes[chosen]),
            Integers(self._tx_indexes[chosen]),
        ]


_BITS: dict[str, int] = {}


def _header(answer: Any, number: int | None) -> tuple[Header, list[str]]:
    try:
        header = Header.read(answer)
        claimed, hashes = answer["hash"], answer["transactions"]
    except (rlp.Malformed, KeyError, TypeError) as cause:
        raise Untrue(f"gave a header that can't be read: {cause}") from cause
    if not isinstance(hashes, list) or not all(isinstance(entry, str) for entry in hashes):
        raise Untrue(f"gave block {header.number} without a list of its transactions")
    if number is not None and header.number != number:
        raise Untrue("gave another block than the one that was asked for")
    if claimed != hexed(header.hash):
        raise Untrue(f"gave a header of block {header.number} that isn't what its hash is of")
    return header, hashes


def _groups(logs: Sequence[WireLog]) -> dict[tuple[str, str], Sequence[int]]:
    """Places of logs by address and event."""
    keys = [(log.address, log.topics[0]) for log in logs]
    if len(set(keys)) == 1:
        return {keys[0]: range(len(logs))}
    groups: dict[tuple[str, str], list[int]] = {}
    for at, key in enumerate(keys):
        groups.setdefault(key, []).append(at)
    return dict(groups)
