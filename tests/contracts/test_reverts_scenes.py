"""What the grants', ledger's and premiums' contracts refuse."""

from __future__ import annotations

from typing import Any

import pytest
from refusals import refused
from world import EVIDENCE, World

from trust.consent import SignedConsent
from trust.model import AssetClass, GrantId, UseKind, dollars
from trust.stage import DAY, WEEK

NOTHING = b"\x00" * 32


def test_consent_names_the_licences_rate_card(world: World) -> None:
    with refused("SceneGrants.WrongRateCard", consented=2, licences=1):
        world.ask_scene(world.ann, world.scene(world.ann, rateCardVersion=2))


def test_scene_outside_the_breakdown_is_refused(world: World) -> None:
    consent = world.scene(world.ann, scene=2)
    with refused("SceneGrants.NotInBreakdown", sceneHash=consent["sceneHash"]):
        world.ask_scene(world.ann, consent, scene=3)


def test_scene_of_an_earlier_breakdown_is_refused(world: World) -> None:
    consent = world.scene(world.ann)
    world.stage.studio.productions.set_breakdown(world.production, EVIDENCE)
    with refused("SceneGrants.NotInBreakdown"):
        world.ask_scene(world.ann, consent)


def test_window_lies_inside_the_licence(world: World) -> None:
    licence = world.stage.studio.licences.get(world.licence)
    starts, expires = licence["starts"], licence["expires"]
    now = world.now()
    for window in ((starts - 1, expires), (starts, expires + 1), (now, now), (starts, now - 1)):
        with refused("SceneGrants.OutsideLicence", notBefore=window[0], expires=window[1]):
            world.ask_scene(world.ann, world.scene(world.ann, notBefore=window[0], expires=window[1]))
    world.ask_scene(world.ann, world.scene(world.ann, notBefore=starts, expires=expires))


@pytest.mark.parametrize("name", ["fee", "iterationFee"])
def test_scene_fees_are_at_least_the_rate_cards(world: World, name: str) -> None:
    least = world.scene(world.ann)[name]
    with refused("SceneGrants.FeeTooLow", offered=least - 1, least=least):
        world.ask_scene(world.ann, world.scene(world.ann, **{name: least - 1}))
    world.ask_scene(world.ann, world.scene(world.ann, **{name: least + 1}))


def test_cost_stays_under_the_members_cap(world: World) -> None:
    consent = world.scene(world.ann)
    cost = consent["maxSpend"]
    with refused("SceneGrants.SpendCapExceeded", cost=cost, maxSpend=cost - 1):
        world.ask_scene(world.ann, consent | {"maxSpend": cost - 1})


@pytest.mark.parametrize("name", ["maxIterations", "maxSeconds", "digitalDays", "longestStreamWeeks"])
def test_no_cap_may_be_empty(world: World, name: str) -> None:
    with refused("SceneGrants.EmptyCaps"):
        world.ask_scene(world.ann, world.scene(world.ann, **{name: 0}))


def test_grant_is_revoked_once(world: World) -> None:
    world.stage.revoke(world.ann, world.grant)
    with refused("SceneGrants.AlreadyRevoked", grantId=world.grant):
        world.stage.revoke(world.ann, world.grant)


def test_grant_whose_window_is_over_is_not_revoked(world: World) -> None:
    """Its floor is earned: a delegate, who may only revoke, can't give it away."""
    expires = world.read("UsageLedger", "grantOf", world.grant)["expires"]
    world.go_to(expires)
    with refused("SceneGrants.GrantIsOver", grantId=world.grant, expires=expires):
        world.stage.revoke(world.ann, world.grant)


def window_ends(world: World) -> int:
    return int(world.read("UsageLedger", "reportableUntil", world.grant))


def test_grant_is_not_closed_while_uses_may_be_reported(world: World) -> None:
    until = window_ends(world)
    world.go_to(until)
    with refused("SceneGrants.StillReportable", grantId=world.grant, until=until):
        world.stage.studio.scenes.close(world.grant, 100, simulate=True)
    world.go_to(until + 1)
    world.stage.studio.scenes.close(world.grant, 100)


