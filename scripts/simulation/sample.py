"""Plays a population on the bytecode beside the model, payday by payday."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simulation.books import Books
from simulation.crowds import PUSH, Pool
from simulation.footprint import AGENTS, PAYDAY, Batches, Footprint, in_batches
from simulation.gas import CostModel, Matrix, Touched, fit
from simulation.population import DOLLAR, Crowd, Ints, Population, Shape, populate
from simulation.union import Receipt, Union, agent_address, union, wallet_address

Progress = Callable[[int, int], None]
#: How a keeper cuts a payday: those who are owed something, to those paid and sizes of transactions.
Cut = Callable[[Ints], tuple[Ints, list[int]]]


class MoneyDisagreesError(Exception):
    """The bytecode paid somebody something else than the model."""


@dataclass(slots=True)
class Played:
    """Every transaction of a kind: what it touched, its gas and its cycle, in order."""

    touched: list[Touched] = field(default_factory=list)
    gas: list[int] = field(default_factory=list)
    cycles: list[int] = field(default_factory=list)
    payments: int = 0

    def add(self, batches: Batches, receipts: Sequence[Receipt], cycle: int) -> None:
        """Note transactions. Raises MoneyDisagreesError unless they paid exactly what `batches` say."""
        expected = dict(zip(batches.payees.tolist(), batches.sent.tolist(), strict=True))
        paid = {payee: amount for receipt in receipts for payee, amount in receipt.paid.items()}
        agree(f"cycle {cycle}", expected, paid)
        self.touched.append(batches.touched)
        self.gas.extend(receipt.gas for receipt in receipts)
        self.cycles.extend([cycle] * len(receipts))
        self.payments += len(expected)

    def fitted(self, names: tuple[str, ...]) -> CostModel:
        """The cost model that comes closest to these transactions."""
        return fit(names, Touched.all(self.touched), self.measured)

    def predicted(self, model: CostModel) -> Matrix:
        """What a model says of them."""
        return model.predict(Touched.all(self.touched))

    @property
    def measured(self) -> Matrix:
        """Gas of each, from the receipts."""
        return np.array(self.gas, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Play:
    """What was played: paydays of members, of agents, of crowds. `paid` is what `wallets` hold at the end."""

    members: Played = field(default_factory=Played)
    agents: Played = field(default_factory=Played)
    crowds: Played = field(default_factory=Played)
    paid: int = 0
    wallets: int = 0


def play(population: Population, cut: Cut, progress: Progress) -> Play:
    """A year of paydays on bytecode. Raises MoneyDisagreesError unless it pays everybody what the model says."""
    footprint, played = Footprint(Books(population)), Play()
    pools = [Pool.of(place + 1, crowd) for place, crowd in enumerate(population.crowds)]
    with union(population) as chain:
        for cycle in range(1, population.weeks + 2):
            if cycle > 1:
                _payday(footprint, chain, cut, cycle, played)
                _push(footprint, chain, pools, cycle, played)
            if cycle <= population.weeks:
                chain.week(cycle)
                for pool in pools:
                    if pool.crowd.week == cycle:
                        chain.open_pool(pool)
            progress(cycle, population.weeks + 1)
        paid = _settled(footprint, pools, chain)
        return replace(played, paid=paid, wallets=population.size + population.agents)


def weekly(batch: int) -> Cut:
    """Everybody who is owed something, in transactions of at most `batch`."""
    return lambda due: (due, in_batches(len(due), batch))


def scattered(rng: np.random.Generator) -> Cut:
    """Some of them, in transactions of many sizes: what tells the costs apart."""

    def cut(due: Ints) -> tuple[Ints, list[int]]:
        some = due[rng.random(len(due)) < rng.choice([0.2, 0.5, 0.9])]
        sizes: list[int] = []
        while (left := len(some) - sum(sizes)) > 0:
            sizes.append(min(left, int(rng.choice([1, 2, 5, 10, 25, 50, 100]))))
        return some, sizes

    return cut


@dataclass(frozen=True, slots=True)
class Costs:
    """What a keeper's work costs: paydays, agents, pushes of a crowd's chunk."""

    members: CostModel
    agents: CostModel
    crowds: CostModel


def calibrate(seed: int, progress: Progress, members: int = 480, weeks: int = 20) -> Costs:
    """Costs, from transactions on the bytecode that are used for nothing else."""
    rng = np.random.default_rng(seed)
    shape = Shape(members_per_agent=5, crowds_a_year=0)
    population = populate(members, weeks, seed, shape)
    crowds = [_small_crowd(rng, members, weeks) for _ in range(12)]
    played = play(replace(population, crowds=tuple(sorted(crowds, key=_week))), scattered(rng), progress)
    return Costs(played.members.fitted(PAYDAY), played.agents.fitted(AGENTS), played.crowds.fitted(PUSH))


def _small_crowd(rng: np.random.Generator, members: int, weeks: int) -> Crowd:
    """A crowd of any size up to all members."""
    seats = np.sort(rng.choice(members, int(rng.integers(1, members + 1)), replace=False))
    units = rng.integers(1, 20, len(seats))
    week, length = int(rng.integers(1, weeks - 2)), int(rng.integers(1, 4))
    return Crowd(seats, units, week, length, int(units.sum()) * 216 * DOLLAR)


def _week(crowd: Crowd) -> int:
    return crowd.week


def agree(what: str, expected: Mapping[int, int], paid: Mapping[int, int]) -> None:
    """Raises MoneyDisagreesError unless both say the same of everybody."""
    if expected == paid:
        return
    wrong = [who for who in {**expected, **paid} if expected.get(who) != paid.get(who)]
    got, said = paid.get(wrong[0]), expected.get(wrong[0])
    raise MoneyDisagreesError(
        f"{what}: {len(wrong)} differ; number {wrong[0]} got {got}, the model says {said}"
    )


def _payday(footprint: Footprint, chain: Union, cut: Cut, cycle: int, played: Play) -> None:
    """As the keeper does it: members first, then the agents of those who were paid."""
    some, sizes = cut(footprint.due(cycle))
    if sizes:
        batches = footprint.payday(some, sizes, cycle)
        played.members.add(batches, chain.payday(batches.split(), cycle), cycle)
    some, sizes = cut(footprint.agents_due())
    if sizes:
        batches = footprint.pay_agents(some, sizes)
        played.agents.add(batches, chain.pay_agents(batches.split()), cycle)


def _push(footprint: Footprint, chain: Union, pools: Sequence[Pool], cycle: int, played: Play) -> None:
    for pool in pools:
        if pool.pushed_in(cycle):
            time, receipts = chain.push(pool)
            played.crowds.add(pool.push(time, footprint.wallet_used), receipts, cycle)


def _settled(footprint: Footprint, pools: Sequence[Pool], chain: Union) -> int:
    """Compares what every wallet holds at the end; the sum of it."""
    population = chain.population
    sent = footprint.payer.sent.copy()
    for pool in pools:
        sent[pool.crowd.members] += pool.sent
    members = dict(enumerate(chain.balances([wallet_address(m) for m in range(population.size)])))
    agents = dict(enumerate(chain.balances([agent_address(a) for a in range(population.agents)])))
    agree("members' wallets", dict(enumerate(sent.tolist())), members)
    agree("agents' wallets", dict(enumerate(footprint.agents_sent.tolist())), agents)
    return sum(members.values()) + sum(agents.values())
