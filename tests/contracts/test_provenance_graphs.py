"""Depth and generations since a human on random graphs: on chain, in the package, and by walking every path.

Each graph is registered in one call that leaves nothing behind, by a contract that stands at the studio's address.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from assets import MODEL, named
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solidity import create
from world import World

from trust.model import MemberId, ProductionId
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role
from trust.provenance.batch import bundle_root
from trust.provenance.graph import MAXIMUM, Graph, Numbers

#: Ten thousand in `make deep`.
GRAPHS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 300
MOST_NODES = 12
MOST_PARENTS = 4

PLAYER = """
pragma solidity 0.8.37;

struct Contribution { uint24 memberId; uint8 role; uint16 shareBps; bytes32 evidenceHash; }
struct Machine { bytes32 modelHash; uint16 shareBps; }
struct Asset {
    uint24 productionId; bytes32 id; uint8 kind; uint256 grantId; uint24 promptAuthor;
    Contribution[] contributions; Machine[] machines; bytes32[] parents;
}

interface Provenance {
    function register(Asset calldata asset) external;
    function bundle(bytes32[] calldata children) external returns (bytes32);
    function commitBatch(uint24 productionId, bytes32 root, uint32 assets) external;
    function numbersOf(bytes32 id) external view returns (uint16, uint16);
}

