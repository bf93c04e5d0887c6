"""Pool grants: how members leave, and how the grant ends."""

from __future__ import annotations

from typing import Any

import pytest
from deals import (
    Deal,
    account,
    crowd_of_two,
)
from refusals import refused
from wishes import delegate
from world import World

from trust.stage import Player


@pytest.fixture
def deal(world: World) -> Deal:
    return crowd_of_two(world)


# Leaving


def left(deal: Deal, player: Player, units: int, **how: Any) -> None:
    """Have a member leave after a use, and check what it paid and freed."""
    world = deal.world
    deal.use()
    before, wallet = account(world), deal.paid(player)
    assert deal.revoke(player, **how) == deal.net(units)
    after = account(world)
    assert deal.paid(player) - wallet == deal.net(units)
    assert before["reserved"] - after["reserved"] == deal.cost(units, 4)
    assert after["free"] - before["free"] == deal.cost(units, 4)
    assert not deal.has_signed(player)


def test_member_leaves_with_what_was_earned(deal: Deal) -> None:
    world = deal.world
    left(deal, world.ann, 3, who="ann")
    charged = deal.use()
    assert charged["gross"] == deal.terms["price"] * 4
    assert deal.push() == deal.net(4, 2)


def test_delegate_takes_a_member_out(deal: Deal) -> None:
    delegate(deal.world)
    left(deal, deal.world.ann, 3, who="delegate")


def test_signed_revocation_is_relayed_by_anyone(deal: Deal) -> None:
    world = deal.world
    left(deal, world.ben, 4, who="stranger", signature=deal.revocation(world.ben))


def test_nobody_else_takes_a_member_out(deal: Deal) -> None:
    world = deal.world
    for who in ("studio", "ben", "steward", "council", "stranger"):
        with refused("Members.NotTheMember", memberId=world.ann.id, caller=world.address(who)):
            deal.revoke(world.ann, who=who)


def test_revocation_is_the_members_for_this_pool_and_contract(deal: Deal) -> None:
    world = deal.world
    message = {"poolId": deal.pool, "memberId": world.ann.id}
    elsewhere = world.stage.sign(world.ann, "PoolRevocation", message, "CollectiveLicences").signature
    for signature in (
        deal.revocation(world.ben, memberId=world.ann.id),
        deal.revocation(world.ann, poolId=deal.pool + 1),
        deal.revocation(world.ann, memberId=world.ben.id),
        elsewhere,
        b"\x01" * 65,
    ):
        with refused("Members.InvalidConsent", memberId=world.ann.id):
            deal.revoke(world.ann, signature=signature)
    deal.revoke(world.ann, signature=deal.revocation(world.ann))


def test_nobody_leaves_twice(deal: Deal) -> None:
    world = deal.world
    deal.revoke(world.ann, who="ann")
    with refused("EnsemblePools.NoSuchSeat", seat=0):
        deal.revoke(world.ann, who="ann")


def test_revocation_names_a_seat_of_the_chunk_as_it_was_seated(deal: Deal) -> None:
    world = deal.world
    struct = deal.chunk.as_struct()
    with refused("EnsemblePools.NoSuchSeat", seat=2):
        world.write("ann", "PoolGrants", "revoke", struct, 2, b"")
    forged = struct | {"roster": world.ann.id.to_bytes(3) + (4).to_bytes(4)}
    with refused("EnsemblePools.NotThisChunk", poolId=deal.pool, chunk=0):
        world.write("ann", "PoolGrants", "revoke", forged, 0, b"")


def test_nobody_leaves_after_the_window_and_so_the_promised_use(deal: Deal) -> None:
    world, expires = deal.world, deal.terms["expires"]
    world.go_to(expires)
    with refused("PooledConsents.OutsideWindow", poolId=deal.pool, expires=expires):
        deal.revoke(world.ann, who="ann")


def test_member_who_left_is_no_longer_set_aside_for(deal: Deal) -> None:
    """The last to leave frees the last of the reserve."""
    world, before = deal.world, account(deal.world)
    for player in (world.ann, world.ben):
        deal.revoke(player, who=player.name)
    after = account(world)
    assert before["reserved"] - after["reserved"] == deal.cost(7, 5)
    world.go_to(deal.terms["expires"])
    assert not deal.close().event("PoolDealClosed").args["unused"]
    assert account(world) == after


