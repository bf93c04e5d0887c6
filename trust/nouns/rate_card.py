"""The union's rate card."""

from __future__ import annotations

from typing import Any

from trust.model import AssetClass, Modality, ReplicaType, mask
from trust.nouns.handle import Handle, Result, made


class RateCard:
    """Versions, and what they ask for."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def publish(self, card: dict[str, Any], *, simulate: bool = False) -> Result:
        """Publish the next version. Under the timelock: use `Access.schedule` and `Access.execute` instead."""
        return made(
            self._handle.write("RateCard", "publish", card, simulate=simulate), "RateCardPublished", "version"
        )

    def current(self) -> int:
        """The version in effect."""
        return int(self._handle.read("RateCard", "currentVersion"))

    def card(self, version: int) -> dict[str, Any]:
        """A whole version."""
        return dict(self._handle.read("RateCard", "cardOf", version))

    def licence_fees(self, version: int, modalities: set[Modality], *, training: bool) -> tuple[int, int]:
        """Least licence and training fee, base units."""
        terms = self._handle.read("RateCard", "licenceTerms", version, mask(modalities), training, False)
        return int(terms["licenceFee"]), int(terms["trainingFee"])

    def scene_fees(
        self, version: int, modalities: set[Modality], asset_class: AssetClass, replica_type: ReplicaType
    ) -> tuple[int, int, int]:
        """Least scene fee, iteration fee and the day rate, base units."""
        terms = self._handle.read(
            "RateCard", "sceneTerms", version, mask(modalities), asset_class, replica_type
        )
        scene, iteration, day = terms.values()
        return int(scene), int(iteration), int(day)
