"""A consent is a signature over exactly these fields, once, on this chain, for this contract, by this member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from consents import CASES, KIND, grant, made, once, pool, relay, scan_message, with_signature
from refusals import refused
from world import NOBODY, SECOND, World

from trust.consent import KINDS, Consent, digest, sign
from trust.consent.types import STRUCTS, element
from trust.errors import ContractRefused
from trust.model import dollars
from trust.stage import WEEK

ORDER_OF_CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_every_kind_with_a_nonce_is_tested() -> None:
    once = {("uint256", "nonce"), ("uint256", "deadline")}
    assert {kind for kind, entry in KINDS.items() if once <= set(entry.fields)} == set(CASES)


@KIND
def test_consent_as_signed_is_taken_and_spent(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    nonce = signed.consent.message["nonce"]
    assert not world.read("Members", "consentSpent", player.id, nonce)
    CASES[kind].submit(world, signed)
    assert world.read("Members", "consentSpent", player.id, nonce)


@KIND
def test_replayed_consent_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    other = world.stage.sign(
        player, "PayoutChange", {"memberId": player.id, "wallet": player.key.address} | once(signed)
    )
    relay("requestPayoutChange")(world, other)
    with refused("Members.ConsentSpent", memberId=player.id, nonce=signed.consent.message["nonce"]):
        CASES[kind].submit(world, signed)


@KIND
def test_expired_consent_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    late = world.stage.sign(player, kind, dict(signed.consent.message) | {"deadline": world.now() - 1})
    with refused("Members.ConsentExpired", deadline=world.now() - 1):
        CASES[kind].submit(world, late)


@KIND
def test_cancelled_consent_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    nonce = signed.consent.message["nonce"]
    world.write(player.name, "Members", "cancelConsent", player.id, nonce, b"")
    with refused("Members.ConsentSpent", memberId=player.id, nonce=nonce):
        CASES[kind].submit(world, signed)


@KIND
def test_consent_for_another_chain_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    elsewhere = sign(signed.consent, replace(world.local.deployment, chain_id=1), player.key)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, elsewhere)


@KIND
def test_consent_for_another_contract_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    contracts = dict(world.local.deployment.contracts)
    name = signed.consent.contract
    other = "Members" if name != "Members" else "Records"
    contracts[name] = contracts[other]
    elsewhere = sign(signed.consent, replace(world.local.deployment, contracts=contracts), player.key)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, elsewhere)


@KIND
def test_consent_of_another_member_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    impostor = world.ben if player is not world.ben else world.ann
    forged = sign(signed.consent, world.local.deployment, impostor.key)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, forged)


@KIND
def test_malleable_signature_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    r, s, v = signed.signature[:32], int.from_bytes(signed.signature[32:64], "big"), signed.signature[64]
    twin = r + (ORDER_OF_CURVE - s).to_bytes(32, "big") + bytes([55 - v])
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, with_signature(signed, twin))


@KIND
@pytest.mark.parametrize("cut", [1, 32, 33, 64])
def test_truncated_signature_is_refused(world: World, kind: str, cut: int) -> None:
    player, signed = made(world, kind)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, with_signature(signed, signed.signature[:-cut]))


@KIND
@pytest.mark.parametrize("signature", [b"\x00" * 65, b"\xff" * 65, b"\x01" * 66, b"\x00" * 64 + b"\x1b"])
def test_made_up_signature_is_refused(world: World, kind: str, signature: bytes) -> None:
    player, signed = made(world, kind)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, with_signature(signed, signature))


@pytest.mark.parametrize(
    "kind",
    [
        "ScanConsent",
        "TrainingConsent",
        "SceneConsent",
        "LicenceExtension",
        "Restatement",
        "BackgroundConsent",
        "CollectiveTrainingConsent",
        "RoomJoin",
        "SoleTeam",
        "ContributionStatement",
    ],
)
def test_consent_to_a_studio_is_never_implied(world: World, kind: str) -> None:
    """Even sent by the member: no signature, no consent."""
    player, signed = made(world, kind)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, with_signature(signed, b""))


#: Fields with so many values; the others would not even decode.
ENUMS = {"assetClass": 2, "replicaType": 3, "representation": 2, "role": 4}


def changes(fields: Mapping[str, Any], kinds: list[tuple[str, str]]) -> list[tuple[tuple[str, ...], Any]]:
    """Each field with another value that its type allows."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for kind, name in kinds:
        value = fields[name]
        of = element(kind)
        if of is not None:
            found += [((name,), [other["part"]]) for other in whole({"part": value[0]}, of)]
        elif kind in STRUCTS:
            found += [((name, *path), other) for path, other in changes(value, list(STRUCTS[kind]))]
        elif kind == "string":
            found.append(((name,), "I agree to anything. [ref " + "0" * 32 + "]"))
        elif kind == "bytes32":
            found.append(((name,), bytes([value[0] ^ 1]) + value[1:]))
        elif kind == "address":
            found.append(((name,), "0x" + "22" * 20))
        elif kind == "bool":
            found.append(((name,), not value))
        elif name in ENUMS:
            found.append(((name,), (value + 1) % ENUMS[name]))
        else:
            found += [((name,), value + 1), ((name,), value - 1)]
    return [(path, other) for path, other in found if not isinstance(other, int) or other >= 0]


