"""The credential: an independent library verifies it, its proof holds offline, and it falls with its credit."""

from __future__ import annotations

import base64
import gzip
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from audited import LIST, Audited, audited
from jwcrypto import jwk, jws

from trust.chain.rpc import hexed
from trust.credit import (
    Credential,
    Unsound,
    check,
    credential,
    fallen,
    issued,
    load_key,
    new_key,
    save_key,
    stands,
    status_list,
    thumbprint,
)
from trust.credit import jose as signing
from trust.credit.check import read
from trust.credit.status import Fallen, bits
from trust.errors import InputError
from trust.evidence.alone import carry_alone
from trust.evidence.blocks import Blocks

DAY = 86_400
NOW = 1_800_000_000


@dataclass
class Papers:
    """Credentials of a credit that stands (1) and of one that was revoked later (2), and lists of both times."""

    told: Audited
    standing: str
    revoked: str
    before: str
    after: str
    block_hash: bytes
    contract: str


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Papers]:
    with audited(tmp_path_factory.mktemp("credential")) as told:
        with told.index() as index:
            first, second = (told.credential(index, number) for number in (1, 2))
            before = listed(told, fallen(index))
            block_hash = issued(index, 1).block_hash
        told.revoke(2)
        with told.index() as index:
            after = listed(told, fallen(index))
        contract = told.stage.local.deployment.address("HumanAuditCredits")
        yield Papers(told, first, second, before, after, block_hash, contract)


def listed(told: Audited, over: Fallen, **fields: Any) -> str:
    terms: dict[str, Any] = {"url": LIST, "now": NOW, "valid_seconds": DAY}
    return status_list(over, told.key, **terms | fields)


