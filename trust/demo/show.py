"""What the acts share: the stage, the script, who plays, and what was agreed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from trust.demo.cast import Booking, Cast, Part, Purpose
from trust.demo.errors import DemoFault
from trust.demo.made import Papers, Picture, Work
from trust.demo.props import MODEL
from trust.demo.teller import Teller
from trust.errors import ContractRefused
from trust.index import Index
from trust.model import GrantId, MemberId, ProductionId, Savings, Use, dollars, shown
from trust.nouns.handle import Result
from trust.provenance.asset import Asset
from trust.provenance.graph import Graph
from trust.provenance.slip import Slip
from trust.screenplay import Breakdown, Screenplay
from trust.stage import Player, Stage

#: Members or uses in one transaction: what the contracts take well under a block's gas.
BATCH = 100
#: The number that stands for no production, and for the pool of records.
POOL = ProductionId(0)
#: What the lead's double saved, $500,000 in all, and how long the share of it streams.
SAVINGS = Savings(
    travel=dollars(120_000),
    lodging=dollars(55_000),
    insurance=dollars(140_000),
    overtime=dollars(95_000),
    reshoots=dollars(90_000),
)
PREMIUM_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a contract refused: what was tried, and the contract's error."""

    tried: str
    error: ContractRefused


@dataclass(frozen=True, slots=True)
class Payday:
    """A payday: net pay by member number, base units; `held_back` couldn't be received and stays owed."""

    number: int
    at: int
    to: dict[int, int]
    held_back: dict[int, int]

    @property
    def paid(self) -> int:
        """Paid in all."""
        return sum(self.to.values())

    @property
    def held(self) -> int:
        """Held in all."""
        return sum(self.held_back.values())

    @property
    def members(self) -> int:
        """Members who got anything."""
        return sum(amount > 0 for amount in self.to.values())


@dataclass(slots=True)
class Show:
    """The state of one demo. `source` is the script's file, `secret` the production's, `index` an index of the chain.

    `draft`, `picture` and `papers` are there once their acts have been played.
    """

    stage: Stage
    index: Index
    folder: Path
    source: bytes
    secret: bytes
    screenplay: Screenplay
    breakdown: Breakdown
    cast: Cast
    tell: Teller
    players: dict[Part, Player] = field(default_factory=dict)
    production: ProductionId = POOL
    grants: dict[Booking, GrantId] = field(default_factory=dict)
    uses: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    paydays: list[Payday] = field(default_factory=list)
    writers: list[Player] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    graph: Graph = field(default_factory=Graph)
    draft: Slip = field(init=False)
    picture: Picture = field(init=False)
    papers: Papers = field(init=False)

    def booked(self, purpose: Purpose) -> list[tuple[Booking, GrantId]]:
        """Grants bought for a purpose, in the order of buying."""
        return [(booking, grant) for booking, grant in self.grants.items() if booking.purpose is purpose]

    def report(self, *uses: Use) -> None:
        """Report uses, many in one transaction."""
        waiting = iter(uses)
        while batch := list(islice(waiting, BATCH)):
            self.stage.report(*batch)
            self.uses += len(batch)

    def report_refused(self, tried: str, error: str, use: Use) -> None:
        """Report a use that the contract must refuse with this error. Raises DemoFault when it doesn't."""
        self.refused(tried, error, lambda: self.stage.report(use))

    def refused(self, tried: str, error: str, attempt: Callable[[], Result]) -> None:
        """Try what the contract must refuse with this error. Raises DemoFault when it doesn't."""
        try:
            attempt()
        except ContractRefused as refusal:
            if refusal.name != error:
                raise
            self.refusals.append(Refusal(tried, refusal))
            self.tell.refused(tried, refusal)
        else:
            raise DemoFault(f"{tried}: the contract took it, and should have refused it with {error}.")

    def register(self, name: str, asset: Asset) -> None:
        """Register an asset and say its two numbers. Raises DemoFault when contract and package differ on them."""
        provenance = self.stage.studio.provenance
        provenance.register(asset)
        numbers = provenance.numbers(asset.id)
        if numbers != (told := self.graph.register(asset)):
            raise DemoFault(f"{name} has {numbers} by the contract and {told} by the package.")
        self.works.append(Work(name, asset, numbers))
        known = {work.asset.id: work.name for work in self.works[:-1]}
        origin = "".join(f", from {_within(known[parent])}" for parent in asset.parents)
        by = listed(
            [*(self.name_of(part.member) for part in asset.contributions), *([MODEL] * len(asset.machines))]
        )
        self.tell.did(f"{name}{origin}, by {by}: depth {numbers.depth}, since human {numbers.since_human}.")

    def name_of(self, member: MemberId) -> str:
        """Whose number this is, which no chain knows."""
        return next(one.name for one in (*self.players.values(), *self.writers) if one.id == member)


def money(amount: int) -> str:
    """Base units as dollars: $1,234.50."""
    return f"-${shown(-amount)}" if amount < 0 else f"${shown(amount)}"


def many(count: int, one: str) -> str:
    """A count with its noun: 1 member, 2 members."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def listed(names: Iterable[str]) -> str:
    """Names as one says them: Ada, Ben and Cleo."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _within(name: str) -> str:
    """A work's name within a sentence: The script is the script, and VERA stays VERA."""
    return f"the {name.removeprefix('The ')}" if name.startswith("The ") else name
