"""Recursive length prefix: bytes, and lists of what is encoded already. Source: Ethereum Yellow Paper, appendix B."""

from __future__ import annotations

from collections.abc import Iterable


class Malformed(ValueError):  # noqa: N818 - said of bytes
    """Bytes that no encoder writes."""


#: What stands before short byte strings.
_SHORT = tuple(bytes((0x80 + length,)) for length in range(56))


def encode(data: bytes) -> bytes:
    """A byte string."""
    length = len(data)
    if length == 1 and data[0] < 0x80:
        return data
    return string_head(length) + data


def string_head(length: int) -> bytes:
    """What stands before a byte string of so many bytes, unless it is one below 0x80."""
    return _SHORT[length] if length < 56 else head(length, 0x80)


def encode_int(number: int) -> bytes:
    """A whole number without leading zeros."""
    return encode(shortest(number))


def shortest(number: int) -> bytes:
    """A whole number as bytes without leading zeros. Raises OverflowError below 0."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_list(encoded: Iterable[bytes]) -> bytes:
    """A list of items that are encoded already."""
    payload = b"".join(encoded)
    return head(len(payload), 0xC0) + payload


def head(length: int, offset: int) -> bytes:
    """What stands before a payload; `offset` is 0x80 for bytes and 0xC0 for lists."""
    if length < 56:
        return bytes((offset + length,))
    size = (length.bit_length() + 7) // 8
    return bytes((offset + 55 + size,)) + length.to_bytes(size, "big")


def decode_list(data: bytes) -> list[bytes]:
    """The items of a list: byte strings decoded, lists as they are encoded. Raises Malformed."""
    start, end, is_list = _item(data, 0)
    if not is_list or end != len(data):
        raise Malformed("not one list")
    found = []
    while start < end:
        first, stop, inner = _item(data, start)
        if stop > end:
            raise Malformed("an item is longer than its list")
        found.append(data[start:stop] if inner else data[first:stop])
        start = stop
    return found


def _item(data: bytes, at: int) -> tuple[int, int, bool]:
    """Where the payload of the item at `at` begins and ends, and whether it is a list."""
    if at >= len(data):
        raise Malformed("cut short")
    lead = data[at]
    if lead < 0x80:
        return at, at + 1, False
    is_list = lead >= 0xC0
    short = lead - (0xC0 if is_list else 0x80)
    if short < 56:
        begin, length = at + 1, short
    else:
        begin = at + 1 + short - 55
        length = int.from_bytes(data[at + 1 : begin], "big")
        if length < 56 or data[at + 1] == 0:
            raise Malformed("a length that has a shorter form")
    if begin + length > len(data):
        raise Malformed("cut short")
    if not is_list and short == 1 and data[begin] < 0x80:
        raise Malformed("a byte that has a shorter form")
    return begin, begin + length, is_list
