"""What pool grants and collective licences refuse, with the error and its fields."""

from __future__ import annotations

from typing import Any

import pytest
from deals import (
    MODEL,
    OUTPUT,
    PROMPT,
    SCENE,
    Deal,
    background_terms,
    collective,
    collective_terms,
    crowd,
    open_deal,
)
from rate_cards import publish
from refusals import refused
from world import EVIDENCE, World

from trust.stage import DAY

NO_CHUNK = {"poolId": 9, "number": 0, "start": 0, "roster": bytes(7)}
SIGNER = {"memberId": 1, "units": 1, "nonce": 1, "deadline": 2**40, "signature": b""}
BOTH = pytest.mark.parametrize("contract", ["PoolGrants", "CollectiveLicences"])


def terms(world: World, contract: str, **fields: Any) -> dict[str, Any]:
    return (background_terms if contract == "PoolGrants" else collective_terms)(world, **fields)


def opened(world: World, contract: str, **fields: Any) -> Deal:
    return open_deal(world, contract, terms(world, contract, **fields))


@BOTH
def test_terms_that_were_not_stated(world: World, contract: str) -> None:
    steps: list[tuple[str, tuple[Any, ...]]] = [
        ("sign", (9, [SIGNER])),
        ("revoke", (NO_CHUNK, 0, b"")),
        ("close", (9,)),
    ]
    if contract == "PoolGrants":
        steps.append(("use", (9, 1, OUTPUT, PROMPT, MODEL)))
    else:
        steps.append(("recordTrainingRun", (9, EVIDENCE, MODEL)))
    for function, arguments in steps:
        with refused("PooledConsents.NoDeal", poolId=9):
            world.write("studio", contract, function, *arguments)


@BOTH
def test_window_lies_in_the_schedule_and_ends_in_the_future(world: World, contract: str) -> None:
    schedule = world.stage.studio.productions.get(world.production)
    starts, ends, now = schedule["starts"], schedule["ends"], world.now()
    for window in (
        (starts - 1, now + DAY),
        (ends - DAY, ends + 1),
        (now + DAY, now + DAY),
        (starts, now),
        (starts, now - 1),
    ):
        with refused(
            "PooledConsents.OutsideSchedule",
            expires=window[1],
            scheduleStarts=starts,
            scheduleEnds=ends,
        ):
            opened(world, contract, notBefore=window[0], expires=window[1])
    opened(world, contract, notBefore=starts, expires=ends)


@BOTH
def test_window_does_not_run_backwards(world: World, contract: str) -> None:
    now = world.now()
    with refused("PooledConsents.OutsideSchedule", expires=now + DAY - 1):
        opened(world, contract, notBefore=now + DAY, expires=now + DAY - 1)


@BOTH
@pytest.mark.parametrize("field", [{"modalities": 0}, {"modalities": 64}, {"description": ""}])
def test_terms_name_something(world: World, contract: str, field: dict[str, Any]) -> None:
    with refused("PooledConsents.EmptyTerms"):
        opened(world, contract, **field)


def test_crowd_is_used_at_least_once(world: World) -> None:
    with refused("PooledConsents.EmptyTerms"):
        crowd(world, maxUses=0)


@BOTH
def test_signing_takes_a_signature(world: World, contract: str) -> None:
    deal = opened(world, contract)
    with refused("PooledConsents.NoSigners"):
        world.write("studio", contract, "sign", deal.pool, [])


@BOTH
def test_nobody_signs_terms_that_are_over(world: World, contract: str) -> None:
    deal = opened(world, contract)
    world.go_to(deal.terms["expires"])
    with refused("PooledConsents.OutsideWindow", poolId=deal.pool, expires=deal.terms["expires"]):
        deal.sign((world.ann, 1))


@BOTH
def test_terms_name_the_rate_card_in_effect(world: World, contract: str) -> None:
    with refused("RateCard.RateCardChanged", ordered=2, current=1):
        opened(world, contract, rateCardVersion=2)
    publish(world)
    world.stage.pass_time(30 * DAY)
    with refused("RateCard.RateCardChanged", ordered=1, current=2):
        opened(world, contract, rateCardVersion=1)


@BOTH
def test_term_is_no_longer_than_a_minors(world: World, contract: str) -> None:
    world.later_schedule(weeks=600)
    longest, now = world.stage.studio.rate_card.card(1)["maxMinorTermDays"] * DAY, world.now()
    with refused("PooledConsents.TermTooLong", termSeconds=longest + 1, longestSeconds=longest):
        opened(world, contract, notBefore=now, expires=now + longest + 1)


def test_scene_stands_in_the_breakdown(world: World) -> None:
    stated = background_terms(world)
    for proof in (world.breakdown.proof(SCENE + 1), ()):
        with refused("PoolGrants.NotInBreakdown", sceneHash=stated["sceneHash"]):
            world.write("studio", "PoolGrants", "open", stated, list(proof))


def test_only_the_studio_states_terms(world: World) -> None:
    for who in ("stranger", "reporter", "rival studio"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            open_deal(world, "PoolGrants", background_terms(world), who)


@pytest.mark.parametrize(("uses", "output"), [(0, OUTPUT), (1, bytes(32))])
def test_use_has_a_count_and_an_output(world: World, uses: int, output: bytes) -> None:
    deal = crowd(world)
    deal.sign((world.ann, 1))
    with refused("PoolGrants.EmptyUse"):
        world.write("studio", "PoolGrants", "use", deal.pool, uses, output, PROMPT, MODEL)


@pytest.mark.parametrize("hashes", [(bytes(32), MODEL), (EVIDENCE, bytes(32))])
def test_run_has_its_hashes(world: World, hashes: tuple[bytes, bytes]) -> None:
    deal = collective(world)
    deal.sign((world.ann, 1))
    with refused("CollectiveLicences.MissingHash"):
        world.write("studio", "CollectiveLicences", "recordTrainingRun", deal.pool, *hashes)


def test_retirement_has_evidence(world: World) -> None:
    deal = collective(world)
    deal.sign((world.ann, 1))
    deal.train()
    with refused("CollectiveLicences.MissingHash"):
        world.write("studio", "CollectiveLicences", "attestRetirement", deal.pool, bytes(32))


def test_run_needs_somebody_who_signed(world: World) -> None:
    deal = collective(world)
    with refused("EnsemblePools.PoolIsEmpty", poolId=deal.pool):
        deal.train()
