"""A consent is a signature over exactly these fields, once, on this chain, for this contract, by this member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from refusals import refused
from solidity import create, tell
from world import EVIDENCE, NOBODY, SECOND, World

from trust.consent import KINDS, Consent, SignedConsent, digest, sign
from trust.consent.types import STRUCTS
from trust.errors import ContractRefused
from trust.model import dollars
from trust.stage import DAY, WEEK, Player

ORDER_OF_CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Case:
    """How a kind of consent is made and handed in, and by whom it is signed."""

    message: Callable[[World], dict[str, Any]]
    submit: Callable[[World, SignedConsent], object]
    prepare: Callable[[World], object] = lambda world: None
    who: str = "ann"


def scan_message(world: World) -> dict[str, Any]:
    return {
        "memberId": world.cleo.id,
        "productionId": 0,
        "modalities": 0b000101,
        "description": "My face and voice. [ref 00000000000000000000000000000001]",
        "noticeWaived": True,
        "representation": 0,
        **world.stage.once(world.cleo.id),
    }


def pool(world: World, signed: SignedConsent) -> object:
    deposits = [{"modality": 0, "commitment": EVIDENCE}]
    message = dict(signed.consent.message)
    return world.write("custodian", "Records", "pool", message, deposits, signed.signature)


def training_message(world: World) -> dict[str, Any]:
    return dict(world.training_order(world.ben)[1].consent.message)


def train(world: World, signed: SignedConsent) -> object:
    message = signed.consent.message
    names = ("productionId", "memberId", "modalities", "expires", "rateCardVersion", "trainingFee")
    order = world.order(world.ben, training=True) | {name: message[name] for name in names}
    return world.buy(order, signed)


def grant(world: World, signed: SignedConsent) -> object:
    return world.stage.studio.scenes.grant(signed, world.breakdown.proof(2))


def restate(world: World, signed: SignedConsent) -> object:
    return world.stage.studio.premiums.restate(signed, world.streams)


def relay(function: str) -> Callable[[World, SignedConsent], object]:
    def submit(world: World, signed: SignedConsent) -> object:
        return world.write("keeper", "Members", function, dict(signed.consent.message), signed.signature)

    return submit


CASES = {
    "ScanConsent": Case(scan_message, pool, who="cleo"),
    "TrainingConsent": Case(training_message, train, who="ben"),
    "SceneConsent": Case(lambda world: world.scene(world.ann, maxSpend=10**12), grant),
    "LicenceExtension": Case(
        lambda world: dict(world.extension(world.ann).consent.message),
        lambda world, signed: world.stage.studio.licences.extend(signed),
        prepare=lambda world: world.later_schedule(),
    ),
    "Restatement": Case(
        lambda world: dict(world.restatement(world.ann, dollars(50_000)).consent.message),
        restate,
        prepare=lambda world: world.file(dollars(100_000)),
    ),
    "PayoutChange": Case(
        lambda world: {
            "memberId": world.ann.id,
            "wallet": world.address("heir"),
            **world.stage.once(world.ann.id),
        },
        relay("requestPayoutChange"),
    ),
    "Delegation": Case(
        lambda world: {
            "memberId": world.ann.id,
            "delegate": world.address("delegate"),
            "allowed": True,
            **world.stage.once(world.ann.id),
        },
        relay("setDelegate"),
    ),
    "AgentAppointment": Case(
        lambda world: {
            "memberId": world.ann.id,
            "agent": world.address("agent"),
            "shareBps": 700,
            **world.stage.once(world.ann.id),
        },
        relay("appointAgent"),
    ),
}
KIND = pytest.mark.parametrize("kind", CASES)


def made(world: World, kind: str) -> tuple[Player, SignedConsent]:
    """Who signs, and the consent as they signed it."""
    case = CASES[kind]
    case.prepare(world)
    player = {"ann": world.ann, "ben": world.ben, "cleo": world.cleo}[case.who]
    return player, world.stage.sign(player, kind, case.message(world))


def with_signature(signed: SignedConsent, signature: bytes) -> SignedConsent:
    return replace(signed, signature=signature)


def test_every_kind_with_a_nonce_is_tested() -> None:
    assert {kind for kind, entry in KINDS.items() if ("uint256", "deadline") in entry.fields} == set(CASES)


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


def once(signed: SignedConsent) -> dict[str, Any]:
    return {name: signed.consent.message[name] for name in ("nonce", "deadline")}


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
    "kind", ["ScanConsent", "TrainingConsent", "SceneConsent", "LicenceExtension", "Restatement"]
)
def test_consent_to_a_studio_is_never_implied(world: World, kind: str) -> None:
    """Even sent by the member: no signature, no consent."""
    player, signed = made(world, kind)
    with refused("Members.InvalidConsent", memberId=player.id):
        CASES[kind].submit(world, with_signature(signed, b""))


#: Fields with so many values; the others would not even decode.
ENUMS = {"assetClass": 2, "replicaType": 3, "representation": 2}


def changes(fields: Mapping[str, Any], kinds: list[tuple[str, str]]) -> list[tuple[tuple[str, ...], Any]]:
    """Each field with another value that its type allows."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for kind, name in kinds:
        value = fields[name]
        if kind in STRUCTS:
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


# Whose signature


def enrolled(world: World, key: str, player: Player) -> Player:
    """A new member whose consent key is a contract that `player`'s key owns."""
    result = world.local.as_("enroller").members.enrol(key, world.address("heir"))
    assert result.id is not None
    return replace(player, id=result.id)