# The end


def test_crowd_that_was_never_used_is_paid_one_use(deal: Deal) -> None:
    world, before = deal.world, account(deal.world)
    world.go_to(deal.terms["expires"])
    assert deal.close().event("PoolDealClosed").args == {"poolId": deal.pool, "unused": True}
    after = account(world)
    assert deal.push() == deal.net(7)
    assert before["reserved"] - after["reserved"] == deal.cost(7, 5)
    assert after["free"] - before["free"] == deal.cost(7, 4)


@pytest.mark.parametrize("uses", [1, 4, 5])
def test_close_frees_what_was_not_used(deal: Deal, uses: int) -> None:
    world, before = deal.world, account(deal.world)
    deal.use(uses)
    world.go_to(deal.terms["expires"])
    assert not deal.close().event("PoolDealClosed").args["unused"]
    after = account(world)
    assert before["reserved"] - after["reserved"] == deal.cost(7, 5)
    assert after["free"] - before["free"] == deal.cost(7, 5 - uses)
    assert deal.push() == deal.net(7, uses)


def test_who_signed_after_the_last_use_is_paid_one(deal: Deal) -> None:
    """A use made before buys nobody's later consent; all who sit share in the one that is paid."""
    world = deal.world
    world.stage.scan(world.cleo)
    deal.use(2)
    late = deal.sign((world.cleo, 9))
    assert not deal.left["used"]
    world.go_to(deal.terms["expires"])
    assert deal.close().event("PoolDealClosed").args["unused"]
    assert deal.push(late) == deal.net(9)
    assert deal.push() == deal.net(7, 3)
    assert deal.left["usesLeft"] == 2


def test_late_signature_is_paid_for_by_a_use_as_well(deal: Deal) -> None:
    world, before = deal.world, account(deal.world)
    world.stage.scan(world.cleo)
    deal.use()
    late = deal.sign((world.cleo, 9))
    deal.use()
    world.go_to(deal.terms["expires"])
    assert not deal.close().event("PoolDealClosed").args["unused"]
    assert (deal.push(late), deal.push()) == (deal.net(9), deal.net(7, 2))
    assert before["free"] - account(world)["free"] == deal.cost(9) - deal.cost(7, 3)


def test_grant_is_closed_when_its_window_is_over(deal: Deal) -> None:
    world, expires = deal.world, deal.terms["expires"]
    world.go_to(expires - 1)
    for who in ("studio", "ann", "stranger"):
        with refused("PooledConsents.StillInForce", poolId=deal.pool, expires=expires):
            world.local.as_(who).pool_grants.close(deal.pool, simulate=True)
    world.go_to(expires)
    deal.close("stranger")
    assert deal.left["closed"]


def test_nothing_happens_after_the_close(deal: Deal) -> None:
    world = deal.world
    world.go_to(deal.terms["expires"])
    deal.close()
    for step in (
        lambda: deal.close(),
        lambda: deal.use(),
        lambda: deal.revoke(world.ann, who="ann"),
        lambda: deal.sign((world.cleo, 1)),
    ):
        with refused("PooledConsents.DealIsClosed", poolId=deal.pool):
            step()
    assert deal.push() == deal.net(7)


def test_cancelled_production_uses_nobody_and_is_closed_at_once(deal: Deal) -> None:
    world, before = deal.world, account(deal.world)
    world.stage.studio.productions.cancel(world.production)
    with refused("Productions.ProductionIsCancelled", productionId=world.production):
        deal.use()
    with refused("Productions.ProductionIsCancelled"):
        deal.sign((world.cleo, 1))
    assert deal.close().event("PoolDealClosed").args["unused"]
    after = account(world)
    assert after["free"] - before["free"] == deal.cost(7, 4)
    assert deal.push() == deal.net(7)
    assert before["reserved"] - after["reserved"] == deal.cost(7, 5)


def test_cancelled_production_pays_only_what_was_used(deal: Deal) -> None:
    deal.use(2)
    deal.world.stage.studio.productions.cancel(deal.world.production)
    assert not deal.close().event("PoolDealClosed").args["unused"]
    assert deal.push() == deal.net(7, 2)
