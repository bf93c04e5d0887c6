"""Pool grants: who signs what, and on which terms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from deals import (
    Deal,
    background_terms,
    crowd,
    crowd_of_two,
    open_deal,
    submit,
    terms_hash,
)
from ensembles import Ensemble
from refusals import refused
from solidity import create, tell
from wishes import delegate
from world import World

from trust.model import AssetClass, Modality, ReplicaType, dollars, mask
from trust.stage import DAY, FACE_AND_VOICE


@pytest.fixture
def deal(world: World) -> Deal:
    return crowd_of_two(world)


# Terms


def test_price_is_at_least_the_rate_cards_scene_and_iteration(world: World) -> None:
    scene, iteration, _ = world.stage.studio.rate_card.scene_fees(
        1, set(FACE_AND_VOICE), AssetClass.PASSIVE, ReplicaType.BACKGROUND
    )
    least = scene + iteration
    with refused("PooledConsents.PriceTooLow", offered=least - 1, least=least):
        crowd(world, price=least - 1)
    crowd(world, price=least)


def test_terms_are_those_of_a_minor(world: World) -> None:
    world.later_schedule(weeks=600)
    card = world.stage.studio.rate_card.card(1)
    longest, now = card["maxMinorTermDays"] * DAY, world.now()
    with refused("PooledConsents.TermTooLong", termSeconds=longest + 1, longestSeconds=longest):
        crowd(world, notBefore=now, expires=now + longest + 1)
    crowd(world, notBefore=now, expires=now + longest)


def test_only_its_own_module_runs_the_pool(deal: Deal) -> None:
    """The studio seats, empties and charges nothing by itself."""
    world, plain = deal.world, Ensemble(deal.world, deal.pool, deal.chunks)
    with refused("EnsemblePools.NotTheManager", poolId=deal.pool, caller=world.address("studio")):
        plain.seat((world.cleo, 1))
    with refused("EnsemblePools.NotTheManager"):
        plain.unseat(world.ann)
    for function in ("reserveForPool", "chargePool", "releaseFromPool"):
        with refused("EnsemblePools.NotTheManager"):
            world.write("studio", "Payroll", function, deal.pool, 1, 1)


def test_studio_may_add_to_what_a_crowd_earns(deal: Deal) -> None:
    """A bonus is a lump like any other."""
    given = deal.fund(dollars(700))
    deal.use()
    assert deal.push() in (given + deal.net(7), given + deal.net(7) - 1)


# Signing


def test_only_who_signed_is_seated_used_and_paid(deal: Deal) -> None:
    world = deal.world
    world.stage.scan(world.cleo)
    before = [deal.paid(player) for player in (world.ann, world.ben, world.cleo)]
    deal.use()
    deal.push()
    now = [deal.paid(player) for player in (world.ann, world.ben, world.cleo)]
    paid = [after - earlier for after, earlier in zip(now, before, strict=True)]
    assert paid == [deal.net(3), deal.net(4), 0]
    assert [deal.has_signed(player) for player in (world.ann, world.ben, world.cleo)] == [True, True, False]


def test_what_is_signed_is_the_hash_of_the_terms(deal: Deal) -> None:
    assert deal.left["termsHash"] == terms_hash("PoolGrants", deal.terms)


def test_units_are_each_members_own(deal: Deal) -> None:
    world = deal.world
    world.stage.scan(world.cleo)
    signed = deal.consent(world.cleo, 2)
    more = replace(signed, consent=replace(signed.consent, message=deal.message(world.cleo, 3)))
    with refused("Members.InvalidConsent", memberId=world.cleo.id):
        deal.hand_in(more)
    deal.hand_in(signed)
    assert deal.state()["units"] == 3 + 4 + 2


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Anything at all. [ref " + "0" * 32 + "]"},
        {"price": 10**12},
        {"maxUses": 6},
        {"modalities": mask([Modality.FACE])},
        {"representation": 1},
        {"sceneHash": None},
        {"notBefore": 1},
        {"expires": -1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_signature_under_other_terms_is_refused(world: World, change: dict[str, Any]) -> None:
    """Even with the right number: the member saw other terms than the studio opened."""
    terms = background_terms(world)
    [(name, value)] = change.items()
    if name in ("notBefore", "expires"):
        value = terms[name] + value
    elif name == "sceneHash":
        value = world.breakdown.leaves[0]
    deal = open_deal(world, "PoolGrants", terms)
    seen = deal.message(world.ben, 1) | {"terms": terms | {name: value}}
    with refused("Members.InvalidConsent", memberId=world.ben.id):
        deal.hand_in(world.stage.sign(world.ben, "BackgroundConsent", seen))
    deal.sign((world.ben, 1))


def test_signature_for_one_pool_serves_no_other(deal: Deal) -> None:
    """Not even one with the very same terms."""
    world = deal.world
    twin = open_deal(world, "PoolGrants", deal.terms)
    assert twin.left["termsHash"] == deal.left["termsHash"]
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        submit(world, twin.pool, "PoolGrants", deal.consent(world.ann, 3))


def test_nobody_signs_twice(deal: Deal) -> None:
    world = deal.world
    with refused("PooledConsents.AlreadySigned", poolId=deal.pool, memberId=world.ann.id):
        deal.sign((world.ann, 1))
    other = crowd(world)
    with refused("PooledConsents.AlreadySigned", poolId=other.pool, memberId=world.ben.id):
        other.hand_in(other.consent(world.ben, 1), other.consent(world.ben, 1))


def test_who_revoked_does_not_return(deal: Deal) -> None:
    world = deal.world
    deal.revoke(world.ann, who="ann")
    with refused("PooledConsents.AlreadySigned", poolId=deal.pool, memberId=world.ann.id):
        deal.sign((world.ann, 3))


def test_one_bad_signature_seats_nobody(world: World) -> None:
    deal = crowd(world)
    forged = deal.consent(replace(world.ben, key=world.keys["thief"]), 4)
    good = deal.consent(world.ann, 3)
    with refused("Members.InvalidConsent", memberId=world.ben.id):
        deal.hand_in(good, forged)
    assert deal.state()["units"] == 0
    deal.hand_in(good)


def test_signatures_ascend_by_member(world: World) -> None:
    deal = crowd(world)
    with refused("EnsemblePools.NotAscending", position=1):
        deal.hand_in(deal.consent(world.ben, 1), deal.consent(world.ann, 1))


def test_seat_needs_units(world: World) -> None:
    with refused("EnsemblePools.NoUnits", position=0):
        crowd(world).sign((world.ann, 0))


def test_contract_wallet_signs(world: World) -> None:
    wallet = create(world.chain, "Wallet", ("address",), (world.address("cleo"),))
    number = world.local.as_("enroller").members.enrol(wallet, world.address("heir")).id
    assert number is not None
    member = replace(world.cleo, id=number)
    world.stage.scan(member)
    deal = crowd(world)
    with refused("Members.InvalidConsent", memberId=member.id):
        deal.sign((replace(member, key=world.keys["thief"]), 1))
    deal.sign((world.ann, 1), (member, 2))
    deal.use()
    deal.push()
    assert world.balance(world.address("heir")) == deal.net(2)
    tell(world.chain, wallet, "close()")
    other = crowd(world)
    with refused("Members.InvalidConsent", memberId=member.id):
        other.sign((member, 2))


def test_guardian_signs_for_a_minor(world: World) -> None:
    minor = world.minor()
    guardian = world.guardian_of(minor)
    world.stage.scan(guardian)
    deal = crowd(world)
    with refused("Members.InvalidConsent", memberId=minor.id):
        deal.sign((minor, 1))
    deal.sign((guardian, 1))
    deal.use()
    assert deal.revoke(minor, who="guardian") == deal.net(1)


def test_delegate_never_signs(world: World) -> None:
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        crowd(world).sign((delegate(world), 1))


def test_member_needs_records_that_this_production_may_use(world: World) -> None:
    deal = crowd(world)
    with refused("PooledConsents.RecordsMissing", memberId=world.cleo.id, modalities=mask(FACE_AND_VOICE)):
        deal.sign((world.cleo, 1))
    world.stage.scan(world.cleo, {Modality.FACE})
    with refused("PooledConsents.RecordsMissing", memberId=world.cleo.id):
        deal.sign((world.cleo, 1))
    world.stage.scan(world.cleo, {Modality.VOICE}, world.production)
    deal.sign((world.cleo, 1))


def test_only_the_studio_hands_signatures_in(world: World) -> None:
    deal = crowd(world)
    for who in ("stranger", "reporter", "ann", "rival studio"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            deal.sign((world.ann, 1), who=who)


def test_crowd_signs_in_as_many_transactions_as_it_takes(world: World) -> None:
    deal = crowd(world)
    world.stage.scan(world.cleo)
    for player, units in ((world.cleo, 5), (world.ann, 1), (world.ben, 2)):
        deal.sign((player, units))
    deal.use()
    assert [deal.due(player, chunk) for player, chunk in zip(
        (world.cleo, world.ann, world.ben), deal.chunks, strict=True
    )] == [deal.net(5), deal.net(1), deal.net(2)]  # fmt: skip
