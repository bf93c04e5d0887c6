"""Credentials as they travel: JSON under a JOSE signature (compact JWS), media type application/vc+jwt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from trust.credit.keys import Key, algorithm_of, did_of, key_of, read_bytes

_MOST_CHARACTERS = 2**24
_KEY = "#0"


class Unsound(Exception):  # noqa: N818 - said of a credential
    """What is wrong with a credential, in words."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A credential whose signature is its issuer's."""

    payload: dict[str, Any]
    issuer: str
    key: Key


def sign(payload: dict[str, Any], key: Key) -> str:
    """The credential as text. Its `issuer` is the key's DID."""
    issuer = did_of(key)
    header = {"alg": algorithm_of(key), "typ": "vc+jwt", "cty": "vc", "kid": issuer + _KEY}
    whole = {**payload, "issuer": issuer}
    body = json.dumps(whole, separators=(",", ":"), sort_keys=True).encode()
    return jws.serialize_compact(header, body, key, algorithms=[header["alg"]])


def read(text: str) -> Signed:
    """The credential, if exactly these bytes were signed by its issuer. Raises Unsound."""
    parts = text.split(".")
    if len(text) > _MOST_CHARACTERS or len(parts) != 3:
        raise Unsound("It is not a credential in compact form.")
    try:
        # Also that there is one form only: a decoder that is lenient would let bits be changed.
        header, payload = (json.loads(read_bytes(part), object_pairs_hook=_once) for part in parts[:2])
        read_bytes(parts[2])
    except (ValueError, RecursionError) as cause:
        raise Unsound("It can't be read.") from cause
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise Unsound("It can't be read.")
    issuer = payload.get("issuer")
    try:
        key = key_of(issuer) if isinstance(issuer, str) else None
    except ValueError:
        key = None
    if key is None or not isinstance(issuer, str):
        raise Unsound("Its issuer is not a did:jwk of a P-256 or Ed25519 key.")
    wanted = {"alg": algorithm_of(key), "typ": "vc+jwt", "cty": "vc", "kid": issuer + _KEY}
    if header != wanted:
        raise Unsound("Its header is not that of a credential of its issuer.")
    try:
        jws.deserialize_compact(text, key, algorithms=[wanted["alg"]])
    except (JoseError, ValueError) as cause:
        raise Unsound("Its signature is not its issuer's.") from cause
    return Signed(payload, issuer, key)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
