"""Recursive length prefix, against the `rlp` package: what it writes we read, and nothing else."""

from __future__ import annotations

import random

import pytest
import rlp as reference

from trust.proof import rlp

LENGTHS = (0, 1, 2, 55, 56, 57, 255, 256, 65_535, 65_536)
Item = bytes | list["Item"]


def random_item(dice: random.Random, depth: int = 0) -> Item:
    if depth < 4 and dice.random() < 0.45:
        return [random_item(dice, depth + 1) for _ in range(dice.randrange(8))]
    return dice.randbytes(dice.choice((0, 1, 1, 3, 32, 54, 55, 56, 70, 260)))


def ours(item: Item) -> bytes:
    return rlp.encode(item) if isinstance(item, bytes) else rlp.encode_list(map(ours, item))


def one_level(item: list[Item]) -> list[bytes]:
    """As we read a list: lists inside as they are encoded."""
    return [part if isinstance(part, bytes) else reference.encode(part) for part in item]


@pytest.mark.parametrize("seed", range(20))
def test_anything_is_encoded_as_the_reference_does_and_read_back(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(30):
        item = [random_item(dice) for _ in range(dice.randrange(6))]
        encoded = ours(item)
        assert encoded == reference.encode(item)
        assert rlp.decode_list(encoded) == one_level(item)


@pytest.mark.parametrize("length", LENGTHS)
def test_every_form_of_a_length_is_read_back(length: int) -> None:
    for data in (bytes(length), b"\x7f" * length, b"\x80" * length):
        assert rlp.encode(data) == reference.encode(data)
        assert rlp.decode_list(rlp.encode_list([rlp.encode(data)] * 2)) == [data, data]
        assert rlp.encode_list([rlp.encode(data)]) == reference.encode([data])


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**63, 2**64 - 1, 2**256 - 1])
def test_a_number_has_no_leading_zeros(number: int) -> None:
    assert rlp.encode_int(number) == reference.encode(number)


def test_a_negative_number_has_no_form() -> None:
    with pytest.raises(OverflowError):
        rlp.encode_int(-1)


MALFORMED = {
    "nothing": "",
    "a string": "83646f67",
    "a byte": "00",
    "more after the list": "c000",
    "cut short": "c483646f",
    "cut in its length": "f9ff",
    "an item longer than its list": "c283646f67",
    "a byte with a form of its own": "c28100",
    "a byte with a longer length": "c3b80100",
    "a long form of a short string": "c5b803646f67",
    "a long form of a short list": "f803c20102",
    "a length with a leading zero": "f90038" + "00" * 56,
    "a string's length with a leading zero": "f83bb90038" + "11" * 56,
    "a string's length beyond the end": "c9bfffffffffffffffff",
    "a list's length beyond the end": "ffffffffffffffffff",
}


@pytest.mark.parametrize("encoded", MALFORMED.values(), ids=MALFORMED)
def test_what_no_encoder_writes_is_refused(encoded: str) -> None:
    with pytest.raises(rlp.Malformed):
        rlp.decode_list(bytes.fromhex(encoded))


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_refused_or_read_as_the_reference_reads_it(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        damaged = bytearray(ours([random_item(dice, 2) for _ in range(4)]))
        for _ in range(dice.randint(1, 2)):
            at = dice.randrange(len(damaged))
            damaged[at : at + 1] = dice.choice((b"", b"\x00", bytes([damaged[at] ^ 1 << dice.randrange(8)])))
        theirs = reference_list(bytes(damaged))
        try:
            found = rlp.decode_list(bytes(damaged))
        except rlp.Malformed:
            assert theirs is None
        else:  # the reference also looks into the lists inside
            assert theirs is None or found == one_level(theirs)


def reference_list(encoded: bytes) -> list[Item] | None:
    try:
        found = reference.decode(encoded)
    except reference.DecodingError:
        return None
    return found if isinstance(found, list) else None
