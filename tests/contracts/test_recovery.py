"""A recovered membership signs with its new key after both delays, and never before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from refusals import refused
from wishes import delegate
from world import EVIDENCE, World

from trust.stage import DAY


def recover(world: World) -> None:
    world.local.as_("steward").members.start_recovery(
        world.ann.id, world.address("heir"), world.address("heir"), EVIDENCE
    )


def test_recovery_never_signs_before_both_delays(world: World) -> None:
    heir = replace(world.ann, key=world.keys["heir"])
    recover(world)
    for days in (0, 30):
        world.stage.pass_time(days * DAY)
        if days == 30:
            world.write("heir", "Members", "finishRecovery", world.ann.id)
        with refused("Members.InvalidConsent", memberId=world.ann.id):
            world.ask_scene(heir, world.scene(world.ann))
        with refused("Members.TooEarly"):
            world.write("heir", "Members", "adoptKey", world.ann.id)
    assert world.read("Members", "signerOf", world.ann.id) == world.address("ann")


def test_new_key_signs_after_sixty_days_and_the_old_one_no_more(world: World) -> None:
    heir = replace(world.ann, key=world.keys["heir"])
    recover(world)
    key_from = world.read("Members", "recoveryOf", world.ann.id)["keyFrom"]
    assert key_from == world.now() + 60 * DAY
    world.go_to(key_from - 1)
    world.write("heir", "Members", "finishRecovery", world.ann.id)
    world.go_to(key_from)
    before = world.scene(world.ann, nonce=70)
    world.write("stranger", "Members", "adoptKey", world.ann.id)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.ask_scene(world.ann, before)
    world.ask_scene(heir, before)
    assert world.read("Members", "ownerOf", world.ann.id) == world.address("heir")


def test_new_key_waits_for_the_payout_to_move(world: World) -> None:
    recover(world)
    world.stage.pass_time(90 * DAY)
    with refused("Members.TooEarly"):
        world.write("heir", "Members", "adoptKey", world.ann.id)
    world.write("heir", "Members", "finishRecovery", world.ann.id)
    world.write("heir", "Members", "adoptKey", world.ann.id)


@pytest.mark.parametrize("relayed", [False, True])
@pytest.mark.parametrize("days", [0, 29, 45])
def test_old_key_stops_a_recovery(world: World, relayed: bool, days: int) -> None:
    recover(world)
    payout_from = world.read("Members", "recoveryOf", world.ann.id)["payoutFrom"]
    world.stage.pass_time(days * DAY)
    message = {"memberId": world.ann.id, "payoutFrom": payout_from}
    signed = world.stage.sign(world.ann, "RecoveryCancellation", message)
    world.local.as_("stranger" if relayed else "ann").members.cancel_recovery(
        world.ann.id, signed if relayed else None
    )
    world.stage.pass_time(90 * DAY)
    with refused("Members.NoRecovery"):
        world.write("heir", "Members", "finishRecovery", world.ann.id)


def test_steward_cannot_enrol_the_thief_as_the_member(world: World) -> None:
    recover(world)
    with refused("Members.NotTheMember"):
        world.write("heir", "Members", "cancelRecovery", world.ann.id, b"")
    assert world.read("Members", "recoveryOf", world.ann.id)["key"] == world.address("heir")


def test_delegate_cannot_stop_a_recovery(world: World) -> None:
    delegate(world)
    recover(world)
    with refused("Members.NotTheMember", caller=world.address("delegate")):
        world.write("delegate", "Members", "cancelRecovery", world.ann.id, b"")
