"""What a seed does, drawn from its number alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from chaos_index import lies_about_headers, lies_about_logs, lies_about_receipts
from chaos_index.lies import BLOCK, LAGS, LOGS, RECEIPTS, Level, Lie
from chaos_index.world import FINALITY, Blow

SQLITE, POSTGRES = DATABASES = ("SQLite", "PostgreSQL")
CATALOGUE: tuple[Lie, ...] = (*lies_about_headers.LIES, *lies_about_receipts.LIES, *lies_about_logs.LIES)

_STEPS = 10
_LIES = 10  # of the syncs of all steps; the rest is drawn
_LEVELS = (Level.HEADERS, Level.RECEIPTS, Level.RECEIPTS)
_MORE_DEEP = 5


class Sky(StrEnum):
    """What it is like during one sync."""

    CALM = "calm"
    STORM = "errors, limits, silence, broken answers"
    LIE = "a lie"
    LIE_BESIDE = "a lie, and a truthful node beside it"
    KILL = "killed"
    RACE = "a reorg while it reads"


@dataclass(frozen=True, slots=True)
class Turn:
    """One sync. `again`: the index is closed and opened first.

    It is killed `after_seconds` after request `at_request`. A reorg comes between its reads, before request `race_at`
    of method `race_on`. `probes_too`: lies are told of blocks that it has, too.
    """

    sky: Sky
    lie: Lie | None
    again: bool
    blow: Blow
    depth: int
    race_on: str
    race_at: int
    at_request: int
    after_seconds: float
    probes_too: bool
    dice: str


@dataclass(frozen=True, slots=True)
class Step:
    """So many blocks happen, then a blow, then each index has its turn."""

    blocks: int
    empty: int
    keep: bool
    blow: Blow | None
    depth: int
    turns: dict[str, Turn]


@dataclass(frozen=True, slots=True)
class Plan:
    """A seed. `prelude` blocks come before the first sync; `span` is how many blocks an index asks for at first.

    `proves_later`: what was read at the level `headers` is read again with proof in the end. `too_deep`: it ends with
    a reorg that goes deeper than finality.
    """

    name: str
    level: Level
    proves_later: bool
    prelude: int
    span: int | None
    steps: tuple[Step, ...]
    too_deep: bool


def kinds(level: Level) -> list[Lie]:
    """Lies that an index at this level must catch."""
    return [lie for lie in CATALOGUE if level in lie.levels]


def plan(seed: int, number: int) -> Plan:
    """Number `number` of `seed`: always the same."""
    name = f"{seed}/{number}"
    dice = random.Random(name)
    level = _LEVELS[number % len(_LEVELS)]
    told = _told(level, number)
    slots = [(step, database) for step in range(_STEPS) for database in DATABASES]
    chosen = dict(zip(dice.sample(slots, _LIES), told, strict=True))
    return Plan(
        name=name,
        level=level,
        proves_later=level is Level.HEADERS and dice.random() < 0.4,
        prelude=dice.choice((FINALITY + 6, FINALITY + 60, 260, 520)),
        span=dice.choice((None, None, 7, 23)),
        steps=tuple(
            _step(dice, level, {db: chosen.get((step, db)) for db in DATABASES}, name)
            for step in range(_STEPS)
        ),
        too_deep=number % _MORE_DEEP == 1,
    )


def _told(level: Level, number: int) -> list[Lie]:
    """The level's kinds in turn, from seed to seed, so that each is told as often as any."""
    of_level = kinds(level)
    first = number // len(_LEVELS) * _LIES * _LEVELS.count(level)
    first += _LIES * sum(_LEVELS[earlier] is level for earlier in range(number % len(_LEVELS)))
    return [of_level[(first + place) % len(of_level)] for place in range(_LIES)]


def _step(dice: random.Random, level: Level, told: dict[str, Lie | None], name: str) -> Step:
    # A node lags behind what its chain still has: what a reorg has taken back can't be lagged behind.
    lags = any(lie is not None and lie.named == LAGS for lie in told.values())
    blow = dice.choice((None, *Blow))
    return Step(
        blocks=dice.randint(1, 4),
        empty=dice.choice((0, 1, 12)),
        keep=dice.random() < 0.3,
        blow=None if lags else blow,
        depth=dice.choice((dice.randint(1, 5), dice.randint(6, FINALITY - 1), FINALITY)),
        turns={database: _turn(dice, level, lie, name) for database, lie in told.items()},
    )


def _turn(dice: random.Random, level: Level, lie: Lie | None, name: str) -> Turn:
    others = (Sky.CALM, Sky.STORM, Sky.KILL, Sky.KILL, Sky.RACE)
    return Turn(
        sky=dice.choice((Sky.LIE, Sky.LIE, Sky.LIE_BESIDE)) if lie else dice.choice(others),
        lie=lie,
        again=dice.random() < 0.3,
        blow=dice.choice((Blow.SAME, Blow.SHORTER, Blow.LONGER, Blow.BACK)),
        depth=dice.randint(1, 6),
        race_on=dice.choice((BLOCK, RECEIPTS if level is Level.RECEIPTS else LOGS)),
        race_at=dice.choice((1, 1, 2, 3)),
        at_request=dice.randint(1, 7),
        after_seconds=dice.choice((0.0, dice.uniform(0.0, 0.03))),
        probes_too=dice.random() < 0.3,
        dice=f"{name} {dice.random()}",
    )
