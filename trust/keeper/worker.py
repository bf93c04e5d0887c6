"""One keeper's jobs on their way: asked about, fitted into gas, sent, and settled when they are final."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count

from trust.chain.node import Block, Node
from trust.chain.reverts import decode_revert
from trust.chain.rpc import Call, RpcError
from trust.errors import TrustError
from trust.keeper.calls import Calls
from trust.keeper.due import halves, later, pieces, with_items
from trust.keeper.model import MOST_GAS, Job, Kind, Policy, Run, Work
from trust.keeper.tables import LeaseLost, Tables
from trust.send import Intent, Outbox, Reason, Receipt, Row, State
from trust.send.verdict import certainly_fails

_LOG = logging.getLogger("trust.keeper")
_STEPS = 5
# Each may take 130,000 gas when its wallet burns all it is given.
_SEATS = 100
_SETTLED = (State.FINAL, State.FAILED)


class Worker:
    """Moves the jobs under one keeper's leases. `waits` says why some wait.

    `cycle_at` gives the payroll cycle of a moment (Unix seconds, the chain's).
    """

    def __init__(
        self,
        tables: Tables,
        outbox: Outbox,
        node: Node,
        calls: Calls,
        policy: Policy,
        sender: str,
        stopping: Callable[[], bool],
        cycle_at: Callable[[int], int],
    ) -> None:
        self._tables = tables
        self._outbox = outbox
        self._node = node
        self._calls = calls
        self._policy = policy
        self._sender = sender
        self._stopping = stopping
        self._cycle_at = cycle_at
        self._foreign_since: dict[str, float] = {}
        self.waits: list[str] = []

    # Settling

    def settle(self, chain_time: int) -> list[Run]:
        """Note what has become of all that was sent; the runs that are final now."""
        runs = []
        for work in self._tables.mine():
            if not work.intent:
                continue
            try:
                if run := self._settle(work, chain_time):
                    runs.append(run)
            except LeaseLost:
                _LOG.info("another keeper has %s now", work.job.key)
        return runs

    def unmined(self) -> int:
        """How many of this keeper's jobs are sent and not in a block."""
        return sum(self._is_unmined(work) for work in self._tables.mine())

    def _settle(self, work: Work, chain_time: int) -> Run | None:
        row = self._outbox.row(work.intent)
        if row is None:
            return self._settle_foreign(work, chain_time)
        hashes = tuple(attempt.hash for attempt in row.attempts)
        if set(hashes) - set(work.hashes):
            work = self._tables.note(work, work.intent, tuple(dict.fromkeys((*work.hashes, *hashes))))
        if row.state is State.FINAL and row.receipt is not None:
            return self._finish(work, row.receipt)
        if row.state is State.FAILED:
            self._failed(work, row, chain_time)
        return None

    def _settle_foreign(self, work: Work, chain_time: int) -> Run | None:
        """Sent by a keeper whose lease ran out, or noted in an outbox that is lost."""
        asked = [Call("eth_getTransactionReceipt", (hash_,)) for hash_ in work.hashes]
        found = [answer for answer in self._node.batch(asked) if isinstance(answer, dict)]
        if found:
            receipt = Receipt.read(found[0])
            if receipt.block_number > self._final_number():
                return None
            if receipt.succeeded:
                return self._finish(work, receipt)
            self._break_up(work, "it reverted", chain_time)
            return None
        if not self._is_pending(work):
            self._foreign_since.pop(work.job.key, None)
            self._tables.note(work, "", work.hashes)
        return None

    def _is_pending(self, work: Work) -> bool:
        """Whether the node still holds a transaction of it; one that never gets mined is waited for one lease."""
        asked = [Call("eth_getTransactionByHash", (hash_,)) for hash_ in work.hashes]
        if not any(isinstance(answer, dict) for answer in self._node.batch(asked)):
            return False
        since = self._foreign_since.setdefault(work.job.key, time.monotonic())
        return time.monotonic() - since < self._policy.lease

    def _finish(self, work: Work, receipt: Receipt) -> Run:
        did = self._calls.outcome(work.job, receipt)
        run = Run(
            kind=work.job.kind,
            cycle=work.job.cycle,
            items=len(work.job.items),
            tx_hash=receipt.hash,
            block=receipt.block_number,
            paid=did.paid,
            held=did.held,
            amount=did.amount,
            gas_used=receipt.gas_used,
            fee_wei=receipt.gas_used * receipt.effective_gas_price,
        )
        self._tables.finish(work, run)
        return run

    def _failed(self, work: Work, row: Row, chain_time: int) -> None:
        if row.reason in (Reason.UNFUNDED, Reason.WITHDRAWN):
            self._tables.note(work, "", work.hashes)
            if row.reason is Reason.UNFUNDED:
                self.waits.append(f"{row.detail}: send ether to it")
            return
        self._break_up(work, _why(row.revert_data, row.detail or "it reverted"), chain_time)

    def _break_up(self, work: Work, why: str, chain_time: int) -> None:
        """Find the item that spoils the call, by halves; alone, it is set aside."""
        if len(work.job.items) > 1:
            self._tables.replace(work, halves(work.job))
            return
        if work.job.kind is Kind.PUSH and work.job.cycle < (cycle := self._cycle_at(chain_time)):
            # A cycle has begun since, and the seats that are paid instead must be that cycle's.
            self._tables.replace(work, [later(work.job, cycle)])
            return
        (item,) = work.job.items
        _LOG.warning("%s %s can't be paid in one call: %s", work.job.kind, item, why)
        self._tables.set_aside(work, item, why, chain_time, self._by_seats(work.job))

    def _by_seats(self, job: Job) -> Sequence[Job]:
        """A chunk whose wallets burn too much gas for one push is paid seat by seat."""
        if job.kind is not Kind.PUSH or not (seats := self._calls.seats(job.items[0])):
            return ()
        return pieces(with_items(replace(job, kind=Kind.SEATS), seats), -(-len(seats) // _SEATS))

    # Sending

    def send(self, head: Block) -> None:
        """Launch jobs until as many as the policy allows are under way."""
        self.waits.clear()
        if head.base_fee > self._policy.max_fee_cap:
            self.waits.append(
                f"gas costs {head.base_fee} wei, above the cap of {self._policy.max_fee_cap} wei"
            )
            return
        flying, unclear = self.unmined(), set[str]()
        while flying < self._policy.in_flight and not self._stopping():
            work = next(self._ready(unclear), None)
            if work is None:
                return
            if work.intent:  # taken over from another: it may be on its way, which the next settling tells
                continue
            if work.job.cycle > self._cycle_at(head.timestamp):
                unclear.add(work.job.key)
                self.waits.append(f"the node is behind the beginning of cycle {work.job.cycle}")
                continue
            self._tables.beat()
            try:
                flying += self._launch(work, head)
            except LeaseLost:
                _LOG.info("another keeper has %s now", work.job.key)
            except RpcError as error:  # this one waits; the others go on
                unclear.add(work.job.key)
                self.waits.append(str(error))

    def step(self) -> None:
        """Let the outbox move. What it could not sign now is taken back: it may not be due later."""
        for _ in range(_STEPS):
            progress = self._outbox.step(time.time())
            if not progress.moved:
                break
        if progress.blocked is not None:
            self.waits.append(str(progress.blocked))
        for work in self._tables.mine():
            if work.intent and self._outbox.withdraw(work.intent):
                self.waits.append(progress.waits.get(work.intent, "it could not be signed yet"))
                try:
                    self._tables.note(work, "", work.hashes)
                except LeaseLost:
                    _LOG.info("another keeper has %s now", work.job.key)

    def _ready(self, without: Collection[str]) -> Iterator[Work]:
        for work in self._tables.mine():
            if not work.intent and work.job.key not in without:
                yield work
        yield from self._tables.claim(1)

    def _launch(self, work: Work, head: Block) -> bool:
        """Put a job into the outbox if it is still due and fits; whether it went there."""
        items = self._calls.still_due(work.job, head.number)
        if len(items) < len(work.job.items):
            self._tables.replace(work, [with_items(work.job, items)] if items else [])
            return False
        try:
            gas = self._calls.gas(work.job)
        except RpcError as error:
            if not certainly_fails(error):
                raise
            self._break_up(work, _why(error.data, error.reason), head.timestamp)
            return False
        most = min(self._policy.batch_gas, MOST_GAS, head.gas_limit)
        if gas > most:
            if len(work.job.items) > 1:
                self._tables.replace(work, pieces(work.job, -(-gas // most)))
            else:
                self._break_up(work, f"it takes {gas} gas", head.timestamp)
            return False
        intent = Intent(
            self._intent_key(work),
            self._calls.payroll,
            self._calls.data(work.job),
            note=work.job.key,
            spare=self._calls.spare(work.job),
        )
        self._tables.note(work, intent.key, work.hashes)
        self._outbox.enqueue(intent)
        return True

    def _intent_key(self, work: Work) -> str:
        """The job's first key that is not used up: a repeat after a deep reorg needs another transaction."""
        name = f"{self._calls.payroll} {self._sender} {work.job.key}"
        keys = (f"{name} {again}" if again else name for again in count())
        return next(key for key in keys if not _used_up(self._outbox.row(key)))

    def _is_unmined(self, work: Work) -> bool:
        row = self._outbox.row(work.intent) if work.intent else None
        return row is not None and row.state is not State.MINED and row.state not in _SETTLED

    def _final_number(self) -> int:
        confirmations = self._policy.confirmations
        if not isinstance(confirmations, int):
            return self._node.block("finalized").number
        return self._node.block().number - confirmations


def _used_up(row: Row | None) -> bool:
    return row is not None and (row.state is State.FINAL or row.reason is Reason.REVERTED)


def _why(data: bytes, otherwise: str) -> str:
    told: TrustError | None = decode_revert(data) if data else None
    return told.message if told else otherwise
