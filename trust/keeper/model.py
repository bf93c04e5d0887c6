"""What a keeper has to do, how far it has come, and the rules it keeps to: frozen data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from trust.send.model import Confirmations

GWEI = 10**9
#: EIP-7825: no transaction may have a higher gas limit.
MOST_GAS = 2**24


class Kind(StrEnum):
    """What a keeper sends, and what an item of it is."""

    PAYDAY = "payday"  # members
    PUSH = "push"  # one chunk of a pool, as POOL:CHUNK
    SEATS = "seats"  # seats of a chunk that is too dear to push, as POOL:CHUNK:POSITION
    SWEEP = "sweep"  # pools
    AGENTS = "agents"  # agents' addresses
    REMIT = "remit"  # productions; 0 is the sums in transit


@dataclass(frozen=True, slots=True)
class Job:
    """One call for some items in one payroll cycle. `key` is the same whoever plans it from the same claims."""

    key: str
    kind: Kind
    cycle: int
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """A job in the keeper's table, under this keeper's lease.

    `fence` grows with each change of hands. `intent` is its key in the outbox of the keeper that sent it,
    empty before; `hashes` are all transactions that may do it.
    """

    job: Job
    fence: int
    intent: str = ""
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One final transaction of a keeper's: `amount` (base units) went to `paid` payees, `held` could not receive."""

    kind: Kind
    cycle: int
    items: int
    tx_hash: str
    block: int
    paid: int
    held: int
    amount: int
    gas_used: int
    fee_wei: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """An item that no call can include: `tries` failed, the last at `tried_at` (Unix seconds, the chain's)."""

    kind: Kind
    item: str
    tries: int
    tried_at: int
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The keeper's rules. Fees in wei per gas, times in seconds.

    `max_fee_cap` is never exceeded: while gas is dearer, the keeper waits. `batch_gas` is the most that a call
    is expected to use. `in_flight` calls wait to be mined at once. A wallet that failed is tried again after
    `retry_first` of the chain's seconds, then twice as long each time, at most `retry_most`.
    """

    max_fee_cap: int = 300 * GWEI
    confirmations: Confirmations = "finalized"
    batch_gas: int = 15_000_000
    lease: float = 60.0
    in_flight: int = 8
    retry_first: int = 3600
    retry_most: int = 7 * 24 * 3600

    def within(self, cycle_seconds: int) -> Policy:
        """The same, trying whoever could not be paid at least once in a payroll cycle."""
        return replace(
            self,
            retry_first=min(self.retry_first, cycle_seconds),
            retry_most=min(self.retry_most, cycle_seconds),
        )


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the chain and the tables came to.

    `planned` jobs were added, None when another keeper was planning. `open` calls are planned or sent and not
    final, of which `mine` are this keeper's and `unmined` of those in no block; `waits` says why its own wait.
    `head`, `head_time`: the chain's last block; `index_block`: the index's. `ether` (wei) can still be spent.
    """

    cycle: int
    head: int
    head_time: int
    index_block: int
    ether: int
    planned: int | None
    runs: tuple[Run, ...]
    open: int
    mine: int
    unmined: int
    held: int
    troubled: int
    waits: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do until something becomes due."""
        return self.planned == 0 and not self.open and not self.runs
