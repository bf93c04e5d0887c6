"""PNG: credentials are in a caBX chunk."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from trust.media.carriers.carrier import MOST_PARTS, Carrier, Damaged, one, read_at

_SIGNATURE_BYTES, _AROUND = 8, 12  # length, type and checksum


def find(file: BinaryIO, size: int) -> Carrier | None:
    """The stamp's chunk, None without one. Raises Damaged."""
    found = one(_chunks(file, size), "chunks")
    if found is None:
        return None
    start, end = found
    chunk = read_at(file, start, end - start)
    if int.from_bytes(chunk[-4:], "big") != zlib.crc32(chunk[4:-4]):
        raise Damaged("The checksum of the chunk that holds the credentials is wrong.")
    return Carrier(chunk[8:-4], ((0, start), (end, size)))


def _chunks(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = _SIGNATURE_BYTES
    for _ in range(MOST_PARTS):
        head = read_at(file, at, 8)
        if len(head) < 8:
            return found
        end = at + _AROUND + int.from_bytes(head[:4], "big")
        if end > size:
            return found
        if head[4:] == b"caBX":
            found.append((at, end))
        at = end
    raise Damaged("The file has more chunks than any picture.")
