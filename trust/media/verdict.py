"""What a check can come to."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The gravest that was found, in this order; `exit_code` is what the command exits with."""

    TAMPERED = "TAMPERED"
    UNSTAMPED = "UNSTAMPED"
    UNTRUSTED = "UNTRUSTED"
    NO_LICENCE = "NO_LICENCE"
    WRONG_SCENE = "WRONG_SCENE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    VALID = "VALID"

    @property
    def exit_code(self) -> int:
        """0 for VALID; the others have one each, which no other command uses."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Verdict.VALID: 0,
    Verdict.TAMPERED: 21,
    Verdict.UNSTAMPED: 22,
    Verdict.UNTRUSTED: 23,
    Verdict.NO_LICENCE: 24,
    Verdict.WRONG_SCENE: 25,
    Verdict.REVOKED: 26,
    Verdict.EXPIRED: 27,
}
