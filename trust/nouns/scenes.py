"""Scene grants: the second opt-in."""

from __future__ import annotations

from collections.abc import Sequence

from trust.consent import SignedConsent
from trust.model import GrantId
from trust.nouns.handle import Handle, Result, made


class Scenes:
    """Grants for scenes of the production's breakdown."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def grant(
        self,
        signed: SignedConsent,
        proof: Sequence[bytes],
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Buy a grant with the member's SceneConsent and the scene's proof in the breakdown."""
        result = self._handle.write(
            "SceneGrants",
            "grant",
            dict(signed.consent.message),
            list(proof),
            signed.signature,
            key=key,
            simulate=simulate,
        )
        return made(result, "SceneGranted", "grantId")

    def revoke(
        self, grant: GrantId, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """End a grant from now on; the member's right, also relayed with a GrantRevocation."""
        signature = signed.signature if signed else b""
        return self._handle.write("SceneGrants", "revoke", grant, signature, simulate=simulate)

    def close(
        self,
        grant: GrantId,
        unused_iterations: int,
        signed: SignedConsent | None = None,
        *,
        simulate: bool = False,
    ) -> Result:
        """Return the unearned reserve with the studio's final count."""
        signature = signed.signature if signed else b""
        return self._handle.write(
            "SceneGrants", "close", grant, unused_iterations, signature, simulate=simulate
        )

    def floor(self, grant: GrantId) -> int:
        """Least premium of the grant, base units."""
        return int(self._handle.read("SubstitutionPremiums", "floorOf", grant))
