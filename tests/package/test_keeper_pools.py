"""The keeper beyond paydays: pools pushed and swept, agents paid, benefits, levy and dues remitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from payees import DOLLAR, QUICK, WEEK, Payees, payees

from trust.chain.rpc import RpcError
from trust.keeper import Job, Kind, Run
from trust.keeper.calls import Calls
from trust.keeper.model import GWEI
from trust.model import MemberId, PoolId
from trust.pools import Seat

HOUR = 3_600
AGENT = "0x" + "a6" * 20


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Payees]:
    with payees(tmp_path) as union:
        yield union


def once(union: Payees, **options: object) -> dict[Kind, list[Run]]:
    with union.keeper(**options) as keeper:  # type: ignore[arg-type]
        runs = keeper.once(60)
        keeper.release()
    return {
        kind: [run for run in runs if run.kind is kind] for kind in dict.fromkeys(run.kind for run in runs)
    }


def seated(union: Payees, *chunks: int) -> PoolId:
    """A pool with so many members in each chunk, n units for member n."""
    pools = union.local.as_("studio").pools
    pool = pools.open(union.production).id
    assert pool is not None
    for size in chunks:
        pools.seat(PoolId(pool), [Seat(MemberId(n), n) for n in union.enrol(size)])
    return PoolId(pool)


def payee(union: Payees, name: str) -> int:
    """What the plan, the fund or the union has got."""
    return int(union.local.as_("studio").payroll.balance(union.local.keys[name].address))


def test_a_lump_reaches_every_seat_and_what_comes_off_it_its_payees(union: Payees) -> None:
    pool = seated(union, 30, 20)
    union.local.as_("studio").pools.fund(pool, 100_000 * DOLLAR)
    runs = once(union)
    assert list(runs) == [Kind.PUSH, Kind.SWEEP, Kind.REMIT]
    assert [run.paid for run in runs[Kind.PUSH]] in ([30, 20], [20, 30])
    received, state = union.received(), union.local.as_("studio").pools.of(pool)
    assert all(received)
    assert sum(run.amount for run in runs[Kind.PUSH]) == sum(received)
    outside = [payee(union, name) for name in ("benefits plan", "pipeline fund", "union")]
    assert all(outside)
    assert sum(outside) == sum(run.amount for run in runs[Kind.REMIT])
    # Seats are floored, so less than a unit each is left.
    assert 0 <= 100_000 * DOLLAR - sum(received) - outside[2] < 50
    assert state["dues"] == 0
    assert once(union) == {}


def test_a_stream_is_pushed_once_a_cycle(union: Payees) -> None:
    pool = seated(union, 10)
    union.local.as_("studio").pools.stream(pool, 10_000 * DOLLAR, union.now() + 3 * WEEK)
    with union.keeper() as keeper:
        for cycle in (1, 2, 3, 4):
            union.next_cycle()
            runs: list[Run] = []
            while not (done := keeper.round()).idle:
                runs += done.runs
            assert sum(run.kind is Kind.PUSH for run in runs) == (1 if cycle < 5 else 0)
            assert {run.cycle for run in runs} == {cycle}
            union.chain.increase_time(24 * HOUR)
            assert keeper.round().idle
    state = union.local.as_("studio").pools.of(pool)
    net = 10_000 * DOLLAR - payee(union, "union")
    assert state["dues"] == 0
    assert 0 <= net - sum(union.received()) < 10


def test_a_wallet_that_a_pool_could_not_pay_is_paid_by_a_later_payday(union: Payees) -> None:
    pool = seated(union, 5)
    union.block(3)
    union.local.as_("studio").pools.fund(pool, 1_000 * DOLLAR)
    runs = once(union)
    assert [(run.paid, run.held) for run in runs[Kind.PUSH]] == [(4, 1)]
    assert runs[Kind.PUSH][0].amount == sum(union.received())
    (held,) = union.status().held
    assert (held.item, held.tries) == ("3", 1)
    union.block(3, blocked=False)
    assert once(union) == {}
    union.chain.increase_time(HOUR)
    runs = once(union)
    assert [(run.paid, run.amount) for run in runs[Kind.PAYDAY]] == [(1, held.amount)]
    assert union.received()[2] == held.amount


def test_a_chunk_too_dear_for_one_push_is_paid_by_its_seats_in_every_cycle(union: Payees) -> None:
    pool = seated(union, 60)
    for cycle in range(3):
        union.local.as_("studio").pools.fund(pool, 6_000 * DOLLAR)
        before = sum(union.received())
        runs = once(union, policy=replace(QUICK, batch_gas=900_000))
        assert Kind.PUSH not in runs
        assert len(runs[Kind.SEATS]) > 1
        assert {run.cycle for run in runs[Kind.SEATS]} == {cycle}
        assert sum(run.paid for run in runs[Kind.SEATS]) == 60
        assert max(run.gas_used for run in runs[Kind.SEATS]) <= 900_000
        assert sum(run.amount for run in runs[Kind.SEATS]) == sum(union.received()) - before
        assert all(union.received())
        union.next_cycle()


def test_a_push_sent_by_a_process_that_died_is_counted_in_full_by_the_next(union: Payees) -> None:
    pool = seated(union, 5)
    union.block(3)
    union.local.as_("studio").pools.fund(pool, 1_000 * DOLLAR)
    policy = replace(QUICK, confirmations=2)
    with union.keeper(policy=policy) as keeper:
        while not any(union.received()):
            keeper.round(at_once=Kind)
    union.chain.mine(3)
    with union.keeper(policy=policy, outbox=union.folder / "new-outbox.db") as keeper:
        (run,) = keeper.round(at_once=Kind).runs
    assert (run.kind, run.paid, run.held) == (Kind.PUSH, 4, 1)
    assert run.amount == sum(union.received())


def test_a_push_too_dear_and_too_late_is_left_to_the_cycle_that_has_begun(union: Payees) -> None:
    """Its seats would count as that cycle's, and one that was paid before its payday would miss it."""
    pool = seated(union, 60)
    union.local.as_("studio").pools.fund(pool, 6_000 * DOLLAR)
    policy = replace(QUICK, batch_gas=900_000, max_fee_cap=20 * GWEI)
    with union.keeper(policy=policy) as keeper:
        union.chain.node.call("anvil_setNextBlockBaseFeePerGas", hex(1_000 * GWEI))
        union.chain.mine()
        assert keeper.round(at_once=Kind).open == 1
        union.chain.node.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        union.next_cycle()
        runs = keeper.once(60)
    assert {run.cycle for run in runs if run.kind is Kind.SEATS} == {1}
    assert all(union.received())


