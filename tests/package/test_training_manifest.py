"""Manifests of datasets: three formats that say the same, bad ones named by line, and the tree over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from lineages import SECRET
from test_index_story import Story
from typer.testing import CliRunner

from trust.cli import app
from trust.errors import InputError
from trust.model import Modality, ProductionId
from trust.provenance.asset import Asset, AssetKind, Machine
from trust.provenance.batch import bundle_root
from trust.provenance.commitment import committed
from trust.testing import LocalChain
from trust.training.manifest import Item, read_manifest
from trust.training.tree import bundled, dataset, holds, holds_in_stages
from trust.training.verdicts import Claim, Setting, Verdict, judge
from trust.views.training import USES, Declaration, PooledRecord, TrainingRight, Value

ROOT, SIBLINGS = keccak(b"root"), (keccak(b"left"), keccak(b"right"))
ITEMS = (keccak(b"one"), keccak(b"two"), keccak(b"three"))


def hexed(raw: bytes) -> str:
    return "0x" + raw.hex()


def rows() -> list[dict[str, str]]:
    first = {"item": hexed(ITEMS[0]), "name": "=cmd()", "modality": "voice", "archive": hexed(ROOT)}
    rest = [
        {"item": hexed(item), "name": "", "modality": "", "archive": "", "proof": ""} for item in ITEMS[1:]
    ]
    return [first | {"proof": " ".join(map(hexed, SIBLINGS))}, *rest]


def as_csv(path: Path) -> Path:
    lines = [",".join(row.values()) for row in rows()]
    path.with_suffix(".csv").write_text(
        "\ufeff" + "item,name,modality,archive,proof\n\n" + "\n".join(lines) + "\n"
    )
    return path.with_suffix(".csv")


def as_json(path: Path) -> Path:
    listed = [{key: value for key, value in row.items() if value} for row in rows()]
    listed[0]["proof"] = [*map(hexed, SIBLINGS)]  # type: ignore[assignment]
    path.with_suffix(".json").write_text(json.dumps({"items": listed}))
    return path.with_suffix(".json")


def as_parquet(path: Path) -> Path:
    table = pa.table(
        {
            "item": pa.array(ITEMS, pa.binary(32)),
            "name": ["=cmd()", None, None],
            "modality": ["VOICE", None, None],
            "archive": pa.array([ROOT, None, None], pa.binary(32)),
            "proof": pa.array([SIBLINGS, None, []], pa.list_(pa.binary(32))),
        }
    )
    pq.write_table(table, path.with_suffix(".PARQUET"))
    return path.with_suffix(".PARQUET")


@pytest.mark.parametrize("write", [as_csv, as_json, as_parquet])
def test_every_format_says_the_same(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    found = read_manifest(write(tmp_path / "data"))
    assert [one.item for one in found] == list(ITEMS)
    assert found[0] == Item(found[0].where, ITEMS[0], "=cmd()", Modality.VOICE, ROOT, SIBLINGS)
    assert found[2] == Item(found[2].where, ITEMS[2])


ONE = hexed(ITEMS[0])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", "", "is not a manifest"),
        ("a.csv", "", "no column item"),
        ("a.csv", "item\n", "no items"),
        ("a.csv", "thing\n0x1\n", "unknown columns: thing"),
        ("a.csv", "item,item\n", "twice"),
        ("a.csv", f"item,name\n{ONE}\n", "line 2 has 1 values, not 2"),
        ("a.csv", f"item\n{ONE}\n\n{ONE}\n", "line 4: the item 0x"),
        ("a.csv", "item\n0x12\n", "line 2: item is '0x12'"),
        ("a.csv", "item\n" + "x" * 200_000, "is not CSV"),
        ("a.csv", f"item,modality\n{ONE},smell\n", "'smell' is not a modality"),
        ("a.csv", f"item,proof\n{ONE},{ONE}\n", "a proof and no archive"),
        ("a.csv", b"item\n\xff", "is not CSV"),
        ("a.csv", f'item\n"{ONE}', "is not CSV"),
        ("a.json", "{", "is not JSON"),
        ("a.json", "[" * 100_000, "is not JSON"),
        ("a.json", "{}", "no list of items"),
        ("a.json", "[1]", "item 1 is not an object"),
        ("a.json", '[{"item": 5}]', "item 1: item is 'something else'"),
        ("a.json", '[{"item": "0x", "path": "x"}]', "unknown columns: path"),
        ("a.json", f'[{{"item": "{ONE}", "name": 4}}]', "its name is not a text"),
        ("a.json", f'[{{"item": "{ONE}", "archive": "{ONE}", "proof": 4}}]', "its proof is not a list"),
        ("a.parquet", "not parquet", "is not Parquet"),
    ],
)
def test_a_bad_manifest_is_refused_by_place(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as refused:
        read_manifest(path)
    assert said in str(refused.value)
    assert refused.value.hint


def test_a_folder_or_nothing_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "b.csv"):
        with pytest.raises(InputError, match="is not a file"):
            read_manifest(path)


DATASETS = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


@given(DATASETS, st.data())
def test_every_item_is_proven_in_its_dataset_and_nothing_else_is(
    items: Sequence[bytes], data: st.DataObject
) -> None:
    tree = dataset(items)
    at = data.draw(st.integers(0, len(items) - 1))
    proof = tree.proof(at + 1)
    assert holds(tree.root, items[at], proof)
    stranger = data.draw(st.binary(min_size=32, max_size=32).filter(lambda one: one not in items))
    assert not holds(tree.root, stranger, proof)
    # A leaf or an inner node is no item, though its way to the root is known.
    assert not holds(tree.root, tree.leaves[at], proof)
    assert not holds(tree.root, tree.root, ())
    for place, sibling in enumerate(proof):
        bent = (*proof[:place], bytes(32) if sibling != bytes(32) else b"\1" * 32, *proof[place + 1 :])
        assert not holds(tree.root, items[at], bent)
    if proof:
        assert not holds(tree.root, items[at], proof[:-1])


@given(DATASETS)
def test_an_ascending_dataset_is_the_bundle_of_its_items(items: Sequence[bytes]) -> None:
    assert dataset(sorted(items)).root == bundle_root(items)


@given(DATASETS, st.integers(2, 7), st.data())
def test_an_item_is_proven_through_every_stage_of_bundles(
    items: Sequence[bytes], size: int, data: st.DataObject
) -> None:
    whole = bundled(items, size)
    item = data.draw(st.sampled_from(items))
    stages = whole.stages(item)
    assert holds_in_stages(whole.root, item, stages)
    assert not holds_in_stages(whole.root, item, stages[:-1])
    assert not holds_in_stages(whole.root, item, (*stages, ()))
    with pytest.raises(KeyError):
        whole.stages(bytes(31))


def test_the_contract_makes_the_same_leaf_and_the_same_bundles_of_bundles(tmp_path: Path) -> None:
    with LocalChain() as chain:
        story = Story.deployed(chain, tmp_path)
        assert story.view("Provenance", "itemLeaf", ITEMS[0]) == dataset(ITEMS[:1]).root
        story.register()
        ids = [keccak(b"asset %d" % number) for number in range(7)]
        for number in ids:
            asset = Asset(ProductionId(1), number, AssetKind.IMAGE, machines=[Machine(ROOT, 10_000)])
            story.send(story.studio, "Provenance", "register", asset.as_struct())
        whole = bundled(ids, 3)
        for level in whole.levels:
            for part in level:
                story.send(story.studio, "Provenance", "bundle", list(part))
        assert story.view("Provenance", "datasetDepth", whole.root) == 1


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["training", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_a_folder_becomes_a_manifest_of_commitments_and_each_item_is_proven(tmp_path: Path) -> None:
    folder, salt = tmp_path / "scans", tmp_path / "archive.salt"
    (folder / "deep").mkdir(parents=True)
    for number in range(5):
        (folder / "deep" / f"<b>{number}").write_bytes(b"scan %d" % number)
    salt.write_text(SECRET.hex())
    listed, proofs = tmp_path / "archive.json", tmp_path / "proofs.json"
    code, said, _ = run("list", folder, "--salt-file", salt, "--out", listed, "--json")
    told = json.loads(said)
    items = read_manifest(listed)
    assert (code, told["items"], len(items)) == (0, 5, 5)
    assert {one.item for one in items} == {committed(SECRET, b"scan %d" % n) for n in range(5)}
    assert told["root"] == hexed(bundle_root([one.item for one in items]))
    code, said, _ = run("root", listed, "--out", proofs, "--json")
    assert (code, json.loads(said)["root"]) == (0, told["root"])
    for one in read_manifest(proofs):
        assert one.archive == bytes.fromhex(told["root"][2:])
        assert holds(one.archive, one.item, one.proof)


def test_a_folder_that_is_none_or_tells_a_thing_twice_writes_nothing(tmp_path: Path) -> None:
    folder, salt, out = tmp_path / "scans", tmp_path / "archive.salt", tmp_path / "archive.json"
    salt.write_text(SECRET.hex())
    folder.mkdir()
    words = ("list", folder, "--salt-file", salt, "--out", out)
    assert "has no files" in run(*words)[2]
    for name in ("a", "b"):
        (folder / name).write_text("same")
    code, said, error = run(*words)
    assert (code, said, "the same content as a" in error) == (2, "", True)
    assert "There is no folder" in run("list", tmp_path / "none", *words[2:])[2]
    assert not out.exists()
    (folder / "b").unlink()
    assert run(*words)[0] == 0
    assert "There is a file" in run(*words)[2]


VALUES = st.fixed_dictionaries({use: st.sampled_from(list(Value)) for use in USES})
WORDS = st.builds(lambda values: Declaration(1, ROOT, 3, values, ROOT, 5, ROOT), VALUES)
RECORDS = st.builds(
    PooledRecord,
    st.just(1),
    st.just(1),
    st.sampled_from([0, 1, 2]),
    st.integers(0, 5),
    st.just(5),
    st.sampled_from([None, 6]),
)
CLAIMS = st.builds(
    Claim, st.integers(1, 3), st.lists(RECORDS, max_size=2), st.lists(WORDS, max_size=2)
).filter(lambda claim: bool(claim.records or claim.declared))
RIGHTS = st.builds(
    lambda modalities, starts, until, ended, depth: TrainingRight(
        1, 1 << 24 | 1, None, modalities, starts, until, ended, 8 if ended else None, depth
    ),
    st.integers(1, 63),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from([None, "revoked", "suspended"]),
    st.sampled_from([None, 0, 2]),
)


@given(
    st.lists(CLAIMS, min_size=1, max_size=3),
    CLAIMS,
    st.dictionaries(st.integers(1, 3), st.lists(RIGHTS, min_size=1, max_size=2)),
    st.sampled_from([None, *Modality]),
    st.sampled_from([None, "is on strike", "is cancelled"]),
)
def test_one_more_claim_never_makes_an_item_freer(
    claims: list[Claim],
    more: Claim,
    rights: dict[int, list[TrainingRight]],
    modality: Modality | None,
    closed: str | None,
) -> None:
    setting = Setting(1, "cawg.ai_training", 10, closed, rights, lambda item: 1)
    item = Item("item 1", ITEMS[0], "", modality)
    order = list(Verdict)
    before, after = judge(item, claims, setting), judge(item, [*claims, more], setting)
    assert order.index(after.verdict) >= order.index(before.verdict)
    assert judge(item, [*claims, more][::-1], setting).verdict == after.verdict
    if closed and after.verdict is Verdict.LICENSED:
        # Only what every one of them allows to everybody.
        assert all(
            {word.values["cawg.ai_training"] for word in one.declared} == {Value.ALLOWED} for one in claims
        )
