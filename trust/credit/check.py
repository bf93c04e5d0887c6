"""Is a credential what its chain says? Needs no node: a block hash that one trusts, and the contract's address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from trust.chain.abi import Event, interface
from trust.chain.rpc import hexed
from trust.consent.files import from_json
from trust.consent.types import KINDS
from trust.credit import jose
from trust.credit.attestation import attestation_hash
from trust.credit.credential import STATUS_ENTRY, TYPES, credit_name, iso, status_entry
from trust.credit.jose import Unsound
from trust.credit.keys import thumbprint
from trust.errors import ConsentError
from trust.evidence.alone import Alone, OpenedAlone, open_alone
from trust.evidence.transactions import chain_of

_CONTRACT = "HumanAuditCredits"
_NAME = re.compile(r"eip155:([0-9]{1,20})/erc721:(0x[0-9a-fA-F]{40})/([0-9]{1,10})")


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in which everything fits together. Its block and contract are still to be compared."""

    credit: int
    chain_id: int
    contract: str
    issuer: str
    attestation: Mapping[str, Any]
    attestation_hash: bytes
    block: int
    block_hash: bytes
    at: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """`valid` at its block, `consistent` while block or contract were not compared, or `false` and why."""

    verdict: Literal["valid", "consistent", "false"]
    fault: str = ""
    credential: Credential | None = None


def check(text: str, *, block_hash: bytes | None = None, contract: str | None = None) -> Checked:
    """Check a credential offline, against the hash of its block from a source of one's own.

    `contract` is the address of the union's HumanAuditCredits; without it, compare the one in the answer.
    """
    try:
        found = read(text)
        if contract is not None and contract.lower() != found.contract.lower():
            raise Unsound(f"It is of the contract {found.contract}, not {contract}.")
        if block_hash is not None and block_hash != found.block_hash:
            raise Unsound(
                f"Its block {found.block} has the hash {hexed(found.block_hash)}, not the one given."
            )
    except Unsound as fault:
        return Checked("false", str(fault))
    return Checked("consistent" if block_hash is None else "valid", credential=found)


def read(text: str) -> Credential:
    """A credential whose signature, claims and proof fit together. Raises Unsound."""
    signed = jose.read(text)
    claims = _claims(signed.payload)
    if thumbprint(signed.key) != claims.message["credentialKey"]:
        raise Unsound("It was signed with another key than the auditor attested with.")
    event = _event(claims.opened, claims.contract, claims.credit)
    _compare(event, claims.message, claims.hash)
    _compare_names(signed.payload, claims, str(event.args["studio"]))
    header = claims.opened.header
    return Credential(
        claims.credit,
        claims.chain_id,
        claims.contract,
        signed.issuer,
        claims.message,
        claims.hash,
        header.number,
        header.hash,
        header.timestamp,
        signed.payload,
    )


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a payload says, read; nothing is compared yet."""

    chain_id: int
    contract: str
    credit: int
    message: Mapping[str, Any]
    hash: bytes
    opened: OpenedAlone


def _claims(payload: Mapping[str, Any]) -> _Claims:
    try:
        name = _NAME.fullmatch(payload["id"])
        message = _message(payload["credentialSubject"]["attestation"])
        hashed = attestation_hash(message)
        (evidence,) = payload["evidence"]
        proof = msgspec.convert({name: evidence[name] for name in ("header", "transaction")}, Alone)
        opened = open_alone(proof)
    except (KeyError, TypeError, ValueError, ConsentError, msgspec.ValidationError) as cause:
        raise Unsound(f"It lacks a part, or one can't be read: {cause}.") from cause
    if name is None or payload.get("type") != TYPES:
        raise Unsound("It is not a human-audit credit.")
    return _Claims(int(name[1]), name[2], int(name[3]), message, hashed, opened)


def _message(raw: Mapping[str, Any]) -> dict[str, Any]:
    fields = KINDS["Attestation"].fields
    if set(raw) != {name for _, name in fields}:
        raise ValueError("an attestation with other fields")
    return {name: from_json(kind, raw[name]) for kind, name in fields}


def _compare_names(payload: Mapping[str, Any], claims: _Claims, studio: str) -> None:
    """All that a credential says beside the attestation."""
    chain_id, credit, opened = claims.chain_id, claims.credit, claims.opened
    if payload["id"] != credit_name(chain_id, claims.contract, credit):
        raise Unsound("Its name is not written as it should be.")
    if payload.get("validFrom") != iso(opened.header.timestamp):
        raise Unsound("It says another time than its proof.")
    subject = payload["credentialSubject"]
    if subject.get("creditId") != credit or subject.get("id") != f"eip155:{chain_id}:{studio}":
        raise Unsound("Its subject is another than its proof's.")
    if chain_of(opened.transaction) not in (None, chain_id):
        raise Unsound(f"Its proof is of another chain than {chain_id}.")
    _check_entry(payload.get("credentialStatus"), credit)


def _event(opened: OpenedAlone, contract: str, credit: int) -> Event:
    """The event by which the proven transaction issued the credit."""
    face = interface(_CONTRACT)
    for placed in opened.logs:
        if hexed(placed.log.address) != contract.lower():
            continue
        event = face.decode_event(placed.log.topics, placed.log.data)
        if event is not None and event.name == "CreditIssued" and event.args["creditId"] == credit:
            return event
    raise Unsound(f"Its proof doesn't show that credit {credit} was issued.")


def _compare(event: Event, message: Mapping[str, Any], hashed: bytes) -> None:
    if event.args["attestationHash"] != hashed:
        raise Unsound("It says something else than was attested.")
    same = ("productionId", "auditor")
    if any(str(event.args[name]).lower() != str(message[name]).lower() for name in same):
        raise Unsound("It was issued of another production or auditor.")


def _check_entry(entry: Any, credit: int) -> None:
    if entry is None:
        return
    where = entry.get("statusListCredential") if isinstance(entry, dict) else None
    if not isinstance(where, str) or entry != status_entry(where, credit):
        raise Unsound(f"Its status is not a {STATUS_ENTRY} of its own number.")
