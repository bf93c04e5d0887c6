"""Who is due and in which jobs: pure, so without a chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.keeper import Kind, Policy, due
from trust.keeper.due import halves, pieces, retry_at, with_items
from trust.keeper.model import Job, Trouble
from trust.views.owed import Claim, Owed

NOW = 1_800_000_000
CYCLE = 10
HOUR = 3_600
DAY = 24 * HOUR
POLICY = Policy(retry_first=HOUR, retry_most=8 * HOUR)
SIZES = dict.fromkeys(Kind, 3)


def owed(*members: Claim, agents: tuple[Claim, ...] = (), productions: tuple[Claim, ...] = ()) -> Owed:
    return Owed(
        now=NOW, cycle=CYCLE, began=NOW - DAY, members=members, agents=agents, productions=productions
    )


def claim(item: int | str, paid_in: int = CYCLE - 1, **fields: int) -> Claim:
    return Claim(str(item), 100, paid_in, **fields)


def items(jobs: list[Job]) -> list[tuple[str, ...]]:
    return [job.items for job in jobs]


def test_each_member_is_due_once_in_batches() -> None:
    jobs = list(due(owed(*(claim(n) for n in range(1, 8))), POLICY, SIZES))
    assert items(jobs) == [("1", "2", "3"), ("4", "5", "6"), ("7",)]
    assert {job.kind for job in jobs} == {Kind.PAYDAY}
    assert len({job.key for job in jobs}) == 3


def test_the_same_claims_give_the_same_keys_and_later_ones_others() -> None:
    def keys(*members: Claim) -> list[str]:
        return [job.key for job in due(owed(*members), POLICY, SIZES, at_once=Kind)]

    first = keys(claim(1), claim(2))
    assert keys(claim(1), claim(2)) == first
    assert keys(claim(1), claim(3)) != first
    assert keys(claim(1), replace(claim(2), paid_in=CYCLE)) != first
    assert keys(claim(1), replace(claim(2), tried_at=NOW - 9 * HOUR, tries=1)) != first


def test_a_member_paid_in_this_cycle_waits_for_the_next_unless_asked_at_once() -> None:
    paid = owed(claim(1, paid_in=CYCLE))
    assert not list(due(paid, POLICY, SIZES))
    assert items(list(due(paid, POLICY, SIZES, at_once=Kind))) == [("1",)]


def test_busy_members_are_not_planned_twice() -> None:
    jobs = list(due(owed(claim(1), claim(2)), POLICY, SIZES, frozenset({(Kind.PAYDAY, "1")})))
    assert items(jobs) == [("2",)]


def test_agents_and_remittances_come_after_the_members() -> None:
    others = {"agents": (claim("0xa"),), "productions": (claim(0), claim(1))}
    assert {job.kind for job in due(owed(claim(1), **others), POLICY, SIZES)} == {Kind.PAYDAY}
    busy = frozenset({(Kind.PAYDAY, "1")})
    assert not list(due(owed(**others), POLICY, SIZES, busy))
    jobs = list(due(owed(**others), POLICY, SIZES))
    assert [(job.kind, job.items) for job in jobs] == [(Kind.AGENTS, ("0xa",)), (Kind.REMIT, ("0", "1"))]


def test_pools_are_pushed_chunk_by_chunk_beside_the_paydays_and_swept_after_them() -> None:
    pools = {"chunks": (claim("1:1"), claim("1:2")), "pools": (claim(1),)}
    both = replace(owed(claim(7), productions=(claim(0),)), **pools)
    sizes = SIZES | {Kind.PUSH: 1}
    assert [(job.kind, job.items) for job in due(both, POLICY, sizes)] == [
        (Kind.PAYDAY, ("7",)),
        (Kind.PUSH, ("1:1",)),
        (Kind.PUSH, ("1:2",)),
    ]
    later = replace(both, members=(), chunks=())
    assert not list(due(later, POLICY, sizes, frozenset({(Kind.SEATS, "1:1:0")})))
    assert [job.kind for job in due(later, POLICY, sizes)] == [Kind.SWEEP]
    assert [job.kind for job in due(replace(later, pools=()), POLICY, sizes)] == [Kind.REMIT]


def test_a_held_wallet_holds_up_nobody_else() -> None:
    held = claim(1, tries=1, tried_at=NOW - 60)
    assert not list(due(owed(held), POLICY, SIZES, at_once=Kind))
    assert [job.kind for job in due(owed(held, agents=(claim("0xa"),)), POLICY, SIZES)] == [Kind.AGENTS]


@pytest.mark.parametrize(("tries", "hours"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (400, 8)])
def test_back_off_doubles_up_to_its_limit(tries: int, hours: int) -> None:
    at = retry_at(tries, NOW, POLICY)
    assert at == NOW + hours * HOUR
    waiting = claim(1, tries=tries, tried_at=NOW - hours * HOUR + 1)
    assert not list(due(owed(waiting), POLICY, SIZES))
    assert list(due(owed(replace(waiting, tried_at=NOW - hours * HOUR)), POLICY, SIZES))


def test_a_new_wallet_is_tried_at_once() -> None:
    assert list(due(owed(claim(1, paid_in=CYCLE, tries=0, tried_at=NOW)), POLICY, SIZES))


def test_an_item_that_no_call_can_include_waits_for_its_back_off() -> None:
    trouble = Trouble(Kind.PAYDAY, "1", tries=2, tried_at=NOW - HOUR, why="it reverts")
    assert items(list(due(owed(claim(1), claim(2)), POLICY, SIZES, troubles=[trouble]))) == [("2",)]
    rested = replace(trouble, tried_at=NOW - 2 * HOUR)
    assert items(list(due(owed(claim(1), claim(2)), POLICY, SIZES, troubles=[rested]))) == [("1", "2")]


def test_a_chunk_whose_seats_were_paid_instead_is_pushed_again_in_the_next_cycle() -> None:
    chunks = replace(owed(), chunks=(claim("1:1"),))
    trouble = Trouble(Kind.PUSH, "1:1", tries=9, tried_at=NOW - DAY, why="it is too dear")
    assert not list(due(chunks, POLICY, SIZES, troubles=[trouble], at_once=Kind))
    before = replace(trouble, tried_at=NOW - DAY - 1)
    assert items(list(due(chunks, POLICY, SIZES, troubles=[before]))) == [("1:1",)]


def test_whoever_could_not_be_paid_is_tried_at_least_once_a_cycle() -> None:
    daily = Policy().within(DAY)
    assert retry_at(30, NOW, daily) == NOW + DAY
    assert retry_at(1, NOW, daily) == NOW + HOUR
    assert retry_at(1, NOW, Policy().within(60)) == NOW + 60


@given(st.sets(st.integers(1, 2**24), max_size=60), st.integers(1, 70), st.integers(1, 70))
def test_nobody_is_missed_or_planned_twice_whatever_the_sizes(
    members: set[int], size: int, count: int
) -> None:
    ordered = [str(member) for member in sorted(members)]
    jobs = list(due(owed(*map(claim, ordered)), POLICY, dict.fromkeys(Kind, size)))
    assert [item for job in jobs for item in job.items] == ordered
    parts = [part for job in jobs for part in pieces(job, count)]
    assert [item for part in parts for item in part.items] == ordered
    assert len({part.key for part in parts}) == len(parts)


def test_a_job_in_halves_ends_with_one_item() -> None:
    job = Job("payday:1:a", Kind.PAYDAY, 1, ("1", "2", "3"))
    assert items(list(halves(job))) == [("1", "2"), ("3",)]
    (single,) = halves(with_items(job, ("3",)))
    assert single.items == ("3",)
