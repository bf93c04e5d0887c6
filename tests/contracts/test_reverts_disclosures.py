"""What Disclosures refuses: the wrong sender, forged and replayed words, and whatever was said before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak
from materials import NOTHING, Material
from refusals import refused
from rooms import open_room, writers
from world import SECOND, World

from trust.model import MaterialKind
from trust.nouns.handle import Result
from trust.stage import DAY

SAYINGS = ("DisclosureAcknowledgement", "DisclosureContest", "UndisclosedReport")
SAYING = pytest.mark.parametrize("kind", SAYINGS)
REPLIES: dict[str, Callable[[Material, Any], Result]] = {
    "acknowledge": Material.acknowledge,
    "contest": Material.contest,
}
REPLY = pytest.mark.parametrize("reply", REPLIES)


def given(world: World, kind: str) -> Material:
    """A material that a statement of this kind can be made of by Ann."""
    material = Material(world)
    if kind != "UndisclosedReport":
        material.disclose(world.ann)
    return material


@pytest.mark.parametrize("who", ["ann", "keeper", "rival studio", "council"])
def test_only_studio_and_reporters_disclose_and_answer(world: World, who: str) -> None:
    material = Material(world)
    with refused("Disclosures.NotADiscloser", productionId=world.production, caller=world.address(who)):
        material.disclose(world.ann, who=who)
    material.report(world.ann)
    with refused("Disclosures.NotADiscloser", caller=world.address(who)):
        material.answer(world.ann, who=who)


def test_reporter_who_was_dismissed_discloses_nothing(world: World) -> None:
    Material(world).disclose(world.ann, who="reporter")
    world.stage.studio.productions.set_primary_reporter(world.production, world.address("agent"))
    with refused("Disclosures.NotADiscloser", caller=world.address("reporter")):
        Material(world, hash=keccak(text="another")).disclose(world.ann, who="reporter")


def test_unknown_production_has_no_disclosures(world: World) -> None:
    for step in (
        lambda: Material(world).disclose(world.ann, productionId=9),
        lambda: Material(world).report(world.ann, productionId=9),
    ):
        with refused("Productions.UnknownProduction", productionId=9):
            step()


@pytest.mark.parametrize("number", [0, 9_999])
def test_disclosure_is_to_members(world: World, number: int) -> None:
    disclosure = {
        "productionId": world.production,
        "kind": MaterialKind.DESIGN,
        "workStarts": world.now() + DAY,
        "materialHash": keccak(text="a design"),
        "modelHash": keccak(text="a model"),
    }
    with refused("Members.UnknownMember", memberId=number):
        world.write("studio", "Disclosures", "disclose", disclosure, [world.ann.id, number])
    with refused("Disclosures.NoRecipients"):
        world.write("studio", "Disclosures", "disclose", disclosure, [])


def test_nothing_may_be_missing(world: World) -> None:
    material = Material(world)
    for field in ("materialHash", "modelHash"):
        with refused("Disclosures.MissingHash"):
            material.disclose(world.ann, **{field: NOTHING})
    with refused("Disclosures.MissingStart"):
        material.disclose(world.ann, workStarts=0)
    with refused("Disclosures.MissingHash"):
        material.report(world.ann, materialHash=NOTHING)
    with refused("Disclosures.MissingHash"):
        material.contest(world.ann, reasonHash=NOTHING)
    with refused("Disclosures.MissingHash"):
        material.answer(world.ann, evidence=NOTHING)


def test_material_is_disclosed_once_to_each_member(world: World) -> None:
    material = Material(world)
    material.disclose(world.ann)
    first = world.now()
    for players in ((world.ann,), (world.ben, world.ann)):
        with refused("Disclosures.AlreadyDisclosed", memberId=world.ann.id, disclosedAt=first):
            material.disclose(*players)
    with refused("Disclosures.AlreadyDisclosed", memberId=world.ben.id):
        material.disclose(world.ben, world.ben)
    material.disclose(world.ben)


def test_what_was_disclosed_is_not_reported_or_answered(world: World) -> None:
    material = Material(world)
    material.disclose(world.ann)
    with refused("Disclosures.AlreadyDisclosed", memberId=world.ann.id, disclosedAt=world.now()):
        material.report(world.ann)
    material.report(world.ben)
    material.disclose(world.ben)
    for player in (world.ann, world.ben):
        with refused("Disclosures.AlreadyDisclosed", memberId=player.id):
            material.answer(player)


def test_material_is_reported_and_answered_once(world: World) -> None:
    material = Material(world)
    with refused("Disclosures.NotReported", memberId=world.ann.id, materialHash=material.hash):
        material.answer(world.ann)
    material.report(world.ann)
    with refused("Disclosures.AlreadyReported", reportedAt=world.now()):
        material.report(world.ann)
    with refused("Disclosures.NotReported", memberId=world.ben.id):
        material.answer(world.ben)
    material.answer(world.ann)
    with refused("Disclosures.AlreadyAnswered", answeredAt=world.now()):
        material.answer(world.ann)


@REPLY
def test_member_replies_only_to_what_was_disclosed_to_them(world: World, reply: str) -> None:
    say = REPLIES[reply]
    material = Material(world)
    with refused("Disclosures.NotDisclosed", productionId=world.production, memberId=world.ann.id):
        say(material, world.ann)
    material.report(world.ann)
    with refused("Disclosures.NotDisclosed", memberId=world.ann.id):
        say(material, world.ann)
    material.disclose(world.ben)
    with refused("Disclosures.NotDisclosed", memberId=world.ann.id, materialHash=material.hash):
        say(material, world.ann)
    with refused("Disclosures.NotDisclosed", kind=MaterialKind.DESIGN):
        say(Material(world, MaterialKind.DESIGN), world.ben)


@pytest.mark.parametrize(("first", "reply"), [("acknowledge", 1), ("contest", 2)])
def test_one_reply_is_final(world: World, first: str, reply: int) -> None:
    material = Material(world)
    material.disclose(world.ann)
    signed = material.says(world.ann, SAYINGS[reply - 1])
    material.hand_in(signed)
    at = world.now()
    with refused("Disclosures.AlreadyReplied", reply=reply, repliedAt=at):
        material.hand_in(signed)  # replayed
    for say in REPLIES.values():
        with refused("Disclosures.AlreadyReplied", reply=reply, repliedAt=at):
            say(material, world.ann)


@SAYING
def test_member_alone_speaks_for_themselves(world: World, kind: str) -> None:
    material = given(world, kind)
    for forger in (world.ben, replace(world.ann, key=world.keys["studio"])):
        with refused("Members.InvalidConsent", memberId=world.ann.id):
            material.hand_in(material.says(forger, kind, memberId=world.ann.id))
    with refused("Members.UnknownMember", memberId=9_999):
        material.hand_in(material.says(world.ann, kind, memberId=9_999))


@SAYING
def test_statement_with_any_field_changed_is_refused(world: World, kind: str) -> None:
    material = given(world, kind)
    other = Material(world, MaterialKind.DESIGN, keccak(text="a design"))
    production = world.stage.register(SECOND, world.breakdown.root)
    if kind != "UndisclosedReport":
        other.disclose(world.ann)
    signed = material.says(world.ann, kind)
    changes: dict[str, Any] = {
        "productionId": production,
        "memberId": world.ben.id,
        "kind": MaterialKind.DESIGN,
        "materialHash": other.hash,
        "deadline": world.now() + DAY,
    }
    if kind == "DisclosureContest":
        changes["reasonHash"] = keccak(text="another reason")
    assert set(changes) == set(signed.consent.message)
    for name, value in changes.items():
        with refused("Members.InvalidConsent"):
            material.hand_in(signed, **{name: value})
    material.hand_in(signed)


def test_one_statement_does_not_serve_as_another(world: World) -> None:
    material = Material(world)
    acknowledged = material.says(world.ann, "DisclosureAcknowledgement")
    with refused("Members.InvalidConsent"):
        world.write(
            "stranger",
            "Disclosures",
            "reportUndisclosed",
            dict(acknowledged.consent.message),
            acknowledged.signature,
        )


@SAYING
def test_statement_is_handed_in_by_its_deadline(world: World, kind: str) -> None:
    material = given(world, kind)
    deadline = world.now() + DAY
    signed = material.says(world.ann, kind, deadline=deadline)
    world.go_to(deadline + 1)
    with refused("Disclosures.StatementExpired", deadline=deadline):
        material.hand_in(signed)
    in_time = material.says(world.ann, kind, deadline=deadline + DAY)
    world.chain.node.call("evm_setNextBlockTimestamp", hex(deadline + DAY))
    material.hand_in(in_time)
    assert world.now() == deadline + DAY


@SAYING
def test_key_that_was_replaced_speaks_no_more(world: World, kind: str) -> None:
    material = given(world, kind)
    signed = material.says(world.ann, kind)
    members = world.local.as_("steward").members
    heir = world.address("heir")
    members.start_recovery(world.ann.id, heir, heir, keccak(text="a death certificate"))
    world.stage.pass_time(30 * DAY)
    members.finish_recovery(world.ann.id)
    world.stage.pass_time(30 * DAY)
    members.adopt_key(world.ann.id)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        material.hand_in(signed)


@pytest.mark.parametrize("kind", [MaterialKind.BEAT_SHEET, MaterialKind.DRAFT])
def test_short_room_is_given_no_script_work(world: World, kind: MaterialKind) -> None:
    material = Material(world, kind)
    with refused("WritersRooms.NoRoom", productionId=world.production):
        material.disclose(world.ann)
    room = open_room(world)
    band = writers(world, 3)
    for player in band[:2]:
        room.join(player)
    with refused("WritersRooms.RoomTooShort", writers=2, needed=3):
        material.disclose(world.ann)
    material.report(world.ben)
    with refused("WritersRooms.RoomTooShort", writers=2, needed=3):
        material.disclose(world.ben, world.ann)
    Material(world, MaterialKind.DESIGN, keccak(text="a design")).disclose(world.ann)
    room.join(band[2])
    material.disclose(world.ben, world.ann)
