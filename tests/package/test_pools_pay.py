"""The arithmetic of seats against a model in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.model import MemberId
from trust.pools import ONE, ChunkPay, Roster, Seat, UnitIndex, lifetime
from trust.pools.pay import fraction

units = st.integers(1, 1_000) | st.integers(1, 2**32 - 1)
earned = st.integers(0, 2**90)


@given(units, st.lists(earned, min_size=1, max_size=20))
def test_a_seats_pay_is_the_same_however_often_it_is_paid(each: int, steps: list[int]) -> None:
    chunk = ChunkPay(Roster.of([Seat(MemberId(1), each)]))
    paid = 0
    for number, step in enumerate(sorted(steps)):
        paid += chunk.push(step) if number % 3 else chunk.pay([0], step)
        assert paid == chunk.paid(0) == floor(Fraction(each * step, ONE))
        assert chunk.due(0, step) == 0
    assert paid == lifetime(each, max(steps))


@given(units, earned)
def test_whole_and_fraction_are_all_of_it(each: int, step: int) -> None:
    assert lifetime(each, step) * ONE + fraction(each, step) == each * step


def test_small_units_pushed_every_twelve_seconds_get_what_one_push_gives() -> None:
    often, once = (ChunkPay(Roster.of([Seat(MemberId(1), 1), Seat(MemberId(2), 999)])) for _ in range(2))
    unit = UnitIndex(units=1_000)
    paid = 0
    for _ in range(300):
        unit.distribute(38)
        paid += often.push(unit.index)
    assert paid == once.push(unit.index)
    # Shares of 11.4 and 11,388.6 units; the index itself is a 2^-64 part short of a third at most.
    assert (often.paid(0), often.paid(1)) == (once.paid(0), once.paid(1)) == (11, 11_388)


deeds = st.tuples(
    st.sampled_from(["earn", "seat", "vacate", "push", "alone"]), st.integers(0, 2**40), st.integers(1, 10**6)
)


class Played:
    """A pool that seats, pays and empties in any order, and the sums of all that went in and out."""

    def __init__(self) -> None:
        self.unit = UnitIndex()
        self.chunks: list[tuple[int, ChunkPay]] = []
        self.entered = self.paid = 0
        self.number = 0

    def act(self, deed: str, amount: int, each: int) -> None:
        if deed == "seat":
            self._seat(each)
        elif deed == "earn" and self.unit.units:
            self.unit.distribute(amount)
            self.entered += amount
        elif self.chunks:
            start, chunk = self.chunks[amount % len(self.chunks)]
            self._pay(deed, start, chunk, each)

    def _seat(self, each: int) -> None:
        seats = [Seat(MemberId(self.number + place), each * place) for place in (1, 2, 3)]
        chunk = ChunkPay(Roster.of(seats))
        self.chunks.append((self.unit.index, chunk))
        self.unit.units += chunk.units
        self.number += 3

    def _pay(self, deed: str, start: int, chunk: ChunkPay, each: int) -> None:
        step, seat = self.unit.index - start, each % 3
        if deed == "push":
            self.paid += chunk.push(step)
        elif seat not in chunk.vacated and deed == "alone":
            self.paid += chunk.pay([seat], step)
        elif seat not in chunk.vacated and deed == "vacate":
            paid, left, fractions = chunk.vacate([seat], step)
            self.paid += paid
            self.unit.leave(left, fractions)

    def check(self) -> None:
        index = self.unit.index
        due = sum(chunk.all_due(index - start) for start, chunk in self.chunks)
        parts = sum(chunk.fractions(index - start) for start, chunk in self.chunks) + self.unit.remainder
        assert parts % ONE == 0
        assert self.entered == self.paid + due + parts // ONE + self.unit.loose
        assert self.unit.units == sum(chunk.units for _, chunk in self.chunks)
        assert self.unit.units == 0 or 0 <= self.unit.remainder < self.unit.units
        assert parts // ONE <= sum(chunk.seats for _, chunk in self.chunks)


@settings(max_examples=200)
@given(st.lists(deeds, max_size=40))
def test_not_a_part_of_a_unit_is_lost_whoever_comes_and_goes(steps: list[tuple[str, int, int]]) -> None:
    pool = Played()
    for step in steps:
        pool.act(*step)
        pool.check()
    for start, chunk in pool.chunks:
        seats = [seat for seat in range(3) if seat not in chunk.vacated]
        paid, left, fractions = chunk.vacate(seats, pool.unit.index - start)
        pool.paid += paid
        pool.unit.leave(left, fractions)
    assert (pool.unit.units, pool.unit.remainder) == (0, 0)
    assert pool.entered == pool.paid + pool.unit.loose
    assert pool.unit.loose <= 3 * len(pool.chunks)


@given(st.lists(st.integers(0, 2**50), max_size=20), st.integers(1, 2**40 - 1))
def test_the_index_is_the_exact_one_floored_once(shares: list[int], units_of_all: int) -> None:
    unit, exact = UnitIndex(units=units_of_all), Fraction(0)
    for amount in shares:
        unit.distribute(amount)
        exact += Fraction(amount * ONE, unit.units)
        assert unit.index == floor(exact)


def test_an_empty_seat_is_not_paid() -> None:
    chunk = ChunkPay(Roster.of([Seat(MemberId(1), 3), Seat(MemberId(2), 4)]))
    assert chunk.vacate([0], 5 * ONE) == (15, 3, 0)
    assert (chunk.due(0, 9 * ONE), chunk.paid(0), chunk.seats, chunk.units) == (0, 15, 1, 4)
    assert chunk.push(9 * ONE) == 36
    for wrong in (0, 2, -1):
        with pytest.raises(KeyError, match=f"seat {wrong}"):
            chunk.pay([wrong], 9 * ONE)
        with pytest.raises(KeyError, match=f"seat {wrong}"):
            chunk.vacate([wrong], 9 * ONE)
