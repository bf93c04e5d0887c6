"""What the API answers when it doesn't answer: one form, as on the command line."""

from __future__ import annotations

import math

from trust.errors import TrustError


class Refusal(TrustError):  # noqa: N818 - its children are named as they are told
    """A question that gets no answer. The class names the error, `status` is HTTP's."""

    status = 500

    def headers(self) -> dict[str, str]:
        """Headers that go with it."""
        return {}

    def document(self) -> dict[str, str]:
        """The body."""
        return {"error": type(self).__name__, "message": self.message, "hint": self.hint}


class Unexpected(Refusal):
    """A fault of the server's own."""


class SignInRefused(Refusal):
    """A sign-in, or a token, that isn't taken."""

    status = 401

    def headers(self) -> dict[str, str]:
        return {"www-authenticate": "Bearer"}


class NotAllowed(Refusal):
    """Signed in, but not for this."""

    status = 403


class NotFound(Refusal):
    """There is no such thing."""

    status = 404


class MethodNotAllowed(Refusal):
    """The path takes other methods."""

    status = 405


class TooLarge(Refusal):
    """More than the server reads."""

    status = 413


class Invalid(Refusal):
    """A parameter or body that can't be used."""

    status = 422


class TooMany(Refusal):
    """Asked too often; `seconds` until it may be asked again."""

    status = 429

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__("Too many requests.", hint=f"Ask again in {self.seconds} s.")

    def headers(self) -> dict[str, str]:
        return {"retry-after": str(self.seconds)}


class Unavailable(Refusal):
    """Nothing can be answered just now."""

    status = 503

    def headers(self) -> dict[str, str]:
        return {"retry-after": "5"}
