"""Receipts as the bytes that a header's receipts root is of (EIP-658, EIP-2718)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from trust.chain.wire import WireLog, WireReceipt
from trust.proof import rlp

_BLOOM_BYTES = 256


@dataclass(frozen=True, slots=True)
class ProvenLog:
    """One log of a receipt, in its order."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that was read back from its encoding."""

    kind: int
    succeeded: bool
    logs: tuple[ProvenLog, ...]

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """From encoded bytes. Raises rlp.Malformed."""
        kind = 0
        if raw and raw[0] < 0x80:
            kind, raw = raw[0], raw[1:]
        fields = rlp.decode_list(raw)
        if len(fields) != 4 or len(fields[2]) != _BLOOM_BYTES:
            raise rlp.Malformed("not a receipt")
        return cls(kind, fields[0] == b"\x01", tuple(_read(log) for log in rlp.decode_list(fields[3])))


def encode_receipts(receipts: Sequence[WireReceipt]) -> list[bytes]:
    """Each receipt as the trie's value. Raises rlp.Malformed."""
    try:
        return [_encoded(receipt) for receipt in receipts]
    except (TypeError, ValueError, OverflowError) as cause:
        raise rlp.Malformed(f"a receipt without a usable field: {cause}") from cause


def _encoded(receipt: WireReceipt) -> bytes:
    kind = int(receipt.type or "0x0", 16)
    state = receipt.root if receipt.status is None else receipt.status
    if state is None:
        raise ValueError("neither status nor root")
    outcome = bytes.fromhex(state[2:]) if receipt.status is None else rlp.shortest(int(state, 16))
    bloom = bytes.fromhex(receipt.logs_bloom[2:])
    body = rlp.encode_list(
        (
            rlp.encode(outcome),
            rlp.encode_int(int(receipt.cumulative_gas_used, 16)),
            rlp.encode(bloom),
            _logs(receipt.logs),
        )
    )
    return bytes((kind,)) + body if kind else body


def _logs(logs: Sequence[WireLog]) -> bytes:
    # In hexadecimal, as the node gave it, and turned into bytes once: most of the work of verifying is here.
    hexed = "".join([_log(log) for log in logs])
    if hexed != hexed.lower():  # the same bytes, but texts that nothing of ours is equal to
        raise ValueError("digits in upper case")
    payload = bytes.fromhex(hexed)
    return rlp.head(len(payload), 0xC0) + payload


def _log(log: WireLog) -> str:
    # What stands before the digits is in no root: with another prefix a log of ours would pass for someone else's.
    if len(log.address) != 42 or log.address[:2] != "0x" or log.data[:2] != "0x":
        raise ValueError("an address of another length, or an address or data without 0x")
    for topic in log.topics:
        if len(topic) != 66 or topic[:2] != "0x":
            raise ValueError("a topic of another length or without 0x")
    data = log.data[2:]
    length = len(data) // 2
    topics = "".join(["a0" + topic[2:] for topic in log.topics])
    body = data if length == 1 and data < "80" else _head(length, 0x80) + data
    inside = f"94{log.address[2:]}{_head(33 * len(log.topics), 0xC0)}{topics}{body}"
    return _head(len(inside) // 2, 0xC0) + inside


_HEADS: dict[tuple[int, int], str] = {}


def _head(length: int, offset: int) -> str:
    found = _HEADS.get((length, offset))
    if found is None:
        found = rlp.head(length, offset).hex()
        if len(_HEADS) < 4096:
            _HEADS[length, offset] = found
    return found


def _read(raw: bytes) -> ProvenLog:
    fields = rlp.decode_list(raw)
    if len(fields) != 3 or len(fields[0]) != 20:
        raise rlp.Malformed("not a log")
    topics = tuple(rlp.decode_list(fields[1]))
    if any(len(topic) != 32 for topic in topics):
        raise rlp.Malformed("not a topic")
    return ProvenLog(fields[0], topics, fields[2])
