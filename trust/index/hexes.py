"""Many hexadecimal texts at once."""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Odd(ValueError):  # noqa: N818 - said of an answer
    """Something that isn't in its form; the message says what the node gave."""


def unhexed(texts: Sequence[str], width: int) -> NDArray[np.uint8]:
    """Texts with their 0x, all of `width` bytes, as rows. Raises Odd."""
    length = 2 + 2 * width
    if set(map(len, texts)) - {length}:
        raise Odd(f"gave something else where {width} bytes belong")
    try:
        joined = bytearray("".join(texts), "ascii")
    except UnicodeEncodeError as cause:
        raise Odd("gave something else where digits belong") from cause
    characters = np.frombuffer(joined, np.uint8).reshape(len(texts), length)
    if not (characters[:, :2] == np.frombuffer(b"0x", np.uint8)).all():
        raise Odd("gave digits without 0x")
    characters[:, 1] = ord("0")  # a byte more a text is cheaper than to cut two characters off
    return np.ascontiguousarray(digits(characters)[:, 1:])


def digits(characters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows of digits, an even number each, as rows of bytes. Raises Odd."""
    rows, length = characters.shape
    try:
        return np.frombuffer(unhexlify(np.ascontiguousarray(characters).data), np.uint8).reshape(
            rows, length // 2
        )
    except ValueError as cause:
        raise Odd("gave something else where digits belong") from cause


def quantities(texts: Sequence[str]) -> NDArray[np.int64]:
    """JSON-RPC quantities below 2^63. Raises Odd."""
    try:
        return np.array([_quantity(text) for text in texts], np.int64)
    except (ValueError, OverflowError) as cause:
        raise Odd(f"gave something else where a number belongs: {cause}") from cause


def _quantity(text: str) -> int:
    # `int` would also take a sign, spaces, underscores, and digits of any script.
    if not text.startswith("0x") or not text.isascii() or not text.isalnum():
        raise ValueError(f"{text!r:.40}")
    return int(text, 16)
