"""Who speaks in a screenplay, and what the demo has each of them agree to. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from trust.errors import ScreenplayError
from trust.model import AssetClass
from trust.screenplay import Screenplay

_LEADS = 3
_SCENES_OF_A_LEAD = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A speaking character: `number` by first appearance from 1, and the scenes they speak in."""

    number: int
    character: str
    scenes: tuple[int, ...]


class Purpose(StrEnum):
    """Why the demo asks for a scene grant."""

    PERFORM = "says and does in it what the script shows"
    BACKGROUND = "stands in the background, touched up"
    SPARE = "covers for it if the weather turns; never needed"
    WITHDRAWN = "says new lines in it, until the member withdraws"


@dataclass(frozen=True, slots=True)
class Booking:
    """A scene grant to ask a member for."""

    part: Part
    scene: int
    purpose: Purpose
    asset_class: AssetClass
    iterations: int

    @property
    def days(self) -> int:
        """Days in which it may be used; a spare's are few, so that it can be closed in the demo's time."""
        return 7 if self.purpose is Purpose.SPARE else 84


@dataclass(frozen=True, slots=True)
class Cast:
    """All parts by first appearance. `ranked` are the same, most scenes first, the lead before all."""

    parts: tuple[Part, ...]
    ranked: tuple[Part, ...]

    @property
    def lead(self) -> Part:
        """Who speaks in most scenes."""
        return self.ranked[0]

    @property
    def second(self) -> Part:
        """Who comes after the lead; the lead in a script for one."""
        return self.ranked[min(1, len(self.ranked) - 1)]

    @property
    def last(self) -> Part:
        """Who speaks in fewest scenes; the lead in a script for one."""
        return self.ranked[-1]


def cast_of(screenplay: Screenplay) -> Cast:
    """Raises ScreenplayError when nobody speaks."""
    if not screenplay.characters:
        raise ScreenplayError(
            f"Nobody speaks in {screenplay.title or 'this screenplay'}: the demo needs at least one speaking"
            " character.",
            hint="Give a script with dialogue, or leave the screenplay out to play the example.",
        )
    scenes: dict[str, list[int]] = {name: [] for name in screenplay.characters}
    for scene in screenplay.scenes:
        for name in scene.characters:
            scenes[name].append(scene.number)
    parts = tuple(Part(n, name, tuple(scenes[name])) for n, name in enumerate(screenplay.characters, start=1))
    return Cast(parts, tuple(sorted(parts, key=lambda part: (-len(part.scenes), part.number))))


def bookings(cast: Cast, screenplay: Screenplay) -> Iterator[Booking]:
    """The scene grants of the demo; the lead's first is the one whose savings are stated later."""
    for rank, part in enumerate(cast.ranked):
        for scene in part.scenes[: _SCENES_OF_A_LEAD if rank < _LEADS else 1]:
            yield Booking(part, scene, Purpose.PERFORM, AssetClass.ACTIVE, 40)
    lead, second = cast.lead, cast.second
    silent = (scene.number for scene in screenplay.scenes if scene.number not in lead.scenes)
    yield Booking(lead, next(silent, lead.scenes[0]), Purpose.BACKGROUND, AssetClass.PASSIVE, 30)
    yield Booking(second, second.scenes[-1], Purpose.WITHDRAWN, AssetClass.ACTIVE, 20)
    yield Booking(second, second.scenes[0], Purpose.SPARE, AssetClass.ACTIVE, 25)