@pytest.mark.parametrize("stated", [0, 96, 98, 100])
def test_final_count_states_what_was_not_used(world: World, stated: int) -> None:
    world.stage.report(world.stage.use(world.grant, 3))
    world.go_to(window_ends(world) + 1)
    with refused("SceneGrants.FinalCountMismatch", grantId=world.grant, stated=stated, unused=97):
        world.stage.studio.scenes.close(world.grant, stated)
    world.stage.studio.scenes.close(world.grant, 97)


def final_count(world: World, who: str, count: int) -> SignedConsent:
    from dataclasses import replace

    signer = replace(world.ann, key=world.keys[who])
    return world.stage.sign(signer, "FinalCount", {"grantId": world.grant, "unusedIterations": count})


def test_final_count_is_the_studios(world: World) -> None:
    world.go_to(window_ends(world) + 1)
    keeper = world.local.as_("keeper").scenes
    for signed in (None, final_count(world, "ann", 100), final_count(world, "studio", 99)):
        with refused("SceneGrants.NotTheStudiosCount", grantId=world.grant):
            keeper.close(world.grant, 100, signed)
    keeper.close(world.grant, 100, final_count(world, "studio", 100))


# Usage


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
    grant = world.read("UsageLedger", "grantOf", world.grant)
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
    until = window_ends(world)
    end = world.read("UsageLedger", "grantOf", world.grant)["expires"]
    assert until == end + 30 * DAY
    use = world.stage.use(world.grant, used_at=end - 1)
    world.go_to(until)
    world.local.as_("reporter").usage.record(use, simulate=True)
    world.go_to(until + 1)
    with refused("UsageLedger.ReportTooLate", grantId=world.grant, lastDay=until):
        world.local.as_("reporter").usage.record(use, simulate=True)


def test_closed_grant_cannot_be_used_or_closed_again(world: World) -> None:
    world.go_to(window_ends(world) + 1)
    world.stage.studio.scenes.close(world.grant, 100)
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


# Premiums


def test_statement_needs_evidence(world: World) -> None:
    premiums = world.stage.studio.premiums
    with refused("SubstitutionPremiums.MissingEvidence"):
        premiums.file(world.grant, world.savings(1), NOTHING, WEEK)
    world.file(dollars(100_000))
    with refused("SubstitutionPremiums.MissingEvidence"):
        signed = world.restatement(world.ann, dollars(50_000), evidenceHash=NOTHING)
        premiums.restate(signed, [])


def test_statement_is_cumulative(world: World) -> None:
    world.file(dollars(100_000))
    before = dollars(10_000)
    with refused(
        "SubstitutionPremiums.LowerThanBefore", grantId=world.grant, premium=before - 1, before=before
    ):
        world.file(dollars(100_000) - 10)


@pytest.mark.parametrize("total", [100_000, 100_001])
def test_restatement_lowers(world: World, total: int) -> None:
    stream = world.file(dollars(100_000)).event("StreamOpened").args["stream"]
    signed = world.restatement(world.ann, dollars(total))
    with refused("SubstitutionPremiums.NotLower", before=dollars(10_000)):
        world.stage.studio.premiums.restate(signed, [stream])


def test_premium_streams_no_longer_than_the_member_agreed_to(world: World) -> None:
    longest = 52 * WEEK
    with refused("SubstitutionPremiums.StreamTooLong", streamSeconds=longest + 1, longestSeconds=longest):
        world.stage.studio.premiums.file(world.grant, world.savings(1), EVIDENCE, longest + 1)
    world.stage.studio.premiums.file(world.grant, world.savings(1), EVIDENCE, longest)


@pytest.mark.parametrize("by", [-1, 1])
def test_shares_sum_to_the_saving(world: World, by: int) -> None:
    second = GrantId(world.ask_scene(world.ann, world.scene(world.ann)).id or 0)
    shares = {world.grant: world.savings(60), second: world.savings(40)}
    with refused("SubstitutionPremiums.SharesDontSum"):
        world.stage.studio.premiums.file_shared(shares, world.savings(100 + by), EVIDENCE, WEEK)


