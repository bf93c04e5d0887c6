"""One error tree. Every error carries values and, where a person can mend it, says how.

TrustError
├── InputError            what was given cannot be used (file, argument, identifier, signature file)
│   ├── ScreenplayError
│   ├── IdentifierError
│   └── ConsentError
├── ChainError            the node or the network
│   ├── NodeUnreachable
│   ├── WrongChain
│   ├── InsufficientFunds
│   └── TransactionFailed
├── ContractRefused       a contract's custom error, by name and fields (see trust.chain.reverts)
├── OutboxError           an intent that cannot go on as it is
├── IndexFault            the index and the chain disagree
├── KeeperError           the keeper's tables, or a payday that did not end in time
├── DeploymentError       no deployment, or not the one expected
└── SetupError            something on this machine is missing
"""

from __future__ import annotations

from typing import Any


class TrustError(Exception):
    """Base of every error this package raises on purpose.

    `message` says what is wrong, `hint` what to do about it; `exit_code` is what the CLI exits with.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        # However an error was made, it comes out of another process as it went in.
        return _again, (type(self), self.args), self.__dict__


class InputError(TrustError):
    """The caller's input cannot be used."""

    exit_code = 2


class ScreenplayError(InputError):
    """A screenplay that cannot be read, or has no scenes."""


class IdentifierError(InputError):
    """An EIDR or ISAN whose form or check digit is wrong."""


class ConsentError(InputError):
    """A consent file or signature that cannot be used."""


class ChainError(TrustError):
    """The node, the network or a transaction."""

    exit_code = 3


class NodeUnreachable(ChainError):
    """No answer from the RPC URL."""


class WrongChain(ChainError):
    """The node serves another chain than the deployment was made on."""


class InsufficientFunds(ChainError):
    """The sender cannot pay for gas."""


class TransactionFailed(ChainError):
    """A transaction was mined and reverted, or can never be mined."""


class ContractRefused(TrustError):
    """A contract's custom error. `name` and `fields` are the contract's own."""

    exit_code = 4

    def __init__(self, name: str, fields: dict[str, object], message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name
        self.fields = fields


class OutboxError(TrustError):
    """An intent in the outbox that cannot go on without a person."""

    exit_code = 3


class IndexFault(TrustError):
    """The index cannot be trusted as it is: a reorg deeper than it can rewind, another chain, a bad answer."""

    exit_code = 5


class KeeperError(TrustError):
    """The keeper's own tables cannot be used, or what it sent did not end in time."""

    exit_code = 3


class DeploymentError(TrustError):
    """A deployment file that is missing, damaged or for other contracts."""

    exit_code = 2


class SetupError(TrustError):
    """A program or package this machine lacks."""

    exit_code = 6


def _again(kind: type[TrustError], args: tuple[Any, ...]) -> TrustError:
    error = kind.__new__(kind)
    error.args = args
    return error
