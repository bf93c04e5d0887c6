"""What the events add up to: the contracts' state, to the unit. Amounts in base units, times in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from trust.index.pool_books import DealBook, PoolBook
from trust.index.schedule import Clock, Schedule, Track, even, spread

WHOLE_BPS = 10_000
BACKGROUND = 2  # ReplicaType
ZERO_ADDRESS = "0x" + "0" * 40


@dataclass(frozen=True, slots=True)
class Stream:
    """`IPayroll.Stream`: terms of a stream as its event gave them."""

    start: int
    end: int
    gross: int
    dues: int
    benefits: int
    levy: int
    counted: int


@dataclass(slots=True)
class StreamBook:
    """One stream with what became of it. It pays in the cycles before `cut_from`, if it was cut."""

    production_id: int
    member_id: int
    ref: int
    terms: Stream
    opened: tuple[int, int]
    tx_hash: str
    timestamp: int
    net: Schedule
    dues: Schedule
    benefits: Schedule
    levy: Schedule
    at_once: tuple[int, int]  # benefits, levy
    cut_from: int | None = None
    returned: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(
        cls, ids: tuple[int, int, int], terms: Stream, place: tuple[tuple[int, int], str, int], clock: Clock
    ) -> StreamBook:
        """`ids`: production, member, ref; `place`: (block, log index), transaction, time."""
        net = spread(terms.gross - terms.dues, terms.start, terms.end, clock)
        dues, _ = even(terms.dues, net.first_cycle, net.last_cycle)
        benefits, benefits_rest = even(terms.benefits, net.first_cycle, net.last_cycle)
        levy, levy_rest = even(terms.levy, net.first_cycle, net.last_cycle)
        return cls(*ids, terms, *place, net, dues, benefits, levy, (benefits_rest, levy_rest))

    def earned(self, cycle: int) -> tuple[int, int, int]:
        """Net, dues and benefits of the cycles before `cycle`."""
        end = cycle if self.cut_from is None else min(cycle, self.cut_from)
        return self.net.before(end), self.dues.before(end), self.at_once[0] + self.benefits.before(end)

    def pays(self, cycle: int) -> int:
        """Net pay of one cycle."""
        return 0 if self.cut_from is not None and cycle >= self.cut_from else self.net.pays(cycle)

    def to_come(self, cycle: int) -> int:
        """Net pay from `cycle` on."""
        end = self.net.last_cycle + 1 if self.cut_from is None else self.cut_from
        return max(0, self.net.before(end) - self.net.before(cycle))


@dataclass(slots=True)
class ProductionBook:
    """A production and its payroll account."""

    studio: str
    identifier_hash: bytes
    starts: int
    ends: int
    report_days: int
    root: bytes = b""
    reporter: str = ""
    reporters: set[str] = field(default_factory=set)
    cancelled_at: int | None = None
    strikes: list[list[int | None]] = field(default_factory=list)
    funded: int = 0
    taken_back: int = 0
    free: int = 0
    reserved: int = 0
    benefits: int = 0
    levy: int = 0
    in_arrears: bool = False
    arrears: int = 0
    modules: set[str] = field(default_factory=set)


@dataclass(slots=True)
class MemberBook:
    """A member and the member's payroll account. `credited`, `paid`, `agent_share` and `pool_held` are totals.

    `pool_held` is pool pay that a wallet refused: it is owed here like all other pay. `seats` are the member's
    places in pools: pool, chunk, position.
    """

    key: str
    craft: int
    guardian: str
    adult_at: int
    delegates: set[str] = field(default_factory=set)
    wallet: str = ""
    pending_wallet: str | None = None
    pending_from: int = 0
    owed: int = 0
    dues: int = 0
    agent_owed: int = 0
    rate: int = 0
    paid_to: int = 0
    agent: str = ZERO_ADDRESS
    agent_bps: int = 0
    agent_remainder: int = 0
    next_agent: tuple[str, int, int] | None = None  # agent, basis points, first cycle
    credited: int = 0
    paid: int = 0
    agent_share: int = 0
    pool_held: int = 0
    seats: list[tuple[int, int, int]] = field(default_factory=list)
    track: Track = field(default_factory=Track)

    def accrue(self, net: int) -> None:
        """Add net pay, splitting off the agent's share; the remainder is carried (MemberBooks.accrue)."""
        share = 0
        if self.agent_bps:
            share, self.agent_remainder = divmod(net * self.agent_bps + self.agent_remainder, WHOLE_BPS)
            self.agent_owed += share
            self.agent_share += share
        self.owed += net - share

    def accrue_to(self, cycle: int) -> None:
        """Settle streamed pay of the cycles before `cycle`."""
        if cycle <= self.paid_to:
            return
        accrued, self.rate = self.track.accrue(self.paid_to, cycle, self.rate)
        self.paid_to = cycle
        self.accrue(accrued)

    def promote_agent(self, today: int) -> tuple[str, int] | None:
        """Bring a change of agent into force whose cycle has come; what the old agent is owed, if so."""
        if self.next_agent is None or today < self.next_agent[2]:
            return None
        agent, bps, from_cycle = self.next_agent
        self.accrue_to(from_cycle)
        settled = (self.agent, self.agent_owed)
        self.agent_owed = self.agent_remainder = 0
        self.agent, self.agent_bps, self.next_agent = agent, bps, None
        return settled

    def at(self, today: int) -> tuple[MemberBook, tuple[str, int] | None]:
        """A copy as a payday at cycle `today` would find it, and what a former agent gets on the way."""
        copy = replace(self)
        settled = copy.promote_agent(today)
        copy.accrue_to(today)
        return copy, settled


