"""Batches, bundles, graphs and files of assets, without a chain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from office import HASH

from trust.errors import InputError
from trust.model import MemberId, ProductionId
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role
from trust.provenance.batch import Batch, Opening, bundle_root, bundle_tree, item_leaf
from trust.provenance.files import assets_file, opening_file, read_assets, read_opening
from trust.provenance.graph import UNPROVEN, Graph, Numbers
from trust.screenplay.merkle import verifies

MODEL = "example model 1"


def takes(count: int) -> Batch:
    machines = [Machine(b"\x01" * 32, 10_000)]
    return Batch(
        tuple(
            Asset(ProductionId(1), number.to_bytes(32, "big"), AssetKind.VIDEO, machines=machines)
            for number in range(1, count + 1)
        )
    )


def test_each_of_thousands_is_proven_offline_and_nothing_else_is() -> None:
    batch = takes(5_000)
    for asset_ in batch.assets[::499]:
        opening = batch.opening(asset_.id)
        assert opening.holds
        assert len(opening.proof) <= 13
        other = replace(asset_, kind=AssetKind.AUDIO)
        assert not Opening(batch.root, other, opening.proof).holds
    with pytest.raises(InputError):
        batch.opening(b"\x99" * 32)


def test_a_batch_is_of_one_production_and_lists_each_asset_once() -> None:
    one = takes(1).assets[0]
    for wrong in ((), (one, one), (one, replace(one, production=ProductionId(2), id=b"\x02" * 32))):
        with pytest.raises(InputError):
            Batch(wrong)


def test_bundles_do_not_depend_on_the_order_they_are_given_in() -> None:
    ids = [number.to_bytes(32, "big") for number in (3, 1, 2)]
    assert bundle_root(ids) == bundle_root(sorted(ids))
    tree = bundle_tree(ids)
    assert verifies(tree.proof(2), tree.root, item_leaf(ids[2]))
    for wrong in ([], [ids[0], ids[0]]):
        with pytest.raises(InputError):
            bundle_root(wrong)


def test_a_graph_refuses_what_the_contract_refuses() -> None:
    graph = Graph()
    one = takes(1).assets[0]
    with pytest.raises(InputError):
        graph.register(replace(one, parents=[b"\x09" * 32]))
    assert graph.register(one) == Numbers(1, 1)
    with pytest.raises(InputError):
        graph.register(one)
    with pytest.raises(InputError):
        graph.bundle([b"\x09" * 32])
    assert graph.numbers_of(b"\x09" * 32) == UNPROVEN


def test_assets_and_openings_come_back_from_their_files(tmp_path: Path) -> None:
    part = Contribution(MemberId(7), Role.ARRANGEMENT, 1, b"\x05" * 32)
    batch = takes(3)
    hybrid = replace(
        batch.assets[0],
        contributions=(part,),
        machines=(Machine(b"\x01" * 32, 9_999),),
        parents=(b"\x07" * 32,),
    )
    (tmp_path / "assets.json").write_text(assets_file([hybrid]))
    (back,) = read_assets(tmp_path / "assets.json")
    assert back.as_struct() == hybrid.as_struct()
    opening = batch.opening(batch.assets[1].id)
    (tmp_path / "proof.json").write_text(opening_file(opening))
    found = read_opening(tmp_path / "proof.json")
    assert found.holds
    assert (found.root, found.proof) == (opening.root, opening.proof)


GOOD: dict[str, Any] = {"id": HASH, "kind": "draft", "machines": [{"model": MODEL, "share": 10_000}]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "0x12"}, "is not a hash"),
        ({"id": "@draft.fountain"}, "secret"),
        ({"id": None}, "is not a hash"),
        ({"kind": "novel"}, "There is no kind"),
        ({"kind": 3}, "There is no kind"),
        ({"grant": -1}, "is not a number"),
        ({"prompt_author": "7"}, "is not a number"),
        ({"machines": {}}, "no list"),
        ({"machines": [{"model": "", "share": 1}]}, "no model"),
        ({"machines": [{"model": MODEL, "share": "101%"}]}, "no share"),
        ({"machines": [{"model": MODEL, "share": 0}]}, "no share"),
        ({"machines": [{"model": MODEL, "share": True}]}, "no share"),
        ({"machines": [{"model": MODEL, "share": 1.5}]}, "no share"),
        ({"machines": ["x"]}, "no object"),
        ({"contributions": [{"member": 1, "role": "prompting", "share": 1, "evidence": HASH}]}, "no role"),
        ({"contributions": [{"member": 0, "role": "selection", "share": 1, "evidence": HASH}]}, "not a number"),
        ({"parents": ["draft 1"]}, "is not a hash"),
        ({"author": 7}, "unknown author"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_assets_says_what_is_wrong(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = tmp_path / "assets.json"
    told = {"format": "likeness-trust/assets/1", "production": 1, "assets": [GOOD | change]}
    path.write_text(json.dumps(told))
    with pytest.raises(InputError) as caught:
        read_assets(path)
    assert says in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format": "likeness-trust/assets/2"}', "\x00\xff", "[" * 100_000,
     '{"format": "likeness-trust/assets/1", "production": 1, "assets": []}',
     '{"format": "likeness-trust/assets/1", "production": 0, "assets": [1]}',
     '{"format": "likeness-trust/assets/1", "production": 1, "assets": ["x"]}'],
    ids=["empty", "list", "object", "other format", "binary", "deep", "no assets", "production 0", "no object"],
)  # fmt: skip
def test_what_is_no_file_of_assets_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "assets.json"
    path.write_bytes(content.encode("latin-1"))
    for read in (read_assets, read_opening):
        with pytest.raises(InputError):
            read(path)
