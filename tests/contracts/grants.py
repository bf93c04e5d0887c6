"""Ann's grant in the ledger of uses, and its close."""

from __future__ import annotations

from typing import Any

from world import World

from trust.model import GrantId
from trust.nouns.handle import Result


def ledger(world: World) -> dict[str, Any]:
    return dict(world.read("UsageLedger", "grantOf", world.grant))


def reportable_until(world: World, grant: GrantId | None = None) -> int:
    return int(world.read("UsageLedger", "reportableUntil", grant or world.grant))


def close_grant(world: World, unused: int = 100) -> Result:
    """The studio closes the grant as soon as it may."""
    world.go_to(reportable_until(world) + 1)
    return world.stage.studio.scenes.close(world.grant, unused)
