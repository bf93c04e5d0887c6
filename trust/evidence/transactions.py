"""Transactions as the bytes that a header's transactions root is of (EIP-2718, 2930, 1559, 4844, 7702)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trust.proof import rlp

# What comes before `to`, and after the access list, by type. Legacy transactions have neither type nor list.
_BEFORE = {
    0: ("nonce", "gasPrice", "gas"),
    1: ("chainId", "nonce", "gasPrice", "gas"),
    2: ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas"),
    3: ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas"),
    4: ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas"),
}
_LEGACY_FIELDS = 9
_CHAIN_BYTES = 8
_FIRST_WITH_CHAIN = 35  # EIP-155: v is 35 or 36, and twice the chain id


def encode(answer: Mapping[str, Any]) -> bytes:
    """A transaction from a node's JSON. Raises rlp.Malformed for what is unreadable or of an unknown type."""
    try:
        kind = int(answer.get("type") or "0x0", 16)
        fields = [_number(answer[name]) for name in _BEFORE[kind]]
        fields += [_blob(answer["to"] or "0x"), _number(answer["value"]), _blob(answer["input"])]
        if kind:
            fields += [_access(answer.get("accessList") or ()), *_later(kind, answer)]
        parity = answer["v"] if not kind else answer.get("yParity") or answer["v"]
        fields += [_number(parity), _number(answer["r"]), _number(answer["s"])]
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise rlp.Malformed(f"a transaction without a usable field: {cause}") from cause
    body = rlp.encode_list(fields)
    return bytes((kind,)) + body if kind else body


def chain_of(raw: bytes) -> int | None:
    """The chain that a transaction was signed for; None when it doesn't say. Raises rlp.Malformed."""
    if not raw or raw[0] in (1, 2, 3, 4):
        return _whole(rlp.decode_list(raw[1:])[:1])
    if raw[0] < 0x80:  # a type of one chain's own
        return None
    fields = rlp.decode_list(raw)
    if len(fields) != _LEGACY_FIELDS:
        raise rlp.Malformed("not a transaction")
    parity = _whole(fields[6:7])
    return (parity - _FIRST_WITH_CHAIN) // 2 if parity >= _FIRST_WITH_CHAIN else None


def _whole(fields: Sequence[bytes]) -> int:
    if not fields or len(fields[0]) > _CHAIN_BYTES:
        raise rlp.Malformed("not a transaction")
    return int.from_bytes(fields[0], "big")


def _later(kind: int, answer: Mapping[str, Any]) -> list[bytes]:
    if kind == 3:
        hashes = rlp.encode_list(map(_blob, answer["blobVersionedHashes"]))
        return [_number(answer["maxFeePerBlobGas"]), hashes]
    if kind == 4:
        return [rlp.encode_list(map(_authorization, answer["authorizationList"]))]
    return []


def _access(entries: Sequence[Mapping[str, Any]]) -> bytes:
    return rlp.encode_list(
        rlp.encode_list((_blob(entry["address"]), rlp.encode_list(map(_blob, entry["storageKeys"]))))
        for entry in entries
    )


def _authorization(entry: Mapping[str, Any]) -> bytes:
    parity = _number(entry.get("yParity") or entry["v"])
    first = (_number(entry["chainId"]), _blob(entry["address"]), _number(entry["nonce"]))
    return rlp.encode_list((*first, parity, _number(entry["r"]), _number(entry["s"])))


def _number(text: str) -> bytes:
    return rlp.encode_int(int(text, 16))


def _blob(text: str) -> bytes:
    return rlp.encode(bytes.fromhex(text[2:]))
