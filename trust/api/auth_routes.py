"""Signing in with a wallet (EIP-4361)."""

from __future__ import annotations

from typing import Annotated

from eth_utils.address import to_checksum_address
from fastapi import APIRouter, Query

from trust.api.access import Right
from trust.api.forms import Invitation, SignedIn, SignIn, errors
from trust.api.parameters import Serving, taking
from trust.api.refusals import NotAllowed, SignInRefused

router = APIRouter(prefix="/auth", tags=["sign-in"])
_NOBODY = "0x" + "0" * 40
_ADDRESS = "^0x[0-9a-fA-F]{40}$"


@router.get(
    "/nonce",
    response_model=Invitation,
    responses=errors(),
    dependencies=[taking("address")],
    summary="A nonce, and the message to sign",
)
async def invite(
    service: Serving,
    address: Annotated[
        str | None, Query(pattern=_ADDRESS, description="Who will sign; then the whole message is given.")
    ] = None,
) -> dict[str, object]:
    """The nonce is good for one sign-in within five minutes."""
    message = service.invitation(to_checksum_address(address or _NOBODY))
    return {
        "nonce": message.nonce,
        "expires_at": int(message.expiration_time or 0),
        "domain": message.domain,
        "uri": message.uri,
        "chain_id": message.chain_id,
        "version": message.version,
        "statement": message.statement,
        "message": message.text() if address else None,
    }


@router.post(
    "/verify", response_model=SignedIn, responses=errors(401, 403), dependencies=[taking()], summary="Sign in"
)
async def verify(service: Serving, given: SignIn) -> dict[str, object]:
    """For members' keys, guardians of minors, delegates and auditors. The token lasts a quarter of an hour."""
    try:
        wallet, token, expires, members = await service.sign_in(
            given.message, bytes.fromhex(given.signature[2:])
        )
    except (SignInRefused, NotAllowed) as refusal:
        service.metrics.signed_in(type(refusal).__name__)
        raise
    service.metrics.signed_in("signed in")
    return {
        "token": token,
        "token_type": "Bearer",
        "expires_at": expires,
        "wallet": wallet,
        "auditor": service.audits(wallet),
        "members": [{"member_id": number, "pay": Right.PAY in may} for number, may in members.items()],
    }
