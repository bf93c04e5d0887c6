"""The keeper: one look at chain and tables at a time, each leaving everything ready for the next, by anybody."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trust.chain.deployments import Deployment
from trust.chain.node import Block, Node
from trust.chain.reverts import decode_revert
from trust.errors import KeeperError
from trust.index import Index
from trust.keeper.calls import Calls, Chunks
from trust.keeper.database import Database, connect
from trust.keeper.due import due
from trust.keeper.model import Kind, Policy, Round, Run
from trust.keeper.tables import LeaseLost, Tables
from trust.keeper.worker import Worker
from trust.send import Outbox, Rules
from trust.views.owed import Owed, chunk_item, owed
from trust.views.pools import pool_chunks

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_LOG = logging.getLogger("trust.keeper")

# Gas an item takes before any was paid: a member with new storage everywhere, an agent, a production.
_FIRST_WEIGHT = {
    Kind.PAYDAY: 50_000,
    Kind.SEATS: 70_000,
    Kind.SWEEP: 30_000,
    Kind.AGENTS: 50_000,
    Kind.REMIT: 30_000,
}
_MOST_ITEMS = 2_000
_RETRIES = 2
_TIMEOUT_SECONDS = 15.0
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 1.0


class Keeper:
    """Pays what is due, as often as `round` is called. For one thread.

    `stopping` is asked between steps: when it says so, a round ends early and leaves the rest to the next.
    """

    def __init__(
        self,
        node: Node,
        deployment: Deployment,
        outbox: Outbox,
        index: Index,
        database: Database,
        *,
        sender: str,
        owner: str,
        policy: Policy | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.policy = (policy or Policy()).within(deployment.cycle_seconds)
        self.owner = owner
        self._node = node
        self._outbox = outbox
        self._index = index
        self._database = database
        self._sender = sender
        self._stopping = stopping
        self._waits: tuple[str, ...] = ()
        self._tables = Tables(database, scope_of(deployment), owner, self.policy.lease)
        self._calls = Calls(node, deployment, sender)
        self._worker = Worker(
            self._tables, outbox, node, self._calls, self.policy, sender, stopping, index.clock.cycle_at
        )

    @classmethod
    def open(
        cls,
        rpc_url: str,
        *,
        deployment: Deployment,
        account: LocalAccount,
        outbox: Path,
        index: Path | str,
        database: str,
        owner: str,
        policy: Policy | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Self:
        """Open everything by name; asks no node yet. Raises KeeperError, OutboxError, IndexFault or WrongChain."""
        policy = policy or Policy()
        # A round that fails is tried again: better soon than after many tries of one call.
        node = Node(rpc_url, retries=_RETRIES, timeout_seconds=_TIMEOUT_SECONDS)
        rules = Rules(max_fee_cap=policy.max_fee_cap, confirmations=policy.confirmations)
        box = Outbox(outbox, node, deployment.chain_id, account, rules=rules, decode_revert=decode_revert)
        return cls(
            node,
            deployment,
            box,
            Index(index, deployment, node),
            connect(database),
            sender=account.address,
            owner=owner,
            policy=policy,
            stopping=stopping,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close everything. Call `release` first, or the leases run out by themselves."""
        self._outbox.close()
        self._index.close()
        self._database.close()
        self._node.close()

    def release(self) -> None:
        """Give back the leases."""
        self._tables.release()

    @property
    def chunks(self) -> Chunks:
        """Chunks of pools, as the index had them at the last round."""
        return self._calls.chunks

    def round(self, *, at_once: Collection[Kind] = ()) -> Round:
        """Look once: settle what is final, plan what is due, send what is planned.

        Pay is due once in a payroll cycle; of the kinds `at_once` also what came since this cycle's payday.
        Raises ChainError, OutboxError, IndexFault or KeeperError; whatever was done until then stands.
        """
        synced = self._index.sync()
        # Before anything is settled: a push's receipt doesn't tell how many sat in its chunk.
        self._calls.chunks = {chunk_item(c.pool_id, c.number): c for c in pool_chunks(self._index)}
        self._tables.beat()
        now = self._index.latest() or 0
        runs = self._worker.settle(now)
        claims = owed(self._index)
        planned = self._plan(claims, at_once)
        head = self._node.block()
        self._worker.send(head)
        self._worker.step()
        runs += self._worker.settle(now)
        self._tables.seen(head.number, self._worker.waits)
        return self._told(claims, head, synced.to_block, planned, runs)

    def once(self, wait_seconds: float) -> list[Run]:
        """Pay all that is due now; the runs, when all of it is final.

        Raises KeeperError when that takes longer than `wait_seconds`: what was sent stays in the outbox.
        """
        deadline, pause = time.monotonic() + wait_seconds, _FIRST_PAUSE_SECONDS
        runs: list[Run] = []
        at_once = frozenset(Kind)
        while not (done := self.round(at_once=at_once)).idle:
            runs += done.runs
            if done.planned is not None:
                # What streams into a pool is due again a second later: one push is enough.
                at_once -= {Kind.PUSH}
            if self._stopping() or time.monotonic() > deadline:
                raise _unfinished(done, wait_seconds)
            busy = done.planned or done.runs
            pause = _FIRST_PAUSE_SECONDS if busy else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            time.sleep(pause)
        return runs + list(done.runs)

    def _plan(self, claims: Owed, at_once: Collection[Kind]) -> int | None:
        with self._tables.planning() as plan:
            if plan is None:
                return None
            sizes = {kind: self._size(kind) for kind in Kind}
            troubles = self._tables.troubles()
            try:
                return plan(lambda busy: due(claims, self.policy, sizes, busy, troubles, at_once=at_once))
            except LeaseLost:
                return None

    def _size(self, kind: Kind) -> int:
        """How many items are likely to fit in a call; those that don't are split when they are sent."""
        if kind is Kind.PUSH:
            return 1
        weight = self._tables.weight(kind) or _FIRST_WEIGHT[kind]
        return max(1, min(_MOST_ITEMS, self.policy.batch_gas * 9 // 10 // weight))

    def _told(
        self, claims: Owed, head: Block, index_block: int, planned: int | None, runs: list[Run]
    ) -> Round:
        for run in runs:
            _LOG.info(
                "%s of cycle %d: %d paid, %d held",
                run.kind,
                run.cycle,
                run.paid,
                run.held,
                extra={"run": run},
            )
        waits = tuple(dict.fromkeys(self._worker.waits))
        if waits != self._waits:
            _LOG.info("waiting: %s", "; ".join(waits) or "no more")
        self._waits = waits
        return Round(
            cycle=claims.cycle,
            head=head.number,
            head_time=head.timestamp,
            index_block=index_block,
            ether=self._node.balance(self._sender),
            planned=planned,
            runs=tuple(runs),
            open=len(self._tables.open()),
            mine=len(self._tables.mine()),
            unmined=self._worker.unmined(),
            held=len(claims.held),
            troubled=len(self._tables.troubles()),
            waits=waits,
        )


def scope_of(deployment: Deployment) -> str:
    """Names a deployment in tables that several may share."""
    return f"{deployment.chain_id}:{deployment.address('Payroll').lower()}"


def _unfinished(done: Round, seconds: float) -> KeeperError:
    why = next(iter(done.waits), "waiting to be mined and final, or for another keeper")
    return KeeperError(
        f"{done.open} calls are not final after {seconds:g} seconds: {why}.",
        hint="Nothing is lost: run it again, and it goes on.",
    )
