"""Words of the command line into values. All raise InputError, which says how the word should have been."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

from trust.errors import InputError
from trust.model import (
    UNITS_PER_DOLLAR,
    GrantId,
    LicenceId,
    MemberId,
    Modality,
    Money,
    PoolId,
    ProductionId,
    licence_id,
)

E = TypeVar("E", bound=IntEnum)

_DOLLARS = re.compile(r"\$?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]{1,6})?")
_LARGEST_UNITS = 2**64
_LATEST = 2**40


def amount(text: str) -> Money:
    """Dollars with up to six decimals, exactly, in base units."""
    match = _DOLLARS.fullmatch(text.strip())
    units = int(Decimal(match[1].replace(",", "") + (match[2] or "")) * UNITS_PER_DOLLAR) if match else -1
    if not match or len(text) > 40 or units >= _LARGEST_UNITS:
        raise InputError(
            f"{text!r} is not an amount.",
            hint="Give dollars with at most six decimals, like 1250 or 0.000001.",
        )
    return Money(units)


def when(text: str) -> int:
    """ISO 8601 (UTC unless it says otherwise) or Unix seconds, in Unix seconds."""
    hint = "Give a time like 2026-07-01, 2026-07-01T12:00Z or 1782864000."
    try:
        if re.fullmatch(r"[0-9]{9,13}", text):
            seconds = int(text)
        else:
            moment = datetime.fromisoformat(text)
            seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as cause:
        raise InputError(f"{text!r} is not a time.", hint=hint) from cause
    if not 0 <= seconds <= _LATEST:
        raise InputError(f"{text!r} is out of range for a time.", hint=hint)
    return seconds


def modalities(text: str) -> frozenset[Modality]:
    """Names separated by commas."""
    return frozenset(one_of(Modality, name) for name in text.split(","))


def one_of(kind: type[E], text: str) -> E:
    """A member of an enumeration by its name, in any case, with - or _."""
    name = text.strip().upper().replace("-", "_").replace(" ", "_")
    if name not in kind.__members__:
        known = ", ".join(member.name.lower() for member in kind)
        raise InputError(f"{text!r} is not a {_words(kind.__name__)}.", hint=f"Known: {known}.")
    return kind[name]


def choice(kind: type[E]) -> Callable[[str], E]:
    """A parser of one enumeration's names."""

    def parse(text: str) -> E:
        return one_of(kind, text)

    return parse


def address(text: str) -> str:
    """An address; a checksum, if it has one, must fit."""
    from eth_utils.address import is_checksum_address, to_checksum_address

    digits = text.removeprefix("0x")
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise InputError(f"{text!r} is not an address.", hint="An address is 0x and 40 hex digits.")
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(text):
        raise InputError(
            f"The checksum of {text} does not fit.", hint="A digit is mistyped: compare it again."
        )
    return to_checksum_address(text)


def hash32(text: str) -> bytes:
    """A 32-byte hash: 0x and 64 hex digits, or @FILE for keccak256 of a file's bytes."""
    hint = "Give 0x and 64 hex digits, or @FILE for the hash of a file."
    if text.startswith("@"):
        from eth_utils.crypto import keccak

        try:
            return keccak(Path(text[1:]).read_bytes())
        except OSError as cause:
            raise InputError(f"{text[1:]} can't be read.", hint=hint) from cause
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
        raise InputError(f"{text!r} is not a hash.", hint=hint)
    return bytes.fromhex(text[2:])


def share(text: str) -> int:
    """Basis points: a percentage like 7.5%, or the number itself."""
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%|([0-9]{1,5})", text.strip())
    points = int(Decimal(match[1]) * 100) if match and match[1] else int(match[2]) if match else -1
    if not 0 <= points <= 10_000:
        raise InputError(f"{text!r} is not a share.", hint="Give a percentage like 7.5%, or basis points.")
    return points


def member(text: str) -> MemberId:
    """A member's number."""
    return MemberId(_number(text, "member"))


def production(text: str) -> ProductionId:
    """A production's number."""
    return ProductionId(_number(text, "production"))


def grant(text: str) -> GrantId:
    """A grant's number."""
    return GrantId(_number(text, "grant", 2**64))


def pool(text: str) -> PoolId:
    """An ensemble pool's number."""
    return PoolId(_number(text, "pool", 2**32))


def record(text: str) -> int:
    """A record's number."""
    return _number(text, "record", 2**64)


def licence(text: str) -> LicenceId:
    """A licence as PRODUCTION/MEMBER, or its whole number."""
    parts = text.split("/")
    if len(parts) == 2:
        return licence_id(production(parts[0]), member(parts[1]))
    try:
        return LicenceId(_number(text, "licence", 2**48))
    except InputError as error:
        raise InputError(error.message, hint="Give PRODUCTION/MEMBER, like 1/7.") from error


def _number(text: str, what: str, below: int = 2**24) -> int:
    if not re.fullmatch(r"[0-9]{1,20}", text) or not 0 < int(text) < below:
        raise InputError(f"{text!r} is not the number of a {what}.", hint=f"Numbers of a {what} run from 1.")
    return int(text)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
