"""Provenance: assets, batches, bundles, and what members say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trust.consent import SignedConsent
from trust.model import ProductionId
from trust.nouns.handle import Handle, Result
from trust.provenance.asset import Asset
from trust.provenance.batch import Batch, Opening
from trust.provenance.graph import Numbers


class Provenance:
    """Who and what made an asset, and from what. Ids and roots are 32 bytes."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def register(self, asset: Asset, *, key: str | None = None, simulate: bool = False) -> Result:
        """Register an asset; by the production's studio or its reporters."""
        return self._handle.write("Provenance", "register", asset.as_struct(), key=key, simulate=simulate)

    def commit(self, batch: Batch, *, key: str | None = None, simulate: bool = False) -> Result:
        """Commit to a batch; by the production's studio or its reporters. Until proven, its assets count as deepest."""
        return self.commit_root(
            batch.assets[0].production, batch.root, len(batch.assets), key=key, simulate=simulate
        )

    def commit_root(
        self,
        production: ProductionId,
        root: bytes,
        assets: int,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Commit to a batch of which only the root is at hand."""
        return self._handle.write(
            "Provenance", "commitBatch", production, root, assets, key=key, simulate=simulate
        )

    def prove(self, opening: Opening, *, key: str | None = None, simulate: bool = False) -> Result:
        """Register an asset of a batch; its parents must be known."""
        return self._handle.write(
            "Provenance",
            "prove",
            opening.root,
            opening.asset.as_struct(),
            list(opening.proof),
            key=key,
            simulate=simulate,
        )

    def bundle(self, children: Sequence[bytes], *, key: str | None = None, simulate: bool = False) -> Result:
        """Bundle known ids under their root; anyone may. `trust.provenance.batch.bundle_root` is the bundle's id."""
        return self._handle.write("Provenance", "bundle", sorted(children), key=key, simulate=simulate)

    def confirm(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a member's ContributionConfirmation."""
        return self._relay("confirm", signed, simulate)

    def dispute(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a member's ContributionDispute."""
        return self._relay("dispute", signed, simulate)

    def declare(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a member's ArchiveDeclaration."""
        return self._relay("declareArchive", signed, simulate)

    def numbers(self, id: bytes) -> Numbers:
        """Synthetic depth and generations since a human; the highest there are for what isn't proven."""
        found = self._handle.read("Provenance", "numbersOf", id)
        return Numbers(int(found["depth"]), int(found["sinceHuman"]))

    def dataset_depth(self, root: bytes) -> int:
        """Depth of a training run's dataset: a bundle's, else 65535."""
        return int(self._handle.read("Provenance", "datasetDepth", root))

    def get(self, id: bytes) -> dict[str, Any]:
        """What the contract keeps of an id; `form` 0 when it is unknown."""
        return dict(self._handle.read("Provenance", "entryOf", id))

    def _relay(self, function: str, signed: SignedConsent, simulate: bool) -> Result:
        return self._handle.write(
            "Provenance", function, dict(signed.consent.message), signed.signature, simulate=simulate
        )
