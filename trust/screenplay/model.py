"""A screenplay as a licence sees it: numbered scenes, where they are, and who speaks in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_LINES: Final = 500_000
MAX_SCENES: Final = 10_000
MAX_HEADING: Final = 500
MAX_NAME: Final = 200


class Format(StrEnum):
    """The two forms a screenplay comes in."""

    FOUNTAIN = "fountain"
    FDX = "fdx"


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene. `number`, `heading` and `characters` are its content; the rest is information.

    number: 1 for the first scene, then 2, 3... in the order of the script, always. Written scene numbers do
        not count: most drafts have none, and Fountain and Final Draft need not agree. `label` keeps them.
    heading: in canonical spelling (upper case, NFC, single spaces).
    characters: who speaks in the scene, canonical, each once, sorted by code point.
    length_eighths: estimated length in eighths of a page; the two forms of a script may differ in it.
    label: the scene number as written in the script ("12A"), or "".
    """

    number: int
    heading: str
    characters: tuple[str, ...]
    length_eighths: int = 1
    label: str = ""


@dataclass(frozen=True, slots=True)
class Screenplay:
    """A screenplay that was read: at least one scene.

    title: from the title page, else the file's name without its suffix, else "".
    characters: everyone who speaks in a scene, in order of first appearance.
    sha256: of the bytes that were read, lower-case hex.
    """

    title: str
    scenes: tuple[Scene, ...]
    characters: tuple[str, ...]
    format: Format
    sha256: str

    def scene(self, number: int) -> Scene | None:
        """The scene with this number, or None."""
        return self.scenes[number - 1] if 1 <= number <= len(self.scenes) else None
