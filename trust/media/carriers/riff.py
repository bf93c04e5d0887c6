"""WAV: credentials are in a C2PA chunk, whose length the RIFF header counts."""

from __future__ import annotations

from typing import BinaryIO

from trust.media.carriers.carrier import MOST_PARTS, Carrier, Damaged, one, read_at

_HEAD = 12  # RIFF, size, WAVE


def find(file: BinaryIO, size: int) -> Carrier | None:
    """The stamp's chunk, None without one. Raises Damaged."""
    found = one(_chunks(file, size), "chunks")
    if found is None:
        return None
    start, end = found
    chunk = read_at(file, start, end - start)
    length = int.from_bytes(chunk[4:8], "little")
    if any(chunk[8 + length :]):
        raise Damaged("The byte that fills up the chunk of the credentials isn't zero.")
    counted = int.from_bytes(read_at(file, 4, 4), "little") - (end - start)
    if counted < 4:
        raise Damaged("The file's header counts less than its credentials.")
    pieces = ((0, 4), counted.to_bytes(4, "little"), (8, start), (end, size))
    return Carrier(chunk[8 : 8 + length], pieces)


def _chunks(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = _HEAD
    for _ in range(MOST_PARTS):
        head = read_at(file, at, 8)
        if len(head) < 8:
            return found
        length = int.from_bytes(head[4:], "little")
        end = at + 8 + length + (length & 1)
        if end > size:
            return found
        if head[:4] == b"C2PA":
            found.append((at, end))
        at = end
    raise Damaged("The file has more chunks than any sound.")
