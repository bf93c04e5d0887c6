"""Signing in with a wallet (EIP-4361): what is taken, and all that is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from test_api_story import AUDITOR, MEMBER, Api, served, signature

from trust.api.refusals import SignInRefused
from trust.api.signing import NONCE_SECONDS, Nonces, Tokens
from trust.api.siwe import STATEMENT, Message

_HALF_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Clock:
    """The server's clock, which tests set forward."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def api(clock: Clock) -> Iterator[Api]:
    with served(url="https://trust.example", clock=clock) as api:
        yield api


def refusal(api: Api, message: str, account: Any = AUDITOR) -> str:
    """Why a signed message isn't taken."""
    answer = api.verify(message, account)
    assert (answer.status_code, answer.json()["error"]) == (401, "SignInRefused"), answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
    return str(answer.json()["message"])


def changed(api: Api, **fields: Any) -> str:
    """What the auditor is asked to sign, but for these fields."""
    return replace(Message.parse(api.message(AUDITOR)), **fields).text()


# The message


FULL = f"""https://trust.example:8443 wants you to sign in with your Ethereum account:
{AUDITOR.address}

{STATEMENT}

URI: https://trust.example/login
Version: 1
Chain ID: 31337
Nonce: 32891756abc
Issued At: 2026-01-02T03:04:05Z
Expiration Time: 2026-01-02T03:09:05Z
Not Before: 2026-01-02T03:04:00Z
Request ID: one
Resources:
- ipfs://Qme7ss3ARVgxv6rXqVPiikMJ8u2NLgmgszg13pYrDKEoiu
- https://example.com/my-web2-claim.json"""


def test_a_message_with_every_field_is_read_and_written() -> None:
    message = Message.parse(FULL)
    assert message.text() == FULL
    assert (message.scheme, message.domain) == ("https", "trust.example:8443")
    assert message.expiration_time == message.issued_at + 300
    assert len(message.resources) == 2


def test_a_message_without_a_statement_has_two_empty_lines() -> None:
    short = "\n".join(FULL.splitlines()[:10]).replace(f"{STATEMENT}\n", "")
    assert Message.parse(short).statement is None
    assert Message.parse(short).text() == short


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (" wants you", " asks you"),
        (AUDITOR.address, AUDITOR.address.lower()),
        (AUDITOR.address, AUDITOR.address[:-1]),
        ("\n\nURI", "\nURI"),
        ("\n\nURI", "\n\n\nURI"),
        ("URI: ", "URI:"),
        ("Version: 1\nChain ID: 31337", "Chain ID: 31337\nVersion: 1"),
        ("Chain ID: 31337", "Chain ID: 0x7a69"),
        ("Nonce: 32891756abc", "Nonce: 3289175"),
        ("Nonce: 32891756abc", "Nonce: 32891756-bc"),
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05Z"),
        ("2026-01-02T03:04:05Z", "2026-13-02T03:04:05Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05"),
        ("\nRequest ID", "\r\nRequest ID"),
        ("Request ID: one", "Request ID: o ne"),
        ("- ipfs", "-ipfs"),
        ("claim.json", "claim.json\n"),
        ("claim.json", "claim.json\nNonce: 32891756abd"),
        (STATEMENT, "Read \u00e9verything"),
        (STATEMENT, "Read\x00everything"),
        ("trust.example:8443 wants", "user@trust.example wants"),
        ("one", "o" * 2_000),
    ],
)
def test_whatever_isnt_as_the_standard_has_it_is_refused(part: str, other: str) -> None:
    assert part in FULL
    with pytest.raises(SignInRefused):
        Message.parse(FULL.replace(part, other, 1))


# What is asked and what is taken


def test_the_message_that_is_given_is_taken(api: Api) -> None:
    asked = api.get("/auth/nonce", params={"address": AUDITOR.address.lower()}).json()
    message = Message.parse(asked["message"])
    assert (message.domain, message.uri, message.chain_id) == (
        "trust.example",
        "https://trust.example",
        31337,
    )
    assert (message.nonce, message.expiration_time) == (asked["nonce"], asked["expires_at"])
    assert (message.address, message.statement) == (AUDITOR.address, asked["statement"])
    answer = api.verify(asked["message"], AUDITOR)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    assert answer.headers["cache-control"] == "no-store"


def test_clients_may_write_the_message_themselves(api: Api) -> None:
    for fields in (
        {"scheme": "https"},
        {"expiration_time": None},
        {"request_id": "7", "resources": ("https://a",)},
    ):
        assert api.verify(changed(api, **fields), AUDITOR).status_code == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"domain": "evil.example"}, "The message's domain is evil.example, not trust.example."),
        ({"domain": "trust.example.evil.example"}, "domain is trust.example.evil.example"),
        ({"domain": "trust.example:444"}, "domain is trust.example:444"),
        ({"scheme": "http"}, "The message's scheme is http, not https."),
        ({"uri": "https://evil.example"}, "The message's URI is https://evil.example"),
        ({"version": "2"}, "version is 2, not 1"),
        ({"chain_id": 1}, "chain is 1, not 31337"),
        ({"statement": None}, "statement is None"),
        ({"statement": "I agree to everything."}, "statement is I agree to everything."),
        ({"nonce": "32891756abc"}, "The nonce is not one of this server's."),
        ({"issued_at": 1_800_000_061.0}, "issued in the future"),
        ({"not_before": 1_800_000_001.0}, "not valid yet"),
        ({"expiration_time": 1_800_000_000.0}, "has expired"),
    ],
)
def test_a_message_for_elsewhere_or_another_time_is_refused(
    api: Api, fields: dict[str, Any], said: str
) -> None:
    assert said in refusal(api, changed(api, **fields))


