"""EIDR and ISAN, the two identifiers a production is known by, and the commitment a contract keeps unique.

Both end in a check character of ISO 7064 Mod 37,36; an ISAN has a second one, over its first sixteen digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from eidr import EIDRID, EIDRIDFormatError
from eth_utils.crypto import keccak

from trust.errors import IdentifierError

_MAX_LENGTH: Final = 200
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EIDR_PREFIX: Final = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|https?://ui\.eidr\.org/view/content\?id="
    r"|(?:urn:)?doi: ?|(?:urn:)?eidr:? ?)?",
    re.IGNORECASE,
)
_EIDR: Final = re.compile(r"10\.(52[0-9]{2})[/:]([0-9A-Z-]+)", re.IGNORECASE | re.ASCII)
_ISAN_PREFIX: Final = re.compile(r"(?:urn:isan:|isan:? ?)?", re.IGNORECASE)
_ISAN: Final = re.compile(r"([0-9A-F]{16})([0-9A-Z])([0-9A-F]{8})([0-9A-Z])", re.ASCII)
_EIDR_FORM: Final = (
    "An EIDR is written 10.5240/XXXX-XXXX-XXXX-XXXX-XXXX-C, with hex digits X and a check character C."
)
_ISAN_FORM: Final = (
    "An ISAN is written ISAN XXXX-XXXX-XXXX-XXXX-C-XXXX-XXXX-C, with its version and both check characters."
)


class Kind(StrEnum):
    """Which registry an identifier belongs to."""

    EIDR = "EIDR"
    ISAN = "ISAN"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A valid identifier. `canonical` is its one spelling: "10.5240/..." or "ISAN ...", in capitals."""

    kind: Kind
    canonical: str

    def __str__(self) -> str:
        return self.canonical


def parse(text: str) -> Identifier:
    """The EIDR or ISAN that `text` spells: any case, with or without dashes or prefix, as DOI link or URN.

    An ISAN needs its version part: without one, the same work would have two identifiers.
    Raises IdentifierError for another form or a check character that does not fit.
    """
    given = text.strip()
    if len(given) > _MAX_LENGTH:
        raise IdentifierError(
            f"An identifier is not {len(given)} characters long.", hint=f"{_EIDR_FORM} {_ISAN_FORM}"
        )
    eidr = given[_prefix_length(_EIDR_PREFIX, given) :]
    if eidr.startswith("10."):
        return _eidr(eidr, given)
    isan = given[_prefix_length(_ISAN_PREFIX, given) :]
    digits = re.sub(r"[ -]", "", isan).upper()
    if isan != given or re.fullmatch(r"[0-9A-F]{16}.*", digits, re.ASCII):
        return _isan(digits, given)
    raise IdentifierError(f"{given!r} is neither an EIDR nor an ISAN.", hint=f"{_EIDR_FORM} {_ISAN_FORM}")


def commitment(identifier: Identifier) -> bytes:
    """keccak256 of the canonical spelling in UTF-8, 32 bytes: what the contract stores and keeps unique."""
    return keccak(text=identifier.canonical)


def _prefix_length(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def _eidr(text: str, given: str) -> Identifier:
    match = _EIDR.fullmatch(text)
    digits = match[2].replace("-", "").upper() if match else ""
    if not match or (match[1] == "5240" and not re.fullmatch(r"[0-9A-F]{20}[0-9A-Z]", digits)):
        raise IdentifierError(f"{given!r} is not an EIDR.", hint=_EIDR_FORM)
    if match[1] != "5240":
        raise IdentifierError(
            f"{given!r} names a party, a user or a service, not a production.",
            hint="Productions begin with 10.5240/.",
        )
    canonical = "10.5240/" + "-".join([*(digits[i : i + 4] for i in range(0, 20, 4)), digits[20]])
    try:
        return Identifier(Kind.EIDR, EIDRID.parse(canonical).canonical())
    except EIDRIDFormatError as error:
        raise _wrong_check("EIDR", given, 21) from error


def _isan(digits: str, given: str) -> Identifier:
    match = _ISAN.fullmatch(digits)
    if not match:
        raise IdentifierError(f"{given!r} is not an ISAN.", hint=_ISAN_FORM)
    work, work_check, version, check = match.groups()
    if _check_character(work) != work_check:
        raise _wrong_check("ISAN", given, 17)
    if _check_character(work + version) != check:
        raise _wrong_check("ISAN", given, 26)
    groups = [*(work[i : i + 4] for i in range(0, 16, 4)), work_check, version[:4], version[4:], check]
    return Identifier(Kind.ISAN, "ISAN " + "-".join(groups))


def _wrong_check(kind: str, given: str, position: int) -> IdentifierError:
    # The right character is not offered: the mistake may be in any digit before it.
    return IdentifierError(
        f"{given!r}: the check character of this {kind} does not fit: it is character {position},"
        " not counting dashes and prefix.",
        hint="One of the characters is mistyped: compare all of them with the registry.",
    )


def _check_character(digits: str) -> str:
    """ISO 7064 Mod 37,36 (hybrid system, clause 8)."""
    product = 36
    for digit in digits:
        total = (product + _ALPHABET.index(digit)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]
