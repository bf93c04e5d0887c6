"""What the auditor knows of disclosures, writers' rooms, assets and credits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from trust.audit.card import DAY_SECONDS, WEEK_SECONDS, Card
from trust.index import IndexedEvent

SCRIPT = 1 << 5  # of a mask of modalities
SCRIPT_WORK = (0, 1)  # IDisclosures.Kind: beat sheets and drafts
UNPROVEN = 65_535
#: The first of January 1970 was a Thursday; weeks run from Monday 00:00 UTC.
_AFTER_MONDAY = 3 * DAY_SECONDS
_Thing = TypeVar("_Thing")


class Unknown(LookupError):  # noqa: N818 - said of a number
    """An event names what no event before it made."""


class Form(IntEnum):
    """`IProvenance.Form`."""

    NONE = 0
    ASSET = 1
    BATCH = 2
    BUNDLE = 3


class CreditState(IntEnum):
    """`IHumanAuditCredits.State`."""

    NONE = 0
    ATTESTED = 1
    CHALLENGED = 2
    ISSUED = 3
    SUPERSEDED = 4
    REVOKED = 5


@dataclass(slots=True)
class Material:
    """One material given to one member; a time that is 0 has not come. `told` is what told of it last."""

    kind: int
    told: IndexedEvent
    disclosed_at: int = 0
    work_starts: int = 0
    replied_at: int = 0
    reply: int = 0
    reported_at: int = 0
    answered_at: int = 0


@dataclass(slots=True)
class Writer:
    """Somebody on a room's roll. `weeks` are the Mondays joined and not left, `team` the last they were of."""

    weeks: set[int] = field(default_factory=set)
    first_week: int = 0
    team: int = 0


@dataclass(slots=True)
class Room:
    """A writers' room. `team` is the sole team in force, 0 for none."""

    card: Card
    episodes: int
    needed: int
    roll: dict[int, Writer] = field(default_factory=dict)
    team: int = 0
    last_team: int = 0

    def writers_at(self, time: int) -> int:
        """How many write in the week of a time."""
        monday = monday_of(time)
        return sum(monday in writer.weeks for writer in self.roll.values())

    def full_at(self, time: int) -> bool:
        """Whether script work with AI was allowed then."""
        return self.team != 0 or self.writers_at(time) >= self.needed


@dataclass(slots=True)
class RoomPool:
    """A writers' pool, and the statement in force."""

    production_id: int
    version: int = 0
    chunk: int = 0
    shares: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """What is known of an id. `parts` are contributions: (member, role) to basis points."""

    form: Form
    production_id: int
    kind: int
    depth: int
    since_human: int
    time: int
    parts: dict[tuple[int, int], int] = field(default_factory=dict)


@dataclass(slots=True)
class Credit:
    """A credit. `challenges` are by member, and whether each is still open."""

    attested: Mapping[str, Any]
    attested_at: int
    challenge_until: int
    told: IndexedEvent
    state: CreditState = CreditState.ATTESTED
    issued_at: int = 0
    corrected_by: int = 0
    challenges: dict[int, bool] = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        """Whether it may still be issued."""
        return self.state in (CreditState.ATTESTED, CreditState.CHALLENGED)

    @property
    def stands(self) -> bool:
        """Whether it was neither superseded nor revoked."""
        return self.pending or self.state is CreditState.ISSUED

    @property
    def open_challenges(self) -> int:
        return sum(self.challenges.values())


@dataclass(slots=True)
class Transparency:
    """All of it. Materials are by production, member and hash; rooms, `latest` and `issued` by production."""

    materials: dict[tuple[int, int, bytes], Material] = field(default_factory=dict)
    rooms: dict[int, Room] = field(default_factory=dict)
    pools: dict[int, RoomPool] = field(default_factory=dict)
    entries: dict[bytes, Entry] = field(default_factory=dict)
    confirmations: list[IndexedEvent] = field(default_factory=list)
    caps: dict[int, int] = field(default_factory=dict)  # by licence
    credits: dict[int, Credit] = field(default_factory=dict)
    latest: dict[int, int] = field(default_factory=dict)
    issued: dict[int, int] = field(default_factory=dict)
    auditors: dict[str, bool] = field(default_factory=dict)
    rules: dict[int, tuple[bytes, str]] = field(default_factory=dict)

    def material(self, args: Mapping[str, Any]) -> Material:
        return known(self.materials, material_key(args), "the material of", args["materialHash"])

    def room(self, production_id: int) -> Room:
        return known(self.rooms, production_id, "the room of production", production_id)

    def pool(self, number: int) -> RoomPool:
        return known(self.pools, number, "the writers' pool", number)

    def entry(self, id: bytes) -> Entry:
        return known(self.entries, id, "the asset or bundle", id)

    def credit(self, number: int) -> Credit:
        return known(self.credits, number, "credit", number)

    def full_at(self, production_id: int, time: int) -> bool:
        """Whether the production has a room that was full then."""
        room = self.rooms.get(production_id)
        return room is not None and room.full_at(time)

    def dataset_depth(self, root: bytes) -> int:
        """Depth of a training run's dataset: a bundle's, else that of what isn't proven."""
        entry = self.entries.get(root)
        return entry.depth if entry is not None and entry.form is Form.BUNDLE else UNPROVEN

    def open_challenges(self) -> Iterator[tuple[int, Credit]]:
        """Credits that wait for the steward."""
        for number, credit in self.credits.items():
            if credit.pending and credit.open_challenges:
                yield number, credit


def material_key(args: Mapping[str, Any]) -> tuple[int, int, bytes]:
    """What an event about a material is about."""
    return args["productionId"], args["memberId"], args["materialHash"]


def monday_of(time: int) -> int:
    """Monday, 00:00 UTC, of the week that a time is in."""
    return (time + _AFTER_MONDAY) // WEEK_SECONDS * WEEK_SECONDS - _AFTER_MONDAY


def known(found: Mapping[Any, _Thing], key: Any, what: str, number: Any) -> _Thing:
    """The thing with this key. Raises Unknown when no event made it."""
    try:
        return found[key]
    except KeyError:
        said = f"0x{number.hex()}" if isinstance(number, bytes) else number
        raise Unknown(f"{what} {said} never was") from None
