"""An evidence pack: what is in it, that it verifies without a node, and that nothing in it can be changed."""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from evidences import Case, two_productions
from msgspec.structs import replace as replaced
from test_index_story import Story, played, short_story

from trust.chain.artifacts import CONTRACTS, load
from trust.errors import InputError
from trust.evidence import Verdict, check, pack
from trust.evidence.container import NAMES, packed, unpacked
from trust.evidence.evidence import Evidence, Proven
from trust.evidence.files import files_of
from trust.evidence.proofs import CarriedBlock
from trust.evidence.report import report
from trust.evidence.scope import OF_MEMBERS
from trust.index import Index
from trust.index.tables import event_tables
from trust.proof import Header, rlp
from trust.views import production

FLIPS = 200


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with two_productions(tmp_path_factory.mktemp("story")) as story:
        yield story


@pytest.fixture(scope="module")
def case(story: Story) -> Case:
    return Case(story, pack(story.chain.node, story.deployment, 1).file)


@pytest.fixture(scope="module")
def index(story: Story) -> Iterator[Index]:
    with Index(Path(":memory:"), story.deployment, story.chain.node) as index:
        index.sync(verify=True)
        yield index


def rows_of(file: bytes) -> list[dict[str, Any]]:
    return list(json.loads(unpacked(file)["rows.json"]))


# What is in it


