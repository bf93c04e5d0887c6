"""Ensemble pools: seats, money in, pay out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trust.chain.abi import Event
from trust.model import MemberId, Money, PoolId, ProductionId
from trust.nouns.handle import Handle, Result, made
from trust.pools import (
    Chunk,
    Roster,
    Seat,
    spare_for_push,
    spare_for_seats,
    spare_for_sweep,
    split,
)

#: Rosters of one transaction: 16,000 seats take 6 of the 16.7 million gas that it may use, and 115,000 of the
#: 131,072 bytes that nodes pass on.
MOST_ROSTERS = 40
#: Seats paid alone or emptied in one transaction; 55,000 gas each when the wallet never held a dollar.
MOST_ALONE = 200

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """What several transactions did, in order; `chunks` are those that they seated."""

    results: tuple[Result, ...]
    chunks: tuple[Chunk, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """All their events."""
        return tuple(event for result in self.results for event in result.events)

    @property
    def gas_used(self) -> int:
        """Gas of all of them."""
        return sum(result.gas_used or 0 for result in self.results)


class Pools:
    """Pools of the studio that this connection sends for. Anyone may push, pay seats and sweep."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    # The studio's

    def open(
        self,
        production: ProductionId,
        *,
        background: bool = False,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Open a pool at today's rate card; `id` is its number. `background`: benefits at the background rate."""
        result = self._handle.write("Payroll", "openPool", production, background, key=key, simulate=simulate)
        return made(result, "PoolOpened", "poolId")

    def seat(
        self,
        pool: PoolId,
        seats: Iterable[Seat],
        *,
        key: str | None = None,
        simulate: bool = False,
        progress: Progress = lambda seats: None,
    ) -> Batch:
        """Seat members in as many transactions as it takes; `progress` hears how many after each.

        With a `key` what was sent before is not sent again. Raises InputError for seats that no roster can hold.
        """
        rosters = split(seats)
        results = []
        for start in range(0, len(rosters), MOST_ROSTERS):
            some = rosters[start : start + MOST_ROSTERS]
            packed = [roster.packed for roster in some]
            part = f"{key} {start}" if key else None
            results.append(self._handle.write("Payroll", "seat", pool, packed, key=part, simulate=simulate))
            progress(sum(map(len, some)))
        return Batch(tuple(results), tuple(seated(event) for event in _named(results, "PoolSeated")))

    def unseat(
        self,
        chunk: Chunk,
        members: Sequence[MemberId],
        *,
        simulate: bool = False,
        progress: Progress = lambda seats: None,
    ) -> Batch:
        """Pay these members' seats and empty them. Raises InputError for who never sat in the chunk."""
        return self._alone("unseat", chunk, members, simulate, progress)

    def fund(self, pool: PoolId, amount: Money, *, key: str | None = None, simulate: bool = False) -> Result:
        """Divide a gross lump of the production's free balance among all who sit; benefits and levy come on top."""
        return self._handle.write("Payroll", "fundPool", pool, amount, key=key, simulate=simulate)

    def stream(
        self,
        pool: PoolId,
        amount: Money,
        end: int,
        start: int = 0,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Stream a gross amount to all who sit over [start, end), Unix seconds; 0 starts now. It can't be cancelled."""
        return self._handle.write(
            "Payroll", "streamToPool", pool, amount, start, end, key=key, simulate=simulate
        )

    # Anyone's

    def push(self, chunk: Chunk, *, key: str | None = None, simulate: bool = False) -> Result:
        """Pay every seat of a chunk what it earned until now."""
        spare = spare_for_push(len(chunk.roster))
        return self._handle.write(
            "Payroll", "push", chunk.as_struct(), key=key, simulate=simulate, spare=spare
        )

    def pay_seats(
        self,
        chunk: Chunk,
        members: Sequence[MemberId],
        *,
        simulate: bool = False,
        progress: Progress = lambda seats: None,
    ) -> Batch:
        """Pay these members' seats alone. Raises InputError for who never sat in the chunk."""
        return self._alone("paySeats", chunk, members, simulate, progress)

    def sweep(self, pools: Sequence[PoolId], *, key: str | None = None, simulate: bool = False) -> Result:
        """Pass dues on to the union, and what nobody is left to earn to the pipeline fund."""
        spare = spare_for_sweep(len(pools))
        return self._handle.write(
            "Payroll", "sweepPools", list(pools), key=key, simulate=simulate, spare=spare
        )

    # Reads

    def of(self, pool: PoolId) -> dict[str, Any]:
        """The pool as the contract keeps it, settled until now."""
        return dict(self._handle.read("Payroll", "poolOf", pool))

    def count(self) -> int:
        """How many pools there are; numbers run from 1."""
        return int(self._handle.read("Payroll", "poolCount"))

    def due(self, chunk: Chunk, member: MemberId | None = None) -> Money:
        """What a push would pay now, base units; with a member, what that member's seat would get."""
        if member is None:
            return Money(self._handle.read("Payroll", "chunkDue", chunk.as_struct()))
        position = chunk.roster.position(member)
        return Money(self._handle.read("Payroll", "seatDue", chunk.as_struct(), position))

    def _alone(
        self, function: str, chunk: Chunk, members: Sequence[MemberId], simulate: bool, progress: Progress
    ) -> Batch:
        positions = [chunk.roster.position(member) for member in members]
        results = []
        for start in range(0, len(positions), MOST_ALONE):
            some = positions[start : start + MOST_ALONE]
            spare = spare_for_seats(len(some))
            results.append(
                self._handle.write(
                    "Payroll", function, chunk.as_struct(), some, simulate=simulate, spare=spare
                )
            )
            progress(len(some))
        return Batch(tuple(results))


def seated(event: Event) -> Chunk:
    """The chunk that a PoolSeated event tells of."""
    args = event.args
    return Chunk(PoolId(args["poolId"]), args["chunk"], args["start"], Roster.unpack(args["roster"]))


def _named(results: Sequence[Result], name: str) -> list[Event]:
    return [event for result in results for event in result.events if event.name == name]
