"""Ensemble pools: who sits where, what a unit earned, what every seat was paid. Amounts in base units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from trust.index.schedule import Clock, Schedule, Track, spread
from trust.pools import ONE, ChunkPay, Roster, UnitIndex

PARTS = ("gross", "dues", "benefits", "levy")


def no_parts() -> dict[str, int]:
    """Sums of what entered a pool, still empty."""
    return dict.fromkeys(PARTS, 0)


@dataclass(frozen=True, slots=True)
class PoolStream:
    """A stream into a pool, as its event gave it; `net` is how what the members get spreads over cycles."""

    start: int
    end: int
    parts: dict[str, int]
    net: Schedule

    @classmethod
    def open(cls, start: int, end: int, parts: dict[str, int], clock: Clock) -> PoolStream:
        return cls(start, end, parts, spread(parts["gross"] - parts["dues"], start, end, clock))


class DealKind(StrEnum):
    """What many members agreed to together."""

    POOL_GRANT = "POOL_GRANT"
    COLLECTIVE_LICENCE = "COLLECTIVE_LICENCE"


@dataclass(slots=True)
class DealBook:
    """Terms that many members signed; a use pays `price` a unit. `signed` are members with their units.

    `unused`: it was closed without a use, and one was paid. `model` was trained, and may be `retired`.
    """

    kind: DealKind
    scene_hash: bytes | None
    description_hash: bytes
    modalities: int
    price: int
    uses_left: int
    not_before: int
    expires: int
    uses: int = 0
    signed: dict[int, int] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    model: bytes | None = None
    retired: bool = False
    closed: bool = False
    unused: bool = False


@dataclass(slots=True)
class ChunkBook:
    """A chunk's seats; `start` is the pool's index when it was seated, at `opened` (block, log index)."""

    start: int
    opened: tuple[int, int]
    pay: ChunkPay

    @classmethod
    def seat(cls, start: int, opened: tuple[int, int], roster: bytes) -> ChunkBook:
        return cls(start, opened, ChunkPay(Roster.unpack(roster)))


@dataclass(slots=True)
class PoolBook:
    """A pool. `dues` wait for a sweep; `paid` holds what was `held` and went to members' accounts instead.

    `streamed` of what streams bring is divided already; `abandoned` is what nobody was left to earn.
    """

    production_id: int
    manager: str
    version: int
    benefits_bps: int
    dues_bps: int
    levy_bps: int
    unit: UnitIndex = field(default_factory=UnitIndex)
    track: Track = field(default_factory=Track)
    streamed: int = 0
    chunks: dict[int, ChunkBook] = field(default_factory=dict)
    streams: list[PoolStream] = field(default_factory=list)
    lumps: dict[str, int] = field(default_factory=no_parts)
    charged: dict[str, int] = field(default_factory=no_parts)
    reserved: int = 0
    dues: int = 0
    dues_swept: int = 0
    abandoned: int = 0
    paid: int = 0
    held: int = 0

    def streamed_at(self, now: int, clock: Clock) -> int:
        """What streams brought until `now` (Unix seconds): full cycles, and this cycle's by the second."""
        today = clock.cycle_at(now)
        gone = now - clock.cycle_start(today)
        return self.track.before(today) + self.track.pays(today) * gone // clock.cycle_seconds

    def to_come(self, now: int, clock: Clock) -> int:
        """What streams bring after `now`."""
        return sum(stream.net.total for stream in self.streams) - self.streamed_at(now, clock)

    def settle(self, now: int, clock: Clock) -> None:
        """Divide what streamed until `now`; while nobody sits, it waits for those who come."""
        if self.unit.units:
            streamed = self.streamed_at(now, clock)
            self.unit.distribute(streamed - self.streamed)
            self.streamed = streamed

    def at(self, now: int, clock: Clock) -> PoolBook:
        """A copy settled until `now`, which isn't before the last event. Chunks are shared."""
        copy = replace(self, unit=replace(self.unit))
        copy.settle(now, clock)
        return copy

    def undivided(self, now: int, clock: Clock) -> int:
        """Of a settled book: what waits for those who sit, below a base unit each, or for those who come."""
        index = self.unit.index
        parts = sum(chunk.pay.fractions(index - chunk.start) for chunk in self.chunks.values())
        whole, rest = divmod(parts + self.unit.remainder, ONE)
        if rest:
            raise ValueError(f"{rest} of 2^64 parts of a base unit are nobody's")
        return whole + self.unit.loose + self.streamed_at(now, clock) - self.streamed

    def unwanted(self, now: int, clock: Clock) -> int:
        """What streamed for nobody and comes to nobody: of a pool without units, once its streams have ended."""
        ended = all(stream.net.last_cycle < clock.cycle_at(now) for stream in self.streams)
        return self.streamed_at(now, clock) - self.streamed if ended and not self.unit.units else 0

    def entered(self, name: str) -> int:
        """All that ever entered: gross, dues, benefits or levy. Streams count in full when they open."""
        return self.lumps[name] + self.charged[name] + sum(stream.parts[name] for stream in self.streams)

    @property
    def net(self) -> int:
        """What is the members' of all that entered."""
        return self.entered("gross") - self.entered("dues")
