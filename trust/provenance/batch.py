"""Batches and bundles: Merkle trees by OpenZeppelin's rules, so that `MerkleProof.verify` takes the proofs.

    batch's leaf  = keccak256(bytes.concat(keccak256(abi.encode(asset))))    an `IProvenance.Asset`, whole
    bundle's leaf = keccak256(bytes.concat(keccak256(abi.encode(id))))
    node          = keccak256(the lower of two children, then the higher)

Leaves stay in order and an odd node at the end of a layer goes up as it is. Leaves are hashed twice, so that no node
passes for one. A batch keeps the order of its file; a bundle's ids ascend.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from eth_utils.crypto import keccak

from trust.errors import InputError
from trust.provenance.asset import Asset
from trust.screenplay.merkle import Breakdown, tree, verifies


@dataclass(frozen=True)
class Batch:
    """Assets that are committed under one root. Raises InputError when there are none, or not of one production."""

    assets: tuple[Asset, ...]

    def __post_init__(self) -> None:
        if not self.assets:
            raise InputError("A batch needs at least one asset.", hint="Give a file with assets.")
        if len({asset.production for asset in self.assets}) > 1:
            raise InputError("A batch's assets are of one production.", hint="Make a batch of each.")
        if len({asset.id for asset in self.assets}) < len(self.assets):
            raise InputError("An asset is in the batch twice.", hint="List each id once.")

    @cached_property
    def _tree(self) -> Breakdown:
        return tree([asset.leaf for asset in self.assets])

    @property
    def root(self) -> bytes:
        """What is committed, 32 bytes."""
        return self._tree.root

    def opening(self, id: bytes) -> Opening:
        """An asset of the batch with its proof. Raises InputError when it isn't in it."""
        for number, asset in enumerate(self.assets, 1):
            if asset.id == id:
                return Opening(self.root, asset, self._tree.proof(number))
        raise InputError(f"The batch has no asset 0x{id.hex()}.", hint="Give the id of one of its assets.")


@dataclass(frozen=True, slots=True)
class Opening:
    """An asset of a batch, and the siblings of its leaf, bottom up."""

    root: bytes
    asset: Asset
    proof: tuple[bytes, ...]

    @property
    def holds(self) -> bool:
        """Whether the proof leads to the root."""
        return verifies(self.proof, self.root, self.asset.leaf)


def item_leaf(id: bytes) -> bytes:
    """The leaf of an id in a bundle, or of an item in an archive."""
    return keccak(keccak(id))


def bundle_tree(children: Iterable[bytes]) -> Breakdown:
    """The tree over ids, at least one, in ascending order. Raises InputError when one comes twice."""
    ordered = sorted(children)
    if not ordered:
        raise InputError("A bundle needs at least one id.", hint="Give ids of assets or bundles.")
    if len(set(ordered)) < len(ordered):
        raise InputError("An id is in the bundle twice.", hint="Give each once.")
    return tree([item_leaf(id) for id in ordered])


def bundle_root(children: Sequence[bytes]) -> bytes:
    """The id of a bundle of these ids."""
    return bundle_tree(children).root
