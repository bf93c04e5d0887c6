"""The production secret, and the salt it gives each scene.

Headings and names can be guessed, so a leaf without a salt would tell anyone who asks the chain what a
scene is. Each scene has its own salt: showing one scene to somebody shows no other. A salt once shown lets
its holder guess at that scene number in every draft under the same secret, so give a new draft a new secret
if that matters.
"""

from __future__ import annotations

import hmac
import re
from pathlib import Path
from typing import Final

from trust.errors import ScreenplayError

MIN_SECRET_BYTES: Final = 32
_MAX_FILE_BYTES: Final = 4096
_MIN_DISTINCT_BYTES: Final = 8
_HEX: Final = re.compile(rb"(?:0x)?([0-9A-Fa-f]+)")
_MAKE_ONE: Final = "Make one with: openssl rand -hex 32 > production.salt"

# Public on purpose, so that anyone can follow the examples to the same root. It hides nothing.
EXAMPLE_SECRET: Final = b"Likeness Trust example secret: public, hides nothing"


def salt(secret: bytes, number: int) -> bytes:
    """A scene's 32-byte salt: HMAC-SHA256(key = secret, message = scene number as 32 bytes, big-endian).

    Raises ScreenplayError for a secret under 32 bytes.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise ScreenplayError(
            f"The production secret has {len(secret)} bytes; it needs {MIN_SECRET_BYTES} or more.",
            hint=_MAKE_ONE,
        )
    return hmac.digest(secret, number.to_bytes(32, "big"), "sha256")


def load_secret(path: Path | str) -> bytes:
    """The production secret in a salt file: 64 or more hex digits (0x before and white space around them are
    allowed), or 32 or more raw bytes, taken as they are. A file of hex digits alone is always read as hex.

    Raises ScreenplayError when there is no such file, or its secret is too short or plainly not random.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ScreenplayError(f"The salt file {path} is not an ordinary file.", hint=_MAKE_ONE)
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ScreenplayError(f"The salt file {path} cannot be read: {error}.", hint=_MAKE_ONE) from error
    if len(data) > _MAX_FILE_BYTES:
        raise ScreenplayError(f"The salt file {path} is larger than {_MAX_FILE_BYTES} bytes.", hint=_MAKE_ONE)
    digits = _HEX.fullmatch(data.strip())
    if digits and len(digits[1]) % 2:
        raise ScreenplayError(f"The salt file {path} has an odd number of hex digits.", hint=_MAKE_ONE)
    secret = bytes.fromhex(digits[1].decode()) if digits else data
    if len(secret) < MIN_SECRET_BYTES:
        raise ScreenplayError(
            f"The salt file {path} holds {len(secret)} bytes; it needs {MIN_SECRET_BYTES} or more.",
            hint=_MAKE_ONE,
        )
    if len(set(secret)) < _MIN_DISTINCT_BYTES:
        raise ScreenplayError(f"The salt file {path} repeats a few bytes; it is not random.", hint=_MAKE_ONE)
    return secret


def require_private(secret: bytes) -> bytes:
    """`secret`, if it may be used for a production that is sent to a chain.

    Raises ScreenplayError for the public example secret, or one that is too short.
    """
    if hmac.compare_digest(secret.strip(), EXAMPLE_SECRET):
        raise ScreenplayError(
            "The example secret is public: with it anyone could guess the scenes behind the root.",
            hint=_MAKE_ONE,
        )
    salt(secret, 1)
    return secret
