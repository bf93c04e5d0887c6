"""What a node means when it refuses a transaction. Nodes share no codes for this, only similar sentences."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trust.chain.rpc import RpcError


class Verdict(Enum):
    """The meaning of a refusal."""

    ACCEPTED = auto()  # the node holds it: "already known" too
    NONCE_USED = auto()
    UNDERPRICED = auto()
    FUNDS = auto()
    REJECTED = auto()  # no block can ever hold it
    OTHER = auto()


# The sentences of geth, reth, Nethermind, Besu, Erigon and anvil, lower case; the first that fits counts.
_SENTENCES = (
    (
        Verdict.ACCEPTED,
        ("already known", "already imported", "known transaction", "alreadyknown", "already in pool"),
    ),
    (Verdict.NONCE_USED, ("nonce too low", "nonce is too low", "oldnonce", "invalid nonce; got")),
    (
        Verdict.UNDERPRICED,
        (
            "underpriced",
            "max fee per gas less than block base fee",
            "fee too low",
            "feetoolow",
            "fee cap less than",
        ),
    ),
    (
        Verdict.FUNDS,
        ("insufficient funds", "insufficient balance", "insufficientfunds", "upfront cost exceeds"),
    ),
    (
        Verdict.REJECTED,
        ("intrinsic gas too low", "oversized data", "initcode size", "gas limit too high"),
    ),
)

# What a simulation says, beside reverts, when a transaction cannot succeed on the block it was asked about.
_CERTAIN_FAILURE = (
    "revert",
    "evm error",
    "invalid opcode",
    "opcode",
    "out of gas",
    "outofgas",
    "gas required exceeds",
    "intrinsic gas",
    "stack underflow",
    "stack overflow",
    "invalid jump",
    "initcode size",
)


def classify(refusal: str | None) -> Verdict:
    """The meaning of a node's answer to eth_sendRawTransaction; None is a plain yes."""
    if refusal is None:
        return Verdict.ACCEPTED
    said = refusal.lower()
    for verdict, sentences in _SENTENCES:
        if any(sentence in said for sentence in sentences):
            return verdict
    return Verdict.OTHER


def certainly_fails(error: RpcError) -> bool:
    """Whether a simulation's error speaks about the transaction, not about the node."""
    return error.is_revert or any(sentence in error.reason.lower() for sentence in _CERTAIN_FAILURE)
