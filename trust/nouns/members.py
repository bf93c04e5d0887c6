"""Members: enrolment, payout wallets, delegates, agents, recovery."""

from __future__ import annotations

from typing import Any

from trust.consent import SignedConsent
from trust.model import Craft, MemberId
from trust.nouns.handle import Handle, Result, made

_NOBODY = "0x0000000000000000000000000000000000000000"


class Members:
    """Members of the trust. Steps of the member's own are sent by the member, or relayed with a signed consent."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def enrol(
        self,
        key: str,
        wallet: str,
        craft: Craft = Craft.PERFORMER,
        *,
        guardian: str | None = None,
        adult_at: int = 0,
        simulate: bool = False,
    ) -> Result:
        """Enrol a member; only the enroller. `adult_at` in Unix seconds, with a guardian, for a minor."""
        result = self._handle.write(
            "Members", "enrol", key, wallet, craft, guardian or _NOBODY, adult_at, simulate=simulate
        )
        return made(result, "MemberEnrolled", "memberId")

    def change_payout(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a PayoutChange."""
        return self._relay("requestPayoutChange", signed, simulate)

    def set_delegate(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a Delegation."""
        return self._relay("setDelegate", signed, simulate)

    def appoint_agent(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay an AgentAppointment."""
        return self._relay("appointAgent", signed, simulate)

    def cancel_payout_change(
        self, member: MemberId, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """Drop a pending payout change; by the member, guardian or delegate, or relayed."""
        return self._handle.write(
            "Members", "cancelPayoutChange", member, _signature(signed), simulate=simulate
        )

    def start_recovery(
        self, member: MemberId, wallet: str, key: str | None, evidence: bytes, *, simulate: bool = False
    ) -> Result:
        """Start the recovery of a lost key or an estate; only the steward. `evidence` is a 32-byte hash."""
        return self._handle.write(
            "Members", "startRecovery", member, wallet, key or _NOBODY, evidence, simulate=simulate
        )

    def cancel_recovery(
        self, member: MemberId, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """End a recovery; by the member or guardian, or relayed."""
        return self._handle.write("Members", "cancelRecovery", member, _signature(signed), simulate=simulate)

    def finish_recovery(self, member: MemberId, *, simulate: bool = False) -> Result:
        """Move the payout once its delay has passed."""
        return self._handle.write("Members", "finishRecovery", member, simulate=simulate)

    def adopt_key(self, member: MemberId, *, simulate: bool = False) -> Result:
        """Hand the membership to the new key once both delays have passed."""
        return self._handle.write("Members", "adoptKey", member, simulate=simulate)

    def cancel_consent(
        self, member: MemberId, nonce: int, signed: SignedConsent | None = None, *, simulate: bool = False
    ) -> Result:
        """Withdraw an unused consent; by the member, guardian or delegate, or relayed."""
        return self._handle.write(
            "Members", "cancelConsent", member, nonce, _signature(signed), simulate=simulate
        )

    def signer(self, member: MemberId) -> str:
        """Whose signature binds the member now."""
        return str(self._handle.read("Members", "signerOf", member))

    def recovery(self, member: MemberId) -> dict[str, Any]:
        """The recovery under way."""
        return dict(self._handle.read("Members", "recoveryOf", member))

    def _relay(self, function: str, signed: SignedConsent, simulate: bool) -> Result:
        message = dict(signed.consent.message)
        return self._handle.write("Members", function, message, signed.signature, simulate=simulate)


def _signature(signed: SignedConsent | None) -> bytes:
    return signed.signature if signed else b""
