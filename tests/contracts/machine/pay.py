"""Paydays, agents, wallets, remittances, take-backs, and time."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from machine.table import Table
from machine.union import CROWD, PRINCIPALS
from trust.errors import ContractRefused
from trust.model import ProductionId
from trust.stage import DAY, WEEK

MEMBERS = PRINCIPALS + CROWD
WHO = st.integers(1, MEMBERS)


class Pay(Table):
    @rule(who=st.lists(WHO, min_size=1, max_size=5), cycles=st.sampled_from([1, 3, 520]))
    def payday(self, who: list[int], cycles: int) -> None:
        self.as_anyone("Payroll", "payday", who, cycles)

    @rule(who=WHO, agent=st.integers(0, 1), bps=st.integers(0, 1000))
    def appoint(self, who: int, agent: int, bps: int) -> None:
        address = self.agents[agent]
        message = {"memberId": who, "agent": address, "shareBps": bps, "nonce": 0, "deadline": 0}
        self.as_member(self.player(who), "Members", "appointAgent", message, b"")
        self.books.members[who].appoint(address, bps, self.today)

    @rule(who=WHO)
    def change_wallet(self, who: int) -> None:
        wallet = f"0x{len(self.purses[who].all):02x}{who:038x}"
        message = {"memberId": who, "wallet": wallet, "nonce": 0, "deadline": 0}
        self.as_member(self.player(who), "Members", "requestPayoutChange", message, b"")
        self.purses[who].ask(wallet, self.evm.now)

    @rule(who=WHO)
    def block_or_unblock(self, who: int) -> None:
        wallet = self.purses[who].now(self.evm.now)
        self.blocked ^= {wallet}
        self.block(wallet, wallet in self.blocked)

    def block(self, wallet: str, blocked: bool) -> None:
        self.evm.write(self.union.dollar_issuer, "TestDollar", "setBlocked", wallet, blocked)

    @rule(which=st.lists(st.integers(0, 2), max_size=2), agents=st.booleans())
    def pass_on(self, which: list[int], agents: bool) -> None:
        """To plan, fund and union, or to the agents."""
        if agents:
            self.as_anyone("Payroll", "payAgents", self.agents)
        else:
            self.remit([self.productions[index] for index in which])

    def remit(self, productions: list[ProductionId]) -> None:
        self.as_anyone("Payroll", "remit", productions)
        for production in productions:
            account = self.books.productions[production]
            account.benefits = account.levy = 0

    @rule(which=st.integers(0, 2), share=st.integers(1, 100))
    def take_back(self, which: int, share: int) -> None:
        production = self.productions[which]
        account = self.books.productions[production]
        amount = account.free * share // 100
        if amount == 0:
            return
        if self.solvent(production):
            self.as_studio("Payroll", "takeBack", production, amount, self.union.studio)
            account.free -= amount
            self.taken_back += amount
        else:
            with pytest.raises(ContractRefused, match="InArrears"):
                self.as_studio("Payroll", "takeBack", production, amount, self.union.studio)

    @rule(seconds=st.sampled_from([1, 12, 3600, DAY, DAY + 1, WEEK, 3 * WEEK, 9 * WEEK]))
    def wait(self, seconds: int) -> None:
        if self.evm.now + seconds < self.union.last_moment:
            self.evm.pass_time(seconds)
