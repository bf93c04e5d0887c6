"""The two numbers of an asset, as the contract computes them.

    synthetic depth = the deepest parent's, and one more if a machine took part
    since human     = 0 if a human contributed, else the highest of the parents' and one more

Without parents the highest is 0. So a human pass resets the second and never the first: what a machine made of what
machines made stays that deep, however many hands go over it. Both stop at 65,535, which also is what isn't proven.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from trust.errors import InputError
from trust.model import NO_DEPTH_CAP
from trust.provenance.asset import Asset, Form
from trust.provenance.batch import bundle_root

MAXIMUM: Final = NO_DEPTH_CAP


class Numbers(NamedTuple):
    """Machine generations on the longest path, and generations since a human contributed."""

    depth: int
    since_human: int


UNPROVEN: Final = Numbers(MAXIMUM, MAXIMUM)


def numbers(parents: Iterable[Numbers], *, machine: bool, human: bool) -> Numbers:
    """The numbers of what a machine, a human or both made from `parents`."""
    highest = highest_of(parents)
    depth = min(highest.depth + 1, MAXIMUM) if machine else highest.depth
    return Numbers(depth, 0 if human else min(highest.since_human + 1, MAXIMUM))


def highest_of(parents: Iterable[Numbers]) -> Numbers:
    """The highest of each number; (0, 0) without any."""
    known = list(parents)
    return Numbers(
        max((one.depth for one in known), default=0), max((one.since_human for one in known), default=0)
    )


class Graph:
    """What is known so far, by id. Parents come before children, so there are no cycles."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Form, Numbers]] = {}

    def register(self, asset: Asset) -> Numbers:
        """Add an asset. Raises InputError when its id is known or a parent isn't."""
        found = numbers(
            self._all(asset.parents), machine=bool(asset.machines), human=bool(asset.contributions)
        )
        return self._keep(asset.id, Form.ASSET, found)

    def commit(self, root: bytes) -> Numbers:
        """Add a batch of what isn't proven."""
        return self._keep(root, Form.BATCH, UNPROVEN)

    def bundle(self, children: Sequence[bytes]) -> tuple[bytes, Numbers]:
        """Add a bundle of known ids: its root, and the highest of their numbers."""
        root = bundle_root(children)
        return root, self._keep(root, Form.BUNDLE, highest_of(self._all(children)))

    def numbers_of(self, id: bytes) -> Numbers:
        """What isn't known isn't proven."""
        return self._known[id][1] if id in self._known else UNPROVEN

    def dataset_depth(self, root: bytes) -> int:
        """Depth of a training run's dataset: a bundle's, else the maximum."""
        form, found = self._known.get(root, (Form.NONE, UNPROVEN))
        return found.depth if form is Form.BUNDLE else MAXIMUM

    def _all(self, ids: Iterable[bytes]) -> list[Numbers]:
        wanted = list(ids)
        for id in wanted:
            if id not in self._known:
                raise InputError(
                    f"Nothing is known of 0x{id.hex()}.", hint="Register, prove or bundle it first."
                )
        return [self._known[id][1] for id in wanted]

    def _keep(self, id: bytes, form: Form, found: Numbers) -> Numbers:
        if id in self._known:
            raise InputError(f"0x{id.hex()} is already known.", hint="Commit to the content with a new salt.")
        self._known[id] = form, found
        return found
