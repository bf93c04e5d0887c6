"""A credit as a W3C Verifiable Credential (VC 2.0), with the proof that its chain says so.

What the auditor signed stands in it word for word; `evidence` has the header of the block in which the credit was
issued, and the nodes that prove the transaction's receipt under it. So it needs no server to be checked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from trust.consent.files import to_json
from trust.credit import jose
from trust.credit.issued import Issued
from trust.credit.keys import Key, thumbprint
from trust.errors import InputError
from trust.evidence.alone import Alone

CONTEXT = ["https://www.w3.org/ns/credentials/v2", {"@vocab": "urn:likeness-trust:credit#"}]
TYPES = ["VerifiableCredential", "HumanAuditCredit"]
STATUS_ENTRY = "BitstringStatusListEntry"
PURPOSE = "revocation"


def credential(issued: Issued, proof: Alone, key: Key, *, status_list: str | None = None) -> str:
    """The signed credential, compact. `status_list` is the address at which its status list will be.

    Raises InputError unless `key` is the one that the attestation names.
    """
    if thumbprint(key) != issued.attestation["credentialKey"]:
        raise InputError(
            "The auditor attested with another credential key.",
            hint="Give the key whose thumbprint is in the attestation.",
        )
    payload: dict[str, Any] = {
        "@context": CONTEXT,
        "id": credit_name(issued.chain_id, issued.contract, issued.credit),
        "type": TYPES,
        "validFrom": iso(issued.at),
        "credentialSubject": {
            "id": f"eip155:{issued.chain_id}:{issued.studio}",
            "creditId": issued.credit,
            "attestation": to_json(dict(issued.attestation)),
        },
        "evidence": [{"type": ["ChainProof"], **msgspec.to_builtins(proof)}],
    }
    if status_list is not None:
        payload["credentialStatus"] = status_entry(status_list, issued.credit)
    return jose.sign(payload, key)


def credit_name(chain_id: int, contract: str, credit: int) -> str:
    """A credit's name everywhere (CAIP-19)."""
    return f"eip155:{chain_id}/erc721:{contract}/{credit}"


def status_entry(status_list: str, credit: int) -> dict[str, str]:
    """Where a credential's status is told: a credit's bit has its number."""
    return {
        "id": f"{status_list}#{credit}",
        "type": STATUS_ENTRY,
        "statusPurpose": PURPOSE,
        "statusListIndex": str(credit),
        "statusListCredential": status_list,
    }


def iso(seconds: int) -> str:
    """A time as credentials have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
