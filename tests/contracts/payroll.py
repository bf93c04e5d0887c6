"""What Payroll holds and owes in a world, and what the default rate card adds to and takes from a gross amount."""

from __future__ import annotations

from typing import Any

from model import BENEFITS, DUES, down, on_top
from world import World

from trust.model import dollars
from trust.nouns.handle import Result
from trust.stage import Player

#: Of a grant of two digital days.
FLOOR = dollars(2 * 1204)


def cost(gross: int, benefits: int = BENEFITS) -> int:
    """What a production pays for a gross amount under the ceiling."""
    return on_top(gross, benefits)


def net(gross: int) -> int:
    return gross - down(gross, DUES)


def due(world: World, player: Player) -> int:
    return int(world.read("Payroll", "due", player.id)["amount"])


def account(world: World) -> dict[str, Any]:
    return dict(world.read("Payroll", "productionAccount", world.production))


def streams_of(result: Result) -> list[dict[str, Any]]:
    """Streams that a transaction opened."""
    return [event.args["stream"] for event in result.events if event.name == "StreamOpened"]
