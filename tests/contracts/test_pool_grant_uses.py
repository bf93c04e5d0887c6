"""Pool grants: what a crowd's uses cost, pay, and may not do."""

from __future__ import annotations

import pytest
from deals import (
    MODEL,
    OUTPUT,
    PROMPT,
    Deal,
    account,
    background_terms,
    crowd,
    crowd_of_two,
)
from ensembles import remit
from model import BACKGROUND, DUES, LEVY, down, up
from refusals import refused
from world import World

from trust.model import dollars
from trust.stage import DAY


@pytest.fixture
def deal(world: World) -> Deal:
    return crowd_of_two(world)


# Money


def test_signing_sets_aside_what_all_uses_can_cost(world: World) -> None:
    deal = crowd(world)
    before = account(world)
    deal.sign((world.ann, 3), (world.ben, 4))
    after = account(world)
    assert after["reserved"] - before["reserved"] == deal.cost(7, 5)
    assert before["free"] - after["free"] == deal.cost(7, 5)
    assert {name: after[name] - before[name] for name in ("benefits", "levy")} == {"benefits": 0, "levy": 0}


def test_signature_that_can_not_be_paid_for_is_refused(world: World) -> None:
    deal = crowd(world)
    wanted = deal.cost(7, 5)
    world.leave_free(wanted - 1)
    with refused("Payroll.InsufficientBalance", productionId=world.production):
        deal.sign((world.ann, 3), (world.ben, 4))
    world.stage.fund(world.production, dollars(1))
    world.leave_free(wanted)
    deal.sign((world.ann, 3), (world.ben, 4))
    assert world.free() == 0
    deal.use(5)
    assert deal.push() == deal.net(7, 5)


def test_studio_takes_nothing_back_of_what_is_set_aside(deal: Deal) -> None:
    world = deal.world
    world.empty()
    with refused("Payroll.InsufficientBalance"):
        world.stage.studio.payroll.take_back(world.production, 1, world.address("studio"))  # type: ignore[arg-type]
    assert deal.use(5)["gross"] == deal.terms["price"] * 7 * 5


def test_use_pays_the_price_a_unit_with_benefits_at_the_background_rate(deal: Deal) -> None:
    world, price, before = deal.world, deal.terms["price"], account(deal.world)
    told = deal.use(2)
    units = 7 * 2
    parts = {
        "gross": price * units,
        "dues": down(price, DUES) * units,
        "benefits": up(price, BACKGROUND) * units,
        "levy": up(price, LEVY) * units,
    }
    assert {name: told[name] for name in parts} == parts
    after = account(world)
    assert after["benefits"] - before["benefits"] == parts["benefits"]
    assert after["levy"] - before["levy"] == parts["levy"]
    assert before["reserved"] - after["reserved"] == deal.cost(7, 2)
    assert after["free"] == before["free"]
    assert deal.push() == parts["gross"] - parts["dues"]
    assert deal.sweep()["dues"] == parts["dues"]


def test_batching_of_uses_changes_nothing(world: World) -> None:
    def played(*batches: int) -> tuple[dict[str, int], int]:
        deal = crowd(world, price=background_terms(world)["price"] + 12_345)
        deal.sign((world.ann, 3), (world.ben, 4))
        before = account(world)
        for uses in batches:
            deal.use(uses)
        after = account(world)
        return {name: after[name] - before[name] for name in after}, deal.push()

    assert played(4) == played(1, 3) == played(1, 1, 1, 1)


def test_every_unit_of_money_is_accounted_for(world: World) -> None:
    """Two sign, one use, a third signs, one leaves, two uses, the other leaves, close: nothing is left over."""
    world.stage.scan(world.cleo)
    start = account(world)
    deal = crowd(world)
    deal.sign((world.ann, 3), (world.ben, 4))
    deal.use()
    deal.sign((world.cleo, 11))
    paid = deal.revoke(world.ann, who="ann")
    deal.use(2)
    paid += deal.revoke(world.ben, who="ben")
    paid += sum(deal.push(chunk) for chunk in deal.chunks)
    world.go_to(deal.terms["expires"])
    deal.close()
    unit_uses = 7 + 2 * (4 + 11)
    assert paid == deal.net(1, unit_uses)
    end = account(world)
    assert end["reserved"] == start["reserved"]
    assert start["free"] - end["free"] == deal.cost(1, unit_uses)
    dues = deal.sweep()["dues"]
    on_top = end["benefits"] + end["levy"] - start["benefits"] - start["levy"]
    assert paid + dues + on_top == start["free"] - end["free"]


