"""How an API is set up."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from trust.chain.deployments import Deployment
from trust.errors import InputError

SECRET_BYTES = 32


def new_secret() -> bytes:
    """A secret of one's own."""
    return secrets.token_bytes(SECRET_BYTES)


@dataclass(frozen=True)
class Options:
    """`url` is what clients call the server: sign-ins are for it alone. Times in seconds.

    `auditors` are wallets that may read everything. `secret` signs nonces and tokens: servers that share it take each
    other's tokens. With `rpc` the node's head is told, and contract wallets may sign in. A client (an IPv4 address, or
    an IPv6 network of 64 bits) may spend `burst` at once and `rate` a second. An index whose last block is older than
    `stale_after` is unhealthy.
    """

    where: str | Path
    deployment: Deployment
    url: str
    auditors: frozenset[str] = frozenset()
    secret: bytes = field(default_factory=new_secret, repr=False)
    rpc: str | None = field(default=None, repr=False)
    origins: tuple[str, ...] = ()
    readers: int = 3
    rate: float = 20.0
    burst: float = 100.0
    stale_after: float = 600.0
    token_seconds: int = 900
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.netloc
            or parts.path
            or parts.query
            or "@" in parts.netloc
        ):
            raise InputError(
                f"{self.url!r} is not where an API is.",
                hint="Give scheme and host, like https://trust.example.",
            )
        if len(self.secret) < SECRET_BYTES:
            raise InputError(
                f"The secret has {len(self.secret)} bytes, less than {SECRET_BYTES}.",
                hint="Make one of 32 random bytes.",
            )

    @cached_property
    def scheme(self) -> str:
        """http or https."""
        return urlsplit(self.url).scheme

    @cached_property
    def domain(self) -> str:
        """Host, and port unless it is the scheme's."""
        return urlsplit(self.url).netloc
