"""Records: notice, the first opt-in, pooling and erasure."""

from __future__ import annotations

from collections.abc import Mapping

from trust.consent import SignedConsent
from trust.model import MemberId, Modality, ProductionId, mask
from trust.nouns.handle import Handle, Result, made


class Records:
    """Commitments to what the vault holds."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def give_notice(
        self, member: MemberId, production: ProductionId, modalities: set[Modality], *, simulate: bool = False
    ) -> Result:
        """Start the clock before a scan; the studio's for its production, the custodian's for the pool (0)."""
        return self._handle.write(
            "Records", "giveNotice", member, production, mask(modalities), simulate=simulate
        )

    def pool(
        self, signed: SignedConsent, commitments: Mapping[Modality, bytes], *, simulate: bool = False
    ) -> Result:
        """Pool records under a ScanConsent; only the custodian. `id` is the first record's number."""
        deposits = [{"modality": m, "commitment": commitment} for m, commitment in commitments.items()]
        message = dict(signed.consent.message)
        result = self._handle.write("Records", "pool", message, deposits, signed.signature, simulate=simulate)
        return made(result, "RecordPooled", "recordId")

    def erase(self, record: int, signed: SignedConsent | None = None, *, simulate: bool = False) -> Result:
        """Mark a record erased; the member's right, also relayed, or the custodian's."""
        signature = signed.signature if signed else b""
        return self._handle.write("Records", "erase", record, signature, simulate=simulate)

    def covers(self, member: MemberId, production: ProductionId, modalities: set[Modality]) -> bool:
        """Whether records of all these modalities exist that the production may use."""
        return bool(self._handle.read("Records", "covers", member, production, mask(modalities)))
