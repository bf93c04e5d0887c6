"""What the human-audit credits' contract refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from audits import REASON, RULES, Audit, begin_audit, departments
from refusals import refused
from wishes import delegate
from world import SECOND, World

from trust.consent import Consent, SignedConsent, sign
from trust.local import party
from trust.stage import DAY

NOTHING = b"\x00" * 32


@pytest.fixture
def audit(world: World) -> Audit:
    return begin_audit(world)


def test_only_the_enroller_accredits_and_only_the_steward_publishes_rules_and_rules_on_challenges(
    audit: Audit,
) -> None:
    world = audit.world
    credit = audit.attest()
    audit.challenge(credit)
    for who in ("studio", "auditor", "stranger", "ann"):
        with refused("TrustAccess.AccessManagedUnauthorized", caller=world.address(who)):
            world.local.as_(who).credits.accredit(world.address("stranger"))
        with refused("TrustAccess.AccessManagedUnauthorized", caller=world.address(who)):
            world.local.as_(who).credits.publish_rules(RULES)
        with refused("TrustAccess.AccessManagedUnauthorized", caller=world.address(who)):
            audit.rule(credit, world.ann.id, False, who)


def test_auditor_without_accreditation_attests_nothing(audit: Audit) -> None:
    address = audit.world.address("other auditor")
    with refused("HumanAuditCredits.NotAccredited", auditor=address):
        audit.attest("other auditor", auditor=address)


def test_auditor_whose_accreditation_ended_attests_issues_and_revokes_nothing(audit: Audit) -> None:
    world = audit.world
    address = world.address("auditor")
    issued = audit.issued()
    pending = audit.attest()
    early = audit.signed()
    world.local.as_("enroller").credits.accredit(address, False)
    with refused("HumanAuditCredits.NotAccredited", auditor=address):
        audit.hand_in(early)
    audit.wait()
    with refused("HumanAuditCredits.NotAccredited", auditor=address):
        audit.issue()
    with refused("HumanAuditCredits.NotAccredited", auditor=address):
        world.local.as_("keeper").credits.revoke(issued, REASON, audit.revocation(issued))
    with refused("TrustAccess.AccessManagedUnauthorized", caller=address):
        world.local.as_("auditor").credits.revoke(pending, REASON)
    assert audit.state(issued) == "ISSUED"


def test_who_reports_for_the_production_does_not_audit_it(audit: Audit) -> None:
    world = audit.world
    for who in ("studio", "reporter"):
        world.local.as_("enroller").credits.accredit(world.address(who))
        with refused("HumanAuditCredits.NotIndependent", auditor=world.address(who)):
            audit.attest(who, auditor=world.address(who))


def test_studio_cannot_block_the_issue_by_making_the_auditor_a_reporter(audit: Audit) -> None:
    world = audit.world
    audit.attest()
    world.write("studio", "Productions", "setReporter", world.production, world.address("auditor"), True)
    audit.wait()
    audit.issue()


@pytest.mark.parametrize(
    "change",
    [
        {"humanLed": departments(13, 40, 7, 3, 5, 2)},
        {"machineLed": departments(1, 4, 2, 0, 0, 8)},
        # The same numbers for the other kind of work.
        {"humanLed": departments(1, 4, 2, 0, 0, 9), "machineLed": departments(12, 40, 7, 3, 5, 2)},
        {"evidenceRoot": b"\x01" * 32},
        {"credentialKey": b"\x01" * 32},
        {"deadline": 2**40 - 1},
    ],
)
def test_attestation_with_any_field_changed_is_refused(audit: Audit, change: dict[str, Any]) -> None:
    signed = audit.signed()
    changed = Consent("Attestation", dict(signed.consent.message) | change)
    with refused("HumanAuditCredits.InvalidAuditorSignature", auditor=audit.world.address("auditor")):
        audit.hand_in(
            SignedConsent(changed, signed.chain_id, signed.contract_address, signed.signer, signed.signature)
        )


def test_attestation_serves_no_other_production_rules_or_moment(audit: Audit) -> None:
    world = audit.world
    other = world.stage.register(SECOND, world.breakdown.root)
    signed = audit.signed()

    def replayed(**change: Any) -> SignedConsent:
        consent = Consent("Attestation", dict(signed.consent.message) | change)
        return SignedConsent(
            consent, signed.chain_id, signed.contract_address, signed.signer, signed.signature
        )

    with refused("HumanAuditCredits.InvalidAuditorSignature"):
        audit.hand_in(replayed(productionId=other))
    audit.hand_in(signed)
    with refused("HumanAuditCredits.NotTheLatest", corrects=0, latest=1):
        audit.hand_in(signed)
    with refused("HumanAuditCredits.InvalidAuditorSignature"):
        audit.hand_in(replayed(corrects=1))
    world.local.as_("steward").credits.publish_rules(b"\x02" * 32)
    with refused("HumanAuditCredits.RulesChanged", stated=1, current=2):
        audit.hand_in(replayed(corrects=1))
    with refused("HumanAuditCredits.InvalidAuditorSignature"):
        audit.hand_in(replayed(corrects=1, rulesVersion=2))


def test_attestation_of_another_deployment_or_chain_is_refused(audit: Audit) -> None:
    deployment = audit.world.local.deployment
    consent = Consent("Attestation", audit.fields())
    elsewhere = replace(
        deployment, contracts=dict(deployment.contracts) | {"HumanAuditCredits": deployment.token}
    )
    for other in (replace(deployment, chain_id=1), elsewhere):
        with refused("HumanAuditCredits.InvalidAuditorSignature"):
            audit.hand_in(sign(consent, other, audit.world.keys["auditor"]))


def test_attestation_is_handed_in_by_its_deadline(audit: Audit) -> None:
    signed = audit.signed(deadline=audit.world.now() + 100)
    audit.world.go_to(audit.world.now() + 101)
    with refused("HumanAuditCredits.AttestationExpired", deadline=signed.consent.message["deadline"]):
        audit.hand_in(signed)


def test_attestation_names_a_production_and_counts_something(audit: Audit) -> None:
    with refused("Productions.UnknownProduction", productionId=99):
        audit.attest(productionId=99, corrects=0)
    none = departments(0, 0, 0, 0, 0, 0)
    with refused("HumanAuditCredits.NothingCounted"):
        audit.attest(humanLed=none, machineLed=none)
    for field in ("evidenceRoot", "credentialKey", "asOfBlockHash"):
        with refused("HumanAuditCredits.MissingHash"):
            audit.attest(**{field: NOTHING})


def test_attestation_counts_by_the_rules_in_effect(world: World) -> None:
    audit = Audit(world)
    world.keys["auditor"] = party("auditor")
    world.local.as_("enroller").credits.accredit(world.address("auditor"))
    for version in (0, 1):
        with refused("HumanAuditCredits.RulesChanged", stated=version, current=0):
            audit.attest(rulesVersion=version)
    world.local.as_("steward").credits.publish_rules(RULES)
    for version in (0, 2):
        with refused("HumanAuditCredits.RulesChanged", stated=version, current=1):
            audit.attest(rulesVersion=version)
    audit.attest()


def test_block_is_one_of_this_chain_and_past(audit: Audit) -> None:
    head = audit.world.chain.node.block().number
    with refused("HumanAuditCredits.WrongBlock", asOfBlock=head + 100):
        audit.attest(asOfBlock=head + 100)
    with refused("HumanAuditCredits.WrongBlock", asOfBlockHash=b"\x01" * 32):
        audit.attest(asOfBlockHash=b"\x01" * 32)
    # What was counted up to the latest block can be handed in at once.
    latest = audit.world.chain.node.block()
    assert audit.attest(asOfBlock=latest.number, asOfBlockHash=bytes.fromhex(latest.hash.removeprefix("0x")))


def test_rules_need_a_hash_and_an_address_of_plain_characters(audit: Audit) -> None:
    steward = audit.world.local.as_("steward").credits
    with refused("HumanAuditCredits.MissingHash"):
        steward.publish_rules(NOTHING)
    for uri in ("a b", "a\nb", "ü", "x" * 201, "\x7f"):
        with refused("HumanAuditCredits.BadUri"):
            steward.publish_rules(RULES, uri)
    steward.publish_rules(RULES, "x" * 200)
    assert audit.world.read("HumanAuditCredits", "rulesOf", 2) == {"rulesHash": RULES, "uri": "x" * 200}


def test_nothing_is_issued_before_its_time(audit: Audit) -> None:
    with refused("HumanAuditCredits.NothingAttested", productionId=audit.world.production):
        audit.issue()
    credit = audit.attest()
    until = audit.credit(credit)["challengeUntil"]
    audit.world.go_to(until - 2)
    with refused("HumanAuditCredits.ChallengePeriodRuns", creditId=credit, until=until):
        audit.issue()
    audit.wait()
    audit.issue()
    with refused("HumanAuditCredits.NotPending", creditId=credit):
        audit.issue()


def test_nothing_is_issued_while_it_is_challenged(audit: Audit) -> None:
    credit = audit.attest()
    audit.challenge(credit)
    audit.wait()
    with refused("HumanAuditCredits.ChallengesOpen", creditId=credit, open=1):
        audit.issue()
    audit.rule(credit, audit.world.ann.id, False)
    audit.issue()


def test_challenge_comes_in_its_time_with_a_reason_and_once(audit: Audit) -> None:
    world = audit.world
    credit = audit.attest()
    with refused("HumanAuditCredits.MissingHash"):
        audit.challenge(credit, reason=NOTHING)
    audit.challenge(credit)
    with refused("HumanAuditCredits.AlreadyChallenged", creditId=credit, memberId=world.ann.id):
        audit.challenge(credit)
    audit.rule(credit, world.ann.id, False)
    with refused("HumanAuditCredits.AlreadyChallenged", creditId=credit, memberId=world.ann.id):
        audit.challenge(credit)
    until = audit.credit(credit)["challengeUntil"]
    world.go_to(until)
    with refused("HumanAuditCredits.ChallengePeriodOver", creditId=credit, until=until):
        audit.challenge(credit, "ben")
    audit.issue()
    with refused("HumanAuditCredits.NotPending", creditId=credit):
        audit.challenge(credit, "ben")
    with refused("HumanAuditCredits.UnknownCredit", creditId=99):
        audit.challenge(99)


def test_challenge_is_the_members_or_the_studios_own(audit: Audit) -> None:
    world = audit.world
    credit = audit.attest()
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        audit.challenge(credit, creditId=credit + 1)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        audit.challenge(credit, reasonHash=b"\x05" * 32)
    with refused("Members.NotTheMember", memberId=world.ann.id, caller=world.address("stranger")):
        world.local.as_("stranger").credits.challenge(credit, world.ann.id, REASON)
    with refused("Members.UnknownMember", memberId=999):
        world.local.as_("stranger").credits.challenge(credit, 999, REASON)
    for who in ("stranger", "reporter", "ann"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            audit.challenge_as_studio(credit, who)
    delegate(world)
    world.local.as_("delegate").credits.challenge(credit, world.ann.id, REASON)
    assert audit.state(credit) == "CHALLENGED"


def test_ruling_needs_an_open_challenge_and_a_reason(audit: Audit) -> None:
    world = audit.world
    credit = audit.attest()
    with refused("HumanAuditCredits.NoOpenChallenge", creditId=credit, memberId=world.ann.id):
        audit.rule(credit, world.ann.id, True)
    audit.challenge(credit)
    with refused("HumanAuditCredits.MissingHash"):
        world.local.as_("steward").credits.rule(credit, world.ann.id, True, NOTHING)
    audit.rule(credit, world.ann.id, False)
    with refused("HumanAuditCredits.NoOpenChallenge", creditId=credit, memberId=world.ann.id):
        audit.rule(credit, world.ann.id, True)


def test_only_steward_and_its_auditor_revoke_once_with_a_reason(audit: Audit) -> None:
    world = audit.world
    world.local.as_("enroller").credits.accredit(world.address("other auditor"))
    first = audit.issued()
    for who in ("studio", "ann", "stranger", "other auditor"):
        with refused("TrustAccess.AccessManagedUnauthorized", caller=world.address(who)):
            world.local.as_(who).credits.revoke(first, REASON)
    for signed in (audit.revocation(first, "other auditor"), audit.revocation(first + 1)):
        with refused("HumanAuditCredits.InvalidAuditorSignature", auditor=world.address("auditor")):
            world.local.as_("keeper").credits.revoke(first, REASON, signed)
    steward = world.local.as_("steward").credits
    with refused("HumanAuditCredits.MissingHash"):
        steward.revoke(first, NOTHING)
    with refused("HumanAuditCredits.UnknownCredit", creditId=9):
        steward.revoke(9, REASON)
    steward.revoke(first, REASON)
    with refused("HumanAuditCredits.CreditIsOver", creditId=first):
        steward.revoke(first, REASON)


def test_credit_stays_with_its_studio_and_is_never_rewritten(audit: Audit) -> None:
    world = audit.world
    credit = audit.issued()
    before = audit.credit(credit)
    with refused("HumanAuditCredits.Soulbound", tokenId=credit):
        world.write(
            "studio",
            "HumanAuditCredits",
            "transferFrom",
            world.address("studio"),
            world.address("rival studio"),
            credit,
        )
    world.write("studio", "HumanAuditCredits", "approve", world.address("stranger"), credit)
    with refused("HumanAuditCredits.Soulbound", tokenId=credit):
        world.write(
            "stranger",
            "HumanAuditCredits",
            "transferFrom",
            world.address("studio"),
            world.address("stranger"),
            credit,
        )
    audit.attest(humanLed=departments(99, 0, 0, 0, 0, 0))
    world.stage.pass_time(400 * DAY)
    after = audit.credit(credit)
    assert {name for name in before if before[name] != after[name]} == {"correctedBy"}


def test_label_is_of_a_credit_and_the_token_of_an_issued_one(audit: Audit) -> None:
    with refused("HumanAuditCredits.UnknownCredit", creditId=1):
        audit.label(1)
    credit = audit.attest()
    for view in ("tokenURI", "locked"):
        with refused("ERC721.ERC721NonexistentToken", tokenId=credit):
            audit.world.read("HumanAuditCredits", view, credit)
