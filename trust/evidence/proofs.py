"""What a pack carries of a block, and what that proves under the block's header.

All receipts of a carried block are there, so that its logs are proven and none is missing. Of the transactions
that rows name, receipt and transaction come with the trie's nodes that prove each by itself; a receipt proven
so isn't repeated in the list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from trust.chain.rpc import hexed
from trust.evidence.logs import Placed
from trust.proof import Header, Receipt, prove, rlp, root_of, verify

_Count = Annotated[int, Meta(ge=0, lt=2**62)]


class ProvenTransaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nodes from the root to the value at `index`, under the receipts root and under the transactions root."""

    index: _Count
    receipt: list[str]
    transaction: list[str]


class CarriedBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A block that may hold a row. None among the `receipts`: it is proven by its nodes.

    A block from before the range has its `header` with it.
    """

    number: _Count
    transactions: list[ProvenTransaction]
    receipts: list[str | None]
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A carried block, proven: all its logs and receipts, and by index the transactions that were proven."""

    header: Header
    logs: tuple[Placed, ...]
    receipts: tuple[bytes, ...]
    transactions: dict[int, bytes]


def carry(
    header: Header,
    receipts: Sequence[bytes],
    transactions: Sequence[bytes],
    wanted: Collection[int],
    *,
    before_range: bool = False,
) -> CarriedBlock:
    """A block whose `wanted` transactions have rows; `transactions` may be left empty where none has."""
    return CarriedBlock(
        header.number,
        [_proven(receipts, transactions, index) for index in sorted(wanted)],
        [None if index in wanted else hexed(receipt) for index, receipt in enumerate(receipts)],
        hexed(header.raw) if before_range else None,
    )


def open_block(header: Header, block: CarriedBlock) -> Opened:
    """What the block proves under its header. Raises rlp.Malformed."""
    receipts = [None if text is None else unhexed(text) for text in block.receipts]
    raws: dict[int, bytes] = {}
    alone: dict[int, bytes] = {}
    for proven in block.transactions:
        alone[proven.index] = verify(header.receipts_root, proven.index, [*map(unhexed, proven.receipt)])
        raws[proven.index] = verify(
            header.transactions_root, proven.index, [*map(unhexed, proven.transaction)]
        )
    if list(raws) != sorted(raws) or len(raws) != len(block.transactions):
        raise rlp.Malformed("its transactions are not in their order")
    if [index for index, receipt in enumerate(receipts) if receipt is None] != list(alone):
        raise rlp.Malformed("its list of receipts doesn't fit its proofs")
    whole = [alone[index] if receipt is None else receipt for index, receipt in enumerate(receipts)]
    if root_of(whole) != header.receipts_root:
        raise rlp.Malformed("its receipts are not those that its header's receipts root is of")
    return Opened(header, logs_of(header.number, whole), tuple(whole), raws)


def unhexed(text: str) -> bytes:
    """Bytes of a text that `hexed` wrote. Raises rlp.Malformed."""
    try:
        raw = bytes.fromhex(text[2:])
    except ValueError as cause:
        raise rlp.Malformed("something isn't hexadecimal") from cause
    if hexed(raw) != text:
        raise rlp.Malformed("something isn't in the one form that hexadecimal has here")
    return raw


def _proven(receipts: Sequence[bytes], transactions: Sequence[bytes], index: int) -> ProvenTransaction:
    return ProvenTransaction(
        index, [*map(hexed, prove(receipts, index))], [*map(hexed, prove(transactions, index))]
    )


def logs_of(number: int, receipts: Sequence[bytes]) -> tuple[Placed, ...]:
    """All logs of a block's receipts, in order. Raises rlp.Malformed."""
    logs = [(index, log) for index, raw in enumerate(receipts) for log in Receipt.decode(raw).logs]
    return tuple(Placed(number, index, place, log) for place, (index, log) in enumerate(logs))
