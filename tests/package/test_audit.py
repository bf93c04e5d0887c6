"""The audit of a chain on which everything has happened: clean as it is, and never once something is false."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audit_breaks import BREAKS, Events, places
from auditing import audited, broken, run, tampered
from eth_utils.crypto import keccak
from postgres import Postgres
from test_index_story import DOLLAR, Story
from transparency_breaks import TRANSPARENCY

from trust.audit import PROMISES, Report, audit
from trust.audit.card import Cycles
from trust.audit.ledger import Ledger
from trust.audit.model import Check, Place
from trust.audit.replay import Replay
from trust.audit.roles import Roles
from trust.audit.source import told
from trust.chain.abi import interface
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import hexed
from trust.index import Index
from trust.testing import LocalChain

EVERY = BREAKS | TRANSPARENCY
History = tuple[Events, Deployment]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with audited(tmp_path_factory.mktemp("story")) as story:
        yield story


@pytest.fixture(scope="module")
def kept(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of it, proven by receipts. Not to be changed: copied."""
    path = tmp_path_factory.mktemp("index") / "index.db"
    with Index(path, story.deployment, story.chain.node) as index:
        index.sync(verify=True)
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="module")
def history(story: Story, kept: Path) -> History:
    with Index(kept, story.deployment) as index:
        return list(told(index)), story.deployment


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(kept, tmp_path / "index.db"))


def audit_of(path: Path, story: Story, *others: Node) -> Report:
    with Index(path, story.deployment, story.chain.node) as index:
        return audit(index, [story.chain.node, *others])


# As it is


def test_a_true_chain_keeps_every_promise_and_every_check_looks(story: Story, kept: Path) -> None:
    report = audit_of(kept, story)
    assert report.clean, [check.findings for check in report.checks if not check.kept]
    assert [check.id for check in report.checks] == list(PROMISES)
    assert [check.id for check in report.checks if not check.facts] == []
    with Index(kept, story.deployment) as index:
        assert report.digest == index.digest()


