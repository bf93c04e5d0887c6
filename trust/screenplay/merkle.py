"""The breakdown: a Merkle tree over a screenplay's scenes. A contract stores the root; a proof shows one.

    payload = abi.encode(bytes32 DOMAIN, bytes32 salt, uint256 number, string heading, string[] characters)
    leaf    = keccak256(bytes.concat(keccak256(payload)))
    node    = keccak256(the lower of two children, then the higher)

These are OpenZeppelin's rules, so `MerkleProof.verify(proof, root, leaf)` accepts the proofs. Leaves stay in
scene order and an odd node at the end of a layer goes up as it is. Leaves are hashed twice so that no 64-byte
node can pass for a payload. ABI encoding carries every length, so two scenes never share a payload, and
Solidity can rebuild it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from trust.errors import ScreenplayError
from trust.screenplay.model import Scene, Screenplay
from trust.screenplay.secret import salt

DOMAIN: Final = keccak(text="LikenessTrust.Scene.v1")
_PAYLOAD: Final = ("bytes32", "bytes32", "uint256", "string", "string[]")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The tree of 32-byte nodes: `layers[0]` are the leaves in scene order, the last layer is the root."""

    layers: tuple[tuple[bytes, ...], ...]

    @property
    def root(self) -> bytes:
        """What the contract stores, 32 bytes."""
        return self.layers[-1][0]

    @property
    def leaves(self) -> tuple[bytes, ...]:
        """One 32-byte leaf for each scene, in order."""
        return self.layers[0]

    def proof(self, number: int) -> tuple[bytes, ...]:
        """The siblings of a scene's leaf, bottom up. Raises ScreenplayError if there is no such scene."""
        if not 1 <= number <= len(self.leaves):
            raise ScreenplayError(
                f"There is no scene {number}.", hint=f"The screenplay has scenes 1 to {len(self.leaves)}."
            )
        index = number - 1
        siblings: list[bytes] = []
        for layer in self.layers[:-1]:
            siblings += layer[index ^ 1 : (index ^ 1) + 1]
            index //= 2
        return tuple(siblings)


def salts(screenplay: Screenplay, secret: bytes) -> tuple[bytes, ...]:
    """Each scene's 32-byte salt, in scene order. Raises ScreenplayError for a secret under 32 bytes."""
    return tuple(salt(secret, scene.number) for scene in screenplay.scenes)


def leaf(scene: Scene, scene_salt: bytes) -> bytes:
    """The 32-byte leaf of a scene: its number, heading and characters under its salt; nothing else of it."""
    if len(scene_salt) != 32:
        raise ScreenplayError(
            f"A scene's salt has 32 bytes, not {len(scene_salt)}.", hint="Use salts() for them."
        )
    values = (DOMAIN, scene_salt, scene.number, scene.heading, scene.characters)
    return keccak(keccak(encode(_PAYLOAD, values)))


def breakdown(screenplay: Screenplay, secret: bytes) -> Breakdown:
    """A screenplay's breakdown under a production secret. Raises ScreenplayError for one under 32 bytes."""
    pairs = zip(screenplay.scenes, salts(screenplay, secret), strict=True)
    return tree([leaf(scene, scene_salt) for scene, scene_salt in pairs])


def tree(leaves: list[bytes]) -> Breakdown:
    """The tree over 32-byte leaves, at least one. Raises ScreenplayError without any."""
    if not leaves:
        raise ScreenplayError("A breakdown needs at least one scene.", hint="Give a screenplay with scenes.")
    layers = [tuple(leaves)]
    while len(layers[-1]) > 1:
        below = layers[-1]
        pairs = zip_longest(below[::2], below[1::2])
        layers.append(tuple(_node(left, right) if right is not None else left for left, right in pairs))
    return Breakdown(tuple(layers))


def verifies(proof: tuple[bytes, ...], root: bytes, scene_leaf: bytes) -> bool:
    """Whether `proof` leads from the leaf to the root, as OpenZeppelin's MerkleProof.verify decides it."""
    return way_up(proof, scene_leaf) == root


def way_up(proof: tuple[bytes, ...], node: bytes) -> bytes:
    """The root that `proof` leads to from a leaf."""
    for sibling in proof:
        node = _node(node, sibling)
    return node


def _node(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))
