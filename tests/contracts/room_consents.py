"""The consents of a writers' room: what is signed, and how it is handed in as it stands."""

from __future__ import annotations

from typing import Any

from rooms import ASSETS, NO_CHUNK, WritersRoom, monday, open_room
from world import World

from trust.consent import SignedConsent

#: Pools of the world's chain are numbered from 1, and this one is the first.
POOL = 1


def next_monday(world: World) -> dict[str, Any]:
    """Ann joins for three weeks."""
    weeks = {"starts": monday(world, 1), "wholeWeeks": 3}
    return own(world) | weeks | world.stage.once(world.ann.id)


def leaving(world: World) -> dict[str, Any]:
    return own(world) | world.stage.once(world.ann.id)


def alone(world: World) -> dict[str, Any]:
    """Ann writes every episode."""
    return own(world) | {"writers": [world.ann.id]} | world.stage.once(world.ann.id)


def all_of_it(world: World) -> dict[str, Any]:
    """Ann's first statement, of a pool that nobody else shares."""
    return {
        "poolId": POOL,
        "memberId": world.ann.id,
        "version": 1,
        "assetsRoot": ASSETS,
        "contributions": [{"memberId": world.ann.id, "shareBps": 10_000}],
        **world.stage.once(world.ann.id),
    }


def own(world: World) -> dict[str, Any]:
    return {"productionId": world.production, "memberId": world.ann.id}


def with_ann(world: World) -> WritersRoom:
    room = open_room(world)
    room.join(world.ann, 0, 3)
    return room


def with_pool(world: World) -> None:
    open_room(world).pool()


def join(world: World, signed: SignedConsent) -> object:
    return world.write("studio", "WritersRooms", "joinRoom", dict(signed.consent.message), signed.signature)


def leave(world: World, signed: SignedConsent) -> object:
    return world.write("keeper", "WritersRooms", "leaveRoom", dict(signed.consent.message), signed.signature)


def declare(world: World, signed: SignedConsent) -> object:
    """By everybody that the message names: the contract knows the writers by their signatures."""
    message = signed.consent.message
    named = sorted({message["memberId"], *message["writers"]})
    signatures = [signature(signed, member) for member in named]
    return world.write("studio", "WritersRooms", "declareTeam", message["productionId"], signatures)


def state(world: World, signed: SignedConsent) -> object:
    message = signed.consent.message
    statement = {name: message[name] for name in ("poolId", "version", "assetsRoot", "contributions")}
    signatures = [signature(signed, message["memberId"])]
    return world.write("keeper", "WritersRooms", "stateContributions", statement, NO_CHUNK, signatures)


def signature(signed: SignedConsent, member: int) -> dict[str, Any]:
    once = {name: signed.consent.message[name] for name in ("nonce", "deadline")}
    return {"memberId": member, **once, "signature": signed.signature}
