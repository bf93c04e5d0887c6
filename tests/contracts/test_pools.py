"""Ensemble pools, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest
from ensembles import Ensemble, open_pool, remit
from model import BACKGROUND, BENEFITS, DUES, LEVY, down, up
from pool_model import ONE
from wishes import appoint, change_payout
from world import World

from trust.local import party
from trust.model import dollars
from trust.stage import DAY, WEEK

#: Every twelve seconds for an hour: what some pools lose a share of each time.
TICK, TICKS = 12, 300


@pytest.fixture
def pool(world: World) -> Ensemble:
    """Ann has one unit, Ben 333, Cleo 2,666: of a thousandth each, Ann's share is a third."""
    pool = open_pool(world)
    pool.seat((world.ann, 1), (world.ben, 333), (world.cleo, 2_666))
    return pool


def account(world: World) -> dict[str, Any]:
    return dict(world.read("Payroll", "productionAccount", world.production))


# Money in


@pytest.mark.parametrize(("background", "bps"), [(False, BENEFITS), (True, BACKGROUND)])
def test_lump_is_split_when_it_enters(world: World, background: bool, bps: int) -> None:
    pool = open_pool(world, background=background)
    pool.seat((world.ben, 1))
    before, gross = account(world), dollars(1_000) + 1
    assert pool.fund(gross) == gross - down(gross, DUES)
    after = account(world)
    assert after["benefits"] - before["benefits"] == up(gross, bps)
    assert after["levy"] - before["levy"] == up(gross, LEVY)
    assert before["free"] - after["free"] == gross + up(gross, bps) + up(gross, LEVY)
    assert pool.state()["dues"] == down(gross, DUES)


