"""Premiums, and statements of savings that are lowered again, to the unit."""

from __future__ import annotations

import pytest
from model import DUES, down
from payroll import FLOOR, account, cost, due, net, streams_of
from world import EVIDENCE, World

from trust.model import GrantId, dollars
from trust.stage import WEEK


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
