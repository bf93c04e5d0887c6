"""Sign-in with Ethereum (EIP-4361): the message a wallet shows and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from eth_utils.address import is_checksum_address

from trust.api.refusals import SignInRefused

#: Shown by the wallet; a message that says anything else is not for this API.
STATEMENT = "Read the statement and history of my membership. This signs no consent, moves no money and costs nothing."
LONGEST = 2_000
_HINT = "Sign the message that GET /auth/nonce?address=0x... gives, unchanged."

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
# The grammar of EIP-4361, in its order; every line but the last ends in one LF.
_MESSAGE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<domain>[^\s/?#@]+)"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9A-Fa-f]{40})\n\n"
    r"(?:(?P<statement>[^\n]+)\n)?\n"
    r"URI: (?P<uri>[^\s]+)\n"
    r"Version: (?P<version>[0-9]+)\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expiration_time>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    r"(?:\nRequest ID: (?P<request_id>[^\s]*))?"
    r"(?:\nResources:(?P<resources>(?:\n- [^\s]+)*))?"
)
_PRINTABLE = re.compile(r"[\n\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Message:
    """A sign-in message. Times in Unix seconds."""

    scheme: str | None
    domain: str
    address: str
    statement: str | None
    uri: str
    version: str
    chain_id: int
    nonce: str
    issued_at: float
    expiration_time: float | None = None
    not_before: float | None = None
    request_id: str | None = None
    resources: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises SignInRefused unless every line is as EIP-4361 has it."""
        match = _MESSAGE.fullmatch(text) if len(text) <= LONGEST and _PRINTABLE.fullmatch(text) else None
        if match is None:
            raise SignInRefused("That is not a sign-in message (EIP-4361).", hint=_HINT)
        if not is_checksum_address(match["address"]):
            raise SignInRefused("The address in the message lacks its checksum (EIP-55).", hint=_HINT)
        resources = (match["resources"] or "").split("\n- ")[1:]
        return cls(
            scheme=match["scheme"],
            domain=match["domain"],
            address=match["address"],
            statement=match["statement"],
            uri=match["uri"],
            version=match["version"],
            chain_id=int(match["chain_id"]),
            nonce=match["nonce"],
            issued_at=_seconds(match["issued_at"]),
            expiration_time=_optional(match["expiration_time"]),
            not_before=_optional(match["not_before"]),
            request_id=match["request_id"],
            resources=tuple(resources),
        )

    def text(self) -> str:
        """As it is signed."""
        scheme = f"{self.scheme}://" if self.scheme else ""
        lines = [
            f"{scheme}{self.domain} wants you to sign in with your Ethereum account:",
            self.address,
            "",
            *([self.statement] if self.statement else []),
            "",
            f"URI: {self.uri}",
            f"Version: {self.version}",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {_shown(self.issued_at)}",
        ]
        if self.expiration_time is not None:
            lines.append(f"Expiration Time: {_shown(self.expiration_time)}")
        if self.not_before is not None:
            lines.append(f"Not Before: {_shown(self.not_before)}")
        if self.request_id is not None:
            lines.append(f"Request ID: {self.request_id}")
        if self.resources:
            lines += ["Resources:", *(f"- {resource}" for resource in self.resources)]
        return "\n".join(lines)


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as cause:
        raise SignInRefused(f"{text} is not a time.", hint=_HINT) from cause


def _optional(text: str | None) -> float | None:
    return None if text is None else _seconds(text)


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
