"""The outbox while the chain misbehaves: dear gas, stuck and replaced transactions, reorgs, old databases."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trust.chain.rpc import hexed
from trust.errors import OutboxError
from trust.send import Intent, Outbox, Reason, Row, Rules, State
from trust.testing import LocalChain

if TYPE_CHECKING:
    from conftest import Machine

    pass

GWEI = 10**9
STRANGER = "0x" + "57" * 20
START = 1_000_000.0


class Crash(BaseException):
    """Thrown where a process would die."""


def dies_at(name: str) -> Callable[[str], None]:
    def checkpoint(reached: str) -> None:
        if reached == name:
            raise Crash

    return checkpoint


@pytest.fixture
def quiet() -> Iterator[LocalChain]:
    """A chain that mines only when told to."""
    with LocalChain(options=("--no-mining",)) as chain:
        yield chain


@pytest.fixture
def counter(quiet: LocalChain, new_machine: type[Machine]) -> Machine:
    return new_machine(quiet, "0x" + "c0" * 20)


class Bench:
    """An outbox of the first account, stepped by hand."""

    def __init__(self, folder: Path, chain: LocalChain, counter: Machine) -> None:
        self.path = folder / "outbox.db"
        self.chain = chain
        self.counter = counter
        self.sender = chain.accounts[0]
        self.now = START
        self.outbox = self.open()

    def open(self, **options: Any) -> Outbox:
        if hasattr(self, "outbox"):
            self.outbox.close()
        self.outbox = Outbox(self.path, self.chain.node, self.chain.chain_id, self.sender, **options)
        return self.outbox

    def count(self, key: str) -> Intent:
        return Intent(key, self.counter.address, self.counter.COUNT)

    def enqueue(self, *keys: str) -> None:
        for key in keys:
            self.outbox.enqueue(self.count(key))

    def steps(self, times: int = 1, seconds: float = 0.0) -> None:
        for _ in range(times):
            self.now += seconds
            self.outbox.step(self.now)

    def row(self, key: str) -> Row:
        row = self.outbox.row(key)
        assert row is not None
        return row

    def die_at(self, name: str, key: str) -> None:
        """A process that dies at that point of sending `key`."""
        outbox = self.open(checkpoint=dies_at(name))
        with pytest.raises(Crash):
            outbox.send(self.count(key))
        outbox.close()
        self.open()

    def nonces(self) -> tuple[int, int]:
        node, address = self.chain.node, self.sender.address
        return node.nonce(address), node.nonce(address, "pending")

    def pooled(self) -> dict[str, Any]:
        """What the node holds: nonce -> transaction."""
        pool = self.chain.node.call("txpool_content")
        return dict(next(iter({**pool["queued"], **pool["pending"]}.values()), {}))

    def stranger(self, nonce: int, max_fee: int = 50 * GWEI) -> str:
        """A transaction of the same key that the outbox knows nothing of."""
        transaction = {"type": 2, "chainId": self.chain.chain_id, "nonce": nonce, "to": STRANGER, "value": 1}
        fees = {"gas": 21_000, "maxFeePerGas": max_fee, "maxPriorityFeePerGas": max_fee}
        signed = self.sender.sign_transaction(transaction | fees)
        (answer,) = self.chain.node.submit([bytes(signed.raw_transaction)])
        assert answer == hexed(bytes(signed.hash))
        return answer


@pytest.fixture
def bench(tmp_path: Path, quiet: LocalChain, counter: Machine) -> Bench:
    return Bench(tmp_path, quiet, counter)


# Fees


def test_a_stuck_transaction_is_replaced_at_the_same_nonce_and_counts_once(bench: Bench) -> None:
    bench.enqueue("a")
    bench.steps(2)
    bench.steps(2, seconds=46)
    tried = bench.row("a").attempts
    assert [attempt.nonce for attempt in tried] == [0, 0, 0]
    for old, new in itertools.pairwise(tried):
        assert new.fees.max_fee * 8 >= old.fees.max_fee * 9
        assert new.fees.priority_fee * 8 >= old.fees.priority_fee * 9
    assert bench.pooled()["0"]["hash"] == tried[-1].hash
    bench.chain.mine()
    bench.steps()
    assert bench.row("a").state is State.FINAL
    assert bench.counter.count() == 1
    assert bench.nonces() == (1, 1)


def test_bumps_stop_at_the_cap(bench: Bench) -> None:
    cap = 4 * GWEI
    bench.open(rules=Rules(max_fee_cap=cap))
    bench.enqueue("a")
    bench.steps(10, seconds=46)
    fees = [attempt.fees.max_fee for attempt in bench.row("a").attempts]
    assert 1 < len(fees) < 9
    assert max(fees) <= cap < max(fees) * 9 / 8


def test_a_row_waits_while_gas_is_above_the_cap_and_goes_on_by_itself(bench: Bench) -> None:
    bench.open(rules=Rules(max_fee_cap=20 * GWEI))
    set_base_fee = "anvil_setNextBlockBaseFeePerGas"
    bench.chain.node.call(set_base_fee, hex(30 * GWEI))
    bench.chain.mine()
    bench.enqueue("a")
    bench.steps(3)
    assert bench.row("a").state is State.QUEUED
    bench.chain.node.call(set_base_fee, hex(5 * GWEI))
    bench.chain.mine()
    bench.steps()
    assert bench.row("a").state is State.SENT
    bench.chain.node.call(set_base_fee, hex(30 * GWEI))  # too dear again, now that it is sent
    bench.chain.mine()
    bench.steps(5, seconds=60)
    assert bench.row("a").state is State.SENT
    assert all(attempt.fees.max_fee <= 20 * GWEI for attempt in bench.row("a").attempts)
    bench.chain.node.call(set_base_fee, hex(5 * GWEI))
    bench.chain.mine()
    bench.steps(2)
    bench.chain.mine()
    bench.steps(2)
    assert bench.row("a").state is State.FINAL
    assert bench.counter.count() == 1


def test_time_that_is_up_says_why_and_loses_nothing(bench: Bench) -> None:
    outbox = bench.open(timeout_seconds=0.05)
    with pytest.raises(OutboxError, match=r"0.05 seconds: waiting to be mined.*Nothing is lost"):
        outbox.send(bench.count("a"))
    bench.chain.mine()
    assert outbox.send(bench.count("a")).succeeded
    assert bench.counter.count() == 1


def test_a_revert_caused_in_its_own_block_still_tells_its_data(bench: Bench) -> None:
    for key in "ab":  # both succeed on the latest block, only one on top of the other
        bench.outbox.enqueue(Intent(key, bench.counter.address, bench.counter.COUNT_IF_FIRST))
    bench.steps()
    bench.chain.mine()
    bench.steps()
    assert [bench.row(key).state for key in "ab"] == [State.FINAL, State.FAILED]
    assert bench.row("b").revert_data == bench.counter.REVERT_DATA


# Strangers at our nonce


def test_underpriced_against_a_stranger_bumps_and_never_takes_the_next_nonce(bench: Bench) -> None:
    bench.die_at("stored", "a")
    bench.stranger(0, max_fee=4 * GWEI)
    bench.steps(8)
    row = bench.row("a")
    assert {attempt.nonce for attempt in row.attempts} == {0}
    assert row.attempts[-1].refusal is None
    assert bench.pooled()["0"]["hash"] == row.attempts[-1].hash
    bench.chain.mine()
    bench.steps()
    assert bench.row("a").state is State.FINAL
    assert bench.nonces() == (1, 1)


def test_a_nonce_lost_to_a_stranger_is_given_up_only_when_that_is_final(bench: Bench) -> None:
    bench.die_at("stored", "a")
    bench.open(rules=Rules(confirmations=2))
    bench.stranger(0)
    bench.chain.mine(2)
    bench.steps(3, seconds=10)
    assert (bench.row("a").state, bench.row("a").nonce) == (State.SENT, 0)
    bench.chain.mine()
    bench.steps(2)
    row = bench.row("a")
    assert (row.state, row.nonce) == (State.SENT, 1)
    assert [attempt.nonce for attempt in row.attempts] == [0, 1]
    bench.chain.mine(3)
    bench.steps(2)
    assert bench.row("a").state is State.FINAL
    assert bench.counter.count() == 1
    assert bench.nonces() == (2, 2)


def test_a_stranger_that_vanishes_leaves_no_gap(bench: Bench) -> None:
    vanishing = bench.stranger(0)
    bench.enqueue("a")
    bench.steps()
    assert bench.row("a").nonce == 1
    bench.chain.node.call("anvil_dropTransaction", vanishing)
    bench.steps(6, seconds=10)
    bench.chain.mine()
    bench.steps(2)
    assert bench.row("a").state is State.FINAL
    assert bench.nonces() == (2, 2)


def refuse(bench: Bench, key: str, said: str) -> None:
    """As if the node had said that: anvil's simulation catches everything that it would refuse for good."""
    bench.chain.node.call("anvil_dropAllTransactions")
    with sqlite3.connect(bench.path) as db:
        db.execute("UPDATE attempt SET refusal = ? WHERE hash = ?", (said, bench.row(key).attempts[0].hash))
    db.close()


