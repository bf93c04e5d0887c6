"""Collective licences: many members' records for one training run."""

from __future__ import annotations

from trust.model import CollectiveTerms, PoolId
from trust.nouns.handle import Result, made
from trust.nouns.pooled_consents import PooledConsents


class CollectiveLicences(PooledConsents):
    """Licences to train once on the records of all who gave a CollectiveTrainingConsent."""

    _contract = "CollectiveLicences"
    _kind = "CollectiveTrainingConsent"

    def open(self, terms: CollectiveTerms, *, key: str | None = None, simulate: bool = False) -> Result:
        """State the terms. `id` is the number of the licence and its pool."""
        result = self._handle.write(
            "CollectiveLicences", "open", terms.as_struct(), key=key, simulate=simulate
        )
        return made(result, "CollectiveLicenceOpened", "poolId")

    def record_training_run(
        self,
        pool: PoolId,
        dataset_root: bytes,
        model: bytes,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Record the one run on the records of all who signed, and pay them. Hashes of 32 bytes."""
        return self._handle.write(
            "CollectiveLicences", "recordTrainingRun", pool, dataset_root, model, key=key, simulate=simulate
        )

    def attest_retirement(
        self, pool: PoolId, evidence: bytes, *, key: str | None = None, simulate: bool = False
    ) -> Result:
        """Attest that the run's model was retired. `evidence` is a 32-byte hash."""
        return self._handle.write(
            "CollectiveLicences", "attestRetirement", pool, evidence, key=key, simulate=simulate
        )

    def open_run(self, pool: PoolId) -> bytes:
        """The model trained and not yet retired; 32 zero bytes when there is none."""
        return bytes(self._handle.read("CollectiveLicences", "openRun", pool))
