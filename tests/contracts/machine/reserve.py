"""A module's pools: uses set aside at a price a unit, charged, and freed."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from model import on_top
from pool_model import Pool

from machine.crowd import Crowd
from trust.model import dollars

PRICE = st.sampled_from([1, 2, 999, dollars(1) + 1])


class Reserve(Crowd):
    """`Pool.reserved` is what the module set aside, in units times uses by price."""

    @rule(data=st.data(), price=PRICE, uses=st.integers(1, 3), share=st.integers(0, 100))
    @precondition(lambda self: any(pool.managed and pool.units for pool in self.pools.values()))
    def crowd_is_used(self, data: st.DataObject, price: int, uses: int, share: int) -> None:
        """The module sets uses aside, charges one of them, and frees a share of what is left."""
        number = data.draw(
            st.sampled_from([n for n, pool in self.pools.items() if pool.managed and pool.units])
        )
        self.reserve(number, price, uses)
        self.charge(number, price, 1)
        unit_uses = self.pools[number].reserved.get(price, 0) * share // 100
        if unit_uses:
            self.release(number, price, unit_uses)

    def reserve(self, number: int, price: int, uses: int) -> None:
        pool = self.pools[number]
        unit_uses = pool.units * uses
        cost = on_top(price, pool.benefits_bps) * unit_uses
        if self.affords(pool.production, cost):
            self.evm.write(self.union.module, "Payroll", "reserveForPool", number, price, unit_uses)
            pool.reserved[price] = pool.reserved.get(price, 0) + unit_uses
            self.move(pool, cost)

    def move(self, pool: Pool, cost: int) -> None:
        """From the free balance into the reserve; negative moves back."""
        account = self.books.productions[pool.production]
        account.free -= cost
        account.reserved += cost

    def charge(self, number: int, price: int, uses: int) -> None:
        pool = self.pools[number]
        unit_uses = pool.units * uses
        if unit_uses > pool.reserved.get(price, 0):
            return
        self.evm.write(self.union.module, "Payroll", "chargePool", number, price, uses)
        self.use_up(pool, price, unit_uses)
        # Booked as if free first: the portion takes it from there.
        self.move(pool, -on_top(price, pool.benefits_bps) * unit_uses)
        pool.lump(self.portion(pool, price, unit_uses), self.evm.now)
        self.seen["crowd used"] += 1

    def use_up(self, pool: Pool, price: int, unit_uses: int) -> None:
        pool.reserved[price] -= unit_uses
        if not pool.reserved[price]:
            del pool.reserved[price]

    def release(self, number: int, price: int, unit_uses: int) -> None:
        pool = self.pools[number]
        self.evm.write(self.union.module, "Payroll", "releaseFromPool", number, price, unit_uses)
        self.use_up(pool, price, unit_uses)
        self.move(pool, -on_top(price, pool.benefits_bps) * unit_uses)