def test_what_is_due_is_asked_of_the_block_that_was_seen(union: Payees) -> None:
    """A server that lags behind that block must say so, and not that nothing is due."""
    members = union.enrol(2)
    before = union.chain.node.block().number
    union.credit(members)
    calls = Calls(union.chain.node, union.local.deployment, union.account("one").address)
    job = Job("payday", Kind.PAYDAY, 0, ("1", "2"))
    assert calls.still_due(job, union.chain.node.block().number) == ("1", "2")
    assert calls.still_due(job, before) == ()
    with pytest.raises(RpcError):
        calls.still_due(job, union.chain.node.block().number + 1)


def test_agents_are_paid_after_their_members_in_one_transfer(union: Payees) -> None:
    members = union.enrol(3)
    union.appoint(members, AGENT, 1_000)
    union.next_cycle()
    union.credit(members)
    runs = once(union)
    assert list(runs) == [Kind.PAYDAY, Kind.AGENTS]
    (run,) = runs[Kind.AGENTS]
    got = union.local.as_("studio").payroll.balance(AGENT)
    assert run.amount == got == sum(union.received()) // 9
    assert once(union) == {}


def test_an_agent_that_can_not_receive_is_tried_again(union: Payees) -> None:
    members = union.enrol(2)
    union.appoint(members, AGENT, 500)
    union.next_cycle()
    union.credit(members)
    union.local.block_wallet(AGENT, True)
    assert [(run.paid, run.held) for run in once(union)[Kind.AGENTS]] == [(0, 1)]
    assert [held.item.lower() for held in union.status().held] == [AGENT]
    assert once(union) == {}
    union.local.block_wallet(AGENT, False)
    union.chain.increase_time(HOUR)
    assert [(run.paid, run.held) for run in once(union)[Kind.AGENTS]] == [(1, 0)]


def test_a_plan_that_can_not_receive_keeps_nobody_waiting(union: Payees) -> None:
    pool = seated(union, 3)
    union.local.block_wallet(union.local.keys["benefits plan"].address, True)
    union.local.as_("studio").pools.fund(pool, 1_000 * DOLLAR)
    runs = once(union)
    assert [run.held for run in runs[Kind.REMIT]] == [1]
    assert payee(union, "union") > 0
    assert once(union) == {}
    union.local.block_wallet(union.local.keys["benefits plan"].address, False)
    union.chain.increase_time(HOUR)
    assert [run.held for run in once(union)[Kind.REMIT]] == [0]
    assert payee(union, "benefits plan") > 0


def test_what_streams_for_nobody_is_swept_in_the_end(union: Payees) -> None:
    pool = seated(union, 2)
    pools = union.local.as_("studio").pools
    pools.stream(pool, 1_000 * DOLLAR, union.now() + 2 * WEEK)
    with union.keeper() as keeper:
        keeper.once(60)
        chunk = next(iter(keeper.chunks.values())).chunk
        pools.unseat(chunk, [MemberId(1), MemberId(2)])
        for _ in range(4):
            union.next_cycle()
            while not keeper.round().idle:
                continue
    assert payee(union, "pipeline fund") > 500 * DOLLAR


@pytest.mark.parametrize("act", ["push", "pay_seats", "unseat"])
def test_what_falls_due_after_the_estimate_is_paid(union: Payees, act: str) -> None:
    pool = seated(union, 30)
    pools = union.local.as_("studio").pools
    pools.stream(pool, 300_000 * DOLLAR, union.now() + 2 * WEEK)
    with union.keeper() as keeper:
        keeper.once(60)
        chunk = next(iter(keeper.chunks.values())).chunk
    given = () if act == "push" else (chunk.roster.members,)
    pools.push(chunk)
    before = union.received()
    union.chain.node.call("evm_setNextBlockTimestamp", union.now() + HOUR)
    getattr(pools, act)(chunk, *given)
    assert all(after > earlier for after, earlier in zip(union.received(), before, strict=True))