def test_a_pack_verifies_offline(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket", None)
    checked = case.check(case.file)
    assert (checked.verdict, checked.faults, checked.compare) == (Verdict.PROVEN, (), ())
    assert checked.rows == len(rows_of(case.file)) > 50


def test_a_pack_has_the_same_bytes_whoever_makes_it(case: Case) -> None:
    assert pack(case.story.chain.node, case.story.deployment, 1).file == case.file


def test_a_pack_is_a_zip_file_that_others_can_open(case: Case) -> None:
    with zipfile.ZipFile(BytesIO(case.file)) as opened:
        assert opened.testzip() is None
        assert tuple(opened.namelist()) == NAMES
        assert {name: opened.read(name) for name in NAMES} == unpacked(case.file)


@pytest.mark.parametrize("number", [1, 2])
def test_every_event_that_names_the_production_or_what_is_its_own_is_a_row(
    case: Case, index: Index, number: int
) -> None:
    file = case.file if number == 1 else pack(case.story.chain.node, case.story.deployment, 2).file
    in_pack = {(row["block"], row["log"]) for row in rows_of(file) if row["part"] == "production"}
    in_index = set()
    own = {
        "production_id": f"= {number}",
        "licence_id": f">> 24 = {number}",
        "grant_id": f"IN (SELECT grant_id FROM event_scene_granted WHERE licence_id >> 24 = {number})",
        "pool_id": f"IN (SELECT pool_id FROM event_pool_opened WHERE production_id = {number})",
    }
    for table in event_tables():
        for column, rule in own.items():
            if column in dict(table.columns):
                sql = f"SELECT block_number, log_index FROM {table.name} WHERE {column} {rule}"
                in_index |= {(row["block_number"], row["log_index"]) for row in index.rows(sql)}
    others = {
        (row["block"], row["log"])
        for row in rows_of(file)
        if row["event"] in ("Transfer", "Locked", "SavingsShared")
    }
    assert len(in_index) > 20
    assert in_index == in_pack - others
    assert any(row["event"] == "SavingsShared" for row in rows_of(file))


def test_every_event_that_can_belong_carries_its_id_as_a_topic() -> None:
    """Else a header's bloom would prove nothing, and a left out block could go unnoticed."""
    ids = {"productionId", "licenceId", "grantId", "poolId"}
    checked = 0
    for contract in CONTRACTS:
        for event in (entry for entry in load(contract).abi if entry["type"] == "event"):
            indexed = {item["name"] for item in event["inputs"] if item["indexed"]}
            plain = {item["name"] for item in event["inputs"]} - indexed
            # An asset's grant is one of its production's, which is a topic.
            assert not ids & plain or "productionId" in indexed, (contract, event["name"])
            if (contract, event["name"]) in OF_MEMBERS:
                assert "memberId" in indexed
                checked += 1
    assert checked == len(OF_MEMBERS)


def test_what_is_of_its_members_and_of_the_trust_is_there(case: Case) -> None:
    found = {(row["part"], row["event"]) for row in rows_of(case.file)}
    assert {("trust", "RateCardPublished"), ("trust", "PayeesSet")} <= found
    members = {"MemberEnrolled", "ScanConsented", "RecordPooled", "Paid", "Transfer"}
    assert {("member", event) for event in members} <= found


def test_totals_are_those_of_the_index(case: Case, index: Index) -> None:
    told = json.loads(unpacked(case.file)["pack.json"])["totals"]
    view = production(index, 1)
    view.check()
    spent = {
        one.kind: {name: str(getattr(one, name)) for name in ("gross", "dues", "benefits", "levy")}
        for one in view.spent
    }
    assert told["spent"] == spent
    assert (told["funded"], told["taken_back"]) == (str(view.funded), str(view.taken_back))
    assert (told["uses"], told["iterations"], told["output_seconds"]) == (
        view.uses,
        view.iterations,
        view.output_seconds,
    )
    assert len(spent) >= 6


def test_transfers_of_the_token_are_those_that_rows_tell_of(case: Case) -> None:
    rows = rows_of(case.file)

    def amounts(event: str, name: str, part: str) -> list[int]:
        return [int(row["fields"][name]) for row in rows if row["event"] == event and row["part"] == part]

    transfers = [row for row in rows if row["contract"] == "Token"]
    moved = sum(int(row["fields"]["amount"]) for row in transfers)
    told = sum(amounts("Funded", "amount", "production") + amounts("TakenBack", "amount", "production"))
    told += sum(amounts("Paid", "amount", "member") + amounts("PoolPushed", "paid", "production"))
    assert moved == told
    # The pool's three seats: each was paid by a transfer of its own.
    pushed = next(row for row in rows if row["event"] == "PoolPushed")
    assert sum(row["transaction"] == pushed["transaction"] for row in transfers) == 3


def test_the_report_has_every_line_with_its_transaction_and_proof(case: Case) -> None:
    page = report(case.evidence, case.proven)
    lines = {int(number) for number in re.findall(r'<tr id="l(\d+)">', page)}
    assert lines == set(range(1, len(case.proven.rows) + 1))
    for row in rows_of(case.file):
        text = page.split(f'<tr id="l{row["line"]}">')[1].split("</tr>")[0]
        assert row["transaction"] in text
        number = re.search(r'href="#t(\d+)"', text)
        assert number
        proof = page.split(f'<tr id="t{number[1]}">')[1].split("</tr>")[0]
        assert row["transaction"] in proof
        assert row["block_hash"] in proof
    assert page.count("<svg") == 2
    assert not re.search(r"<script|src=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)


# What is not given to compare


def test_without_a_trusted_hash_or_deployment_a_pack_is_only_consistent(case: Case) -> None:
    tip = (case.evidence.last, "0x" + case.tip.hex())
    bare = check(case.file)
    assert (bare.verdict, bare.compare, bare.deployment) == (Verdict.CONSISTENT, (tip,), False)
    assert check(case.file, [case.tip]).verdict == Verdict.CONSISTENT
    assert check(case.file, [], case.story.deployment).compare == (tip,)


def test_another_block_or_deployment_than_the_auditors_is_false(case: Case) -> None:
    deployment = case.story.deployment
    earlier = case.evidence.headers[-2].hash
    assert check(case.file, [earlier], deployment).verdict == Verdict.FALSE
    moved = replace(deployment, contracts=deployment.contracts | {"Members": deployment.contracts["Records"]})
    for other in (replace(deployment, chain_id=1), replace(deployment, block=2), moved):
        assert check(case.file, [case.tip], other).verdict == Verdict.FALSE


# Tampering


def test_flipping_any_byte_fails(case: Case) -> None:
    chance = random.Random(4)
    for at in chance.sample(range(len(case.file)), FLIPS):
        changed = bytearray(case.file)
        changed[at] ^= chance.randrange(1, 256)
        try:
            # Not even told which block to trust.
            assert check(bytes(changed)).verdict == Verdict.FALSE, at
        except InputError:
            continue


def test_an_altered_amount_fails_with_every_digest_recomputed(case: Case) -> None:
    def raised(proven: Proven) -> Proven:
        rows = list(proven.rows)
        place = next(at for at, row in enumerate(rows) if row.event.name == "Funded")
        fields = dict(rows[place].event.fields) | {"amount": rows[place].event.fields["amount"] + 1}
        rows[place] = replace(rows[place], event=replace(rows[place].event, fields=fields))
        return replace(proven, rows=tuple(rows))

    checked = case.check(case.forged(case.evidence, raised))
    row = next(row for row in rows_of(case.file) if row["event"] == "Funded")
    assert checked.verdict == Verdict.FALSE
    places = {fault.where for fault in checked.faults}
    assert {f"rows.json, row {row['line']}", f"rows.csv, row {row['line']}"} <= places
    assert any(place.startswith("pack.json") for place in places)
    assert any(place.startswith("report.html") for place in places)


@pytest.mark.parametrize("which", ["receipt", "transaction"])
def test_an_altered_receipt_or_transaction_fails_and_its_lines_are_named(case: Case, which: str) -> None:
    (block,) = [block for block in case.evidence.blocks if len(block.receipts) == 4]
    nodes = list(getattr(block.transactions[0], which))
    old = nodes[-1][200:208]
    nodes[-1] = nodes[-1][:200] + f"{int(old, 16) ^ 1:08x}" + nodes[-1][208:]
    evidence = with_block(case.evidence, replace_in(block, 0, **{which: nodes}))
    # The rows and the report stay as they are; every digest fits the altered proofs.
    assert case.check(case.forged(evidence)).verdict == Verdict.FALSE
    files = unpacked(case.file) | {"proofs.json": unpacked(case.forged(evidence))["proofs.json"]}
    checked = case.check(packed(files))
    assert checked.verdict == Verdict.FALSE
    lines = [row["line"] for row in rows_of(case.file) if row["block"] == block.number]
    assert checked.faults[0].where == f"block {block.number} (lines {lines[0]} to {lines[-1]})"


def replace_in(block: CarriedBlock, at: int, **changes: list[str]) -> CarriedBlock:
    transactions = list(block.transactions)
    transactions[at] = replaced(transactions[at], **changes)
    return replaced(block, transactions=transactions)


def with_block(evidence: Evidence, block: CarriedBlock) -> Evidence:
    return replace(
        evidence, blocks=tuple(block if one.number == block.number else one for one in evidence.blocks)
    )


def test_an_omitted_row_fails_with_every_digest_recomputed(case: Case) -> None:
    proven = case.proven
    for omitted in (0, len(proven.rows) // 2, len(proven.rows) - 1):
        kept = tuple(row for at, row in enumerate(proven.rows) if at != omitted)
        checked = case.check(case.forged(case.evidence, lambda proven, kept=kept: replace(proven, rows=kept)))
        assert checked.verdict == Verdict.FALSE
        assert f"rows.json, row {omitted + 1}" in {fault.where for fault in checked.faults}


def test_an_omitted_transaction_fails(case: Case) -> None:
    (block,) = [block for block in case.evidence.blocks if len(block.receipts) == 4]
    unproven = replaced(block, transactions=block.transactions[1:])
    assert case.check(case.forged(with_block(case.evidence, unproven))).verdict == Verdict.FALSE
    # Its receipt among those of others, where it proves the same root.
    index = block.transactions[0].index
    receipts = list(block.receipts)
    nodes = [bytes.fromhex(node[2:]) for node in block.transactions[0].receipt]
    receipts[index] = "0x" + rlp.decode_list(nodes[-1])[1].hex()
    hidden = with_block(case.evidence, replaced(unproven, receipts=receipts))
    checked = case.check(case.forged(hidden))
    assert checked.verdict == Verdict.FALSE
    assert f"nothing proves its transaction {index}, which has rows" in {
        fault.what for fault in checked.faults
    }


def test_an_omitted_block_fails_whichever_it_is(case: Case) -> None:
    # Of these, that the studio put money in, that a licence was bought, a grant, a use and a payday.
    for event in ("Funded", "LicenceGranted", "SceneGranted", "Used", "Paid", "RateCardPublished"):
        number = next(row["block"] for row in rows_of(case.file) if row["event"] == event)
        checked = case.check(case.forged(case.without(number)))
        assert checked.verdict == Verdict.FALSE
        assert any(fault.where.startswith(f"block {number}") for fault in checked.faults), event


def test_an_omitted_header_fails(case: Case) -> None:
    headers = case.evidence.headers
    for at in (0, len(headers) // 2, len(headers) - 1):
        left = replace(case.evidence, headers=headers[:at] + headers[at + 1 :])
        assert case.check(case.forged(left)).verdict == Verdict.FALSE


def test_a_chain_made_up_whole_fails_at_the_trusted_hash(case: Case) -> None:
    """All is recomputed, up to the last block's hash: that one the auditor has from elsewhere."""
    headers = list(case.evidence.headers)
    last = rlp.decode_list(headers[-1].raw)
    # A later time; the header is coherent in itself.
    fields = [rlp.encode(field) for field in last]
    fields[11] = rlp.encode_int(headers[-1].timestamp + 1)
    headers[-1] = Header.decode(rlp.encode_list(fields))
    file = case.forged(replace(case.evidence, headers=tuple(headers)))
    assert check(file).verdict == Verdict.CONSISTENT
    assert case.check(file).verdict == Verdict.FALSE


def test_a_row_from_another_chain_fails(case: Case, tmp_path: Path) -> None:
    with played(tmp_path, short_story) as other:
        # Anvil gives its first contracts the same addresses, so it might be the same deployment.
        assert other.deployment.contracts == case.story.deployment.contracts
        foreign = Case(other, pack(other.chain.node, other.deployment, 1).file)
    assert foreign.check(foreign.file).verdict == Verdict.PROVEN
    assert check(foreign.file, [case.tip], case.story.deployment).verdict == Verdict.FALSE
    used = next(row for row in rows_of(foreign.file) if row["event"] == "Used")
    block = next(block for block in foreign.evidence.blocks if block.number == used["block"])
    header = foreign.evidence.headers[block.number - foreign.evidence.first]
    others = [one for one in case.evidence.blocks if one.number != block.number]
    spliced = replace(case.evidence, blocks=tuple(sorted([*others, block], key=lambda one: one.number)))
    assert case.check(case.forged(spliced)).verdict == Verdict.FALSE
    headers = list(spliced.headers)
    headers[block.number - spliced.first] = header
    with_header = case.forged(replace(spliced, headers=tuple(headers)))
    assert case.check(with_header).verdict == Verdict.FALSE
    assert check(with_header).verdict == Verdict.FALSE


def test_another_production_or_chain_in_the_manifest_fails(case: Case) -> None:
    for changed in (
        replace(case.evidence, production=2),
        replace(case.evidence, deployment=replace(case.evidence.deployment, chain_id=1)),
    ):
        assert check(case.forged(changed)).verdict == Verdict.FALSE


# Ranges


def test_a_range_rests_on_the_blocks_that_say_whose_grants_are(case: Case) -> None:
    node, deployment = case.story.chain.node, case.story.deployment
    since = next(row["block"] for row in rows_of(case.file) if row["event"] == "TrainingRunRecorded") - 1
    made = pack(node, deployment, 1, since=since, until=case.evidence.last - 1)
    hashes = [bytes.fromhex(block_hash[2:]) for _, block_hash in made.compare]
    assert len(hashes) > 2
    assert check(made.file, hashes, deployment).verdict == Verdict.PROVEN
    assert check(made.file, hashes[1:], deployment).verdict == Verdict.CONSISTENT
    ranged = Case(case.story, made.file)
    within = [row for row in rows_of(made.file) if row["part"] == "production"]
    whole = [
        row
        for row in rows_of(case.file)
        if row["part"] == "production" and since <= row["block"] < case.evidence.last
    ]
    assert [row | {"line": 0} for row in within] == [row | {"line": 0} for row in whole]
    founding = [block.number for block in ranged.evidence.blocks if block.number < since]
    assert len(founding) == len(hashes) - 1
    for number in founding:
        assert check(ranged.forged(ranged.without(number))).verdict == Verdict.FALSE, number


@pytest.mark.parametrize(("since", "until"), [(0, None), (10, 9), (None, 10**9)])
def test_a_range_outside_the_chain_is_refused(case: Case, since: int | None, until: int | None) -> None:
    with pytest.raises(InputError, match="There are no blocks"):
        pack(case.story.chain.node, case.story.deployment, 1, since=since, until=until)


def test_an_unknown_production_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match="There is no production 3"):
        pack(case.story.chain.node, case.story.deployment, 3)
    assert files_of(case.evidence, case.proven) == unpacked(case.file)
    assert packed(unpacked(case.file)) == case.file
