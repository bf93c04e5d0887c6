"""What the model pays: every stream spread over cycles, every share floored, in whole base units.

Written from the rules (docs/architecture.md), not from the contracts: it knows no words, lanes or accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation.population import WEEK, Ints, Population

WHOLE_BPS = 10_000
DUES_BPS = 150


@dataclass(frozen=True, slots=True)
class Spread:
    """Streams' net pay by cycle: `first` in the first cycle, `last` in the last, `each` between; a row each."""

    first_cycle: Ints
    last_cycle: Ints
    first: Ints
    each: Ints
    last: Ints


class Books:
    """Net pay of every member by cycle. Cycle 0 is for enrolment; the year's weeks are cycles 1 to `weeks`."""

    def __init__(self, population: Population) -> None:
        self.population = population
        self.spread = _spread(population)
        #: Pay of the streams of a member in a cycle.
        self.streamed = _by_cycle(self.spread, population)
        #: Fees of a member charged in a cycle, net.
        self.credited = np.zeros_like(self.streamed)
        credits = population.credits
        net = credits.gross - credits.gross * DUES_BPS // WHOLE_BPS
        np.add.at(self.credited, (credits.member, credits.week), net)

    @cached_property
    def earned(self) -> Ints:
        """Net pay due to a member (row) before cycle (column), agents' parts included."""
        total = np.cumsum(self.streamed + self.credited, axis=1)
        before: Ints = np.concatenate([np.zeros((len(total), 1), dtype=np.int64), total], axis=1)
        return before

    @cached_property
    def agents_part(self) -> Ints:
        """The agent's part of `earned`: a floor of the whole, so that it doesn't depend on the paydays."""
        share: Ints = self.earned * self.population.agent_bps[:, None] // WHOLE_BPS
        return share

    @cached_property
    def dues(self) -> Ints:
        """Dues of fees charged to a member before cycle (column); streams' dues never pass a member's account."""
        credits = self.population.credits
        by_cycle = np.zeros_like(self.streamed)
        np.add.at(by_cycle, (credits.member, credits.week), credits.gross * DUES_BPS // WHOLE_BPS)
        return np.concatenate(
            [np.zeros((len(by_cycle), 1), dtype=np.int64), np.cumsum(by_cycle, axis=1)], axis=1
        )

    def streams_paying(self, cycle: int) -> Ints:
        """How many streams pay a member something in a cycle."""
        s = self.spread
        within = (s.first_cycle <= cycle) & (cycle <= s.last_cycle)
        pay = np.where(cycle == s.last_cycle, s.last, np.where(cycle == s.first_cycle, s.first, s.each))
        paying = self.population.streams.member[within & (pay > 0)]
        return np.bincount(paying, minlength=self.population.size)


class Payer:
    """Goes from payday to payday and says what each pays; who is left out keeps what is owed."""

    def __init__(self, books: Books) -> None:
        self.books = books
        size = books.population.size
        #: The cycle through which a member was paid last.
        self.paid_to = np.zeros(size, dtype=np.int64)
        #: What each member was sent until now.
        self.sent = np.zeros(size, dtype=np.int64)
        self._agents = np.zeros(size, dtype=np.int64)

    def due(self, cycle: int) -> Ints:
        """What each member would be sent in a cycle."""
        net: Ints = self.books.earned[:, cycle] - self.books.agents_part[:, cycle] - self.sent
        return net

    def pay(self, members: Ints, cycle: int) -> tuple[Ints, Ints]:
        """Pay these members; what each is sent, and what each of their agents is owed for it."""
        sent = self.due(cycle)[members]
        share = self.books.agents_part[members, cycle] - self._agents[members]
        self.sent[members] += sent
        self._agents[members] += share
        self.paid_to[members] = cycle
        return sent, share


def net_of_dues(gross: Ints, cycles: Ints) -> Ints:
    """Streams' net pay: dues are whole units a cycle, rounded for the member."""
    dues = gross * DUES_BPS // WHOLE_BPS
    net: Ints = gross - (dues - dues % cycles)
    return net


def _spread(population: Population) -> Spread:
    s = population.streams
    first_cycle, last_cycle = s.start // WEEK, (s.end - 1) // WEEK
    net = net_of_dues(s.gross, last_cycle - first_cycle + 1)
    duration = s.end - s.start
    one = first_cycle == last_cycle
    first = np.where(one, net, net * np.minimum((first_cycle + 1) * WEEK - s.start, duration) // duration)
    each = np.where(last_cycle - first_cycle > 1, net * WEEK // duration, 0)
    last = np.where(one, net, net - first - np.maximum(last_cycle - first_cycle - 1, 0) * each)
    return Spread(first_cycle, last_cycle, first, each, last)


def _by_cycle(s: Spread, population: Population) -> Ints:
    """Pay by member and cycle, from the changes at both ends of each stream."""
    member = population.streams.member
    columns = population.weeks + 1
    changes: NDArray[np.int64] = np.zeros((population.size, columns + 1), dtype=np.int64)
    one = s.first_cycle == s.last_cycle
    for cycle, change in (
        (s.first_cycle, s.first),
        (s.first_cycle + 1, np.where(one, -s.last, s.each - s.first)),
        (s.last_cycle, np.where(one, 0, s.last - s.each)),
        (s.last_cycle + 1, np.where(one, 0, -s.last)),
    ):
        np.add.at(changes, (member, np.minimum(cycle, columns)), change)
    pay: Ints = np.cumsum(changes, axis=1)[:, :columns]
    return pay
