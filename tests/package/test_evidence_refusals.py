"""What is no evidence pack, and what a hostile one may try: each gets a clear answer."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from relay import Relay
from rich.console import Console
from test_index_story import Story, played, short_story
from typer.testing import CliRunner

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, blob
from trust.cli import audit_pack
from trust.cli.command import OneLine, group
from trust.demo import play
from trust.demo.chain import stop
from trust.errors import ChainError, InputError
from trust.evidence import MOST_BYTES, Verdict, check, pack
from trust.evidence.container import NAMES, packed, unpacked
from trust.evidence.transactions import chain_of, encode
from trust.proof import rlp


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("story"), short_story) as story:
        yield story


@pytest.fixture(scope="module")
def file(story: Story) -> bytes:
    return pack(story.chain.node, story.deployment, 1).file


@pytest.fixture(scope="module")
def commands() -> typer.Typer:
    audit = group("Evidence.")
    audit_pack.register(audit)
    app = typer.Typer(cls=OneLine)
    app.add_typer(audit, name="audit")
    return app


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


# No pack at all


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"{}", b"PK\3\4", b"PK\5\6" + bytes(18), b"\x1f\x8b" + bytes(99)]
)
def test_what_is_no_zip_file_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="This is not an evidence pack"):
        check(data)


def test_a_pack_cut_anywhere_is_refused_or_false(file: bytes) -> None:
    for end in (*range(0, 200, 7), *range(200, len(file), len(file) // 40), len(file) - 1):
        refused = None
        try:
            checked = check(file[:end])
        except InputError as refusal:
            refused = str(refusal)
        assert "unchanged and whole" in refused if refused else checked.verdict == Verdict.FALSE


def test_a_compressed_entry_is_refused_before_it_is_expanded(file: bytes) -> None:
    bomb = unpacked(file) | {"rows.json": bytes(30_000_000)}
    data = zipped(bomb, zipfile.ZIP_DEFLATED)
    assert len(data) < 1_000_000
    with pytest.raises(InputError, match=r"pack\.json is compressed"):
        check(data)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/rows.json", "ROWS.JSON", "rows.jsom"])
def test_entries_with_other_names_are_refused(file: bytes, name: str) -> None:
    files = {name if entry == "rows.json" else entry: data for entry, data in unpacked(file).items()}
    with pytest.raises(InputError, match=r"rows\.json is not where it belongs"):
        check(zipped(files))


def test_the_same_files_zipped_by_another_program_are_false(file: bytes) -> None:
    checked = check(zipped(unpacked(file)))
    assert checked.verdict == Verdict.FALSE
    assert [fault.where for fault in checked.faults] == ["the file"]


def test_what_is_added_behind_the_end_is_false(file: bytes) -> None:
    assert check(file + b"\0").verdict == Verdict.FALSE


def test_a_file_larger_than_a_pack_may_be_is_refused_unread(commands: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    with path.open("wb") as large:
        large.truncate(MOST_BYTES + 1)  # takes no room on the disk
    done = CliRunner().invoke(commands, ["audit", "check", str(path)])
    assert done.exit_code == 2
    assert "--since and --until" in done.stderr


# Content that can't be read


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("pack.json", b"", "can't be read"),
        ("pack.json", b"[" * 100_000, "can't be read"),
        ("pack.json", b"\xff\xfe", "can't be read"),
        ("pack.json", b'{"format": 1, "production": 1}', "deployment"),
        ("proofs.json", b'[{"number": 1e400}]', "can't be read"),
        ("proofs.json", b'[{"number": ' + b"9" * 5_000 + b"}]", "can't be read"),
        ("proofs.json", b"[" * 100_000, "can't be read"),
        ("headers.rlp", b"", "can't be read"),
        ("headers.rlp", b"\xc0", "has no headers"),
        ("headers.rlp", b"\xfb\xff\xff\xff\xff", "can't be read"),
        ("headers.rlp", rlp.encode_list([rlp.encode(b"no header")]), "can't be read"),
    ],
)
def test_content_that_cannot_be_read_is_refused(file: bytes, name: str, data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(packed(unpacked(file) | {name: data}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format 2; this program reads format 1"),
        ({"format": 10**4_000}, "can't be read"),
        ({"production": 0}, "can't be read"),
        ({"production": 2**24}, "can't be read"),
        ({"production": "1"}, "can't be read"),
        ({"deployment": {"chain_id": 1, "block": -1, "token": "0x", "contracts": {}}}, "can't be read"),
    ],
)
def test_a_manifest_with_impossible_values_is_refused(file: bytes, change: dict[str, Any], said: str) -> None:
    manifest = json.loads(unpacked(file)["pack.json"]) | change
    with pytest.raises(InputError, match=said):
        check(packed(unpacked(file) | {"pack.json": _plain(manifest)}))


def _plain(manifest: dict[str, Any]) -> bytes:
    # A number of four thousand digits: Python writes it only in pieces.
    large = manifest["format"] if manifest["format"] > 2**64 else None
    text = json.dumps(manifest | ({"format": 1} if large else {}))
    return (text.replace('"format": 1', '"format": 1' + "0" * 4_000) if large else text).encode()


def test_a_header_with_a_number_of_a_million_digits_is_refused(file: bytes) -> None:
    headers = rlp.decode_list(unpacked(file)["headers.rlp"])
    for place in (8, 11):  # number and time
        fields = [rlp.encode(field) for field in rlp.decode_list(headers[0])]
        fields[place] = rlp.encode(b"\xff" * 400_000)
        changed = rlp.encode_list([rlp.encode_list(fields), *headers[1:]])
        with pytest.raises(InputError, match="headers of this pack can't be read"):
            check(packed(unpacked(file) | {"headers.rlp": changed}))


def test_a_deployment_without_a_contract_is_refused(file: bytes) -> None:
    manifest = json.loads(unpacked(file)["pack.json"])
    del manifest["deployment"]["contracts"]["Payroll"]
    with pytest.raises(InputError, match="other contracts"):
        check(packed(unpacked(file) | {"pack.json": json.dumps(manifest).encode()}))


# A node that lies


@pytest.mark.parametrize(
    ("method", "spoil"),
    [
        ("eth_getBlockReceipts", lambda result: [receipt | {"logs": []} for receipt in result]),
        ("eth_getBlockByHash", lambda result: result | {"transactions": []}),
    ],
)
def test_a_node_that_lies_makes_no_pack(story: Story, method: str, spoil: Any) -> None:
    relay = Relay(story.chain)
    relay.lie = lambda request, result: spoil(result) if request["method"] == method and result else result
    relay.open()
    try:
        with Node(relay.url) as node, pytest.raises(ChainError, match="that its header denies"):
            pack(node, story.deployment, 1)
    finally:
        relay.shut()


# Transactions


def test_transactions_of_every_type_encode_to_what_was_signed(story: Story) -> None:
    account, chain = story.keys[3], story.chain.node
    nonce, target = chain.nonce(account.address), story.agent.address
    common = {"to": target, "value": 1, "gas": 60_000, "chainId": 31337}
    listed = [{"address": story.deployment.token, "storageKeys": ["0x" + "07" * 32]}]
    fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1}
    signed = account.sign_authorization({"chainId": 31337, "address": target, "nonce": nonce + 9})
    kinds: list[dict[str, Any]] = [
        {"gasPrice": 10**10},
        {"type": 1, "gasPrice": 10**10, "accessList": listed},
        {"type": 2, **fees, "accessList": listed, "data": "0x01"},
        {"type": 4, **fees, "authorizationList": [signed]},
    ]
    for at, kind in enumerate(kinds):
        raw = bytes(account.sign_transaction(common | kind | {"nonce": nonce + at}).raw_transaction)
        tx_hash = chain.call("eth_sendRawTransaction", "0x" + raw.hex())
        (answer,) = chain.batch([Call("eth_getTransactionByHash", (tx_hash,))])
        assert encode(answer) == raw
        assert chain_of(raw) == 31337


def test_a_blob_transaction_encodes_to_what_was_signed() -> None:
    told = {
        "type": "0x3",
        "chainId": "0x1",
        "nonce": "0x7",
        "maxPriorityFeePerGas": "0x1",
        "maxFeePerGas": "0x9",
    }
    told |= {"gas": "0x5208", "to": "0x" + "11" * 20, "value": "0x0", "input": "0x", "accessList": []}
    told |= {"maxFeePerBlobGas": "0x3", "blobVersionedHashes": ["0x01" + "cd" * 31]}
    fields = {name: value for name, value in told.items() if name != "input"} | {"data": "0x"}
    typed = TypedTransaction.from_dict(fields)
    key = Account.create()
    signature = key.unsafe_sign_hash(typed.hash())
    parity = {"v": signature.v - 27, "r": signature.r, "s": signature.s}
    raw = TypedTransaction.from_dict(fields | parity).encode()
    assert encode(told | {name: hex(number) for name, number in parity.items()}) == raw
    assert chain_of(raw) == 1


@pytest.mark.parametrize("told", [{}, {"type": "0x7e"}, {"type": "0x0", "nonce": "x"}, {"type": None}])
def test_a_transaction_that_cannot_be_encoded_says_so(told: dict[str, Any]) -> None:
    with pytest.raises(rlp.Malformed):
        encode(told)


@pytest.mark.parametrize(
    "raw", [b"\x02", b"\x02\xc0", b"\xc0", b"\x02" + rlp.encode_list([rlp.encode(b"\xff" * 9)])]
)
def test_bytes_that_are_no_transaction_say_so(raw: bytes) -> None:
    with pytest.raises(rlp.Malformed):
        chain_of(raw)


# Commands


def test_the_demos_production_is_packed_and_checked_by_command(
    commands: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "demo"
    demo = play(None, folder, keep=True, console=Console(file=StringIO()))
    deployment, out = str(folder / "deployment.json"), tmp_path / "production-1.zip"

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        done = CliRunner().invoke(commands, ["audit", *words, "--json"])
        return done.exit_code, json.loads(done.stdout or "{}")

    try:
        packing = (
            "pack",
            "--production",
            "1",
            "--rpc",
            demo.rpc_url,
            "--deployment",
            deployment,
            "--out",
            str(out),
        )
        code, told = run(*packing)
        assert (code, told["bytes"]) == (0, out.stat().st_size)
        assert run(*packing)[0] == 2  # there is a file already
        assert run(*packing, "--force")[0] == 0
    finally:
        stop(folder)
    monkeypatch.chdir(tmp_path)
    (tip,) = [one["hash"] for one in told["compare"]]
    assert Deployment.load(Path(deployment)).block == told["first_block"]
    known = ("--block-hash", tip, "--deployment", deployment)
    assert run("check", str(out), *known)[1] == {
        "verdict": "proven",
        "production": 1,
        "first": told["first_block"],
        "last": told["last_block"],
        "rows": told["rows"],
        "compare": [],
        "deployment": True,
        "faults": [],
    }
    assert run("check", str(out))[0] == run("check", str(out), *known[:2])[0] == 8
    assert run("check", str(out), "--block-hash", "0x" + "00" * 32)[0] == 7
    assert run("check", deployment)[0] == run("check", str(tmp_path / "none"))[0] == 2
    plain = CliRunner().invoke(commands, ["audit", "check", str(out)]).stdout
    assert "not yet anchored" in plain
    assert f"hash {tip}, with a source of yours." in plain
    assert "--deployment FILE" in plain


@pytest.mark.parametrize(
    ("old", "new"), [(b'"0x', b'"0X'), (b'"0x', b'"'), (b'"0x', b'"0x '), (b"a", b"A"), (b"a", b"zz")]
)
def test_proofs_have_one_form(file: bytes, old: bytes, new: bytes) -> None:
    proofs = unpacked(file)["proofs.json"]
    at = proofs.index(old, len(proofs) // 2)
    changed = proofs[:at] + new + proofs[at + len(old) :]
    assert check(packed(unpacked(file) | {"proofs.json": changed})).verdict == Verdict.FALSE


def test_every_file_of_a_pack_is_checked(file: bytes) -> None:
    for name in NAMES:
        data = unpacked(file)[name]
        try:
            assert check(packed(unpacked(file) | {name: data + b" "})).verdict == Verdict.FALSE
        except InputError:
            assert name == "headers.rlp"


def test_a_deployment_of_another_token_is_another(story: Story, file: bytes) -> None:
    other = replace(story.deployment, token=story.deployment.contracts["Payroll"])
    assert check(file, [], other).verdict == Verdict.FALSE
    assert blob(other.token) != blob(story.deployment.token)
