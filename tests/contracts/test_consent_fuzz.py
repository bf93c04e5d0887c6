"""Any scene consent in range is taken as signed; with any one field changed after signing, never."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import World

from trust.consent import KINDS, Consent, SignedConsent
from trust.errors import ContractRefused
from trust.model import dollars
from trust.stage import WEEK

FIELDS = {name: kind for kind, name in KINDS["SceneConsent"].fields}
#: What the contract checks before the signature, and may refuse first.
CHECKED_BEFORE = {
    "licenceId": {"NoLicence", "UnknownProduction", "UnknownMember", "NotTheStudio"},
    "sceneHash": {"NotInBreakdown"},
    "rateCardVersion": {"WrongRateCard"},
    "assetClass": {"FeeTooLow"},
    "maxIterations": {"SpendCapExceeded", "EmptyCaps", "TooLarge"},
    "maxSeconds": {"EmptyCaps", "TooLarge"},
    "maxSpend": {"SpendCapExceeded"},
    "digitalDays": {"EmptyCaps", "TooLarge"},
    "longestStreamWeeks": {"EmptyCaps", "TooLarge"},
    "notBefore": {"OutsideLicence", "TooLarge"},
    "expires": {"OutsideLicence", "TooLarge"},
    "fee": {"FeeTooLow", "SpendCapExceeded"},
    "iterationFee": {"FeeTooLow", "SpendCapExceeded", "TooLarge"},
    "deadline": {"ConsentExpired"},
    "nonce": {"ConsentSpent"},
}


def terms(world: World, draw: st.DrawFn) -> dict[str, Any]:
    """Terms that the contract takes."""
    licence = world.stage.studio.licences.get(world.licence)
    asset, replica = draw(st.integers(0, 1)), draw(st.integers(0, 2))
    iterations = draw(st.integers(1, 500))
    least, price = (dollars(6_600), dollars(105)) if asset else (dollars(3_300), dollars(35))
    fee, price = least + draw(st.integers(0, 10**8)), price + draw(st.integers(0, 10**8))
    begins = draw(st.integers(licence["starts"], licence["expires"] - 2 * WEEK))
    ends = draw(st.integers(max(begins, world.now()) + 3600, licence["expires"]))
    return {
        "assetClass": asset,
        "replicaType": replica,
        "maxIterations": iterations,
        "maxSeconds": draw(st.integers(1, 2**24 - 1)),
        "maxSpend": fee + price * iterations + draw(st.integers(0, 10**9)),
        "digitalDays": draw(st.integers(1, 100)),
        "longestStreamWeeks": draw(st.integers(1, 255)),
        "notBefore": begins,
        "expires": ends,
        "fee": fee,
        "iterationFee": price,
        "representation": draw(st.integers(0, 1)),
        "nonce": draw(st.integers(10, 2**256 - 1)),
        "deadline": draw(st.integers(world.now() + 3600, 2**256 - 1)),
    }


def other(draw: st.DrawFn, name: str, value: Any) -> Any:
    """Another value that the field's type allows."""
    kind = FIELDS[name]
    if name in ("assetClass", "representation", "replicaType"):
        return draw(st.integers(0, 2 if name == "replicaType" else 1).filter(lambda v: v != value))
    if kind == "string":
        text = draw(st.text(min_size=1, max_size=60)) + value[-39:]
        return text if text != value else "x" + value
    if kind == "bytes32":
        return draw(st.binary(min_size=32, max_size=32).filter(lambda v: v != value))
    near = st.integers(max(0, value - 3), min(2 ** int(kind[4:]) - 1, value + 3))
    return draw((near | st.integers(0, 2 ** int(kind[4:]) - 1)).filter(lambda v: v != value))


def test_scene_consent_binds_every_field(world: World) -> None:
    world.stage.fund(world.production, dollars(10_000_000))
    proof = world.breakdown.proof(2)
    scenes = world.stage.studio.scenes
    refusals: dict[str, set[str]] = {}

    @settings(max_examples=300)
    @given(st.data())
    def binds(data: st.DataObject) -> None:
        message = world.scene(world.ann, **terms(world, data.draw))  # type: ignore[arg-type]
        signed = world.stage.sign(world.ann, "SceneConsent", message)
        assert scenes.grant(signed, proof, simulate=True).id == world.grant + 1
        name = data.draw(st.sampled_from(sorted(FIELDS)))
        changed = Consent("SceneConsent", message | {name: other(data.draw, name, message[name])})  # type: ignore[arg-type]
        tampered = SignedConsent(
            changed, signed.chain_id, signed.contract_address, signed.signer, signed.signature
        )
        with pytest.raises(ContractRefused) as caught:
            scenes.grant(tampered, proof, simulate=True)
        assert caught.value.name in {"InvalidConsent"} | CHECKED_BEFORE.get(name, set()), (name, caught.value)
        refusals.setdefault(name, set()).add(caught.value.name)

    binds()
    assert set(refusals) == set(FIELDS), "every field was changed at least once"
