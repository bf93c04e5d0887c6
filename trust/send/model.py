"""What is sent, how far it has come, and what the chain shows: frozen data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NewType, Protocol, Self

from trust.chain.rpc import Address, TxHash, blob, hexed, quantity
from trust.errors import InputError, TransactionFailed

RowId = NewType("RowId", int)
Nonce = NewType("Nonce", int)

Confirmations = int | Literal["finalized"]


class State(StrEnum):
    """queued -> reserved (has a nonce) -> sent -> mined -> final | failed."""

    QUEUED = "queued"
    RESERVED = "reserved"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a row failed. Only REVERTED spent a nonce; after the others the key may be enqueued again."""

    REFUSED = "refused"  # it would have reverted
    UNFUNDED = "unfunded"  # the sender had too little ether
    REJECTED = "rejected"  # the node says that no block can ever hold it
    REVERTED = "reverted"  # it was mined, and reverted
    WITHDRAWN = "withdrawn"  # the caller took it back before it was signed


@dataclass(frozen=True, slots=True)
class Intent:
    """One transaction that should happen once.

    `key` names it: the same key with the same `to`, `data` and `value` (wei) is the same transaction. `to`
    None creates a contract. `gas` None is estimated, and `spare` gas is added for what may fall due between the
    estimate and the block. `note` is for people.
    """

    key: str
    to: str | None
    data: bytes = b""
    value: int = 0
    gas: int | None = None
    note: str = ""
    spare: int = 0

    def __post_init__(self) -> None:
        if not self.key:
            raise InputError("An intent needs a key.")
        if self.to is not None and not re.fullmatch(r"0x[0-9a-fA-F]{40}", self.to):
            raise InputError(f"{self.to!r} is not an address.")
        if self.value < 0:
            raise InputError(f"An intent cannot send {self.value} wei.")

    def same_content(self, other: Intent) -> bool:
        """Whether both would do the same on chain."""
        mine, theirs = ((i.to.lower() if i.to else None, i.data, i.value) for i in (self, other))
        return mine == theirs


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers, in wei per gas."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction; `raw` is empty when it was found on chain. Times in Unix seconds.

    `offered_at` is when it was first broadcast, `broadcast_at` when last; None: it may have left, or not.
    `refusal` is what the node said last, None if it took it.
    """

    hash: TxHash
    nonce: Nonce
    fees: Fees
    raw: bytes = field(repr=False)
    offered_at: float
    broadcast_at: float | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """An event as the receipt has it."""

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transaction did. `effective_gas_price` in wei."""

    hash: TxHash
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    effective_gas_price: int
    contract: Address | None
    logs: tuple[Log, ...]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """From the answer of eth_getTransactionReceipt."""
        return cls(
            hash=TxHash(answer["transactionHash"]),
            block_number=quantity(answer["blockNumber"]),
            block_hash=answer["blockHash"],
            succeeded=quantity(answer["status"]) == 1,
            gas_used=quantity(answer["gasUsed"]),
            effective_gas_price=quantity(answer.get("effectiveGasPrice", "0x0")),
            contract=answer.get("contractAddress"),
            logs=tuple(
                Log(
                    log["address"],
                    tuple(map(blob, log["topics"])),
                    blob(log["data"]),
                    quantity(log["logIndex"]),
                )
                for log in answer["logs"]
            ),
        )

    def answer(self) -> dict[str, Any]:
        """The inverse of `read`."""
        return {
            "transactionHash": self.hash,
            "blockNumber": hex(self.block_number),
            "blockHash": self.block_hash,
            "status": hex(self.succeeded),
            "gasUsed": hex(self.gas_used),
            "effectiveGasPrice": hex(self.effective_gas_price),
            "contractAddress": self.contract,
            "logs": [
                {
                    "address": log.address,
                    "topics": [hexed(topic) for topic in log.topics],
                    "data": hexed(log.data),
                    "logIndex": hex(log.index),
                }
                for log in self.logs
            ],
        }


@dataclass(frozen=True, slots=True)
class Row:
    """An intent and how far it has come. `attempts` oldest first, those of earlier nonces too."""

    id: RowId
    intent: Intent
    state: State
    sender: Address
    nonce: Nonce | None = None
    gas: int | None = None
    attempts: tuple[Attempt, ...] = ()
    receipt: Receipt | None = None
    reason: Reason | None = None
    detail: str = ""
    revert_data: bytes = b""

    @property
    def current(self) -> tuple[Attempt, ...]:
        """The attempts at the row's present nonce."""
        return tuple(attempt for attempt in self.attempts if attempt.nonce == self.nonce)


@dataclass(frozen=True, slots=True)
class Taken:
    """The transaction on chain that used a nonce; `matches` when it does what our intent says."""

    hash: TxHash
    block_number: int
    matches: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The chain as one step sees it. Fees in wei per gas, `balance` in wei."""

    block_number: int
    final_number: int
    base_fee: int
    priority_fee: int
    gas_limit: int
    balance: int
    latest_nonce: Nonce
    pending_nonce: Nonce
    receipts: Mapping[TxHash, Receipt] = field(default_factory=dict)
    taken: Mapping[Nonce, Taken] = field(default_factory=dict)

    def receipt_of(self, row: Row) -> Receipt | None:
        """The receipt of whichever of the row's transactions was mined."""
        return next((self.receipts[a.hash] for a in row.attempts if a.hash in self.receipts), None)


@dataclass(frozen=True, slots=True)
class Rules:
    """The sender's policy. Fees in wei per gas; times in seconds.

    `max_fee_cap` is never exceeded: while the market is dearer, rows wait. `confirmations` is how many blocks
    must follow a receipt's block, or "finalized" for the node's finalized tag. `priority_fee` None asks the
    node. `max_gas` is EIP-7825's cap on a transaction: chains from Osaka on never mine more. `batch` rows at
    most are under way at once.
    """

    max_fee_cap: int = 300 * 10**9
    priority_fee: int | None = None
    confirmations: Confirmations = 0
    gas_multiplier: float = 1.2
    max_gas: int = 2**24
    bump_after: float = 45.0
    rebroadcast_after: float = 5.0
    batch: int = 64


class Signer(Protocol):
    """An eth_account LocalAccount, or something like it. The outbox never shows or stores it."""

    @property
    def address(self) -> str: ...

    def sign_transaction(self, transaction_dict: dict[str, Any]) -> Any:
        """Something with `hash` and `raw_transaction` bytes."""


class Reverted(TransactionFailed):
    """A transaction that reverted, or (`hash` None) would have. `data` is the revert data, empty if unknown.

    `__cause__` is what `decode_revert` made of it, if anything.
    """

    def __init__(self, message: str, *, key: str, hash: TxHash | None, data: bytes, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.hash = hash
        self.data = data
