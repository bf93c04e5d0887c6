"""The policy of sending, pure: what one row needs, given what the chain shows.

What everything else rests on: a row's transactions share one nonce, so at most one is ever mined; and the
nonce is given up only on proof that another transaction used it for good.
"""

from __future__ import annotations

from dataclasses import dataclass

from trust.chain.rpc import RpcError, TxHash
from trust.send.fees import bumped, gas_limit, quote
from trust.send.model import Attempt, Fees, Head, Reason, Receipt, Row, Rules, State
from trust.send.verdict import Verdict, certainly_fails, classify


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do now; `why` is for people."""

    why: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """Simulate it, and reserve a nonce if it would succeed (see `admit`)."""

    fees: Fees


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign at the row's nonce with these fees, keep it, broadcast it."""

    fees: Fees


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Broadcast again, unchanged."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Settle:
    """The receipt is there: `state` is MINED, FINAL or FAILED."""

    receipt: Receipt
    state: State


@dataclass(frozen=True, slots=True)
class Reopen:
    """The receipt is gone (reorg): sent again, and broadcast unchanged if we have the transaction."""

    attempt: Attempt | None


@dataclass(frozen=True, slots=True)
class Adopt:
    """A transaction we have no note of (a restored database) did what the row wants at its nonce: ours."""

    hash: TxHash


@dataclass(frozen=True, slots=True)
class GiveUpNonce:
    """Another transaction used the nonce for good: back to the queue."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The node says that no block can ever hold it: fail, if nothing stands behind its nonce."""

    detail: str


_LEAST_GAS = 21_000  # of any transaction

Action = Wait | Prepare | Sign | Broadcast | Settle | Reopen | Adopt | GiveUpNonce | Reject


def decide(row: Row, head: Head, now: float, rules: Rules) -> Action:
    """What `row` needs next. `now` in Unix seconds."""
    if row.nonce is None:
        return _queued(row, head, rules)
    if receipt := head.receipt_of(row):
        return _settle(row, receipt, head)
    if row.state in (State.FINAL, State.FAILED) and head.latest_nonce > row.nonce:
        return Wait("settled")
    if row.state in (State.MINED, State.FINAL, State.FAILED):
        return _reopen(row)
    if head.latest_nonce > row.nonce:
        return _nonce_used(row, head)
    return _unmined(row, head, now, rules)


def _queued(row: Row, head: Head, rules: Rules) -> Action:
    if row.state is State.FAILED:
        return Wait("settled")
    fees = quote(head, rules)
    return Prepare(fees) if fees else Wait(_market(head, rules))


def _settle(row: Row, receipt: Receipt, head: Head) -> Action:
    if receipt.block_number > head.final_number:
        state = State.MINED
    else:
        state = State.FINAL if receipt.succeeded else State.FAILED
    if state is row.state and row.receipt == receipt:
        return Wait("waiting for confirmations" if state is State.MINED else "settled")
    return Settle(receipt, state)


def _reopen(row: Row) -> Reopen:
    ours = [attempt for attempt in row.current if attempt.raw]
    was_mined = [attempt for attempt in ours if row.receipt and attempt.hash == row.receipt.hash]
    return Reopen(next(reversed(was_mined or ours), None))


def _nonce_used(row: Row, head: Head) -> Action:
    assert row.nonce is not None
    taken = head.taken.get(row.nonce)
    if taken is None:
        return Wait(f"nonce {row.nonce} was used, but the node does not show by which transaction")
    if any(attempt.hash == taken.hash for attempt in row.attempts):
        return Wait("mined, and waiting for the node to show the receipt")
    if taken.matches:
        return Adopt(taken.hash)
    if taken.block_number > head.final_number:
        return Wait(f"another transaction used nonce {row.nonce}; waiting until that is final")
    return GiveUpNonce()


def _unmined(row: Row, head: Head, now: float, rules: Rules) -> Action:
    ours = [attempt for attempt in row.current if attempt.raw]
    if not ours:
        fees = quote(head, rules)
        return Sign(fees) if fees else Wait(_market(head, rules))
    newest = ours[-1]
    if newest.broadcast_at is None:
        return Broadcast(newest)
    verdict = classify(newest.refusal)
    if verdict is Verdict.REJECTED and len(ours) == 1:
        return Reject(newest.refusal or "")
    if _wants_bump(row, newest, verdict, head, now, rules) and (fees := bumped(newest.fees, head, rules)):
        return Sign(fees)
    held = verdict is Verdict.ACCEPTED and row.nonce is not None and row.nonce < head.pending_nonce
    if not held and now - newest.broadcast_at >= rules.rebroadcast_after:
        return Broadcast(newest)
    if newest.refusal is not None and verdict is not Verdict.ACCEPTED:
        return Wait(f"the node refused it: {newest.refusal}")
    return Wait("waiting to be mined")


def _wants_bump(row: Row, newest: Attempt, verdict: Verdict, head: Head, now: float, rules: Rules) -> bool:
    if verdict is Verdict.UNDERPRICED:
        return True
    # Only the next in line can be helped by a higher fee; those behind it wait for it.
    in_line = row.nonce == head.latest_nonce
    return in_line and verdict is Verdict.ACCEPTED and now - newest.offered_at >= rules.bump_after


def _market(head: Head, rules: Rules) -> str:
    return f"gas costs {head.base_fee + head.priority_fee} wei, above the cap of {rules.max_fee_cap} wei"


# Admission: a queued row that was simulated


@dataclass(frozen=True, slots=True)
class Reserve:
    """Give it a nonce; it may use this much gas."""

    gas: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """It would fail, and nothing ahead of it can change that."""

    reason: Reason
    detail: str
    revert_data: bytes = b""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The node could not simulate it."""

    error: RpcError


def admit(
    row: Row, estimate: int | RpcError, fees: Fees, head: Head, rules: Rules, ahead: int, committed: int
) -> Reserve | Refuse | Wait | Unclear:
    """Whether to spend a nonce on `row`.

    `estimate` is the gas a simulation on the latest block needed. `ahead` transactions of the sender are not
    in that block yet and may spend `committed` wei: until they are, a failure is not certain.
    """
    if isinstance(estimate, RpcError):
        gas = row.intent.gas or _LEAST_GAS
    else:
        gas = row.intent.gas or gas_limit(estimate, row.intent.spare, head, rules)
    need = row.intent.value + gas * fees.max_fee
    # Funds first: nodes answer a simulation that moves ether the sender lacks in many different words.
    if need > head.balance - committed:
        detail = f"{row.sender} needs {need} wei and has {head.balance} wei"
        return Wait("behind others that spend ether") if ahead else Refuse(Reason.UNFUNDED, detail)
    if isinstance(estimate, RpcError):
        if not certainly_fails(estimate):
            return Unclear(estimate)
        refusal = Refuse(Reason.REFUSED, estimate.reason, estimate.data)
        return Wait("behind others that it may depend on") if ahead else refusal
    if gas > (most := min(head.gas_limit, rules.max_gas)):
        return Refuse(Reason.REFUSED, f"it needs {gas} gas, and may use {most}")
    return Reserve(gas)
