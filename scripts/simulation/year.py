"""A year of paydays for the whole union, by the model alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulation.books import Books
from simulation.crowds import Pool
from simulation.footprint import Batches, Footprint, in_batches
from simulation.gas import TRANSACTION_GAS, CostModel
from simulation.population import WEEK, Population
from simulation.sample import Costs

#: When in a cycle its payday is, seconds. It decides only what of the running week crowds get already.
_PAYDAY_AT = 60


class BatchTooLargeError(Exception):
    """A transaction of this year would need more gas than one may have."""


@dataclass(slots=True)
class Work:
    """What a kind of payment took, by payday."""

    payments: list[int] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)
    gas: list[float] = field(default_factory=list)
    call_data_bytes: list[int] = field(default_factory=list)
    money: int = 0
    largest: float = 0.0
    first_pays_gas: float = 0.0

    def begin(self) -> None:
        """Another payday."""
        for column in (self.payments, self.transactions, self.gas, self.call_data_bytes):
            column.append(0)

    def add(self, batches: Batches, model: CostModel) -> None:
        """Transactions of this payday."""
        gas = model.predict(batches.touched)
        self.payments[-1] += len(batches.payees)
        self.transactions[-1] += len(gas)
        self.gas[-1] += float(gas.sum())
        self.call_data_bytes[-1] += batches.call_data_bytes
        self.money += int(batches.sent.sum())
        self.largest = max(self.largest, float(gas.max()))
        for name, column, cost in zip(model.names, batches.touched.counts.T, model.constants, strict=True):
            if name.endswith("first pay"):
                self.first_pays_gas += float(column.sum()) * cost

    @property
    def gas_to_used_wallets(self) -> float:
        """All gas but what the dollar asks for a wallet's first: peers are measured without it."""
        return sum(self.gas) - self.first_pays_gas


@dataclass(slots=True)
class Year:
    """All of it. `stream_withdrawals` is by payday: streams that had paid something since the one before."""

    members: Work = field(default_factory=Work)
    agents: Work = field(default_factory=Work)
    crowds: Work = field(default_factory=Work)
    stream_withdrawals: list[int] = field(default_factory=list)

    @property
    def kinds(self) -> dict[str, Work]:
        """By name."""
        return {"members": self.members, "agents": self.agents, "crowd seats": self.crowds}

    def by_payday(self, column: str) -> list[float]:
        """All kinds together, by payday."""
        return [sum(parts) for parts in zip(*(getattr(w, column) for w in self.kinds.values()), strict=True)]

    def total(self, column: str) -> float:
        """All kinds and paydays together."""
        return sum(self.by_payday(column))


def live(population: Population, costs: Costs, batch: int, progress: Callable[[int, int], None]) -> Year:
    """Everybody who is owed something is paid every payday, in transactions of at most `batch`.

    Raises BatchTooLargeError when that is too many for a transaction's gas.
    """
    year, books = Year(), Books(population)
    footprint = Footprint(books)
    pools = [Pool.of(place + 1, crowd) for place, crowd in enumerate(population.crowds)]
    for cycle in range(2, population.weeks + 2):
        for work in year.kinds.values():
            work.begin()
        due = footprint.due(cycle)
        if len(due):
            year.members.add(footprint.payday(due, in_batches(len(due), batch), cycle), costs.members)
        agents = footprint.agents_due()
        if len(agents):
            year.agents.add(footprint.pay_agents(agents, in_batches(len(agents), batch)), costs.agents)
        for pool in pools:
            if pool.pushed_in(cycle):
                year.crowds.add(pool.push(cycle * WEEK + _PAYDAY_AT, footprint.wallet_used), costs.crowds)
        year.stream_withdrawals.append(int(books.streams_paying(cycle - 1).sum()))
        progress(cycle, population.weeks + 1)
    largest = max(work.largest for work in year.kinds.values())
    if largest > TRANSACTION_GAS:
        raise BatchTooLargeError(
            f"{batch} members need up to {largest:,.0f} gas; a transaction has {TRANSACTION_GAS:,}"
        )
    return year


def income(population: Population) -> dict[str, int | float]:
    """How income is spread: counts, and what part of the streams the fifth with most streams has."""
    streams = np.bincount(population.streams.member, minlength=population.size)
    having = np.sort(streams[streams > 0])[::-1]
    top = having[: max(1, len(having) // 5)].sum() / max(1, having.sum())
    earning = np.zeros(population.size, dtype=np.bool_)
    earning[population.credits.member] = True
    seats = sum(len(crowd.members) for crowd in population.crowds)
    for crowd in population.crowds:
        earning[crowd.members] = True
    return {
        "members": population.size,
        "members without any income": int((~earning).sum()),
        "members with streams": len(having),
        "streams": int(streams.sum()),
        "most streams of a member": int(streams.max(initial=0)),
        "streams of the fifth with most": round(float(top), 3),
        "fees": len(population.credits.member),
        "members with an agent": int((population.agent >= 0).sum()),
        "crowds": len(population.crowds),
        "seats in crowds": seats,
    }
