"""What the auditor knows at a point of the chain: read from events alone, apart from the index's books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trust.audit.card import BACKGROUND, DAY_SECONDS, Card, Cycles
from trust.audit.transparency import Transparency, Unknown, known
from trust.index import IndexedEvent

__all__ = [
    "MEMBER_BITS",
    "Deal",
    "Facts",
    "Grant",
    "Licence",
    "Member",
    "Pool",
    "Production",
    "Record",
    "Unknown",
    "licence_of",
    "parts_of",
    "struck_at",
]

MEMBER_BITS = 24


@dataclass(slots=True)
class Production:
    """`arrears` are [grant, gross, start, end], the oldest first."""

    studio: str
    starts: int
    ends: int
    report_days: int
    cancelled_at: int | None = None
    strikes: list[list[int | None]] = field(default_factory=list)
    arrears: list[list[int]] = field(default_factory=list)
    opted_in: set[str] = field(default_factory=set)
    primary_reporter: str = ""
    reporters: set[str] = field(default_factory=set)

    def may_report(self, who: str) -> bool:
        """Whether this address speaks for the studio."""
        return who in (self.studio, self.primary_reporter) or who in self.reporters

    @property
    def struck(self) -> bool:
        return bool(self.strikes) and self.strikes[-1][1] is None

    @property
    def open(self) -> bool:
        """Whether anything new may be bought."""
        return self.cancelled_at is None and not self.struck


@dataclass(slots=True)
class Licence:
    modalities: int
    training_until: int
    starts: int
    expires: int
    card: Card
    counted: int = 0
    revoked_at: int | None = None
    halts: list[list[int | None]] = field(default_factory=list)

    @property
    def room(self) -> int:
        """What may still count towards the benefits ceiling."""
        return max(0, self.card["benefitsCeiling"] - self.counted)

    def halted_at(self, time: int) -> bool:
        """Whether it was suspended then."""
        return any(_inside(time, halt) for halt in self.halts)

    def active_at(self, time: int) -> bool:
        revoked = self.revoked_at is not None and time >= self.revoked_at
        return self.starts <= time < self.expires and not revoked and not self.halted_at(time)


@dataclass(slots=True)
class Grant:
    """`expires` moves to a revocation's moment; `premium` is what it came to so far.

    `started`: its first stream took the floor out of the reserve; `live` are its streams.
    """

    licence_id: int
    terms: dict[str, Any]
    expires: int
    iterations_left: int
    seconds_left: int
    counted_left: int = 0
    revoked_at: int | None = None
    closed: bool = False
    floor_returned: bool = False
    used: bool = False
    premium: int = 0
    started: bool = False
    live: list[dict[str, int]] = field(default_factory=list)

    @property
    def background(self) -> bool:
        return bool(self.terms["replicaType"] == BACKGROUND)


@dataclass(slots=True)
class Deal:
    """Terms that a crowd signed. `used`: since the last signature."""

    price: int
    modalities: int
    uses_left: int
    not_before: int
    expires: int
    signed: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    used: bool = False
    closed: bool = False


@dataclass(slots=True)
class Pool:
    """A pool; `rosters` are chunks of members with their units, `left` the seats that are empty."""

    production_id: int
    manager: str
    card: Card
    benefits_bps: int
    units: int = 0
    rosters: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    left: set[tuple[int, int]] = field(default_factory=set)  # chunk, position


@dataclass(slots=True)
class Record:
    member_id: int
    production_id: int
    modality: int
    pooled_at: int
    erased: bool = False


@dataclass(slots=True)
class Member:
    """`pending` is a wallet and from when it is paid. `adult_at` is 0 for an adult."""

    adult_at: int
    wallet: str
    pending: tuple[str, int] | None = None


@dataclass(slots=True)
class Facts:
    """Everything by its number. `touched` is the last event that named a thing: for findings about its state."""

    cycles: Cycles
    cards: dict[int, Card] = field(default_factory=dict)
    productions: dict[int, Production] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    held: dict[int, list[Record]] = field(default_factory=dict)  # by member
    licences: dict[int, Licence] = field(default_factory=dict)
    grants: dict[int, Grant] = field(default_factory=dict)
    pools: dict[int, Pool] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)
    notices: dict[tuple[int, int, int], int] = field(default_factory=dict)
    spent: set[tuple[int, int]] = field(default_factory=set)  # member, nonce
    payees: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    touched: dict[tuple[str, Any], IndexedEvent] = field(default_factory=dict)
    transparency: Transparency = field(default_factory=Transparency)

    # Lookups that raise Unknown

    def production(self, number: int) -> Production:
        return known(self.productions, number, "production", number)

    def member(self, number: int) -> Member:
        return known(self.members, number, "member", number)

    def licence(self, number: int) -> Licence:
        return known(self.licences, number, "licence", number)

    def grant(self, number: int) -> Grant:
        return known(self.grants, number, "grant", number)

    def pool(self, number: int) -> Pool:
        return known(self.pools, number, "pool", number)

    def deal(self, number: int) -> Deal:
        return known(self.deals, number, "terms of pool", number)

    def card(self, version: int) -> Card:
        return known(self.cards, version, "rate card", version)

    # Questions

    def card_at(self, time: int) -> Card:
        """The card in effect: the newest whose time has come."""
        due = [card for card in self.cards.values() if card["effectiveFrom"] <= time]
        if not due:
            raise Unknown("no rate card is in effect")
        return max(due, key=lambda card: card.version)

    def minor_at(self, member_id: int, time: int) -> bool:
        return time < self.member(member_id).adult_at

    def covered(self, member_id: int, production_id: int, modalities: int) -> bool:
        """Whether records of all these modalities are pooled that the production may use."""
        found = 0
        for record in self.held.get(member_id, ()):
            if not record.erased and record.production_id in (0, production_id):
                found |= 1 << record.modality
        return modalities & ~found == 0

    def reportable_until(self, grant: Grant) -> int:
        days = self.production(parts_of(grant.licence_id)[0]).report_days
        return grant.expires + days * DAY_SECONDS

    def floor(self, grant: Grant) -> int:
        """Least premium of a grant; none once it was returned unearned."""
        card = self.licence(grant.licence_id).card
        return (
            0 if grant.floor_returned else card.floor(grant.terms["digitalDays"], grant.terms["replicaType"])
        )

    def ended_unused(self, grant: Grant) -> bool:
        """Whether the floor was never earned: no use, and revoked or cancelled in time."""
        if grant.used:
            return False
        cancelled = self.production(parts_of(grant.licence_id)[0]).cancelled_at
        revoked = self.licence(grant.licence_id).revoked_at
        return (
            grant.revoked_at is not None
            or (cancelled is not None and cancelled <= grant.terms["notBefore"])
            or (revoked is not None and revoked < grant.expires)
        )

    def grant_behind(self, args: Mapping[str, Any]) -> Grant | None:
        """The grant that a charge or stream is for; a later contract's `ref` may be anything."""
        grant = self.grants.get(args["ref"])
        return grant if grant is not None and grant.licence_id == licence_of(args) else None

    def is_background(self, args: Mapping[str, Any]) -> bool:
        """Whether what is charged pays benefits at the background rate."""
        grant = self.grant_behind(args)
        return grant is not None and grant.background

    def is_foreign(self, pool: Pool) -> bool:
        """Whether a contract that was admitted later runs the pool, by rules of its own."""
        return pool.manager in self.modules


def parts_of(licence_id: int) -> tuple[int, int]:
    """Production and member of a licence."""
    return licence_id >> MEMBER_BITS, licence_id & (1 << MEMBER_BITS) - 1


def licence_of(args: Any) -> int:
    """The licence that an event's production and member have together."""
    return int(args["productionId"]) << MEMBER_BITS | int(args["memberId"])


def _inside(time: int, span: list[int | None]) -> bool:
    start, end = span
    return start is not None and start <= time and (end is None or time < end)


def struck_at(production: Production, time: int) -> bool:
    """Whether the union was on strike there then."""
    return any(_inside(time, strike) for strike in production.strikes)
