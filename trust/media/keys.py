"""Keys that sign stamps: in a PEM file, or in a token that never gives them away (PKCS#11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from trust.errors import InputError
from trust.media.certificates import Chain
from trust.media.cose import low

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

TOKEN = "pkcs11:"
_URI_HINT = (
    "Give pkcs11:token=LABEL;object=LABEL?module-path=FILE (RFC 7512); the module is the maker's library."
)

_TRIAL = b"Is this the key of the certificate?"

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs as COSE wants it: for ECDSA both numbers one after the other, the smaller twin."""

    sign: Sign


def pem_key(path: Path, chain: Chain, password: Callable[[], str]) -> SigningKey:
    """The key in a PEM file; `password` is asked only if it is encrypted. Raises InputError."""
    key = _load(path, password)
    scheme = chain.scheme

    def sign(data: bytes) -> bytes:
        if scheme.hash is None:
            return bytes(key.sign(data))  # type: ignore[union-attr, call-arg]
        if scheme.width == 0:
            return bytes(key.sign(data, scheme.padding, scheme.hash))  # type: ignore[union-attr, call-arg]
        return low(_plain(key, data, scheme.hash, scheme.width))

    if key.public_key() != chain.public_key:
        raise _of_another()
    return SigningKey(sign)


@contextmanager
def token_key(uri: str, chain: Chain, pin: Callable[[], str]) -> Iterator[SigningKey]:
    """A key in a token, by its RFC 7512 URI, while its session is open. Raises InputError."""
    import pkcs11

    token, label, module = _parts(uri)
    if not chain.scheme.width:
        raise InputError("Keys in tokens sign with ECDSA only.", hint="Take a key on P-256 or P-384.")
    with _told_plainly(module):
        found = pkcs11.lib(module).get_token(token_label=token)
        with found.open(user_pin=pin()) as session:
            key: Any = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)

            def sign(data: bytes) -> bytes:
                return low(key.sign(chain.digest(data), mechanism=pkcs11.Mechanism.ECDSA))

            if not chain.verifies(_TRIAL, sign(_TRIAL)):
                raise _of_another()
            yield SigningKey(sign)


@contextmanager
def _told_plainly(module: str) -> Iterator[None]:
    """A token's many errors as one that says what to do."""
    from pkcs11 import exceptions

    try:
        yield
    except exceptions.NoSuchToken as cause:
        raise InputError("There is no such token.", hint="See the labels with `pkcs11-tool -L`.") from cause
    except exceptions.NoSuchKey as cause:
        raise InputError(
            "The token holds no such key.", hint="See the labels with `pkcs11-tool -O -l`."
        ) from cause
    except exceptions.PinIncorrect as cause:
        raise InputError("The token refused the PIN.", hint="Try again; it may lock itself.") from cause
    except exceptions.PKCS11Error as cause:
        what = type(cause).__name__
        raise InputError(f"The token can't sign ({what}) with {module}.", hint=_URI_HINT) from cause


def _of_another() -> InputError:
    return InputError(
        "The key isn't the one of the certificate.",
        hint="Give the key that belongs to the first certificate of the file.",
    )


def _parts(uri: str) -> tuple[str, str, str]:
    """Token, key's label and module of a URI."""
    path, _, query = uri.removeprefix(TOKEN).partition("?")
    fields = dict(_pairs(path.split(";")) + _pairs(query.split("&")))
    try:
        return fields["token"], fields["object"], fields["module-path"]
    except KeyError as cause:
        raise InputError(f"The key's URI lacks {cause}.", hint=_URI_HINT) from cause


def _pairs(parts: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, unquote(value)) for name, _, value in (part.partition("=") for part in parts)]


def _load(path: Path, password: Callable[[], str]) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = path.read_bytes()
    except OSError as cause:
        raise InputError(
            f"{path} can't be read: {cause.strerror}.", hint="Give the key's PEM file."
        ) from cause
    try:
        return load_pem_private_key(pem, None)
    except TypeError:
        pass  # it is encrypted
    except Exception as cause:  # cryptography raises several unrelated types
        raise InputError(f"{path} is not a private key in PEM.", hint="Give the key's PEM file.") from cause
    try:
        return load_pem_private_key(pem, password().encode())
    except ValueError as cause:
        raise InputError(f"The password does not open {path}.", hint="Try again.") from cause


def _plain(key: Any, data: bytes, digest: Any, width: int) -> bytes:
    """Both numbers of an ECDSA signature, `width` bytes each."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(key.sign(data, ECDSA(digest)))
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")
