"""What the premiums' contract refuses."""

from __future__ import annotations

from typing import Any

import pytest
from grants import reportable_until
from refusals import refused
from world import EVIDENCE, World

from trust.model import GrantId, Savings, dollars
from trust.stage import WEEK

NOTHING = b"\x00" * 32


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
    with refused("SubstitutionPremiums.SharesDontSum"):
        world.stage.studio.premiums.file_shared(
            {world.grant: Savings(travel=100)}, Savings(lodging=100), EVIDENCE, WEEK
        )


def test_floor_starts_only_after_the_time_to_file(world: World) -> None:
    until = reportable_until(world)
    world.go_to(until)
    keeper = world.local.as_("stranger").premiums
    with refused("SubstitutionPremiums.StillFileable", grantId=world.grant, until=until):
        keeper.start_floor(world.grant, simulate=True)
    world.go_to(until + 1)
    keeper.start_floor(world.grant)


def test_floor_starts_once(world: World) -> None:
    world.go_to(reportable_until(world) + 1)
    world.local.as_("stranger").premiums.start_floor(world.grant)
    with refused("SubstitutionPremiums.NoFloorToStart", grantId=world.grant):
        world.local.as_("stranger").premiums.start_floor(world.grant)


def test_floor_does_not_start_beside_a_premium(world: World) -> None:
    world.file(1)
    world.go_to(reportable_until(world) + 1)
    with refused("SubstitutionPremiums.NoFloorToStart"):
        world.local.as_("stranger").premiums.start_floor(world.grant)


def test_floor_of_an_unused_revoked_grant_was_not_earned(world: World) -> None:
    world.stage.revoke(world.ann, world.grant)
    world.go_to(reportable_until(world) + 1)
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