def test_later_signature_is_paid_for_later_uses_only(deal: Deal) -> None:
    world, before = deal.world, account(deal.world)
    world.stage.scan(world.cleo)
    deal.use(2)
    late = deal.sign((world.cleo, 9))
    assert deal.due(world.cleo, late) == 0
    assert before["free"] - account(world)["free"] == deal.cost(9, 3)
    deal.use(3)
    assert deal.due(world.cleo, late) == deal.net(9, 3)


def test_dues_benefits_and_levy_reach_their_payees(deal: Deal) -> None:
    world = deal.world
    remit(world)
    before = [world.balance(world.address(who)) for who in ("union", "pipeline fund")]
    deal.use(5)
    deal.sweep()
    remit(world)
    after = [world.balance(world.address(who)) for who in ("union", "pipeline fund")]
    price = deal.terms["price"]
    assert [now - then for now, then in zip(after, before, strict=True)] == [
        down(price, DUES) * 35,
        up(price, LEVY) * 35,
    ]


# Uses


def test_no_more_uses_than_agreed(deal: Deal) -> None:
    deal.use(3)
    with refused("PooledConsents.UsesExceeded", poolId=deal.pool, uses=3, usesLeft=2):
        deal.use(3)
    deal.use(2)
    with refused("PooledConsents.UsesExceeded", uses=1, usesLeft=0):
        deal.use(1)
    assert deal.left["usesLeft"] == 0


def test_use_needs_a_crowd(world: World) -> None:
    deal = crowd(world)
    with refused("EnsemblePools.PoolIsEmpty", poolId=deal.pool):
        deal.use()
    deal.sign((world.ann, 1))
    deal.revoke(world.ann, who="ann")
    with refused("EnsemblePools.PoolIsEmpty"):
        deal.use()


def test_uses_are_made_in_the_window(world: World) -> None:
    begins = world.now() + DAY
    deal = crowd(world, notBefore=begins)
    deal.sign((world.ann, 1))
    expires, use = deal.terms["expires"], world.stage.studio.pool_grants.use
    for moment in (begins - 1, begins, expires - 1, expires):
        world.go_to(moment)
        if begins <= moment < expires:
            use(deal.pool, 1, OUTPUT, PROMPT, MODEL, simulate=True)
            continue
        with refused("PooledConsents.OutsideWindow", poolId=deal.pool, notBefore=begins, expires=expires):
            use(deal.pool, 1, OUTPUT, PROMPT, MODEL, simulate=True)


def test_only_the_studio_and_its_reporters_report(deal: Deal) -> None:
    world = deal.world
    for who in ("stranger", "ann", "rival studio", "steward", "keeper"):
        with refused("PoolGrants.NotAReporter", productionId=world.production, caller=world.address(who)):
            deal.use(who=who)
    world.stage.studio.productions.set_reporter(world.production, world.address("stranger"), True)
    for who in ("stranger", "studio"):
        deal.use(who=who)
    world.stage.studio.productions.set_reporter(world.production, world.address("stranger"), False)
    with refused("PoolGrants.NotAReporter"):
        deal.use(who="stranger")


def test_primary_reporter_reports_crowds_too(deal: Deal) -> None:
    deal.use(who="reporter")


def test_nobody_is_used_during_a_strike(deal: Deal) -> None:
    world = deal.world
    world.stage.scan(world.cleo)
    deal.use()
    committee = world.local.as_("strike committee").productions
    committee.declare_strike([world.production])
    for step in (lambda: deal.use(), lambda: deal.sign((world.cleo, 1)), lambda: crowd(world)):
        with refused("Productions.OnStrike", productionId=world.production):
            step()
    assert deal.push() == deal.net(7)
    deal.revoke(world.ann, who="ann")
    committee.end_strike([world.production])
    deal.use()
    assert deal.due(world.ben) == deal.net(4)


def test_strike_until_the_window_is_over_leaves_nobody_unpaid(deal: Deal) -> None:
    world = deal.world
    world.local.as_("strike committee").productions.declare_strike([world.production])
    world.go_to(deal.terms["expires"])
    assert deal.close().event("PoolDealClosed").args["unused"]
    assert deal.push() == deal.net(7)