def test_lump_is_divided_by_units(pool: Ensemble) -> None:
    world, net = pool.world, pool.fund(dollars(3_000))
    before = [pool.paid(player) for player in (world.ann, world.ben, world.cleo)]
    pool.push()
    now = [pool.paid(player) for player in (world.ann, world.ben, world.cleo)]
    paid = [after - earlier for after, earlier in zip(now, before, strict=True)]
    assert paid == [net // 3_000, net * 333 // 3_000, net * 2_666 // 3_000]


def test_pool_pay_counts_towards_no_ceiling(pool: Ensemble) -> None:
    world = pool.world
    where = (world.production, world.ann.id)
    before = world.read("Payroll", "licenceAccount", *where)["counted"]
    pool.fund(dollars(300_000))
    pool.push()
    assert world.read("Payroll", "licenceAccount", *where)["counted"] == before


def test_agent_has_no_share_of_pool_pay(pool: Ensemble) -> None:
    world = pool.world
    appoint(world, 1000)
    world.stage.pass_time(WEEK)
    world.write("keeper", "Payroll", "payday", [world.ann.id], 520)
    net, before = pool.fund(dollars(3_000)), pool.paid(world.ann)
    pool.push()
    assert pool.paid(world.ann) - before == net // 3_000
    assert world.read("Payroll", "agentOwed", world.address("agent")) == 0


def test_dues_reach_the_union_by_a_sweep(pool: Ensemble) -> None:
    world = pool.world
    world.write("keeper", "Payroll", "payday", [world.ann.id], 520)
    remit(world)
    before, gross = world.balance(world.address("union")), dollars(700) + 99
    pool.fund(gross)
    assert pool.sweep() == {"poolId": pool.pool, "dues": down(gross, DUES), "abandoned": 0}
    assert pool.state()["dues"] == 0
    remit(world)
    assert world.balance(world.address("union")) - before == down(gross, DUES)


# Streams


def test_stream_pays_by_the_second_and_whole_at_its_last_cycles_end(world: World) -> None:
    pool = open_pool(world)
    pool.seat((world.cleo, 1))
    start = world.now() // WEEK * WEEK + WEEK
    net = pool.stream(dollars(10_000) + 7, 2 * WEEK, start)
    world.go_to(start)
    assert pool.due(world.cleo) == 0
    world.go_to(start + WEEK // 3)
    assert pool.due(world.cleo) == net // 2 * (WEEK // 3) // WEEK
    world.go_to(start + 2 * WEEK)
    assert pool.due(world.cleo) == net
    world.go_to(start + 9 * WEEK)
    assert pool.push() == net == pool.paid(world.cleo)


def test_streams_add_up(world: World) -> None:
    pool = open_pool(world)
    pool.seat((world.cleo, 3))
    net = sum(pool.stream(dollars(100) + part, (part + 1) * DAY) for part in range(5))
    net += pool.fund(dollars(17) + 1)
    world.stage.pass_time(2 * WEEK)
    # Three units divide no power of two: the last unit of money waits for more to come.
    assert net - 1 <= pool.push() <= net


def test_what_streams_while_nobody_sits_goes_to_those_seated_later(world: World) -> None:
    pool = open_pool(world)
    pool.seat((world.ben, 1))
    net = pool.stream(dollars(600), WEEK)
    left_with = pool.unseat(world.ben)
    assert 0 <= left_with < net
    world.stage.pass_time(DAY)
    later = pool.seat((world.cleo, 1))
    world.stage.pass_time(2 * WEEK)
    assert pool.push(later) == net - left_with


def test_nobody_ends_a_stream_into_a_pool(pool: Ensemble) -> None:
    """No function of payroll's takes money of a pool back: the studio's balance is the same whatever leaves."""
    world = pool.world
    pool.stream(dollars(600), WEEK)
    free = account(world)["free"]
    pool.unseat(world.ann, world.ben, world.cleo)
    world.stage.pass_time(2 * WEEK)
    pool.sweep()
    remit(world)
    assert account(world)["free"] == free


# Who pushes, and how often, changes nothing


def test_tiny_lumps_pushed_every_twelve_seconds_pay_what_one_push_would(pool: Ensemble) -> None:
    world, lump = pool.world, dollars(1) // 2
    start, before = world.now(), pool.paid(world.ann)
    for ticks in range(1, TICKS + 1):
        world.raw(world.address("studio"), "Payroll", "fundPool", pool.pool, lump)
        push_at(pool, start + TICK * ticks)
    net = TICKS * (lump - down(lump, DUES))
    # A tick is worth 164 units and a sixth to Ann: cut each time, fifty would be lost.
    assert pool.paid(world.ann) - before == net // 3_000 > TICKS * (net // TICKS // 3_000)
    assert pool.push() == 0


def push_at(pool: Ensemble, moment: int) -> None:
    """With gas for every transfer: at the second before, when gas would be estimated, seats may be due nothing."""
    world = pool.world
    world.chain.node.call("evm_setNextBlockTimestamp", hex(moment))
    world.raw(world.address("keeper"), "Payroll", "push", pool.chunk.as_struct())
    assert world.now() == moment


def test_stream_pushed_every_twelve_seconds_pays_what_one_push_would(pool: Ensemble) -> None:
    world = pool.world
    net, members = pool.stream(dollars(15), 2 * WEEK), (world.ann, world.ben, world.cleo)
    push_at(pool, world.now() + TICK)
    snapshot, begun = world.chain.snapshot(), world.now()
    before = [pool.paid(player) for player in members]
    push_at(pool, begun + TICK * TICKS)
    once = [pool.paid(player) for player in members]
    world.chain.revert(snapshot)
    for ticks in range(1, TICKS + 1):
        push_at(pool, begun + TICK * ticks)
    assert [pool.paid(player) for player in members] == once
    # Ann earns a unit in four minutes: cut each time, she would have nothing.
    assert 0 < once[0] - before[0] < TICKS
    assert sum(once) - sum(before) < net


def test_push_again_at_once_pays_nothing(pool: Ensemble) -> None:
    pool.fund(dollars(10))
    assert pool.push() > 0
    assert pool.push() == 0


def test_seat_paid_alone_is_not_paid_again(pool: Ensemble) -> None:
    world, net = pool.world, pool.fund(dollars(3_000))
    alone = pool.pay(world.ben)
    assert alone == net * 333 // 3_000
    assert pool.pay(world.ben) == 0
    assert pool.due(world.ben) == 0
    assert pool.push() == net // 3_000 + net * 2_666 // 3_000
    more = pool.fund(dollars(3_000))
    assert pool.push() == sum((net + more) * u // 3_000 - net * u // 3_000 for u in (1, 333, 2_666))


# Rosters


def test_seat_earns_from_its_first_moment(pool: Ensemble) -> None:
    world = pool.world
    pool.fund(dollars(3_000))
    later = pool.seat((world.ann, 3_000))
    assert pool.due(world.ann, later) == 0
    net = pool.fund(dollars(2_000))
    # Six thousand units divide no power of two: half of it is a hair less, and its last unit of money waits.
    assert net // 2 - 1 <= pool.due(world.ann, later) <= net // 2


def test_change_of_units_is_a_seat_left_and_another_taken(pool: Ensemble) -> None:
    world, net = pool.world, pool.fund(dollars(3_000))
    assert pool.unseat(world.ann) == net // 3_000
    again = pool.seat((world.ann, 1_001))
    more = pool.fund(dollars(4_000))
    assert pool.state()["units"] == 4_000
    assert abs(pool.due(world.ann, again) - more * 1_001 / 4_000) < 1


def test_fractions_of_those_who_leave_go_to_those_who_stay(world: World) -> None:
    pool = open_pool(world)
    pool.seat((world.ann, 1), (world.ben, 1), (world.cleo, 1))
    assert pool.fund(5) == 5
    before = pool.state()
    assert before["index"] == 5 * ONE // 3
    assert pool.unseat(world.ann, world.ben) == 2
    # Two thirds of a unit each: with Cleo's own it makes three.
    after = pool.state()
    assert after["index"] == 3 * ONE
    assert (after["remainder"], after["units"]) == (0, 1)
    assert pool.push() == 3


def test_what_the_last_to_leave_leaves_is_the_pipeline_funds(world: World) -> None:
    pool = open_pool(world)
    pool.seat((world.ann, 1), (world.ben, 1), (world.cleo, 1))
    pool.fund(5)
    before = remit(world)
    assert pool.unseat(world.ann, world.ben, world.cleo) == 3
    assert pool.state()["remainder"] == 0
    assert remit(world) - before == 2


def test_what_streams_into_an_empty_pool_for_good_is_the_pipeline_funds(world: World) -> None:
    pool = open_pool(world)
    pool.seat((world.ben, 1))
    net = pool.stream(dollars(600), WEEK)
    paid = pool.unseat(world.ben)
    assert pool.sweep()["abandoned"] == 0, "it streams still"
    world.stage.pass_time(2 * WEEK)
    assert pool.sweep()["abandoned"] == net - paid
    assert pool.sweep()["abandoned"] == 0


def test_empty_seat_earns_nothing_more(pool: Ensemble) -> None:
    world = pool.world
    pool.fund(dollars(3_000))
    pool.unseat(world.ann)
    before, net = pool.paid(world.ann), pool.fund(dollars(2_999))
    assert abs(pool.push() - net - dollars(3_000)) < dollars(50)
    assert pool.paid(world.ann) == before


# Wallets


def test_pool_pay_honours_a_change_of_wallet(pool: Ensemble) -> None:
    world, new = pool.world, party("a new wallet").address
    change_payout(world, new)
    pool.fund(dollars(3_000))
    before = pool.paid(world.ann)
    pool.push()
    earlier = pool.paid(world.ann) - before
    assert earlier > 0
    world.stage.pass_time(WEEK)
    pool.fund(dollars(3_000))
    pool.push()
    assert pool.paid(world.ann) - before == earlier
    assert world.balance(new) > 0


def test_blocked_wallets_pay_waits_in_the_members_account(pool: Ensemble) -> None:
    world, net = pool.world, pool.fund(dollars(3_000))
    world.write("keeper", "Payroll", "payday", [world.ben.id], 520)
    world.local.block_wallet(world.ben.wallet.address, True)
    result = world.write("keeper", "Payroll", "push", pool.chunk.as_struct())
    held = result.event("PoolPayHeld").args
    assert (held["memberId"], held["amount"]) == (world.ben.id, net * 333 // 3_000)
    assert world.read("Payroll", "due", world.ben.id)["amount"] == held["amount"]
    assert pool.push() == 0
    world.local.block_wallet(world.ben.wallet.address, False)
    before = pool.paid(world.ben)
    world.write("keeper", "Payroll", "payday", [world.ben.id], 520)
    assert pool.paid(world.ben) - before == held["amount"]
