"""The keeper pays a whole union on a real chain: everybody, once, within gas and fee limits."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from payees import DAY, DOLLAR, QUICK, WEEK, Payees, payees
from postgres import Postgres, postgres

from trust.errors import KeeperError
from trust.keeper import Kind, Run
from trust.keeper.model import GWEI, MOST_GAS

__all__ = ["postgres"]

HOUR = 3_600


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Payees]:
    with payees(tmp_path) as union:
        yield union


def nonce(union: Payees, name: str = "one") -> int:
    return union.chain.node.nonce(union.account(name).address)


def once(union: Payees, name: str = "one", **options: object) -> list[Run]:
    with union.keeper(name, **options) as keeper:  # type: ignore[arg-type]
        runs = keeper.once(60)
        keeper.release()
        return runs


def test_three_hundred_members_are_paid_over_their_cycles_and_never_twice(union: Payees) -> None:
    members = union.enrol(300)
    union.credit(members)
    union.stream(members, weeks=2)
    expected = union.due()
    for cycle in range(4):
        runs = once(union)
        assert union.received() == expected
        assert sum(run.paid for run in runs) == 300
        assert {run.cycle for run in runs} == {cycle}
        sent = nonce(union)
        assert once(union) == []
        assert nonce(union) == sent
        union.next_cycle()
        expected = [had + due for had, due in zip(expected, union.due(), strict=True)]
    assert sum(expected) == sum(2 * (100 * DOLLAR + n) for n in members)
    assert not any(union.due())


def test_pay_of_one_cycle_waits_for_the_next_unless_asked_for(union: Payees) -> None:
    members = union.enrol(2)
    union.next_cycle()
    with union.keeper() as keeper:
        union.credit(members)
        while not keeper.round().idle:
            continue
        first = union.received()
        assert all(first)
        union.credit(members)
        assert keeper.round().idle
        assert union.received() == first
        union.next_cycle()
        while not keeper.round().idle:
            continue
    assert union.received() == [2 * amount for amount in first]


def test_batches_fit_whatever_gas_they_may_use(union: Payees) -> None:
    members = union.enrol(120)
    union.credit(members)
    runs = once(union, policy=replace(QUICK, batch_gas=700_000))
    assert len(runs) > 5
    assert max(run.gas_used for run in runs) <= 700_000
    assert sum(run.paid for run in runs) == 120
    assert not any(union.due())


def test_what_no_batch_can_hold_is_shown_and_tried_again_later(union: Payees) -> None:
    union.credit(union.enrol(2))
    with union.keeper(policy=replace(QUICK, batch_gas=50_000)) as keeper:
        assert keeper.once(60) == []
    troubles = union.status().troubles
    assert [(one["kind"], one["item"], one["tries"]) for one in troubles] == [
        ("payday", "1", 1),
        ("payday", "2", 1),
    ]
    assert "gas" in troubles[0]["why"]
    assert once(union) == []
    union.chain.increase_time(QUICK.retry_first)
    assert sum(run.paid for run in once(union)) == 2
    assert union.status().troubles == ()


def together(union: Payees, databases: dict[str, str]) -> dict[str, list[Run]]:
    """Keepers that start at the same moment, each with a key and an index of its own."""
    found: dict[str, list[Run]] = {}
    barrier = threading.Barrier(len(databases))

    def work(name: str, database: str) -> None:
        with union.keeper(name, database=database, policy=replace(QUICK, batch_gas=1_500_000)) as keeper:
            barrier.wait(30)
            found[name] = keeper.once(120)
            keeper.release()

    threads = [threading.Thread(target=work, args=item) for item in databases.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    assert set(found) == set(databases)
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_keepers_of_one_database_share_the_work_and_waste_none(
    union: Payees, kind: str, request: pytest.FixtureRequest
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    database = server.new() if server else str(union.folder / "shared.db")
    members = union.enrol(250)
    union.credit(members)
    expected = union.due()
    runs = together(union, {"one": database, "two": database})
    assert union.received() == expected
    assert all(len(amounts) == 1 for amounts in union.payments().values())
    transactions = {run.tx_hash for found in runs.values() for run in found}
    assert sum(nonce(union, name) for name in runs) == len(transactions)
    assert all(run.paid == run.items for found in runs.values() for run in found)


def test_two_keepers_of_different_databases_pay_nobody_twice(union: Payees) -> None:
    members = union.enrol(250)
    union.credit(members)
    expected = union.due()
    runs = together(union, {"one": str(union.folder / "a.db"), "two": str(union.folder / "b.db")})
    assert union.received() == expected
    assert all(len(amounts) == 1 for amounts in union.payments().values())
    assert sum(run.paid for found in runs.values() for run in found) == 250


def test_a_held_wallet_is_shown_and_tried_again_with_back_off(union: Payees) -> None:
    union.credit(union.enrol(3))
    union.block(2)
    (run,) = once(union)
    assert (run.paid, run.held) == (2, 1)
    (held,) = union.status().held
    assert (held.item, held.tries, held.retry_at) == ("2", 1, union.now() + HOUR)
    for tries, hours in ((2, 1), (3, 2), (4, 4)):
        assert once(union) == []
        union.chain.increase_time(hours * HOUR - 10)
        assert once(union) == []
        union.chain.increase_time(10)
        (run,) = once(union)
        assert (run.paid, run.held) == (0, 1)
        assert union.status().held[0].tries == tries
    union.block(2, blocked=False)
    union.chain.increase_time(8 * HOUR)
    (run,) = once(union)
    assert (run.paid, run.held) == (1, 0)
    assert union.status().held == ()
    assert all(union.received())


def test_a_wallet_that_stays_blocked_is_tried_at_least_once_a_cycle(union: Payees) -> None:
    union.credit(union.enrol(1))
    union.block(1)
    for _ in range(12):
        once(union)
        union.chain.increase_time(WEEK)
    tries = union.status().held[0].tries
    assert tries >= 12
    assert union.status().held[0].retry_at - union.now() <= WEEK


def spike(union: Payees, gwei: int) -> None:
    union.chain.node.call("anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))
    union.chain.mine()


def test_a_fee_spike_is_waited_out_and_the_cap_never_exceeded(union: Payees) -> None:
    union.credit(union.enrol(5))
    policy = replace(QUICK, max_fee_cap=20 * GWEI)
    with union.keeper(policy=policy) as keeper:
        spike(union, 1_000)
        for _ in range(3):
            done = keeper.round(at_once=Kind)
            assert "above the cap" in done.waits[0]
            assert nonce(union) == 0
        with pytest.raises(KeeperError, match="above the cap"):
            keeper.once(0.2)
        spike(union, 5)
        (run,) = keeper.once(60)
    assert run.paid == 5
    assert run.fee_wei <= run.gas_used * 20 * GWEI


def test_what_waits_for_cheaper_gas_is_asked_about_again_before_it_is_sent(union: Payees) -> None:
    union.credit(union.enrol(4))
    # The base fee is under the cap, so it goes to the outbox; with the tip it is above it.
    policy = replace(QUICK, max_fee_cap=20 * GWEI)
    with union.keeper("one", policy=policy) as keeper:
        spike(union, 22)
        union.chain.mine()  # an eighth less, 19.25 gwei, and the node suggests a tip of one
        done = keeper.round(at_once=Kind)
        assert done.open == 1
        assert nonce(union) == 0
        once(union, "two")
        spike(union, 1)
        assert keeper.once(60) == []
    assert nonce(union) == 0


@pytest.mark.parametrize("seen", [True, False], ids=["seen in a block", "mined unseen"])
def test_a_reorg_before_finality_is_repaired(union: Payees, seen: bool) -> None:
    members = union.enrol(40)
    union.credit(members)
    expected = union.due()
    union.chain.mine(5)
    policy = replace(QUICK, confirmations=3)
    with union.keeper(policy=policy) as keeper:
        union.chain.node.call("evm_setAutomine", False)
        assert keeper.round(at_once=Kind).unmined == 1
        union.chain.mine()
        union.chain.node.call("evm_setAutomine", True)
        if seen:
            assert keeper.round(at_once=Kind).unmined == 0
        assert union.received() == expected
        union.chain.reorg(1)
        assert not any(union.received())
        deadline = time.monotonic() + 60
        while not keeper.round(at_once=Kind).idle:
            assert time.monotonic() < deadline
            union.chain.mine()
            time.sleep(0.05)  # what the node lost unseen is sent again after some seconds
    assert union.received() == expected
    assert all(len(amounts) == 1 for amounts in union.payments().values())


def test_another_keeper_takes_over_from_one_that_died(union: Payees) -> None:
    members = union.enrol(40)
    union.credit(members)
    expected = union.due()
    database = str(union.folder / "shared.db")
    policy = replace(QUICK, lease=0.3, confirmations=2)
    with union.keeper("one", database=database, policy=policy) as keeper:
        assert keeper.round(at_once=Kind).mine
    with union.keeper("two", database=database, policy=policy) as keeper:
        deadline = time.monotonic() + 30
        runs: list[Run] = []
        while not runs:
            assert time.monotonic() < deadline
            union.chain.mine()
            runs += keeper.round(at_once=Kind).runs
            time.sleep(0.05)  # the lease runs out by the clock
    assert sum(run.paid for run in runs) == 40
    assert union.received() == expected
    assert nonce(union, "two") == 0  # it settled what the other had sent


def test_a_restored_old_outbox_pays_nothing_again(union: Payees) -> None:
    members = union.enrol(30)
    with union.keeper() as keeper:
        assert keeper.once(60) == []
    old = union.folder / "one-outbox.db"
    shutil.copy(old, union.folder / "old.db")
    union.credit(members)
    expected = union.due()
    once(union)
    assert union.received() == expected
    for name in ("one-outbox.db-wal", "one-outbox.db-shm"):
        (union.folder / name).unlink(missing_ok=True)
    shutil.copy(union.folder / "old.db", old)
    (union.folder / "one-keeper.db").unlink()
    sent = nonce(union)
    assert once(union) == []
    assert nonce(union) == sent
    union.next_cycle()
    union.credit(members)
    once(union)
    assert union.received() == [2 * amount for amount in expected]


def test_all_files_lost_while_a_payday_is_on_its_way_pays_nobody_twice(union: Payees) -> None:
    union.credit(union.enrol(30))
    expected = union.due()
    union.chain.node.call("evm_setAutomine", False)
    with union.keeper() as keeper:
        assert keeper.round(at_once=Kind).unmined == 1
    for file in union.folder.glob("one-*"):
        file.unlink()
    with union.keeper() as keeper:
        assert keeper.round(at_once=Kind).unmined == 1  # nothing tells of the first one
    union.chain.node.call("evm_setAutomine", True)
    union.chain.mine()
    runs = once(union)
    assert nonce(union) == 2
    assert [run.paid for run in runs] == [0]
    assert union.received() == expected
    assert all(len(amounts) == 1 for amounts in union.payments().values())


def test_a_foreign_transaction_from_the_same_key_holds_nothing_up(union: Payees) -> None:
    members = union.enrol(30)
    union.credit(members)
    account = union.account("one")
    fees = {"gas": 21_000, "maxFeePerGas": 50 * GWEI, "maxPriorityFeePerGas": GWEI}
    transaction = {"type": 2, "chainId": union.chain.chain_id, "nonce": 0, "to": "0x" + "57" * 20, "value": 1}
    signed = account.sign_transaction(transaction | fees)
    union.chain.node.submit([bytes(signed.raw_transaction)])
    assert sum(run.paid for run in once(union)) == 30
    assert all(len(amounts) == 1 for amounts in union.payments().values())


def test_every_transaction_is_one_that_osaka_accepts(union: Payees) -> None:
    members = union.enrol(700)
    union.credit(members)
    runs = once(union)
    for run in runs:
        sent = union.chain.node.call("eth_getTransactionByHash", run.tx_hash)
        assert int(sent["gas"], 16) <= MOST_GAS
    assert sum(run.paid for run in runs) == 700
    assert len(runs) <= 4


def test_a_keeper_without_ether_says_so_and_goes_on_when_it_has_some(union: Payees) -> None:
    union.credit(union.enrol(2))
    account = union.account("one")
    with union.keeper(account=account) as keeper:
        union.chain.fund(account.address, 0)
        done = keeper.round(at_once=Kind)
        done = keeper.round(at_once=Kind)
        assert any("send ether" in why for why in done.waits), done.waits
        union.chain.fund(account.address, 10**18)
        assert sum(run.paid for run in keeper.once(60)) == 2


def test_a_day_passes_between_cycles_and_nobody_is_paid(union: Payees) -> None:
    union.stream(union.enrol(2), weeks=4)
    union.next_cycle()
    with union.keeper() as keeper:
        while not keeper.round().idle:
            continue
        sent = nonce(union)
        union.chain.increase_time(DAY)
        assert keeper.round().idle
    assert nonce(union) == sent == 1
