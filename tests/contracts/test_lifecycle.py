"""Licences, grants, premiums and pay from beginning to end, to the unit."""

from __future__ import annotations

from typing import Any

import pytest
from refusals import refused
from world import EVIDENCE, FUNDS, SECOND, World

from trust.model import AssetClass, GrantId, Money, ReplicaType, dollars, licence_id
from trust.stage import DAY, WEEK, Player

NONE, ACTIVE, NOT_YET, EXPIRED, SUSPENDED, REVOKED, CANCELLED = range(7)
BENEFITS, BACKGROUND_BENEFITS, DUES, LEVY = 2100, 2050, 150, 100
FLOOR = dollars(2 * 1204)
CEILING = dollars(232_000)


def up(amount: int, bps: int) -> int:
    return -(-amount * bps // 10_000)


def down(amount: int, bps: int) -> int:
    return amount * bps // 10_000


def cost(gross: int, benefits: int = BENEFITS) -> int:
    """What a production pays for a gross amount under the ceiling."""
    return gross + up(gross, benefits) + up(gross, LEVY)


def net(gross: int) -> int:
    return gross - down(gross, DUES)


def state(world: World, licence: int) -> int:
    return int(world.read("Licences", "stateOf", licence))


def due(world: World, player: Player) -> int:
    return int(world.read("Payroll", "due", player.id)["amount"])


def account(world: World) -> dict[str, Any]:
    return dict(world.read("Payroll", "productionAccount", world.production))


def ledger(world: World) -> dict[str, Any]:
    return dict(world.read("UsageLedger", "grantOf", world.grant))


def until(world: World) -> int:
    return int(world.read("UsageLedger", "reportableUntil", world.grant))


# Licences


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
    delegation = {
        "memberId": world.ann.id,
        "delegate": world.address("delegate"),
        "allowed": True,
        "nonce": 9,
        "deadline": 2**40,
    }
    world.write("ann", "Members", "setDelegate", delegation, b"")
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
    first = dict(world.read("RateCard", "cardOf", 1))
    dearer = first | {
        "effectiveFrom": world.now() + 3 * DAY,
        "activeSceneFees": [2 * fee for fee in first["activeSceneFees"]],
        "benefitsBps": 5000,
        "dayRates": [2 * rate for rate in first["dayRates"]],
    }
    setter = world.local.as_("rate setter").access
    setter.schedule("RateCard", "publish", dearer)
    world.stage.pass_time(2 * DAY)
    setter.execute("RateCard", "publish", dearer)
    world.stage.pass_time(2 * DAY)
    assert world.stage.studio.rate_card.current() == 2
    free = world.free()
    consent = world.scene(world.ann)
    world.ask_scene(world.ann, consent)
    assert free - world.free() == cost(consent["fee"]) + 100 * cost(consent["iterationFee"]) + cost(FLOOR)


# Grants


def test_use_is_paid_at_once_out_of_the_reserve(world: World) -> None:
    price = ledger(world)["price"]
    before, owed = account(world), due(world, world.ann)
    world.stage.report(world.stage.use(world.grant, 3), world.stage.use(world.grant, 4))
    after = account(world)
    assert due(world, world.ann) - owed == 7 * net(price)
    assert before["reserved"] - after["reserved"] == 7 * cost(price)
    assert after["benefits"] - before["benefits"] == 7 * up(price, BENEFITS)
    assert after["levy"] - before["levy"] == 7 * up(price, LEVY)
    assert after["free"] == before["free"]


def test_close_returns_the_unused_reserve(world: World) -> None:
    world.stage.report(world.stage.use(world.grant, 3))
    price, free = ledger(world)["price"], world.free()
    world.go_to(until(world) + 1)
    result = world.stage.studio.scenes.close(world.grant, 97)
    assert result.event("GrantClosed").args == {
        "grantId": world.grant,
        "unusedIterations": 97,
        "floorReturned": False,
    }
    assert world.free() - free == 97 * cost(price)
    assert account(world)["reserved"] == cost(FLOOR)


def test_unused_grant_that_ran_its_time_owes_its_floor(world: World) -> None:
    world.go_to(until(world) + 1)
    world.stage.studio.scenes.close(world.grant, 100)
    owed = due(world, world.ann)
    world.local.as_("stranger").premiums.start_floor(world.grant)
    assert account(world)["reserved"] == 0
    world.stage.pass_time(53 * WEEK)
    assert net(FLOOR) <= due(world, world.ann) - owed <= FLOOR - down(FLOOR, DUES) + 53


def test_revoked_unused_grant_returns_its_floor(world: World) -> None:
    fee = world.scene(world.ann)["fee"]
    training = dollars(11_500)
    spent = cost(dollars(2_700)) + cost(training) + cost(fee)
    world.stage.revoke(world.ann, world.grant)
    world.go_to(until(world) + 1)
    result = world.stage.studio.scenes.close(world.grant, 100)
    assert result.event("GrantClosed").args["floorReturned"] is True
    assert account(world)["reserved"] == 0
    assert world.free() == FUNDS - spent


def test_revoked_used_grant_keeps_its_floor(world: World) -> None:
    world.stage.report(world.stage.use(world.grant))
    world.stage.pass_time(60)
    world.stage.revoke(world.ann, world.grant)
    world.go_to(until(world) + 1)
    world.stage.studio.scenes.close(world.grant, 99)
    assert account(world)["reserved"] == cost(FLOOR)
    world.local.as_("stranger").premiums.start_floor(world.grant)


def test_late_report_within_thirty_days_keeps_the_floor_of_a_revoked_grant(world: World) -> None:
    use = world.stage.use(world.grant)
    world.stage.pass_time(60)
    world.stage.revoke(world.ann, world.grant)
    world.stage.pass_time(29 * DAY)
    world.stage.report(use)
    world.go_to(until(world) + 1)
    world.local.as_("stranger").premiums.start_floor(world.grant)


def test_revoking_after_the_window_does_not_forfeit_the_floor(world: World) -> None:
    world.go_to(ledger(world)["expires"] + DAY)
    with refused("SceneGrants.GrantIsOver", grantId=world.grant):
        world.stage.revoke(world.ann, world.grant)
    world.go_to(until(world) + 1)
    world.local.as_("stranger").premiums.start_floor(world.grant)


def test_grant_whose_production_is_cancelled_before_its_window_returns_its_floor(world: World) -> None:
    start = world.now() + DAY
    grant = world.stage.grant(world.production, world.ann, world.breakdown, 2, notBefore=start)
    held = account(world)["reserved"]
    world.stage.studio.productions.cancel(world.production)
    world.go_to(world.read("UsageLedger", "reportableUntil", grant) + 1)
    result = world.stage.studio.scenes.close(grant, 100)
    assert result.event("GrantClosed").args["floorReturned"] is True
    assert account(world)["reserved"] == held // 2


def test_cancelling_within_the_window_earns_a_silent_studio_nothing(world: World) -> None:
    world.stage.studio.productions.cancel(world.production)
    world.go_to(until(world) + 1)
    world.stage.studio.scenes.close(world.grant, 100)
    assert account(world)["reserved"] == cost(FLOOR)


def test_unused_grant_of_a_revoked_licence_returns_its_floor(world: World) -> None:
    licence = licence_id(world.production, world.ann.id)
    signed = world.stage.sign(world.ann, "LicenceRevocation", {"licenceId": licence})
    world.local.as_("keeper").licences.revoke(licence, signed)
    world.go_to(until(world) + 1)
    result = world.stage.studio.scenes.close(world.grant, 100)
    assert result.event("GrantClosed").args["floorReturned"] is True
    assert account(world)["reserved"] == 0


def test_cancelling_after_the_window_does_not_return_the_floor(world: World) -> None:
    world.go_to(ledger(world)["expires"] + DAY)
    world.stage.studio.productions.cancel(world.production)
    world.go_to(until(world) + 1)
    world.stage.studio.scenes.close(world.grant, 100)
    assert account(world)["reserved"] == cost(FLOOR)


# Premiums


@pytest.mark.parametrize(("saved", "premium"), [(0, FLOOR), (FLOOR * 10, FLOOR), (FLOOR * 10 + 1, FLOOR + 1)])
def test_premium_is_the_share_of_savings_and_at_least_the_floor(
    world: World, saved: int, premium: int
) -> None:
    assert world.stage.studio.premiums.premium_for(world.grant, world.savings(saved)) == premium
    result = world.file(saved)
    assert result.event("SavingsStated").args["premium"] == premium
    assert world.read("SubstitutionPremiums", "premiumOf", world.grant) == premium


def test_first_premium_takes_the_reserved_floor(world: World) -> None:
    before = account(world)
    world.file(dollars(100_000))
    after = account(world)
    assert before["reserved"] - after["reserved"] == cost(FLOOR)
    assert before["free"] + cost(FLOOR) - after["free"] == cost(dollars(10_000))
    world.file(dollars(200_000))
    assert account(world)["reserved"] == after["reserved"]


def test_shared_saving_is_counted_for_each_grant_once(world: World) -> None:
    second = GrantId(world.ask_scene(world.ann, world.scene(world.ann)).id or 0)
    shares = {world.grant: world.savings(dollars(60_000)), second: world.savings(dollars(40_000))}
    total = world.savings(dollars(100_000))
    world.stage.studio.premiums.file_shared(shares, total, EVIDENCE, WEEK)
    for grant, premium in ((world.grant, 6_000), (second, 4_000)):
        assert world.read("SubstitutionPremiums", "premiumOf", grant) == dollars(premium)


def streams_of(result: Any) -> list[dict[str, Any]]:
    return [event.args["stream"] for event in result.events if event.name == "StreamOpened"]


def test_restatement_returns_only_what_was_not_earned(world: World) -> None:
    (stream,) = streams_of(world.file(dollars(1_000_000), weeks=10))
    world.stage.pass_time(5 * WEEK)
    owed, free = due(world, world.ann), world.free()
    result = world.stage.studio.premiums.restate(world.restatement(world.ann, 0), [stream])
    returned = result.event("SavingsRestated").args["returned"]
    assert 0 < returned < dollars(100_000) - FLOOR
    # The cycle under way is still paid.
    assert due(world, world.ann) == owed
    world.stage.pass_time(20 * WEEK)
    parts = result.event("StreamCut").args["parts"]
    assert world.free() - free == parts["gross"] + parts["benefits"] + parts["levy"]
    kept = stream["gross"] - stream["dues"] - (parts["gross"] - parts["dues"])
    assert due(world, world.ann) - owed < kept
    assert world.read("SubstitutionPremiums", "premiumOf", world.grant) == dollars(100_000) - returned


def test_small_restatement_leaves_the_rest_streaming(world: World) -> None:
    (stream,) = streams_of(world.file(dollars(1_000_000), weeks=10))
    owed = due(world, world.ann)
    lowered = world.stage.studio.premiums.restate(world.restatement(world.ann, dollars(900_000)), [stream])
    assert lowered.event("SavingsRestated").args["returned"] == dollars(10_000)
    world.stage.pass_time(12 * WEEK)
    paid = due(world, world.ann) - owed
    # The first cycle, cut off with its dues, may have brought more of them than its pay: they run evenly.
    most_dues = down(dollars(100_000), DUES) // 10
    assert net(dollars(90_000)) - most_dues <= paid <= net(dollars(90_000)) + 40
    again = streams_of(lowered)
    assert len(again) == 1
    assert again[0]["end"] == stream["end"]


@pytest.mark.parametrize("into_cycle", [30, WEEK - 60])
def test_restatement_returns_on_top_costs_in_proportion_to_the_pay(world: World, into_cycle: int) -> None:
    """A stream with a sliver of a cycle at one end: even parts and prorated pay differ most there."""
    world.go_to((world.now() // WEEK + 1) * WEEK + into_cycle)
    filed = world.stage.studio.premiums.file(
        world.grant, world.savings(dollars(1_000_000)), b"\x01" * 32, WEEK + 60
    )
    (stream,) = streams_of(filed)
    free = account(world)["free"]
    lowered = world.stage.studio.premiums.restate(world.restatement(world.ann, dollars(999_990)), [stream])
    back = lowered.event("StreamCut").args["parts"]
    for part in ("dues", "benefits", "levy", "counted"):
        assert back[part] <= stream[part] * back["gross"] // stream["gross"] + 1
    again = streams_of(lowered)
    for part in ("dues", "benefits", "levy", "counted"):
        assert sum(one[part] for one in again) <= back[part]
    assert account(world)["free"] >= free + 1


def test_stream_that_was_reopened_can_be_lowered_again(world: World) -> None:
    (stream,) = streams_of(world.file(dollars(1_000_000), weeks=10))
    premiums = world.stage.studio.premiums
    (second,) = streams_of(premiums.restate(world.restatement(world.ann, dollars(900_000)), [stream]))
    third = premiums.restate(world.restatement(world.ann, dollars(800_000)), [second])
    assert third.event("SavingsRestated").args["returned"] == dollars(10_000)
    world.stage.pass_time(2 * WEEK)
    last = premiums.restate(world.restatement(world.ann, dollars(700_000)), streams_of(third))
    assert last.event("SavingsRestated").args["returned"] == dollars(10_000)


def test_restatement_cuts_the_newest_stream_first(world: World) -> None:
    streams = [
        *streams_of(world.file(dollars(1_000_000), weeks=10)),
        *streams_of(world.file(dollars(1_500_000), weeks=20)),
    ]
    result = world.stage.studio.premiums.restate(world.restatement(world.ann, dollars(1_400_000)), streams)
    cuts = [event.args["stream"] for event in result.events if event.name == "StreamCut"]
    assert cuts == [streams[1]]


def test_restatement_reaches_an_older_stream_when_the_newest_has_ended(world: World) -> None:
    streams = [
        *streams_of(world.file(dollars(1_000_000), weeks=50)),
        *streams_of(world.file(dollars(1_100_000), weeks=1)),
    ]
    world.stage.pass_time(10 * WEEK)
    result = world.stage.studio.premiums.restate(world.restatement(world.ann, dollars(1_000_000)), streams)
    assert result.event("SavingsRestated").args["returned"] == dollars(10_000)


def test_premium_rises_again_after_a_restatement(world: World) -> None:
    (stream,) = streams_of(world.file(dollars(1_000_000), weeks=10))
    (rest,) = streams_of(
        world.stage.studio.premiums.restate(world.restatement(world.ann, dollars(500_000)), [stream])
    )
    (more,) = streams_of(world.file(dollars(600_000), weeks=10))
    assert more["gross"] == dollars(10_000)
    world.stage.studio.premiums.restate(world.restatement(world.ann, 0), [rest, more])


# Arrears


def into_arrears(world: World, saved: int = dollars(1_000_000), left: int = dollars(1_000)) -> int:
    """The studio keeps little and files much; gross that it then owes."""
    world.leave_free(left)
    world.file(saved, weeks=10)
    assert account(world)["inArrears"]
    return int(world.read("SubstitutionPremiums", "arrearsOf", world.production))


def test_floor_and_balance_stream_and_the_rest_is_in_arrears(world: World) -> None:
    owing = into_arrears(world)
    assert world.free() < 10
    assert cost(dollars(100_000) - owing) <= cost(FLOOR) + dollars(1_000)
    assert world.read("SubstitutionPremiums", "premiumOf", world.grant) == dollars(100_000)


def test_arrears_are_collected_first_and_caught_up(world: World) -> None:
    owed = due(world, world.ann)
    into_arrears(world)
    world.stage.pass_time(5 * WEEK)
    before = due(world, world.ann)
    result = world.stage.fund(world.production, dollars(500_000))
    assert not account(world)["inArrears"]
    assert result.event("ArrearsEnded").args["productionId"] == world.production
    assert due(world, world.ann) - before > net(dollars(40_000))
    world.stage.pass_time(6 * WEEK)
    total = due(world, world.ann) - owed
    assert net(dollars(100_000)) <= total <= net(dollars(100_000)) + 60


def test_small_deposits_collect_arrears_bit_by_bit(world: World) -> None:
    owed = due(world, world.ann)
    owing = into_arrears(world)
    for _ in range(4):
        world.stage.pass_time(WEEK)
        world.stage.fund(world.production, dollars(10_000))
        left = int(world.read("SubstitutionPremiums", "arrearsOf", world.production))
        assert 0 < left < owing
        owing = left
        assert account(world)["inArrears"]
    world.stage.fund(world.production, dollars(900_000))
    world.stage.pass_time(10 * WEEK)
    total = due(world, world.ann) - owed
    assert net(dollars(100_000)) <= total <= net(dollars(100_000)) + 100
    assert world.free() > dollars(800_000)


@pytest.mark.parametrize("weeks", [0, 1, 10])
@pytest.mark.parametrize("over", range(-2, 8))
def test_no_deposit_near_the_arrears_is_refused(world: World, weeks: int, over: int) -> None:
    owing = into_arrears(world)
    world.stage.pass_time(weeks * WEEK + 12345)
    world.stage.fund(world.production, Money(cost(owing) - world.free() + over))
    assert int(world.read("SubstitutionPremiums", "arrearsOf", world.production)) < 10


def test_arrears_outlive_a_cancelled_production(world: World) -> None:
    owed = due(world, world.ann)
    into_arrears(world)
    world.stage.studio.productions.cancel(world.production)
    world.stage.pass_time(52 * WEEK)
    world.stage.fund(world.production, dollars(500_000))
    assert not account(world)["inArrears"]
    assert due(world, world.ann) - owed >= net(dollars(100_000)) - 2


def test_new_premium_in_arrears_streams_its_reserved_floor_only(world: World) -> None:
    second = GrantId(world.ask_scene(world.ann, world.scene(world.ann)).id or 0)
    into_arrears(world)
    reserved = account(world)["reserved"]
    (stream,) = streams_of(world.file(dollars(500_000), grant=second))
    assert stream["gross"] == FLOOR
    assert reserved - account(world)["reserved"] == cost(FLOOR)


def test_restatement_forgives_arrears_first(world: World) -> None:
    world.leave_free(dollars(1_000))
    result = world.file(dollars(1_000_000), weeks=10)
    owing = int(world.read("SubstitutionPremiums", "arrearsOf", world.production))
    signed = world.restatement(world.ann, (dollars(100_000) - owing) * 10)
    lowered = world.stage.studio.premiums.restate(signed, streams_of(result))
    assert lowered.event("ArrearsForgiven").args["gross"] == owing
    assert not [event for event in lowered.events if event.name == "StreamCut"]
    world.local.as_("stranger").premiums.collect_arrears(world.production)
    assert not account(world)["inArrears"]


def test_anyone_collects_arrears_the_balance_can_pay(world: World) -> None:
    grants = [world.grant]
    for scene in range(1, 10):
        grants.append(
            GrantId(world.ask_scene(world.ann, world.scene(world.ann, scene=1), scene=1).id or scene)
        )
    world.leave_free(0)
    for grant in grants:
        world.file(dollars(100_000), grant=grant)
    world.stage.fund(world.production, dollars(900_000))
    assert account(world)["inArrears"], "a deposit collects at most eight"
    world.local.as_("stranger").premiums.collect_arrears(world.production)
    assert not account(world)["inArrears"]


# Benefits


def test_benefits_stop_at_the_ceiling(world: World) -> None:
    world.stage.fund(world.production, dollars(1_000_000))
    world.buy(world.order(world.ben, licenceFee=CEILING - dollars(5_000)))
    benefits = account(world)["benefits"]
    consent = world.scene(world.ben, maxIterations=30)
    grant = GrantId(world.ask_scene(world.ben, consent).id or 0)
    # The scene fee fills what was left of the ceiling; neither iterations nor premium bring more.
    assert account(world)["benefits"] - benefits == up(dollars(5_000), BENEFITS)
    benefits = account(world)["benefits"]
    free = world.free()
    world.stage.report(world.stage.use(grant, 30))
    assert account(world)["benefits"] == benefits
    assert world.free() - free == 30 * up(consent["iterationFee"], BENEFITS)
    (stream,) = streams_of(world.file(dollars(1_000_000), grant=grant))
    assert stream["benefits"] == stream["counted"] == 0


def test_ceiling_is_each_productions_own(world: World) -> None:
    world.stage.fund(world.production, dollars(1_000_000))
    world.buy(world.order(world.ben, licenceFee=CEILING * 2))
    other = world.stage.register(SECOND, world.breakdown.root)
    world.stage.fund(other, dollars(1_000_000))
    order = world.order(world.ben, productionId=other)
    world.buy(order)
    assert world.read("Payroll", "productionAccount", other)["benefits"] == up(order["licenceFee"], BENEFITS)


def test_iterations_never_used_give_their_room_under_the_ceiling_back(world: World) -> None:
    before = world.read("Payroll", "licenceAccount", world.production, world.ann.id)["counted"]
    price = ledger(world)["price"]
    world.stage.report(world.stage.use(world.grant, 10))
    world.go_to(until(world) + 1)
    world.stage.studio.scenes.close(world.grant, 90)
    after = world.read("Payroll", "licenceAccount", world.production, world.ann.id)["counted"]
    assert before - after == 90 * price


def test_background_replica_has_its_own_rate_and_day(world: World) -> None:
    before = account(world)
    consent = world.scene(world.ann, replicaType=ReplicaType.BACKGROUND, assetClass=AssetClass.PASSIVE)
    grant = GrantId(world.ask_scene(world.ann, consent).id or 0)
    after = account(world)
    assert after["benefits"] - before["benefits"] == up(consent["fee"], BACKGROUND_BENEFITS)
    floor = dollars(2 * 215)
    held = 100 * cost(consent["iterationFee"], BACKGROUND_BENEFITS) + cost(floor, BACKGROUND_BENEFITS)
    assert after["reserved"] - before["reserved"] == held
    assert world.stage.studio.scenes.floor(grant) == floor
    world.stage.report(world.stage.use(grant, 2))
    assert account(world)["benefits"] - after["benefits"] == 2 * up(
        consent["iterationFee"], BACKGROUND_BENEFITS
    )


# Pay


def test_payday_pays_what_is_due_once(world: World) -> None:
    owed = due(world, world.ann)
    assert owed == net(dollars(2_700)) + net(dollars(11_500)) + net(dollars(6_600))
    world.stage.payday([world.ann, world.ann])
    assert world.balance(world.ann.wallet.address) == owed
    assert due(world, world.ann) == 0
    world.stage.payday([world.ann])
    assert world.balance(world.ann.wallet.address) == owed


def test_streamed_pay_is_due_when_its_cycle_has_ended(world: World) -> None:
    world.stage.payday([world.ann])
    world.file(dollars(1_000_000), weeks=10)
    ends = world.read("Payroll", "cycleStart", world.read("Payroll", "cycleAt", world.now()) + 1)
    world.go_to(ends - 1)
    assert due(world, world.ann) == 0
    world.go_to(ends)
    first = due(world, world.ann)
    assert 0 < first < dollars(10_000)
    world.go_to(ends + WEEK)
    assert due(world, world.ann) - first == pytest.approx(net(dollars(10_000)), abs=2)


def test_member_idle_for_ten_years_is_paid_in_one_payday(world: World) -> None:
    owed = due(world, world.ann)
    world.file(dollars(1_000_000), weeks=52)
    world.stage.pass_time(515 * WEEK)
    total = due(world, world.ann)
    assert total >= owed + net(dollars(100_000))
    result = world.stage.payday([world.ann])
    assert world.balance(world.ann.wallet.address) == total
    assert result.gas_used is not None
    assert result.gas_used < 2**24


def test_payday_in_slices_of_cycles_pays_the_same(world: World) -> None:
    world.file(dollars(1_000_000), weeks=20)
    world.stage.pass_time(25 * WEEK)
    total = due(world, world.ann)
    for _ in range(30):
        world.write("keeper", "Payroll", "payday", [world.ann.id], 1)
    assert world.balance(world.ann.wallet.address) == total


def test_benefits_levy_and_dues_reach_their_payees(world: World) -> None:
    gross = [dollars(2_700), dollars(11_500), dollars(6_600)]
    world.stage.payday([world.ann])
    world.local.as_("stranger").payroll.remit([world.production, world.production])
    assert world.balance(world.address("benefits plan")) == sum(up(g, BENEFITS) for g in gross)
    assert world.balance(world.address("pipeline fund")) == sum(up(g, LEVY) for g in gross)
    assert world.balance(world.address("union")) == sum(down(g, DUES) for g in gross)


def appoint(world: World, share: int, agent: str = "agent") -> None:
    message = {
        "memberId": world.ann.id,
        "agent": world.address(agent),
        "shareBps": share,
        **world.stage.once(world.ann.id),
    }
    world.local.as_("keeper").members.appoint_agent(world.stage.sign(world.ann, "AgentAppointment", message))


def test_agents_share_begins_with_the_next_cycle(world: World) -> None:
    world.stage.payday([world.ann])
    world.file(dollars(1_000_000), weeks=10)
    appoint(world, 1000)
    world.stage.report(world.stage.use(world.grant, 1))
    now = net(ledger(world)["price"])
    assert due(world, world.ann) == now
    ends = world.read("Payroll", "cycleStart", world.read("Payroll", "cycleAt", world.now()) + 1)
    world.go_to(ends)
    first = due(world, world.ann)
    result = world.stage.payday([world.ann])
    assert result.event("Paid").args["agentShare"] == 0
    world.go_to(ends + WEEK)
    second = due(world, world.ann)
    paid = world.stage.payday([world.ann]).event("Paid").args
    assert paid["amount"] == second
    assert paid["agentShare"] == (second + paid["agentShare"]) // 10
    assert first > now
    world.local.as_("stranger").payroll.pay_agents([world.address("agent")])
    assert world.balance(world.address("agent")) == paid["agentShare"]


def test_dismissed_agent_keeps_what_accrued_until_the_next_cycle(world: World) -> None:
    appoint(world, 1000)
    world.stage.pass_time(WEEK)
    appoint(world, 500, "stranger")
    world.stage.report(world.stage.use(world.grant, 1))
    world.stage.pass_time(WEEK)
    world.stage.report(world.stage.use(world.grant, 1))
    world.stage.payday([world.ann])
    price = net(ledger(world)["price"])
    assert world.read("Payroll", "agentOwed", world.address("agent")) == price // 10
    assert world.read("Payroll", "agentOwed", world.address("stranger")) == price // 20


def payout_change(world: World, wallet: str) -> None:
    message = {"memberId": world.ann.id, "wallet": wallet, **world.stage.once(world.ann.id)}
    world.local.as_("keeper").members.change_payout(world.stage.sign(world.ann, "PayoutChange", message))


def test_payout_changes_after_seven_days(world: World) -> None:
    payout_change(world, world.address("heir"))
    effective = world.read("Payroll", "pendingWalletOf", world.ann.id)["effectiveAt"]
    assert effective == world.now() + 7 * DAY
    world.go_to(effective - 1)
    assert world.read("Payroll", "due", world.ann.id)["wallet"] == world.ann.wallet.address
    world.go_to(effective)
    assert world.read("Payroll", "due", world.ann.id)["wallet"] == world.address("heir")
    result = world.stage.payday([world.ann])
    assert result.event("WalletSet").args["wallet"] == world.address("heir")
    assert world.balance(world.address("heir")) > 0
    assert world.balance(world.ann.wallet.address) == 0


def test_thiefs_payout_change_can_be_cancelled(world: World) -> None:
    payout_change(world, world.address("thief"))
    world.write("ann", "Members", "cancelPayoutChange", world.ann.id, b"")
    world.stage.pass_time(8 * DAY)
    world.stage.payday([world.ann])
    assert world.balance(world.address("thief")) == 0
    assert world.balance(world.ann.wallet.address) > 0


def test_payout_change_in_force_is_not_undone_by_the_next_wish(world: World) -> None:
    payout_change(world, world.address("heir"))
    world.stage.pass_time(8 * DAY)
    payout_change(world, world.address("stranger"))
    world.stage.payday([world.ann])
    assert world.balance(world.address("heir")) > 0
    with refused("Payroll.NothingToMove"):
        world.write("ben", "Members", "cancelPayoutChange", world.ben.id, b"")


def test_blocked_wallet_stays_owed_and_is_paid_later(world: World) -> None:
    world.buy(world.order(world.ben))
    owed, others = due(world, world.ann), due(world, world.ben)
    world.local.block_wallet(world.ann.wallet.address, True)
    result = world.stage.payday([world.ann, world.ben])
    assert result.event("PayHeld").args["amount"] == owed
    assert world.balance(world.ben.wallet.address) == others
    assert due(world, world.ann) == owed
    world.local.block_wallet(world.ann.wallet.address, False)
    world.stage.payday([world.ann])
    assert world.balance(world.ann.wallet.address) == owed


def test_permit_that_was_already_relayed_still_funds(world: World) -> None:
    studio = world.stage.studio
    world.local.mint(world.address("studio"), dollars(5))
    deadline = world.now() + 3600
    v, r, s = studio.payroll._permit(dollars(5), deadline)
    owner = world.address("studio")
    world.write(
        "thief", "TestDollar", "permit", owner, world.contract("Payroll"), dollars(5), deadline, v, r, s
    )
    free = world.free()
    world.write("studio", "Payroll", "fundWithPermit", world.production, dollars(5), deadline, v, r, s)
    assert world.free() - free == dollars(5)


def test_studio_gets_back_exactly_what_it_never_owed(world: World) -> None:
    world.stage.revoke(world.ann, world.grant)
    world.go_to(until(world) + 1)
    world.stage.studio.scenes.close(world.grant, 100)
    world.empty()
    world.stage.payday([world.ann])
    world.local.as_("keeper").payroll.remit([world.production])
    assert world.balance(world.contract("Payroll")) == 0
    fees = [dollars(2_700), dollars(11_500), dollars(6_600)]
    assert world.balance(world.address("studio")) == FUNDS - sum(cost(fee) for fee in fees)
