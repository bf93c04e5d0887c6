"""Errors as one line, or one JSON document, on standard error; and what to exit with."""

from __future__ import annotations

import json
import sqlite3
import sys
from typing import Any

from trust.cli.show import printable
from trust.errors import ContractRefused, InputError, TrustError
from trust.settings import debugging

INTERRUPTED = 130
UNEXPECTED = 70

# Errors of OpenZeppelin's contracts, which carry no advice of their own.
_HINTS = {
    "AccessManagedUnauthorized": "Send it with the key that holds the role for it.",
    "AccessManagerUnauthorizedCall": "Send it with the key that holds the role for it.",
    "AccessManagerUnauthorizedAccount": "Send it with the key that holds the role for it.",
    "AccessManagerNotScheduled": "Schedule exactly the same step first, then wait out its delay.",
    "AccessManagerNotReady": "It is scheduled; wait until its delay has passed.",
    "AccessManagerAlreadyScheduled": "Wait until its delay has passed, then run it.",
    "AccessManagerExpired": "Schedule it again: a scheduled step runs within a week of its time.",
    "ERC20InsufficientBalance": "Send dollars to the sender's address first.",
    "ERC20InsufficientAllowance": "Raise the allowance first.",
    "ERC2612InvalidSigner": "The token may sign permits in another way: check the deployment's token.",
    "ERC721NonexistentToken": "Check the number: there is no such member or licence.",
}
_SEE_HELP = "See `{command} --help`."


def report(error: BaseException, as_json: bool) -> int:
    """Tell the error and return the exit code."""
    if debugging():
        import traceback

        traceback.print_exception(error)
    if isinstance(error, TrustError):
        return _tell(
            _trust_name(error), error.message, _hint(error), _fields(error), error.exit_code, as_json
        )
    if hasattr(error, "format_message"):  # click's usage errors, whichever click this typer brings
        return _usage(error, as_json)
    if isinstance(error, OSError | sqlite3.Error):
        return _file(error, as_json)
    message = f"Unexpected {type(error).__name__}: {error}."
    return _tell(
        type(error).__name__, message, "Run with TRUST_DEBUG=1 for the traceback.", {}, UNEXPECTED, as_json
    )


def interrupted(as_json: bool) -> int:
    """Tell that Ctrl-C ended it."""
    hint = "What was sent is in the outbox; the next command that sends goes on with it."
    return _tell("Interrupted", "Interrupted.", hint, {}, INTERRUPTED, as_json)


def _usage(error: Any, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return 2
    command = context.command_path if context else "trust"
    return _tell("UsageError", str(error.format_message()), _SEE_HELP.format(command=command), {}, 2, as_json)


def _file(error: OSError | sqlite3.Error, as_json: bool) -> int:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        message = f"{where}{error.strerror or error}."
    else:
        message = f"The index or outbox file can't be used: {error}."
    hint = "Check that the file exists, is readable, and that its folder can be written to."
    return _tell(type(error).__name__, message, hint, {}, InputError.exit_code, as_json)


def _trust_name(error: TrustError) -> str:
    return error.name if isinstance(error, ContractRefused) else type(error).__name__


def _hint(error: TrustError) -> str:
    if error.hint:
        return error.hint
    if isinstance(error, ContractRefused) and error.name in _HINTS:
        return _HINTS[error.name]
    return _hint(error.__cause__) if isinstance(error.__cause__, TrustError) else ""


def _fields(error: TrustError) -> dict[str, object]:
    return error.fields if isinstance(error, ContractRefused) else {}


def _tell(name: str, message: str, hint: str, fields: dict[str, object], code: int, as_json: bool) -> int:
    message, hint = (printable(" ".join(text.split())) for text in (message, hint))
    if as_json:
        told = {"error": name, "message": message, "hint": hint, "fields": fields}
        sys.stderr.write(json.dumps(told, default=_plain) + "\n")
    else:
        sys.stderr.write(f"error: {message} {hint}".rstrip() + "\n")
    return code


def _plain(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
