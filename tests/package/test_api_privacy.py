"""Public answers link nobody across productions, and nobody reads a member who may not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from eth_utils.crypto import keccak
from test_api_story import AUDITOR, DELEGATE, GUARDIAN, MEMBER, MINOR, OTHER, STRANGER, Api, served, synced
from test_index_story import EVIDENCE, SCENE

from trust.api.access import Right, rights
from trust.index import Index


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with served() as api:
        yield api


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with Index(*synced()) as index:
        yield index


def public(api: Api, production: int) -> str:
    """All that anybody can read of a production, with its headers."""
    whole = api.get(f"/productions/{production}")
    paths = [f"/productions/{production}/{rest}" for rest in ("history", "history?newest=true", "pools")]
    paths += [
        f"/productions/{production}/{rest}"
        for place in range(1, len(whole.json()["licences"]) + 1)
        for rest in (f"licences/{place}", f"history?licence={place}")
    ]
    answers = [whole, *map(api.get, paths)]
    assert {answer.status_code for answer in answers} == {200}
    shared = {"index-block", "index-block-hash", "index-proven"}  # of the index, not of the production
    headers = [{n: v for n, v in a.headers.items() if n not in shared} for a in answers]
    return json.dumps([[answer.json() for answer in answers], headers])


def telling(text: str) -> set[str]:
    """Everything in it that is made to be recognised: labels, addresses, hashes, tags."""
    return set(re.findall(r"0x[0-9a-fA-F]{8,}|\b[0-9]+-[0-9]+\b(?!-)|\b[0-9a-f]{32,}\b", text))


def test_two_productions_share_nothing_that_tells_a_member(api: Api, index: Index) -> None:
    books = index.books()
    assert {number >> 24 for number in books.licences if number & 0xFFFFFF == 1} == {
        1,
        2,
    }  # else it shows nothing
    first, second = telling(public(api, 1)), telling(public(api, 2))
    assert "1-1" in first
    assert "2-1" in second
    studio = books.productions[1].studio
    # The studio, and what the story's studio put into everything: the same scene, the same output.
    of_the_studio = {studio, "0x" + SCENE.hex(), "0x" + keccak(b"output 0").hex()}
    assert first & second <= of_the_studio


def test_no_public_answer_tells_wallets_numbers_or_transactions(api: Api, index: Index) -> None:
    text = public(api, 1) + public(api, 2) + api.get("/totals").text + api.get("/digest").text
    for book in index.books().members.values():
        for address in (book.key, book.wallet, book.agent, *book.delegates):
            assert address.lower() not in text.lower() or int(address, 16) == 0
    for row in index.rows("SELECT DISTINCT tx_hash FROM event"):
        assert row["tx_hash"].hex() not in text
    for word in ("member_id", "licence_id", "tx_hash", "wallet", "model", "prompt", "reason", "terms"):
        assert f'"{word}' not in text
    for number in index.books().licences:
        assert str(number) not in text
    assert EVIDENCE.hex() not in text


def test_a_licences_place_says_nothing_of_the_member(api: Api, index: Index) -> None:
    """Member 1 is the second to be licensed nowhere; places follow purchases alone."""
    bought = [number for number, book in index.books().licences.items() if book.production_id == 1]
    shown = api.get("/productions/1").json()["licences"]
    assert [line["licence"] for line in shown] == [f"1-{place}" for place in range(1, len(bought) + 1)]
    uses = api.get("/productions/1/history").json()["uses"]
    assert [use["licence"] for use in uses] == ["1-1", "1-1", "1-1", "1-2", "1-1", "1-2"]


# Who may read whom


PATHS = ("/members/{0}/statement", "/members/{0}/history", "/members/{0}/licences/1")


def codes(api: Api, headers: dict[str, str], member: int) -> list[int]:
    return [api.get(path.format(member), headers=headers).status_code for path in PATHS]


def test_members_read_themselves_and_nobody_else(api: Api) -> None:
    member, other = api.sign_in(MEMBER), api.sign_in(OTHER)
    assert codes(api, member, 1) == codes(api, other, 2) == [200, 200, 200]
    assert codes(api, member, 2) == codes(api, other, 1) == [403, 403, 403]
    refused = api.get("/members/2/statement", headers=member).json()
    assert refused["error"] == "NotAllowed"
    assert refused["message"] == f"{MEMBER.address} may not read member 2."
    assert api.get("/audit/history", headers=member).status_code == 403


def test_whether_a_member_exists_is_told_to_auditors_alone(api: Api) -> None:
    member, auditor = api.sign_in(MEMBER), api.sign_in(AUDITOR)
    known, unknown = (api.get(f"/members/{number}/statement", headers=member) for number in (2, 77))
    assert known.status_code == unknown.status_code == 403
    assert known.text.replace("member 2", "") == unknown.text.replace("member 77", "")
    assert api.get("/members/77/statement", headers=auditor).status_code == 404


def test_auditors_read_everything(api: Api) -> None:
    auditor = api.sign_in(AUDITOR)
    assert codes(api, auditor, 1) == codes(api, auditor, 2) == [200, 200, 200]
    assert api.get("/audit/history", headers=auditor).status_code == 200


def test_a_wallet_that_was_struck_off_the_auditors_reads_nothing() -> None:
    secret = b"s" * 32
    with served(secret=secret, url="https://trust.example") as before:
        token = before.sign_in(AUDITOR)
    with served(secret=secret, url="https://trust.example", auditors=frozenset()) as after:
        assert after.get("/audit/history", headers=token).status_code == 403
        assert codes(after, token, 1) == [403, 403, 403]


def test_a_delegate_sees_what_can_be_revoked_and_no_pay(api: Api) -> None:
    delegate = api.sign_in(DELEGATE)
    assert codes(api, delegate, 1) == [403, 200, 200]
    assert codes(api, delegate, 2) == [403, 403, 403]
    said = api.get("/members/1/statement", headers=delegate).json()
    assert said["message"] == "A delegate of member 1 sees uses and licences, not pay."


def test_a_minor_and_the_guardian_read(api: Api) -> None:
    for account in (MINOR, GUARDIAN):
        headers = api.sign_in(account)
        assert codes(api, headers, 3) == [200, 200, 404]  # there is no licence
        assert codes(api, headers, 1) == [403, 403, 403]


def test_a_guardian_reads_no_more_once_the_member_is_of_age(index: Index) -> None:
    book = index.books().members[3]
    assert rights(book, GUARDIAN.address, book.adult_at - 1) == frozenset(Right)
    assert rights(book, GUARDIAN.address, book.adult_at) == frozenset()
    assert rights(book, MINOR.address, book.adult_at) == frozenset(Right)


def test_nobody_is_the_guardian_of_who_has_none(index: Index) -> None:
    book = index.books().members[1]
    assert rights(book, "0x" + "0" * 40, 0) == frozenset()


def test_strangers_and_payout_wallets_cannot_sign_in(api: Api) -> None:
    answer = api.verify(api.message(STRANGER), STRANGER)
    assert (answer.status_code, answer.json()["error"]) == (403, "NotAllowed")
    assert "is no member's key" in answer.json()["message"]


def test_signing_in_says_what_may_be_read(api: Api) -> None:
    def told(account: Any) -> tuple[bool, list[tuple[int, bool]]]:
        answer = api.verify(api.message(account), account).json()
        assert answer["wallet"] == account.address
        return answer["auditor"], [(one["member_id"], one["pay"]) for one in answer["members"]]

    assert told(MEMBER) == (False, [(1, True)])
    assert told(DELEGATE) == (False, [(1, False)])
    assert told(GUARDIAN) == (False, [(3, True)])
    assert told(AUDITOR) == (True, [])
