"""A licence's states, its end, and what outlives it."""

from __future__ import annotations

import pytest
from model import DUES, down
from payroll import FLOOR, cost, due, net
from rate_cards import publish
from refusals import refused
from wishes import delegation
from world import EVIDENCE, World

from trust.model import dollars
from trust.stage import DAY, WEEK

NONE, ACTIVE, NOT_YET, EXPIRED, SUSPENDED, REVOKED, CANCELLED = range(7)


def state(world: World, licence: int) -> int:
    return int(world.read("Licences", "stateOf", licence))


def test_licence_goes_through_its_states(world: World) -> None:
    licence = (world.production << 24) | world.ben.id
    assert state(world, licence) == NONE
    starts = world.now() + WEEK
    world.buy(world.order(world.ben, starts=starts, expires=starts + WEEK))
    assert state(world, licence) == NOT_YET
    world.go_to(starts)
    assert state(world, licence) == ACTIVE
    world.local.as_("steward").licences.suspend(licence, EVIDENCE)
    assert state(world, licence) == SUSPENDED
    world.local.as_("steward").licences.reinstate(licence)
    assert state(world, licence) == ACTIVE
    world.go_to(starts + WEEK)
    assert state(world, licence) == EXPIRED


@pytest.mark.parametrize("who", ["ann", "delegate"])
def test_revoked_licence_stays_revoked(world: World, who: str) -> None:
    world.write("ann", "Members", "setDelegate", delegation(world), b"")
    world.write(who, "Licences", "revoke", world.licence, b"")
    assert state(world, world.licence) == REVOKED
    world.stage.studio.productions.cancel(world.production)
    assert state(world, world.licence) == REVOKED


def test_later_schedule_does_not_extend_licences(world: World) -> None:
    before = world.stage.studio.licences.get(world.licence)
    world.later_schedule()
    assert world.stage.studio.licences.get(world.licence) == before
    world.go_to(before["expires"])
    assert state(world, world.licence) == EXPIRED


def test_shorter_schedule_does_not_shorten_licences(world: World) -> None:
    before = world.stage.studio.licences.get(world.licence)
    world.stage.studio.productions.reschedule(world.production, before["starts"], world.now() + DAY)
    world.stage.pass_time(2 * DAY)
    assert state(world, world.licence) == ACTIVE
    world.stage.report(world.stage.use(world.grant))


def test_extension_moves_the_end_for_a_fee(world: World) -> None:
    world.later_schedule()
    signed = world.extension(world.ann)
    owed, free = due(world, world.ann), world.free()
    world.stage.studio.licences.extend(signed)
    after = world.stage.studio.licences.get(world.licence)
    fee = signed.consent.message["fee"]
    assert after["expires"] == signed.consent.message["expires"]
    assert after["rateCardVersion"] == 1
    assert due(world, world.ann) - owed == net(fee)
    assert free - world.free() == cost(fee)


def test_cancelled_production_ends_licences_and_training_at_once(world: World) -> None:
    world.stage.studio.licences.record_training_run(world.licence, EVIDENCE, EVIDENCE)
    world.stage.studio.productions.cancel(world.production)
    assert state(world, world.licence) == CANCELLED
    with refused("Productions.ProductionIsCancelled"):
        world.stage.studio.licences.record_training_run(world.licence, EVIDENCE, EVIDENCE)
    world.stage.studio.licences.attest_retirement(world.licence, 1, EVIDENCE)
    assert world.read("Licences", "openRun", world.licence, 1) == b"\x00" * 32


def test_streams_outlive_a_cancelled_production(world: World) -> None:
    owed = due(world, world.ann)
    world.file(dollars(1_000_000), weeks=10)
    world.stage.studio.productions.cancel(world.production)
    world.stage.pass_time(11 * WEEK)
    premium = dollars(100_000)
    dues = down(premium, DUES)
    streamed = due(world, world.ann) - owed
    # Dues are whole units a cycle, rounded for the member.
    assert net(premium) <= streamed <= premium - (dues - 11)


def test_streams_outlive_a_revoked_licence_and_grant(world: World) -> None:
    world.stage.report(world.stage.use(world.grant))
    world.file(dollars(1_000_000), weeks=10)
    owed = due(world, world.ann)
    world.write("ann", "Licences", "revoke", world.licence, b"")
    world.write("ann", "SceneGrants", "revoke", world.grant, b"")
    assert due(world, world.ann) == owed
    world.stage.pass_time(11 * WEEK)
    assert due(world, world.ann) - owed >= net(dollars(100_000))


def test_licence_keeps_its_rate_card(world: World) -> None:
    first = world.read("RateCard", "cardOf", 1)
    dearer = {
        "effectiveFrom": world.now() + 3 * DAY,
        "activeSceneFees": [2 * fee for fee in first["activeSceneFees"]],
        "benefitsBps": 5000,
        "dayRates": [2 * rate for rate in first["dayRates"]],
    }
    publish(world, **dearer)
    world.stage.pass_time(2 * DAY)
    assert world.stage.studio.rate_card.current() == 2
    free = world.free()
    consent = world.scene(world.ann)
    world.ask_scene(world.ann, consent)
    assert free - world.free() == cost(consent["fee"]) + 100 * cost(consent["iterationFee"]) + cost(FLOOR)
