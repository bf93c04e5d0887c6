"""Keys and certificates: which sign stamps, and which are refused before anything is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from media import PASSWORD, Certified, Studio, certified
from softhsm import PIN, Token

from trust.errors import InputError
from trust.index import Index
from trust.media import Verdict, check, make_certificate, pem_key, read_anchors, read_chain, stamp, token_key
from trust.media.issuing import issue

BEGINS = datetime.now(UTC) - timedelta(hours=1)
KEYS: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ED25519": ed25519.Ed25519PrivateKey.generate(),
    "PS256": rsa.generate_private_key(65_537, 2_048),
}


def written(folder: Path, public: Any) -> Path:
    """A chain over a public key, and its root in `trust.pem`."""
    leaf, root = issue("Studio", public, BEGINS, BEGINS + timedelta(days=2))
    pems = [one.public_bytes(Encoding.PEM) for one in (leaf, root)]
    (folder / "signing.pem").write_bytes(b"".join(pems))
    (folder / "trust.pem").write_bytes(pems[1])
    return folder / "signing.pem"


def no_password() -> str:
    raise AssertionError("nobody was to be asked")


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_each_kind_sign(filmed: Studio, synced: Index, tmp_path: Path, name: str) -> None:
    chain = read_chain(written(tmp_path, KEYS[name].public_key()))
    assert chain.scheme.name == name
    pem = KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "signing.key").write_bytes(pem)
    key = pem_key(tmp_path / "signing.key", chain, no_password)
    made = stamp(synced, filmed.takes[".jpg"], tmp_path / "out.jpg", 1, key, chain)
    found = check(synced, made.path, read_anchors(tmp_path / "trust.pem"))
    assert found.verdict is Verdict.VALID


def test_an_encrypted_key_needs_its_password(tmp_path: Path) -> None:
    chain = read_chain(written(tmp_path, KEYS["ES256"].public_key()))
    encryption = BestAvailableEncryption(PASSWORD.encode())
    pem = KEYS["ES256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    (tmp_path / "signing.key").write_bytes(pem)
    pem_key(tmp_path / "signing.key", chain, lambda: PASSWORD)
    with pytest.raises(InputError, match="password does not open"):
        pem_key(tmp_path / "signing.key", chain, lambda: "another")


@pytest.mark.parametrize("other", [ec.generate_private_key(ec.SECP256R1()), KEYS["ES384"], KEYS["PS256"]])
def test_the_key_of_another_certificate_is_refused(tmp_path: Path, other: Any) -> None:
    chain = read_chain(written(tmp_path, KEYS["ES256"].public_key()))
    (tmp_path / "signing.key").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with pytest.raises(InputError, match="isn't the one of the certificate"):
        pem_key(tmp_path / "signing.key", chain, no_password)


@pytest.mark.parametrize(
    "content", [b"", b"words", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_refused(filmed: Studio, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "signing.key").write_bytes(content)
    with pytest.raises(InputError, match="is not a private key"):
        pem_key(tmp_path / "signing.key", filmed.signer.chain, no_password)
    with pytest.raises(InputError, match="can't be read"):
        pem_key(tmp_path / "none", filmed.signer.chain, no_password)


def test_a_certificate_that_vouches_for_itself_is_refused(tmp_path: Path) -> None:
    key, name = KEYS["ES256"], x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Studio")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGINS)
        .not_valid_after(BEGINS + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "self.pem").write_bytes(made.public_bytes(Encoding.PEM))
    with pytest.raises(InputError, match="vouches for itself"):
        read_chain(tmp_path / "self.pem")


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256K1()), rsa.generate_private_key(65_537, 1_024)],
    ids=["secp256k1", "RSA 1024"],
)
def test_keys_that_c2pa_does_not_take_are_refused(tmp_path: Path, key: Any) -> None:
    with pytest.raises(InputError, match="of a kind that stamps aren't signed with"):
        read_chain(written(tmp_path, key.public_key()))


@pytest.mark.parametrize("content", [b"", b"words", bytes(2 << 20)])
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pem").write_bytes(content)
    for read in (read_chain, read_anchors):
        with pytest.raises(InputError, match=r"holds no certificates|too large"):
            read(tmp_path / "a.pem")
        with pytest.raises(InputError, match="can't be read"):
            read(tmp_path / "none.pem")


def test_a_signer_whose_issuer_is_missing_writes_nothing(
    filmed: Studio, synced: Index, tmp_path: Path
) -> None:
    leaf = filmed.signer.chain.pem.partition("-----END CERTIFICATE-----\n")
    (tmp_path / "leaf.pem").write_text("".join(leaf[:2]))
    alone = read_chain(tmp_path / "leaf.pem")
    with pytest.raises(InputError, match=r"certificate can't sign stamps|can't be stamped"):
        stamp(synced, filmed.takes[".png"], tmp_path / "out.png", 1, filmed.signer.key, alone)
    assert [path.name for path in tmp_path.iterdir()] == ["leaf.pem"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "two\nlines"])
def test_a_name_that_a_certificate_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="1 to 50 signs"):
        make_certificate(name, BEGINS, 1)


def test_trust_lists_may_hold_several(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    other: Certified = certified(tmp_path / "other", "Union")
    (tmp_path / "both.pem").write_text(other.root + filmed.signer.root)
    both = read_anchors(tmp_path / "both.pem")
    assert check(synced, stamped[".png"], both).verdict is Verdict.VALID
    assert check(synced, stamped[".png"], other.root).verdict is Verdict.UNTRUSTED


# Keys that never leave their token


def test_a_key_in_a_token_signs(filmed: Studio, synced: Index, tmp_path: Path, token: Token) -> None:
    chain = read_chain(written(tmp_path, token.public))
    for suffix in (".jpg", ".mp4"):
        with token_key(token.uri, chain, lambda: PIN) as key:
            stamp(synced, filmed.takes[suffix], tmp_path / f"out{suffix}", 1, key, chain)
        found = check(synced, tmp_path / f"out{suffix}", read_anchors(tmp_path / "trust.pem"))
        assert found.verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("change", "pin", "says"),
    [
        (("token=studio", "token=none"), PIN, "no such token"),
        (("object=stamps", "object=other"), PIN, "no such key"),
        (("", ""), "11111111", "refused the PIN"),
        ((";object=", ";id="), PIN, "lacks 'object'"),
        (("module-path=", "module-path=/nowhere"), PIN, "can't sign"),
    ],
)
def test_tokens_that_cannot_sign_are_refused(
    tmp_path: Path, token: Token, change: tuple[str, str], pin: str, says: str
) -> None:
    chain = read_chain(written(tmp_path, token.public))
    with pytest.raises(InputError, match=says), token_key(token.uri.replace(*change), chain, lambda: pin):
        raise AssertionError("it was opened")


def test_a_token_with_another_key_is_refused(filmed: Studio, token: Token) -> None:
    with (
        pytest.raises(InputError, match="isn't the one of the certificate"),
        token_key(token.uri, filmed.signer.chain, lambda: PIN),
    ):
        raise AssertionError("it was opened")


def test_keys_in_tokens_are_on_curves(tmp_path: Path, token: Token) -> None:
    chain = read_chain(written(tmp_path, KEYS["PS256"].public_key()))
    with pytest.raises(InputError, match="ECDSA only"), token_key(token.uri, chain, lambda: PIN):
        raise AssertionError("it was opened")
