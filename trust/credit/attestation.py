"""What an auditor attests, as typed data: built from a count, compared with one, hashed as the contract keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account.messages import encode_typed_data

from trust.consent import Consent, typed_data
from trust.credit.count import DEPARTMENTS, Count
from trust.errors import InputError

_NOWHERE = "0x" + "00" * 20


def attestation(counted: Count, *, auditor: str, corrects: int, key: bytes, deadline: int) -> Consent:
    """The Attestation to sign. `corrects` is the production's latest credit, 0 for its first; `key` the thumbprint.

    Raises InputError while nothing is counted, or assets are not proven.
    """
    if counted.unproven:
        raise InputError(
            f"{counted.unproven:,} assets of the production were committed and not proven.",
            hint="The rules count none while there are any: have the studio prove them.",
        )
    if not counted.works:
        raise InputError(
            "Nothing of this production is counted.", hint="Have the studio register its works first."
        )
    if counted.block_hash is None:
        raise InputError(
            f"The index has forgotten the hash of block {counted.block}.",
            hint="Count up to its last block: leave --block out.",
        )
    message = {
        "productionId": counted.production,
        "auditor": auditor,
        "rulesVersion": counted.rules_version,
        "corrects": corrects,
        "asOfBlock": counted.block,
        "asOfBlockHash": counted.block_hash,
        "humanLed": _struct(counted.counted(human_led=True)),
        "machineLed": _struct(counted.counted(human_led=False)),
        "evidenceRoot": counted.evidence_root,
        "credentialKey": key,
        "deadline": deadline,
    }
    return Consent("Attestation", message)


def differences(counted: Count, attested: Mapping[str, Any]) -> tuple[str, ...]:
    """Where an attestation says something else than the count, in words; empty when they agree."""
    found = []
    if counted.unproven:
        found.append(f"{counted.unproven} assets were not proven")
    if counted.block_hash not in (None, attested["asOfBlockHash"]):
        found.append(f"block {counted.block} has another hash")
    for field, human_led in (("humanLed", True), ("machineLed", False)):
        for name, number in _struct(counted.counted(human_led=human_led)).items():
            if attested[field][name] != number:
                found.append(f"{field}.{name} is {number}, not {attested[field][name]}")
    return tuple(found)


def attestation_hash(message: Mapping[str, Any]) -> bytes:
    """EIP-712 struct hash. Raises ConsentError when a field is missing or out of range."""
    # The domain isn't in a struct's hash, so any chain and contract do.
    document = typed_data(Consent("Attestation", message), 1, _NOWHERE)
    return bytes(encode_typed_data(full_message=document).body)


def _struct(counts: Mapping[str, int]) -> dict[str, int]:
    return {_field(name): counts[name] for name in DEPARTMENTS}


def _field(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
