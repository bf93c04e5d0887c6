"""An ensemble pool in a world: seats for Ann, Ben and Cleo, and what they are paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from solidity import create
from world import World

from trust.model import Money, PoolId
from trust.nouns.pools import seated
from trust.pools import Chunk, Roster, Seat
from trust.stage import DAY, Player


@dataclass
class Ensemble:
    """A pool of the world's production, run by its studio."""

    world: World
    pool: PoolId
    chunks: list[Chunk] = field(default_factory=list)

    @property
    def chunk(self) -> Chunk:
        """The first."""
        return self.chunks[0]

    def seat(self, *seats: tuple[Player, int], who: str = "studio") -> Chunk:
        """Seat these with so many units, as one chunk."""
        roster = Roster.of(Seat(player.id, units) for player, units in seats)
        result = self.world.write(who, "Payroll", "seat", self.pool, [roster.packed])
        chunk = seated(result.event("PoolSeated"))
        self.chunks.append(chunk)
        return chunk

    def fund(self, gross: int) -> int:
        """A lump; the members' part."""
        told = self.world.write("studio", "Payroll", "fundPool", self.pool, gross).event("PoolFunded").args
        return int(told["gross"] - told["dues"])

    def stream(self, gross: int, seconds: int, start: int = 0) -> int:
        """A stream that ends so many seconds from `start` or from now; the members' part."""
        end = (start or self.world.now()) + seconds
        result = self.world.write("studio", "Payroll", "streamToPool", self.pool, gross, start, end)
        told = result.event("PoolStreamOpened").args
        return int(told["gross"] - told["dues"])

    def push(self, chunk: Chunk | None = None, who: str = "keeper") -> int:
        """What it paid."""
        result = self.world.write(who, "Payroll", "push", (chunk or self.chunk).as_struct())
        return int(result.event("PoolPushed").args["paid"])

    def pay(self, *players: Player, chunk: Chunk | None = None) -> int:
        """These seats alone; what it paid."""
        chunk = chunk or self.chunk
        positions = [chunk.roster.position(player.id) for player in players]
        result = self.world.write("stranger", "Payroll", "paySeats", chunk.as_struct(), positions)
        return int(result.event("SeatsPaid").args["paid"])

    def unseat(self, *players: Player, chunk: Chunk | None = None, who: str = "studio") -> int:
        """What it paid."""
        chunk = chunk or self.chunk
        positions = [chunk.roster.position(player.id) for player in players]
        result = self.world.write(who, "Payroll", "unseat", chunk.as_struct(), positions)
        return int(result.event("SeatsVacated").args["paid"])

    def sweep(self) -> dict[str, Any]:
        return self.world.write("stranger", "Payroll", "sweepPools", [self.pool]).event("PoolSwept").args

    def due(self, player: Player, chunk: Chunk | None = None) -> int:
        chunk = chunk or self.chunk
        position = chunk.roster.position(player.id)
        return int(self.world.read("Payroll", "seatDue", chunk.as_struct(), position))

    def state(self) -> dict[str, Any]:
        return dict(self.world.read("Payroll", "poolOf", self.pool))

    def paid(self, player: Player) -> int:
        """What the member's first wallet holds."""
        return self.world.balance(player.wallet.address)


def open_pool(world: World, *, background: bool = False) -> Ensemble:
    result = world.write("studio", "Payroll", "openPool", world.production, background)
    return Ensemble(world, PoolId(result.event("PoolOpened").args["poolId"]))


def remit(world: World) -> Money:
    """What the pipeline fund holds after all of the production's lanes were passed on."""
    world.write("keeper", "Payroll", "remit", [world.production])
    return Money(world.balance(world.address("pipeline fund")))


def module_pool(world: World) -> tuple[str, Ensemble]:
    """A module that the union admitted and the studio opted in to, and a pool that it opened."""
    module = create(world.chain, "Module")
    treasurer = world.local.as_("treasurer").access
    treasurer.schedule("Payees", "admitModule", module)
    world.stage.pass_time(2 * DAY)
    treasurer.execute("Payees", "admitModule", module)
    world.write("studio", "Payroll", "optIn", world.production, module, True)
    world.raw(module, "Payroll", "openPool", world.production, True)
    return module, Ensemble(world, PoolId(world.read("Payroll", "poolCount")))
