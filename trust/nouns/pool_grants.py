"""Pool grants: the second opt-in of a crowd to one scene."""

from __future__ import annotations

from collections.abc import Sequence

from trust.model import BackgroundTerms, PoolId
from trust.nouns.handle import Result, made
from trust.nouns.pooled_consents import PooledConsents


class PoolGrants(PooledConsents):
    """Grants for a scene that covers many members, each by a BackgroundConsent of their own."""

    _contract = "PoolGrants"
    _kind = "BackgroundConsent"

    def open(
        self,
        terms: BackgroundTerms,
        proof: Sequence[bytes],
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """State the terms, with the scene's proof in the breakdown. `id` is the number of the grant and its pool."""
        result = self._handle.write(
            "PoolGrants", "open", terms.as_struct(), list(proof), key=key, simulate=simulate
        )
        return made(result, "PoolGranted", "poolId")

    def use(
        self,
        pool: PoolId,
        uses: int,
        output_hash: bytes,
        prompt_commitment: bytes,
        model: bytes,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Record uses of the whole crowd as they are made; everybody who sits is paid for each. Hashes of 32 bytes."""
        return self._handle.write(
            "PoolGrants",
            "use",
            pool,
            uses,
            output_hash,
            prompt_commitment,
            model,
            key=key,
            simulate=simulate,
        )
