"""One step of the outbox: look once, decide each row, write, sign, write, broadcast, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import InsufficientFunds, NodeUnreachable, TrustError
from trust.send.decide import (
    Action,
    Adopt,
    Broadcast,
    GiveUpNonce,
    Prepare,
    Refuse,
    Reject,
    Reopen,
    Reserve,
    Settle,
    Sign,
    Unclear,
    Wait,
    admit,
    decide,
)
from trust.send.model import Attempt, Fees, Head, Intent, Reason, Row, Rules, Signer, State
from trust.send.sign import signed
from trust.send.store import Store
from trust.send.verdict import Verdict, classify
from trust.send.view import Sight, View

Checkpoint = Literal["enqueued", "decided", "signed", "stored", "broadcast", "noted"]

_FILLER_GAS = 21_000


@dataclass(slots=True)
class Progress:
    """What a step did: how many rows moved, why the others wait (by key), and what a person must mend."""

    moved: int = 0
    waits: dict[str, str] = field(default_factory=dict)
    blocked: TrustError | None = None


@dataclass(slots=True)
class _Plan:
    """What is left to do once the decisions are written."""

    progress: Progress
    sign: list[tuple[Row, Fees]] = field(default_factory=list)
    broadcast: list[Attempt] = field(default_factory=list)


class Stepper:
    """Moves the rows of one sender. Only one process at a time is inside `step`."""

    def __init__(
        self,
        store: Store,
        node: Node,
        chain_id: int,
        signer: Signer,
        rules: Rules,
        view: View,
        checkpoint: Callable[[Checkpoint], None],
    ) -> None:
        self._store = store
        self._node = node
        self._chain_id = chain_id
        self._signer = signer
        self._rules = rules
        self._view = view
        self._checkpoint = checkpoint

    def step(self, now: float) -> Progress:
        """Move every row that can move."""
        with self._store.turn():
            live, queued, sight = self._look()
            plan = _Plan(Progress())
            decisions = [(row, decide(row, sight.head, now, self._rules)) for row in live]
            reverts = self._reverts(decisions)
            with self._store.transaction():
                for row, action in decisions:
                    self._apply(plan, row, action, reverts.get(row.id, b""), now)
                self._admit(plan, live, queued, sight, now)
                self._fill_gap(plan, live, queued, sight.head, now)
            self._checkpoint("decided")
            self._sign(plan, now)
            self._broadcast(plan, now)
            _name_missing_funds(plan.progress, live, sight.head)
            return plan.progress

    def _look(self) -> tuple[list[Row], list[Row], Sight]:
        live = self._store.live()
        under_way = sum(row.state is not State.MINED for row in live)
        queued = self._store.queued(self._rules.batch - under_way)
        sight = self._view.look(live, queued)
        # A reorg deeper than our finality leaves a gap in the nonces; the rows that own it fill it again.
        if lost := self._store.settled_from(sight.head.latest_nonce):
            live = [*lost, *live]
            sight = self._view.look(live, queued)
        return live, queued, self._doubted(sight)

    def _doubted(self, sight: Sight) -> Sight:
        """Nonces beyond ours are a stranger's, or a node's slip: a nonce that is too high would wait for ever."""
        if sight.head.pending_nonce <= self._store.highest_nonce() + 1:
            return sight
        lowest = min(sight.head.pending_nonce, *self._view.pending_nonces())
        return replace(sight, head=replace(sight.head, pending_nonce=lowest))

    def _reverts(self, decisions: Sequence[tuple[Row, Action]]) -> dict[int, bytes]:
        return {
            row.id: self._view.revert_data(row, action.receipt)
            for row, action in decisions
            if isinstance(action, Settle) and action.state is State.FAILED
        }

    def _apply(self, plan: _Plan, row: Row, action: Action, revert_data: bytes, now: float) -> None:
        if isinstance(action, Reject) and self._store.highest_nonce() != row.nonce:
            action = Wait(f"the node rejects it, and others wait behind its nonce: {action.detail}")
        plan.progress.moved += not isinstance(action, Wait)
        match action:
            case Wait(why):
                plan.progress.waits[row.intent.key] = why
            case Sign(fees):
                plan.sign.append((row, fees))
            case Broadcast(attempt):
                plan.broadcast.append(attempt)
            case Settle(receipt, state):
                self._store.settle(row, state, receipt, revert_data)
            case Reopen(attempt):
                self._store.reopen(row)
                if attempt is not None:
                    self._store.set_broadcast(attempt.hash, None, None)
                    plan.broadcast.append(attempt)
            case Adopt(hash_):
                assert row.nonce is not None
                self._store.add_attempt(row, Attempt(hash_, row.nonce, Fees(0, 0), b"", now))
            case GiveUpNonce():
                self._store.give_up_nonce(row)
            case Reject(detail):
                self._store.fail(row, Reason.REJECTED, detail)

    def _admit(
        self, plan: _Plan, live: Sequence[Row], queued: Sequence[Row], sight: Sight, now: float
    ) -> None:
        """Reserve nonces for queued rows, in order: a row that must wait holds back those behind it."""
        head = sight.head
        # A row first seen mined in this look may be missing from the block that others were simulated on.
        ahead = [row for row in live if row.state is not State.MINED or head.receipt_of(row) is None]
        committed = sum(_may_spend(row, head) for row in ahead)
        count = len(ahead)
        nonces = self._store.free_nonces(head.pending_nonce)
        for row, estimate in zip(queued, sight.estimates, strict=True):
            action = decide(row, head, now, self._rules)
            if isinstance(action, Prepare):
                outcome = admit(row, estimate, action.fees, head, self._rules, count, committed)
            else:
                outcome = Wait(action.why if isinstance(action, Wait) else "")
            match outcome:
                case Reserve(gas):
                    assert isinstance(action, Prepare)
                    plan.sign.append((self._store.reserve(row, next(nonces), gas), action.fees))
                    count += 1
                    committed += row.intent.value + gas * action.fees.max_fee
                case Refuse(reason, detail, revert_data):
                    self._store.fail(row, reason, detail, revert_data)
                case Wait(why):
                    plan.progress.waits[row.intent.key] = why
                    return
                case Unclear(error):
                    plan.progress.blocked = error
                    return
            plan.progress.moved += 1

    def _fill_gap(
        self, plan: _Plan, live: Sequence[Row], queued: Sequence[Row], head: Head, now: float
    ) -> None:
        """Use up the nonce of a stranger's transaction that has vanished, when ours wait behind it."""
        waiting = [row for row in live if row.nonce is not None and head.receipt_of(row) is None]
        if queued or not waiting or self._store.owner(head.pending_nonce):
            return
        first = waiting[0]
        since = min((attempt.offered_at for attempt in first.current), default=now)
        if (
            first.nonce is not None
            and first.nonce > head.pending_nonce
            and now - since >= self._rules.bump_after
        ):
            key = f"fill nonce {head.pending_nonce} before {first.intent.key}"
            note = "nothing: it uses up a nonce that others wait behind"
            self._store.enqueue(Intent(key, self._signer.address, gas=_FILLER_GAS, note=note), now)
            plan.progress.moved += 1

    def _sign(self, plan: _Plan, now: float) -> None:
        if not plan.sign:
            return
        made = [(row, signed(row, fees, self._chain_id, self._signer, now)) for row, fees in plan.sign]
        self._checkpoint("signed")
        with self._store.transaction():
            for row, attempt in made:
                self._store.add_attempt(row, attempt)
                plan.broadcast.append(attempt)
        self._checkpoint("stored")

    def _broadcast(self, plan: _Plan, now: float) -> None:
        attempts = sorted(plan.broadcast, key=lambda attempt: attempt.nonce)
        if not attempts:
            return
        try:
            answers = self._node.submit([attempt.raw for attempt in attempts])
        except NodeUnreachable as error:  # they may have arrived: the next step looks, and broadcasts again
            plan.progress.moved = 0
            plan.progress.waits.update(broadcast=error.message)
            return
        self._checkpoint("broadcast")
        with self._store.transaction():
            for attempt, answer in zip(attempts, answers, strict=True):
                refusal = answer.reason if isinstance(answer, RpcError) else None
                accepted = classify(refusal) is Verdict.ACCEPTED
                self._store.set_broadcast(attempt.hash, now, None if accepted else refusal)
        self._checkpoint("noted")


def _may_spend(row: Row, head: Head) -> int:
    max_fee = row.current[-1].fees.max_fee if row.current else 2 * head.base_fee + head.priority_fee
    return row.intent.value + (row.gas or 0) * max_fee


def _name_missing_funds(progress: Progress, live: Sequence[Row], head: Head) -> None:
    """The node refused a row that has a nonce: it goes on by itself once there is ether."""
    for row in live:
        newest = row.current[-1] if row.current else None
        if row.intent.key in progress.waits and newest and classify(newest.refusal) is Verdict.FUNDS:
            progress.blocked = short_of_funds(row.sender, _may_spend(row, head), head.balance)
            return


def short_of_funds(sender: str, need: int, have: int) -> InsufficientFunds:
    """Names the address and both amounts."""
    return InsufficientFunds(
        f"{sender} needs {need} wei and has {have} wei.", hint=f"Send at least {need - have} wei to it."
    )
