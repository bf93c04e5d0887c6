"""What a round does, drawn from its seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from chaos.faults import WEATHERS

#: Kept below the keepers' confirmations, so that what they call final is.
DEEPEST_REORG = 3
KEEPERS = ("keeper-1", "keeper-2")
LONGEST_FREEZE_SECONDS = 4.0


class Setup(StrEnum):
    """What the keepers share."""

    OWN = "a database each"
    SHARED_FILE = "one SQLite database"
    SHARED_POSTGRES = "one PostgreSQL database"


class Blow(StrEnum):
    """What happens to keepers and the chain."""

    KILL = "keeper killed"
    KILL_BOTH = "both keepers killed"
    STOP = "keeper stopped gracefully"
    FREEZE = "keeper frozen, perhaps past its leases"
    RESTORE = "old outbox restored"
    FOREIGN = "foreign transaction from a keeper's key"
    FOREIGN_AHEAD = "foreign transaction a nonce ahead"
    REORG = "reorg"
    ROLLBACK = "rollback"
    FORGET = "node forgot waiting transactions"
    DEAR = "gas 100 times as dear"


_CHANCES = {
    Blow.KILL: 6,
    Blow.KILL_BOTH: 2,
    Blow.STOP: 2,
    Blow.FREEZE: 2,
    Blow.RESTORE: 2,
    Blow.FOREIGN: 2,
    Blow.FOREIGN_AHEAD: 1,
    Blow.REORG: 5,
    Blow.ROLLBACK: 3,
    Blow.FORGET: 2,
    Blow.DEAR: 2,
}


@dataclass(frozen=True, slots=True)
class Event:
    """A blow at a time, seconds into the round. `amount` is a depth, or how long it lasts in seconds."""

    at: float
    blow: Blow
    keeper: str
    amount: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A round. `setup` None keeps the one before. `blocked_change`: whose wallet is blocked, or opened again.

    Times in seconds into the storm, which lasts `seconds`, and longer while something has to be put right again.
    """

    number: int
    seed: str
    weather: str
    setup: Setup | None
    payday_at: float | None
    income_at: float | None
    blocked_change: int | None
    seconds: float
    events: tuple[Event, ...]


def plan(seed: int, number: int, members: int, setups: tuple[Setup, ...], seconds: float) -> Plan:
    """Round `number` of `seed`, whose storm lasts so long: always the same."""
    name = f"{seed}/{number}"
    dice = random.Random(name)
    payday_at = dice.uniform(0.0, seconds / 2) if dice.random() < 0.85 else None
    blows = dice.choices(list(_CHANCES), list(_CHANCES.values()), k=dice.randint(1, 5))
    # Most of it soon after the payday has begun: then keepers have something to lose.
    around = (payday_at or 0.0, payday_at + seconds / 2 if payday_at is not None else seconds)
    events = [_event(dice, blow, dice.uniform(*around)) for blow in blows]
    return Plan(
        number=number,
        seed=name,
        weather=dice.choices(list(WEATHERS), [4, 4, 2])[0],
        setup=dice.choice(setups) if number == 1 or dice.random() < 0.4 else None,
        payday_at=payday_at,
        income_at=dice.uniform(0.0, seconds) if dice.random() < 0.3 else None,
        blocked_change=dice.randint(1, members) if dice.random() < 0.3 else None,
        seconds=seconds,
        events=tuple(sorted(events, key=lambda event: event.at)),
    )


def setup_before(seed: int, number: int, members: int, setups: tuple[Setup, ...]) -> Setup:
    """What the keepers share when round `number` begins."""
    drawn = (plan(seed, earlier, members, setups, 1.0).setup for earlier in range(number - 1, 0, -1))
    return next((setup for setup in drawn if setup), Setup.OWN)


def _event(dice: random.Random, blow: Blow, at: float) -> Event:
    amount = {
        Blow.REORG: dice.randint(1, DEEPEST_REORG),
        Blow.ROLLBACK: dice.randint(1, DEEPEST_REORG),
        Blow.KILL: dice.uniform(0.0, 0.8),
        Blow.KILL_BOTH: dice.uniform(0.0, 0.8),
        Blow.FREEZE: dice.uniform(0.3, LONGEST_FREEZE_SECONDS),
        Blow.DEAR: dice.uniform(0.5, 2.0),
    }.get(blow, 0.0)
    return Event(at, blow, dice.choice(KEEPERS), amount)
