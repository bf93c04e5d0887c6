"""JPEG: credentials are in an APP11 segment of the header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from trust.media.carriers.carrier import MOST_PARTS, Carrier, Damaged, one, read_at

_APP11, _SCAN, _END = 0xEB, 0xDA, 0xD9
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
# Box instance 0x0211 and packet 1 are what c2pa writes; a store that needs a second packet is refused.
_HEAD = b"JP\x02\x11\x00\x00\x00\x01"
_STORE = b"jumdc2pa"  # type and the first bytes of the UUID of the store's description


def find(file: BinaryIO, size: int) -> Carrier | None:
    """The stamp's segment, None without one. Raises Damaged."""
    segments = (place for place, marker in _segments(file, size) if marker == _APP11)
    found = one([place for place in segments if _is_credentials(file, place)], "segments")
    if found is None:
        return None
    start, end = found
    segment = read_at(file, start, end - start)
    store = segment[12:]
    if segment[4:12] != _HEAD or int.from_bytes(store[:4], "big") != len(store):
        raise Damaged("The segment that holds the credentials isn't as it was written.")
    return Carrier(store, ((0, start), (end, size)))


def _segments(file: BinaryIO, size: int) -> Iterator[tuple[tuple[int, int], int]]:
    """Start, end and marker of each segment before the picture itself."""
    at = 2
    for _ in range(MOST_PARTS):
        head = read_at(file, at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (_SCAN, _END):
            return
        if head[1] == 0xFF:
            at += 1
        elif head[1] in _ALONE:
            at += 2
        else:
            end = at + 2 + int.from_bytes(head[2:4], "big")
            if end < at + 4 or end > size:
                return
            yield (at, end), head[1]
            at = end
    raise Damaged("The file's header has more segments than any picture.")


def _is_credentials(file: BinaryIO, place: tuple[int, int]) -> bool:
    return _STORE in read_at(file, place[0], 40)
