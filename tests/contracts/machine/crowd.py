"""Ensemble pools: seats, lumps, streams, pushes in any order, a module's reserve, sweeps."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from model import BACKGROUND, BENEFITS, DUES, LEVY, down, on_top, up
from pool_model import Chunk, Pool, Seat

from machine.pay import WHO
from machine.table import Table
from trust.model import ProductionId, dollars
from trust.stage import DAY, WEEK

MOST_POOLS = 3
UNITS = st.sampled_from([1, 1, 2, 3, 7, 1000, 2**32 - 1]) | st.integers(1, 2**32 - 1)
ROSTER = st.dictionaries(WHO, UNITS, min_size=1, max_size=6).map(lambda seats: sorted(seats.items()))
LUMP = st.sampled_from([1, 2, 7, 999, dollars(1), dollars(5_000) + 1]) | st.integers(1, dollars(20_000))
#: Far below what the lanes of a pool's words hold.
MOST_COST = dollars(20_000_000)
LATER = st.sampled_from([0, 0, 1, DAY, 2 * WEEK + 5])
LASTING = st.sampled_from([1, 60, DAY, WEEK, 3 * WEEK + 5, 6 * WEEK])


class Crowd(Table):
    """Up to three pools; the third production pays nobody else, so that it is never in arrears."""

    def begin(self) -> None:
        super().begin()
        self.open(2, background=True, managed=False)
        self.open(2, background=False, managed=True)
        self.take_seats(1, [[(1, 1), (4, 3), (5, 1000)], [(1, 2), (6, 2**31)]])
        self.take_seats(2, [[(2, 1), (4, 1), (7, 7)]])

    def open(self, which: int, *, background: bool, managed: bool) -> None:
        sender = self.union.module if managed else self.union.studio
        production = self.productions[which]
        number = self.evm.write(sender, "Payroll", "openPool", production, background)
        assert number == len(self.pools) + 1
        self.pools[number] = Pool(production, BACKGROUND if background else BENEFITS, managed=managed)

    def as_manager(self, pool: Pool, function: str, *arguments: Any) -> Any:
        sender = self.union.module if pool.managed else self.union.studio
        return self.evm.write(sender, "Payroll", function, *arguments)

    def some_chunk(self, data: st.DataObject) -> tuple[Pool, Chunk]:
        numbers = [number for number, pool in self.pools.items() if pool.chunks]
        pool = self.pools[data.draw(st.sampled_from(numbers))]
        return pool, data.draw(st.sampled_from(pool.chunks))

    def some_seats(self, data: st.DataObject, chunk: Chunk) -> list[int]:
        """Positions of seats that are taken, in any order."""
        taken = [position for position, seat in enumerate(chunk.seats) if not seat.left]
        some = st.lists(st.sampled_from(taken), unique=True, min_size=1, max_size=3) if taken else st.just([])
        return data.draw(some)

    def affords(self, production: int, cost: int) -> bool:
        """The studio deposits what is missing, unless that would only pay arrears."""
        if not self.solvent(production) or cost > MOST_COST:
            return False
        missing = cost - self.books.productions[production].free
        if missing > 0:
            self.add_funds(ProductionId(production), missing)
        return True

    @rule(which=st.integers(0, 2), background=st.booleans(), managed=st.booleans())
    @precondition(lambda self: len(self.pools) < MOST_POOLS)
    def open_pool(self, which: int, background: bool, managed: bool) -> None:
        self.open(which, background=background, managed=managed)

    @rule(data=st.data(), rosters=st.lists(ROSTER, min_size=1, max_size=2))
    def seat(self, data: st.DataObject, rosters: list[list[tuple[int, int]]]) -> None:
        number = data.draw(st.sampled_from(sorted(self.pools)))
        pool = self.pools[number]
        if pool.units + sum(units for roster in rosters for _, units in roster) >= 2**40:
            return
        self.take_seats(number, rosters)

    def take_seats(self, number: int, rosters: list[list[tuple[int, int]]]) -> None:
        pool = self.pools[number]
        first = len(pool.chunks)
        pool.seat(number, rosters, self.evm.now)
        packed = [chunk.roster for chunk in pool.chunks[first:]]
        assert self.as_manager(pool, "seat", number, packed) == first
        told = [event.args for event in self.evm.events() if event.name == "PoolSeated"]
        assert [args["start"] for args in told] == [chunk.start for chunk in pool.chunks[first:]]

    @rule(data=st.data())
    @precondition(lambda self: any(pool.seats for pool in self.pools.values()))
    def unseat(self, data: st.DataObject) -> None:
        pool, chunk = self.some_chunk(data)
        positions = self.some_seats(data, chunk)
        if positions:
            self.vacate(pool, chunk, positions)

    def vacate(self, pool: Pool, chunk: Chunk, positions: list[int]) -> None:
        amounts, abandoned = pool.vacate(chunk, [chunk.seats[at] for at in positions], self.evm.now)
        self.as_manager(pool, "unseat", chunk.struct, positions)
        self.abandon(pool, abandoned)
        self.members_were_paid(amounts, "SeatsVacated")
        self.seen["seats emptied"] += 1
        self.seen["fractions handed on"] += pool.units > 0 and pool.remainder > 0
        self.seen["everybody left"] += pool.units == 0

    def abandon(self, pool: Pool, amount: int) -> None:
        """What nobody is left to earn is the pipeline fund's."""
        self.books.productions[pool.production].levy += amount
        self.books.total(0, 0, amount)

    @rule(data=st.data(), lumps=st.lists(LUMP, min_size=1, max_size=4))
    @precondition(lambda self: any(pool.units for pool in self.pools.values()))
    def fund_pool(self, data: st.DataObject, lumps: list[int]) -> None:
        number = data.draw(st.sampled_from([number for number, pool in self.pools.items() if pool.units]))
        pool = self.pools[number]
        for gross in lumps:
            if self.affords(pool.production, on_top(gross, pool.benefits_bps)):
                self.as_studio("Payroll", "fundPool", number, gross)
                pool.lump(self.portion(pool, gross, 1), self.evm.now)

    def portion(self, pool: Pool, gross: int, times: int) -> int:
        """Books dues and what comes on top, so many times; the members' part."""
        dues = down(gross, DUES) * times
        benefits, levy = up(gross, pool.benefits_bps) * times, up(gross, LEVY) * times
        production = self.books.productions[pool.production]
        production.benefits += benefits
        production.levy += levy
        production.free -= gross * times + benefits + levy
        self.books.total(dues, benefits, levy)
        pool.dues += dues
        return gross * times - dues

    @rule(data=st.data(), streams=st.lists(st.tuples(LUMP, LATER, LASTING), min_size=1, max_size=3))
    @precondition(lambda self: any(pool.units for pool in self.pools.values()))
    def stream_to_pool(self, data: st.DataObject, streams: list[tuple[int, int, int]]) -> None:
        number = data.draw(st.sampled_from([number for number, pool in self.pools.items() if pool.units]))
        for gross, later, lasting in streams:
            if self.affords(self.pools[number].production, on_top(gross, self.pools[number].benefits_bps)):
                self.add_stream(number, gross, later, lasting)

    def add_stream(self, number: int, gross: int, later: int, lasting: int) -> None:
        pool, start = self.pools[number], self.evm.now + later
        self.as_studio("Payroll", "streamToPool", number, gross, start if later else 0, start + lasting)
        self.seen["streams at once"] += pool.streams_end > self.today
        pool.stream(self.portion(pool, gross, 1), start, start + lasting, self.evm.now)

    @rule(data=st.data(), times=st.integers(1, 4))
    @precondition(lambda self: any(pool.chunks for pool in self.pools.values()))
    def push(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            self.push_one(*self.some_chunk(data))

    def push_one(self, pool: Pool, chunk: Chunk) -> None:
        seats = [seat for seat in chunk.seats if not seat.left]
        amounts = pool.pay_out(chunk, seats, self.evm.now)
        assert self.as_anyone("Payroll", "push", chunk.struct) == sum(amounts.values())
        self.members_were_paid(amounts, "PoolPushed")
        self.seen["chunks pushed"] += sum(amounts.values()) > 0

    @rule(data=st.data())
    @precondition(lambda self: any(pool.seats for pool in self.pools.values()))
    def pay_seats(self, data: st.DataObject) -> None:
        pool, chunk = self.some_chunk(data)
        positions = self.some_seats(data, chunk)
        if positions:
            amounts = pool.pay_out(chunk, self.at(chunk, positions), self.evm.now)
            paid = self.as_anyone("Payroll", "paySeats", chunk.struct, positions)
            assert paid == sum(amounts.values())
            self.members_were_paid(amounts, "SeatsPaid")
            self.seen["seats paid alone"] += paid > 0

    def at(self, chunk: Chunk, positions: list[int]) -> list[Seat]:
        return [chunk.seats[position] for position in positions]

    def members_were_paid(self, amounts: dict[int, int], event: str) -> None:
        """By transfer, or, where the wallet in force is blocked, into the member's account; told either way."""
        events = self.evm.events()
        (told,) = [found.args for found in events if found.name == event]
        assert told["paid"] == sum(amounts.values())
        held = {
            found.args["memberId"]: found.args["amount"] for found in events if found.name == "PoolPayHeld"
        }
        wallets = {member: self.purses[member].now(self.evm.now) for member in amounts}
        assert held == {
            member: amount for member, amount in amounts.items() if amount and wallets[member] in self.blocked
        }
        self.seen["pool pay held"] += len(held)
        self.pool_pay.update(amounts)

    @rule(data=st.data())
    def sweep(self, data: st.DataObject) -> None:
        numbers = data.draw(st.lists(st.sampled_from(sorted(self.pools)), max_size=3))
        self.sweep_these(numbers)

    def sweep_these(self, numbers: list[int]) -> None:
        self.as_anyone("Payroll", "sweepPools", numbers)
        for number in numbers:
            pool = self.pools[number]
            _, idle = pool.sweep(self.evm.now)
            self.abandon(pool, idle)
            self.seen["streamed to nobody"] += idle > 0
