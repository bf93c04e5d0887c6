"""What the ledger of uses refuses."""

from __future__ import annotations

from typing import Any

import pytest
from grants import close_grant, ledger, reportable_until
from refusals import refused
from world import EVIDENCE, World

from trust.model import AssetClass, GrantId, UseKind, dollars
from trust.stage import DAY

NOTHING = b"\x00" * 32
MODULE_STEPS: list[tuple[str, tuple[Any, ...]]] = [
    ("openDesk", (1, "0x" + "11" * 20, 30)),
    ("setReporter", (1, "0x" + "11" * 20)),
    ("closeDesk", (1,)),
    ("noteStrike", (1,)),
    ("noteHalt", (1,)),
    ("revokeGrant", (1,)),
    ("closeGrant", (1, False)),
]


@pytest.mark.parametrize(("function", "arguments"), MODULE_STEPS)
def test_ledger_takes_facts_only_from_their_contract(
    world: World, function: str, arguments: tuple[Any, ...]
) -> None:
    with refused("UsageLedger.NotTheModule", caller=world.address("studio")):
        world.write("studio", "UsageLedger", function, *arguments)


def test_nobody_writes_grants_into_the_ledger(world: World) -> None:
    with refused("UsageLedger.NotTheModule", caller=world.address("studio")):
        world.write("studio", "UsageLedger", "openGrant", 9, world.read("UsageLedger", "wordOf", world.grant))


@pytest.mark.parametrize("who", ["ann", "keeper", "rival studio", "council"])
def test_only_the_productions_reporters_report(world: World, who: str) -> None:
    with refused("UsageLedger.NotAReporter", productionId=world.production, caller=world.address(who)):
        world.local.as_(who).usage.record(world.stage.use(world.grant))


def test_reporter_who_was_dismissed_cannot_report(world: World) -> None:
    productions = world.stage.studio.productions
    productions.set_reporter(world.production, world.address("stranger"), True)
    world.local.as_("stranger").usage.record(world.stage.use(world.grant))
    productions.set_reporter(world.production, world.address("stranger"), False)
    productions.set_primary_reporter(world.production, world.address("agent"))
    for who in ("stranger", "reporter"):
        with refused("UsageLedger.NotAReporter", caller=world.address(who)):
            world.local.as_(who).usage.record(world.stage.use(world.grant))
    world.local.as_("agent").usage.record(world.stage.use(world.grant))
    world.stage.studio.usage.record(world.stage.use(world.grant))


def test_grant_nobody_bought_cannot_be_used(world: World) -> None:
    missing = GrantId(99)
    steps = [
        lambda: world.stage.report(world.stage.use(missing)),
        lambda: world.stage.report(world.stage.use(world.grant), world.stage.use(missing)),
        lambda: world.write("ann", "SceneGrants", "revoke", missing, b""),
        lambda: world.stage.studio.scenes.close(missing, 0),
        lambda: world.file(1, grant=missing),
        lambda: world.read("UsageLedger", "grantOf", missing),
    ]
    for step in steps:
        with refused("UsageLedger.NoGrant", grantId=missing):
            step()


def test_revoked_grant_cannot_be_used(world: World) -> None:
    before = world.stage.use(world.grant)
    world.stage.pass_time(60)
    world.stage.revoke(world.ann, world.grant)
    at = world.now()
    for moment in (at, at + 10):
        world.go_to(at + 20 + moment - at)
        with refused("UsageLedger.GrantIsRevoked", grantId=world.grant, usedAt=moment, revokedAt=at):
            world.stage.report(world.stage.use(world.grant, used_at=moment))
    world.stage.report(before)


def test_use_lies_inside_the_grants_window(world: World) -> None:
    grant = ledger(world)
    first, end = grant["notBefore"], grant["expires"]
    world.go_to(end + DAY)
    for moment in (first - 1, end):
        with refused(
            "UsageLedger.OutsideWindow", grantId=world.grant, usedAt=moment, notBefore=first, expires=end
        ):
            world.stage.report(world.stage.use(world.grant, used_at=moment))
    world.stage.report(
        world.stage.use(world.grant, used_at=first), world.stage.use(world.grant, used_at=end - 1)
    )


def test_use_is_not_dated_in_the_future(world: World) -> None:
    with refused("UsageLedger.UseInTheFuture", usedAt=world.now() + DAY):
        world.stage.report(world.stage.use(world.grant, used_at=world.now() + DAY))


def test_late_report_has_thirty_days(world: World) -> None:
    until = reportable_until(world)
    end = ledger(world)["expires"]
    assert until == end + 30 * DAY
    use = world.stage.use(world.grant, used_at=end - 1)
    world.go_to(until)
    world.local.as_("reporter").usage.record(use, simulate=True)
    world.go_to(until + 1)
    with refused("UsageLedger.ReportTooLate", grantId=world.grant, lastDay=until):
        world.local.as_("reporter").usage.record(use, simulate=True)


def test_closed_grant_cannot_be_used_or_closed_again(world: World) -> None:
    close_grant(world)
    with refused("UsageLedger.GrantIsClosed", grantId=world.grant):
        world.stage.report(world.stage.use(world.grant))
    with refused("UsageLedger.GrantIsClosed", grantId=world.grant):
        world.stage.studio.scenes.close(world.grant, 0)


def test_cancelled_production_uses_nothing_any_more(world: World) -> None:
    before = world.stage.use(world.grant)
    world.stage.pass_time(60)
    world.stage.studio.productions.cancel(world.production)
    at = world.now()
    with refused("UsageLedger.UsedAfterCancellation", productionId=world.production, cancelledAt=at):
        world.stage.report(world.stage.use(world.grant, used_at=at))
    world.stage.report(before)


