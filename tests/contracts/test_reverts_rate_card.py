"""What the rate card refuses: it is published by the rate setter, after the timelock."""

from __future__ import annotations

import pytest
from rate_cards import card, publish
from refusals import refused
from world import World

from trust.stage import DAY


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
    "acknowledgeDays",
    "challengeDays",
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


@pytest.mark.parametrize(("name", "tiers"), [("roomEpisodes", [0, 12]), ("roomWriters", [0, 5, 6])])
def test_no_tier_of_rooms_may_be_missing(world: World, name: str, tiers: list[int]) -> None:
    with refused("RateCard.MissingRate"):
        publish(world, **{name: tiers})


@pytest.mark.parametrize("episodes", [[6, 6], [12, 6], [6, 0]])
def test_tiers_of_rooms_ascend(world: World, episodes: list[int]) -> None:
    with refused("RateCard.TiersNotAscending", firstEnds=episodes[0], secondEnds=episodes[1]):
        publish(world, roomEpisodes=episodes)


@pytest.mark.parametrize(("tiers", "writers", "before"), [([3, 2, 6], 2, 3), ([3, 5, 4], 4, 5)])
def test_larger_series_needs_no_fewer_writers(
    world: World, tiers: list[int], writers: int, before: int
) -> None:
    with refused("RateCard.RoomShrinks", writers=writers, tierBefore=before):
        publish(world, roomWriters=tiers)
    publish(world, roomWriters=[4, 4, 4])


def test_version_nobody_published_is_unknown(world: World) -> None:
    with refused("RateCard.UnknownVersion", version=2):
        world.read("RateCard", "cardOf", 2)
    with refused("RateCard.UnknownVersion", version=2):
        world.read("RateCard", "licenceTerms", 2, 1, False, False)
    with refused("RateCard.UnknownVersion", version=2):
        world.read("RateCard", "minimumRoom", 2, 6)


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


def test_minors_are_not_bound_longer_than_adults(world: World) -> None:
    with refused("RateCard.MinorTermTooLong", minorDays=3651, adultDays=3650):
        publish(world, maxMinorTermDays=3651)
