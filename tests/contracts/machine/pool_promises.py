"""What always holds of ensemble pools: checked after every step. The numbers are those of docs/invariants.md."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis.stateful import invariant
from pool_model import ONE, Chunk, Pool

from machine.table import Table
from trust.errors import ContractRefused
from trust.stage import WEEK


class PoolPromises(Table):
    @invariant()
    def every_promise_of_pools_holds(self) -> None:
        holds, self.holds = self.holds, False
        for number, pool in self.pools.items():
            pool.settle(self.evm.now)
            self.pool_is_the_models(number, pool)
            self.everything_divided_is_somebodys(pool)
            self.streams_pay_their_time_and_no_more(pool)
            self.seats_have_their_fair_share(pool)
            self.seats_are_due_what_they_earned(pool)
        self.reserve_covers_every_module(list(self.pools.values()))
        self.holds = holds

    def pool_is_the_models(self, number: int, pool: Pool) -> None:
        """54, 55, 66: units are those of the seats; the index never falls; dues wait for a sweep."""
        told = self.evm.read("Payroll", "poolOf", number)
        assert told["units"] == pool.units == sum(seat.units for seat in pool.seats)
        assert (told["index"], told["remainder"]) == (pool.index, pool.remainder)
        assert told["remainder"] < max(told["units"], 1)
        assert told["dues"] == pool.dues
        assert told["chunks"] == len(pool.chunks)
        assert told["index"] >= self.lowest.get(number, 0)
        self.lowest[number] = told["index"]

    def everything_divided_is_somebodys(self, pool: Pool) -> None:
        """56: paid + earned + the remainder + abandoned = what was divided, in 2^-64 units, exactly."""
        divided = pool.net - sum(pool.pay.values()) + pool.settled
        earned = sum(
            pool.earned(chunk, seat) - seat.paid * ONE
            for chunk in pool.chunks
            for seat in chunk.seats
            if not seat.left
        )
        assert (pool.paid + pool.abandoned) * ONE + earned + pool.remainder == divided * ONE

    def streams_pay_their_time_and_no_more(self, pool: Pool) -> None:
        """60, 61: by the second while somebody is seated, whole at the end."""
        streamed = pool.streamed(self.evm.now)
        assert pool.settled <= streamed <= sum(pool.pay.values())
        if pool.units:
            assert pool.settled == streamed
        if self.evm.now >= pool.streams_end * WEEK:
            assert streamed == sum(pool.pay.values())

    def seats_have_their_fair_share(self, pool: Pool) -> None:
        """57, 58, 59: never more than the fair fraction, and less than a unit below it. The allowance is the 2^-64
        that the index leaves out, and what of a remainder others took over: far below a millionth of a unit."""
        assert (
            sum((seat.units * (pool.fair - seat.began) - seat.paid for seat in pool.seats), Fraction(0))
            + pool.paid
            + pool.abandoned
            == pool.net - sum(pool.pay.values()) + pool.settled
        )
        for chunk in pool.chunks:
            for seat in chunk.seats:
                if seat.left:
                    continue
                fair = seat.units * (pool.fair - seat.began)
                allowed = Fraction(seat.units * (pool.handed_on + 1), ONE)
                paid = seat.paid + pool.due(chunk, seat)
                assert fair - 1 - allowed < paid <= fair + allowed

    def seats_are_due_what_they_earned(self, pool: Pool) -> None:
        """63, 64: each seat and each chunk; an empty seat is due nothing, for ever."""
        for chunk in pool.chunks:
            dues = [pool.due(chunk, seat) for seat in chunk.seats]
            assert self.evm.read("Payroll", "chunkDue", chunk.struct) == sum(dues)
        if pool.chunks:
            chunk = pool.chunks[self.evm.now % len(pool.chunks)]
            position = self.today % len(chunk.seats)
            self.seat_is_due(chunk, position, pool.due(chunk, chunk.seats[position]))

    def seat_is_due(self, chunk: Chunk, position: int, amount: int) -> None:
        if chunk.seats[position].left:
            with pytest.raises(ContractRefused, match="NoSuchSeat"):
                self.evm.read("Payroll", "seatDue", chunk.struct, position)
        else:
            assert self.evm.read("Payroll", "seatDue", chunk.struct, position) == amount

    def reserve_covers_every_module(self, pools: list[Pool]) -> None:
        """68: what modules set aside is reserved beside what grants set aside."""
        for number, account in self.books.productions.items():
            mine = [pool for pool in pools if pool.production == number]
            assert account.reserved >= sum(pool.held for pool in mine)
