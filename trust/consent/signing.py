"""Typed data, digests and signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from trust.chain.deployments import Deployment
from trust.consent.types import STRUCTS, Consent, element
from trust.errors import ConsentError

DOMAIN_NAME = "Likeness Trust"
DOMAIN_VERSION = "1"

# The lower half of the curve's order (EIP-2): the contracts refuse the other signature of the same message.
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """A consent with its signature (65 bytes, or what a contract wallet takes) and who signed it."""

    consent: Consent
    chain_id: int
    contract_address: str
    signer: str
    signature: bytes


def typed_data(consent: Consent, chain_id: int, contract_address: str) -> dict[str, Any]:
    """The EIP-712 document that a wallet shows and signs."""
    structs = {element(kind) or kind for kind, _ in consent.fields} & STRUCTS.keys()
    types = {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        consent.kind: [{"name": name, "type": kind} for kind, name in consent.fields],
    }
    types |= {name: [{"name": n, "type": k} for k, n in STRUCTS[name]] for name in structs}
    return {
        "types": types,
        "primaryType": consent.kind,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": contract_address,
        },
        "message": dict(consent.message),
    }


def digest(consent: Consent, chain_id: int, contract_address: str) -> bytes:
    """The 32 bytes that are signed."""
    message = _signable(consent, chain_id, contract_address)
    return keccak(b"\x19" + message.version + message.header + message.body)


def sign(consent: Consent, deployment: Deployment, account: LocalAccount) -> SignedConsent:
    """Sign with a key at hand; needs no network."""
    address = deployment.address(consent.contract)
    signed = account.sign_message(_signable(consent, deployment.chain_id, address))
    return SignedConsent(consent, deployment.chain_id, address, account.address, bytes(signed.signature))


def signer_of(signed: SignedConsent) -> str:
    """Address whose key made the signature. Raises ConsentError when no key can have made it.

    A contract wallet's signature is not for this: only the chain can check it.
    """
    message = _signable(signed.consent, signed.chain_id, signed.contract_address)
    hint = "Have the member sign again."
    if len(signed.signature) != 65:
        raise ConsentError(f"The signature has {len(signed.signature)} bytes, not 65.", hint=hint)
    if int.from_bytes(signed.signature[32:64], "big") > _HALF_ORDER:
        raise ConsentError("The signature is malleable and no contract takes it.", hint=hint)
    try:
        return str(Account.recover_message(message, signature=signed.signature))
    except Exception as cause:
        # eth-account and eth-keys raise several unrelated types for a bad signature.
        raise ConsentError("The signature can't be read.", hint=hint) from cause


def verify(signed: SignedConsent, deployment: Deployment) -> None:
    """Raises ConsentError unless the consent is for this deployment and `signer` made the signature."""
    if signed.chain_id != deployment.chain_id:
        raise ConsentError(
            f"The consent is for chain {signed.chain_id}, not {deployment.chain_id}.",
            hint="Have the member sign for this chain.",
        )
    expected = deployment.address(signed.consent.contract)
    if signed.contract_address.lower() != expected.lower():
        raise ConsentError(
            f"The consent is for the contract {signed.contract_address}, not {expected}.",
            hint="Have the member sign for this deployment.",
        )
    actual = signer_of(signed)
    if actual.lower() != signed.signer.lower():
        raise ConsentError(
            f"The consent was not signed by {signed.signer} over exactly these fields.",
            hint="Have the member sign again.",
        )


def _signable(consent: Consent, chain_id: int, contract_address: str) -> SignableMessage:
    return encode_typed_data(full_message=typed_data(consent, chain_id, contract_address))