def test_a_transaction_no_block_can_hold_frees_its_nonce_and_key(bench: Bench) -> None:
    bench.enqueue("a")
    bench.steps()
    refuse(bench, "a", "intrinsic gas too low")
    bench.steps()
    assert (bench.row("a").reason, bench.row("a").nonce) == (Reason.REJECTED, None)
    bench.enqueue("b", "a")
    bench.steps()
    bench.chain.mine()
    bench.steps()
    assert {bench.row(key).nonce for key in "ab"} == {0, 1}
    assert bench.counter.count() == 2


def test_a_rejected_transaction_keeps_its_nonce_while_others_stand_behind_it(bench: Bench) -> None:
    bench.enqueue("a", "b")
    bench.steps()
    refuse(bench, "a", "intrinsic gas too low")
    bench.steps(3)
    assert [(bench.row(key).state, bench.row(key).nonce) for key in "ab"] == [
        (State.SENT, 0),
        (State.SENT, 1),
    ]


# Reorgs and finality


def test_a_reorganised_transaction_is_sent_again_unchanged(bench: Bench) -> None:
    bench.open(rules=Rules(confirmations=3))
    bench.enqueue("a")
    bench.steps()
    bench.chain.mine()
    bench.steps()
    before = bench.row("a")
    assert before.state is State.MINED
    bench.chain.reorg(1)
    assert bench.counter.count() == 0
    bench.steps()
    after = bench.row("a")
    assert (after.state, after.receipt) == (State.SENT, None)
    assert [attempt.raw for attempt in after.attempts] == [attempt.raw for attempt in before.attempts]
    assert bench.pooled()["0"]["hash"] == after.attempts[0].hash
    bench.chain.mine(4)
    bench.steps()
    assert bench.row("a").state is State.FINAL
    assert bench.counter.count() == 1


