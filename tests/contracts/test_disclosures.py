"""Disclosures of machine-made material: told in time or late, acknowledged, contested, reported, answered."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from materials import MODEL, REASON, Material
from rooms import open_room, writers
from solidity import create
from world import World

from trust.model import Craft, MaterialKind, MemberId
from trust.stage import DAY, Player

UNTOUCHED = {
    "disclosedAt": 0,
    "workStarts": 0,
    "repliedAt": 0,
    "reportedAt": 0,
    "answeredAt": 0,
    "kind": 0,
    "reply": 0,
}
ACKNOWLEDGED, CONTESTED = 1, 2


def test_disclosure_tells_who_was_given_what(world: World) -> None:
    material = Material(world)
    starts = world.now() + DAY
    result = material.disclose(world.ann, world.ben, workStarts=starts)
    told = [event.args for event in result.events]
    shared = {
        "productionId": world.production,
        "materialHash": material.hash,
        "modelHash": MODEL,
        "kind": MaterialKind.STORYBOARD,
        "workStarts": starts,
        "late": 0,
        "reported": 0,
    }
    assert told == [shared | {"memberId": player.id} for player in (world.ann, world.ben)]
    known = {"disclosedAt": world.now(), "workStarts": starts, "kind": MaterialKind.STORYBOARD}
    assert material.state(world.ann.id) == material.state(world.ben.id) == UNTOUCHED | known
    assert material.state(world.cleo.id) == UNTOUCHED


def test_reporter_discloses_too(world: World) -> None:
    Material(world).disclose(world.ann, who="reporter")
    world.stage.studio.productions.set_reporter(world.production, world.address("agent"), True)
    Material(world, hash=keccak(text="another")).disclose(world.ann, who="agent")


@pytest.mark.parametrize(("after", "late"), [(-1, 0), (0, 1), (DAY, 1)])
def test_disclosure_from_the_works_start_on_is_late(world: World, after: int, late: int) -> None:
    starts = world.now() + DAY
    world.chain.node.call("evm_setNextBlockTimestamp", hex(starts + after))
    told = Material(world).disclose(world.ann, workStarts=starts).event("Disclosed").args
    assert world.now() == starts + after
    assert (told["late"], told["reported"]) == (late, 0)


def test_acknowledgement_and_contest_are_kept(world: World) -> None:
    material = Material(world)
    material.disclose(world.ann, world.ben)
    told = material.acknowledge(world.ann).event("DisclosureAcknowledged").args
    assert told == {
        "productionId": world.production,
        "memberId": world.ann.id,
        "materialHash": material.hash,
    }
    state = material.state(world.ann.id)
    assert (state["reply"], state["repliedAt"]) == (ACKNOWLEDGED, world.now())
    told = material.contest(world.ben).event("DisclosureContested").args
    assert (told["memberId"], told["reasonHash"]) == (world.ben.id, REASON)
    assert material.state(world.ben.id)["reply"] == CONTESTED


def test_report_stays_visible_when_the_studio_discloses_after_it(world: World) -> None:
    material = Material(world)
    told = material.report(world.ann).event("UndisclosedReported").args
    assert told["kind"] == MaterialKind.STORYBOARD
    reported = world.now()
    told = material.disclose(world.ann, world.ben, kind=MaterialKind.DESIGN).events
    lates = [(event.args["memberId"], event.args["late"], event.args["reported"]) for event in told]
    assert lates == [(world.ann.id, 1, 1), (world.ben.id, 0, 0)]
    state = material.state(world.ann.id)
    assert (state["reportedAt"], state["disclosedAt"]) == (reported, world.now())
    assert state["kind"] == MaterialKind.DESIGN
    Material(world, MaterialKind.DESIGN).acknowledge(world.ann)
    assert material.state(world.ann.id)["reportedAt"] == reported


def test_report_is_answered_with_evidence_and_may_still_be_disclosed(world: World) -> None:
    material = Material(world)
    material.report(world.ann)
    told = material.answer(world.ann, who="reporter").event("ReportAnswered").args
    assert told["evidenceHash"] == REASON
    answered = world.now()
    told = material.disclose(world.ann).event("Disclosed").args
    assert (told["late"], told["reported"]) == (1, 1)
    assert material.state(world.ann.id)["answeredAt"] == answered


def test_production_that_ended_still_discloses(world: World) -> None:
    world.write("strike committee", "Productions", "declareStrike", [world.production])
    Material(world).disclose(world.ann)
    world.stage.studio.productions.cancel(world.production)
    Material(world).disclose(world.ben)


def test_member_enrolled_later_is_known(world: World) -> None:
    material = Material(world)
    material.disclose(world.ann)
    later = world.stage.enrol("later", Craft.WRITER)
    material.disclose(later)
    assert material.state(later.id)["disclosedAt"] == world.now()


def test_guardian_speaks_for_a_minor(world: World) -> None:
    minor = world.minor()
    material = Material(world)
    material.disclose(minor)
    material.acknowledge(world.guardian_of(minor))
    assert material.state(MemberId(minor.id))["reply"] == ACKNOWLEDGED


def test_contract_wallet_acknowledges(world: World) -> None:
    wallet = create(world.chain, "Wallet", ("address",), (world.ann.key.address,))
    number = world.local.as_("enroller").members.enrol(wallet, wallet).id
    assert number is not None
    player = Player(MemberId(number), "wallet", world.ann.key, world.ann.wallet)
    material = Material(world)
    material.disclose(player)
    material.acknowledge(player)
    assert material.state(player.id)["reply"] == ACKNOWLEDGED


@pytest.mark.parametrize("kind", [MaterialKind.BEAT_SHEET, MaterialKind.DRAFT])
def test_room_that_is_large_enough_is_given_drafts(world: World, kind: MaterialKind) -> None:
    room = open_room(world)
    band = writers(world, 3)
    for player in band:
        room.join(player)
    Material(world, kind).disclose(*band, world.ann)
    assert Material(world, kind).state(band[2].id)["disclosedAt"] == world.now()


def test_draft_that_a_member_reported_is_disclosed_without_a_room(world: World) -> None:
    draft = Material(world, MaterialKind.DRAFT)
    draft.report(world.ann)
    told = draft.disclose(world.ann).event("Disclosed").args
    assert (told["late"], told["reported"]) == (1, 1)