def test_a_nonce_is_good_once(api: Api) -> None:
    message = api.message(AUDITOR)
    assert api.verify(message, AUDITOR).status_code == 200
    assert refusal(api, message) == "The nonce was used before."
    nonce = Message.parse(message).nonce
    assert refusal(api, message.replace(nonce, nonce.upper())) == "The nonce is not one of this server's."


def test_a_failed_attempt_by_others_spends_no_nonce(api: Api) -> None:
    message = api.message(AUDITOR)
    assert refusal(api, message, MEMBER) == "The wallet's key didn't make that signature."
    assert api.verify(message, AUDITOR).status_code == 200


def test_a_nonce_expires(api: Api, clock: Clock) -> None:
    message = changed(api, expiration_time=None)
    clock.now += NONCE_SECONDS
    try:
        assert refusal(api, message) == "The nonce has expired."
    finally:
        clock.now -= NONCE_SECONDS


def test_nonces_of_another_secret_are_refused_and_spent_ones_forgotten_in_time() -> None:
    nonces, others = Nonces(b"a" * 32), Nonces(b"b" * 32)
    nonce, expires = nonces.issue(100)
    with pytest.raises(SignInRefused, match="not one of this server's"):
        others.check(nonce, 100)
    nonces.spend(nonce, 100)
    with pytest.raises(SignInRefused, match="used before"):
        nonces.spend(nonce, expires - 1)
    with pytest.raises(SignInRefused, match="expired"):
        nonces.spend(nonce, expires)
    nonces.spend(nonces.issue(expires)[0], expires)
    assert len(nonces._spent) == 1


def test_only_the_one_signature_of_exactly_the_message_is_taken(api: Api) -> None:
    message = api.message(AUDITOR)
    right = bytes.fromhex(signature(message, AUDITOR)[2:])
    s = int.from_bytes(right[32:64], "big")
    malleable = right[:32] + (_HALF_ORDER - s).to_bytes(32, "big") + bytes([55 - right[64]])
    other = bytes(AUDITOR.sign_message(encode_defunct(text=message + " ")).signature)
    for wrong in (malleable, other, right[:64], right + b"\0", bytes(65), b"\xff" * 65, right[:64] + b"\x05"):
        answer = api.post("/auth/verify", json={"message": message, "signature": "0x" + wrong.hex()})
        assert (answer.status_code, answer.json()["error"]) == (401, "SignInRefused")
    assert api.verify(message, AUDITOR).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": "a"},
        {"message": "a", "signature": "0x"},
        {"message": "a", "signature": "0xzz"},
        {"message": "a", "signature": "0x00", "member": 1},
        {"message": 1, "signature": "0x00"},
        {"message": "a" * 2_001, "signature": "0x00"},
        {"message": "a", "signature": "0x" + "00" * 1_025},
        ["message"],
    ],
)
def test_a_body_of_another_form_is_refused(api: Api, body: Any) -> None:
    answer = api.post("/auth/verify", json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "Invalid")


# Tokens


def test_a_token_ends(api: Api, clock: Clock) -> None:
    headers = api.sign_in(AUDITOR)
    assert api.get("/audit/history", headers=headers).status_code == 200
    clock.now += api.given.token_seconds
    try:
        answer = api.get("/audit/history", headers=headers)
        assert (answer.status_code, answer.json()["message"]) == (401, "The token has expired.")
    finally:
        clock.now -= api.given.token_seconds


def test_forged_tokens_are_refused(api: Api) -> None:
    token = api.sign_in(MEMBER)["authorization"].removeprefix("Bearer ")
    body, mac = token.split(".")
    own = Tokens(b"x" * 32, api.app.state.service.tokens.audience).issue(AUDITOR.address, 2**40)
    flipped = [
        f"{token[:at]}{'A' if token[at] != 'A' else 'B'}{token[at + 1 :]}" for at in range(0, len(token), 7)
    ]
    forged = [".", "a", "a.b", body, f"{body}.", f".{mac}", f"{token}.", own, f"{body}.{own.split('.')[1]}"]
    for wrong in [*forged, *flipped]:
        answer = api.get("/members/1/statement", headers={"authorization": f"Bearer {wrong}"})
        assert (answer.status_code, answer.json()["error"]) == (401, "SignInRefused"), wrong
    for header in ("Basic YTpi", token, "Bearer"):
        assert api.get("/members/1/statement", headers={"authorization": header}).status_code == 401


def test_a_token_is_for_one_server_and_deployment() -> None:
    ours, others = Tokens(b"x" * 32, "https://a one"), Tokens(b"x" * 32, "https://b one")
    assert ours.wallet(ours.issue(AUDITOR.address, 10), 9) == AUDITOR.address
    with pytest.raises(SignInRefused, match="another server"):
        others.wallet(ours.issue(AUDITOR.address, 10), 9)


def test_no_cookie_is_ever_set(api: Api) -> None:
    answers = [api.get("/auth/nonce"), api.verify(api.message(AUDITOR), AUDITOR), api.get("/totals")]
    assert all("set-cookie" not in answer.headers for answer in answers)


def test_a_key_of_no_member_has_no_way_in_by_a_members_address(api: Api) -> None:
    stranger = Account.create()
    assert "didn't make that signature" in refusal(api, api.message(MEMBER), stranger)
