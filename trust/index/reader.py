"""A range of blocks from a node, checked against its headers: our contracts' logs and the token's transfers.

Two levels. `headers`: every header is hashed and linked to its parent, every log lies in one of them and fits its
bloom. `receipts`: beyond that, a block's receipts reproduce the receipts root in its header, so that each of its
logs is proven and none can be missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np

from trust.chain.abi import interface
from trust.chain.deployments import Deployment
from trust.chain.node import Block, Node
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.chain.wire import WireLog, WireReceipt
from trust.errors import IndexFault
from trust.index import codec, template
from trust.index.blocks import Blocks, Listed
from trust.index.columns import Blobs, Column, Integers, Rows
from trust.index.events import HINT
from trust.index.found import Shifted, Untrue, check_blocks, check_blooms, check_order, merged
from trust.index.hexes import Odd
from trust.index.logs import WORD, Logs
from trust.proof import Header, encode_receipts, rlp, root_of
from trust.proof.headers import bloom_bits

_RECEIPTS_A_BATCH = 25


@dataclass(frozen=True, slots=True)
class Chunk:
    """All there is of blocks `first` to `last`, decoded and checked.

    `held` is how many rows a block has. `proven`: the receipts' roots were checked. `beyond` are headers of the blocks
    behind it, where it was cut.
    """

    first: int
    last: int
    headers: tuple[Header, ...]
    rows: tuple[Rows, ...]
    held: Mapping[int, int]
    proven: bool
    beyond: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A chunk ends when its blocks that may hold ours used more `gas`, but has `least` blocks."""

    gas: int
    least: int


