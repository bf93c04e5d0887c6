"""The chain as the outbox needs to see it, in as few round trips as there can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trust.chain.node import Block, Node
from trust.chain.rpc import Address, Call, RpcError, TxHash, blob, hexed, quantity
from trust.send.model import Head, Intent, Nonce, Receipt, Row, Rules, Taken

_FALLBACK_PRIORITY_FEE = 10**9
_ASKED_AGAIN = 3


@dataclass(frozen=True, slots=True)
class Sight:
    """A head, and what simulations of queued rows gave, in their order: gas, or the node's refusal."""

    head: Head
    estimates: tuple[int | RpcError, ...]


class View:
    """Reads for one sender."""

    def __init__(self, node: Node, sender: Address, rules: Rules) -> None:
        self._node = node
        self._sender = sender
        self._rules = rules

    def genesis(self) -> str | None:
        """The hash of the first block; None if this node no longer has it."""
        try:
            return self._node.block(0).hash
        except RpcError:
            return None

    def look(self, live: Sequence[Row], queued: Sequence[Row]) -> Sight:
        """One batch: the head, receipts of `live` rows, simulations of `queued` rows on the latest block."""
        head_calls, receipt_calls = self._head_calls(), _receipt_calls(live)
        simulations = [self._simulation(row.intent) for row in queued]
        answers = iter(self._node.batch([*head_calls, *receipt_calls, *simulations]))

        head = self._head([next(answers) for _ in head_calls])
        head = self._with_receipts(head, [next(answers) for _ in receipt_calls])
        estimates = tuple(_estimate(row.intent, next(answers)) for row in queued)
        if unexplained := _unexplained(head, live):
            # Mined while the batch was answered, most likely: the receipts came before, the nonce after.
            head = self._with_receipts(head, self._node.batch(_receipt_calls(unexplained)))
            head = self._with_taken(head, _unexplained(head, live))
        return Sight(head, estimates)

    def pending_nonces(self) -> list[Nonce]:
        """The sender's next nonce, asked for several times: servers behind one URL may differ."""
        calls = [Call("eth_getTransactionCount", (self._sender, "pending"))] * _ASKED_AGAIN
        return [Nonce(quantity(_good(answer))) for answer in self._node.batch(calls)]

    def revert_data(self, row: Row, receipt: Receipt) -> bytes:
        """What the reverted transaction said, as a replay tells; empty if none does.

        On the block before, or, when the cause stands in the transaction's own block, on that.
        """
        request = self._request(row.intent) | {"gas": hex(row.gas or 0)}
        for number in (receipt.block_number - 1, receipt.block_number):
            try:
                self._node.call("eth_call", request, hex(number))
            except RpcError as error:
                if error.data:
                    return error.data
        return b""

    # Head

    def _head_calls(self) -> list[Call]:
        calls = [
            Call("eth_getBlockByNumber", ("latest", False)),
            Call("eth_getTransactionCount", (self._sender, "latest")),
            Call("eth_getTransactionCount", (self._sender, "pending")),
            Call("eth_getBalance", (self._sender, "latest")),
            Call("eth_maxPriorityFeePerGas"),
        ]
        if self._rules.confirmations == "finalized":
            calls.append(Call("eth_getBlockByNumber", ("finalized", False)))
        return calls

    def _head(self, answers: Sequence[Any]) -> Head:
        block = Block.read(_good(answers[0]))
        confirmations = self._rules.confirmations
        final = (
            Block.read(_good(answers[5])).number
            if confirmations == "finalized"
            else block.number - confirmations
        )
        return Head(
            block_number=block.number,
            final_number=final,
            base_fee=block.base_fee,
            priority_fee=self._priority_fee(answers[4]),
            gas_limit=block.gas_limit,
            balance=quantity(_good(answers[3])),
            latest_nonce=Nonce(quantity(_good(answers[1]))),
            pending_nonce=Nonce(quantity(_good(answers[2]))),
        )

    def _priority_fee(self, suggested: Any) -> int:
        if self._rules.priority_fee is not None:
            return self._rules.priority_fee
        return _FALLBACK_PRIORITY_FEE if isinstance(suggested, RpcError) else quantity(suggested)

    def _with_receipts(self, head: Head, answers: Sequence[Any]) -> Head:
        found = [Receipt.read(_good(answer)) for answer in answers if answer is not None]
        if not found:
            return head
        # A batch is not one moment: a receipt may be newer than the block that was read beside it.
        newer = max(0, max(receipt.block_number for receipt in found) - head.block_number)
        final = head.final_number + (0 if self._rules.confirmations == "finalized" else newer)
        receipts = {receipt.hash: receipt for receipt in found}
        return replace(
            head,
            block_number=head.block_number + newer,
            final_number=final,
            receipts={**head.receipts, **receipts},
        )

    # Simulation

    def _simulation(self, intent: Intent) -> Call:
        if intent.gas is None:
            return Call("eth_estimateGas", (self._request(intent), "latest"))
        return Call("eth_call", (self._request(intent) | {"gas": hex(intent.gas)}, "latest"))

    def _request(self, intent: Intent) -> dict[str, str]:
        request = {"from": self._sender, "data": hexed(intent.data), "value": hex(intent.value)}
        return request | ({"to": intent.to} if intent.to else {})

    # Who used a nonce

    def _with_taken(self, head: Head, unexplained: Sequence[Row]) -> Head:
        taken = {}
        for row in unexplained:
            if row.nonce is None:
                continue
            if found := self._find_taken(row, row.nonce, head.block_number):
                taken[row.nonce] = found
        return replace(head, taken=taken) if taken else head

    def _find_taken(self, row: Row, nonce: Nonce, latest: int) -> Taken | None:
        try:
            number = self._block_that_used(nonce, latest)
            block = self._node.call("eth_getBlockByNumber", hex(number), True)
        except RpcError:  # a node that has pruned that state: no proof, so the row waits
            return None
        for transaction in (block or {}).get("transactions", ()):
            ours = transaction["from"].lower() == self._sender.lower()
            if ours and quantity(transaction["nonce"]) == nonce:
                return Taken(TxHash(transaction["hash"]), number, _does(transaction, row.intent))
        return None

    def _block_that_used(self, nonce: Nonce, latest: int) -> int:
        """The first block with a count above `nonce`: back in doubling strides, then bisection."""
        above, stride = latest, 1
        while (below := max(above - stride, -1)) >= 0 and self._node.nonce(self._sender, below) > nonce:
            above, stride = below, stride * 2
        while above - below > 1:
            middle = (above + below) // 2
            if self._node.nonce(self._sender, middle) > nonce:
                above = middle
            else:
                below = middle
        return above


def _unexplained(head: Head, live: Sequence[Row]) -> list[Row]:
    """Rows whose nonce was used, by none of their transactions that we have a receipt of."""
    used = [row for row in live if row.nonce is not None and row.nonce < head.latest_nonce]
    return [row for row in used if head.receipt_of(row) is None]


def _receipt_calls(rows: Sequence[Row]) -> list[Call]:
    hashes = [attempt.hash for row in rows for attempt in row.attempts]
    return [Call("eth_getTransactionReceipt", (hash_,)) for hash_ in hashes]


def _estimate(intent: Intent, answer: Any) -> int | RpcError:
    if isinstance(answer, RpcError):
        return answer
    return quantity(answer) if intent.gas is None else intent.gas


def _does(transaction: dict[str, Any], intent: Intent) -> bool:
    found = Intent(
        key=intent.key,
        to=transaction.get("to"),
        data=blob(transaction["input"]),
        value=quantity(transaction["value"]),
    )
    return found.same_content(intent)


def _good(answer: Any) -> Any:
    if isinstance(answer, RpcError):
        raise answer
    return answer
