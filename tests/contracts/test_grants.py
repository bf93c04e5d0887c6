"""A grant's uses, its close and its floor, to the unit."""

from __future__ import annotations

from grants import close_grant, ledger, reportable_until
from model import BENEFITS, DUES, LEVY, down, up
from payroll import FLOOR, account, cost, due, net
from refusals import refused
from world import FUNDS, World

from trust.model import dollars, licence_id
from trust.stage import DAY, WEEK


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
    result = close_grant(world, 97)
    assert result.event("GrantClosed").args == {
        "grantId": world.grant,
        "unusedIterations": 97,
        "floorReturned": False,
    }
    assert world.free() - free == 97 * cost(price)
    assert account(world)["reserved"] == cost(FLOOR)


def test_unused_grant_that_ran_its_time_owes_its_floor(world: World) -> None:
    close_grant(world)
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
    result = close_grant(world)
    assert result.event("GrantClosed").args["floorReturned"] is True
    assert account(world)["reserved"] == 0
    assert world.free() == FUNDS - spent


def test_revoked_used_grant_keeps_its_floor(world: World) -> None:
    world.stage.report(world.stage.use(world.grant))
    world.stage.pass_time(60)
    world.stage.revoke(world.ann, world.grant)
    close_grant(world, 99)
    assert account(world)["reserved"] == cost(FLOOR)
    world.local.as_("stranger").premiums.start_floor(world.grant)


def test_late_report_within_thirty_days_keeps_the_floor_of_a_revoked_grant(world: World) -> None:
    use = world.stage.use(world.grant)
    world.stage.pass_time(60)
    world.stage.revoke(world.ann, world.grant)
    world.stage.pass_time(29 * DAY)
    world.stage.report(use)
    world.go_to(reportable_until(world) + 1)
    world.local.as_("stranger").premiums.start_floor(world.grant)


def test_revoking_after_the_window_does_not_forfeit_the_floor(world: World) -> None:
    world.go_to(ledger(world)["expires"] + DAY)
    with refused("SceneGrants.GrantIsOver", grantId=world.grant):
        world.stage.revoke(world.ann, world.grant)
    world.go_to(reportable_until(world) + 1)
    world.local.as_("stranger").premiums.start_floor(world.grant)


def test_grant_whose_production_is_cancelled_before_its_window_returns_its_floor(world: World) -> None:
    start = world.now() + DAY
    grant = world.stage.grant(world.production, world.ann, world.breakdown, 2, notBefore=start)
    held = account(world)["reserved"]
    world.stage.studio.productions.cancel(world.production)
    world.go_to(reportable_until(world, grant) + 1)
    result = world.stage.studio.scenes.close(grant, 100)
    assert result.event("GrantClosed").args["floorReturned"] is True
    assert account(world)["reserved"] == held // 2


def test_cancelling_within_the_window_earns_a_silent_studio_nothing(world: World) -> None:
    world.stage.studio.productions.cancel(world.production)
    close_grant(world)
    assert account(world)["reserved"] == cost(FLOOR)


def test_unused_grant_of_a_revoked_licence_returns_its_floor(world: World) -> None:
    licence = licence_id(world.production, world.ann.id)
    signed = world.stage.sign(world.ann, "LicenceRevocation", {"licenceId": licence})
    world.local.as_("keeper").licences.revoke(licence, signed)
    result = close_grant(world)
    assert result.event("GrantClosed").args["floorReturned"] is True
    assert account(world)["reserved"] == 0


def test_cancelling_after_the_window_does_not_return_the_floor(world: World) -> None:
    world.go_to(ledger(world)["expires"] + DAY)
    world.stage.studio.productions.cancel(world.production)
    close_grant(world)
    assert account(world)["reserved"] == cost(FLOOR)
