"""What both readers hand on, and how it becomes scenes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from trust.errors import ScreenplayError
from trust.screenplay.canonical import canonical, plain, speaker
from trust.screenplay.model import MAX_HEADING, MAX_NAME, MAX_SCENES, Scene

# An American page: 55 lines; dialogue is set 35 columns wide, everything else 60.
_LINES_PER_PAGE: Final = 55
_SPEECH_COLUMNS: Final = 35
_ACTION_COLUMNS: Final = 60


class Kind(Enum):
    """The parts of a script that matter here."""

    HEADING = auto()
    CUE = auto()
    SPEECH = auto()
    ACTION = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a script, in order. `label` is the written scene number of a heading."""

    kind: Kind
    text: str
    label: str = ""


@dataclass(slots=True)
class _Draft:
    heading: str
    label: str
    lines: int = 2
    characters: set[str] = field(default_factory=set)

    def scene(self, number: int) -> Scene:
        eighths = -(-self.lines * 8 // _LINES_PER_PAGE)
        return Scene(number, self.heading, tuple(sorted(self.characters)), eighths, self.label)


def scenes_of(parts: Iterable[Part]) -> tuple[tuple[Scene, ...], tuple[str, ...]]:
    """The scenes, numbered from 1, and everyone who speaks in one, by first appearance.

    What comes before the first heading is in no scene, so it is not counted.
    Raises ScreenplayError when there is no scene, there are too many, or a heading or name is too long.
    """
    drafts: list[_Draft] = []
    seen: dict[str, None] = {}
    for part in parts:
        if part.kind is Kind.HEADING:
            heading = _heading(part.text, len(drafts) + 1)
            if heading:
                drafts.append(_Draft(heading, plain(part.label[:MAX_NAME])))
        elif drafts:
            _count(part, drafts[-1], seen, len(drafts))
    if not drafts:
        raise ScreenplayError(
            "The screenplay has no scenes.",
            hint="Start each scene with a heading on a line of its own after a blank line, such as"
            " INT. KITCHEN - DAY, or force one in Fountain with a full stop: .THE KITCHEN",
        )
    return tuple(draft.scene(number) for number, draft in enumerate(drafts, start=1)), tuple(seen)


def _count(part: Part, draft: _Draft, seen: dict[str, None], number: int) -> None:
    if part.kind is Kind.CUE:
        if len(part.text) > MAX_NAME:
            raise ScreenplayError(
                f"A character cue in scene {number} has {len(part.text)} characters: {part.text[:40]!r}...",
                hint=f"A name has at most {MAX_NAME}; make the paragraph action or dialogue.",
            )
        if name := speaker(part.text):
            draft.characters.add(name)
            seen.setdefault(name)
    columns = _SPEECH_COLUMNS if part.kind is Kind.SPEECH else _ACTION_COLUMNS
    space = 0 if part.kind is Kind.SPEECH else 1
    draft.lines += space + sum(-(-len(line) // columns) for line in part.text.split("\n"))


def _heading(text: str, number: int) -> str:
    if len(text) > MAX_HEADING:
        raise ScreenplayError(
            f"The heading of scene {number} has {len(text)} characters: {text[:40]!r}...",
            hint=f"A heading has at most {MAX_HEADING}; put the description on a line of its own below it.",
        )
    if number > MAX_SCENES:
        raise ScreenplayError(
            f"The screenplay has more than {MAX_SCENES} scenes.", hint="Split it, one file for each episode."
        )
    return canonical(text)
