"""Human-audit credits: attested, challenged, issued, corrected, revoked, and what the label then shows."""

from __future__ import annotations

import base64
import json
from xml.etree import ElementTree

import pytest
from audits import DEPARTMENTS, REASON, URI, Audit, begin_audit, departments
from eth_account.messages import encode_typed_data
from refusals import refused
from solidity import create, tell
from world import World

from trust.consent import typed_data
from trust.stage import DAY

#: Where EIP-2935 keeps hashes of past blocks.
HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def audit(world: World) -> Audit:
    return begin_audit(world)


def texts(label: str) -> list[str]:
    """What the image says, in its order."""
    return [element.text or "" for element in ElementTree.fromstring(label).iter(f"{SVG}text")]


def test_credit_is_attested_then_issued_to_the_studio(audit: Audit) -> None:
    world = audit.world
    signed = audit.signed()
    credit = audit.hand_in(signed)
    kept = audit.credit(credit)
    assert audit.state(credit) == "ATTESTED"
    assert kept["challengeUntil"] == kept["attestedAt"] + 30 * DAY
    assert kept["humanLed"] == signed.consent.message["humanLed"]
    assert kept["machineLed"] == signed.consent.message["machineLed"]
    audit.wait()
    result = audit.issue()
    issued = result.event("CreditIssued").args
    assert issued["studio"] == world.address("studio")
    assert issued["auditor"] == world.address("auditor")
    assert issued["attestationHash"] == kept["attestationHash"]
    assert audit.state(credit) == "ISSUED"
    assert world.read("HumanAuditCredits", "ownerOf", credit) == world.address("studio")
    assert world.read("HumanAuditCredits", "locked", credit)
    assert result.event("Locked").args["tokenId"] == credit
    for interface in ("b45a3c0e", "80ac58cd", "5b5e139f"):
        assert world.read("HumanAuditCredits", "supportsInterface", bytes.fromhex(interface))


def test_event_of_an_attestation_has_every_field_that_was_signed(audit: Audit) -> None:
    signed = audit.signed()
    result = audit.world.local.as_("keeper").credits.attest(signed)
    told = result.event("CreditAttested").args
    assert told["attestation"] == dict(signed.consent.message)
    assert told["auditor"] == signed.consent.message["auditor"]
    assert told["challengeUntil"] == audit.credit(told["creditId"])["challengeUntil"]


def test_correction_supersedes_what_was_issued_when_it_is_issued_itself(audit: Audit) -> None:
    first = audit.issued()
    second = audit.attest(humanLed=departments(11, 40, 7, 3, 5, 2))
    assert (audit.state(first), audit.credit(first)["correctedBy"]) == ("ISSUED", second)
    assert f"Correction attested: credit {second}." in audit.label(first)
    audit.wait()
    told = audit.issue().event("CreditSuperseded").args
    assert told == {"creditId": first, "bySuccessor": second}
    assert (audit.state(first), audit.state(second)) == ("SUPERSEDED", "ISSUED")
    assert f"Superseded: see credit {second}." in audit.label(first)
    assert f"Follows credit {first}." in audit.label(second)
    # What was said stays said.
    assert audit.credit(first)["humanLed"]["writing"] == 12
    assert audit.world.read("HumanAuditCredits", "ownerOf", first) == audit.world.address("studio")


def test_correction_of_what_was_not_issued_supersedes_at_once(audit: Audit) -> None:
    first = audit.attest()
    audit.challenge(first)
    signed = audit.signed(humanLed=departments(1, 1, 1, 1, 1, 1))
    result = audit.world.local.as_("keeper").credits.attest(signed)
    assert result.event("CreditSuperseded").args["creditId"] == first
    assert audit.state(first) == "SUPERSEDED"
    with refused("HumanAuditCredits.NotPending", creditId=first):
        audit.rule(first, audit.world.ann.id, False)
    audit.wait()
    audit.issue()
    assert audit.state(result.id or 0) == "ISSUED"


def test_correction_that_is_refused_leaves_the_issued_credit(audit: Audit) -> None:
    first = audit.issued()
    second = audit.attest()
    audit.challenge(second)
    audit.rule(second, audit.world.ann.id, True)
    assert (audit.state(first), audit.state(second)) == ("ISSUED", "REVOKED")
    third = audit.attest()
    assert audit.credit(third)["corrects"] == second
    audit.wait()
    audit.issue()
    states = [audit.state(credit) for credit in (first, second, third)]
    assert states == ["SUPERSEDED", "REVOKED", "ISSUED"]


def test_revoked_credit_stays_revoked_when_a_correction_is_issued(audit: Audit) -> None:
    first = audit.issued()
    audit.world.local.as_("steward").credits.revoke(first, REASON)
    audit.attest()
    audit.wait()
    assert all(event.name != "CreditSuperseded" for event in audit.issue().events)
    assert audit.state(first) == "REVOKED"


def test_dismissed_challenges_let_it_be_issued_and_an_upheld_one_does_not(audit: Audit) -> None:
    world = audit.world
    credit = audit.attest()
    audit.challenge(credit, "ann")
    audit.challenge(credit, "ben")
    audit.challenge_as_studio(credit)
    assert (audit.state(credit), audit.credit(credit)["openChallenges"]) == ("CHALLENGED", 3)
    audit.rule(credit, world.ann.id, False)
    audit.rule(credit, 0, False)
    assert audit.state(credit) == "CHALLENGED"
    result = audit.rule(credit, world.ben.id, False)
    assert [event.name for event in result.events] == ["ChallengeRuled"]
    assert audit.state(credit) == "ATTESTED"
    audit.challenge(credit, "cleo")
    result = audit.rule(credit, world.cleo.id, True)
    assert [event.name for event in result.events] == ["ChallengeRuled", "CreditRevoked"]
    assert audit.state(credit) == "REVOKED"
    audit.wait()
    with refused("HumanAuditCredits.NotPending", creditId=credit):
        audit.issue()


