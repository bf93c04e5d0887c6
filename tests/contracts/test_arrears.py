"""What a studio files and can't pay at once is owed, and caught up to the unit."""

from __future__ import annotations

import pytest
from payroll import FLOOR, account, cost, due, net, streams_of
from world import World

from trust.model import GrantId, Money, dollars
from trust.stage import WEEK


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