def test_the_command_says_the_verdict_with_its_exit_code(
    story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deployment.json"
    story.deployment.save(file)
    told, code = run(capsys, "audit", "--rpc", story.chain.url, "--deployment", str(file), "--json")
    report = json.loads(told)
    assert (code, report["clean"], len(report["checks"])) == (0, True, len(PROMISES))


def test_the_command_names_the_transaction_that_broke_a_promise(
    story: Story, copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deployment.json"
    story.deployment.save(file)
    tx_hash = changed(copy, "event_used", "output_seconds = 601")
    where = ("--rpc", story.chain.url, "--deployment", str(file), "--index", str(copy))
    said, code = run(capsys, "audit", *where)
    assert code == 7
    assert "NOT every promise was kept" in said
    assert said.count(hexed(tx_hash)) == 2  # beyond the caps, and not what its log says


def test_the_audit_is_the_same_on_postgresql(story: Story, kept: Path, postgres: Postgres) -> None:
    with Index(postgres.new(), story.deployment, story.chain.node) as index:
        index.sync(verify=True)
        assert audit(index, [story.chain.node]) == audit_of(kept, story)


# One fact of the events is false


def found(events: Events, deployment: Deployment) -> dict[str, Check]:
    """Checks that found something."""
    ledger, roles = Ledger(), Roles()
    cycles = Cycles(deployment.epoch, deployment.cycle_seconds)
    Replay(ledger, cycles, deployment.address("Payroll")).run(events)
    for event in events:
        roles.read(event)
    roles.check(ledger, deployment)
    return {check.id: check for check in ledger.checks() if not check.kept}


@pytest.mark.parametrize("what", EVERY)
def test_a_broken_promise_is_found_where_it_was_broken(what: str, history: History) -> None:
    checks, breaking, teller = EVERY[what]
    events, at = breaking(history[0])
    seen = found(events, history[1])
    assert set(seen) == set(checks.split()), [check.findings for check in seen.values()]
    if teller:
        at = min(places(events, teller), key=lambda place: abs(place - at))
    told = {finding.place for check in seen.values() for finding in check.findings}
    assert Place.of(events[at]) in told, (events[at], told)


def test_every_promise_about_events_is_broken_above() -> None:
    seen = {check for checks, _, _ in EVERY.values() for check in checks.split()}
    about_state = {"A01", "A02", "A03", "A05", "A06", "A52", "A53", "A54", "A55", "A56", "A57", "A58", "A59"}
    about_state |= {"A83"}
    assert seen | about_state == set(PROMISES)


# The rows are not the chain's


def changed(path: Path, table: str, change: str, which: str = "") -> bytes:
    """Change the first row of a table; its transaction."""
    place = "(SELECT block_number, log_index FROM {0} {1} ORDER BY block_number, log_index LIMIT 1)"
    with sqlite3.connect(path) as db:
        where = f"(block_number, log_index) = {place.format(table, which)}"
        tx_hash: bytes = db.execute(f"SELECT tx_hash FROM {table} WHERE {where}").fetchone()[0]
        db.execute(
            f"UPDATE {table} SET {change} WHERE {where}" if change else f"DELETE FROM {table} WHERE {where}"
        )
    db.close()
    return tx_hash


@pytest.mark.parametrize(
    ("table", "change", "checks"),
    [
        ("event_used", "model = zeroblob(32)", {"A02"}),
        ("event_used", "log_crc = zeroblob(4)", {"A02"}),
        ("event_locked", "", {"A02"}),
        ("event_locked", "block_hash = zeroblob(32)", {"A02"}),
        ("event_locked", "contract = 'Nobody'", {"A02"}),
        ("transfer", "amount = amount + 1", {"A02", "A50", "A52"}),
    ],
)
def test_a_row_that_was_changed_is_named(
    table: str, change: str, checks: set[str], copy: Path, story: Story
) -> None:
    tx_hash = changed(copy, table, change)
    report = audit_of(copy, story)
    assert broken(report) == checks
    places = {finding.place.tx_hash for finding in report.check("A02").findings if finding.place}
    assert places == ({hexed(tx_hash)} if change else set())


def test_a_row_that_no_book_holds_is_in_the_digest(copy: Path, story: Story, kept: Path) -> None:
    changed(copy, "event_room_opened", "episodes = 7")
    report = audit_of(copy, story)
    assert broken(report) == {"A02"}
    assert report.digest != audit_of(kept, story).digest


def test_an_attestation_that_nobody_can_have_signed_is_found(copy: Path, story: Story) -> None:
    changed(copy, "event_credit_attested", "attestation_deadline = -1", "WHERE credit_id = 2")
    report = audit_of(copy, story)
    assert broken(report) == {"A02", "A59", "A80", "A81"}


def test_a_header_that_was_changed_is_found(copy: Path, story: Story) -> None:
    with sqlite3.connect(copy) as db:
        db.execute(
            "UPDATE block SET timestamp = timestamp + 1 WHERE number = (SELECT max(number) FROM block)"
        )
    db.close()
    assert "A02" in broken(audit_of(copy, story))


def test_a_block_that_does_not_follow_the_one_before_is_found(copy: Path, story: Story) -> None:
    with sqlite3.connect(copy) as db:
        db.execute("UPDATE block SET parent = zeroblob(32) WHERE number = (SELECT max(number) FROM block)")
    db.close()
    assert broken(audit_of(copy, story)) == {"A02"}


def test_blocks_that_were_not_proven_are_found(story: Story, tmp_path: Path) -> None:
    with Index(tmp_path / "fast.db", story.deployment, story.chain.node) as index:
        index.sync()
        report = audit(index, [story.chain.node])
    assert broken(report) == {"A01"}


def test_events_that_contradict_each_other_leave_nothing_to_add_up(copy: Path, story: Story) -> None:
    changed(copy, "event_paid", "amount = amount + 1")
    report = audit_of(copy, story)
    assert {"A02", "A04", "A50"} <= broken(report)
    assert report.digest is None
    assert report.check("A54").remark


def test_a_statement_that_does_not_add_up_is_found(copy: Path, story: Story) -> None:
    with sqlite3.connect(copy) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'charge'").fetchone()
        db.execute("DROP VIEW charge")
        db.execute(sql.replace("parts_gross AS gross", "parts_gross + 1 AS gross"))
    db.close()
    report = audit_of(copy, story)
    assert broken(report) == {"A53", "A58"}


# The chain is not what the events add up to


def overwrite(story: Story, contract: str, function: str, *arguments: Any) -> None:
    """Change bits of each byte of the last slot that a view reads: what no transaction could have done."""
    node = story.chain.node
    known = story.deployment.contracts
    to = known.get(contract, story.deployment.token)
    request = {"to": to, "data": hexed(interface(contract).encode(function, *arguments))}
    touched = node.call("eth_createAccessList", request, "latest")["accessList"]
    slots = next(entry["storageKeys"] for entry in touched if entry["address"].lower() == to.lower())
    slot = slots[-1]
    value = int(node.call("eth_getStorageAt", to, slot, "latest"), 16) ^ int("03" * 31 + "01", 16)
    node.call("anvil_setStorageAt", to, slot, f"0x{value:064x}")


@pytest.mark.parametrize(
    ("contract", "function", "arguments", "checks"),
    [
        ("TestDollar", "balanceOf", ("payroll",), {"A52"}),
        ("Payroll", "productionAccount", (2,), {"A53"}),
        ("SubstitutionPremiums", "premiumOf", (1,), {"A55"}),
        ("Payroll", "memberAccount", (2,), {"A54"}),
        ("Payroll", "licenceAccount", (1, 2), {"A55"}),
        ("UsageLedger", "grantOf", (2,), {"A55"}),
        ("Records", "recordOf", (1,), {"A55"}),
        ("PoolGrants", "hasSigned", (1, 1), {"A56"}),
        ("Payroll", "agentOwed", ("agent",), {"A57"}),
        ("Payees", "payees", (), {"A57"}),
        ("Members", "consentSpent", (1, 0), {"A10"}),
        ("Disclosures", "stateOf", (1, 1, keccak(text="draft")), {"A59"}),
        ("WritersRooms", "writerOf", (1, 1), {"A59"}),
        ("WritersRooms", "writersAt", (1, "now"), {"A59"}),
        ("WritersRooms", "poolOf", (4,), {"A59"}),
        ("Provenance", "entryOf", (keccak(text="mixed"),), {"A59"}),
        ("HumanAuditCredits", "creditOf", (1,), {"A59"}),
        ("HumanAuditCredits", "isAccredited", ("auditor",), {"A59"}),
    ],
)
def test_state_that_no_event_explains_is_found(
    contract: str, function: str, arguments: tuple[Any, ...], checks: set[str], story: Story, kept: Path
) -> None:
    named: dict[Any, Any] = {"now": story.now(), "auditor": story.chain.accounts[8].address}
    named |= {"payroll": story.deployment.contracts["Payroll"], "agent": story.agent.address}
    with tampered(story):
        overwrite(story, contract, function, *(named.get(word, word) for word in arguments))
        assert broken(audit_of(kept, story)) == checks


@pytest.mark.parametrize("name", ["Payroll", "MemberBooks", "WritersRooms", "CreditLabel"])
def test_code_that_is_not_ours_is_found(name: str, story: Story, kept: Path) -> None:
    address = story.deployment.libraries.get(name) or story.deployment.address(name)
    code = story.chain.node.code(address)
    with tampered(story):
        # Behind the last instruction: it runs as before.
        story.chain.install(address, code + b"\0")
        report = audit_of(kept, story)
    assert broken(report) == {"A05"}
    assert address in report.check("A05").findings[0].what


def test_a_contract_that_is_linked_to_another_is_found(story: Story, kept: Path) -> None:
    """Licences that would ask others for records: our code, with one address exchanged."""
    licences, records = (story.deployment.address(name) for name in ("Licences", "Records"))
    code = story.chain.node.code(licences)
    ours, other = (bytes(12) + bytes.fromhex(address[2:]) for address in (records, "0x" + "99" * 20))
    with tampered(story):
        story.chain.install(licences, code.replace(ours, other))
        assert broken(audit_of(kept, story)) == {"A05"}


def test_another_token_is_found(story: Story, kept: Path) -> None:
    """A token of eighteen decimals in the place of the dollar."""
    eighteen = bytes.fromhex("601260005260206000f3")
    with tampered(story):
        story.chain.install(story.deployment.token, eighteen)
        assert {"A05", "A06", "A52"} >= broken(audit_of(kept, story)) >= {"A06", "A52"}


def test_a_node_with_another_block_is_found(story: Story, kept: Path) -> None:
    with LocalChain() as other:
        other.mine(400)
        report = audit_of(kept, story, other.node)
    assert {"A03", "A05"} == broken(report)
    assert other.url in report.check("A03").findings[0].what


def test_two_nodes_that_agree_are_two_facts(story: Story, kept: Path) -> None:
    with Node(story.chain.url) as second:
        report = audit_of(kept, story, second)
    assert report.clean
    assert (report.check("A03").facts, report.check("A03").remark) == (2, "")


def test_money_sent_in_unasked_is_told_and_breaks_nothing(story: Story, tmp_path: Path) -> None:
    with tampered(story), Index(tmp_path / "index.db", story.deployment, story.chain.node) as index:
        payroll = story.deployment.contracts["Payroll"]
        story.send(story.studio, "TestDollar", "transfer", payroll, 7 * DOLLAR)
        index.sync(verify=True)
        report = audit(index, [story.chain.node])
    assert report.clean
    assert "7.00" in report.check("A52").remark


def test_the_document_lists_every_promise() -> None:
    document = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
    assert [line for line in document.splitlines() if line.startswith("| A")] == [
        f"| {name} | {promise} |" for name, promise in PROMISES.items()
    ]
