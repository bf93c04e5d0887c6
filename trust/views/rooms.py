"""A production's writers' room: who writes when, whether it is short, and how its writers share their pools."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.sql import named
from trust.views.base import View, moment

WEEK_SECONDS = 7 * 24 * 3600
#: The first of January 1970 was a Thursday; weeks run from Monday 00:00 UTC.
_AFTER_MONDAY = 3 * 24 * 3600

_QUERIES = named(Path(__file__).parent / "rooms.sql")


@dataclass(frozen=True, slots=True)
class RoomWeek(View):
    """How many write in the week that `starts` on a Monday, 00:00 UTC."""

    starts: int
    writers: int


@dataclass(frozen=True, slots=True)
class RoomWriter(View):
    """Somebody on the room's roll. `weeks` are the Mondays of all weeks joined and not left."""

    member_id: int
    weeks: tuple[int, ...]
    writes: bool
    of_team: bool


@dataclass(frozen=True, slots=True)
class RoomShare(View):
    member_id: int
    share_bps: int


@dataclass(frozen=True, slots=True)
class Contributions(View):
    """A statement of a writers' pool, signed by everybody in it."""

    pool_id: int
    version: int
    assets_root: bytes
    chunk: int
    shares: tuple[RoomShare, ...]
    stated_at: int


@dataclass(frozen=True, slots=True)
class Room(View):
    """A writers' room at `now`. While it is `short`, script work with AI is refused.

    `needed` is what the rate card version of its opening asks for; `exempt` says that a sole team writes all.
    `weeks` has every week that anybody joined.
    """

    production_id: int
    episodes: int
    rate_card_version: int
    needed: int
    writers: int
    exempt: bool
    short: bool
    roll: tuple[RoomWriter, ...]
    weeks: tuple[RoomWeek, ...]
    pools: tuple[int, ...]
    statements: tuple[Contributions, ...]
    now: int


def week_of(time: int) -> int:
    """The Monday, 00:00 UTC, of the week that a time (seconds) is in."""
    return (time + _AFTER_MONDAY) // WEEK_SECONDS * WEEK_SECONDS - _AFTER_MONDAY


def room(index: Index, production_id: int, now: int | None = None) -> Room:
    """The room at `now` (seconds; None is the index's last block). Raises InputError when there is none."""
    with index.reading():
        now = moment(index, now)
        which = {"production": production_id}
        opened = index.rows(_QUERIES["opened"], which)
        if not opened:
            raise InputError(
                f"Production {production_id} has no writers' room.",
                hint="Its studio opens one: `trust room open`.",
            )
        size = [*index.rows(_QUERIES["resized"], which), *opened][0]
        people = _people(index, production_id)
        weeks = people.counts()
        writers = weeks.get(week_of(now), 0)
        return Room(
            production_id=production_id,
            episodes=size["episodes"],
            rate_card_version=opened[0]["rate_card_version"],
            needed=size["needed"],
            writers=writers,
            exempt=bool(people.team),
            short=not people.team and writers < size["needed"],
            roll=tuple(people.roll(week_of(now))),
            weeks=tuple(RoomWeek(starts, weeks[starts]) for starts in sorted(weeks)),
            pools=tuple(row["pool_id"] for row in index.rows(_QUERIES["pools"], which)),
            statements=tuple(_statement(row) for row in index.rows(_QUERIES["statements"], which)),
            now=now,
        )


@dataclass(slots=True)
class _People:
    """The roll as it fills: Mondays by member, and the sole team in force."""

    weeks: dict[int, set[int]] = field(default_factory=dict)
    team: tuple[int, ...] = ()

    def counts(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for weeks in self.weeks.values():
            for starts in weeks:
                found[starts] = found.get(starts, 0) + 1
        return found

    def roll(self, this: int) -> Iterator[RoomWriter]:
        for member, weeks in sorted(self.weeks.items()):
            yield RoomWriter(member, tuple(sorted(weeks)), this in weeks, member in self.team)

    def take(self, name: str, row: Mapping[str, Any]) -> None:
        if name == "joined":
            more = range(row["whole_weeks"])
            own = self.weeks.setdefault(row["member_id"], set())
            own |= {row["starts"] + week * WEEK_SECONDS for week in more}
        elif name == "left":
            kept = {starts for starts in self.weeks[row["member_id"]] if starts < row["until"]}
            self.weeks[row["member_id"]] = kept
            if row["never_wrote"]:
                del self.weeks[row["member_id"]]
        elif name == "declared":
            self.team = tuple(json.loads(row["writers"]))
            for member in self.team:
                self.weeks.setdefault(member, set())
        else:
            self.team = ()


def _people(index: Index, production_id: int) -> _People:
    told = [
        ((row["block_number"], row["log_index"]), name, row)
        for name in ("joined", "left", "declared", "ended")
        for row in index.rows(_QUERIES[name], {"production": production_id})
    ]
    people = _People()
    for _, name, row in sorted(told, key=lambda one: one[0]):
        people.take(name, row)
    return people


def _statement(row: Mapping[str, Any]) -> Contributions:
    shares = zip(json.loads(row["writers"]), json.loads(row["shares_bps"]), strict=True)
    return Contributions(
        pool_id=row["pool_id"],
        version=row["version"],
        assets_root=bytes(row["assets_root"]),
        chunk=row["chunk"],
        shares=tuple(RoomShare(member, share) for member, share in shares),
        stated_at=row["stated_at"],
    )
