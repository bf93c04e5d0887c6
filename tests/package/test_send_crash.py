"""The outbox when processes die or compete: real processes, killed with SIGKILL, against a real chain."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from trust.chain.node import Node
from trust.errors import OutboxError
from trust.send import Intent, Outbox, Rules, State
from trust.testing import LocalChain

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from conftest import Machine

FORK = multiprocessing.get_context("fork")
STRANGER = "0x" + "57" * 20


def send(url: str, path: Path, signer: LocalAccount, intents: list[Intent], die_at: int = -1) -> None:
    """A process that sends each intent, and dies when it has passed `die_at` checkpoints."""
    passed = count()

    def checkpoint(name: str) -> None:
        if next(passed) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with Outbox(path, Node(url), LocalChain.chain_id, signer, checkpoint=checkpoint) as outbox:
        for intent in intents:
            outbox.send(intent)


def run(*processes: multiprocessing.process.BaseProcess) -> list[int | None]:
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    return [process.exitcode for process in processes]


def nonces(path: Path) -> list[int]:
    with sqlite3.connect(path) as db:
        found = [nonce for (nonce,) in db.execute("SELECT nonce FROM intent ORDER BY nonce")]
    db.close()
    return found


def test_a_process_killed_at_any_point_loses_nothing_and_doubles_nothing(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    sent = 0
    for die_at in count():
        path = tmp_path / f"{die_at}.db"
        intents = [Intent(f"{n}", machine.address, machine.COUNT) for n in range(2)]
        (died,) = run(FORK.Process(target=send, args=(chain.url, path, sender, intents, die_at)))
        if died == 0:  # it was done before it came to die
            break
        assert died == -signal.SIGKILL
        assert run(FORK.Process(target=send, args=(chain.url, path, sender, intents))) == [0]
        sent += 2
        assert machine.count() == sent
        assert nonces(path) == [sent - 2, sent - 1]
    assert die_at >= 2 * len(("enqueued", "decided", "signed", "stored", "broadcast", "noted", "decided"))
    assert chain.node.nonce(sender.address, "pending") == sent + 2


def test_two_processes_never_use_one_nonce_twice(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    path = tmp_path / "outbox.db"
    intents = [[Intent(f"{p} {n}", machine.address, machine.COUNT) for n in range(40)] for p in range(2)]
    processes = [FORK.Process(target=send, args=(chain.url, path, sender, mine)) for mine in intents]
    assert run(*processes) == [0, 0]
    assert machine.count() == 80
    assert nonces(path) == list(range(80))


def test_only_one_outbox_steps_a_senders_rows_at_a_time(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    path = tmp_path / "outbox.db"
    with Outbox(path, chain.node, chain.chain_id, sender, lock_seconds=0.01) as other:

        def intrude(name: str) -> None:
            if name != "enqueued":
                with pytest.raises(OutboxError, match="Another process"):
                    other.step(0.0)
                intruded.append(name)

        intruded: list[str] = []
        with Outbox(path, chain.node, chain.chain_id, sender, checkpoint=intrude) as outbox:
            outbox.send(Intent("count", machine.address, machine.COUNT))
    assert {"decided", "signed", "stored", "broadcast", "noted"} == set(intruded)


def test_a_new_file_is_set_up_by_one_process_while_others_wait(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount
) -> None:
    path = tmp_path / "outbox.db"
    first = sqlite3.connect(tmp_path / "outbox.db-setup.lock", isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutboxError, match="Another process"):
        Outbox(path, chain.node, chain.chain_id, sender, lock_seconds=0.01)
    first.close()
    Outbox(path, chain.node, chain.chain_id, sender, lock_seconds=0.01).close()


def test_two_processes_with_the_same_intents_send_each_once(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    path = tmp_path / "outbox.db"
    intents = [Intent(f"{n}", machine.address, machine.COUNT) for n in range(40)]
    processes = [FORK.Process(target=send, args=(chain.url, path, sender, intents)) for _ in range(2)]
    assert run(*processes) == [0, 0]
    assert machine.count() == 40
    assert nonces(path) == list(range(40))


class Crash(BaseException):
    """Thrown where a process would die."""


class Weather(RuleBasedStateMachine):
    """Whatever happens, in whatever order: in the end every intent has happened exactly once."""

    machine_type: type[Machine]

    @initialize()
    def start(self) -> None:
        # A chain each: anvil's reorgs go wrong on chains that were reverted or reorganised very often.
        self.chain = LocalChain(options=("--no-mining",)).__enter__()
        self.sender = self.chain.accounts[0]
        self.counter = self.machine_type(self.chain, "0x" + "c0" * 20)
        self.chain.mine(3)  # no reorg shall undo the contract
        self.folder = Path(tempfile.mkdtemp())
        self.rules = Rules(confirmations=3, bump_after=40.0)
        self.now = 1_000_000.0
        self.enqueued = 0
        self.outbox = self._open(lambda name: None)

    def _open(self, checkpoint: Callable[[str], None]) -> Outbox:
        path = self.folder / "outbox.db"
        return Outbox(
            path,
            self.chain.node,
            LocalChain.chain_id,
            self.sender,
            rules=self.rules,
            checkpoint=checkpoint,
        )

    @rule(many=st.integers(1, 3))
    def enqueue(self, many: int) -> None:
        for _ in range(many):
            self.outbox.enqueue(Intent(f"{self.enqueued}", self.counter.address, self.counter.COUNT))
            self.enqueued += 1

    @rule(seconds=st.sampled_from([0.0, 1.0, 10.0, 50.0]))
    def step(self, seconds: float) -> None:
        self.now += seconds
        self.outbox.step(self.now)

    @rule(point=st.sampled_from(["decided", "signed", "stored", "broadcast", "noted"]))
    def die_in_a_step(self, point: str) -> None:
        def checkpoint(name: str) -> None:
            if name == point:
                raise Crash

        self.outbox.close()
        dying = self._open(checkpoint)
        with contextlib.suppress(Crash):
            dying.step(self.now)
        dying.close()
        self.outbox = self._open(lambda name: None)

    @rule()
    def mine(self) -> None:
        self.chain.mine()

    @rule(depth=st.integers(1, 2))
    def reorganise(self, depth: int) -> None:
        self.chain.reorg(depth)  # never deeper than our finality

    @rule(base_fee=st.integers(1, 60))
    def change_the_price(self, base_fee: int) -> None:
        self.chain.node.call("anvil_setNextBlockBaseFeePerGas", hex(base_fee * 10**9))
        self.mine()

    @rule(ahead=st.integers(0, 1))
    def a_stranger_takes_a_nonce(self, ahead: int) -> None:
        nonce = self.chain.node.nonce(self.sender.address) + ahead
        transaction = {"type": 2, "chainId": LocalChain.chain_id, "nonce": nonce, "to": STRANGER, "value": 1}
        fees = {"gas": 21_000, "maxFeePerGas": 200 * 10**9, "maxPriorityFeePerGas": 100 * 10**9}
        raw = bytes(self.sender.sign_transaction(transaction | fees).raw_transaction)
        self.chain.node.submit([raw])

    @rule()
    def the_node_forgets_what_it_holds(self) -> None:
        self.chain.node.call("anvil_dropAllTransactions")

    def teardown(self) -> None:
        if not hasattr(self, "outbox"):
            return
        self.chain.node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        for _ in range(60):
            self.step(50.0)
            self.chain.mine()
            if not self.outbox_is_busy():
                break
        states = [row.state for n in range(self.enqueued) if (row := self.outbox.row(f"{n}"))]
        counted = self.counter.count()
        self.outbox.close()
        shutil.rmtree(self.folder)
        self.chain.__exit__()
        assert states == [State.FINAL] * self.enqueued
        assert counted == self.enqueued

    def outbox_is_busy(self) -> bool:
        rows = [self.outbox.row(f"{n}") for n in range(self.enqueued)]
        return any(row is None or row.state is not State.FINAL for row in rows)


def test_in_any_weather_every_intent_happens_exactly_once(new_machine: type[Machine]) -> None:
    run_state_machine_as_test(
        type("Case", (Weather,), {"machine_type": new_machine}),
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
