"""Licences: buying, extending, training runs, revocation."""

from __future__ import annotations

from typing import Any

from trust.consent import SignedConsent
from trust.model import LicenceId, LicenceOrder
from trust.nouns.handle import Handle, Result, made

_NO_TRAINING: dict[str, Any] = {
    "productionId": 0,
    "memberId": 0,
    "modalities": 0,
    "expires": 0,
    "rateCardVersion": 0,
    "trainingFee": 0,
    "maxSyntheticDepth": 0,
    "description": "",
    "nonce": 0,
    "deadline": 0,
}


class Licences:
    """Licences of the studio that this connection sends for."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def buy(
        self,
        order: LicenceOrder,
        training: SignedConsent | None = None,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Buy a licence; with a training right, bring the member's TrainingConsent."""
        message = dict(training.consent.message) if training else _NO_TRAINING
        signature = training.signature if training else b""
        result = self._handle.write(
            "Licences", "buy", order.as_struct(), message, signature, key=key, simulate=simulate
        )
        return made(result, "LicenceGranted", "licenceId")

    def extend(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Move a licence's end with the member's LicenceExtension."""
        return self._handle.write(
            "Licences", "extend", dict(signed.consent.message), signed.signature, simulate=simulate
        )

    def revoke(
        self, licence: LicenceId, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """End a licence for good; the member's right, also relayed."""
        signature = signed.signature if signed else b""
        return self._handle.write("Licences", "revoke", licence, signature, simulate=simulate)

    def suspend(self, licence: LicenceId, reason: bytes, *, simulate: bool = False) -> Result:
        """Suspend a licence; only the steward. `reason` is a 32-byte hash."""
        return self._handle.write("Licences", "suspend", licence, reason, simulate=simulate)

    def reinstate(self, licence: LicenceId, *, simulate: bool = False) -> Result:
        """End a suspension; only the steward."""
        return self._handle.write("Licences", "reinstate", licence, simulate=simulate)

    def record_training_run(
        self, licence: LicenceId, dataset_root: bytes, model: bytes, *, simulate: bool = False
    ) -> Result:
        """Record a training run under the licence's training right. `id` is the run's number."""
        result = self._handle.write(
            "Licences", "recordTrainingRun", licence, dataset_root, model, simulate=simulate
        )
        return made(result, "TrainingRunRecorded", "run")

    def attest_retirement(
        self, licence: LicenceId, run: int, evidence: bytes, *, simulate: bool = False
    ) -> Result:
        """Attest that a run's model was retired. `evidence` is a 32-byte hash."""
        return self._handle.write("Licences", "attestRetirement", licence, run, evidence, simulate=simulate)

    def get(self, licence: LicenceId) -> dict[str, Any]:
        """The licence as the contract keeps it."""
        return dict(self._handle.read("Licences", "licenceOf", licence))
