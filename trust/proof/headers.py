"""Block headers as the bytes that their hash is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from eth_utils.crypto import keccak

from trust.proof import rlp

# In the header's order, with the fork that brought the later ones; JSON names as nodes give them.
_BLOBS = ("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom")
_INTS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
_LAST_BLOBS = ("extraData", "mixHash", "nonce")
_LATER = (
    ("baseFeePerGas", True),  # London
    ("withdrawalsRoot", False),  # Shanghai
    ("blobGasUsed", True),  # Cancun
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),  # Prague
)
_FIRST_LATER = len(_BLOBS) + len(_INTS) + len(_LAST_BLOBS)
_BLOOM_BYTES = 256


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
            fields = [_blob(answer[name]) for name in _BLOBS]
            fields += [rlp.shortest(int(answer[name], 16)) for name in _INTS]
            fields += [_blob(answer[name]) for name in _LAST_BLOBS]
            for name, is_number in _LATER:
                if (value := answer.get(name)) is None:
                    continue  # anvil's first block of an early fork has some without those before them
                fields.append(rlp.shortest(int(value, 16)) if is_number else _blob(value))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as cause:
            raise rlp.Malformed(f"a header without a usable field: {cause}") from cause
        return cls._of(fields, rlp.encode_list(map(rlp.encode, fields)))

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """From encoded bytes. Raises rlp.Malformed."""
        return cls._of(rlp.decode_list(raw), raw)

    @classmethod
    def _of(cls, fields: Sequence[bytes], raw: bytes) -> Self:
        known = _FIRST_LATER <= len(fields) <= _FIRST_LATER + len(_LATER)
        if not known or len(fields[6]) != _BLOOM_BYTES or any(len(fields[i]) != 32 for i in (0, 4, 5)):
            raise rlp.Malformed("not a header")
        number, timestamp = (int.from_bytes(fields[place], "big") for place in (8, 11))
        if max(number, timestamp) >= 1 << 63:  # no database keeps more
            raise rlp.Malformed("a number or time that can't be")
        return cls(
            number=number,
            hash=keccak(raw),
            parent=fields[0],
            timestamp=timestamp,
            gas_used=int.from_bytes(fields[10], "big"),
            transactions_root=fields[4],
            receipts_root=fields[5],
            bloom=int.from_bytes(fields[6], "big"),
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


def _blob(value: Any) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(f"{value!r:.40} is not data")
    return bytes.fromhex(value[2:])
