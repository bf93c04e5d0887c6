"""A production told through the command line only: each party with a keystore of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office import DAY, DOLLAR, HASH, SCREENPLAY, Office, enrolled, granted, opened, registered

from trust.local import party


class Told(Office):
    """The whole story."""

    member: int
    production: int
    grant: int
    quoted: Any
    filed: Any
    paid: Any


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with opened(tmp_path_factory.mktemp("story")) as office:
        told = Told(office.chain, office.local, office.folder)
        told.member = enrolled(told, "Ana")
        told.production = registered(told)
        licence = f"{told.production}/{told.member}"
        buy = ("licence", "buy", licence, "--modalities", "face,voice", "--terms", HASH)
        assert told.json(*buy, "--simulate", who="studio")["simulated"]
        told.json(*buy, who="studio")
        told.grant = granted(told, told.production, told.member, "Ana")
        _use(told)
        told.quoted = told.json(
            "premium", "quote", told.grant, "--travel", "40000", "--insurance", "10000.50"
        )
        statement = ("--travel", "40000", "--insurance", "10000.50", "--evidence", HASH, "--weeks", "4")
        told.filed = told.json("premium", "file", told.grant, *statement, who="studio")
        told.chain.increase_time(8 * DAY)
        told.paid = told.json("payroll", "payday", who="keeper")
        told.json("payroll", "remit", told.production, who="keeper")
        yield told


@pytest.fixture(scope="module")
def indexed(story: Told) -> Told:
    story.json("index", "sync")
    return story


def _use(told: Told) -> None:
    now = told.chain.node.block().timestamp
    hashes = ("--output", HASH, "--prompt", HASH, "--model", HASH)
    told.json(
        "usage", "record", told.grant, "--kind", "new-line", "--iterations", 2, "--seconds", 4, *hashes,
        who="reporter",
    )  # fmt: skip
    common = {"grant": told.grant, "kind": "new-action", "used_at": now, "output_seconds": 3, "model": HASH}
    uses = [
        common | {"iterations": n, "output_hash": "0x" + f"{n:02x}" * 32, "prompt_commitment": HASH}
        for n in (1, 2, 3)
    ]
    path = told.folder / "uses.jsonl"
    path.write_text("\n".join(json.dumps(use) for use in uses) + "\n")
    first = told.json("usage", "batch", path, who="reporter")
    again = told.json("usage", "batch", path, who="reporter")
    assert first["iterations"] == 6
    assert again["transactions"] == first["transactions"]  # the same file is never reported twice


def test_the_production_shows_its_account(story: Told) -> None:
    found = story.json("production", "show", story.production)
    assert found["status"] == "active"
    assert found["account"]["open"]
    assert found["arrears"] == 0
    assert "Free" in story.tell("production", "show", story.production)


def test_the_licence_shows_in_words_and_numbers(story: Told) -> None:
    found = story.json("licence", "show", f"{story.production}/{story.member}")
    assert (found["state"], found["production"], found["member"]) == (
        "active",
        story.production,
        story.member,
    )
    assert "face, voice" in story.tell("licence", "show", found["licence"])


def test_a_use_is_metered_against_the_grant(story: Told) -> None:
    assert story.json("scene", "show", story.grant)["iterationsLeft"] == 50 - 2 - 6
    assert "42 iterations" in story.tell("usage", "show", story.grant)


def test_the_quote_is_what_the_statement_then_costs(story: Told) -> None:
    assert story.quoted["premium"] == story.filed["premium"] == 5_000_050_000
    assert story.quoted["savings"]["insurance"] == 10_000_500_000


def test_payday_paid_what_the_wallet_now_holds(story: Told) -> None:
    wallet = party("Ana's wallet").address
    assert story.paid["paid"] == story.local.as_("keeper").payroll.balance(wallet) > 0
    assert story.json("payroll", "due", story.member)["total"] == 0
    assert "Paid" not in story.tell("payroll", "due")


def test_the_statement_adds_up_and_reads_well(indexed: Told) -> None:
    found = indexed.json("statement", indexed.member)
    assert found["net"] == found["paid_out"] + found["owed_now"] == indexed.paid["paid"]
    told = indexed.tell("statement", indexed.member)
    assert all(words in told for words in ("Still to come", "premium (stream)", "…"))


def test_the_totals_balance(indexed: Told) -> None:
    found = indexed.json("totals")
    assert (
        found["paid_in"] == 100_000 * DOLLAR == sum(found["paid_out"].values()) + sum(found["held"].values())
    )
    assert "$100,000.00" in indexed.tell("totals")


def test_the_history_has_pages_and_csv(indexed: Told) -> None:
    page = indexed.json("history", "--limit", "3", "--member", indexed.member)
    rest = indexed.json("history", "--limit", "3", "--after", page["after"])
    assert [len(page["uses"]), len(rest["uses"]), rest["after"]] == [3, 1, None]
    result = indexed.invoke("history", "--csv", "--limit", "3")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [int(row["iterations"]) for row in rows] == [2, 1, 2]
    assert f"--after {page['after']}" in result.stderr
    assert "new line" in indexed.tell("history")


def test_the_history_is_filtered_by_scene_class_and_time(indexed: Told) -> None:
    everything = indexed.json("history", "--newest")["uses"]
    scene = ("--screenplay", SCREENPLAY, "--salt-file", indexed.folder / "production.salt")
    hashed = indexed.json("history", "--scene", everything[0]["scene_hash"])["uses"]
    assert hashed[::-1] == [use for use in everything if use["scene_hash"] == everything[0]["scene_hash"]]
    numbered = [indexed.json("history", "--scene", number, *scene)["uses"] for number in (1, 2, 3)]
    assert sum(map(len, numbered)) == len(everything)
    assert (
        indexed.json("history", "--asset-class", "active", "--since", "2020-01-01")["uses"]
        == everything[::-1]
    )
    assert indexed.json("history", "--until", "2020-01-01")["uses"] == []
    assert "No uses." in indexed.tell("history", "--asset-class", "passive")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scene", "1"), "--salt-file"),
        (("--screenplay", SCREENPLAY), "--scene NUMBER"),
        (("--scene", "0x12"), "64 hex digits"),
        (("--asset-class", "idle"), "Known: passive, active"),
        (("--csv", "--parquet", "uses.parquet"), "--csv, --json or --parquet"),
        (("--limit", "3", "--parquet", "uses.parquet"), "Leave out --limit"),
        (("--parquet", "nowhere/uses.parquet"), "folder that exists"),
        (("--after", "7"), "BLOCK:LOG"),
    ],
)
def test_a_history_that_can_not_be_shown_says_why(
    indexed: Told, words: tuple[object, ...], said: str
) -> None:
    code, line = indexed.refused("history", *words)
    assert code == 2
    assert said in line


def test_the_history_goes_into_a_parquet_file(indexed: Told, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "uses.parquet"
    told = indexed.json("history", "--parquet", path)
    uses = indexed.json("history")["uses"]
    assert told == {"file": str(path), "rows": len(uses)}
    with duckdb.connect() as db:
        found = db.execute(f"SELECT sum(gross)::BIGINT, min(tx_hash) FROM '{path}'").fetchone()
    assert found == (sum(use["gross"] for use in uses), min(use["tx_hash"] for use in uses))
    assert f"{len(uses)} uses written" in indexed.tell("history", "--parquet", path)


def test_the_statements_csv_adds_up(indexed: Told) -> None:
    found = indexed.json("statement", indexed.member)
    rows = list(csv.DictReader(io.StringIO(indexed.tell("statement", indexed.member, "--csv"))))
    sums = {
        name: sum(int(row[name] or 0) for row in rows)
        for name in ("gross", "dues", "net", "benefits", "paid")
    }
    assert sums == {name: found[name] for name in ("gross", "dues", "net", "benefits")} | {
        "paid": found["paid_out"]
    }
    assert {row["entry"] for row in rows} == {"EARNED", "PAID"}


def test_a_licence_and_a_production_are_read_from_the_index(indexed: Told) -> None:
    licence = f"{indexed.production}/{indexed.member}"
    found = indexed.json("licence", "history", licence, online=False)
    assert found["history"][0]["what"] == "LicenceGranted"
    told = indexed.tell("licence", "history", licence, online=False)
    assert all(words in told for words in ("licence granted", "licence fee", "in all"))
    account = indexed.json("production", "account", indexed.production, online=False)
    assert account["funded"] == 100_000 * DOLLAR
    told = indexed.tell("production", "account", indexed.production, online=False)
    assert all(words in told for words in ("$100,000.00", "iteration fee", "Still to stream"))
    code, line = indexed.refused("licence", "history", "9/9", online=False)
    assert (code, "There is no licence" in line) == (2, True)


def test_the_index_says_where_it_stands(indexed: Told) -> None:
    assert indexed.json("index", "status")["block"] > indexed.json("index", "status")["first_block"]
    assert indexed.json("index", "sync")["events"] >= 0


def test_the_rate_card_shows(story: Told) -> None:
    assert story.json("rate-card", "show")["version"] == 1
    assert "Pipeline levy" in story.tell("rate-card", "show", "1")


def test_members_records_and_accounts_show(story: Told) -> None:
    assert story.json("member", "show", story.member)["signer"] == party("Ana").address
    assert story.json("record", "show", "1")["modality"] == "FACE"
    assert story.json("payroll", "show", "--member", story.member)["due"] == 0
    assert "Reserved" in story.tell("payroll", "show", "--production", story.production)


def test_a_member_revokes_offline_and_the_keeper_relays(story: Told) -> None:
    grant = granted(story, story.production, story.member, "Ana", scene=3)
    revocation = story.consent("Ana", "GrantRevocation", grantId=grant)
    result = story.json("scene", "revoke", grant, "--consent", revocation, who="keeper")
    assert [event["name"] for event in result["events"]] == ["GrantRevoked"]
    assert story.json("scene", "show", grant)["state"] == "revoked"


def test_a_training_right_is_bought_used_and_retired(story: Told) -> None:
    member = enrolled(story, "Ben")
    expires = story.json("production", "show", story.production)["ends"]
    consent = story.consent(
        "Ben", "TrainingConsent", productionId=story.production, memberId=member, modalities="voice",
        expires=expires, rateCardVersion=1, trainingFee="5500", description="One voice model.",
    )  # fmt: skip
    licence = f"{story.production}/{member}"
    buy = ("licence", "buy", licence, "--modalities", "voice", "--terms", HASH, "--training", consent)
    assert story.json(*buy, who="studio")["order"]["training"] is True
    assert "Training   until 20" in story.tell("licence", "show", licence)
    assert (
        story.json("licence", "train", licence, "--dataset", HASH, "--model", HASH, who="studio")["id"] == 1
    )
    assert story.json("licence", "retire", licence, "1", "--evidence", HASH, who="studio")["gas_used"] > 0


def test_a_strike_is_declared_and_ended(story: Told) -> None:
    story.json("production", "strike", story.production, who="strike committee")
    assert "on strike" in story.tell("production", "show", story.production)
    story.json("production", "strike", story.production, "--end", who="strike committee")
    assert not story.json("production", "show", story.production)["struck"]


def test_a_deployment_is_made_from_a_union_file(story: Told) -> None:
    keys = story.local.keys
    roles = ("enroller", "rate_setter", "steward", "strike_committee", "custodian", "treasurer")
    union = {
        "council": keys["council"].address,
        "roles": {role: keys[role.replace("_", " ")].address for role in roles},
        "payees": dict.fromkeys(("benefits_plan", "pipeline_fund", "union"), keys["benefits plan"].address),
    }
    path, out = story.folder / "union.json", story.folder / "second.json"
    path.write_text(json.dumps(union))
    made = story.json("deploy", "--union", path, "--test-dollar", "--out", out, who="deployer")
    assert json.loads(out.read_text())["contracts"] == made["contracts"]
    code, line = story.refused("deploy", "--union", path, "--test-dollar", "--out", out, who="deployer")
    assert code == 2
    assert "exists already" in line


def test_the_program_itself_runs(story: Told, tmp_path: Path) -> None:
    """As a process of its own: makes a keystore, and is refused in one line because it may not enrol."""
    environment = {**os.environ, **story.environment(None), "TRUST_KEYSTORE": str(tmp_path / "new.json")}

    def trust(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from trust.cli import main; main()", *words]
        return subprocess.run(program, env=environment, capture_output=True, text=True, cwd=tmp_path)

    made = json.loads(trust("key", "new", "new.json", "--json").stdout)
    assert trust("key", "address", "new.json").stdout == made["address"] + "\n"
    assert (tmp_path / "new.json").stat().st_mode & 0o077 == 0
    enrol = ("member", "enrol", "--key", made["address"], "--wallet", made["address"], "--simulate", "--json")
    refused = trust(*enrol)
    assert (refused.returncode, refused.stdout) == (4, "")
    error = json.loads(refused.stderr)
    assert error["error"] == "AccessManagedUnauthorized"
    assert error["fields"]["caller"].lower() == made["address"].lower()
    assert "role" in error["hint"]
