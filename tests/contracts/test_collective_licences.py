"""Collective licences, rule by rule: one training run on the records of all who signed for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from deals import MODEL, Deal, account, collective, collective_terms, crowd, terms_hash
from model import BENEFITS, DUES, LEVY, down, up
from refusals import refused
from wishes import delegate
from world import EVIDENCE, World

from trust.model import Modality, mask
from trust.stage import DAY, FACE_AND_VOICE

NONE = bytes(32)


@pytest.fixture
def deal(world: World) -> Deal:
    """Ann with three units and Ben with four."""
    deal = collective(world)
    deal.sign((world.ann, 3), (world.ben, 4))
    return deal


def test_run_pays_all_who_signed_by_units_and_nobody_else(deal: Deal) -> None:
    world = deal.world
    world.stage.scan(world.cleo)
    before = [deal.paid(player) for player in (world.ann, world.ben, world.cleo)]
    deal.train()
    deal.push()
    now = [deal.paid(player) for player in (world.ann, world.ben, world.cleo)]
    paid = [after - earlier for after, earlier in zip(now, before, strict=True)]
    assert paid == [deal.net(3), deal.net(4), 0]


def test_what_is_signed_is_the_hash_of_the_terms(deal: Deal) -> None:
    assert deal.left["termsHash"] == terms_hash("CollectiveLicences", deal.terms)


def test_run_is_paid_with_benefits_at_the_principal_rate(deal: Deal) -> None:
    world, price, before = deal.world, deal.terms["price"], account(deal.world)
    told = deal.train()
    parts = {
        "gross": price * 7,
        "dues": down(price, DUES) * 7,
        "benefits": up(price, BENEFITS) * 7,
        "levy": up(price, LEVY) * 7,
    }
    assert {name: told[name] for name in parts} == parts
    after = account(world)
    assert before["reserved"] - after["reserved"] == deal.cost(7)
    assert before["free"] == after["free"]
    assert after["benefits"] - before["benefits"] == parts["benefits"]
    assert after["levy"] - before["levy"] == parts["levy"]


def test_signing_sets_aside_what_the_run_costs(world: World) -> None:
    deal = collective(world)
    world.leave_free(deal.cost(7) - 1)
    with refused("Payroll.InsufficientBalance", productionId=world.production, needed=deal.cost(7)):
        deal.sign((world.ann, 3), (world.ben, 4))
    deal.sign((world.ann, 3), (world.ben, 3))
    world.empty()
    deal.train()
    assert deal.push() == deal.net(6)


def test_there_is_one_run(deal: Deal) -> None:
    deal.train()
    with refused("PooledConsents.UsesExceeded", poolId=deal.pool, uses=1, usesLeft=0):
        deal.train()


def test_model_is_retired_once(deal: Deal) -> None:
    world = deal.world
    retire = world.stage.studio.collective_licences.attest_retirement
    licences = world.stage.studio.collective_licences
    with refused("CollectiveLicences.NoOpenRun", poolId=deal.pool):
        retire(deal.pool, EVIDENCE)
    deal.train()
    assert licences.open_run(deal.pool) == MODEL
    retire(deal.pool, EVIDENCE)
    assert licences.open_run(deal.pool) == NONE
    with refused("CollectiveLicences.NoOpenRun", poolId=deal.pool):
        retire(deal.pool, EVIDENCE)


def test_model_may_be_retired_after_all_is_over(deal: Deal) -> None:
    """The end of the licence and a cancelled production don't end the duty."""
    world = deal.world
    deal.train()
    world.go_to(deal.terms["expires"])
    deal.close()
    world.stage.studio.productions.cancel(world.production)
    world.stage.studio.collective_licences.attest_retirement(deal.pool, EVIDENCE)


