"""The commands beside the story's main line: wallets, delegates, recovery, schedules, suspension, prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office import DAY, HASH, SCREENPLAY, Office, enrolled, granted, opened, registered

from trust.local import party
from trust.rates import DEFAULT


class Place(Office):
    """An office with a member, a production, a licence and a grant."""

    member: int
    production: int
    licence: str
    grant: int


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with opened(tmp_path_factory.mktemp("place")) as found:
        place = Place(found.chain, found.local, found.folder)
        place.member = enrolled(place, "Ana")
        place.production = registered(place)
        place.licence = f"{place.production}/{place.member}"
        ends = place.chain.node.block().timestamp + 100 * DAY
        terms = ("--modalities", "face,voice", "--terms", HASH, "--expires", ends)
        place.json("licence", "buy", place.licence, *terms, who="studio")
        place.grant = granted(place, place.production, place.member, "Ana")
        yield place


@pytest.fixture
def place(base: Place) -> Iterator[Place]:
    """As it was before each test; outboxes notice a chain that went back, so they start anew."""
    before = base.chain.snapshot()
    yield base
    base.chain.revert(before)
    for path in base.folder.glob("outbox.db*"):
        path.unlink()


def events(result: Any) -> list[str]:
    return [event["name"] for event in result["events"]]


def test_a_member_changes_the_wallet_and_thinks_again(place: Place) -> None:
    wallet = party("another wallet").address
    change = place.consent("Ana", "PayoutChange", memberId=place.member, wallet=wallet)
    assert "PayoutChangeRequested" in events(place.json("member", "payout", change, who="keeper"))
    pending = place.json("member", "show", place.member)["pending_wallet"]
    assert pending["wallet"] == wallet
    back = place.consent(
        "Ana", "PayoutCancellation", memberId=place.member, wallet=wallet, effectiveAt=pending["effectiveAt"]
    )
    place.json("member", "cancel-payout", place.member, "--consent", back, who="keeper")
    assert place.json("member", "show", place.member)["pending_wallet"]["effectiveAt"] == 0


def test_a_member_names_a_delegate_and_an_agent(place: Place) -> None:
    other = party("agent").address
    delegation = place.consent("Ana", "Delegation", memberId=place.member, delegate=other, allowed="yes")
    assert events(place.json("member", "delegate", delegation, who="keeper")) == ["DelegateSet"]
    appointment = place.consent(
        "Ana", "AgentAppointment", memberId=place.member, agent=other, shareBps="7.5%"
    )
    assert "AgentAppointed" in events(place.json("member", "agent", appointment, who="keeper"))
    assert place.json("payroll", "agents", other, who="keeper")["gas_used"] > 0


def test_a_recovery_runs_its_course(place: Place) -> None:
    wallet, key = party("new wallet").address, party("new key").address
    start = (
        "member",
        "recovery",
        "start",
        place.member,
        "--wallet",
        wallet,
        "--key",
        key,
        "--evidence",
        HASH,
    )
    place.json(*start, who="steward")
    assert wallet in place.tell("member", "show", place.member)
    code, line = place.refused("member", "recovery", "finish", place.member, who="keeper")
    assert (code, "Too early" in line) == (4, True)
    place.chain.increase_time(31 * DAY)
    place.json("member", "recovery", "finish", place.member, who="keeper")
    place.chain.increase_time(31 * DAY)
    place.json("member", "recovery", "adopt-key", place.member, who="keeper")
    assert place.json("member", "show", place.member)["signer"] == key


def test_the_old_key_stops_a_recovery(place: Place) -> None:
    wallet = party("new wallet").address
    start = ("member", "recovery", "start", place.member, "--wallet", wallet, "--evidence", HASH)
    place.json(*start, who="steward")
    until = place.json("member", "show", place.member)["recovery"]["payoutFrom"]
    stop = place.consent("Ana", "RecoveryCancellation", memberId=place.member, payoutFrom=until)
    place.json("member", "recovery", "cancel", place.member, "--consent", stop, who="keeper")
    assert place.json("member", "show", place.member)["recovery"]["payoutFrom"] == 0


def test_notice_is_given_and_a_record_erased(place: Place) -> None:
    place.json("record", "notice", place.member, "--modalities", "body", who="custodian")
    erasure = place.consent("Ana", "Erasure", recordId=1)
    place.json("record", "erase", "1", "--consent", erasure, who="keeper")
    assert "erased" in place.tell("record", "show", "1")


def test_a_licence_is_extended_suspended_and_revoked(place: Place) -> None:
    later = place.json("licence", "show", place.licence)["expires"] + 30 * DAY
    extension = place.consent("Ana", "LicenceExtension", licenceId=place.licence, expires=later, fee="2700")
    place.json("licence", "extend", extension, who="studio")
    assert place.json("licence", "show", place.licence)["expires"] == later
    place.json("licence", "suspend", place.licence, "--reason", HASH, who="steward")
    assert "suspended" in place.tell("licence", "show", place.licence)
    place.json("licence", "reinstate", place.licence, who="steward")
    revocation = place.consent("Ana", "LicenceRevocation", licenceId=place.licence)
    place.json("licence", "revoke", place.licence, "--consent", revocation, who="keeper")
    assert place.json("licence", "show", place.licence)["state"] == "revoked"


def test_a_grant_that_ended_is_closed_by_the_studios_count(place: Place) -> None:
    place.chain.increase_time(60 * DAY)
    count = place.consent("studio", "FinalCount", grantId=place.grant, unusedIterations=50)
    closed = place.json("scene", "close", place.grant, "--unused", 50, "--consent", count, who="keeper")
    assert "GrantClosed" in events(closed)
    assert place.json("scene", "show", place.grant)["state"] == "closed"


def test_the_floor_starts_when_nothing_was_filed(place: Place) -> None:
    hashes = ("--output", HASH, "--prompt", HASH, "--model", HASH)
    use = ("usage", "record", place.grant, "--kind", "touch-up", "--iterations", 1, "--seconds", 1)
    place.json(*use, *hashes, who="reporter")
    place.chain.increase_time(80 * DAY)
    assert "FloorStarted" in events(place.json("premium", "floor", place.grant, who="keeper"))
    assert place.json("premium", "arrears", place.production)["arrears"] == 0


def test_a_statement_is_restated_with_the_members_signature(place: Place, tmp_path: Path) -> None:
    hashes = ("--output", HASH, "--prompt", HASH, "--model", HASH)
    use = ("usage", "record", place.grant, "--kind", "touch-up", "--iterations", 1, "--seconds", 1)
    place.json(*use, *hashes, who="reporter")
    file = ("premium", "file", place.grant, "--travel", "90000", "--evidence", HASH, "--weeks", "8")
    place.json(*file, who="studio")
    index = ("--index", tmp_path / "index.db")
    place.json("index", "sync", *index)
    fields = {"grantId": place.grant, "savings.travel": "50000", "evidenceHash": HASH}
    lower = place.consent("Ana", "Restatement", **fields)
    assert "Saved in all" in place.tell("consent", "show", lower)
    result = place.json("premium", "restate", lower, *index, who="studio")
    assert "SavingsRestated" in events(result)


def test_a_production_is_run(place: Place) -> None:
    number, reporter, studio = place.production, party("second reporter").address, party("studio").address
    salt = ("--screenplay", SCREENPLAY, "--salt-file", place.folder / "production.salt")
    place.json("production", "breakdown", number, *salt, who="studio")
    place.json("production", "reporter", number, reporter, who="studio")
    place.json("production", "reporter", number, reporter, "--remove", who="studio")
    place.json("production", "reporter", number, reporter, "--primary", who="studio")
    found = place.json("production", "show", number)
    dates = ("--starts", found["starts"], "--ends", found["ends"] + DAY)
    place.json("production", "reschedule", number, *dates, who="studio")
    place.json("production", "take-back", number, "10.50", "--to", studio, who="studio")
    after = place.json("production", "show", number)
    assert after["ends"] == found["ends"] + DAY
    assert after["account"]["free"] == found["account"]["free"] - 10_500_000
    assert "--yes" in place.refused("production", "cancel", number, who="studio")[1]
    place.json("production", "cancel", number, "--yes", who="studio")
    assert place.json("production", "show", number)["status"] == "cancelled"
    place.json("production", "admit", reporter, who="enroller")


def test_the_next_rate_card_waits_in_the_timelock(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(json.loads(DEFAULT.read_text()) | {"noticeHours": 72}))
    words = (path, "--from", place.chain.node.block().timestamp + 5 * DAY)
    place.json("rate-card", "schedule", *words, who="rate setter")
    code, line = place.refused("rate-card", "publish", *words, who="rate setter")
    assert (code, "wait until its delay" in line) == (4, True)
    place.chain.increase_time(3 * DAY)
    assert place.json("rate-card", "publish", *words, who="rate setter")["effective_from"] == words[2]
    assert "72 hours" in place.tell("rate-card", "show", "2")


def test_an_amount_is_exact_and_a_time_is_utc() -> None:
    from trust.cli import parse

    assert parse.amount("$1,234.000001") == 1_234_000_001
    assert parse.amount("0.1") + parse.amount("0.2") == parse.amount("0.3")
    assert parse.when("2026-07-01") == parse.when("2026-07-01T00:00Z") == parse.when("1782864000")
    assert parse.when("2026-07-01T02:00+02:00") == parse.when("2026-07-01")
    assert parse.share("7.5%") == parse.share("750") == 750
    assert parse.licence("1/7") == (1 << 24) + 7
