"""Whose signature is a member's: their wallet's, their guardian's, never their delegate's."""

from __future__ import annotations

from dataclasses import replace

from refusals import refused
from solidity import create, tell
from wishes import delegate
from world import World

from trust.stage import DAY, Player


def enrolled(world: World, key: str, player: Player) -> Player:
    """A new member whose consent key is a contract that `player`'s key owns."""
    result = world.local.as_("enroller").members.enrol(key, world.address("heir"))
    assert result.id is not None
    return replace(player, id=result.id)


def test_contract_wallet_signs(world: World) -> None:
    wallet = create(world.chain, "Wallet", ("address",), (world.address("cleo"),))
    member = enrolled(world, wallet, world.cleo)
    world.stage.scan(member)
    assert world.read("Records", "covers", member.id, world.production, 0b101)
    with refused("Members.InvalidConsent", memberId=member.id):
        world.stage.scan(replace(member, key=world.keys["ben"]))
    tell(world.chain, wallet, "close()")
    with refused("Members.InvalidConsent", memberId=member.id):
        world.stage.scan(member)


def test_contract_wallet_that_answers_anything_does_not_sign(world: World) -> None:
    member = enrolled(world, create(world.chain, "Liar"), world.cleo)
    with refused("Members.InvalidConsent", memberId=member.id):
        world.stage.scan(member)


def test_wallets_owner_is_not_the_member(world: World) -> None:
    """Its owner's key alone, for a member without a contract, is nobody's."""
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.stage.scan(replace(world.ann, key=world.cleo.key))


def test_guardian_signs_for_a_minor_until_of_age(world: World) -> None:
    minor = world.minor()
    guardian = world.guardian_of(minor)
    with refused("Members.InvalidConsent", memberId=minor.id):
        world.stage.scan(minor)
    world.stage.scan(guardian)
    world.stage.pass_time(366 * DAY)
    with refused("Members.InvalidConsent", memberId=minor.id):
        world.stage.scan(guardian)
    world.stage.scan(minor)


def test_minor_and_guardian_may_both_revoke(world: World) -> None:
    minor = world.minor()
    world.stage.scan(world.guardian_of(minor))
    for who in ("minor", "guardian"):
        assert world.read("Members", "mayRevoke", minor.id, world.address(who))
    world.write("minor", "Records", "erase", world.read("Records", "lastRecordId"), b"")
    world.write("guardian", "Records", "erase", world.read("Records", "lastRecordId") - 1, b"")


def test_delegate_never_agrees(world: World) -> None:
    deputy = delegate(world)
    world.later_schedule()
    for step in (
        lambda: world.stage.scan(deputy),
        lambda: world.ask_scene(deputy, world.scene(world.ann)),
        lambda: world.stage.studio.licences.extend(world.extension(deputy)),
    ):
        with refused("Members.InvalidConsent", memberId=world.ann.id):
            step()
    for function, message in (
        ("requestPayoutChange", {"wallet": world.address("thief")}),
        ("setDelegate", {"delegate": world.address("thief"), "allowed": True}),
        ("appointAgent", {"agent": world.address("thief"), "shareBps": 1000}),
    ):
        with refused("Members.NotTheMember", memberId=world.ann.id, caller=world.address("delegate")):
            wish = {"memberId": world.ann.id} | message | {"nonce": 99, "deadline": 2**40}
            world.write("delegate", "Members", function, wish, b"")


def test_delegate_revokes_by_themselves(world: World) -> None:
    delegate(world)
    world.write("delegate", "SceneGrants", "revoke", world.grant, b"")
    world.write("delegate", "Licences", "revoke", world.licence, b"")
    world.write("delegate", "Members", "cancelConsent", world.ann.id, 50, b"")
    world.write("delegate", "Records", "erase", 1, b"")


def test_dismissed_delegate_revokes_nothing(world: World) -> None:
    delegate(world)
    delegate(world, allowed=False)
    with refused("Members.NotTheMember", caller=world.address("delegate")):
        world.write("delegate", "SceneGrants", "revoke", world.grant, b"")


def test_delegates_signature_is_not_relayed(world: World) -> None:
    deputy = delegate(world)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.stage.revoke(deputy, world.grant)
