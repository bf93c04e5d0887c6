"""Which credits still stand: a Bitstring Status List credential, built from the chain.

Bit n is credit n's: set when it was revoked or superseded. Whoever has the chain can build the same list.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trust.credit import jose
from trust.credit.check import Credential
from trust.credit.count import QUERIES
from trust.credit.credential import CONTEXT, PURPOSE, iso
from trust.credit.jose import Unsound
from trust.credit.keys import Key, read_bytes, text_of
from trust.errors import InputError
from trust.index import Index

#: Fewer would tell whose status is looked up (Bitstring Status List, 2.2: at least 16 kB).
_LEAST_BITS = 131_072
_MOST_BYTES = 2**22
_MULTIBASE = "u"
_TYPES = ["VerifiableCredential", "BitstringStatusListCredential"]


@dataclass(frozen=True, slots=True)
class Fallen:
    """Credits that no longer stand, as of a block."""

    chain_id: int
    contract: str
    block: int
    block_hash: str
    credits: tuple[int, ...]


def fallen(index: Index) -> Fallen:
    """All credits that were revoked or superseded, as of the index's last block."""
    with index.reading():
        status = index.status()
        if status.block is None or status.block_hash is None:
            raise InputError("The index is empty.", hint="Run `trust index sync` first.")
        rows = index.rows(QUERIES["fallen"], {"block": status.block})
    credits = tuple(sorted(row["credit_id"] for row in rows))
    contract = index.deployment.address("HumanAuditCredits")
    return Fallen(index.deployment.chain_id, contract, status.block, status.block_hash, credits)


def status_list(over: Fallen, key: Key, *, url: str, now: int, valid_seconds: int) -> str:
    """The signed list. It is to be served at `url`, and says nothing after `valid_seconds`."""
    payload = {
        "@context": CONTEXT,
        "id": url,
        "type": _TYPES,
        "validFrom": iso(now),
        "validUntil": iso(now + valid_seconds),
        "contract": f"eip155:{over.chain_id}:{over.contract}",
        "asOfBlock": {"number": over.block, "hash": over.block_hash},
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": PURPOSE,
            "encodedList": _MULTIBASE + text_of(gzip.compress(bits(over.credits), mtime=0)),
        },
    }
    return jose.sign(payload, key)


def bits(credits: Iterable[int]) -> bytes:
    """The list's bits, the first at the left of the first byte."""
    found = tuple(credits)
    size = max(_LEAST_BITS, *(credit + 1 for credit in found)) if found else _LEAST_BITS
    field = bytearray((size + 7) // 8)
    for credit in found:
        field[credit // 8] |= 0x80 >> credit % 8
    return bytes(field)


def stands(credential: Credential, text: str, *, now: int, issuer: str | None = None) -> bool:
    """Whether a status list says that the credential still stands at `now` (Unix seconds). Raises Unsound.

    The list must be its auditor's own, or that of an `issuer` whom the caller trusts.
    """
    signed = jose.read(text)
    payload, entry = signed.payload, credential.payload.get("credentialStatus")
    if entry is None:
        raise Unsound("The credential names no status list: ask a node.")
    if signed.issuer != (issuer or credential.issuer):
        raise Unsound("The status list is signed by somebody else.")
    wanted = f"eip155:{credential.chain_id}:{credential.contract}"
    if payload.get("id") != entry["statusListCredential"] or payload.get("contract") != wanted:
        raise Unsound("The status list is another than the credential names.")
    try:
        first, last = (_seconds(payload[name]) for name in ("validFrom", "validUntil"))
        subject = payload["credentialSubject"]
        known = payload["type"] == _TYPES and subject["type"] == "BitstringStatusList"
        field = _field(subject["encodedList"])
    except (KeyError, TypeError, ValueError, zlib.error) as cause:
        raise Unsound("The status list can't be read.") from cause
    if not known or subject.get("statusPurpose") != PURPOSE:
        raise Unsound("It is not a status list of revocations.")
    if not first <= now < last:
        raise Unsound("The status list is not of this time: get a new one.")
    if credential.credit >= 8 * len(field):
        raise Unsound("The status list is too short for the credit.")
    return not field[credential.credit // 8] & 0x80 >> credential.credit % 8


def _field(encoded: Any) -> bytes:
    if not isinstance(encoded, str) or not encoded.startswith(_MULTIBASE):
        raise ValueError("not in base64url")
    unpacker = zlib.decompressobj(wbits=31)
    field = unpacker.decompress(read_bytes(encoded[1:]), _MOST_BYTES)
    if not unpacker.eof or 8 * len(field) < _LEAST_BITS:
        raise ValueError("too long, too short or cut")
    return field


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
