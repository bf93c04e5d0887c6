"""Human-audit credits: rules, attestations, challenges, and the certificate."""

from __future__ import annotations

from typing import Any

from trust.consent import SignedConsent
from trust.model import MemberId, ProductionId
from trust.nouns.handle import Handle, Result, made

_NAME = "HumanAuditCredits"
STUDIO = MemberId(0)


class Credits:
    """What auditors attest of a production, and what becomes of it."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def accredit(self, auditor: str, accredited: bool = True, *, simulate: bool = False) -> Result:
        """Accredit an auditor, or end it; the enroller's."""
        return self._handle.write(_NAME, "accredit", auditor, accredited, simulate=simulate)

    def publish_rules(self, rules_hash: bytes, uri: str = "", *, simulate: bool = False) -> Result:
        """Publish the next version of the rules by the hash of their text; the steward's."""
        result = self._handle.write(_NAME, "publishRules", rules_hash, uri, simulate=simulate)
        return made(result, "CreditRulesPublished", "version")

    def attest(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Hand in an auditor's Attestation. Anyone may."""
        message = dict(signed.consent.message)
        result = self._handle.write(_NAME, "attest", message, signed.signature, simulate=simulate)
        return made(result, "CreditAttested", "creditId")

    def challenge(
        self,
        credit: int,
        member: MemberId,
        reason: bytes,
        signed: SignedConsent | None = None,
        *,
        simulate: bool = False,
    ) -> Result:
        """Challenge a credit that isn't issued: as the member, or relayed with a CreditChallenge; as STUDIO."""
        signature = signed.signature if signed else b""
        return self._handle.write(_NAME, "challenge", credit, member, reason, signature, simulate=simulate)

    def rule(
        self, credit: int, member: MemberId, upheld: bool, reason: bytes, *, simulate: bool = False
    ) -> Result:
        """Rule on a challenge; the steward's. Upheld, it revokes the credit."""
        return self._handle.write(_NAME, "rule", credit, member, upheld, reason, simulate=simulate)

    def issue(self, production: ProductionId, *, simulate: bool = False) -> Result:
        """Issue the production's latest credit. Anyone may, after its challenge period."""
        return made(
            self._handle.write(_NAME, "issue", production, simulate=simulate), "CreditIssued", "creditId"
        )

    def revoke(
        self, credit: int, reason: bytes, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """Revoke a credit: the steward's and its auditor's, also relayed with a CreditRevocation."""
        signature = signed.signature if signed else b""
        return self._handle.write(_NAME, "revoke", credit, reason, signature, simulate=simulate)

    def get(self, credit: int) -> dict[str, Any]:
        """A credit as it stands; its `state` is 0 if there is none with this number."""
        return dict(self._handle.read(_NAME, "creditOf", credit))

    def latest(self, production: ProductionId) -> int:
        """Number of the production's latest credit, 0 if none was attested."""
        return int(self._handle.read(_NAME, "latestOf", production))

    def issued(self, production: ProductionId) -> int:
        """Number of the credit that was issued last, 0 if none."""
        return int(self._handle.read(_NAME, "issuedOf", production))

    def rules(self, version: int) -> tuple[bytes, str]:
        """Hash and address of a version of the rules; the hash is all zero if there is none."""
        found = self._handle.read(_NAME, "rulesOf", version)
        return bytes(found["rulesHash"]), str(found["uri"])

    def rules_version(self) -> int:
        """The version in effect, 0 before the first."""
        return int(self._handle.read(_NAME, "lastRulesVersion"))

    def label(self, credit: int) -> str:
        """The credit's label, SVG."""
        return str(self._handle.read(_NAME, "labelOf", credit))

    def token_uri(self, credit: int) -> str:
        """The certificate's metadata as a data URI. Raises ContractRefused before it is issued."""
        return str(self._handle.read(_NAME, "tokenURI", credit))