def test_a_reorg_deeper_than_our_finality_leaves_no_gap_and_doubles_nothing(bench: Bench) -> None:
    bench.enqueue("a")
    bench.outbox.enqueue(Intent("b", bench.counter.address, bench.counter.COUNT_IF_FIRST))
    bench.steps()
    bench.chain.mine()
    bench.steps()
    assert bench.row("b").state is State.FAILED
    bench.chain.reorg(1)
    bench.enqueue("c")
    bench.steps(2)
    bench.chain.mine()
    bench.steps(2)
    assert [bench.row(key).nonce for key in "abc"] == [0, 1, 2]
    assert [bench.row(key).state for key in "abc"] == [State.FINAL, State.FAILED, State.FINAL]
    assert bench.counter.count() == 2


@pytest.mark.parametrize(("confirmations", "blocks"), [(0, 0), (4, 4), ("finalized", 64)])
def test_final_means_as_many_blocks_as_were_asked_for(bench: Bench, confirmations: Any, blocks: int) -> None:
    bench.open(rules=Rules(confirmations=confirmations))
    bench.enqueue("a")
    bench.steps()
    bench.chain.mine()
    if blocks:
        bench.chain.mine(blocks - 1)
        bench.steps(2)
        assert bench.row("a").state is State.MINED
        bench.chain.mine()
    bench.steps()
    assert bench.row("a").state is State.FINAL


# A database restored from an old copy


def test_an_old_copy_takes_its_next_nonce_from_the_chain(bench: Bench) -> None:
    bench.enqueue("a")
    bench.steps()
    bench.chain.mine()
    bench.steps()
    bench.outbox.close()
    shutil.copy(bench.path, bench.path.with_suffix(".old"))
    bench.open()
    bench.enqueue("b", "c")
    bench.steps()
    bench.chain.mine()
    bench.outbox.close()
    shutil.copy(bench.path.with_suffix(".old"), bench.path)
    bench.open()
    bench.enqueue("d")
    bench.steps()
    assert bench.row("d").nonce == 3
    bench.chain.mine()
    bench.steps()
    assert bench.row("d").state is State.FINAL
    assert bench.counter.count() == 4


@pytest.mark.parametrize("point", ["decided", "stored"])
def test_an_old_copy_adopts_what_was_mined_at_its_nonce_and_does_not_send_it_again(
    bench: Bench, point: str
) -> None:
    bench.die_at(point, "a")
    bench.outbox.close()
    shutil.copy(bench.path, bench.path.with_suffix(".old"))
    bench.open()
    bench.steps(1)
    bench.steps(2, seconds=50)  # a bump, which the old copy knows nothing of
    bench.chain.mine()
    bench.steps()
    mined = bench.row("a")
    assert mined.state is State.FINAL
    bench.outbox.close()
    shutil.copy(bench.path.with_suffix(".old"), bench.path)
    bench.open()
    bench.steps(3)
    adopted = bench.row("a")
    assert adopted.state is State.FINAL
    assert adopted.receipt == mined.receipt
    assert bench.counter.count() == 1
    assert bench.nonces() == (1, 1)
