"""JSON-RPC without the network: requests, answers, errors, and URLs that may carry secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NewType, Self
from urllib.parse import unquote, urlsplit

from trust.errors import ChainError, InputError

Address = NewType("Address", str)
TxHash = NewType("TxHash", str)

_READ_PREFIXES = ("eth_", "net_", "web3_", "debug_trace", "ots_")
_NOT_READ_PREFIXES = ("eth_send", "eth_sign", "eth_submit", "eth_new", "eth_uninstall")
_RATE_LIMIT_CODES = (-32005, -32029, 429)


@dataclass(frozen=True, slots=True)
class Call:
    """One JSON-RPC call."""

    method: str
    params: Sequence[Any] = ()

    @property
    def is_read(self) -> bool:
        """Whether repeating the call changes nothing."""
        return self.method.startswith(_READ_PREFIXES) and not self.method.startswith(_NOT_READ_PREFIXES)

    def body(self, call_id: int) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": call_id, "method": self.method, "params": list(self.params)}


class RpcError(ChainError):
    """The node answered with an error. `data` is the revert data when a call reverted, else empty."""

    def __init__(self, code: int, message: str, data: bytes = b"", *, is_revert: bool = False) -> None:
        super().__init__(f"The node answered: {message} (code {code}).")
        self.code = code
        self.reason = message
        self.data = data
        self.is_revert = is_revert

    @property
    def is_rate_limit(self) -> bool:
        # One provider gives the same code to an answer that would be too large, where waiting doesn't help.
        if "more than" in self.reason.lower() and "results" in self.reason.lower():
            return False
        return self.code in _RATE_LIMIT_CODES or "rate limit" in self.reason.lower()


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """An RPC URL. Only `shown` may reach a person or a log: the rest can hold an API key."""

    url: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises InputError, which does not repeat the URL."""
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise InputError(
                "The RPC URL cannot be used.", hint="Give one like http://127.0.0.1:8545 or https://...."
            )
        return cls(url)

    @property
    def shown(self) -> str:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
        hidden = "/..." if parts.path.strip("/") or parts.query else ""
        return f"{parts.scheme}://{host}{port}{hidden}"

    @property
    def login(self) -> str | None:
        """Name and password that stand before the host, for basic authentication."""
        parts = urlsplit(self.url)
        return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every piece of the URL that must not be shown, longest first."""
        parts = urlsplit(self.url)
        pieces = {self.url, parts.path, parts.query, parts.username or "", parts.password or ""}
        pieces.update(parts.path.split("/"))
        pieces.update(re.split(r"[&=]", parts.query))
        # Shorter pieces ("v2", "rpc") are no secrets, and hiding them would garble every message.
        return tuple(sorted((piece for piece in pieces if len(piece) > 4), key=len, reverse=True))

    def scrub(self, text: str) -> str:
        """`text` without the URL's secrets: providers echo them in their errors."""
        for secret in self.secrets:
            text = text.replace(secret, "...")
        return text

    def __repr__(self) -> str:
        return f"Endpoint({self.shown})"


def read_error(error: Any, endpoint: Endpoint) -> RpcError:
    """The `error` member of an answer as a typed error."""
    if not isinstance(error, dict):
        return RpcError(0, endpoint.scrub(str(error)))
    message = endpoint.scrub(str(error.get("message", "")))
    code = error.get("code", 0)
    data = _revert_data(error.get("data"))
    reverted = code == 3 or bool(data) or "revert" in message.lower()
    return RpcError(code if isinstance(code, int) else 0, message, data, is_revert=reverted)


def _revert_data(data: Any) -> bytes:
    if isinstance(data, dict):  # some clients nest it one level deeper
        data = data.get("data")
    if isinstance(data, str):
        found = re.search(r"0x((?:[0-9a-fA-F]{2})*)$", data)  # others write "Reverted 0x..."
        return bytes.fromhex(found[1]) if found else b""
    return b""


def quantity(value: Any) -> int:
    """A JSON-RPC quantity ("0x1f") as an integer."""
    if not isinstance(value, str):
        raise RpcError(0, f"expected a quantity, got {value!r:.60}")
    return int(value, 16)


def blob(value: Any) -> bytes:
    """JSON-RPC data ("0xabcd") as bytes."""
    if not isinstance(value, str):
        raise RpcError(0, f"expected data, got {value!r:.60}")
    return bytes.fromhex(value.removeprefix("0x"))


def hexed(data: bytes) -> str:
    """Bytes as JSON-RPC data."""
    return "0x" + data.hex()