/// Registers a whole graph: BUNDLE for an asset without a production, BATCH for one without shares.
contract Player {
    function play(Provenance provenance, Asset[] calldata steps)
        external returns (bytes32[] memory ids, uint16[] memory depths, uint16[] memory sinceHuman)
    {
        ids = new bytes32[](steps.length);
        depths = new uint16[](steps.length);
        sinceHuman = new uint16[](steps.length);
        for (uint256 i = 0; i < steps.length; i++) {
            ids[i] = steps[i].id;
            if (steps[i].productionId == 0) ids[i] = provenance.bundle(steps[i].parents);
            else if (steps[i].contributions.length + steps[i].machines.length > 0) provenance.register(steps[i]);
            else provenance.commitBatch(steps[i].productionId, steps[i].id, 1);
            (depths[i], sinceHuman[i]) = provenance.numbersOf(ids[i]);
        }
    }
}
"""
_STEPS = (
    "(uint24,bytes32,uint8,uint256,uint24,(uint24,uint8,uint16,bytes32)[],(bytes32,uint16)[],bytes32[])[]"
)
_CALL = keccak(text=f"play(address,{_STEPS})")[:4]


@dataclass(frozen=True)
class Node:
    """An asset of a machine, a human or both; a BATCH of neither; or a BUNDLE. Parents are earlier nodes."""

    machine: bool
    human: bool
    bundle: bool
    parents: tuple[int, ...]

    @property
    def batch(self) -> bool:
        return not (self.machine or self.human or self.bundle)


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, MOST_NODES))):
        earlier = st.integers(0, number - 1) if number else st.nothing()
        parents = tuple(sorted(draw(st.sets(earlier, max_size=min(number, MOST_PARENTS)))))
        what = draw(st.sampled_from(["machine", "human", "both", "machine", "bundle", "batch"]))
        # The same children have one root, and are bundled once.
        if what == "bundle" and (
            not parents or any(node.bundle and node.parents == parents for node in nodes)
        ):
            what = "both"
        nodes.append(
            Node(
                what in ("machine", "both"),
                what in ("human", "both"),
                what == "bundle",
                () if what == "batch" else parents,
            )
        )
    return nodes


def paths(nodes: Sequence[Node], start: int) -> Iterator[list[Node]]:
    """Every way from a node up to one without parents."""
    node = nodes[start]
    if not node.parents:
        yield [node]
    for parent in node.parents:
        for rest in paths(nodes, parent):
            yield [node, *rest]


def by_paths(nodes: Sequence[Node], start: int) -> Numbers:
    """The definition, taken literally: the longest of all paths, counted for each number."""
    depth = since_human = 0
    for path in paths(nodes, start):
        machines = sum(MAXIMUM if node.batch else node.machine for node in path)
        until_human = 0
        for node in path:
            if node.human:
                break
            until_human += MAXIMUM if node.batch else not node.bundle
        depth, since_human = max(depth, machines), max(since_human, until_human)
    return Numbers(min(depth, MAXIMUM), min(since_human, MAXIMUM))


def in_package(nodes: Sequence[Node], assets: Sequence[Asset]) -> list[Numbers]:
    graph = Graph()
    for node, asset in zip(nodes, assets, strict=True):
        if node.bundle:
            assert graph.bundle(asset.parents)[0] == asset.id
        elif node.batch:
            graph.commit(asset.id)
        else:
            graph.register(asset)
    return [graph.numbers_of(asset.id) for asset in assets]


def as_assets(nodes: Sequence[Node], production: ProductionId) -> list[Asset]:
    """A bundle has the production 0 and its root as id."""
    assets: list[Asset] = []
    for number, node in enumerate(nodes):
        parents = [assets[parent].id for parent in node.parents]
        share = 5_000 if node.machine and node.human else 10_000
        assets.append(
            Asset(
                ProductionId(0) if node.bundle else production,
                bundle_root(parents) if node.bundle else named(f"node {number}"),
                AssetKind.DRAFT,
                [Contribution(MemberId(1), Role.AUTHORSHIP, share, MODEL)] if node.human else [],
                [Machine(MODEL, share)] if node.machine else [],
                parents,
            )
        )
    return assets


def on_chain(world: World, player: str, assets: Sequence[Asset]) -> list[Numbers]:
    steps = []
    for asset in assets:
        struct = asset.as_struct()
        struct["contributions"] = [tuple(part.values()) for part in struct["contributions"]]
        struct["machines"] = [tuple(part.values()) for part in struct["machines"]]
        steps.append(tuple(struct.values()))
    data = _CALL + encode(["address", _STEPS], [world.contract("Provenance"), steps])
    studio = world.address("studio")
    call = {"from": studio, "to": studio, "data": "0x" + data.hex(), "gas": hex(30_000_000)}
    answer = bytes.fromhex(world.chain.node.call("eth_call", call, "latest", {studio: {"code": player}})[2:])
    ids, depths, since_human = decode(["bytes32[]", "uint16[]", "uint16[]"], answer)
    assert list(ids) == [asset.id for asset in assets]
    return [Numbers(*pair) for pair in zip(depths, since_human, strict=True)]


@pytest.fixture(scope="session")
def player(_beginning: World) -> str:
    """The contract's code, as it runs."""
    node = _beginning.chain.node
    return str(node.call("eth_getCode", create(_beginning.chain, "Player", source=PLAYER), "latest"))


@settings(
    max_examples=GRAPHS,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(nodes=graphs())
def test_both_numbers_are_the_longest_paths_on_random_graphs(
    world: World, player: str, nodes: list[Node]
) -> None:
    assets = as_assets(nodes, world.production)
    expected = [by_paths(nodes, number) for number in range(len(nodes))]
    assert in_package(nodes, assets) == expected
    assert on_chain(world, player, assets) == expected


def test_the_graphs_are_worth_testing() -> None:
    """Deep, wide, and with all that there is."""
    chain = [Node(True, False, False, (number - 1,) if number else ()) for number in range(6)]
    assert by_paths(chain, 5) == (6, 6)
    revised = [*chain, Node(False, True, False, (5,))]
    assert by_paths(revised, 6) == (6, 0)
    unproven = [Node(False, False, False, ()), Node(True, False, False, (0,)), Node(False, True, False, (1,))]
    assert [by_paths(unproven, number) for number in range(3)] == [
        (MAXIMUM, MAXIMUM),
        (MAXIMUM, MAXIMUM),
        (MAXIMUM, 0),
    ]
