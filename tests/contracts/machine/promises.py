"""What always holds: checked after every step. The numbers are those of docs/invariants.md."""

from __future__ import annotations

from hypothesis.stateful import invariant
from model import CEILING

from machine.table import Table


class Promises(Table):
    @invariant()
    def every_promise_holds(self) -> None:
        holds, self.holds = self.holds, False
        self.production_accounts_are_the_models()
        self.members_are_owed_and_paid_what_they_earned()
        self.money_goes_only_to_the_wallet_in_force()
        self.ceilings_hold()
        self.payroll_holds_exactly_what_is_held_for_somebody()
        self.holds = holds

    def production_accounts_are_the_models(self) -> None:
        """9, 10, 11: what is free, reserved and due on top; in arrears exactly while something is owing."""
        for number, expected in self.books.productions.items():
            free, reserved, benefits, levy, _, in_arrears = self.evm.words(
                "Payroll", "productionAccount", number
            )
            assert (free, reserved, benefits, levy) == (
                expected.free,
                expected.reserved,
                expected.benefits,
                expected.levy,
            )
            assert in_arrears == bool(self.arrears_of(number))

    def members_are_owed_and_paid_what_they_earned(self) -> None:
        """2 to 7, 13: credits, streams of ended cycles less the agent's share, and pool pay; whoever pushes."""
        self.in_wallets = 0
        for number, member in self.books.members.items():
            due = self.evm.words("Payroll", "due", number)[0]
            paid = sum(self.evm.balance(wallet) for wallet in self.purses[number].all)
            assert due + paid == member.split(self.today)[0] + self.pool_pay[number]
            self.in_wallets += paid

    def money_goes_only_to_the_wallet_in_force(self) -> None:
        """25: a wallet that is pending, replaced or blocked gets nothing."""
        for purse in self.purses.values():
            current = purse.now(self.evm.now)
            for wallet in purse.all:
                balance = self.evm.balance(wallet)
                if wallet != current or wallet in self.blocked:
                    assert balance == self.balances.get(wallet, 0)
                self.balances[wallet] = balance

    def ceilings_hold(self) -> None:
        """12."""
        for where, counted in self.books.counted.items():
            assert 0 <= counted <= CEILING
            assert self.evm.words("Payroll", "licenceAccount", *where)[0] == counted

    def payroll_holds_exactly_what_is_held_for_somebody(self) -> None:
        """1: productions, members, agents, plan, fund, union, pools."""
        sent = {name: self.evm.balance(wallet) for name, wallet in self.payees.items()}
        held = sum(account.free + account.reserved for account in self.books.productions.values())
        held += self.books.everything_owed() + sum(self.pool_pay.values()) - self.in_wallets
        held -= sum(self.evm.balance(agent) for agent in self.agents)
        held += self.books.dues - sent["union"]
        held += self.books.benefits - sent["benefits plan"]
        held += self.books.levy - sent["pipeline fund"]
        held += sum(pool.net - pool.paid - pool.abandoned for pool in self.pools.values())
        assert self.evm.balance(self.evm.address("Payroll")) == held
