"""A dataset as a Merkle tree over its items, as Provenance bundles ids and members declare archives.

Leaves stay in the manifest's order: a bundle's is ascending. What doesn't fit into one transaction is bundled in parts,
and the parts' roots again, so an item's way to the root may have stages: to its part's root, from there to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trust.provenance.batch import item_leaf
from trust.screenplay.merkle import Breakdown, tree, verifies, way_up

Stages = tuple[tuple[bytes, ...], ...]
MOST_STAGES = 8


@dataclass(frozen=True, slots=True)
class Dataset:
    """Trees from the items' up to the one with the root; `levels` has for each the ids that it is over, by part."""

    levels: tuple[tuple[tuple[bytes, ...], ...], ...]

    @property
    def root(self) -> bytes:
        """The dataset's root, 32 bytes."""
        ((*ids,),) = self.levels[-1]
        return dataset(ids).root

    def stages(self, item: bytes) -> Stages:
        """The item's way to the root. Raises KeyError when it isn't in the dataset."""
        found: list[tuple[bytes, ...]] = []
        for level in self.levels:
            part = next((ids for ids in level if item in ids), None)
            if part is None:
                raise KeyError(item)
            over = dataset(part)
            found.append(over.proof(part.index(item) + 1))
            item = over.root
        return tuple(found)


def dataset(items: Iterable[bytes]) -> Breakdown:
    """The tree over items, at least one."""
    return tree([item_leaf(item) for item in items])


def bundled(items: Sequence[bytes], size: int | None = None) -> Dataset:
    """The dataset of items in their order; with more than `size` of them, in ascending parts of at most so many."""
    levels: list[tuple[tuple[bytes, ...], ...]] = []
    ids = tuple(items)
    while size is not None and len(ids) > size:
        ordered = sorted(ids)
        level = tuple(tuple(ordered[at : at + size]) for at in range(0, len(ordered), size))
        levels.append(level)
        ids = tuple(sorted(dataset(part).root for part in level))
    return Dataset((*levels, (ids,)))


def holds(root: bytes, item: bytes, proof: tuple[bytes, ...]) -> bool:
    """Whether `proof` leads from the item to the root."""
    return verifies(proof, root, item_leaf(item))


def holds_in_stages(root: bytes, item: bytes, stages: Stages) -> bool:
    """Whether the stages, one at least, lead from the item to the root."""
    if not 1 <= len(stages) <= MOST_STAGES:
        return False
    for proof in stages:
        item = way_up(proof, item_leaf(item))
    return item == root
