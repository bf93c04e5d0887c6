"""From a path or bytes to a screenplay. Whatever is wrong with the input leaves here as a ScreenplayError."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import Final

from trust.errors import ScreenplayError
from trust.screenplay import fdx, fountain
from trust.screenplay.model import MAX_BYTES, Format, Screenplay
from trust.screenplay.parts import scenes_of

_SAVE_AS: Final = "Save or export the script as Fountain (plain text, UTF-8) or Final Draft (.fdx)."
_OTHER_FORMATS: Final = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (as .docx, .odt, .highland and .fadein are)"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an old Microsoft Office document"),
)


def read(source: Path | str | bytes, name: str = "") -> Screenplay:
    """Read a Fountain or Final Draft screenplay; the content decides which, never the suffix.

    source: a path (Path or str), or the file's bytes. UTF-8, or UTF-16 with a byte order mark; 20 MB at most.
    name: what to call bytes in messages, and the title's stand-in; a path has its own.

    Raises ScreenplayError, and nothing else, saying what to do.
    """
    if isinstance(source, bytes):
        data, name = source, name or "the screenplay"
        stand_in = Path(name).stem if name != "the screenplay" else ""
    else:
        data, name = _bytes_at(Path(source)), name or Path(source).name
        stand_in = Path(name).stem
    text = _decoded(data, name)
    # XML starts with a tag; no Fountain element does.
    form = Format.FDX if text.lstrip().startswith("<") else Format.FOUNTAIN
    title, parts = fdx.parse(text, name) if form is Format.FDX else fountain.parse(text, name)
    try:
        scenes, characters = scenes_of(parts)
    except ScreenplayError as error:
        raise ScreenplayError(f"{name}: {error.message}", hint=error.hint) from error
    return Screenplay(title or stand_in, scenes, characters, form, hashlib.sha256(data).hexdigest())


def _bytes_at(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ScreenplayError(
                f"{path} is a directory.", hint="Give the path of one .fountain or .fdx file."
            )
        if path.exists() and not path.is_file():
            # A pipe or device might never end.
            raise ScreenplayError(f"{path} is not an ordinary file.", hint="Save the script to a file first.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ScreenplayError(f"There is no file {path}.", hint="Check the path.") from error
    except (OSError, ValueError) as error:
        raise ScreenplayError(
            f"{path} cannot be read: {error}.", hint="Check the path and its permissions."
        ) from error


def _decoded(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise ScreenplayError(
            f"{name} is larger than {MAX_BYTES // 1024**2} MB, the limit.",
            hint="A feature is under 1 MB: remove pasted images, or split the file.",
        )
    if not data.strip():
        raise ScreenplayError(f"{name} is empty.", hint=_SAVE_AS)
    for magic, what in _OTHER_FORMATS:
        if data.startswith(magic):
            raise ScreenplayError(f"{name} is {what}, not a screenplay this can read.", hint=_SAVE_AS)
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = "" if utf_16 else f" (byte 0x{data[error.start]:02x} in line {line})"
        raise ScreenplayError(
            f"{name} is not {'UTF-16' if utf_16 else 'UTF-8'} text{where}.",
            hint="Save it as UTF-8 and try again.",
        ) from error
    if "\x00" in text:
        raise ScreenplayError(
            f"{name} is binary, or text in an encoding without a byte order mark.", hint=_SAVE_AS
        )
    return text
