"""Nonces and tokens: told from forged ones by the server's secret, so that none need be kept."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from trust.api.refusals import SignInRefused

NONCE_SECONDS = 300
_RANDOM_BYTES, _TIME_BYTES, _MAC_BYTES = 10, 5, 16
_SIGN_IN = "Sign in again: GET /auth/nonce, then POST /auth/verify."
_FRESH = "Get a new one from GET /auth/nonce, and sign it within five minutes."


def _mac(secret: bytes, purpose: bytes, data: bytes) -> bytes:
    return hmac.digest(hmac.digest(secret, purpose, sha256), data, sha256)


class Nonces:
    """Single-use numbers for sign-ins. Only those spent are kept, until they expire."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._spent: dict[str, int] = {}
        self._lock = Lock()

    def issue(self, now: float) -> tuple[str, int]:
        """A nonce and when it expires (Unix seconds)."""
        expires = int(now) + NONCE_SECONDS
        body = secrets.token_bytes(_RANDOM_BYTES) + expires.to_bytes(_TIME_BYTES, "big")
        return (body + self._sign(body)).hex(), expires

    def check(self, nonce: str, now: float) -> int:
        """When it expires. Raises SignInRefused unless we issued it, lately."""
        try:
            raw = bytes.fromhex(nonce)
        except ValueError:
            raw = b""
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        known = len(body) == _RANDOM_BYTES + _TIME_BYTES and hmac.compare_digest(mac, self._sign(body))
        # Only the form it was issued in: the same number in capitals would count as unspent.
        if not known or nonce != raw.hex():
            raise SignInRefused("The nonce is not one of this server's.", hint=_FRESH)
        expires = int.from_bytes(body[_RANDOM_BYTES:], "big")
        if expires <= now:
            raise SignInRefused("The nonce has expired.", hint=_FRESH)
        return expires

    def spend(self, nonce: str, now: float) -> None:
        """Raises SignInRefused when it was spent before, or can't be."""
        expires = self.check(nonce, now)
        with self._lock:
            self._spent = {one: until for one, until in self._spent.items() if until > now}
            if nonce in self._spent:
                raise SignInRefused("The nonce was used before.", hint=_FRESH)
            self._spent[nonce] = expires

    def _sign(self, body: bytes) -> bytes:
        return _mac(self._secret, b"nonce", body)[:_MAC_BYTES]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Bearer tokens that say which wallet signed in. `audience` tells servers and deployments apart.

    What the wallet may read is looked up at each use: a member's old key reads nothing, whatever tokens it holds.
    """

    secret: bytes
    audience: str

    def issue(self, wallet: str, expires: int) -> str:
        """A token for a wallet until `expires` (Unix seconds)."""
        told = {"aud": self.audience, "sub": wallet, "exp": expires}
        body = _encoded(json.dumps(told, separators=(",", ":")).encode())
        return f"{body}.{_encoded(self._sign(body))}"

    def wallet(self, token: str, now: float) -> str:
        """Whose token it is. Raises SignInRefused when it is forged, for another server, or expired."""
        body, _, mac = token.partition(".")
        if not body.isascii() or not hmac.compare_digest(mac.encode(), _encoded(self._sign(body)).encode()):
            raise SignInRefused("The token is not one of this server's.", hint=_SIGN_IN)
        told = json.loads(_decoded(body))
        if told["aud"] != self.audience:
            raise SignInRefused("The token is for another server.", hint=_SIGN_IN)
        if told["exp"] <= now:
            raise SignInRefused("The token has expired.", hint=_SIGN_IN)
        return str(told["sub"])

    def _sign(self, body: str) -> bytes:
        return _mac(self.secret, b"token", body.encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as cause:
        raise SignInRefused("The token is not one of this server's.", hint=_SIGN_IN) from cause
