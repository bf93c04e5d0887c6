"""What a stamp says: which use of which grant made this file."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Self

LABEL = "trust.likeness.grant"
_VERSION = 1
_HASH = re.compile(r"0x[0-9a-f]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


class NotAStatement(Exception):  # noqa: N818 - said of an assertion
    """The assertion isn't one that a stamp writes."""


@dataclass(frozen=True, slots=True)
class GrantStatement:
    """`contract` is the UsageLedger's address; hashes and the transaction are hex with 0x.

    `output_hash` is keccak256 of the file before it was stamped, which is what the use on chain commits to.
    """

    chain_id: int
    contract: str
    grant_id: int
    production_id: int
    scene_hash: str
    usage_transaction: str
    output_hash: str

    def as_assertion(self) -> dict[str, Any]:
        """As the credentials keep it."""
        return {"version": _VERSION, **asdict(self)}

    @classmethod
    def read(cls, raw: Any) -> Self:
        """Out of an assertion. Raises NotAStatement."""
        if not isinstance(raw, dict) or raw.get("version") != _VERSION:
            raise NotAStatement
        fields = {name: value for name, value in raw.items() if name != "version"}
        if set(fields) != set(cls.__slots__):
            raise NotAStatement
        numbers = [fields[name] for name in ("chain_id", "grant_id", "production_id")]
        hashes = [fields[name] for name in ("scene_hash", "usage_transaction", "output_hash")]
        if not all(type(number) is int and 0 < number < 1 << 64 for number in numbers):
            raise NotAStatement
        if not all(isinstance(word, str) and _HASH.fullmatch(word) for word in hashes):
            raise NotAStatement
        if not isinstance(fields["contract"], str) or not _ADDRESS.fullmatch(fields["contract"]):
            raise NotAStatement
        return cls(**fields)
