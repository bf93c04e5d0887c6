"""The pack's file: a zip whose every byte follows from its content.

Entries are stored as they are, in one order and with one time, so that two who pack the same evidence get the same
file, and a file differs from the one that its content asks for as soon as any byte of it does. Nothing is ever
unpacked to a disk, and nothing expands. Source: PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import crc32

from trust.errors import InputError

#: In the file's order.
NAMES = ("pack.json", "rows.json", "rows.csv", "report.html", "headers.rlp", "proofs.json")
MOST_BYTES = 2**30

_VERSION, _UNIX = 20, 3 << 8
_DATE = 1 << 5 | 1  # 1 January 1980, the first that the format knows
_MODE = 0o100644 << 16
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")


def packed(files: Mapping[str, bytes]) -> bytes:
    """The file with these entries, all of NAMES. Raises InputError when it is larger than a pack may be."""
    parts: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name in NAMES:
        data, label = files[name], name.encode()
        facts = (0, 0, 0, _DATE, crc32(data), len(data), len(data), len(label), 0)
        parts += [_LOCAL.pack(b"PK\3\4", _VERSION, *facts), label, data]
        directory += [_CENTRAL.pack(b"PK\1\2", _UNIX | _VERSION, _VERSION, *facts, 0, 0, 0, _MODE, at), label]
        at += _LOCAL.size + len(label) + len(data)
        check_size(at)
    listed = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(NAMES), len(NAMES), len(listed), at, 0)
    return b"".join((*parts, listed, end))


def unpacked(file: bytes) -> dict[str, bytes]:
    """The entries. Raises InputError when it isn't a pack's file.

    Checksums and the directory at the end aren't looked at: `packed` gives what they must be.
    """
    check_size(len(file))
    if file[:4] != b"PK\3\4":
        raise _no_pack("it is not a zip file")
    files: dict[str, bytes] = {}
    at = 0
    for name in NAMES:
        label = name.encode()
        start = at + _LOCAL.size + len(label)
        if len(file) < start:
            raise _no_pack("it is cut short")
        mark, _, _, method, _, _, _, size, full, label_size, extra = _LOCAL.unpack_from(file, at)
        known = file[start - len(label) : start] == label and label_size == len(label)
        if mark != b"PK\3\4" or not known:
            raise _no_pack(f"{name} is not where it belongs")
        if method or extra or size != full:
            raise _no_pack(f"{name} is compressed, and entries of a pack never are")
        if len(file) < start + size:
            raise _no_pack("it is cut short")
        files[name] = file[start : start + size]
        at = start + size
    return files


def check_size(size: int) -> None:
    """Raises InputError for more than a pack may have."""
    if size > MOST_BYTES:
        raise InputError(
            f"That is more than {MOST_BYTES >> 20:,} MiB, the most that an evidence pack has.",
            hint="Pack a shorter range with --since and --until.",
        )


def _no_pack(why: str) -> InputError:
    return InputError(
        f"This is not an evidence pack: {why}.",
        hint="Give the file that `trust audit pack` wrote, unchanged and whole.",
    )
