"""MP4: credentials are in a box before the media, whose places in the file they moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from trust.media.carriers.carrier import MOST_PARTS, Carrier, Damaged, Piece, one, read_at

_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
# Version and flags, what the box is for, and no Merkle tree.
_PURPOSE = bytes(4) + b"manifest\0" + bytes(8)
_BEFORE_STORE = 8 + len(_UUID) + len(_PURPOSE)
_MOST_INDEX = 64 << 20  # a film's `moov` has some megabytes
_TO_OFFSETS = (b"trak", b"mdia", b"minf", b"stbl")
_OFFSETS = {b"stco": 4, b"co64": 8}  # bytes of one offset

Box = tuple[bytes, int, int, int]  # kind, start, start of what it holds, end


def find(file: BinaryIO, size: int) -> Carrier | None:
    """The stamp's box, None without one. Raises Damaged."""
    boxes = list(_boxes(file, size))
    stamps = [(start, end) for kind, start, _, end in boxes if kind == b"uuid" and _is_stamp(file, start)]
    found = one(stamps, "boxes")
    if found is None:
        return None
    start, end = found
    box = read_at(file, start, end - start)
    if box[24:_BEFORE_STORE] != _PURPOSE or int.from_bytes(box[:4], "big") != len(box):
        raise Damaged("The box that holds the credentials isn't as it was written.")
    pieces: list[Piece] = [(0, start)]
    done = end
    for kind, begins, inside, ends in boxes:
        if kind == b"moov" and begins >= end:
            pieces += [(done, inside), _moved_back(_held(file, inside, ends), start, end - start)]
            done = ends
    return Carrier(box[_BEFORE_STORE:], (*pieces, (done, size)))


def _boxes(file: BinaryIO, size: int) -> Iterator[Box]:
    at = 0
    for _ in range(MOST_PARTS):
        head = read_at(file, at, 16)
        if len(head) < 8 or at >= size:
            return
        length, inside = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, inside = int.from_bytes(head[8:16], "big"), at + 16
        end = size if length == 0 else at + length
        if end < inside or end > size:
            return
        yield head[4:8], at, inside, end
        at = end
    raise Damaged("The file has more boxes than any film.")


def _is_stamp(file: BinaryIO, start: int) -> bool:
    return read_at(file, start + 8, 16) == _UUID


def _held(file: BinaryIO, start: int, end: int) -> bytearray:
    if end - start > _MOST_INDEX:
        raise Damaged("The file's index of its media is larger than any film's.")
    return bytearray(read_at(file, start, end - start))


def _moved_back(index: bytearray, start: int, by: int) -> bytes:
    """The index with each place behind `start` moved back by what the credentials took."""
    for kind, first, last in _offset_tables(index, 0, len(index)):
        width = _OFFSETS[kind]
        for at in range(first, last - width + 1, width):
            place = int.from_bytes(index[at : at + width], "big")
            if place >= start + by:
                index[at : at + width] = (place - by).to_bytes(width, "big")
    return bytes(index)


def _offset_tables(index: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at = start
    while at + 8 <= end:
        length, kind = int.from_bytes(index[at : at + 4], "big"), bytes(index[at + 4 : at + 8])
        if length < 8 or at + length > end:
            return
        if kind in _TO_OFFSETS:
            yield from _offset_tables(index, at + 8, at + length)
        elif kind in _OFFSETS:
            # Version and flags, then how many.
            yield kind, at + 16, at + length
        at += length
