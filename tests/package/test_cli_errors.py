"""Every class of mistake ends in one line that says what to do, and in its exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import EIDR, HASH, SCREENPLAY, Office, enrolled, opened, registered
from typer.testing import CliRunner

from trust.chain.deployments import Deployment
from trust.cli import app
from trust.screenplay import EXAMPLE_SECRET
from trust.testing import LocalChain


class Place(Office):
    """An office with a member and a funded production."""

    member: int
    production: int


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with opened(tmp_path_factory.mktemp("office")) as found:
        place = Place(found.chain, found.local, found.folder)
        place.member = enrolled(place, "Ana")
        place.production = registered(place, "1000")
        yield place


def register(office: Office, identifier: str = EIDR, **files: Path) -> tuple[object, ...]:
    script = files.get("screenplay", SCREENPLAY)
    salt = files.get("salt", office.folder / "production.salt")
    dates = ("--starts", "2026-01-01", "--ends", "2040-01-01")
    return ("production", "register", identifier, "--screenplay", script, "--salt-file", salt, *dates)


# The node and the deployment


def test_a_node_of_another_chain(office: Place, tmp_path: Path) -> None:
    class Other(LocalChain):
        chain_id = 5

    with Other() as other:
        code, line = office.refused("production", "show", "1", TRUST_RPC_URL=other.url)
    assert code == 3
    assert "serves chain 5, not 31337" in line
    assert "Give the RPC URL of the chain" in line


def test_a_chain_that_was_started_anew(office: Place) -> None:
    with LocalChain() as other:
        code, line = office.refused("production", "show", "1", TRUST_RPC_URL=other.url)
    assert code == 2
    assert "deploy again" in line


def test_a_node_that_is_down(office: Place) -> None:
    code, line = office.refused("production", "show", "1", TRUST_RPC_URL="http://127.0.0.1:1")
    assert code == 3
    assert "Check the RPC URL" in line


@pytest.mark.parametrize(("url", "hint"), [("", "--rpc URL"), ("127.0.0.1", "Give one like http")])
def test_no_url_or_none_at_all(office: Place, url: str, hint: str) -> None:
    code, line = office.refused("production", "show", "1", TRUST_RPC_URL=url)
    assert code == 2
    assert hint in line


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 1, "chain_id": 31337}'])
def test_a_deployment_that_is_missing_or_damaged(office: Place, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "d.json"
    if content is not None:
        path.write_text(content)
    code, line = office.refused("member", "show", "1", TRUST_DEPLOYMENT=str(path))
    assert code == 2
    assert str(path) in line
    assert "Give the deployment.json" in line


# Keys


def test_a_wrong_password(office: Place, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("wrong")
    code, line = office.refused(
        "premium", "floor", "1", who="keeper", TRUST_PASSWORD_FILE=str(tmp_path / "p")
    )
    assert code == 2
    assert "does not open" in line
    assert "Try again" in line


def test_a_keystore_that_is_missing_or_none(office: Place, tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no.json", "There is no keystore"), (SCREENPLAY, "is not a keystore")):
        code, line = office.refused("premium", "floor", "1", TRUST_KEYSTORE=str(path))
        assert code == 2
        assert said in line
        assert "trust key new" in line
    assert "--keystore FILE" in office.refused("premium", "floor", "1")[1]


def test_a_password_that_nobody_can_type(office: Place) -> None:
    code, line = office.refused("premium", "floor", "1", who="keeper", TRUST_PASSWORD_FILE="")
    assert code == 2
    assert "--password-file" in line


def test_a_key_is_never_overwritten(office: Place) -> None:
    path = office.keystore("keeper")
    before = path.read_text()
    code, line = office.refused("key", "new", path)
    assert code == 2
    assert "exists already" in line
    assert path.read_text() == before


def test_a_sender_without_ether(office: Place) -> None:
    code, line = office.refused("payroll", "remit", office.production, who="nobody")
    assert code == 3
    assert "Send ether to that address" in line


# Productions, screenplays, money


def test_a_mistyped_identifier_sends_nothing(office: Place) -> None:
    before = office.chain.node.block().number
    code, line = office.refused(*register(office, EIDR[:-1] + "6"), who="studio")
    assert code == 2
    assert "compare all of them with the registry" in line
    assert office.chain.node.block().number == before


def test_the_public_example_secret_is_refused(office: Place, tmp_path: Path) -> None:
    (tmp_path / "salt").write_bytes(EXAMPLE_SECRET)
    code, line = office.refused(*register(office, salt=tmp_path / "salt"), who="studio")
    assert code == 2
    assert "openssl rand" in line


def test_a_screenplay_that_cannot_be_read(office: Place, tmp_path: Path) -> None:
    (tmp_path / "empty.fountain").write_text("")
    for name in ("none.fountain", "empty.fountain", "."):
        code, line = office.refused("screenplay", "show", tmp_path / name, online=False)
        assert code == 2
        assert line.startswith("error: ")
    assert office.refused("demo", tmp_path / "none.fountain", "--folder", tmp_path / "demo")[0] == 2


def test_a_studio_that_is_short_of_dollars(office: Place) -> None:
    code, line = office.refused("production", "fund", office.production, "99000000", who="studio")
    assert code == 2
    assert "not $99,000,000.00" in line
    assert "Send dollars" in line


def test_a_production_that_is_short_of_dollars(office: Place) -> None:
    licence = f"{office.production}/{office.member}"
    buy = ("licence", "buy", licence, "--modalities", "face,voice", "--terms", HASH)
    code, line = office.refused(*buy, who="studio")
    assert code == 4
    assert "InsufficientBalance" in line
    assert "Fund the production" in line


@pytest.mark.parametrize("amount", ["-1", "1.0000001", "1e9", "12,34", "lots", "99999999999999999999"])
def test_an_amount_that_is_none(office: Place, amount: str) -> None:
    code, line = office.refused("production", "fund", "1", "--", amount, who="studio")
    assert code == 2
    assert "six decimals" in line


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("licence", "show", "9/9"), 2, "There is no licence 9/9."),
        (("scene", "show", "9"), 4, "NoGrant(grantId 9)."),
        (("record", "show", "99"), 4, "NoSuchRecord(recordId 99)."),
        (("production", "show", "9"), 2, "There is no production 9."),
        (("licence", "show", "nine"), 2, "'nine' is not the number of a licence."),
        (("member", "show", "0"), 2, "'0' is not the number of a member."),
    ],
)
def test_numbers_that_name_nothing(office: Place, words: tuple[str, ...], code: int, said: str) -> None:
    told = office.refused(*words)
    assert told[0] == code
    assert told[1].startswith(f"error: {said} ")
    assert len(told[1]) > len(f"error: {said} ")  # and what to do


def test_uses_that_cannot_be_read(office: Place, tmp_path: Path) -> None:
    path = tmp_path / "uses.jsonl"
    good = {"grant": 1, "kind": "touch-up", "used_at": 1, "iterations": 1, "output_seconds": 1}
    for content in ("", "{", "[]", "7", json.dumps(good), json.dumps(good | {"colour": 1})):
        path.write_text(content)
        code, line = office.refused("usage", "batch", path, who="reporter")
        assert code == 2
        assert "usage batch --help" in line or "like 2026" in line


def test_a_rate_card_that_would_be_refused(office: Place, tmp_path: Path) -> None:
    from trust.rates import DEFAULT

    card = json.loads(DEFAULT.read_text())
    assert office.json("rate-card", "check", DEFAULT, online=False)["usable"]
    card["activeSceneFees"][0] = card["licenceFees"][0]
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    code, line = office.refused("rate-card", "check", path, online=False)
    assert code == 2
    assert "not dearer" in line


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"roomEpisodes": [6, 6]}, "roomEpisodes do not ascend"),
        ({"roomWriters": [3, 2, 6]}, "roomWriters shrink"),
        ({"roomWriters": [0, 2, 6]}, "a tier of roomEpisodes or roomWriters is missing"),
        ({"roomWriters": [3, 5]}, "should be 3 numbers"),
        ({"challengeDays": 0}, "challengeDays is missing"),
    ],
)
def test_rooms_and_days_of_a_rate_card(
    office: Place, tmp_path: Path, changed: dict[str, object], says: str
) -> None:
    from trust.rates import DEFAULT

    path = tmp_path / "card.json"
    path.write_text(json.dumps(json.loads(DEFAULT.read_text()) | changed))
    code, line = office.refused("rate-card", "check", path, online=False)
    assert (code, says in line) == (2, True)


# The index


def test_an_index_that_is_missing_or_none(office: Place, tmp_path: Path) -> None:
    code, line = office.refused("statement", "1", TRUST_INDEX=str(tmp_path / "i.db"))
    assert (code, "trust index sync" in line) == (2, True)
    (tmp_path / "i.db").write_text("no database" * 1000)
    code, line = office.refused("statement", "1", TRUST_INDEX=str(tmp_path / "i.db"))
    assert (code, "index again" in line) == (5, True)


# Errors as such


def test_json_errors_are_json_on_standard_error(office: Place) -> None:
    code, line = office.refused("production", "fund", "1", "x", "--json", who="studio")
    assert code == 2
    assert set(json.loads(line)) == {"error", "message", "hint", "fields"}
    code, line = office.refused("nonsense", "--json")
    assert (code, json.loads(line)["error"]) == (2, "UsageError")


def test_what_nobody_foresaw_is_one_line_too(office: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a\nb")

    monkeypatch.setattr(Deployment, "load", broken)
    code, line = office.refused("member", "show", "1")
    assert code == 70
    assert line == "error: Unexpected RuntimeError: a b. Run with TRUST_DEBUG=1 for the traceback."
    told = CliRunner().invoke(app, ["member", "show", "1"], env={"TRUST_DEBUG": "1"})
    assert "Traceback" in told.stderr


def test_ctrl_c_ends_it_cleanly(tmp_path: Path, office: Place) -> None:
    """While it waits for a node's answer."""
    environment = {**os.environ, **office.environment("keeper")}
    program = [sys.executable, "-c", "from trust.cli import main; main()"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        words = ["payroll", "payday", "1", "--rpc", f"http://127.0.0.1:{silent.getsockname()[1]}"]
        process = subprocess.Popen(
            [*program, *words], env=environment, text=True, cwd=tmp_path,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        asked, _ = silent.accept()
        with asked:
            assert asked.recv(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err.count("\n") == 1
    assert err.startswith("error: Interrupted.")
