"""The formats that can be stamped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from trust.errors import InputError
from trust.media.carriers import bmff, jpeg, png, riff
from trust.media.carriers.carrier import Carrier, read_at

_IMAGE, _LONG = 256 << 20, 512 << 20  # signing holds up to three times as much in memory


@dataclass(frozen=True, slots=True)
class Format:
    """A format: `most_bytes` is the largest file that is taken, `find` where its credentials are."""

    name: str
    mime: str
    suffixes: tuple[str, ...]
    most_bytes: int
    find: Callable[[BinaryIO, int], Carrier | None]


JPEG = Format("JPEG", "image/jpeg", (".jpg", ".jpeg"), _IMAGE, jpeg.find)
PNG = Format("PNG", "image/png", (".png",), _IMAGE, png.find)
WAV = Format("WAV", "audio/wav", (".wav",), _LONG, riff.find)
MP4 = Format("MP4", "video/mp4", (".mp4", ".m4v", ".m4a"), _LONG, bmff.find)
FORMATS = (JPEG, PNG, WAV, MP4)
_KNOWN = "JPEG, PNG, WAV and MP4 files can be stamped and checked."


def detect(path: Path) -> tuple[Format, int]:
    """The format and size of a file, of which only the first bytes are read.

    Raises InputError for a file that can't be read, is of none of the formats or not of the one its name says, or is
    too large.
    """
    try:
        found_there = path.stat()
        if not S_ISREG(found_there.st_mode):  # a pipe would never end
            raise InputError(f"{path} is not a file.", hint=f"Give a file. {_KNOWN}")
        size = found_there.st_size
        with path.open("rb") as file:
            head = read_at(file, 0, 12)
    except OSError as cause:
        raise InputError(f"{path} can't be read: {cause.strerror}.", hint=f"Give a file. {_KNOWN}") from cause
    named = next((known for known in FORMATS if path.suffix.lower() in known.suffixes), None)
    found = _of(head)
    if named is None or found is None:
        what = "name" if named is None else "first bytes"
        raise InputError(f"{path} is of no known format, by its {what}.", hint=_KNOWN)
    if named is not found:
        raise InputError(
            f"{path} is named {named.name}, but is {found.name}.", hint="Name it for what it is."
        )
    if size > found.most_bytes:
        most = found.most_bytes >> 20
        raise InputError(
            f"{path} has {size:,} bytes; a {found.name} file of at most {most} MiB can be stamped or checked.",
            hint="Cut it into parts, or stamp a smaller rendition that a use of its own reports.",
        )
    return found, size


def _of(head: bytes) -> Format | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:] == b"WAVE":
        return WAV
    return MP4 if head[4:8] == b"ftyp" else None
