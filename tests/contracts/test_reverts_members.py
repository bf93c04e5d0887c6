"""What the members' and records' contracts refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from refusals import refused
from world import EVIDENCE, NOBODY, World

from trust.errors import ContractRefused
from trust.stage import DAY, FACE_AND_VOICE

RECOVERY = 30 * DAY


def enrol(
    world: World, wallet: str, guardian: str = NOBODY, adult_at: int = 0, who: str = "enroller"
) -> None:
    world.write(who, "Members", "enrol", world.address("heir"), wallet, 0, guardian, adult_at)


def recover(world: World, key: str = NOBODY) -> None:
    world.write("steward", "Members", "startRecovery", world.ann.id, world.address("heir"), key, EVIDENCE)


def test_membership_cannot_be_transferred(world: World) -> None:
    with refused("Members.Soulbound", tokenId=world.ann.id):
        world.write(
            "ann", "Members", "transferFrom", world.address("ann"), world.address("ben"), world.ann.id
        )


def test_membership_cannot_be_transferred_by_an_approved_stranger(world: World) -> None:
    world.write("ann", "Members", "approve", world.address("stranger"), world.ann.id)
    with refused("Members.Soulbound", tokenId=world.ann.id):
        world.write(
            "stranger", "Members", "transferFrom", world.address("ann"), world.address("ben"), world.ann.id
        )


def test_someone_who_is_not_enrolled_cannot_be_recovered(world: World) -> None:
    with refused("Members.UnknownMember", memberId=99):
        world.write("steward", "Members", "startRecovery", 99, world.address("heir"), NOBODY, EVIDENCE)


def test_someone_who_is_not_enrolled_has_no_signer(world: World) -> None:
    with refused("Members.UnknownMember", memberId=99):
        world.read("Members", "signerOf", 99)


def test_member_without_a_wallet_cannot_be_enrolled(world: World) -> None:
    with refused("Members.ZeroAddress"):
        enrol(world, NOBODY)


def test_payout_cannot_move_to_the_zero_address(world: World) -> None:
    change = {"memberId": world.ann.id, "wallet": NOBODY, "nonce": 9, "deadline": 2**40}
    with refused("Members.ZeroAddress"):
        world.write("ann", "Members", "requestPayoutChange", change, b"")


def test_payout_cannot_be_recovered_to_the_zero_address(world: World) -> None:
    with refused("Members.ZeroAddress"):
        world.write("steward", "Members", "startRecovery", world.ann.id, NOBODY, NOBODY, EVIDENCE)


def test_nobody_cannot_be_a_delegate(world: World) -> None:
    delegation = {
        "memberId": world.ann.id,
        "delegate": NOBODY,
        "allowed": True,
        "nonce": 9,
        "deadline": 2**40,
    }
    with refused("Members.ZeroAddress"):
        world.write("ann", "Members", "setDelegate", delegation, b"")


def test_nobody_cannot_be_an_agent_with_a_share(world: World) -> None:
    appointment = {"memberId": world.ann.id, "agent": NOBODY, "shareBps": 1, "nonce": 9, "deadline": 2**40}
    with refused("Members.ZeroAddress"):
        world.write("ann", "Members", "appointAgent", appointment, b"")


def test_minor_needs_a_guardian(world: World) -> None:
    adult_at = world.now() + DAY
    with refused("Members.GuardianMismatch", guardian=NOBODY, adultAt=adult_at):
        enrol(world, world.address("heir"), adult_at=adult_at)


def test_adult_has_no_guardian(world: World) -> None:
    with refused("Members.GuardianMismatch", guardian=world.address("guardian"), adultAt=0):
        enrol(world, world.address("heir"), guardian=world.address("guardian"))


def test_consent_of_a_stranger_is_not_the_members(world: World) -> None:
    stranger = replace(world.ann, key=world.keys["stranger"])
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        world.ask_scene(stranger, world.scene(world.ann))


def test_recovery_that_was_not_started_cannot_be_cancelled(world: World) -> None:
    with refused("Members.NoRecovery", memberId=world.ann.id):
        world.write("ann", "Members", "cancelRecovery", world.ann.id, b"")


def test_recovery_that_was_not_started_cannot_be_finished(world: World) -> None:
    with refused("Members.NoRecovery"):
        world.write("heir", "Members", "finishRecovery", world.ann.id)


def test_recovery_moves_the_payout_once(world: World) -> None:
    recover(world, key=world.address("heir"))
    world.stage.pass_time(RECOVERY)
    world.write("heir", "Members", "finishRecovery", world.ann.id)
    with refused("Members.NoRecovery"):
        world.write("heir", "Members", "finishRecovery", world.ann.id)


def test_recovery_without_a_new_key_gives_no_key(world: World) -> None:
    recover(world)
    world.stage.pass_time(2 * RECOVERY)
    with refused("Members.NoRecovery"):
        world.write("heir", "Members", "adoptKey", world.ann.id)


def test_second_recovery_waits_for_the_first(world: World) -> None:
    recover(world)
    with refused("Members.RecoveryPending", memberId=world.ann.id):
        recover(world)


def test_recovery_moves_the_payout_only_after_thirty_days(world: World) -> None:
    recover(world)
    due = world.read("Members", "recoveryOf", world.ann.id)["payoutFrom"]
    assert due == world.now() + RECOVERY
    world.go_to(due - 1)
    with refused("Members.TooEarly", **{"from": due}):
        world.local.as_("heir").members.finish_recovery(world.ann.id, simulate=True)
    world.go_to(due)
    world.write("heir", "Members", "finishRecovery", world.ann.id)
    assert world.read("Payroll", "due", world.ann.id)["wallet"] == world.address("heir")


@pytest.mark.parametrize("role", ["keeper", "studio", "deployer", "council"])
def test_only_the_enroller_enrols(world: World, role: str) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized", caller=world.address(role)):
        enrol(world, world.address("heir"), who=role)


def test_only_the_steward_starts_a_recovery(world: World) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized"):
        world.write("heir", "Members", "startRecovery", world.ann.id, world.address("heir"), NOBODY, EVIDENCE)


def test_expired_consent_is_refused(world: World) -> None:
    deadline = world.now() - 1
    with refused("Members.ConsentExpired", deadline=deadline):
        world.ask_scene(world.ann, world.scene(world.ann, deadline=deadline))


def test_consent_is_good_until_the_second_of_its_deadline(world: World) -> None:
    deadline = world.now() + 3600
    signed = world.stage.sign(world.ann, "SceneConsent", world.scene(world.ann, deadline=deadline))
    proof = world.breakdown.proof(2)
    world.go_to(deadline)
    assert world.stage.studio.scenes.grant(signed, proof, simulate=True).id == world.grant + 1
    world.go_to(deadline + 1)
    with refused("Members.ConsentExpired"):
        world.stage.studio.scenes.grant(signed, proof, simulate=True)


def test_spent_consent_is_refused(world: World) -> None:
    consent = world.scene(world.ann)
    world.ask_scene(world.ann, consent)
    with refused("Members.ConsentSpent", memberId=world.ann.id, nonce=consent["nonce"]):
        world.ask_scene(world.ann, consent)


@pytest.mark.parametrize("who", ["studio", "steward", "enroller", "ben", "agent"])
def test_nobody_else_revokes_a_members_grant(world: World, who: str) -> None:
    with refused("Members.NotTheMember", memberId=world.ann.id, caller=world.address(who)):
        world.write(who, "SceneGrants", "revoke", world.grant, b"")


def test_nobody_else_cancels_a_members_consent(world: World) -> None:
    with refused("Members.NotTheMember"):
        world.write("studio", "Members", "cancelConsent", world.ann.id, 77, b"")


def test_nobody_else_changes_a_members_payout(world: World) -> None:
    change = {"memberId": world.ann.id, "wallet": world.address("thief"), "nonce": 9, "deadline": 2**40}
    with refused("Members.NotTheMember", caller=world.address("thief")):
        world.write("thief", "Members", "requestPayoutChange", change, b"")


@pytest.mark.parametrize("who", ["ann", "studio", "council"])
def test_only_the_trusts_contracts_take_consents(world: World, who: str) -> None:
    digest = b"\x07" * 32
    signature = world.ann.key.unsafe_sign_hash(digest).signature
    with refused("Members.NotAConsentTaker", caller=world.address(who)):
        world.write(who, "Members", "takeConsent", world.ann.id, 9, 2**40, digest, signature)


# Records


def pool(
    world: World, deposits: list[dict[str, object]], *, who: str = "custodian", **fields: object
) -> None:
    message = {
        "memberId": world.cleo.id,
        "productionId": 0,
        "modalities": 0b101,
        "description": "My face and voice. [ref 00000000000000000000000000000001]",
        "noticeWaived": True,
        "representation": 0,
        **world.stage.once(world.cleo.id),
    } | fields
    signed = world.stage.sign(world.cleo, "ScanConsent", message)
    world.write(who, "Records", "pool", message, deposits, signed.signature)


FACE = {"modality": 0, "commitment": b"\x01" * 32}
BODY = {"modality": 1, "commitment": b"\x01" * 32}


def test_scan_without_notice_is_refused(world: World) -> None:
    with refused("Records.NoticeTooShort", givenAt=0, needed=48 * 3600):
        pool(world, [FACE], noticeWaived=False)


def test_notice_of_a_scan_runs_for_48_hours(world: World) -> None:
    world.local.as_("custodian").records.give_notice(world.cleo.id, 0, set(FACE_AND_VOICE))
    given = world.now()
    world.go_to(given + 48 * 3600 - 30)
    with refused("Records.NoticeTooShort", givenAt=given):
        pool(world, [FACE], noticeWaived=False)
    world.go_to(given + 48 * 3600)
    pool(world, [FACE], noticeWaived=False)


def test_one_notice_serves_one_scan(world: World) -> None:
    world.local.as_("custodian").records.give_notice(world.cleo.id, 0, set(FACE_AND_VOICE))
    world.stage.pass_time(3 * DAY)
    pool(world, [FACE], noticeWaived=False)
    with refused("Records.NoticeTooShort", givenAt=0):
        pool(world, [FACE], noticeWaived=False)


def test_notice_for_other_modalities_does_not_count(world: World) -> None:
    world.write("custodian", "Records", "giveNotice", world.cleo.id, 0, 0b111)
    world.stage.pass_time(3 * DAY)
    with refused("Records.NoticeTooShort", givenAt=0):
        pool(world, [FACE], noticeWaived=False)


def test_record_of_a_modality_nobody_consented_to_is_refused(world: World) -> None:
    with refused("Records.ModalityNotConsented", modality=1, consented=0b101):
        pool(world, [FACE, BODY])


@pytest.mark.parametrize("modalities", [0, 0x40, 0xFF])
def test_consent_to_no_or_unknown_modalities_is_refused(world: World, modalities: int) -> None:
    with refused("Records.BadModalities", modalities=modalities):
        pool(world, [FACE], modalities=modalities)


def test_notice_of_unknown_modalities_is_refused(world: World) -> None:
    with refused("Records.BadModalities", modalities=0x40):
        world.write("custodian", "Records", "giveNotice", world.cleo.id, 0, 0x40)


def test_pool_of_nothing_is_refused(world: World) -> None:
    with refused("Records.NothingToPool"):
        pool(world, [])


def test_record_without_a_commitment_is_refused(world: World) -> None:
    with refused("Records.NothingToPool"):
        pool(world, [FACE | {"commitment": b"\x00" * 32}])


def test_record_that_does_not_exist_cannot_be_erased(world: World) -> None:
    with refused("Records.NoSuchRecord", recordId=99):
        world.write("ann", "Records", "erase", 99, b"")


def test_record_that_does_not_exist_has_no_owner(world: World) -> None:
    with refused("Records.NoSuchRecord", recordId=99):
        world.read("Records", "recordOf", 99)


def test_record_is_erased_once(world: World) -> None:
    world.write("ann", "Records", "erase", 1, b"")
    with refused("Records.NoSuchRecord", recordId=1):
        world.write("ann", "Records", "erase", 1, b"")


@pytest.mark.parametrize("who", ["stranger", "ben", "studio", "steward"])
def test_record_is_not_anybodys_to_erase(world: World, who: str) -> None:
    with refused("Records.NotYourRecord", recordId=1, caller=world.address(who)):
        world.write(who, "Records", "erase", 1, b"")


@pytest.mark.parametrize("who", ["ann", "custodian"])
def test_member_and_custodian_erase_a_record(world: World, who: str) -> None:
    assert world.read("Records", "covers", world.ann.id, world.production, 0b001)
    world.write(who, "Records", "erase", 1, b"")
    assert not world.read("Records", "covers", world.ann.id, world.production, 0b001)
    assert world.read("Records", "covers", world.ann.id, world.production, 0b100)


def test_only_the_custodian_pools(world: World) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized"):
        pool(world, [FACE], who="studio")


def test_only_the_custodian_gives_notice_for_the_pool(world: World) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized"):
        world.write("studio", "Records", "giveNotice", world.cleo.id, 0, 0b1)


def test_only_the_studio_gives_notice_for_its_production(world: World) -> None:
    with refused("Productions.NotTheStudio"):
        world.write("custodian", "Records", "giveNotice", world.cleo.id, world.production, 0b1)


def test_refusals_say_what_to_do(world: World) -> None:
    with pytest.raises(ContractRefused) as caught:
        world.ask_scene(world.ann, world.scene(world.ann, deadline=1))
    assert "Ask the member for a new signature" in caught.value.hint