def whole(fields: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The one field `part`, of this type, with each change."""
    return [changed(fields, path, value) for path, value in changes(fields, [(kind, "part")])]


def changed(message: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    if len(path) == 1:
        return dict(message) | {path[0]: value}
    return dict(message) | {path[0]: changed(message[path[0]], path[1:], value)}


#: What else may refuse a changed field before the signature is looked at: still no consent.
BEFORE_THE_SIGNATURE = {
    "ModalityNotConsented",
    "NoticeTooShort",
    "UnknownMember",
    "NoLicence",
    "NotInBreakdown",
    "WrongRateCard",
    "FeeTooLow",
    "SpendCapExceeded",
    "OutsideLicence",
    "OutsideSchedule",
    "NotLater",
    "RateCardChanged",
    "UnknownProduction",
    "RecordsMissing",
    "NoGrant",
    "LicenceExists",
    "NoDeal",
    "PriceTooLow",
    "PastWeek",
    "BadWeeks",
    "NotARoomsPool",
    "WrongVersion",
    "SharesNotWhole",
    "SignerMissing",
    "NotASigner",
    "MembersNotAscending",
    "NoAsset",
    "BadUses",
}


#: Fields that nothing but the signature protects.
BY_SIGNATURE = {
    "ScanConsent": {"memberId", "productionId", "description", "representation"},
    "TrainingConsent": {"description"},
    "SceneConsent": {
        "description",
        "assetClass",
        "replicaType",
        "maxIterations",
        "maxSeconds",
        "maxSpend",
        "digitalDays",
        "longestStreamWeeks",
        "notBefore",
        "expires",
        "fee",
        "iterationFee",
        "representation",
    },
    "LicenceExtension": {"expires", "fee"},
    "Restatement": {"savings", "evidenceHash"},
    "PayoutChange": {"memberId", "wallet"},
    "Delegation": {"memberId", "delegate", "allowed"},
    "AgentAppointment": {"memberId", "agent", "shareBps"},
    "BackgroundConsent": {"memberId", "units", "terms"},
    "CollectiveTrainingConsent": {"memberId", "units", "terms"},
    "ContributionConfirmation": {"memberId", "role", "shareBps"},
    "ContributionDispute": {"memberId", "reasonHash"},
    "RoomJoin": {"memberId", "wholeWeeks"},
    "RoomLeave": {"productionId", "memberId"},
    "SoleTeam": {"memberId", "writers"},
    "ContributionStatement": {"assetsRoot"},
    "ArchiveDeclaration": {
        "memberId",
        "root",
        "items",
        "dataMining",
        "aiInference",
        "constraintHash",
        "description",
    },
}


@KIND
def test_consent_with_any_field_changed_is_refused(world: World, kind: str) -> None:
    player, signed = made(world, kind)
    # Its neighbours are unspent.
    signed = world.stage.sign(player, kind, dict(signed.consent.message) | {"nonce": 1000})
    by_signature = set()
    for path, value in changes(signed.consent.message, list(KINDS[kind].fields)):
        message = changed(signed.consent.message, path, value)
        tampered = replace(signed, consent=Consent(kind, message, signed.consent.contract))
        with pytest.raises(ContractRefused) as caught:
            CASES[kind].submit(world, tampered)
        assert caught.value.name in BEFORE_THE_SIGNATURE | {"InvalidConsent"}, (path, caught.value)
        if caught.value.name == "InvalidConsent":
            by_signature.add(path[0])
    assert by_signature >= {"nonce", "deadline"} | BY_SIGNATURE.get(kind, set())
    CASES[kind].submit(world, signed)


def test_record_for_one_production_serves_no_other(world: World) -> None:
    other = world.stage.register(SECOND, world.breakdown.root)
    world.stage.fund(other, dollars(100_000))
    world.stage.scan(world.cleo, production=world.production)
    with refused("Licences.RecordsMissing", memberId=world.cleo.id):
        world.buy(world.order(world.cleo, productionId=other))
    world.buy(world.order(world.cleo))
    world.stage.scan(world.cleo)
    world.buy(world.order(world.cleo, productionId=other))


def test_erased_record_carries_no_new_licence(world: World) -> None:
    records = world.stage.scan(world.cleo)
    assert records.id is not None
    world.write("cleo", "Records", "erase", records.id, b"")
    with refused("Licences.RecordsMissing"):
        world.buy(world.order(world.cleo))


def test_consent_of_one_member_names_no_other(world: World) -> None:
    message = scan_message(world) | {"memberId": world.ben.id, "nonce": 1000}
    signed = world.stage.sign(world.cleo, "ScanConsent", message)
    with refused("Members.InvalidConsent", memberId=world.ben.id):
        pool(world, signed)


def test_digest_of_a_refused_consent_is_told(world: World) -> None:
    """So that a portal can show which document was not signed."""
    consent = world.scene(world.ann)
    expected = digest(Consent("SceneConsent", consent), 31337, world.contract("SceneGrants"))
    stranger = replace(world.ann, key=world.keys["stranger"])
    with refused("Members.InvalidConsent", digest=expected):
        world.ask_scene(stranger, consent)


def test_zero_signer_is_nobody(world: World) -> None:
    """An unreadable signature recovers to the zero address, which is no member's key."""
    result = world.local.as_("enroller").handle
    with refused("IERC721.ERC721InvalidReceiver", receiver=NOBODY):
        result.write("Members", "enrol", NOBODY, world.address("heir"), 0, NOBODY, 0)


def test_licence_of_weeks_ago_is_as_good_as_signed(world: World) -> None:
    """A consent may wait: nonces are unordered and deadlines the member's own."""
    late = world.stage.sign(world.ann, "SceneConsent", world.scene(world.ann, nonce=2**200))
    world.ask_scene(world.ann, world.scene(world.ann, nonce=2**255))
    world.stage.pass_time(WEEK)
    grant(world, late)
