"""Block headers as the bytes that their hash is of."""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from eth_utils.crypto import keccak

from trust.proof import rlp

# In the header's order, with the fork that brought the later ones; JSON names as nodes give them.
_FIRST = {
    "parentHash": 32,
    "sha3Uncles": 32,
    "miner": 20,
    "stateRoot": 32,
    "transactionsRoot": 32,
    "receiptsRoot": 32,
    "logsBloom": 256,
}
_INTS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
_NUMBER, _GAS_USED, _TIMESTAMP = (_INTS.index(name) for name in ("number", "gasUsed", "timestamp"))
_LAST = ("extraData", "mixHash", "nonce")
_LATER = (
    ("baseFeePerGas", True),  # London
    ("withdrawalsRoot", False),  # Shanghai
    ("blobGasUsed", True),  # Cancun
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),  # Prague
)
_SIZES = tuple(_FIRST.values())
_FIRST_LATER = len(_FIRST) + len(_INTS) + len(_LAST)


def _spans() -> dict[str, slice]:
    """Where the first fields lie behind a header's head, always: each has one length."""
    spans, at = {}, 0
    for name, size in _FIRST.items():
        begin = at + len(rlp.string_head(size))
        spans[name], at = slice(begin, begin + size), begin + size
    return spans


_SPANS = _spans()
_LEADS = {name: rlp.string_head(size).hex() for name, size in _FIRST.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a header that the index needs; `raw` is all of it, encoded, and `hash` its keccak."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int
    gas_used: int
    transactions_root: bytes
    receipts_root: bytes
    bloom: int
    raw: bytes

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """From a node's JSON; `hash` is computed, the node's own is not looked at. Raises rlp.Malformed."""
        try:
            first = "".join(lead + _digits(answer[name], _FIRST[name]) for name, lead in _LEADS.items())
            numbers = [int(answer[name], 16) for name in _INTS]
            parts = [unhexlify(first), *map(rlp.encode_int, numbers)]
            parts += [rlp.encode(_blob(answer[name])) for name in _LAST]
            for name, is_number in _LATER:
                if (value := answer.get(name)) is None:
                    continue  # anvil's first block of an early fork has some without those before them
                parts.append(rlp.encode_int(int(value, 16)) if is_number else rlp.encode(_blob(value)))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as cause:
            raise rlp.Malformed(f"a header without a usable field: {cause}") from cause
        return cls._of(rlp.encode_list(parts), parts[0], numbers)

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """From encoded bytes. Raises rlp.Malformed."""
        fields = rlp.decode_list(raw)
        known = _FIRST_LATER <= len(fields) <= _FIRST_LATER + len(_LATER)
        if not known or tuple(map(len, fields[: len(_SIZES)])) != _SIZES:
            raise rlp.Malformed("not a header")
        first = b"".join(map(rlp.encode, fields[: len(_SIZES)]))
        numbers = [int.from_bytes(field, "big") for field in fields[len(_SIZES) :][: len(_INTS)]]
        return cls._of(raw, first, numbers)

    @classmethod
    def _of(cls, raw: bytes, first: bytes, numbers: Sequence[int]) -> Self:
        """`first` are the first fields, encoded."""
        if max(numbers[_NUMBER], numbers[_TIMESTAMP]) >= 1 << 63:  # no database keeps more
            raise rlp.Malformed("a number or time that can't be")
        return cls(
            number=numbers[_NUMBER],
            hash=keccak(raw),
            parent=first[_SPANS["parentHash"]],
            timestamp=numbers[_TIMESTAMP],
            gas_used=numbers[_GAS_USED],
            transactions_root=first[_SPANS["transactionsRoot"]],
            receipts_root=first[_SPANS["receiptsRoot"]],
            bloom=int.from_bytes(first[_SPANS["logsBloom"]], "big"),
            raw=raw,
        )

    def may_hold(self, bits: int) -> bool:
        """Whether the bloom has all of `bits`: False proves that no log of the block has them."""
        return self.bloom & bits == bits


def bloom_bits(parts: Iterable[bytes]) -> int:
    """The bits that a log with these addresses or topics sets in its block's bloom."""
    bits = 0
    for place in (place for part in parts for place in bloom_places(part)):
        bits |= 1 << place
    return bits


def bloom_places(part: bytes) -> tuple[int, int, int]:
    """The three bits of one address or topic, counted from the lowest."""
    digest = keccak(part)
    return tuple(int.from_bytes(digest[at : at + 2], "big") & 2047 for at in (0, 2, 4))  # type: ignore[return-value]


def _digits(value: Any, size: int) -> str:
    """The digits of so many bytes."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) != 2 + 2 * size:
        raise ValueError(f"{value!r:.40} is not {size} bytes")
    return value[2:]


def _blob(value: Any) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(f"{value!r:.40} is not data")
    return unhexlify(value[2:])
