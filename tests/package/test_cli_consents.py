"""Consents: from the studio to a member without a network and back, and what can go wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office import HASH, Office, enrolled, opened

from trust.chain.deployments import Deployment
from trust.local import party


class Place(Office):
    """An office with a member."""

    member: int


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with opened(tmp_path_factory.mktemp("office")) as found:
        place = Place(found.chain, found.local, found.folder)
        place.member = enrolled(place, "Ana")
        yield place


@pytest.fixture
def consent(office: Place) -> Path:
    fields = {"memberId": office.member, "modalities": "face", "description": "A scan."}
    return office.consent("Ana", "ScanConsent", **fields)


def edited(path: Path, **message: Any) -> Path:
    content = json.loads(path.read_text())
    content["message"] |= message
    path.write_text(json.dumps(content))
    return path


def test_a_consent_goes_from_studio_to_member_and_back(office: Place, tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    fields = ("--field", f"memberId={office.member}", "--field", "modalities=face,voice")
    made = office.tell(
        "consent", "new", "ScanConsent", *fields, "--out", path,
        "--field", "description=Scans for the vault.",
        online=False,
    )  # fmt: skip
    assert "not signed yet" in made
    unsigned = json.loads(path.read_text())
    assert unsigned["signature"] == "0x"
    assert unsigned["message"]["description"].startswith("Scans for the vault. [ref ")
    assert 0 <= unsigned["message"]["nonce"] < 2**32
    code, line = office.refused("consent", "verify", path, online=False)
    assert (code, "trust consent sign" in line) == (2, True)

    office.tell("consent", "sign", path, who="Ana", online=False)
    told = office.tell("consent", "show", path, online=False)
    assert "I agree to be scanned" in told
    assert "face, voice" in told
    assert f"Signed by {party('Ana').address}" in told
    assert office.json("consent", "verify", path, online=False)["valid"]
    assert office.json("consent", "verify", path, "--on-chain")["member"] == office.member

    office.chain.fund(party("Ana").address, 10**18)
    office.json("consent", "cancel", path, who="Ana")
    code, line = office.refused("consent", "verify", path, "--on-chain")
    assert (code, "fresh nonce" in line) == (2, True)


def test_a_damaged_consent(office: Place, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    for content in ("", "{}", "\x00" * 40, '{"format": "likeness-trust/consent/1", "kind": "ScanConsent"}'):
        path.write_text(content)
        for command in ("show", "verify"):
            code, line = office.refused("consent", command, path, online=False)
            assert code == 2
            assert "Ask for the file again" in line


def test_a_consent_whose_terms_were_changed(office: Place, consent: Path) -> None:
    edited(consent, modalities=63)
    code, line = office.refused("consent", "verify", consent, online=False)
    assert code == 2
    assert "Have the member sign again" in line
    assert "DOES NOT FIT" in office.tell("consent", "show", consent, online=False)
    pool = ("record", "pool", consent, "--commitment", f"face={HASH}")
    assert office.refused(*pool, who="custodian")[0] == 2


def test_a_description_cannot_draw_over_the_terms(office: Place, consent: Path) -> None:
    words = json.loads(consent.read_text())["message"]["description"]
    edited(consent, description="\x1b[2J\u202eFee $0\n" + words)
    result = office.invoke("consent", "sign", consent, who="Ana", online=False)
    assert result.exit_code == 0
    for told in (result.stderr, office.tell("consent", "show", consent, online=False)):
        assert "\ufffd[2J\ufffdFee $0\ufffd" in told
        assert "\x1b" not in told


def test_an_expired_consent(office: Place, consent: Path) -> None:
    edited(consent, deadline=1_700_000_000)
    code, line = office.refused("consent", "sign", consent, who="Ana", online=False)
    assert code == 2
    assert "expired" in line
    assert "Make a new one" in line
    assert "is over since" in office.tell("consent", "show", consent, online=False)


def test_an_expired_consent_that_is_sent_all_the_same(office: Place) -> None:
    soon = office.chain.node.block().timestamp + 30
    words = {"description": "A scan.", "modalities": "face", "noticeWaived": "yes"}
    path = office.consent("Ana", "ScanConsent", memberId=office.member, deadline=soon, **words)
    before = office.chain.snapshot()
    office.chain.increase_time(60)
    code, line = office.refused("record", "pool", path, "--commitment", f"face={HASH}", who="custodian")
    office.chain.revert(before)
    assert code == 4
    assert "ConsentExpired" in line
    assert "Ask the member for a new signature" in line


def test_a_consent_for_another_deployment(office: Place, consent: Path, tmp_path: Path) -> None:
    found = Deployment.load(office.folder / "deployment.json")
    contracts = found.contracts | {"Records": found.contracts["Members"]}
    other = Deployment(
        1, found.block, found.token, found.cycle_seconds, found.epoch, contracts, found.libraries
    )
    other.save(tmp_path / "other.json")
    env = {"TRUST_DEPLOYMENT": str(tmp_path / "other.json")}
    code, line = office.refused("consent", "sign", consent, who="Ana", online=False, **env)
    assert code == 2
    assert "Check --deployment" in line


def test_a_consent_of_another_kind(office: Place, consent: Path) -> None:
    code, line = office.refused("member", "payout", consent, who="keeper")
    assert code == 2
    assert "is a ScanConsent, not a PayoutChange" in line


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("colour=red", "fields: memberId"),
        ("modalities=face,smell", "Known: face"),
        ("memberId=one", "like memberId=3"),
        ("deadline=tomorrow", "2026-07-01"),
        ("noticeWaived=maybe", "noticeWaived=yes"),
    ],
)
def test_a_field_that_makes_no_sense(office: Place, tmp_path: Path, field: str, hint: str) -> None:
    words = ("consent", "new", "ScanConsent", "--field", field, "--out", tmp_path / "c.json")
    code, line = office.refused(*words, online=False)
    assert code == 2
    assert hint in line
    assert not (tmp_path / "c.json").exists()
