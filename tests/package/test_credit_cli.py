"""A human-audit credit through the command line only: from the rules to a credential that falls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from office import DAY, Office, enrolled, opened, registered
from PIL import Image

from trust.credit import png, rulebook
from trust.errors import InputError
from trust.local import party
from trust.model import MemberId, ProductionId
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role

REASON = "0x" + "05" * 32
LIST = "https://auditor.example/status/1"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("office")) as office:
        office.local.keys["auditor"] = party("auditor")
        office.chain.fund(party("auditor").address, 10**20)
        yield office


def work(office: Office, production: int, member: int, kind: AssetKind, machine: int) -> None:
    asset = Asset(
        ProductionId(production),
        keccak(text=f"{kind} {machine}"),
        kind,
        [Contribution(MemberId(member), Role.AUTHORSHIP, 10_000 - machine, keccak(text="evidence"))],
        [Machine(keccak(text="model"), machine)] if machine else [],
    )
    office.local.as_("studio").provenance.register(asset)


def counted(office: Office, production: int, key: Path) -> Path:
    """An attestation that the auditor has signed."""
    office.json("index", "sync")
    path = office.folder / f"attestation-{len(list(office.folder.iterdir()))}.json"
    auditor = party("auditor").address
    office.json("credit", "count", production, "--auditor", auditor, "--key", key, "--out", path)
    office.json("consent", "sign", path, who="auditor", online=False)
    return path


@pytest.fixture(scope="module")
def issued(office: Office) -> tuple[int, Path]:
    """A production whose credit was challenged, cleared and issued; and the auditor's key."""
    production, member = registered(office), enrolled(office, "ann")
    url = "https://union.example/credit/v1"
    assert office.json("credit", "rules")["agrees"] is False
    assert office.json("credit", "rules", "--publish", url, who="steward")["id"] == 1
    assert office.json("credit", "rules")["agrees"] is True
    key = office.folder / "auditor.jwk"
    made = office.json("credit", "key", key)
    assert made["did"].startswith("did:jwk:")
    office.json("credit", "accredit", party("auditor").address, who="enroller")
    work(office, production, member, AssetKind.DRAFT, 0)
    work(office, production, member, AssetKind.EFFECT, 9_000)
    assert office.json("credit", "attest", counted(office, production, key), who="keeper")["id"] == 1
    consent = office.consent("ann", "CreditChallenge", creditId=1, memberId=member, reasonHash=REASON)
    office.json("credit", "challenge", 1, "--consent", consent, who="keeper")
    assert office.json("credit", "show", 1)["state"] == "CHALLENGED"
    office.json("credit", "rule", 1, "--member", member, "--dismiss", "--reason", REASON, who="steward")
    office.chain.increase_time(30 * DAY)
    assert office.json("credit", "issue", production, who="keeper")["id"] == 1
    office.json("index", "sync")
    return production, key


def test_numbers_and_state_are_shown(office: Office, issued: tuple[int, Path]) -> None:
    production, _ = issued
    shown = office.json("credit", "show", 1)
    assert (shown["state"], shown["productionId"], shown["openChallenges"]) == ("ISSUED", production, 0)
    assert shown["humanLed"]["writing"] == shown["machineLed"]["visualEffects"] == 1
    told = office.tell("credit", "show", 1)
    assert re.search(r"visual effects +0 +1\n", told)
    again = office.json("credit", "count", production)
    assert (again["human_led"]["writing"], again["rules_hash"]) == (1, "0x" + rulebook(1).hash.hex())
    listed = office.tell("credit", "count", production, "--works")
    assert "visual_effects" in listed
    assert "machine" in listed
    assert office.tell("credit", "rules", "--text").startswith("# Rules of the human-audit credit")


def test_label_is_the_chains_and_the_picture_shows_it(office: Office, issued: tuple[int, Path]) -> None:
    svg, picture = office.folder / "label.svg", office.folder / "label.png"
    office.json("credit", "label", 1, "--out", svg)
    assert svg.read_text() == office.local.as_("studio").credits.label(1)
    office.json("credit", "label", 1, "--out", picture, "--width", 480)
    with Image.open(picture) as image:
        assert image.format == "PNG"
        assert image.size == (480, 430)
    # Texts are drawn: another number is another picture, the same one the same bytes.
    text = svg.read_text()
    assert png(text, 480) == picture.read_bytes()
    without = re.sub(r"<text.*?</text>", "", text)
    assert dark(png(text)) > dark(png(without)) + 1_000
    assert png(text) != png(text.replace("Writing", "Directing"))
    for bad, width in (("no image", 480), (text, 15), (text, 9_000)):
        with pytest.raises(InputError):
            png(bad, width)
    code, said = office.refused("credit", "label", 1, "--out", svg)
    assert (code, "already" in said) == (2, True)


def dark(picture: bytes) -> int:
    """Dark pixels on the label's white part."""
    with Image.open(BytesIO(picture)) as image:
        grey = image.convert("L").crop((0, 200, image.width - 8, 640))
    return sum(grey.histogram()[:128])


