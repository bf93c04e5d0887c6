"""The arithmetic of streams against a definition in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from trust.index.schedule import Clock, Schedule, Track, even, spread

EPOCH = 1_700_000_000

clocks = st.sampled_from([3_600, 86_400, 604_800]).map(lambda seconds: Clock(EPOCH, seconds))
amounts = st.integers(0, 2**63 - 1) | st.integers(0, 1_000)


@st.composite
def spreads(draw: st.DrawFn) -> tuple[int, int, int, Clock]:
    clock = draw(clocks)
    start = EPOCH + draw(st.integers(0, 30 * clock.cycle_seconds))
    end = start + draw(st.integers(1, 60 * clock.cycle_seconds))
    return draw(amounts), start, end, clock


def overlap(cycle: int, start: int, end: int, clock: Clock) -> int:
    return max(0, min(end, clock.cycle_start(cycle + 1)) - max(start, clock.cycle_start(cycle)))


@given(spreads())
def test_a_schedule_is_each_cycles_share_of_time_floored_and_the_rest_last(
    case: tuple[int, int, int, Clock],
) -> None:
    amount, start, end, clock = case
    schedule = spread(*case)
    share = [
        Fraction(amount * overlap(cycle, start, end, clock), end - start)
        for cycle in range(schedule.first_cycle, schedule.last_cycle + 1)
    ]
    assert overlap(schedule.first_cycle, start, end, clock) > 0
    assert overlap(schedule.last_cycle, start, end, clock) > 0
    expected = [floor(part) for part in share[:-1]]
    expected.append(amount - sum(expected))
    pays = [schedule.pays(cycle) for cycle in range(schedule.first_cycle, schedule.last_cycle + 1)]
    assert pays == expected
    assert sum(pays) == schedule.total == amount


@given(spreads(), st.integers(-2, 100))
def test_before_and_remaining_split_a_schedule(case: tuple[int, int, int, Clock], cycle: int) -> None:
    schedule = spread(*case)
    assert schedule.before(cycle) == sum(schedule.pays(c) for c in range(cycle))
    assert schedule.before(cycle) + schedule.remaining(cycle) == case[0]


@given(amounts, st.integers(0, 50), st.integers(0, 50))
def test_an_even_schedule_leaves_less_than_a_unit_per_cycle(amount: int, first: int, more: int) -> None:
    schedule, rest = even(amount, first, first + more)
    assert schedule.total + rest == amount
    assert 0 <= rest <= more


def net_of(parts: list[tuple[Schedule, int | None]], cycle: int) -> int:
    return sum(s.pays(cycle) for s, cut in parts if cut is None or cycle < cut)


@given(st.lists(st.tuples(spreads(), st.none() | st.integers(0, 90)), max_size=6), st.integers(0, 110))
def test_a_track_pays_what_its_schedules_pay_however_often_it_is_settled(
    cases: list[tuple[tuple[int, int, int, Clock], int | None]], step: int
) -> None:
    track, parts = Track(), []
    for case, cut in cases:
        schedule = spread(*case)
        track.add(schedule)
        if cut is not None:
            cut = max(cut, schedule.first_cycle)
            track.cut(schedule, cut)
        parts.append((schedule, cut))
    accrued, rate = track.accrue(0, step, 0)
    rest, _ = track.accrue(step, 200, rate)
    assert accrued == track.before(step) == sum(net_of(parts, cycle) for cycle in range(step))
    assert rest == track.remaining(step) == sum(net_of(parts, cycle) for cycle in range(step, 200))
    assert track.pays(step) == net_of(parts, step)
