"""The log that SceneGrants writes word by word is the event its interface declares, of exactly what was signed."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from world import World

from trust.chain.abi import interface
from trust.chain.artifacts import load
from trust.chain.rpc import RpcError
from trust.model import AssetClass, ReplicaType, Representation


def test_scene_granted_tells_every_field_as_it_was_signed(world: World) -> None:
    leaf = world.breakdown.leaves[1]
    consent = world.stage.scene_consent(
        world.production,
        world.ann,
        leaf,
        assetClass=AssetClass.PASSIVE,
        replicaType=ReplicaType.INDEPENDENT,
        representation=Representation.COUNSEL,
        maxSpend=987_654_321_000,
        digitalDays=7,
        longestStreamWeeks=13,
        nonce=2**200 + 5,
    )
    signed = world.stage.sign(world.ann, "SceneConsent", consent)
    result = world.stage.studio.scenes.grant(signed, world.breakdown.proof(2))
    args = result.event("SceneGranted").args
    expected = {
        name: value for name, value in consent.items() if name not in ("licenceId", "sceneHash", "deadline")
    }
    expected["descriptionHash"] = keccak(text=expected.pop("description"))
    assert args["terms"] == expected
    assert (args["grantId"], args["licenceId"], args["sceneHash"]) == (result.id, consent["licenceId"], leaf)


@pytest.mark.parametrize(
    "field", ["assetClass", "replicaType", "representation", "digitalDays", "maxSeconds"]
)
def test_word_with_bits_outside_its_type_is_refused(world: World, field: str) -> None:
    consent = world.stage.scene_consent(world.production, world.ann, world.breakdown.leaves[1])
    signed = world.stage.sign(world.ann, "SceneConsent", consent)
    face = interface("SceneGrants")
    data = bytearray(face.encode("grant", consent, world.breakdown.proof(2), signed.signature))
    # Selector, then three heads; the consent begins where the first points, one word a field.
    start = 4 + int.from_bytes(data[4:36], "big") + 32 * list(consent_fields()).index(field)
    data[start + 20] = 1
    with pytest.raises(RpcError) as refused:
        world.stage.local.node.eth_call(
            world.local.deployment.address("SceneGrants"),
            bytes(data),
            sender=world.stage.studio.account.address,
        )
    assert refused.value.is_revert
    assert refused.value.data == b""


def consent_fields() -> list[str]:
    entry = next(item for item in load("SceneGrants").abi if item.get("name") == "grant")
    return [component["name"] for component in entry["inputs"][0]["components"]]