def test_shared_saving_names_each_grant_once(world: World) -> None:
    second = GrantId(world.ask_scene(world.ann, world.scene(world.ann)).id or 0)
    for first, then in ((world.grant, world.grant), (second, world.grant)):
        parts = [{"grantId": grant, "savings": world.savings(50).as_struct()} for grant in (first, then)]
        total = world.savings(100).as_struct()
        with refused("SubstitutionPremiums.GrantsNotAscending", grantId=then):
            world.write("studio", "SubstitutionPremiums", "fileShared", parts, total, EVIDENCE, WEEK)


def test_shares_sum_category_by_category(world: World) -> None:
    from trust.model import Savings

    with refused("SubstitutionPremiums.SharesDontSum"):
        world.stage.studio.premiums.file_shared(
            {world.grant: Savings(travel=100)}, Savings(lodging=100), EVIDENCE, WEEK
        )


def test_floor_starts_only_after_the_time_to_file(world: World) -> None:
    until = window_ends(world)
    world.go_to(until)
    keeper = world.local.as_("stranger").premiums
    with refused("SubstitutionPremiums.StillFileable", grantId=world.grant, until=until):
        keeper.start_floor(world.grant, simulate=True)
    world.go_to(until + 1)
    keeper.start_floor(world.grant)


def test_floor_starts_once(world: World) -> None:
    world.go_to(window_ends(world) + 1)
    world.local.as_("stranger").premiums.start_floor(world.grant)
    with refused("SubstitutionPremiums.NoFloorToStart", grantId=world.grant):
        world.local.as_("stranger").premiums.start_floor(world.grant)


def test_floor_does_not_start_beside_a_premium(world: World) -> None:
    world.file(1)
    world.go_to(window_ends(world) + 1)
    with refused("SubstitutionPremiums.NoFloorToStart"):
        world.local.as_("stranger").premiums.start_floor(world.grant)


def test_floor_of_an_unused_revoked_grant_was_not_earned(world: World) -> None:
    world.stage.revoke(world.ann, world.grant)
    world.go_to(window_ends(world) + 1)
    with refused("SubstitutionPremiums.NoFloorToStart"):
        world.local.as_("stranger").premiums.start_floor(world.grant)


def test_restatement_brings_all_live_streams_in_order(world: World) -> None:
    first = world.file(dollars(100_000)).event("StreamOpened").args["stream"]
    second = world.file(dollars(200_000), weeks=20).event("StreamOpened").args["stream"]
    wrong: list[list[dict[str, Any]]] = [
        [],
        [first],
        [second],
        [second, first],
        [first, second, second],
        [first, second | {"gross": second["gross"] + 1}],
        [first, second | {"counted": 0}],
        [first | {"end": first["end"] + 1}, second],
    ]
    premiums = world.stage.studio.premiums
    for streams in wrong:
        signed = world.restatement(world.ann, dollars(50_000))
        with refused("SubstitutionPremiums.StreamsMismatch", grantId=world.grant):
            premiums.restate(signed, streams)
    premiums.restate(world.restatement(world.ann, dollars(50_000)), [first, second])


def test_premium_streams_for_some_time(world: World) -> None:
    with refused("Payroll.EmptyStream"):
        world.stage.studio.premiums.file(world.grant, world.savings(1), EVIDENCE, 0)


def test_only_the_studio_files_for_its_grants(world: World) -> None:
    for who in ("reporter", "rival studio", "ann"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            world.local.as_(who).premiums.file(world.grant, world.savings(1), EVIDENCE, WEEK)


def test_only_the_studio_restates(world: World) -> None:
    stream = world.file(dollars(100_000)).event("StreamOpened").args["stream"]
    signed = world.restatement(world.ann, dollars(50_000))
    with refused("Productions.NotTheStudio", caller=world.address("ann")):
        world.local.as_("ann").premiums.restate(signed, [stream])