def test_strike_closes_its_own_time_only(world: World) -> None:
    committee = world.local.as_("strike committee").productions
    before = world.stage.use(world.grant)
    world.stage.pass_time(DAY)
    committee.declare_strike([world.production])
    began = world.now()
    world.stage.pass_time(DAY)
    with refused("UsageLedger.UsedDuringStrike", productionId=world.production, usedAt=world.now()):
        world.stage.report(world.stage.use(world.grant))
    committee.end_strike([world.production])
    ended = world.now()
    world.stage.pass_time(DAY)
    for moment in (began, began + 60, ended - 1):
        with refused("UsageLedger.UsedDuringStrike", usedAt=moment):
            world.stage.report(world.stage.use(world.grant, used_at=moment))
    world.stage.report(before, world.stage.use(world.grant, used_at=began - 1))
    world.stage.report(world.stage.use(world.grant, used_at=ended), world.stage.use(world.grant))


def test_suspension_closes_its_own_time_only(world: World) -> None:
    steward = world.local.as_("steward").licences
    world.stage.pass_time(DAY)
    steward.suspend(world.licence, EVIDENCE)
    began = world.now()
    world.stage.pass_time(DAY)
    with refused("Licences.LicenceIsSuspended", suspendedAt=began):
        world.stage.report(world.stage.use(world.grant))
    steward.reinstate(world.licence)
    ended = world.now()
    world.stage.pass_time(DAY)
    for moment in (began, ended - 1):
        with refused("Licences.LicenceIsSuspended", suspendedAt=began):
            world.stage.report(world.stage.use(world.grant, used_at=moment))
    world.stage.report(
        world.stage.use(world.grant, used_at=began - 1), world.stage.use(world.grant, used_at=ended)
    )


def test_revoked_licence_ends_its_grants(world: World) -> None:
    before = world.stage.use(world.grant)
    world.stage.pass_time(60)
    world.write("ann", "Licences", "revoke", world.licence, b"")
    at = world.now()
    with refused("Licences.LicenceIsRevoked", revokedAt=at):
        world.stage.report(world.stage.use(world.grant, used_at=at))
    world.stage.report(before)


@pytest.mark.parametrize("kind", [UseKind.NEW_ACTION, UseKind.NEW_LINE])
def test_passive_grant_carries_nothing_new(world: World, kind: UseKind) -> None:
    consent = world.scene(world.ann, assetClass=AssetClass.PASSIVE)
    passive = world.ask_scene(world.ann, consent).id
    assert passive is not None
    with refused("UsageLedger.PassiveGrant", grantId=passive, kind=int(kind)):
        world.stage.report(world.stage.use(GrantId(passive), kind=kind))
    world.stage.report(world.stage.use(GrantId(passive), kind=UseKind.PLACEMENT))
    world.stage.report(world.stage.use(world.grant, kind=kind))


@pytest.mark.parametrize("batched", [False, True])
def test_iterations_stay_under_the_cap(world: World, batched: bool) -> None:
    first = [world.stage.use(world.grant, 60)] if batched else []
    over = world.stage.use(world.grant, 41 if batched else 101)
    left = 40 if batched else 100
    with refused("UsageLedger.IterationCapExceeded", grantId=world.grant, iterations=left + 1, left=left):
        world.stage.report(*first, over)
    world.stage.report(*first, world.stage.use(world.grant, left))


@pytest.mark.parametrize("batched", [False, True])
def test_seconds_stay_under_the_cap(world: World, batched: bool) -> None:
    first = [world.stage.use(world.grant, output_seconds=500)] if batched else []
    left = 100 if batched else 600
    with refused("UsageLedger.SecondsCapExceeded", grantId=world.grant, outputSeconds=left + 1, left=left):
        world.stage.report(*first, world.stage.use(world.grant, output_seconds=left + 1))
    world.stage.report(*first, world.stage.use(world.grant, output_seconds=left))


@pytest.mark.parametrize("fields", [{"output_hash": NOTHING}, {"iterations": 0}])
def test_use_has_an_iteration_and_an_output(world: World, fields: dict[str, Any]) -> None:
    with refused("UsageLedger.EmptyUse"):
        world.stage.report(world.stage.use(world.grant, **fields))


@pytest.mark.parametrize(
    ("name", "value"), [("digitalDays", 256), ("longestStreamWeeks", 256), ("maxSeconds", 2**24)]
)
def test_grant_too_large_for_the_ledger_is_refused(world: World, name: str, value: int) -> None:
    with refused("UsageLedger.TooLarge", value=value, most=value - 1):
        world.ask_scene(world.ann, world.scene(world.ann, **{name: value}))


def test_largest_grant_of_the_ledger_is_kept_exactly(world: World) -> None:
    world.stage.fund(world.production, dollars(10**9))
    largest = {
        "maxIterations": 2**22 - 1,
        "maxSeconds": 2**24 - 1,
        "digitalDays": 255,
        "longestStreamWeeks": 255,
    }
    grant = world.ask_scene(world.ann, world.scene(world.ann, **largest)).id
    kept = world.read("UsageLedger", "grantOf", grant)
    assert kept["iterationsLeft"] == 2**22 - 1
    assert kept["secondsLeft"] == 2**24 - 1
    assert kept["digitalDays"] == kept["longestStreamWeeks"] == 255