def independent(text: str) -> dict[str, Any]:
    """The payload, verified by jwcrypto with the key in the issuer's DID."""
    token = jws.JWS()
    token.deserialize(text)
    issuer = json.loads(token.objects["payload"])["issuer"]
    key = issuer.removeprefix("did:jwk:")
    public = jwk.JWK.from_json(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    assert not public.has_private
    token.verify(public)
    return dict(json.loads(token.payload))


def credential_of(text: str) -> Credential:
    found = check(text).credential
    assert found is not None
    return found


def test_independent_library_verifies_the_credential_and_its_status_list(papers: Papers) -> None:
    payload = independent(papers.standing)
    assert payload["type"] == ["VerifiableCredential", "HumanAuditCredit"]
    attested = payload["credentialSubject"]["attestation"]
    assert attested["humanLed"]["writing"] == 4
    assert attested["machineLed"]["writing"] == 6
    entry = payload["credentialStatus"]
    for text, over in ((papers.before, False), (papers.after, True)):
        encoded = independent(text)["credentialSubject"]["encodedList"]
        assert encoded.startswith("u")
        field = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
        assert len(field) == 16_384
        for credit, falls in ((1, False), (2, over)):
            assert bool(field[credit // 8] >> (7 - credit % 8) & 1) is falls
    assert entry["statusListIndex"] == "1"
    header = json.loads(base64.urlsafe_b64decode(papers.standing.split(".")[0] + "=="))
    assert header["typ"] == "vc+jwt"
    assert header["kid"] == payload["issuer"] + "#0"


def test_auditors_key_is_the_one_the_attestation_names(papers: Papers) -> None:
    payload = independent(papers.standing)
    key = payload["issuer"].removeprefix("did:jwk:")
    public = jwk.JWK.from_json(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    named = payload["credentialSubject"]["attestation"]["credentialKey"]
    digest = public.thumbprint()
    assert named == hexed(base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4)))


def test_credential_is_valid_offline_given_only_the_hash_of_its_block(papers: Papers) -> None:
    checked = check(papers.standing, block_hash=papers.block_hash, contract=papers.contract)
    assert checked.verdict == "valid"
    found = checked.credential
    assert found is not None
    assert (found.credit, found.chain_id, found.contract) == (1, 31337, papers.contract)
    assert found.at == papers.told.chain.node.block(found.block).timestamp
    assert check(papers.standing).verdict == "consistent"
    wrong = check(papers.standing, block_hash=b"\x01" * 32)
    assert wrong.verdict == "false"
    assert "has the hash" in wrong.fault
    assert check(papers.standing, block_hash=papers.block_hash, contract="0x" + "11" * 20).verdict == "false"


def test_any_flipped_byte_makes_it_false(papers: Papers) -> None:
    dice = random.Random(5)
    text = papers.standing.encode()
    places = {0, 1, len(text) - 1, len(text) - 2, text.index(b"."), text.rindex(b".")}
    places |= set(dice.sample(range(len(text)), 150))
    for place in sorted(places):
        for bit in (0, dice.randrange(1, 7)):
            flipped = bytearray(text)
            flipped[place] ^= 1 << bit
            checked = check(flipped.decode("latin-1"), block_hash=papers.block_hash)
            assert checked.verdict == "false", (place, bit)


def forged(papers: Papers, change: Any) -> str:
    """The standing credential with a changed payload, signed with the auditor's own key."""
    payload = independent(papers.standing)
    change(payload)
    return signing.sign(payload, papers.told.key)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda p: p["credentialSubject"]["attestation"]["humanLed"].update(writing=11), "something else"),
        (lambda p: p["credentialSubject"]["attestation"].update(auditor="0x" + "11" * 20), "something else"),
        (lambda p: p["credentialSubject"]["attestation"].update(productionId=2), "something else"),
        (lambda p: p["credentialSubject"]["attestation"].update(extra=2), "other fields"),
        (lambda p: p["credentialSubject"]["attestation"].update(deadline=-1), "can't be read"),
        (lambda p: p["credentialSubject"].update(creditId=2), "subject"),
        (lambda p: p["credentialSubject"].update(id="eip155:31337:0x" + "11" * 20), "subject"),
        (lambda p: p.update(id=p["id"][:-1] + "2"), "doesn't show"),
        (lambda p: p.update(id=p["id"].replace("31337", "1")), "subject"),
        (lambda p: p.update(id="urn:x"), "not a human-audit credit"),
        (lambda p: p.update(type=["VerifiableCredential"]), "not a human-audit credit"),
        (lambda p: p.update(validFrom="2020-01-01T00:00:00Z"), "another time"),
        (lambda p: p["credentialStatus"].update(statusListIndex="9"), "status"),
        (lambda p: p["evidence"].clear(), "lacks a part"),
        (lambda p: p["evidence"][0].update(header="0x00"), "can't be read"),
        (lambda p: p["evidence"][0]["transaction"]["receipt"].pop(), "can't be read"),
        (lambda p: p["evidence"][0]["transaction"].update(index=9), "can't be read"),
    ],
)
def test_forgeries_by_the_auditors_own_key_are_false(papers: Papers, change: Any, fault: str) -> None:
    import re

    checked = check(forged(papers, change), block_hash=papers.block_hash)
    assert checked.verdict == "false"
    assert re.search(fault, checked.fault), checked.fault


def test_another_keys_signature_is_false(papers: Papers) -> None:
    payload = independent(papers.standing)
    for key in (new_key(), new_key("Ed25519")):
        checked = check(signing.sign(payload, key), block_hash=papers.block_hash)
        assert "another key than the auditor attested with" in checked.fault
    with papers.told.index() as index:
        found = issued(index, 1)
        proof = carry_alone(
            Blocks(papers.told.chain.node, index.deployment), found.block_hash, found.tx_index
        )
        with pytest.raises(InputError, match="another credential key"):
            credential(found, proof, new_key())
        with pytest.raises(InputError, match="no credit 9"):
            issued(index, 9)


