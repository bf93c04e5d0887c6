"""A content's salted commitment: the id of an asset or archive item, which tells nothing of the content.

    digest     = keccak256(content)
    salt       = HMAC-SHA256(key = secret, message = "LikenessTrust.Content.v1" and digest)
    commitment = keccak256(abi.encode(bytes32 DOMAIN, bytes32 salt, bytes32 digest))

One secret file (`production.salt`) serves all of a production's contents. Each content has a salt of its own: who is
shown one can check that one, and guess at no other. The same content under the same secret has the same commitment.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Final

from eth_utils.crypto import keccak

from trust.errors import InputError
from trust.screenplay import load_secret, require_private

_NAME: Final = b"LikenessTrust.Content.v1"
DOMAIN: Final = keccak(_NAME)
MOST_BYTES: Final = 2**28


def content_salt(secret: bytes, content: bytes) -> bytes:
    """The 32-byte salt of a content under a production's secret."""
    return hmac.digest(secret, _NAME + keccak(content), "sha256")


def commitment(salt: bytes, content: bytes) -> bytes:
    """The 32-byte commitment of a content under its salt."""
    if len(salt) != 32:
        raise ValueError("a salt has 32 bytes")
    return keccak(DOMAIN + salt + keccak(content))


def committed(secret: bytes, content: bytes) -> bytes:
    """The 32-byte commitment of a content under a production's secret."""
    return commitment(content_salt(secret, content), content)


def private_secret(path: Path) -> bytes:
    """The secret of a salt file, if it may stand behind what is on a chain. Raises InputError."""
    return require_private(load_secret(path))


def read_content(path: Path, most: int = MOST_BYTES) -> bytes:
    """A file's bytes. Raises InputError when it can't be read, or is larger than is taken."""
    try:
        if not path.is_file():
            raise InputError(f"{path} is not a file.", hint="Give the path of an ordinary file.")
        size = path.stat().st_size
        if size > most:
            raise InputError(
                f"{path} has {size:,} bytes; at most {most:,} are read.", hint="Commit to its parts."
            )
        return path.read_bytes()
    except (OSError, ValueError) as cause:
        raise InputError(f"{path} can't be read: {cause}.", hint="Give a file that can be read.") from cause
