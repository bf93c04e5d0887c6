"""A production's money: in, out to payees, and what was never owed back."""

from __future__ import annotations

from grants import close_grant
from model import BENEFITS, DUES, LEVY, down, up
from payroll import cost
from world import FUNDS, World

from trust.model import dollars


def test_benefits_levy_and_dues_reach_their_payees(world: World) -> None:
    gross = [dollars(2_700), dollars(11_500), dollars(6_600)]
    world.stage.payday([world.ann])
    world.local.as_("stranger").payroll.remit([world.production, world.production])
    assert world.balance(world.address("benefits plan")) == sum(up(g, BENEFITS) for g in gross)
    assert world.balance(world.address("pipeline fund")) == sum(up(g, LEVY) for g in gross)
    assert world.balance(world.address("union")) == sum(down(g, DUES) for g in gross)


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
    close_grant(world)
    world.empty()
    world.stage.payday([world.ann])
    world.local.as_("keeper").payroll.remit([world.production])
    assert world.balance(world.contract("Payroll")) == 0
    fees = [dollars(2_700), dollars(11_500), dollars(6_600)]
    assert world.balance(world.address("studio")) == FUNDS - sum(cost(fee) for fee in fees)
