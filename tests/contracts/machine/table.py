"""What every rule plays on: an EVM of the example's own, and the books that it must agree with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, initialize
from model import Books, Member, Production
from pool_model import Pool

from machine.evm import Evm
from machine.union import AGENTS, PAYEES, Union
from trust.local import party
from trust.model import ProductionId
from trust.stage import WEEK, Player

PAYOUT_DELAY = WEEK
#: The last nonce that setting the union up used.
SCANNED_WITH = 1


@dataclass
class Purse:
    """A member's wallets: the one in force, and the one that takes over at `at`."""

    current: str
    pending: str = ""
    at: int = 0
    all: list[str] = field(default_factory=list)

    def now(self, moment: int) -> str:
        """The wallet in force."""
        if self.pending and moment >= self.at:
            self.current, self.pending = self.pending, ""
        return self.current

    def ask(self, wallet: str, moment: int) -> None:
        self.now(moment)
        self.pending, self.at = wallet, moment + PAYOUT_DELAY
        self.all.append(wallet)


class Table(RuleBasedStateMachine):
    """`union` is where every example starts. `holds` is false while a check has failed: nothing is played on."""

    union: Union
    seen: Counter[str]

    @initialize()
    def sit_down(self) -> None:
        self.evm = Evm(self.union.image)
        self.books = Books()
        self.pools: dict[int, Pool] = {}
        self.arrears: list[list[int]] = []  # production, grant, gross, start, end
        self.blocked: set[str] = set()
        self.pool_pay: Counter[int] = Counter()  # by member, held or sent
        self.nonces: Counter[int] = Counter()
        self.taken_back = 0
        self.agents = [party(name).address for name in AGENTS]
        self.payees = {name: party(name).address for name in PAYEES}
        self.productions = list(self.union.productions)
        for production in self.productions:
            self.books.productions[production] = Production()
        self.purses: dict[int, Purse] = {}
        for player in self.union.everybody:
            self.books.members[player.id] = Member()
            self.purses[player.id] = Purse(player.wallet.address, all=[player.wallet.address])
        self.balances = {purse.current: 0 for purse in self.purses.values()}
        self.lowest: dict[int, int] = {}  # each pool's index, so far
        self.begin()
        self.holds = True

    def begin(self) -> None:
        """What has happened before the first rule."""

    def as_studio(self, contract: str, function: str, *arguments: Any) -> Any:
        return self.evm.write(self.union.studio, contract, function, *arguments)

    def as_member(self, player: Player, contract: str, function: str, *arguments: Any) -> Any:
        return self.evm.write(player.key.address, contract, function, *arguments)

    def as_anyone(self, contract: str, function: str, *arguments: Any) -> Any:
        return self.evm.write(self.agents[1], contract, function, *arguments)

    def player(self, member: int) -> Player:
        return self.union.everybody[member - 1]

    def nonce(self, member: int) -> int:
        self.nonces[member] += 1
        return SCANNED_WITH + self.nonces[member]

    @property
    def today(self) -> int:
        return self.evm.now // WEEK

    def arrears_of(self, production: int) -> list[list[int]]:
        return [entry for entry in self.arrears if entry[0] == production]

    def solvent(self, production: int) -> bool:
        return not self.arrears_of(production)

    def add_funds(self, production: ProductionId, amount: int) -> None:
        self.evm.write(self.union.dollar_issuer, "TestDollar", "mint", self.union.studio, amount)
        self.as_studio("Payroll", "fund", production, amount)
        self.books.productions[production].free += amount
        if self.arrears_of(production):
            self.collect(production, 8)

    def collect(self, production: int, most: int) -> None:
        """Follow the contract in how much it paid; how that is split is the model's."""
        total = self.evm.words("SubstitutionPremiums", "arrearsOf", production)[0]
        paid = sum(entry[2] for entry in self.arrears_of(production)) - total
        assert paid >= 0
        self.seen["arrears collected"] += paid > 0
        for entry in self.arrears_of(production)[:most]:
            part = min(paid, entry[2])
            if part > 0:
                self.books.stream(entry[1], part, entry[3], entry[4], self.evm.now)
            entry[2] -= part
            paid -= part
            if entry[2] > 0:
                break
            self.arrears.remove(entry)
        assert paid == 0
