"""The auditor's JOSE key: made here, kept as a JWK file, known by its thumbprint and as a did:jwk."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any, Literal

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from trust.errors import InputError

Algorithm = Literal["ES256", "Ed25519"]
Key = ECKey | OKPKey

_PREFIX = "did:jwk:"
_MOST_BYTES = 4096


def new_key(algorithm: Algorithm = "ES256") -> Key:
    """A new private key: P-256 for ES256, else Ed25519 (RFC 9864, where EdDSA is deprecated)."""
    return ECKey.generate_key("P-256") if algorithm == "ES256" else OKPKey.generate_key("Ed25519")


def save_key(key: Key, path: Path) -> None:
    """Write a private key that only its owner may read; never over another file."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(key.as_dict(private=True)) + "\n")
    except FileExistsError as cause:
        raise InputError(f"There is a file {path} already.", hint="Give the path of a new one.") from cause
    except OSError as cause:
        raise InputError(f"{path} can't be written: {cause.strerror}.", hint="Give another path.") from cause


def load_key(path: Path, *, private: bool = True) -> Key:
    """A key from its JWK file. Raises InputError when it can't be one, or isn't private where it must be."""
    hint = "`trust credit key FILE` makes one."
    try:
        key = read_key(json.loads(path.read_text(encoding="utf-8")[:_MOST_BYTES]))
    except OSError as cause:
        raise InputError(f"There is no key {path}.", hint=hint) from cause
    except ValueError as cause:
        raise InputError(f"{path} is not a key of this kind.", hint=hint) from cause
    if private and not key.is_private:
        raise InputError(f"{path} has no private key.", hint="Give the file that the auditor keeps.")
    return key


def read_key(jwk: Any) -> Key:
    """A P-256 or Ed25519 key from a JWK. Raises ValueError."""
    kinds: dict[tuple[Any, Any], type[ECKey] | type[OKPKey]] = {
        ("EC", "P-256"): ECKey,
        ("OKP", "Ed25519"): OKPKey,
    }
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) not in kinds:
        raise ValueError("neither a P-256 nor an Ed25519 key")
    try:
        key = kinds[jwk["kty"], jwk["crv"]].import_key(jwk)
        key.thumbprint()
    except (JoseError, TypeError, KeyError) as cause:
        raise ValueError(f"not a key: {cause}") from cause
    return key


def algorithm_of(key: Key) -> Algorithm:
    """What the key signs with."""
    return "ES256" if isinstance(key, ECKey) else "Ed25519"


def thumbprint(key: Key) -> bytes:
    """RFC 7638: SHA-256 of the public key's canonical JWK. An attestation names it."""
    return read_bytes(str(key.thumbprint()))


def did_of(key: Key) -> str:
    """The public key as a DID that needs no registry."""
    public = key.as_dict(private=False)
    needed = {name: public[name] for name in ("crv", "kty", "x", "y") if name in public}
    return _PREFIX + text_of(json.dumps(needed, separators=(",", ":"), sort_keys=True).encode())


def key_of(did: str) -> Key:
    """The key that a did:jwk is. Raises ValueError."""
    if not did.startswith(_PREFIX) or len(did) > _MOST_BYTES:
        raise ValueError("not a did:jwk")
    jwk = json.loads(read_bytes(did.removeprefix(_PREFIX)))
    if isinstance(jwk, dict) and "d" in jwk:
        raise ValueError("a private key")
    return read_key(jwk)


def text_of(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_bytes(text: str) -> bytes:
    """Bytes of the one text that `text_of` gives them. Raises ValueError."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if text_of(data) != text:
        raise ValueError("not in the one form that base64url has")
    return data
