"""A screenplay and its breakdown as JSON values."""

from __future__ import annotations

from typing import TypedDict

from trust.screenplay.merkle import Breakdown
from trust.screenplay.model import Screenplay


class SceneJson(TypedDict):
    """A scene. `length` is information, in eighths of a page; `leaf` is 0x and 64 hex digits."""

    number: int
    heading: str
    characters: list[str]
    length: int
    label: str
    leaf: str


class ScreenplayJson(TypedDict):
    """A screenplay. `root` is 0x and 64 hex digits; `sha256` is of the file, 64 hex digits."""

    title: str
    format: str
    sha256: str
    root: str
    scenes: list[SceneJson]
    characters: list[str]


def as_json(screenplay: Screenplay, breakdown: Breakdown) -> ScreenplayJson:
    """What `trust screenplay show FILE --json` prints. It holds no secret and no salt."""
    return {
        "title": screenplay.title,
        "format": screenplay.format.value,
        "sha256": screenplay.sha256,
        "root": "0x" + breakdown.root.hex(),
        "scenes": [
            {
                "number": scene.number,
                "heading": scene.heading,
                "characters": list(scene.characters),
                "length": scene.length_eighths,
                "label": scene.label,
                "leaf": "0x" + leaf.hex(),
            }
            for scene, leaf in zip(screenplay.scenes, breakdown.leaves, strict=True)
        ],
        "characters": list(screenplay.characters),
    }