def test_only_the_studio_trains_and_retires(deal: Deal) -> None:
    world = deal.world
    for who in ("reporter", "stranger", "ann", "rival studio"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            deal.train(who)
    deal.train()
    for who in ("reporter", "stranger", "rival studio"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            world.local.as_(who).collective_licences.attest_retirement(deal.pool, EVIDENCE)


def test_only_the_studio_states_terms_and_hands_signatures_in(world: World) -> None:
    deal = collective(world)
    for who in ("stranger", "rival studio", "ann"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            world.write(who, "CollectiveLicences", "open", deal.terms)
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            deal.sign((world.ann, 1), who=who)


def test_nobody_signs_twice_or_returns(deal: Deal) -> None:
    world = deal.world
    with refused("PooledConsents.AlreadySigned", poolId=deal.pool, memberId=world.ann.id):
        deal.sign((world.ann, 1))
    deal.revoke(world.ann, who="ann")
    with refused("PooledConsents.AlreadySigned", poolId=deal.pool, memberId=world.ann.id):
        deal.sign((world.ann, 1))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("description", "Any model. [ref " + "0" * 32 + "]"),
        ("price", 10**12),
        ("modalities", mask([Modality.FACE])),
        ("notBefore", 1),
        ("expires", 1),
        ("rateCardVersion", 2),
    ],
)
def test_signature_under_other_terms_is_refused(world: World, name: str, value: int | str) -> None:
    deal = collective(world)
    seen = deal.message(world.ben, 1) | {"terms": deal.terms | {name: value}}
    with refused("Members.InvalidConsent", memberId=world.ben.id):
        deal.hand_in(world.stage.sign(world.ben, "CollectiveTrainingConsent", seen))
    deal.sign((world.ben, 1))


def test_consent_to_a_scene_is_none_to_training(world: World) -> None:
    """Nor the other way round, even where the numbers are the same."""
    scene, training = crowd(world), collective(world)
    for deal, other in ((scene, training), (training, scene)):
        signed = other.consent(world.ann, 1, poolId=deal.pool)
        with refused("Members.InvalidConsent", memberId=world.ann.id):
            deal.hand_in(signed)


def test_delegate_never_signs_and_minors_guardian_does(world: World) -> None:
    minor = world.minor()
    guardian = world.guardian_of(minor)
    world.stage.scan(guardian)
    deal = collective(world)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        deal.sign((delegate(world), 1))
    with refused("Members.InvalidConsent", memberId=minor.id):
        deal.sign((minor, 1))
    deal.sign((guardian, 1))


def test_member_needs_all_the_records(world: World) -> None:
    deal = collective(world)
    with refused("PooledConsents.RecordsMissing", memberId=world.cleo.id, modalities=mask(FACE_AND_VOICE)):
        deal.sign((world.cleo, 1))


def test_who_revokes_before_the_run_is_not_in_it(deal: Deal) -> None:
    world, before = deal.world, account(deal.world)
    signature = deal.revocation(world.ann)
    assert deal.revoke(world.ann, who="stranger", signature=signature) == 0
    assert account(world)["free"] - before["free"] == deal.cost(3)
    assert deal.train()["gross"] == deal.terms["price"] * 4
    assert deal.push() == deal.net(4)


def test_who_revokes_after_the_run_keeps_the_pay(deal: Deal) -> None:
    world = deal.world
    deal.train()
    before = account(world)
    assert deal.revoke(world.ann, who="ann") == deal.net(3)
    assert account(world) == before
    assert not deal.has_signed(world.ann)


def test_revocation_of_a_pool_grant_is_none_of_a_licence(deal: Deal) -> None:
    world = deal.world
    message = {"poolId": deal.pool, "memberId": world.ann.id}
    elsewhere = world.stage.sign(world.ann, "PoolRevocation", message, "PoolGrants").signature
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        deal.revoke(world.ann, signature=elsewhere)


def test_run_that_was_never_made_is_paid(deal: Deal) -> None:
    world, before = deal.world, account(deal.world)
    world.go_to(deal.terms["expires"])
    assert deal.close().event("PoolDealClosed").args == {"poolId": deal.pool, "unused": True}
    after = account(world)
    assert before["reserved"] - after["reserved"] == deal.cost(7)
    assert before["free"] == after["free"]
    assert deal.push() == deal.net(7)


def test_run_that_was_made_is_paid_once(deal: Deal) -> None:
    world = deal.world
    deal.train()
    before = account(world)
    world.go_to(deal.terms["expires"])
    assert not deal.close().event("PoolDealClosed").args["unused"]
    assert account(world) == before
    assert deal.push() == deal.net(7)


def test_run_is_made_in_the_window(world: World) -> None:
    begins = world.now() + DAY
    deal = collective(world, notBefore=begins)
    deal.sign((world.ann, 1))
    expires, train = deal.terms["expires"], world.stage.studio.collective_licences.record_training_run
    for moment in (begins - 1, begins, expires - 1, expires):
        world.go_to(moment)
        if begins <= moment < expires:
            train(deal.pool, EVIDENCE, MODEL, simulate=True)
            continue
        with refused("PooledConsents.OutsideWindow", poolId=deal.pool, notBefore=begins, expires=expires):
            train(deal.pool, EVIDENCE, MODEL, simulate=True)


def test_struck_or_cancelled_production_trains_nothing(deal: Deal) -> None:
    world = deal.world
    committee = world.local.as_("strike committee").productions
    committee.declare_strike([world.production])
    with refused("Productions.OnStrike", productionId=world.production):
        deal.train()
    committee.end_strike([world.production])
    world.stage.studio.productions.cancel(world.production)
    with refused("Productions.ProductionIsCancelled", productionId=world.production):
        deal.train()
    assert deal.close().event("PoolDealClosed").args["unused"]
    assert deal.push() == deal.net(7)


def test_price_is_at_least_the_rate_cards(world: World) -> None:
    least = collective_terms(world)["price"] - 1
    with refused("PooledConsents.PriceTooLow", offered=least - 1, least=least):
        collective(world, price=least - 1)
    collective(world, price=least)


def test_crowd_contract_does_not_run_a_licence(deal: Deal) -> None:
    world = deal.world
    with refused("PooledConsents.NoDeal", poolId=deal.pool):
        replace(deal, contract="PoolGrants").use()
    with refused("PooledConsents.NoDeal", poolId=deal.pool):
        world.write("stranger", "PoolGrants", "close", deal.pool)


def test_member_who_signs_after_the_run_is_refused(world: World) -> None:
    """Nobody is left who could pay for it, and the run was made without."""
    deal = collective(world)
    deal.sign((world.ann, 3))
    deal.train()
    with refused("PooledConsents.UsesExceeded", poolId=deal.pool, uses=1, usesLeft=0):
        deal.sign((world.ben, 4))