def test_headers_that_ask_for_no_signature_or_another_are_refused(papers: Papers) -> None:
    _, body, seal = papers.standing.split(".")
    issuer = independent(papers.standing)["issuer"]

    def under(**header: Any) -> str:
        raw = json.dumps(header).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    whole = {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": issuer + "#0"}
    for header in (
        {**whole, "alg": "none"},
        {**whole, "alg": "HS256"},
        {**whole, "typ": "JWT"},
        {**whole, "jwk": {}},
        {**whole, "crit": ["x"]},
    ):
        assert check(f"{under(**header)}.{body}.{seal}").verdict == "false"
    for text in ("", "a.b", "....", f"{body}.{body}.{seal}", "é.é.é", "[" * 100_000):
        assert check(text).verdict == "false"


def test_revocation_fails_the_credential_by_status_list_and_by_node(papers: Papers) -> None:
    standing, revoked = credential_of(papers.standing), credential_of(papers.revoked)
    assert stands(standing, papers.before, now=NOW)
    assert stands(revoked, papers.before, now=NOW)
    assert stands(standing, papers.after, now=NOW)
    assert not stands(revoked, papers.after, now=NOW)
    credits = papers.told.stage.studio.credits
    assert [credits.get(number)["state"] for number in (1, 2)] == [3, 5]
    # What was valid at its block stays so: that is what it says.
    with papers.told.index() as index:
        block_hash = issued(index, 2).block_hash
    assert check(papers.revoked, block_hash=block_hash).verdict == "valid"


def test_status_lists_that_say_nothing_of_it_are_refused(papers: Papers) -> None:
    told, found = papers.told, credential_of(papers.revoked)
    with told.index() as index:
        over = fallen(index)
    assert (over.credits, over.chain_id) == ((2,), 31337)
    stranger = new_key("Ed25519")
    foreign = status_list(over, stranger, url=LIST, now=NOW, valid_seconds=DAY)
    cases = [
        (papers.before, NOW + DAY, "not of this time"),
        (papers.after, NOW - 1, "not of this time"),
        (foreign, NOW, "signed by somebody else"),
        (listed(told, over, url=LIST + "0"), NOW, "another than the credential names"),
        (listed(told, replace(over, chain_id=1)), NOW, "another than the credential names"),
        (papers.standing, NOW, "another than the credential names"),
        (papers.after[:-3], NOW, "read|signature"),
    ]
    for text, now, fault in cases:
        with pytest.raises(Unsound, match=fault):
            stands(found, text, now=now)
    assert not stands(found, foreign, now=NOW, issuer=signing.read(foreign).issuer)
    with told.index() as index:
        alone = credential_of(told.credential(index, 2, status_list=None))
    with pytest.raises(Unsound, match="names no status list"):
        stands(alone, papers.after, now=NOW)


@pytest.mark.parametrize(
    "encoded", ["u", "z123", "uAAAA", 7, "u" + base64.urlsafe_b64encode(gzip.compress(b"\0")).decode()]
)
def test_damaged_lists_are_refused(papers: Papers, encoded: Any) -> None:
    payload = dict(signing.read(papers.after).payload)
    payload["credentialSubject"] = payload["credentialSubject"] | {"encodedList": encoded}
    with pytest.raises(Unsound, match="can't be read"):
        stands(credential_of(papers.revoked), signing.sign(payload, papers.told.key), now=NOW)


def test_bits_are_in_the_standards_order() -> None:
    field = bits([0, 9, 131_071])
    assert field[:2] == b"\x80\x40"
    assert field[-1] == 1
    assert len(bits([200_000])) == 25_001
    assert bits([]) == bytes(16_384)


def test_key_files_are_private_and_never_replaced(tmp_path: Path) -> None:
    for algorithm in ("ES256", "Ed25519"):
        path = tmp_path / algorithm
        key = new_key(algorithm)  # type: ignore[arg-type]
        save_key(key, path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert thumbprint(load_key(path)) == thumbprint(key)
        with pytest.raises(InputError, match="already"):
            save_key(key, path)
        public = tmp_path / f"{algorithm}.pub"
        public.write_text(json.dumps(key.as_dict(private=False)))
        assert thumbprint(load_key(public, private=False)) == thumbprint(key)
        with pytest.raises(InputError, match="no private key"):
            load_key(public)
    bad = tmp_path / "bad"
    for text in ("", "[]", '{"kty":"RSA"}', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'):
        bad.write_text(text)
        with pytest.raises(InputError, match="not a key"):
            load_key(bad)
    with pytest.raises(InputError, match="no key"):
        load_key(tmp_path / "none")


def test_what_is_read_is_what_was_issued(papers: Papers) -> None:
    found = read(papers.standing)
    kept = papers.told.stage.studio.credits.get(1)
    assert found.attestation_hash == kept["attestationHash"]
    assert dict(found.attestation["humanLed"]) == kept["humanLed"]
    assert found.at <= int(time.time()) + 400 * DAY
