"""Tries and Merkle proofs, against the `trie` package: the same roots, the same nodes, and no other proof passes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
import rlp as reference
from eth_utils.crypto import keccak
from trie import HexaryTrie

from trust.proof import prove, rlp, root_of, verify
from trust.proof.trie import EMPTY_ROOT

SIZES = (1, 2, 3, 15, 16, 17, 18, 127, 128, 129, 130, 255, 256, 257, 300)
WIDTHS = {"short": (1, 4), "around a hash": (20, 40), "long": (100, 600)}


def values_of(count: int, widths: tuple[int, int]) -> list[bytes]:
    dice = random.Random(count)
    return [dice.randbytes(dice.randint(*widths)) for _ in range(count)]


def reference_trie(values: Sequence[bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for place, value in enumerate(values):
        trie[reference.encode(place)] = value
    return trie


def test_an_empty_trie_has_the_known_root() -> None:
    assert root_of([]) == EMPTY_ROOT == HexaryTrie({}).root_hash
    with pytest.raises(IndexError):
        prove([], 0)
    with pytest.raises(rlp.Malformed):
        verify(EMPTY_ROOT, 0, [b"\x80"])


@pytest.mark.parametrize("widths", WIDTHS.values(), ids=WIDTHS)
def test_roots_of_every_size_are_the_references(widths: tuple[int, int]) -> None:
    values = values_of(301, widths)
    trie = HexaryTrie({})
    for place, value in enumerate(values):
        if place % 3 == 0 or place in SIZES:
            assert root_of(values[:place]) == trie.root_hash, place
        trie[reference.encode(place)] = value
    assert root_of(values) == trie.root_hash


@pytest.mark.parametrize("widths", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("count", SIZES)
def test_a_proof_is_the_references_and_proves_its_value(count: int, widths: tuple[int, int]) -> None:
    values = values_of(count, widths)
    trie, root = reference_trie(values), root_of(values)
    for place in {0, 1, count // 2, count - 2, count - 1} & set(range(count)):
        proof = prove(values, place)
        theirs = [reference.encode(node) for node in trie.get_proof(reference.encode(place))]
        assert proof == [theirs[0], *(node for node in theirs[1:] if len(node) >= 32)]
        assert verify(root, place, proof) == values[place]


@pytest.mark.parametrize("widths", WIDTHS.values(), ids=WIDTHS)
def test_every_place_of_a_block_has_its_proof(widths: tuple[int, int]) -> None:
    values = values_of(150, widths)
    root = root_of(values)
    assert [verify(root, place, prove(values, place)) for place in range(0, 150, 3)] == values[::3]
    for beyond in (-1, 150, 10**6):
        with pytest.raises(IndexError):
            prove(values, beyond)


@pytest.mark.parametrize("widths", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize(("count", "place"), [(1, 0), (3, 2), (20, 17), (300, 0), (300, 128), (300, 299)])
def test_no_other_nodes_prove_anything(count: int, place: int, widths: tuple[int, int]) -> None:
    values, dice = values_of(count, widths), random.Random(count + place)
    root, proof = root_of(values), prove(values, place)
    forged = [
        proof[:-1],
        proof[1:],
        proof[::-1] if len(proof) > 1 else [],
        [*proof, proof[-1]],
        [*proof, b""],
    ]
    forged += [[*proof[:at], dice.randbytes(40), *proof[at:]] for at in range(len(proof) + 1)]
    for at, node in enumerate(proof):
        for _ in range(40):
            flipped = bytearray(node)
            flipped[dice.randrange(len(node))] ^= 1 << dice.randrange(8)
            forged.append([*proof[:at], bytes(flipped), *proof[at + 1 :]])
        forged.append([*proof[:at], node + b"\0", *proof[at + 1 :]])
    for nodes in forged:
        with pytest.raises(rlp.Malformed):
            verify(root, place, nodes)
    with pytest.raises(rlp.Malformed):
        verify(bytes(32), place, proof)


@pytest.mark.parametrize("count", [1, 2, 16, 128, 129, 300])
def test_a_proof_proves_no_other_place(count: int) -> None:
    values = values_of(count, (3, 40))
    root, proof = root_of(values), prove(values, count - 1)
    for place in {*range(count - 1), count, count + 1, 255, 256, 65_536} - {count - 1}:
        try:
            found = verify(root, place, proof)
        except rlp.Malformed:
            continue
        # A neighbour that lies in the same short node is proven by the same nodes, as what it is.
        assert found == values[place]


def proven(*nodes: bytes) -> bytes:
    """The value at place 0, whose path is the nibbles 8 and 0, under a root of our own making."""
    return verify(keccak(nodes[0]), 0, nodes)


def test_nodes_that_no_trie_of_ours_has_are_read_by_the_same_rules() -> None:
    value = b"long enough to stand in a node of its own"
    assert proven(reference.encode([b"\x20\x80", value])) == value
    branch = reference.encode([b""] * 16 + [value])
    extension = reference.encode([b"\x00\x80", keccak(branch)])
    assert proven(extension, branch) == value


@pytest.mark.parametrize(
    "nodes",
    [
        [[b"\x38", b"v"]],  # a leaf before the path's end
        [[b"\x20\x80\x00", b"v"]],  # and beyond it
        [[b"\x2f\x80", b"v"]],  # something where an even path has a gap
        [[b"\x40\x80", b"v"]],  # neither a leaf nor an extension
        [[b"", b"v"]],
        [[b"\x00\x80", b"v"]],  # an extension to nothing
        [[b"\x20\x80", b"v", b""]],
        [[b""] * 17],
        [[b"\x00\x80", [b""] * 17]],  # a branch that ends there, without a value
        [[b"\x20\x80", b"v"], [b"\x20\x80", b"v"]],
        [[b"\x00\x80", [b""] * 16 + [b"v"]], [b"\x20\x80", b"v"]],
    ],
)
def test_nodes_that_prove_nothing_are_refused(nodes: list[list[bytes]]) -> None:
    with pytest.raises(rlp.Malformed):
        proven(*map(reference.encode, nodes))
