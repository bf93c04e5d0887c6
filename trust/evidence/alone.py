"""One transaction's logs, proven by themselves under one header. What else its block holds isn't shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from eth_utils.crypto import keccak

from trust.chain.rpc import hexed
from trust.evidence.blocks import Blocks
from trust.evidence.logs import Placed
from trust.evidence.proofs import ProvenTransaction, unhexed
from trust.proof import Header, Receipt, prove, rlp, verify


class Alone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A block's header, and of one of its transactions the nodes that prove its receipt and itself."""

    header: str
    transaction: ProvenTransaction


@dataclass(frozen=True, slots=True)
class OpenedAlone:
    """What it proves. A log's index is its place in its receipt, since the receipts before it aren't here."""

    header: Header
    transaction: bytes
    logs: tuple[Placed, ...]

    @property
    def hash(self) -> bytes:
        """The transaction's."""
        return keccak(self.transaction)


def carry_alone(blocks: Blocks, block_hash: bytes, index: int) -> Alone:
    """The transaction at `index` of a block. Raises Shifted, Untrue."""
    header = blocks.header(block_hash)
    ((_, receipts),) = blocks.receipts([header])
    nodes = [_hexes(prove(values, index)) for values in (receipts, blocks.transactions(header))]
    return Alone(hexed(header.raw), ProvenTransaction(index, *nodes))


def open_alone(alone: Alone) -> OpenedAlone:
    """What it proves under its own header, whose hash is still to be compared. Raises rlp.Malformed."""
    header = Header.decode(unhexed(alone.header))
    told = alone.transaction
    receipt = verify(header.receipts_root, told.index, [*map(unhexed, told.receipt)])
    transaction = verify(header.transactions_root, told.index, [*map(unhexed, told.transaction)])
    try:
        logs = Receipt.decode(receipt).logs
    except rlp.Malformed as cause:
        raise rlp.Malformed(f"its receipt can't be read: {cause}") from cause
    placed = tuple(Placed(header.number, told.index, place, log) for place, log in enumerate(logs))
    return OpenedAlone(header, transaction, placed)


def _hexes(nodes: Sequence[bytes]) -> list[str]:
    return [*map(hexed, nodes)]
