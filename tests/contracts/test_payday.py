"""Pay reaches members and their agents, once, when it is due."""

from __future__ import annotations

import pytest
from grants import ledger
from payroll import due, net
from refusals import refused
from wishes import appoint, change_payout
from world import World

from trust.model import dollars
from trust.stage import DAY, WEEK


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


def test_payout_changes_after_seven_days(world: World) -> None:
    change_payout(world, world.address("heir"))
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
    change_payout(world, world.address("thief"))
    world.write("ann", "Members", "cancelPayoutChange", world.ann.id, b"")
    world.stage.pass_time(8 * DAY)
    world.stage.payday([world.ann])
    assert world.balance(world.address("thief")) == 0
    assert world.balance(world.ann.wallet.address) > 0


def test_payout_change_in_force_is_not_undone_by_the_next_wish(world: World) -> None:
    change_payout(world, world.address("heir"))
    world.stage.pass_time(8 * DAY)
    change_payout(world, world.address("stranger"))
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
