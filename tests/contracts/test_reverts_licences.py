"""What the licences' contract refuses."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from rate_cards import publish
from refusals import refused
from world import EVIDENCE, World

from trust.stage import DAY, WEEK

ROOT = keccak(text="a data set")


def test_licence_stays_with_its_studio(world: World) -> None:
    with refused("Licences.Soulbound", tokenId=world.licence):
        world.write(
            "studio",
            "Licences",
            "transferFrom",
            world.address("studio"),
            world.address("stranger"),
            world.licence,
        )


def test_production_has_one_licence_of_a_member(world: World) -> None:
    with refused("Licences.LicenceExists", licenceId=world.licence):
        world.buy(world.order(world.ann))


def test_licence_nobody_bought_carries_nothing(world: World) -> None:
    unknown = (world.production << 24) | world.ben.id
    steps = [
        lambda: world.write("ben", "Licences", "revoke", unknown, b""),
        lambda: world.write("steward", "Licences", "suspend", unknown, EVIDENCE),
        lambda: world.write("steward", "Licences", "reinstate", unknown),
        lambda: world.read("Licences", "requireActive", unknown),
        lambda: world.read("Licences", "requireNotHaltedAt", unknown, 1),
        lambda: world.stage.studio.licences.record_training_run(unknown, ROOT, ROOT),
        lambda: world.ask_scene(world.ann, world.scene(world.ann, licenceId=unknown)),
    ]
    for step in steps:
        with refused("Licences.NoLicence", licenceId=unknown):
            step()


def test_licence_that_has_not_begun_cannot_grant_a_scene(world: World) -> None:
    starts = world.now() + WEEK
    world.buy(world.order(world.ben, starts=starts))
    with refused("Licences.LicenceNotYet", starts=starts):
        world.ask_scene(world.ben, world.scene(world.ben))
    world.stage.pass_time(WEEK)
    world.ask_scene(world.ben, world.scene(world.ben))


def test_expired_licence_cannot_grant_a_scene(world: World) -> None:
    expires = world.now() + WEEK
    world.buy(world.order(world.ben, expires=expires))
    consent = world.scene(world.ben)
    world.go_to(expires)
    with refused("Licences.LicenceExpired", expires=expires):
        world.ask_scene(world.ben, consent)


def test_revoked_licence_cannot_grant_train_or_be_extended(world: World) -> None:
    world.later_schedule()
    extension = world.extension(world.ann)
    world.write("ann", "Licences", "revoke", world.licence, b"")
    at = world.now()
    for step in (
        lambda: world.ask_scene(world.ann, world.scene(world.ann)),
        lambda: world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.write("ann", "Licences", "revoke", world.licence, b""),
        lambda: world.write("steward", "Licences", "suspend", world.licence, EVIDENCE),
    ):
        with refused("Licences.LicenceIsRevoked", licenceId=world.licence, revokedAt=at):
            step()


def test_suspended_licence_cannot_grant_train_or_be_extended(world: World) -> None:
    world.later_schedule()
    extension = world.extension(world.ann)
    world.local.as_("steward").licences.suspend(world.licence, EVIDENCE)
    at = world.now()
    for step in (
        lambda: world.ask_scene(world.ann, world.scene(world.ann)),
        lambda: world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.local.as_("steward").licences.suspend(world.licence, EVIDENCE),
    ):
        with refused("Licences.LicenceIsSuspended", licenceId=world.licence, suspendedAt=at):
            step()
    world.local.as_("steward").licences.reinstate(world.licence)
    world.ask_scene(world.ann, world.scene(world.ann))


def test_licence_that_is_not_suspended_cannot_be_reinstated(world: World) -> None:
    with refused("Licences.NotSuspended", licenceId=world.licence):
        world.local.as_("steward").licences.reinstate(world.licence)


@pytest.mark.parametrize("function", ["suspend", "reinstate"])
def test_only_the_steward_suspends(world: World, function: str) -> None:
    rest = (EVIDENCE,) if function == "suspend" else ()
    with refused("AccessManaged.AccessManagedUnauthorized", caller=world.address("studio")):
        world.write("studio", "Licences", function, world.licence, *rest)


def test_licence_needs_records_of_its_modalities(world: World) -> None:
    with refused("Licences.RecordsMissing", memberId=world.cleo.id, modalities=0b101):
        world.buy(world.order(world.cleo))
    with refused("Licences.RecordsMissing", memberId=world.ben.id, modalities=0b111):
        world.buy(world.order(world.ben, modalities=0b111, licenceFee=10**10))


@pytest.mark.parametrize("modalities", [0, 0x40, 0xFF])
def test_licence_of_no_or_unknown_modalities_is_refused(world: World, modalities: int) -> None:
    with refused("Licences.BadModalities", modalities=modalities):
        world.buy(world.order(world.ben, modalities=modalities))


def test_licence_is_bought_at_the_version_in_effect(world: World) -> None:
    order = world.order(world.ben)
    publish(world, effectiveFrom=world.now() + 3 * DAY)
    with refused("RateCard.RateCardChanged", ordered=2, current=1):
        world.buy(order | {"rateCardVersion": 2})
    world.stage.pass_time(3 * DAY)
    with refused("RateCard.RateCardChanged", ordered=1, current=2):
        world.buy(order)


def test_licence_fee_is_at_least_the_rate_cards(world: World) -> None:
    order = world.order(world.ben)
    least = order["licenceFee"]
    with refused("Licences.FeeTooLow", offered=least - 1, least=least):
        world.buy(order | {"licenceFee": least - 1})
    world.buy(order | {"licenceFee": least + 1})


def test_training_fee_is_at_least_the_rate_cards(world: World) -> None:
    order, consent = world.training_order(world.ben)
    least = order["trainingFee"]
    with refused("Licences.FeeTooLow", offered=least - 1, least=least):
        world.buy(order | {"trainingFee": least - 1}, consent)


def test_extension_fee_is_at_least_the_rate_cards(world: World) -> None:
    world.later_schedule()
    with refused("Licences.FeeTooLow", offered=0):
        world.stage.studio.licences.extend(world.extension(world.ann, fee=0))


def test_licence_runs_inside_the_schedule(world: World) -> None:
    order = world.order(world.ben)
    starts, ends = order["starts"], order["expires"]
    for dates in ((starts - 1, ends), (starts, ends + 1), (starts + 5, starts + 5), (starts, starts + 1)):
        with refused("Licences.OutsideSchedule", starts=dates[0], expires=dates[1], scheduleEnds=ends):
            world.buy(order | {"starts": dates[0], "expires": dates[1]})


def test_extension_stays_inside_the_schedule(world: World) -> None:
    with refused("Licences.OutsideSchedule"):
        world.stage.studio.licences.extend(world.extension(world.ann))


def test_term_is_at_most_the_rate_cards(world: World) -> None:
    starts = world.now()
    world.stage.studio.productions.reschedule(world.production, starts, starts + 5000 * DAY)
    longest = 3650 * DAY
    with refused("Licences.TermTooLong", termSeconds=longest + 1, longestSeconds=longest):
        world.buy(world.order(world.ben, starts=starts, expires=starts + longest + 1))
    world.buy(world.order(world.ben, starts=starts, expires=starts + longest))


def test_minors_term_is_shorter(world: World) -> None:
    minor = world.minor()
    world.stage.scan(world.guardian_of(minor))
    starts = world.now()
    world.stage.studio.productions.reschedule(world.production, starts, starts + 5000 * DAY)
    longest = 1825 * DAY
    with refused("Licences.TermTooLong", termSeconds=longest + 1, longestSeconds=longest):
        world.buy(world.order(minor, starts=starts, expires=starts + longest + 1))


def test_training_needs_a_consent_to_exactly_this_order(world: World) -> None:
    order, consent = world.training_order(world.ben)
    for name, value in {
        "modalities": 0b001,
        "expires": order["expires"] - 1,
        "trainingFee": order["trainingFee"] + 1,
    }.items():
        with refused("Licences.TrainingConsentMismatch"):
            world.buy(order | {name: value}, consent)
    with refused("Licences.TrainingConsentMismatch"):
        world.buy(order)


def test_licence_without_training_takes_no_training_fee_or_consent(world: World) -> None:
    _, consent = world.training_order(world.ben)
    with refused("Licences.TrainingConsentMismatch"):
        world.buy(world.order(world.ben), consent)
    with refused("Licences.TrainingConsentMismatch"):
        world.buy(world.order(world.ben, trainingFee=1))


@pytest.mark.parametrize("by", [0, -1])
def test_extension_ends_later(world: World, by: int) -> None:
    expires = world.stage.studio.licences.get(world.licence)["expires"]
    with refused("Licences.NotLater", expires=expires + by, current=expires):
        world.stage.studio.licences.extend(world.extension(world.ann, expires=expires + by))


def test_licence_without_a_training_right_cannot_train(world: World) -> None:
    licence = world.buy(world.order(world.ben)).event("LicenceGranted").args["licenceId"]
    with refused("Licences.NoTrainingRight", licenceId=licence):
        world.stage.studio.licences.record_training_run(licence, ROOT, ROOT)


def test_training_ends_when_its_consent_says_however_long_the_licence(world: World) -> None:
    ends = world.stage.studio.licences.get(world.licence)["expires"]
    world.later_schedule()
    world.stage.studio.licences.extend(world.extension(world.ann))
    world.go_to(ends - 60)
    world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT)
    world.go_to(ends)
    with refused("Licences.TrainingRightEnded", licenceId=world.licence, trainingUntil=ends):
        world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT)
    world.ask_scene(world.ann, world.scene(world.ann))


def test_model_is_retired_once(world: World) -> None:
    licences = world.stage.studio.licences
    with refused("Licences.NoOpenRun", licenceId=world.licence, run=1):
        licences.attest_retirement(world.licence, 1, EVIDENCE)
    run = licences.record_training_run(world.licence, ROOT, ROOT).id
    assert run == 1
    licences.attest_retirement(world.licence, run, EVIDENCE)
    with refused("Licences.NoOpenRun", licenceId=world.licence, run=1):
        licences.attest_retirement(world.licence, 1, EVIDENCE)


def test_licence_steps_need_their_hashes(world: World) -> None:
    nothing = b"\x00" * 32
    licences = world.stage.studio.licences
    licences.record_training_run(world.licence, ROOT, ROOT)
    for step in (
        lambda: world.buy(world.order(world.ben, termsHash=nothing)),
        lambda: licences.record_training_run(world.licence, nothing, ROOT),
        lambda: licences.record_training_run(world.licence, ROOT, nothing),
        lambda: licences.attest_retirement(world.licence, 1, nothing),
        lambda: world.local.as_("steward").licences.suspend(world.licence, nothing),
    ):
        with refused("Licences.MissingHash"):
            step()
