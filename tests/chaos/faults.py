"""What can go wrong between a keeper and its node: named, seeded, counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """One way of being let down by a node."""

    # The whole request
    TIMEOUT = "no answer, not forwarded"
    TIMEOUT_AFTER = "no answer, forwarded"
    RESET_BEFORE = "connection reset before forwarding"
    RESET_AFTER = "connection reset after forwarding"
    HTTP_429 = "HTTP 429"
    HTTP_500 = "HTTP 500"
    HTTP_503 = "HTTP 503"
    TRUNCATED = "truncated JSON"
    # One call
    RPC_ERROR = "JSON-RPC error"
    RATE_LIMIT = "JSON-RPC rate limit"
    NONCE_LOW = "nonce too low told"
    NONCE_HIGH = "nonce too high told"
    NONCE_MIXED = "pending nonce told as latest, or the other way round"
    STALE_HEAD = "old head told, other answers new"
    RECEIPT_NULL = "receipt withheld for a while"
    FEE_SPIKE = "fees told 100 times as high"
    DROPPED = "transaction accepted and dropped"
    ALREADY_KNOWN = "'already known' to a new transaction"
    UNDERPRICED = "'underpriced' to a good transaction"
    NONCE_USED = "'nonce too low' to a good transaction"
    # A spell, of all calls
    LAGGING = "node some blocks behind in every answer"


REQUEST_FAULTS = (
    Fault.TIMEOUT,
    Fault.TIMEOUT_AFTER,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.HTTP_429,
    Fault.HTTP_500,
    Fault.HTTP_503,
    Fault.TRUNCATED,
)
_ANY_CALL = (Fault.RPC_ERROR, Fault.RATE_LIMIT)
_FEES = (Fault.FEE_SPIKE,)
CALL_FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "eth_getTransactionCount": (Fault.NONCE_LOW, Fault.NONCE_HIGH, Fault.NONCE_MIXED, *_ANY_CALL),
    "eth_blockNumber": (Fault.STALE_HEAD, *_ANY_CALL),
    "eth_getBlockByNumber": (Fault.STALE_HEAD, Fault.FEE_SPIKE, *_ANY_CALL),
    "eth_getTransactionReceipt": (Fault.RECEIPT_NULL, *_ANY_CALL),
    "eth_gasPrice": (*_FEES, *_ANY_CALL),
    "eth_maxPriorityFeePerGas": (*_FEES, *_ANY_CALL),
    "eth_feeHistory": (*_FEES, *_ANY_CALL),
    "eth_sendRawTransaction": (
        Fault.DROPPED,
        Fault.ALREADY_KNOWN,
        Fault.UNDERPRICED,
        Fault.NONCE_USED,
        *_ANY_CALL,
    ),
}
_SENDING = "eth_sendRawTransaction"
_NONCES = "eth_getTransactionCount"
_RECEIPTS = "eth_getTransactionReceipt"


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it is: chances per request, per call, and of a spell beginning.

    What is rare beside reading fails more often, else few rounds would see it: sending, nonces, receipts.
    """

    per_request: float = 0.0
    per_call: float = 0.0
    per_send: float = 0.0
    per_nonce: float = 0.0
    per_receipt: float = 0.0
    per_spell: float = 0.0


CALM = Weather()
#: Mild, rough, and storm: a keeper gets little done in a storm.
WEATHERS = {
    "mild": Weather(0.02, 0.01, 0.15, 0.04, 0.02, 0.01),
    "rough": Weather(0.06, 0.02, 0.35, 0.10, 0.06, 0.02),
    "storm": Weather(0.20, 0.05, 0.60, 0.25, 0.15, 0.04),
}


@dataclass(slots=True)
class Dice:
    """Decides and counts the faults on one keeper's line."""

    weather: Weather = CALM
    random: random.Random = field(default_factory=random.Random)
    counts: Counter[Fault] = field(default_factory=Counter)

    def request(self, sends: bool) -> Fault | None:
        """A fault of a whole request; one that sends a transaction is hit as often as sending is."""
        chance = max(self.weather.per_request, self.weather.per_send / 3 if sends else 0.0)
        return self._one_of(REQUEST_FAULTS, chance)

    def call(self, method: str) -> Fault | None:
        """A fault of one call."""
        own = {
            _SENDING: self.weather.per_send,
            _NONCES: self.weather.per_nonce,
            _RECEIPTS: self.weather.per_receipt,
        }
        chance = own.get(method, self.weather.per_call)
        return self._one_of(CALL_FAULTS.get(method, _ANY_CALL), chance)

    def spell(self) -> bool:
        """Whether the node begins to lag now."""
        return self._one_of((Fault.LAGGING,), self.weather.per_spell) is not None

    def _one_of(self, faults: tuple[Fault, ...], chance: float) -> Fault | None:
        if self.random.random() >= chance:
            return None
        fault = self.random.choice(faults)
        self.counts[fault] += 1
        return fault
