"""Savings statements and substitution premiums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trust.consent import SignedConsent
from trust.model import GrantId, ProductionId, Savings
from trust.nouns.handle import Handle, Result


class Premiums:
    """Statements of what a double saved, and what they start."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def file(
        self,
        grant: GrantId,
        savings: Savings,
        evidence: bytes,
        stream_seconds: int,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """File a cumulative statement. `evidence` is a 32-byte hash."""
        return self._handle.write(
            "SubstitutionPremiums",
            "file",
            grant,
            savings.as_struct(),
            evidence,
            stream_seconds,
            key=key,
            simulate=simulate,
        )

    def file_shared(
        self,
        shares: Mapping[GrantId, Savings],
        total: Savings,
        evidence: bytes,
        stream_seconds: int,
        *,
        simulate: bool = False,
    ) -> Result:
        """File one saving shared among several grants."""
        parts = [{"grantId": grant, "savings": savings.as_struct()} for grant, savings in shares.items()]
        return self._handle.write(
            "SubstitutionPremiums",
            "fileShared",
            parts,
            total.as_struct(),
            evidence,
            stream_seconds,
            simulate=simulate,
        )

    def restate(
        self, signed: SignedConsent, streams: Sequence[Mapping[str, Any]], *, simulate: bool = False
    ) -> Result:
        """Lower a statement with the member's Restatement; `streams` as their StreamOpened events gave them."""
        return self._handle.write(
            "SubstitutionPremiums",
            "restate",
            dict(signed.consent.message),
            [dict(stream) for stream in streams],
            signed.signature,
            simulate=simulate,
        )

    def start_floor(self, grant: GrantId, *, simulate: bool = False) -> Result:
        """Start the floor of a grant whose studio filed nothing in time. Anyone may."""
        return self._handle.write("SubstitutionPremiums", "startFloor", grant, simulate=simulate)

    def collect_arrears(self, production: ProductionId, most: int = 50, *, simulate: bool = False) -> Result:
        """Pay what arrears the production's balance can."""
        return self._handle.write(
            "SubstitutionPremiums", "collectArrears", production, most, simulate=simulate
        )

    def premium_for(self, grant: GrantId, savings: Savings) -> int:
        """What a statement would make the premium, base units."""
        return int(self._handle.read("SubstitutionPremiums", "premiumFor", grant, savings.as_struct()))
