"""Blocks from a node, each proven: headers that hash to their hash, receipts and transactions under their roots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.chain.wire import WireReceipt
from trust.evidence import transactions
from trust.evidence.container import check_size
from trust.index.found import Shifted, Untrue
from trust.index.reader import Reader
from trust.proof import Header, encode_receipts, rlp, root_of

_HEADERS_A_TIME = 200
_BLOCKS_A_TIME = 25


class Blocks:
    """Reads a node's blocks. Raises Shifted when the chain changes meanwhile, Untrue for what a header denies."""

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node = node
        self._reader = Reader(deployment)

    def headers(self, start: int, end: int) -> Iterator[tuple[Header, ...]]:
        """Headers `start` to `end`, some at a time, each the parent of the next."""
        last: Header | None = None
        size = 0
        for number in range(start, end + 1, _HEADERS_A_TIME):
            numbers = range(number, min(number + _HEADERS_A_TIME, end + 1))
            part = tuple(header for header, _ in self._reader.headers(self._node, numbers))
            linked = part if last is None else (last, *part)
            if any(later.parent != earlier.hash for earlier, later in pairwise(linked)):
                raise Shifted
            size += sum(len(header.raw) for header in part)
            check_size(size)
            last = part[-1]
            yield part

    def header(self, block_hash: bytes) -> Header:
        """The header of a block by its hash."""
        header = self._reader.header(self._node, block_hash)
        if header is None:
            raise Shifted
        return header

    def receipts(self, headers: Sequence[Header]) -> Iterator[tuple[Header, list[bytes]]]:
        """All encoded receipts of each of these blocks."""
        for start in range(0, len(headers), _BLOCKS_A_TIME):
            part = headers[start : start + _BLOCKS_A_TIME]
            calls = [Call("eth_getBlockReceipts", (hexed(header.hash),)) for header in part]
            answers = (answer for batch in self._node.bulk(calls, list[WireReceipt]) for answer in batch)
            for header, receipts in zip(part, answers, strict=True):
                if isinstance(receipts, RpcError):
                    raise receipts
                if receipts is None:
                    raise Shifted
                encoded = encode_receipts(receipts)
                if root_of(encoded) != header.receipts_root:
                    raise Untrue(f"gave receipts of block {header.number} that its header denies")
                yield header, encoded

    def transactions(self, header: Header) -> list[bytes]:
        """All encoded transactions of a block."""
        block = self._node.call("eth_getBlockByHash", hexed(header.hash), True)
        if block is None:
            raise Shifted
        try:
            whole = [transactions.encode(answer) for answer in block["transactions"]]
        except rlp.Malformed:
            whole = []  # a type of the chain's own: asked for as they are
        if root_of(whole) != header.transactions_root:
            whole = self._raw_transactions(header, len(block["transactions"]))
        return whole

    def _raw_transactions(self, header: Header, count: int) -> list[bytes]:
        method = "eth_getRawTransactionByBlockHashAndIndex"
        answers = self._node.batch([Call(method, (hexed(header.hash), hex(at))) for at in range(count)])
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        whole = [blob(answer or "0x") for answer in answers]
        if root_of(whole) != header.transactions_root:
            raise Untrue(f"gave transactions of block {header.number} that its header denies")
        return whole