def test_credential_is_checked_offline_and_falls_with_its_credit(
    office: Office, issued: tuple[int, Path]
) -> None:
    _, key = issued
    paper, early, late = (office.folder / name for name in ("credit.jwt", "early.jwt", "late.jwt"))
    made = office.json("credit", "credential", 1, "--key", key, "--status-url", LIST, "--out", paper)
    office.json("credit", "status-list", "--key", key, "--url", LIST, "--out", early)
    block_hash = ("--block-hash", made["block_hash"])

    def checked(*words: object, online: bool = False) -> tuple[int, Any]:
        result = office.invoke("credit", "check", paper, *words, "--json", online=online)
        return result.exit_code, json.loads(result.stdout)

    assert checked()[0] == 8
    code, found = checked(*block_hash)
    assert (code, found["verdict"], found["credential"]["credit"]) == (0, "valid", 1)
    assert checked(*block_hash, "--status-list", early)[0] == 0
    assert checked(*block_hash, "--now", online=True)[0] == 0
    assert checked("--block-hash", REASON)[0] == 7
    revocation = office.consent("auditor", "CreditRevocation", creditId=1, reasonHash=REASON)
    office.json("credit", "revoke", 1, "--consent", revocation, who="keeper")
    office.json("index", "sync")
    office.json("credit", "status-list", "--key", key, "--url", LIST, "--out", late)
    code, found = checked(*block_hash, "--status-list", late)
    assert (code, found["verdict"], found["stands"]) == (7, "valid", {"status_list": False})
    assert checked(*block_hash, "--now", online=True) == (7, found | {"stands": {"node": False}})
    told = office.invoke("credit", "check", paper, *block_hash, "--status-list", late, online=False).stdout
    assert "NO LONGER stands" in told
    other = office.folder / "other.jwk"
    office.json("credit", "key", other, "--ed25519")
    office.json("credit", "status-list", "--key", other, "--url", LIST, "--out", late, "--force")
    code, found = checked(*block_hash, "--status-list", late)
    assert (code, "somebody else" in found["stands"]["status_list"]) == (7, True)
    code, said = office.refused("credit", "credential", 1, "--key", other, "--out", late, "--force")
    assert (code, "another credential key" in said) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", 9), 2, "no credit 9"),
        (("show", "x"), 2, "not the number of a credit"),
        (("label", 9), 2, "no credit 9"),
        (("credential", 9, "--key", "none.jwk"), 2, "no credit 9"),
        (("rule", 1, "--reason", REASON), 2, "--uphold or --dismiss"),
        (("challenge", 1), 2, "--reason HASH"),
        (("revoke", 1), 2, "--reason HASH"),
        (("recount", 9), 2, "no credit 9"),
        (("count", 99), 2, "no production 99"),
        (("count", 1, "--out", "x.json"), 2, "--auditor ADDRESS"),
        (("rules", "--version", 7), 2, "no version 7"),
        (("check", "nowhere.jwt"), 2, "can't be read"),
        (("issue", 1), 4, "NotPending"),
    ],
)
def test_bad_input_says_what_to_do(
    office: Office, issued: tuple[int, Path], words: tuple[Any, ...], code: int, said: str
) -> None:
    got, line = office.refused("credit", *words, who="keeper")
    assert (got, said in line) == (code, True), line


def test_attestation_follows_the_credit_before_it(office: Office, issued: tuple[int, Path]) -> None:
    production, key = issued
    path = counted(office, production, key)
    assert json.loads(path.read_text())["message"]["corrects"] == 1
    message = json.loads(path.read_text())["message"]
    assert office.json("credit", "attest", path, who="keeper")["id"] == 2
    office.json("index", "sync")
    assert office.json("credit", "recount", 1)["agrees"] is True
    assert office.json("credit", "recount", 2)["count"]["block"] == message["asOfBlock"]
    code, said = office.refused("credit", "attest", path, who="keeper")
    assert (code, "NotTheLatest" in said) == (4, True)
    assert "Human-led" in office.tell("consent", "show", path, online=False)
    code, said = office.refused("consent", "verify", path, "--on-chain")
    assert (code, "signed by the auditor" in said) == (2, True)


def test_false_numbers_are_found_by_counting_again(office: Office, issued: tuple[int, Path]) -> None:
    """The chain takes what an accredited auditor signs; the record says otherwise."""
    production, key = issued
    path = counted(office, production, key)
    whole = json.loads(path.read_text())
    whole["message"]["humanLed"]["writing"] = 9
    path.write_text(json.dumps(whole))
    office.json("consent", "sign", path, who="auditor", online=False)
    credit = office.json("credit", "attest", path, who="keeper")["id"]
    office.json("index", "sync")
    result = office.invoke("credit", "recount", credit, "--json", online=False)
    assert (result.exit_code, json.loads(result.stdout)["differences"]) == (
        7,
        ["humanLed.writing is 1, not 9"],
    )