class Reader:
    """Reads chunks of one deployment's chain. For any number of threads, each with a node of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self._contracts = {address.lower(): name for name, address in deployment.contracts.items()}
        self._addresses = {blob(address): name for address, name in self._contracts.items()}
        self._token = deployment.token.lower()
        self._payroll = "0x" + deployment.contracts["Payroll"][2:].lower().rjust(64, "0")
        self._transfer = hexed(codec.TRANSFER_TOPIC)
        self._bits = {address: bloom_bits([blob(address)]) for address in (*self._contracts, self._token)}
        self._topic_bits = {
            address: [bloom_bits([topic]) for topic in interface(name).topics()]
            for address, name in self._contracts.items()
        }
        self._moved_bits = bloom_bits([blob(self._token), codec.TRANSFER_TOPIC, blob(self._payroll)])

    def headers(self, node: Node, numbers: Sequence[int]) -> list[Listed]:
        """Headers with the hashes of their blocks' transactions. Raises Shifted when one isn't there."""
        calls = [Call("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        return [_listed(answer, number) for number, answer in zip(numbers, node.batch(calls), strict=True)]

    def head(self, node: Node, following: int | None) -> tuple[int, list[Listed]]:
        """The number of the node's last block, and its header if that is `following`: in one question.

        Raises Untrue, RpcError, NodeUnreachable, or Shifted.
        """
        wanted = ["latest", *([] if following is None else [hex(following)])]
        last, *further = node.batch([Call("eth_getBlockByNumber", (block, False)) for block in wanted])
        if isinstance(last, RpcError):
            raise last
        head = Block.read(last).number
        return head, [_listed(answer, head) for answer in further] if head == following else []

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
        known: Sequence[Listed] = (),
    ) -> Chunk:
        """Blocks `first` to `last`. Raises Shifted, Untrue, RpcError, NodeUnreachable or IndexFault.

        It ends earlier where `cut` says so: gas bounds the logs of blocks before they are asked for. `other` is asked
        when a header's bloom says that logs were left out. `known` are the blocks' headers, if they were read before.
        """
        found = known or self.headers(node, range(first, last + 1))
        for (earlier, _), (later, _) in pairwise(found):
            if later.parent != earlier.hash:
                raise Shifted
        fitting = self._fitting(found, cut) if cut else len(found)
        listed, beyond = found[:fitting], tuple(found[fitting:])
        headers = tuple(header for header, _ in listed)
        try:
            blocks = Blocks.of(listed)
            logs = (
                self._from_receipts(node, blocks) if verify else self._from_logs(node, blocks, other or node)
            )
        except Odd as cause:
            raise Untrue(str(cause)) from cause
        except Untrue:
            self._require_still(node, headers[-1])
            raise
        rows, held = self._rows(logs, blocks), _held(logs)
        return Chunk(first, headers[-1].number, headers, rows, held, verify, beyond)

    def _require_still(self, node: Node, last: Header) -> None:
        """Before a node is accused: raises Shifted when its chain has meanwhile moved on."""
        ((now, _),) = self.headers(node, [last.number])
        if now.hash != last.hash:
            raise Shifted

    def _fitting(self, blocks: Sequence[Listed], cut: Cut) -> int:
        """How many of the blocks to read at once."""
        gas = 0
        for place, (header, _) in enumerate(blocks):
            gas += header.gas_used if self._seems_to_hold(header) else 0
            if gas > cut.gas and place >= cut.least:
                return place
        return len(blocks)

    # Level `receipts`

    def _from_receipts(self, node: Node, blocks: Blocks) -> list[Logs]:
        wanted = [header for header in blocks.headers if self._may_hold_ours(header)]
        logs: list[WireLog] = []
        places: list[tuple[int, int, int]] = []
        for start in range(0, len(wanted), _RECEIPTS_A_BATCH):
            part = wanted[start : start + _RECEIPTS_A_BATCH]
            calls = [Call("eth_getBlockReceipts", (hex(header.number),)) for header in part]
            answers = (answer for batch in node.bulk(calls, list[WireReceipt]) for answer in batch)
            for header, receipts in zip(part, answers, strict=True):
                if isinstance(receipts, RpcError):
                    raise receipts
                if receipts is None:
                    raise Shifted
                self._check_receipts(header, blocks.listed(header.number), receipts)
                self._collect(header.number, receipts, logs, places)
        return Logs.at(logs, places, blocks)

    def _may_hold_ours(self, header: Header) -> bool:
        if header.may_hold(self._moved_bits):
            return True
        return any(header.may_hold(self._bits[address]) for address in self._contracts)

    def _check_receipts(self, header: Header, hashes: list[str], receipts: Sequence[WireReceipt]) -> None:
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
        if [receipt.transaction_hash for receipt in receipts] != hashes:
            raise Untrue(f"gave receipts of block {header.number} for other transactions")

    def _collect(
        self,
        number: int,
        receipts: Sequence[WireReceipt],
        logs: list[WireLog],
        places: list[tuple[int, int, int]],
    ) -> None:
        index = 0
        for tx_index, receipt in enumerate(receipts):
            for log in receipt.logs:
                if self._is_ours(log):
                    logs.append(log)
                    places.append((number, index, tx_index))
                index += 1

    def _is_ours(self, log: WireLog) -> bool:
        if log.address in self._contracts:
            return True
        moved = log.address == self._token and len(log.topics) == 3 and log.topics[0] == self._transfer
        return moved and self._payroll in log.topics[1:]

    # Level `headers`

    def _from_logs(self, node: Node, blocks: Blocks, other: Node) -> list[Logs]:
        if not any(map(self._may_hold_ours, blocks.headers)):
            return []
        first, last = blocks.headers[0].number, blocks.headers[-1].number
        moved = any(header.may_hold(self._moved_bits) for header in blocks.headers)
        logs = self._ask(node, {"fromBlock": hex(first), "toBlock": hex(last)}, moved=moved)
        check_blocks(logs, blocks)
        check_blooms(logs, blocks)
        given = set(_held(logs))
        for header in blocks.headers:
            if header.number not in given and self._seems_to_hold(header):
                self._check_omission(header, other)
        return logs

    def _ask(self, node: Node, span: dict[str, Any], *, moved: bool) -> list[Logs]:
        """Our contracts' logs, and with `moved` the token's transfers: no bloom without them can hide one."""
        token: dict[str, Any] = {"address": self._token}
        filters: list[dict[str, Any]] = [{"address": list(self._contracts)}]
        if moved:
            filters.append(token | {"topics": [self._transfer, self._payroll]})
            filters.append(token | {"topics": [self._transfer, None, self._payroll]})
        calls = [Call("eth_getLogs", (span | wanted,)) for wanted in filters]
        answers = []
        for answer in node.raw(calls):
            if isinstance(answer, RpcError):
                raise answer
            if answer == b"null":
                raise Untrue("answered nothing where logs were asked for")
            logs = template.read(answer)
            check_order(logs)
            answers.append(logs)
        if any(logs.address not in self._addresses for logs in answers[0]):
            raise Untrue("gave logs of contracts that weren't asked for")
        if not all(map(self._are_transfers, chain.from_iterable(answers[1:]))):
            raise Untrue("gave logs that aren't transfers into Payroll or out of it")
        return merged(*answers) if moved else answers[0]

    def _are_transfers(self, logs: Logs) -> bool:
        if (
            logs.address != blob(self._token)
            or logs.topics.shape[1] != 3 * WORD
            or logs.topic != codec.TRANSFER_TOPIC
        ):
            return False
        payroll = np.frombuffer(blob(self._payroll), np.uint8)
        sent = (logs.topics[:, WORD : 2 * WORD] == payroll).all(axis=1)
        return bool((sent | (logs.topics[:, 2 * WORD :] == payroll).all(axis=1)).all())

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
            again = self._ask(other, {"blockHash": hexed(header.hash)}, moved=True)
        except RpcError as error:  # the block left the chain meanwhile
            raise Shifted from error
        if again:
            raise Untrue(f"left out the logs of block {header.number}")

    # Rows

    def _rows(self, groups: Sequence[Logs], blocks: Blocks) -> tuple[Rows, ...]:
        made = []
        for logs in groups:
            places: list[Column] = [
                Integers(logs.numbers),
                Integers(logs.indexes),
                Blobs(blocks.hash_of(logs.numbers)),
                Blobs(blocks.transaction_of(logs.numbers, logs.tx_indexes)),
                Integers(logs.tx_indexes),
            ]
            made.append(codec.read(self._form(logs), logs.topics, logs.data, places))
        return tuple(made)

    def _form(self, logs: Logs) -> codec.Form:
        name = self._addresses.get(logs.address)
        if name is None:
            return codec.transfer_form()
        if not logs.topic:
            raise IndexFault(f"{name} emitted an event without a topic.", hint=HINT)
        form = codec.forms(name).get(hexed(logs.topic))
        if form is None:
            raise IndexFault(f"{name} emitted an unknown event ({hexed(logs.topic)}).", hint=HINT)
        return form


def _held(groups: Sequence[Logs]) -> dict[int, int]:
    if not groups:
        return {}
    numbers, counts = np.unique(np.concatenate([logs.numbers for logs in groups]), return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _listed(answer: Any, number: int) -> Listed:
    if isinstance(answer, RpcError):
        raise answer
    if answer is None:  # a second server behind the same URL, not as far as the first
        raise Shifted
    return _header(answer, number)


def _header(answer: Any, number: int | None) -> Listed:
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