def test_steward_and_auditor_revoke_also_relayed(audit: Audit) -> None:
    for who, relayed in (("steward", False), ("auditor", False), ("auditor", True)):
        credit = audit.issued()
        signed = audit.revocation(credit) if relayed else None
        sender = "stranger" if relayed else who
        told = audit.world.local.as_(sender).credits.revoke(credit, REASON, signed).event("CreditRevoked")
        assert told.args["reasonHash"] == REASON
        assert audit.state(credit) == "REVOKED"
        assert "REVOKED" in texts(audit.label(credit))


def test_contract_wallet_attests(audit: Audit) -> None:
    world = audit.world
    wallet = create(world.chain, "Wallet", ("address",), (world.address("other auditor"),))
    world.local.as_("enroller").credits.accredit(wallet)
    credit = audit.attest("other auditor", auditor=wallet)
    assert audit.credit(credit)["auditor"] == wallet
    tell(world.chain, wallet, "close()")
    with refused("HumanAuditCredits.InvalidAuditorSignature", auditor=wallet):
        audit.attest("other auditor", auditor=wallet)


def test_kept_hash_is_the_struct_hash_of_what_was_signed(audit: Audit) -> None:
    signed = audit.signed()
    kept = audit.credit(audit.hand_in(signed))["attestationHash"]
    document = typed_data(signed.consent, audit.world.chain.chain_id, signed.contract_address)
    assert kept == encode_typed_data(full_message=document).body


@pytest.mark.parametrize("state", ["ATTESTED", "CHALLENGED", "ISSUED", "SUPERSEDED", "REVOKED"])
def test_label_shows_numbers_block_rules_and_state(audit: Audit, state: str) -> None:
    credit = audit.attest()
    if state == "CHALLENGED":
        audit.challenge(credit)
    elif state == "SUPERSEDED":
        audit.attest()
    elif state == "REVOKED":
        audit.world.local.as_("auditor").credits.revoke(credit, REASON)
    elif state == "ISSUED":
        audit.wait()
        audit.issue()
    said = texts(audit.label(credit))
    assert state in said
    others = {"ATTESTED", "CHALLENGED", "ISSUED", "SUPERSEDED", "REVOKED"} - {state}
    assert not others & set(said)
    for name, human, machine in (("Writing", "12", "1"), ("Visual effects", "2", "9"), ("Editing", "3", "0")):
        at = said.index(name)
        assert said[at + 1 : at + 3] == [human, machine]
    kept = audit.credit(credit)
    where = f"block {kept['asOfBlock']} of chain 31337, under rules version 1"
    assert f"Counted up to {where}" in said
    assert f"Auditor {kept['auditor']}" in said
    assert f"Contract {audit.world.contract('HumanAuditCredits')}" in said


def test_rules_address_is_escaped_in_image_and_json(world: World) -> None:
    uri = 'https://x.example/"\'</desc><script>alert(1)</script>&amp;\\\\"},{"image":"x'
    audit = begin_audit(world, uri)
    credit = audit.issued()
    image = ElementTree.fromstring(audit.label(credit))
    found = image.find(f"{SVG}desc")
    assert found is not None
    assert found.text == f"Rules: {uri}"
    assert {element.tag.removeprefix(SVG) for element in image.iter()} <= {
        "svg", "title", "desc", "rect", "path", "g", "text"
    }  # fmt: skip
    token = world.read("HumanAuditCredits", "tokenURI", credit)
    metadata = json.loads(base64.b64decode(token.removeprefix("data:application/json;base64,")))
    assert metadata["external_url"] == uri
    assert set(metadata) == {"name", "description", "external_url", "image", "attributes"}


def test_metadata_has_the_numbers_and_the_label(audit: Audit) -> None:
    credit = audit.issued(humanLed=departments(*[2**32 - 1] * 6))
    token = audit.world.read("HumanAuditCredits", "tokenURI", credit)
    metadata = json.loads(base64.b64decode(token.removeprefix("data:application/json;base64,")))
    image = metadata["image"].removeprefix("data:image/svg+xml;base64,")
    assert base64.b64decode(image).decode() == audit.label(credit)
    values = {entry["trait_type"]: entry["value"] for entry in metadata["attributes"]}
    assert values["State"] == "ISSUED"
    assert values["Writing, human-led"] == 2**32 - 1
    assert values["Visual effects, machine-led"] == 9
    assert len(values) == 4 + 2 * len(DEPARTMENTS)
    assert metadata["external_url"] == URI


def test_old_block_is_taken_on_the_auditors_word(audit: Audit) -> None:
    """The chain keeps 8,191 hashes (EIP-2935); a block that it still knows must have the hash that is stated."""
    chain = audit.world.chain
    number = chain.node.block().number - 1
    actual = bytes.fromhex(chain.node.block(number).hash.removeprefix("0x"))
    chain.mine(300)
    with refused("HumanAuditCredits.WrongBlock", asOfBlock=number):
        audit.attest(asOfBlock=number, asOfBlockHash=b"\x01" * 32)
    assert audit.attest(asOfBlock=number, asOfBlockHash=actual)
    chain.install(HISTORY, b"")
    assert audit.attest(asOfBlock=number, asOfBlockHash=b"\x01" * 32)
