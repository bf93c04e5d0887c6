"""What the productions', rate card's and licences' contracts refuse."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak
from refusals import refused
from world import EVIDENCE, World

from trust.stage import DAY, WEEK

OTHER = keccak(text="another identifier")
ROOT = keccak(text="a breakdown")


def register(world: World, who: str = "studio", **fields: Any) -> None:
    given = {
        "identifier": OTHER,
        "starts": world.now(),
        "ends": world.now() + WEEK,
        "root": ROOT,
        "reporter": world.address("reporter"),
    } | fields
    world.write(who, "Productions", "register", *given.values())


def test_studio_that_was_not_admitted_cannot_register(world: World) -> None:
    with refused("Productions.NotAdmitted", caller=world.address("rival studio")):
        register(world, "rival studio")


def test_studio_whose_admission_ended_cannot_register(world: World) -> None:
    world.local.as_("enroller").productions.admit_studio(world.address("studio"), False)
    with refused("Productions.NotAdmitted", caller=world.address("studio")):
        register(world)


def test_production_nobody_registered_has_no_studio(world: World) -> None:
    with refused("Productions.UnknownProduction", productionId=9):
        world.write("studio", "Productions", "cancel", 9)


def test_production_nobody_registered_cannot_be_struck(world: World) -> None:
    with refused("Productions.UnknownProduction", productionId=9):
        world.write("strike committee", "Productions", "declareStrike", [9])


CALLS_OF_THE_STUDIO = [
    ("Productions", "setBreakdown", (ROOT,)),
    ("Productions", "reschedule", (1, 2**39)),
    ("Productions", "setPrimaryReporter", ("0x" + "11" * 20,)),
    ("Productions", "setReporter", ("0x" + "11" * 20, True)),
    ("Productions", "cancel", ()),
    ("Payroll", "takeBack", (1, "0x" + "11" * 20)),
    ("Payroll", "optIn", ("0x" + "11" * 20, True)),
    ("Records", "giveNotice", (1,)),
]


@pytest.mark.parametrize(("contract", "function", "rest"), CALLS_OF_THE_STUDIO)
@pytest.mark.parametrize("who", ["rival studio", "reporter", "council"])
def test_only_the_studio_runs_its_production(
    world: World, contract: str, function: str, rest: tuple[Any, ...], who: str
) -> None:
    first = (world.ann.id, world.production) if function == "giveNotice" else (world.production,)
    with refused("Productions.NotTheStudio", productionId=world.production, caller=world.address(who)):
        world.write(who, contract, function, *first, *rest)


def test_rival_studio_cannot_buy_for_a_production(world: World) -> None:
    with refused("Productions.NotTheStudio"):
        world.buy(world.order(world.ben), who="rival studio")


def test_identifier_belongs_to_one_production(world: World) -> None:
    register(world)
    with refused("Productions.IdentifierTaken", identifierHash=OTHER, productionId=2):
        register(world)


@pytest.mark.parametrize("missing", ["identifier", "root"])
def test_production_needs_its_hashes(world: World, missing: str) -> None:
    with refused("Productions.MissingHash"):
        register(world, **{missing: b"\x00" * 32})


def test_breakdown_needs_a_root(world: World) -> None:
    with refused("Productions.MissingHash"):
        world.write("studio", "Productions", "setBreakdown", world.production, b"\x00" * 32)


@pytest.mark.parametrize(("starts", "ends"), [(5, 5), (6, 5), (1, 2)])
def test_schedule_ends_after_it_starts_and_after_now(world: World, starts: int, ends: int) -> None:
    with refused("Productions.EmptySchedule", starts=starts, ends=ends):
        register(world, starts=starts, ends=ends)
    with refused("Productions.EmptySchedule", starts=starts, ends=ends):
        world.stage.studio.productions.reschedule(world.production, starts, ends)


def test_cancelled_production_takes_nothing_new(world: World) -> None:
    order, scene, extension = world.order(world.ben), world.scene(world.ann), world.extension(world.ann)
    world.stage.studio.productions.cancel(world.production)
    steps = [
        lambda: world.buy(order),
        lambda: world.ask_scene(world.ann, scene),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT),
        lambda: world.stage.studio.productions.reschedule(world.production, 1, 2**39),
        lambda: world.stage.studio.productions.set_breakdown(world.production, ROOT),
        lambda: world.stage.studio.productions.cancel(world.production),
    ]
    for step in steps:
        with refused("Productions.ProductionIsCancelled", productionId=world.production):
            step()


def test_struck_production_takes_nothing_new(world: World) -> None:
    order, scene = world.order(world.ben), world.scene(world.ann)
    world.later_schedule()
    extension = world.extension(world.ann)
    world.local.as_("strike committee").productions.declare_strike([world.production])
    for step in (
        lambda: world.buy(order),
        lambda: world.ask_scene(world.ann, scene),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT),
        lambda: world.local.as_("strike committee").productions.declare_strike([world.production]),
    ):
        with refused("Productions.OnStrike", productionId=world.production):
            step()
    world.local.as_("strike committee").productions.end_strike([world.production])
    world.ask_scene(world.ann, scene)


def test_strike_that_is_not_on_cannot_end(world: World) -> None:
    committee = world.local.as_("strike committee").productions
    with refused("Productions.NotOnStrike", productionId=world.production):
        committee.end_strike([world.production])
    committee.declare_strike([world.production])
    committee.end_strike([world.production])
    with refused("Productions.NotOnStrike", productionId=world.production):
        committee.end_strike([world.production])


@pytest.mark.parametrize("function", ["declareStrike", "endStrike"])
def test_only_the_strike_committee_strikes(world: World, function: str) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized", caller=world.address("steward")):
        world.write("steward", "Productions", function, [world.production])


def test_only_the_enroller_admits_studios(world: World) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized"):
        world.write("rival studio", "Productions", "admitStudio", world.address("rival studio"), True)


# Rate card: published by the rate setter, after the timelock


def card(world: World, **fields: Any) -> dict[str, Any]:
    return dict(world.read("RateCard", "cardOf", 1)) | {"effectiveFrom": world.now() + 30 * DAY} | fields


def publish(world: World, **fields: Any) -> None:
    new = card(world, **fields)
    setter = world.local.as_("rate setter").access
    setter.schedule("RateCard", "publish", new)
    world.stage.pass_time(48 * 3600)
    setter.execute("RateCard", "publish", new)


@pytest.mark.parametrize("name", ["passiveSceneFees", "activeSceneFees"])
@pytest.mark.parametrize("modality", range(6))
def test_use_is_dearer_than_the_scan(world: World, name: str, modality: int) -> None:
    first = world.read("RateCard", "cardOf", 1)
    fees = list(first[name])
    fees[modality] = first["licenceFees"][modality]
    with refused(
        "RateCard.UseNotDearerThanScan",
        modality=modality,
        assetClass=int(name == "activeSceneFees"),
        sceneFee=fees[modality],
        licenceFee=fees[modality],
    ):
        publish(world, **{name: fees})
    fees[modality] += 1
    publish(world, **{name: fees})
    assert world.read("RateCard", "lastVersion") == 2


def test_rate_card_cannot_take_effect_in_the_past(world: World) -> None:
    with refused("RateCard.EffectiveInThePast"):
        publish(world, effectiveFrom=world.now())


def test_rate_card_cannot_take_effect_before_the_one_before(world: World) -> None:
    later = world.now() + 60 * DAY
    publish(world, effectiveFrom=later)
    with refused("RateCard.EffectiveInThePast", effectiveFrom=later - 1, earliest=later):
        publish(world, effectiveFrom=later - 1)
    publish(world, effectiveFrom=later)


SHARES = ["premiumShareBps", "benefitsBps", "backgroundBenefitsBps", "duesBps", "levyBps"]


@pytest.mark.parametrize("share", SHARES)
def test_share_cannot_exceed_the_whole(world: World, share: str) -> None:
    with refused("RateCard.ShareTooLarge", bps=10_001):
        publish(world, **{share: 10_001})


PRICES = ["licenceFees", "trainingFees", "passiveIterationFees", "activeIterationFees", "dayRates"]
LIMITS = [
    "premiumShareBps",
    "benefitsCeiling",
    "maxTermDays",
    "maxMinorTermDays",
    "noticeHours",
    "reportDays",
]


@pytest.mark.parametrize("name", PRICES)
def test_no_price_may_be_missing(world: World, name: str) -> None:
    prices = list(world.read("RateCard", "cardOf", 1)[name])
    with refused("RateCard.MissingRate"):
        publish(world, **{name: [*prices[:-1], 0]})


@pytest.mark.parametrize("name", LIMITS)
def test_no_limit_may_be_missing(world: World, name: str) -> None:
    with refused("RateCard.MissingRate"):
        publish(world, **{name: 0})


def test_version_nobody_published_is_unknown(world: World) -> None:
    with refused("RateCard.UnknownVersion", version=2):
        world.read("RateCard", "cardOf", 2)
    with refused("RateCard.UnknownVersion", version=2):
        world.read("RateCard", "licenceTerms", 2, 1, False, False)


def test_rate_card_waits_in_the_timelock(world: World) -> None:
    new = card(world)
    with refused("AccessManager.AccessManagerNotScheduled"):
        world.write("rate setter", "RateCard", "publish", new)
    setter = world.local.as_("rate setter").access
    setter.schedule("RateCard", "publish", new)
    world.stage.pass_time(48 * 3600 - 60)
    with refused("AccessManager.AccessManagerNotReady"):
        setter.execute("RateCard", "publish", new)


@pytest.mark.parametrize("who", ["deployer", "council", "steward", "studio"])
def test_only_the_rate_setter_publishes(world: World, who: str) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized", caller=world.address(who)):
        world.write(who, "RateCard", "publish", card(world))


def test_deployer_keeps_no_power(world: World) -> None:
    with refused("AccessManager.AccessManagerUnauthorizedAccount", msgsender=world.address("deployer")):
        world.write("deployer", "TrustAccess", "grantRole", 1, world.address("deployer"), 0)


# Licences


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