@dataclass(slots=True)
class LicenceBook:
    """A licence, with its payroll side: rates, and how much counts towards the benefits ceiling."""

    production_id: int
    member_id: int
    modalities: int
    training: bool
    starts: int
    expires: int
    terms_hash: bytes
    version: int
    counted: int = 0
    ceiling: int = 0
    premium_share_bps: int = 0
    benefits_bps: int = 0
    background_benefits_bps: int = 0
    dues_bps: int = 0
    levy_bps: int = 0
    suspended_at: int = 0
    revoked_at: int = 0
    runs: dict[int, bool] = field(default_factory=dict)  # whether the model was retired


@dataclass(slots=True)
class GrantBook:
    """A grant with its meter; `premium` is what it came to so far, gross."""

    licence_id: int
    production_id: int
    member_id: int
    scene_hash: bytes
    terms: dict[str, Any]
    expires: int
    iterations_left: int
    seconds_left: int
    counted_left: int = 0
    revoked: bool = False
    closed: bool = False
    used: bool = False
    premium: int = 0
    arrears: int = 0

    @property
    def background(self) -> bool:
        """Whether the background rate of benefits applies."""
        return bool(self.terms["replicaType"] == BACKGROUND)


@dataclass(slots=True)
class RecordBook:
    """A record in the pool; production 0 is every production's."""

    member_id: int
    production_id: int
    modality: int
    commitment: bytes
    erased: bool = False


@dataclass(slots=True)
class SideBook:
    """Dues, benefits and levy on their way to union, plan and fund; `owed` leaves out what streams."""

    owed: dict[str, int] = field(default_factory=lambda: {"dues": 0, "benefits": 0, "levy": 0})
    remitted: dict[str, int] = field(default_factory=lambda: {"dues": 0, "benefits": 0, "levy": 0})
    tracks: dict[str, Track] = field(
        default_factory=lambda: {"dues": Track(), "benefits": Track(), "levy": Track()}
    )

    def settled(self, name: str, cycle: int) -> int:
        """Owed with what streamed before `cycle`."""
        return self.owed[name] + self.tracks[name].before(cycle)


@dataclass(slots=True)
class Books:
    """All of it, by number. `fold` makes one; `apply` moves it on by one event."""

    clock: Clock
    members: dict[int, MemberBook] = field(default_factory=dict)
    productions: dict[int, ProductionBook] = field(default_factory=dict)
    licences: dict[int, LicenceBook] = field(default_factory=dict)
    grants: dict[int, GrantBook] = field(default_factory=dict)
    records: dict[int, RecordBook] = field(default_factory=dict)
    pools: dict[int, PoolBook] = field(default_factory=dict)
    deals: dict[int, DealBook] = field(default_factory=dict)  # by their pool
    streams: list[StreamBook] = field(default_factory=list)
    live: dict[tuple[int, int, int], list[StreamBook]] = field(default_factory=dict)
    side: SideBook = field(default_factory=SideBook)
    agents: dict[str, int] = field(default_factory=dict)  # owed
    agents_paid: dict[str, int] = field(default_factory=dict)
    cards: dict[int, dict[str, Any]] = field(default_factory=dict)
    studios: dict[str, bool] = field(default_factory=dict)
    payees: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    #: Over all that disclosures, rooms, provenance and credits told (fold_transparency.py).
    transparency: bytes = bytes(32)

    def streams_of(self, *, member: int | None = None, production: int | None = None) -> Iterator[StreamBook]:
        """Streams, in the order in which they were opened."""
        for stream in self.streams:
            if member in (None, stream.member_id) and production in (None, stream.production_id):
                yield stream