def test_contract_wallet_signs(world: World) -> None:
    wallet = create(world.chain, "Wallet", ("address",), (world.address("cleo"),))
    member = enrolled(world, wallet, world.cleo)
    world.stage.scan(member)
    assert world.read("Records", "covers", member.id, world.production, 0b101)
    with refused("Members.InvalidConsent", memberId=member.id):
        world.stage.scan(replace(member, key=world.keys["ben"]))
    tell(world.chain, wallet, "close()")
    with refused("Members.InvalidConsent", memberId=member.id):
        world.stage.scan(member)


def test_contract_wallet_that_answers_anything_does_not_sign(world: World) -> None:
    member = enrolled(world, create(world.chain, "Liar"), world.cleo)
    with refused("Members.InvalidConsent", memberId=member.id):
        world.stage.scan(member)


def test_wallets_owner_is_not_the_member(world: World) -> None:
    """Its owner's key alone, for a member without a contract, is nobody's."""
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.stage.scan(replace(world.ann, key=world.cleo.key))


def test_guardian_signs_for_a_minor_until_of_age(world: World) -> None:
    minor = world.minor()
    guardian = world.guardian_of(minor)
    with refused("Members.InvalidConsent", memberId=minor.id):
        world.stage.scan(minor)
    world.stage.scan(guardian)
    world.stage.pass_time(366 * DAY)
    with refused("Members.InvalidConsent", memberId=minor.id):
        world.stage.scan(guardian)
    world.stage.scan(minor)


def test_minor_and_guardian_may_both_revoke(world: World) -> None:
    minor = world.minor()
    world.stage.scan(world.guardian_of(minor))
    for who in ("minor", "guardian"):
        assert world.read("Members", "mayRevoke", minor.id, world.address(who))
    world.write("minor", "Records", "erase", world.read("Records", "lastRecordId"), b"")
    world.write("guardian", "Records", "erase", world.read("Records", "lastRecordId") - 1, b"")


def delegate(world: World, allowed: bool = True) -> Player:
    message = {
        "memberId": world.ann.id,
        "delegate": world.address("delegate"),
        "allowed": allowed,
        **world.stage.once(world.ann.id),
    }
    world.local.as_("keeper").members.set_delegate(world.stage.sign(world.ann, "Delegation", message))
    return replace(world.ann, key=world.keys["delegate"])


def test_delegate_never_agrees(world: World) -> None:
    deputy = delegate(world)
    world.later_schedule()
    for step in (
        lambda: world.stage.scan(deputy),
        lambda: world.ask_scene(deputy, world.scene(world.ann)),
        lambda: world.stage.studio.licences.extend(world.extension(deputy)),
    ):
        with refused("Members.InvalidConsent", memberId=world.ann.id):
            step()
    for function, message in (
        ("requestPayoutChange", {"wallet": world.address("thief")}),
        ("setDelegate", {"delegate": world.address("thief"), "allowed": True}),
        ("appointAgent", {"agent": world.address("thief"), "shareBps": 1000}),
    ):
        with refused("Members.NotTheMember", memberId=world.ann.id, caller=world.address("delegate")):
            wish = {"memberId": world.ann.id} | message | {"nonce": 99, "deadline": 2**40}
            world.write("delegate", "Members", function, wish, b"")


def test_delegate_revokes_by_themselves(world: World) -> None:
    delegate(world)
    world.write("delegate", "SceneGrants", "revoke", world.grant, b"")
    world.write("delegate", "Licences", "revoke", world.licence, b"")
    world.write("delegate", "Members", "cancelConsent", world.ann.id, 50, b"")
    world.write("delegate", "Records", "erase", 1, b"")


def test_dismissed_delegate_revokes_nothing(world: World) -> None:
    delegate(world)
    delegate(world, allowed=False)
    with refused("Members.NotTheMember", caller=world.address("delegate")):
        world.write("delegate", "SceneGrants", "revoke", world.grant, b"")


def test_delegates_signature_is_not_relayed(world: World) -> None:
    deputy = delegate(world)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.stage.revoke(deputy, world.grant)


def test_delegate_cannot_stop_a_recovery(world: World) -> None:
    delegate(world)
    recover(world)
    with refused("Members.NotTheMember", caller=world.address("delegate")):
        world.write("delegate", "Members", "cancelRecovery", world.ann.id, b"")


# Relayed withdrawals


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
        message = {"memberId": world.ann.id, "wallet": wallet, **world.stage.once(world.ann.id)}
        world.local.as_("keeper").members.change_payout(world.stage.sign(world.ann, "PayoutChange", message))
        pending = world.read("Payroll", "pendingWalletOf", world.ann.id)
        return {"memberId": world.ann.id, "wallet": pending["wallet"], "effectiveAt": pending["effectiveAt"]}

    old = world.stage.sign(world.ann, "PayoutCancellation", ask(world.address("thief")))
    world.local.as_("stranger").members.cancel_payout_change(world.ann.id, old)
    world.stage.pass_time(60)
    new = world.stage.sign(world.ann, "PayoutCancellation", ask(world.address("heir")))
    with refused("Members.InvalidConsent"):
        world.local.as_("stranger").members.cancel_payout_change(world.ann.id, old)
    world.local.as_("stranger").members.cancel_payout_change(world.ann.id, new)


# Recovery


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


# Scope


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
