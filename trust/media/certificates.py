"""Certificates: the chain that a stamp is signed with, and one to try things out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trust.errors import InputError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_MOST_BYTES = 1 << 20
_LEAST_RSA_BITS = 2_048
_MOST_NAME = 50
_HINT = "Give PEM certificates, one after another; `trust provenance certificate` makes some to try."


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a kind of key signs: COSE's name, and for ECDSA the `width` of each of a signature's two numbers."""

    name: str
    hash: Any = None
    width: int = 0
    padding: Any = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A signer's certificate and those that vouch for it, in that order; `pem` as they were given."""

    pem: str
    scheme: Scheme
    public_key: CertificatePublicKeyTypes

    def digest(self, data: bytes) -> bytes:
        """What ECDSA signs."""
        from cryptography.hazmat.primitives.hashes import Hash

        hasher = Hash(self.scheme.hash)
        hasher.update(data)
        return hasher.finalize()

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Whether the first certificate's key made this signature."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        key: Any = self.public_key
        scheme = self.scheme
        try:
            if scheme.width:
                r, s = signature[: scheme.width], signature[scheme.width :]
                encoded = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
                key.verify(encoded, data, ECDSA(scheme.hash))
            elif scheme.hash is not None:
                key.verify(signature, data, scheme.padding, scheme.hash)
            else:
                key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


def read_chain(path: Path) -> Chain:
    """The certificates to sign with. Raises InputError for what C2PA would not take."""
    certificates = _certificates(path)
    leaf = certificates[0]
    if leaf.issuer == leaf.subject:
        raise InputError(
            f"The first certificate in {path} vouches for itself, which C2PA doesn't allow.",
            hint="Put the signer's own first, then those that vouch for it.",
        )
    key: CertificatePublicKeyTypes = leaf.public_key()
    return Chain(_pem(certificates), _scheme(key), key)


def read_anchors(path: Path) -> str:
    """The certificates to trust, PEM. Raises InputError."""
    return _pem(_certificates(path))


def _certificates(path: Path) -> list[x509.Certificate]:
    from cryptography import x509

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is too large for a list of certificates.", hint=_HINT)
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as cause:
        raise InputError(f"{path} can't be read: {cause.strerror}.", hint=_HINT) from cause
    except ValueError as cause:
        raise InputError(f"{path} holds no certificates.", hint=_HINT) from cause


def _pem(certificates: list[x509.Certificate]) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _scheme(key: CertificatePublicKeyTypes) -> Scheme:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return Scheme("ES256", hashes.SHA256(), 32)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return Scheme("ES384", hashes.SHA384(), 48)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return Scheme("ED25519")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
        sha256 = hashes.SHA256()
        return Scheme("PS256", sha256, 0, padding.PSS(padding.MGF1(sha256), sha256.digest_size))
    raise InputError(
        "The certificate's key is of a kind that stamps aren't signed with.",
        hint=f"Take one on P-256 or P-384, Ed25519, or RSA of {_LEAST_RSA_BITS} bits or more.",
    )


@dataclass(frozen=True, slots=True)
class TrialCertificate:
    """A certificate to try things out: its `chain`, the `root` to trust, both PEM, and its key."""

    chain: str
    root: str
    _key: Any

    def key(self, password: str) -> bytes:
        """The private key as PEM, under a password."""
        from cryptography.hazmat.primitives import serialization

        return bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(password.encode()),
            )
        )


def make_certificate(name: str, begins: datetime, days: int) -> TrialCertificate:
    """A certificate in somebody's name. The root's own key is forgotten: it never vouches for another.

    Raises InputError for a name that a certificate can't hold.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    from trust.media.issuing import issue

    if not 0 < len(name.strip()) <= _MOST_NAME or not name.isprintable():
        raise InputError(f"A certificate's name has 1 to {_MOST_NAME} signs.", hint="Shorten it.")
    private = ec.generate_private_key(ec.SECP256R1())
    leaf, root = issue(name.strip(), private.public_key(), begins, begins + timedelta(days=days))
    return TrialCertificate(_pem([leaf, root]), _pem([root]), private)
