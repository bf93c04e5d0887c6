"""Everyone leaves: not a unit is missing, and none is left over."""

from __future__ import annotations

from model import on_top

from machine.pay import MEMBERS, Pay
from machine.reserve import Reserve
from machine.work import Work
from trust.model import dollars
from trust.stage import WEEK

#: A payday's limit of cycles that no idle time reaches.
ALL_CYCLES = 2**16 - 1


class Goodbye(Work, Pay, Reserve):
    def teardown(self) -> None:
        if getattr(self, "holds", False):
            self.everybody_leaves()
        # An EVM is large, and Hypothesis keeps what it has played with.
        self.__dict__.clear()

    def everybody_leaves(self) -> None:
        """All time passes, all grants close, all seats empty; everybody is paid, and the studio takes the rest."""
        self.pay_arrears()
        self.empty_pools([number for number in self.pools if number % 2])
        self.push_all()
        for wallet in self.blocked:
            self.block(wallet, False)
        self.blocked.clear()
        self.evm.pass_time(self.union.last_moment + 31 * 86_400 - self.evm.now)
        self.close_grants()
        self.evm.pass_time(9 * WEEK)
        self.empty_pools(list(self.pools))
        self.sweep_pools()
        self.as_anyone("Payroll", "payday", list(range(1, MEMBERS + 1)), ALL_CYCLES)
        self.as_anyone("Payroll", "payAgents", self.agents)
        self.remit(self.productions)
        for production in self.productions:
            self.take_back_all(production)
        self.all_have_what_is_theirs()
        assert self.evm.balance(self.evm.address("Payroll")) == 0

    def pay_arrears(self) -> None:
        for production in self.productions:
            while self.arrears_of(production):
                owing = sum(entry[2] for entry in self.arrears_of(production))
                self.add_funds(production, 2 * owing + dollars(1))

    def close_grants(self) -> None:
        """Floors that no statement started stream now; the studio takes back what no use earned."""
        for number, grant in self.books.grants.items():
            if grant.premium == 0:
                self.as_anyone("SubstitutionPremiums", "startFloor", number)
                self.books.release_floor(number)
                self.books.stream(number, grant.floor, self.evm.now, self.evm.now + 8 * WEEK, self.evm.now)
                grant.premium = grant.floor
            self.as_studio("SceneGrants", "close", number, grant.left, b"")
            held = grant.left * on_top(grant.price, grant.bps)
            account = self.books.productions[grant.production]
            account.reserved -= held
            account.free += held
            self.books.counted[grant.production, grant.member] -= grant.counted

    def empty_pools(self, numbers: list[int]) -> None:
        """All leave. What streams into a pool that is empty too early is nobody's."""
        for pool in map(self.pools.__getitem__, numbers):
            for chunk in pool.chunks:
                taken = [position for position, seat in enumerate(chunk.seats) if not seat.left]
                if taken:
                    self.vacate(pool, chunk, taken)

    def push_all(self) -> None:
        for pool in self.pools.values():
            for chunk in pool.chunks:
                self.push_one(pool, chunk)

    def sweep_pools(self) -> None:
        """All money that came is paid, or nobody's, and gone from the pools."""
        for number, pool in self.pools.items():
            for price, unit_uses in list(pool.reserved.items()):
                self.release(number, price, unit_uses)
        self.sweep_these(list(self.pools))
        for pool in self.pools.values():
            assert (pool.units, pool.remainder, pool.dues) == (0, 0, 0)
            assert pool.net == pool.paid + pool.abandoned

    def take_back_all(self, production: int) -> None:
        account = self.books.productions[production]
        assert account.reserved == 0
        if account.free:
            self.as_studio("Payroll", "takeBack", production, account.free, self.union.studio)
        account.free = 0

    def all_have_what_is_theirs(self) -> None:
        agents = dict.fromkeys(self.agents, 0)
        for number, member in self.books.members.items():
            mine, shares = member.split(self.today)
            paid = sum(self.evm.balance(wallet) for wallet in self.purses[number].all)
            assert paid == mine + self.pool_pay[number]
            for agent, share in shares.items():
                agents[agent] = agents.get(agent, 0) + share
        for agent in self.agents:
            assert self.evm.balance(agent) == agents[agent]
        assert self.evm.balance(self.payees["union"]) == self.books.dues
        assert self.evm.balance(self.payees["benefits plan"]) == self.books.benefits
        assert self.evm.balance(self.payees["pipeline fund"]) == self.books.levy
