"""The audit of one deployment: everything at one block, from the chain alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from trust.audit.accounts import questions
from trust.audit.asking import Contracts
from trust.audit.card import Cycles
from trust.audit.chain import check_blocks, check_nodes, check_rows
from trust.audit.code import Codes
from trust.audit.counts import check_counts
from trust.audit.facts import Facts
from trust.audit.ledger import Ledger
from trust.audit.model import Report
from trust.audit.replay import Replay
from trust.audit.roles import Roles
from trust.audit.source import told
from trust.chain.abi import interface
from trust.chain.artifacts import TEST_TOKEN
from trust.chain.node import Node
from trust.errors import IndexFault
from trust.index import Index, IndexedEvent, Status
from trust.model import shown
from trust.views import pools, production, statement, totals

_ADDED_UP = ("A52", "A53", "A54", "A55", "A56", "A57", "A58", "A59")


def audit(
    index: Index,
    nodes: Sequence[Node],
    progress: Callable[[str], None] = lambda stage: None,
) -> Report:
    """Hold the deployment to its promises, at the block where the index stands.

    The index must be synced, with `verify`, for its rows to be proven. The first node answers for the contracts; all
    are asked for the block. Raises IndexFault for an empty index, NodeUnreachable when the first gives no answer.
    """
    with index.reading():
        return _Audit(index, nodes, progress).run()


class _Audit:
    def __init__(self, index: Index, nodes: Sequence[Node], progress: Callable[[str], None]) -> None:
        self._index = index
        self._nodes = list(nodes)
        self._progress = progress
        self._ledger = Ledger()
        self._status = index.status()
        if self._status.block is None:
            raise IndexFault("The index is empty.", hint="Sync it first.")

    def run(self) -> Report:
        status, deployment = self._status, self._index.deployment
        block, now = status.block or 0, status.timestamp or 0
        self._progress("Reading blocks and logs again")
        check_blocks(self._ledger, self._index, status)
        check_rows(self._ledger, self._index)
        self._progress("Replaying the events")
        roles = Roles()
        facts = self._replay(roles, now)
        self._progress("Comparing code and roles")
        Codes(self._nodes[0], deployment, block, now).check(self._ledger, self._nodes[1:])
        roles.check(self._ledger, deployment)
        self._progress("Counting what was attested")
        check_counts(self._ledger, self._index, facts.transparency)
        self._progress("Adding up, and asking the contracts")
        digest = self._add_up(facts, block, now)
        check_nodes(self._ledger, self._nodes, status)
        return self._report(status, digest)

    def _replay(self, roles: Roles, now: int) -> Facts:
        deployment = self._index.deployment
        cycles = Cycles(deployment.epoch, deployment.cycle_seconds)
        replay = Replay(self._ledger, cycles, deployment.address("Payroll"))
        replay.run(_also(roles, told(self._index)))
        replay.note(now)
        return replay.facts

    def _add_up(self, facts: Facts, block: int, now: int) -> str | None:
        """The books of the index against the contracts and the token; None when events contradict each other."""
        try:
            digest = self._index.digest()
        except (IndexFault, ArithmeticError) as fault:
            self._ledger.find("A04", f"The index can't add the events up: {fault}")
            for check in _ADDED_UP:
                self._ledger.remark(check, "not looked at: the events contradict each other")
            return None
        contracts = Contracts(self._nodes[0], self._index.deployment.contracts, block)
        contracts.ask(self._ledger, questions(self._index, facts, now))
        self._money(block)
        self._statements(facts)
        return digest

    def _money(self, block: int) -> None:
        sums = totals(self._index)
        self._agree("A52", "", sums.check)
        token, payroll = self._index.deployment.token, self._index.deployment.address("Payroll")
        data = interface(TEST_TOKEN).encode("balanceOf", payroll)
        balance = int.from_bytes(self._nodes[0].eth_call(token, data, block=block)[:32])
        self._ledger.look("A52")
        if balance != sums.held.total + sums.unasked:
            what = f"Payroll has {shown(balance)}, where {shown(sums.held.total + sums.unasked)} is held"
            self._ledger.find("A52", f"{what} for somebody.")
        if sums.unasked:
            self._ledger.remark(
                "A52", f"{shown(sums.unasked)} was sent in without a deposit, and is nobody's"
            )

    def _statements(self, facts: Facts) -> None:
        books = self._index.books()
        for number in books.productions:
            self._agree("A53", f"Production {number}: ", production(self._index, number).check)
        for pool in pools(self._index):
            self._agree("A56", f"Pool {pool.pool_id}: ", pool.check)
        for member in books.members:
            last = facts.touched.get(("memberId", member))
            self._agree("A58", f"Member {member}: ", partial(self._statement, member), last)

    def _statement(self, member: int) -> None:
        statement(self._index, member).check()

    def _agree(
        self, check: str, about: str, does: Callable[[], None], event: IndexedEvent | None = None
    ) -> None:
        self._ledger.look(check)
        try:
            does()
        except IndexFault as fault:
            self._ledger.find(check, about + fault.message, event)

    def _report(self, status: Status, digest: str | None) -> Report:
        return Report(
            chain_id=status.chain_id,
            block=status.block or 0,
            block_hash=status.block_hash or "",
            timestamp=status.timestamp or 0,
            events=status.events,
            transfers=status.transfers,
            digest=digest,
            checks=self._ledger.checks(),
        )


def _also(roles: Roles, events: Iterable[IndexedEvent]) -> Iterator[IndexedEvent]:
    for event in events:
        roles.read(event)
        yield event
