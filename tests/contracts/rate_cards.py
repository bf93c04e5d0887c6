"""New versions of the rate card, as the rate setter publishes them."""

from __future__ import annotations

from typing import Any

from world import World

from trust.stage import DAY


def card(world: World, **fields: Any) -> dict[str, Any]:
    return dict(world.read("RateCard", "cardOf", 1)) | {"effectiveFrom": world.now() + 30 * DAY} | fields


def publish(world: World, **fields: Any) -> None:
    new = card(world, **fields)
    setter = world.local.as_("rate setter").access
    setter.schedule("RateCard", "publish", new)
    world.stage.pass_time(48 * 3600)
    setter.execute("RateCard", "publish", new)
