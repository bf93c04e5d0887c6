"""The texts behind a production's assets: files in a folder, each checked against its commitment on the chain."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from trust.errors import InputError
from trust.lineage.novelty import LONGEST
from trust.provenance.commitment import committed, read_content

_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Text:
    """A file that an asset commits to. `words` is None when the file isn't text, though it is the asset's."""

    name: str
    content: bytes
    words: str | None


@dataclass(frozen=True, slots=True)
class Texts:
    """A folder's files by asset, and those that no asset commits to under this secret."""

    by_asset: dict[bytes, Text]
    strangers: tuple[str, ...]


def read_texts(folder: Path, secret: bytes, assets: Collection[bytes]) -> Texts:
    """The files of a folder and its folders. Raises InputError when they can't be read, or are too many or large."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", hint="Give the folder with the drafts' files.")
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
    except OSError as cause:
        raise InputError(
            f"{folder} can't be read: {cause.strerror}.", hint="Give a folder that can be."
        ) from cause
    if len(paths) > _MOST_FILES:
        raise InputError(
            f"{folder} has more than {_MOST_FILES:,} files.", hint="Give a folder with only drafts."
        )
    found: dict[bytes, Text] = {}
    strangers: list[str] = []
    for path in paths:
        name = str(path.relative_to(folder))
        content = read_content(path, LONGEST)
        asset = committed(secret, content)
        if asset in assets:
            found.setdefault(asset, Text(name, content, text_of(name, content)))
        else:
            strangers.append(name)
    return Texts(found, tuple(strangers))


def text_of(name: str, content: bytes) -> str | None:
    """The words that a file says: all of a text file, the text of a Final Draft file. None for anything else."""
    if name.lower().endswith(".fdx"):
        return _final_draft(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _final_draft(content: bytes) -> str | None:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    paragraphs = ("".join(part.text or "" for part in one.iter("Text")) for one in root.iter("Paragraph"))
    return "\n".join(paragraphs)
