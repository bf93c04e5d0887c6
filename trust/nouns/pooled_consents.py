"""Many members' consents to the same terms: what pool grants and collective licences share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

from trust.chain.abi import interface
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.consent import SignedConsent
from trust.errors import InputError
from trust.model import MemberId, PoolId
from trust.nouns.handle import Handle, Result
from trust.nouns.pools import Batch, Progress, seated
from trust.pools import Chunk, spare_for_seats

#: Signatures of one transaction. Of members with keys and nonces of a word each they take 10.6 of
#: the 16.7 million gas it may use.
MOST_SIGNERS = 150


class PooledConsents:
    """Terms that a studio states once and members sign each for themselves, seated and paid through one pool."""

    _contract: str
    _kind: str

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def sign(
        self,
        pool: PoolId,
        consents: Iterable[SignedConsent],
        *,
        simulate: bool = False,
        progress: Progress = lambda signers: None,
    ) -> Batch:
        """Seat who signed, in as many transactions as it takes; `progress` hears how many after each.

        Consents that were used or cancelled before are left out, so that after an interruption, or when more have
        come, all may be given again. Raises InputError for consents to other terms, or two of one member's.
        """
        waiting = self.waiting(pool, consents)
        results = []
        for start in range(0, len(waiting), MOST_SIGNERS):
            some = waiting[start : start + MOST_SIGNERS]
            signers = [_signer(signed) for signed in some]
            key = f"{self._contract}.sign {pool} {_digest(some)}"
            results.append(
                self._handle.write(self._contract, "sign", pool, signers, key=key, simulate=simulate)
            )
            progress(len(some))
        events = [event for result in results for event in result.events]
        return Batch(tuple(results), tuple(seated(event) for event in events if event.name == "PoolSeated"))

    def waiting(self, pool: PoolId, consents: Iterable[SignedConsent]) -> list[SignedConsent]:
        """Those of the consents that are unused, by member. Raises InputError as `sign` does."""
        ordered = sorted(consents, key=_member)
        for signed in ordered:
            message = signed.consent.message
            if signed.consent.kind != self._kind or message["poolId"] != pool:
                raise InputError(
                    f"This {signed.consent.kind} is not to the terms of pool {pool}.",
                    hint="Give this pool's consents only.",
                )
        unused = [signed for signed, spent in zip(ordered, self._spent(ordered), strict=True) if not spent]
        for before, after in pairwise(unused):
            if _member(before) == _member(after):
                raise InputError(
                    f"Member {_member(after)} signed twice.", hint="Give one consent of each member."
                )
        return unused

    def revoke(
        self, chunk: Chunk, member: MemberId, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """Pay a member's seat and take it out of the pool; the member's right, also relayed with a PoolRevocation.

        Raises InputError for who never sat in the chunk.
        """
        signature = signed.signature if signed else b""
        position = chunk.roster.position(member)
        given, spare = (chunk.as_struct(), position, signature), spare_for_seats(1)
        return self._handle.write(self._contract, "revoke", *given, simulate=simulate, spare=spare)

    def close(self, pool: PoolId, *, key: str | None = None, simulate: bool = False) -> Result:
        """End terms that have run out, or whose production was cancelled. Pays a use if none was made. By anyone."""
        return self._handle.write(self._contract, "close", pool, key=key, simulate=simulate)

    def of(self, pool: PoolId) -> dict[str, Any]:
        """What is left of the terms, as the contract keeps it; `expires` is 0 when there are none."""
        return dict(self._handle.read(self._contract, "dealOf", pool))

    def has_signed(self, pool: PoolId, member: MemberId) -> bool:
        """Whether the member signed, and has not revoked."""
        return bool(self._handle.read(self._contract, "hasSigned", pool, member))

    def _spent(self, consents: Sequence[SignedConsent]) -> list[bool]:
        face, to = interface("Members"), self._handle.address("Members")
        asked = [
            face.encode("consentSpent", _member(signed), signed.consent.message["nonce"])
            for signed in consents
        ]
        calls = [Call("eth_call", ({"to": to, "data": hexed(data)}, "latest")) for data in asked]
        answers = self._handle.node.batch(calls)
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        return [bool(face.decode("consentSpent", blob(answer))) for answer in answers]


def _signer(signed: SignedConsent) -> Mapping[str, Any]:
    own = {name: signed.consent.message[name] for name in ("memberId", "units", "nonce", "deadline")}
    return own | {"signature": signed.signature}


def _member(signed: SignedConsent) -> MemberId:
    return MemberId(signed.consent.message.get("memberId", 0))


def _digest(consents: Sequence[SignedConsent]) -> str:
    """Tells one batch of signatures from another: given again, it is not sent again."""
    lines = "\n".join(f"{_member(signed)} {signed.signature.hex()}" for signed in consents)
    return sha256(lines.encode()).hexdigest()[:32]
