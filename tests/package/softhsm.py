"""A token in software, of the tests' own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
TOKEN, KEY, PIN = "studio", "stamps; 1", "98765432"


def module() -> str:
    """SoftHSM's library."""
    found = next((path for path in _MODULES if Path(path).exists()), None)
    if found is None:
        raise RuntimeError("SoftHSM is missing: apt-get install softhsm2")
    return found


@dataclass
class Token:
    """A token with one key pair on P-256, of which `public` is the public key."""

    module: str
    public: Any

    @property
    def uri(self) -> str:
        return f"pkcs11:token={TOKEN};object={KEY.replace(';', '%3B').replace(' ', '%20')}?module-path={self.module}"


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A token that forgets everything in the end. The library reads the environment when it is loaded."""
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from pkcs11.util.ec import encode_named_curve_parameters

    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    arguments = ("--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", PIN)
    subprocess.run(("softhsm2-util", *arguments), check=True, stdout=subprocess.DEVNULL)
    library = pkcs11.lib(module())
    library.reinitialize()
    with library.get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, _ = curve.generate_keypair(store=True, label=KEY)
        point = public[pkcs11.Attribute.EC_POINT]
    # The point comes as an ASN.1 string.
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), bytes(point[2:]))
    yield Token(module(), key)
    del os.environ["SOFTHSM2_CONF"]
