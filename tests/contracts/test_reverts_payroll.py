"""What Payroll and its payees refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hostile import deploy_with
from refusals import refused
from solidity import create, tell
from world import EVIDENCE, NOBODY, World

from trust.chain.abi import interface
from trust.local import deploy_local
from trust.model import Money, dollars
from trust.stage import DAY

RATES = {
    "version": 1,
    "premiumShareBps": 1,
    "benefitsBps": 1,
    "backgroundBenefitsBps": 1,
    "duesBps": 1,
    "levyBps": 1,
    "benefitsCeiling": 1,
}
RESERVE = {
    "productionId": 1,
    "memberId": 1,
    "grantId": 1,
    "fee": 1,
    "price": 1,
    "iterations": 1,
    "floor": 1,
    "background": False,
}
ORDER = {
    "productionId": 1,
    "memberId": 1,
    "ref": 1,
    "gross": dollars(700),
    "floorHeld": 0,
    "start": 0,
    "end": 2**39,
    "background": False,
    "collecting": False,
}
STREAM = {"start": 1, "end": 2, "gross": 1, "dues": 0, "benefits": 0, "levy": 0, "counted": 0}
WALLET = "0x" + "11" * 20
MODULE_STEPS: list[tuple[str, tuple[Any, ...]]] = [
    ("openProductionAccount", (9,)),
    ("openMemberAccount", (9, WALLET)),
    ("setWallet", (1, WALLET)),
    ("setPendingWallet", (1, WALLET, 0)),
    ("cancelPendingWallet", (1,)),
    ("setAgent", (1, WALLET, 1)),
    ("openLicence", (1, 1, RATES, 1, 0)),
    ("charge", (1, 1, 6, 1, 1)),
    ("reserve", (RESERVE,)),
    ("chargeIterations", (1, 1, 1, 1, 1, 1, False)),
    ("release", (RESERVE, 0)),
    ("openStream", (ORDER,)),
    ("cutStream", (1, 1, 1, False, 1, STREAM)),
    ("endArrears", (1,)),
]


@pytest.mark.parametrize(("function", "arguments"), MODULE_STEPS)
@pytest.mark.parametrize("who", ["studio", "council"])
def test_payroll_takes_orders_only_from_their_contract(
    world: World, function: str, arguments: tuple[Any, ...], who: str
) -> None:
    with refused("Payroll.NotTheModule", caller=world.address(who)):
        world.write(who, "Payroll", function, *arguments)


def admit(world: World, module: str) -> None:
    treasurer = world.local.as_("treasurer").access
    treasurer.schedule("Payees", "admitModule", module)
    world.stage.pass_time(2 * DAY)
    treasurer.execute("Payees", "admitModule", module)


def test_later_module_charges_only_where_the_studio_opted_in(world: World) -> None:
    module = create(world.chain, "Module")
    charge = (world.production, world.ann.id, 6, 5, dollars(100))
    with refused("Payroll.NotTheModule", caller=module):
        world.write("studio", "Payroll", "optIn", world.production, module, True)
    admit(world, module)
    with refused("Payroll.ModuleNotAllowed", productionId=world.production, module=module):
        world.raw(module, "Payroll", "charge", *charge)
    world.write("studio", "Payroll", "optIn", world.production, module, True)
    before = world.read("Payroll", "due", world.ann.id)["amount"]
    world.raw(module, "Payroll", "charge", *charge)
    assert world.read("Payroll", "due", world.ann.id)["amount"] - before == dollars(100) * 9850 // 10_000
    world.write("studio", "Payroll", "optIn", world.production, module, False)
    with refused("Payroll.ModuleNotAllowed"):
        world.raw(module, "Payroll", "charge", *charge)


def test_later_module_cannot_touch_floors_or_leave_debts(world: World) -> None:
    module = create(world.chain, "Module")
    admit(world, module)
    world.write("studio", "Payroll", "optIn", world.production, module, True)
    order = ORDER | {
        "productionId": world.production,
        "memberId": world.ann.id,
        "end": world.now() + 90 * DAY,
    }
    for wrong in (
        order | {"floorHeld": 1},
        order | {"collecting": True},
        order | {"gross": dollars(2_000_000)},
    ):
        with refused("Payroll.NotTheModule", caller=module):
            world.raw(module, "Payroll", "openStream", wrong)
    world.raw(module, "Payroll", "openStream", order)


def test_module_is_a_contract(world: World) -> None:
    with refused("Payees.BadPayee", payee=world.address("stranger")):
        admit(world, world.address("stranger"))


@pytest.mark.parametrize("missing", ["benefitsPlan", "pipelineFund", "union"])
def test_no_payee_may_be_missing(world: World, missing: str) -> None:
    payees = dict(world.read("Payees", "payees")) | {missing: NOBODY}
    treasurer = world.local.as_("treasurer").access
    treasurer.schedule("Payees", "setPayees", payees)
    world.stage.pass_time(2 * DAY)
    with refused("Payees.BadPayee", payee=NOBODY):
        treasurer.execute("Payees", "setPayees", payees)


@pytest.mark.parametrize("function", ["setPayees", "admitModule"])
def test_only_the_treasurer_sets_payees(world: World, function: str) -> None:
    argument = world.read("Payees", "payees") if function == "setPayees" else WALLET
    with refused("AccessManaged.AccessManagedUnauthorized", caller=world.address("council")):
        world.write("council", "Payees", function, argument)


def test_dollar_with_other_decimals_is_refused(world: World, tmp_path: Path) -> None:
    token = create(world.chain, "HostileDollar", ("uint8",), (18,))
    with refused("Payroll.WrongToken", token=token, decimals=18):
        deploy_with(world, token, tmp_path / "other.db")


def test_dollar_that_takes_a_fee_is_refused(world: World, tmp_path: Path) -> None:
    token = create(world.chain, "HostileDollar", ("uint8",), (6,))
    hostile = deploy_with(world, token, tmp_path / "other.db")
    tell(world.chain, token, "setFee(uint256)", 1)
    with refused("Payroll.InexactTransfer", expected=100_000, received=99_990):
        hostile.fund(100_000)
    tell(world.chain, token, "setFee(uint256)", 0)
    hostile.fund(100_000)


def test_cycle_is_at_least_an_hour(world: World, tmp_path: Path) -> None:
    with refused("Payroll.CycleTooShort", cycleSeconds=3599):
        deploy_local(world.chain.url, tmp_path / "other.db", cycle_seconds=3599)


@pytest.mark.parametrize("name", ["Payroll", "TestDollar"])
def test_wallet_that_swallows_money_is_refused(world: World, name: str) -> None:
    swallower = world.contract(name)
    change = {"memberId": world.ann.id, "wallet": swallower, "nonce": 9, "deadline": 2**40}
    agency = {"memberId": world.ann.id, "agent": swallower, "shareBps": 1, "nonce": 9, "deadline": 2**40}
    for step in (
        lambda: world.write("enroller", "Members", "enrol", world.address("heir"), swallower, 0, NOBODY, 0),
        lambda: world.write("ann", "Members", "requestPayoutChange", change, b""),
        lambda: world.write("ann", "Members", "appointAgent", agency, b""),
        lambda: world.write("studio", "Payroll", "takeBack", world.production, 1, swallower),
    ):
        with refused("Payroll.BadPayee", payee=swallower):
            step()


def test_studio_cannot_take_back_to_nobody(world: World) -> None:
    with refused("Payroll.BadPayee", payee=NOBODY):
        world.write("studio", "Payroll", "takeBack", world.production, 1, NOBODY)


def test_recovery_cannot_send_pay_where_it_is_swallowed(world: World) -> None:
    world.write(
        "steward", "Members", "startRecovery", world.ann.id, world.contract("Payroll"), NOBODY, EVIDENCE
    )
    world.stage.pass_time(30 * DAY)
    with refused("Payroll.BadPayee"):
        world.write("heir", "Members", "finishRecovery", world.ann.id)


def test_production_nobody_registered_has_no_account(world: World) -> None:
    with refused("Payroll.NoProductionAccount", productionId=9):
        world.write("studio", "Payroll", "fund", 9, 1)
    with refused("Payroll.NoProductionAccount", productionId=9):
        world.write("keeper", "Payroll", "remit", [world.production, 9])


def test_someone_who_is_not_enrolled_is_not_paid(world: World) -> None:
    with refused("Payroll.NoMemberAccount", memberId=99):
        world.write("keeper", "Payroll", "payday", [world.ann.id, 99], 520)


def test_studio_takes_back_only_what_is_free(world: World) -> None:
    free = world.free()
    with refused("Payroll.InsufficientBalance", productionId=world.production, free=free, needed=free + 1):
        world.stage.studio.payroll.take_back(world.production, Money(free + 1), world.address("studio"))
    world.stage.studio.payroll.take_back(world.production, free, world.address("studio"))


def test_production_without_funds_buys_nothing(world: World) -> None:
    order, scene = world.order(world.ben), world.scene(world.ann)
    world.later_schedule()
    extension = world.extension(world.ann)
    world.empty()
    for step in (
        lambda: world.buy(order),
        lambda: world.ask_scene(world.ann, scene),
        lambda: world.stage.studio.licences.extend(extension),
    ):
        with refused("Payroll.InsufficientBalance", productionId=world.production, free=0):
            step()


def test_grant_needs_its_whole_cost_at_once(world: World) -> None:
    consent = world.scene(world.ann)
    snapshot = world.free()
    world.ask_scene(world.ann, consent)
    cost = snapshot - world.free()
    world.leave_free(cost - 1)
    with refused("Payroll.InsufficientBalance"):
        world.ask_scene(world.ann, world.scene(world.ann))
    world.stage.fund(world.production, Money(1))
    world.ask_scene(world.ann, world.scene(world.ann))
    assert world.free() == 0


def test_production_in_arrears_takes_nothing_new_and_nothing_back(world: World) -> None:
    world.later_schedule()
    extension = world.extension(world.ann)
    world.leave_free(dollars(1_000))
    world.file(dollars(10_000_000))
    for step in (
        lambda: world.buy(world.order(world.ben)),
        lambda: world.ask_scene(world.ann, world.scene(world.ann)),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.write("studio", "Payroll", "takeBack", world.production, 1, world.address("studio")),
    ):
        with refused("Payroll.InArrears", productionId=world.production):
            step()


def test_moving_nothing_is_refused(world: World) -> None:
    for step in (
        lambda: world.write("studio", "Payroll", "fund", world.production, 0),
        lambda: world.write("studio", "Payroll", "takeBack", world.production, 0, world.address("studio")),
        lambda: world.write("ann", "Members", "cancelPayoutChange", world.ann.id, b""),
    ):
        with refused("Payroll.NothingToMove"):
            step()


def test_agents_share_is_at_most_a_tenth(world: World) -> None:
    agency = {
        "memberId": world.ann.id,
        "agent": world.address("agent"),
        "shareBps": 1001,
        "nonce": 9,
        "deadline": 2**40,
    }
    with refused("Payroll.AgentShareTooLarge", shareBps=1001):
        world.write("ann", "Members", "appointAgent", agency, b"")
    world.write("ann", "Members", "appointAgent", agency | {"shareBps": 1000}, b"")


def test_payday_needs_gas_for_every_transfer(world: World) -> None:
    with refused("Payroll.NotEnoughGas", needed=180_000):
        world.raw(world.address("keeper"), "Payroll", "payday", [world.ann.id], 520, gas=180_000)
    world.raw(world.address("keeper"), "Payroll", "payday", [world.ann.id], 520, gas=400_000)


def test_studio_without_dollars_cannot_fund(world: World) -> None:
    with refused("IERC20.ERC20InsufficientAllowance"):
        world.write("rival studio", "Payroll", "fund", world.production, 1)


def test_payroll_has_no_administrator(world: World) -> None:
    writes = {
        entry["name"]
        for entry in interface("Payroll")._functions.values()
        if entry["stateMutability"] not in ("view", "pure")
    }
    module_steps = {name for name, _ in MODULE_STEPS}
    anybodys = {"fund", "fundWithPermit", "payday", "payAgents", "remit", "sideOwed"}
    anybodys |= {"push", "paySeats", "sweepPools"}
    # Refused to anybody but the production's studio or the pool's managing module: test_reverts_pools.py.
    managers = {"openPool", "seat", "unseat", "reserveForPool", "chargePool", "releaseFromPool"}
    studios = {"takeBack", "optIn", "fundPool", "streamToPool"}
    assert writes == module_steps | anybodys | managers | studios
