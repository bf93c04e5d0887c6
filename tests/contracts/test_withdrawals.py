"""What a member withdraws, anyone may relay."""

from __future__ import annotations

from typing import Any

from refusals import refused
from wishes import change_payout
from world import World


def test_anyone_relays_a_revocation(world: World) -> None:
    signed = world.stage.sign(world.ann, "GrantRevocation", {"grantId": world.grant})
    world.local.as_("stranger").scenes.revoke(world.grant, signed)
    licence = world.stage.sign(world.ann, "LicenceRevocation", {"licenceId": world.licence})
    world.local.as_("stranger").licences.revoke(world.licence, licence)
    erasure = world.stage.sign(world.ann, "Erasure", {"recordId": 1})
    world.local.as_("stranger").records.erase(1, erasure)
    nonce = {"memberId": world.ann.id, "nonce": 60}
    cancellation = world.stage.sign(world.ann, "ConsentCancellation", nonce)
    world.local.as_("stranger").members.cancel_consent(world.ann.id, 60, cancellation)
    assert world.read("Members", "consentSpent", world.ann.id, 60)


def test_revocation_of_one_thing_revokes_nothing_else(world: World) -> None:
    second = world.ask_scene(world.ann, world.scene(world.ann)).id
    assert second is not None
    signed = world.stage.sign(world.ann, "GrantRevocation", {"grantId": world.grant})
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.write("stranger", "SceneGrants", "revoke", second, signed.signature)
    erasure = world.stage.sign(world.ann, "Erasure", {"recordId": 1})
    with refused("Members.InvalidConsent"):
        world.write("stranger", "Records", "erase", 2, erasure.signature)
    with refused("Members.InvalidConsent"):
        world.write("stranger", "Licences", "revoke", world.licence, signed.signature)
    cancellation = world.stage.sign(world.ann, "ConsentCancellation", {"memberId": world.ann.id, "nonce": 60})
    with refused("Members.InvalidConsent"):
        world.write("stranger", "Members", "cancelConsent", world.ann.id, 61, cancellation.signature)


def test_relayed_payout_cancellation_is_for_the_pending_change_only(world: World) -> None:
    def ask(wallet: str) -> dict[str, Any]:
        change_payout(world, wallet)
        pending = world.read("Payroll", "pendingWalletOf", world.ann.id)
        return {"memberId": world.ann.id, "wallet": pending["wallet"], "effectiveAt": pending["effectiveAt"]}

    old = world.stage.sign(world.ann, "PayoutCancellation", ask(world.address("thief")))
    world.local.as_("stranger").members.cancel_payout_change(world.ann.id, old)
    world.stage.pass_time(60)
    new = world.stage.sign(world.ann, "PayoutCancellation", ask(world.address("heir")))
    with refused("Members.InvalidConsent"):
        world.local.as_("stranger").members.cancel_payout_change(world.ann.id, old)
    world.local.as_("stranger").members.cancel_payout_change(world.ann.id, new)
