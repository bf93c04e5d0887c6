"""What Ann wishes for her own account: she signs, the keeper relays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from world import World

from trust.stage import Player


def payout_change(world: World, wallet: str) -> dict[str, Any]:
    return {"memberId": world.ann.id, "wallet": wallet, **world.stage.once(world.ann.id)}


def delegation(world: World, allowed: bool = True) -> dict[str, Any]:
    return {
        "memberId": world.ann.id,
        "delegate": world.address("delegate"),
        "allowed": allowed,
        **world.stage.once(world.ann.id),
    }


def appointment(world: World, share_bps: int, agent: str = "agent") -> dict[str, Any]:
    return {
        "memberId": world.ann.id,
        "agent": world.address(agent),
        "shareBps": share_bps,
        **world.stage.once(world.ann.id),
    }


def change_payout(world: World, wallet: str) -> None:
    signed = world.stage.sign(world.ann, "PayoutChange", payout_change(world, wallet))
    world.local.as_("keeper").members.change_payout(signed)


def delegate(world: World, allowed: bool = True) -> Player:
    """Ann as her delegate would sign for her."""
    signed = world.stage.sign(world.ann, "Delegation", delegation(world, allowed))
    world.local.as_("keeper").members.set_delegate(signed)
    return replace(world.ann, key=world.keys["delegate"])


def appoint(world: World, share_bps: int, agent: str = "agent") -> None:
    signed = world.stage.sign(world.ann, "AgentAppointment", appointment(world, share_bps, agent))
    world.local.as_("keeper").members.appoint_agent(signed)
