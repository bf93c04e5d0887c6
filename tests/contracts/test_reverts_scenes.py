"""What the grants' contract refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from grants import ledger, reportable_until
from refusals import refused
from world import EVIDENCE, World

from trust.consent import SignedConsent


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
    expires = ledger(world)["expires"]
    world.go_to(expires)
    with refused("SceneGrants.GrantIsOver", grantId=world.grant, expires=expires):
        world.stage.revoke(world.ann, world.grant)


def test_grant_is_not_closed_while_uses_may_be_reported(world: World) -> None:
    until = reportable_until(world)
    world.go_to(until)
    with refused("SceneGrants.StillReportable", grantId=world.grant, until=until):
        world.stage.studio.scenes.close(world.grant, 100, simulate=True)
    world.go_to(until + 1)
    world.stage.studio.scenes.close(world.grant, 100)


@pytest.mark.parametrize("stated", [0, 96, 98, 100])
def test_final_count_states_what_was_not_used(world: World, stated: int) -> None:
    world.stage.report(world.stage.use(world.grant, 3))
    world.go_to(reportable_until(world) + 1)
    with refused("SceneGrants.FinalCountMismatch", grantId=world.grant, stated=stated, unused=97):
        world.stage.studio.scenes.close(world.grant, stated)
    world.stage.studio.scenes.close(world.grant, 97)


def final_count(world: World, who: str, count: int) -> SignedConsent:
    signer = replace(world.ann, key=world.keys[who])
    return world.stage.sign(signer, "FinalCount", {"grantId": world.grant, "unusedIterations": count})


def test_final_count_is_the_studios(world: World) -> None:
    world.go_to(reportable_until(world) + 1)
    keeper = world.local.as_("keeper").scenes
    for signed in (None, final_count(world, "ann", 100), final_count(world, "studio", 99)):
        with refused("SceneGrants.NotTheStudiosCount", grantId=world.grant):
            keeper.close(world.grant, 100, signed)
    keeper.close(world.grant, 100, final_count(world, "studio", 100))
