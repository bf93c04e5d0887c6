"""Consents as JSON files: what a studio sends a member, and what the member sends back signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trust.consent.signing import SignedConsent
from trust.consent.types import KINDS, STRUCTS, Consent, Field, element
from trust.errors import ConsentError

_FORMAT = "likeness-trust/consent/1"
_LARGEST_BYTES = 64 * 1024


def save(signed: SignedConsent, path: Path) -> None:
    """Write the file, whole or not at all. An unsigned consent has an empty signature and signer."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(as_json(signed), indent=2) + "\n")
    draft.replace(path)


def as_json(signed: SignedConsent) -> dict[str, Any]:
    """The file's content: bytes as 0x hex, integers as they are."""
    return {
        "format": _FORMAT,
        "kind": signed.consent.kind,
        "contract": signed.consent.contract,
        "chainId": signed.chain_id,
        "verifyingContract": signed.contract_address,
        "message": {name: to_json(signed.consent.message[name]) for _, name in signed.consent.fields},
        "signer": signed.signer,
        "signature": "0x" + signed.signature.hex(),
    }


def load(path: Path) -> SignedConsent:
    """Read a consent file. Raises ConsentError when it can't be used; says nothing about the signature yet."""
    hint = "Ask for the file again; `trust consent new` and `trust consent sign` write it."
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ConsentError(f"{path} is too large for a consent.", hint=hint)
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise ConsentError(f"There is no file {path}.", hint=hint) from cause
    except (OSError, ValueError) as cause:
        raise ConsentError(f"{path} is not a consent file.", hint=hint) from cause
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT:
        raise ConsentError(f"{path} is not a consent file of this version.", hint=hint)
    try:
        kind = KINDS[raw["kind"]]
        message = {name: from_json(field, raw["message"][name]) for field, name in kind.fields}
        unknown = set(raw["message"]) - set(message)
        if unknown:
            raise ConsentError(f"{path} has unknown fields: {', '.join(sorted(unknown))}.", hint=hint)
        return SignedConsent(
            Consent(kind.name, message, raw["contract"]),
            int(raw["chainId"]),
            str(raw["verifyingContract"]),
            str(raw["signer"]),
            bytes.fromhex(str(raw["signature"]).removeprefix("0x")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise ConsentError(f"{path} is damaged: {cause}.", hint=hint) from cause


def to_json(value: Any) -> Any:
    """A value as the files have it."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return [to_json(part) for part in value]
    return {name: to_json(part) for name, part in value.items()} if isinstance(value, dict) else value


def from_json(kind: str, value: Any) -> Any:
    """A value of a field's type, from what a file has."""
    of = element(kind)
    if of is not None:
        return [from_json(of, part) for part in value]
    fields: tuple[Field, ...] | None = STRUCTS.get(kind)
    if fields is not None:
        return {name: from_json(inner, value[name]) for inner, name in fields}
    return bytes.fromhex(value.removeprefix("0x")) if kind == "bytes32" else value
