"""What a file carries: the credentials' store, and the pieces that were the file before it was stamped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

_AT_ONCE = 1 << 20
#: No file that anybody plays has more chunks or boxes; a made one could keep a reader busy for hours.
MOST_PARTS = 200_000

Piece = tuple[int, int] | bytes  # bytes of the file from an offset to an end, or bytes to put there


class Damaged(Exception):  # noqa: N818 - said of a file
    """The file's parts don't fit together where its credentials are; says what, in plain words."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """`store` is the credentials' JUMBF; `pieces` one after another are the file without them."""

    store: bytes
    pieces: tuple[Piece, ...]

    def original(self, file: BinaryIO) -> Iterator[bytes]:
        """The file's bytes before it was stamped, some at a time."""
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from span(file, *piece)


def span(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end` of a file, some at a time."""
    file.seek(start)
    left = end - start
    while left > 0 and (part := file.read(min(left, _AT_ONCE))):
        left -= len(part)
        yield part


def keccak_of(parts: Iterable[bytes]) -> bytes:
    """keccak256, as uses on the chain commit to their outputs."""
    from eth_hash.auto import keccak

    hasher = keccak.new(b"")
    for part in parts:
        hasher.update(part)
    return bytes(hasher.digest())


def read_at(file: BinaryIO, start: int, length: int) -> bytes:
    """Bytes from an offset; fewer where the file ends."""
    file.seek(start)
    return file.read(length)


def one(found: list[tuple[int, int]], what: str) -> tuple[int, int] | None:
    """The only one of the places found. Raises Damaged when there are more."""
    if len(found) > 1:
        raise Damaged(f"The file has {len(found)} {what} with credentials; a stamped file has one.")
    return found[0] if found else None
