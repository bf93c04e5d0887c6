"""What a payday's transactions touch: the counts that the cost model turns into gas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.books import Books, Payer
from simulation.gas import BYTE_GAS, ZERO_BYTE_GAS, Matrix, Touched
from simulation.population import Ints

#: Call data of a payday but for the members: selector, an offset, the most cycles, a length.
_HEAD_BYTES = 4 + 3 * 32
_WORD = 32
#: Walks of so many delta words ask no bitmap first (contracts/payroll/CycleDeltas.sol).
_SHORT_WALK_WORDS = 2

PAYDAY = (
    "transaction",
    "member",
    "member's first pay",
    "member with an agent",
    "agent's first in a cycle",
    "agent again",
    "fees' dues",
    "fees' dues, the union's first",
    "word of changes",
    "word found by the bitmap",
    "cycle in such words",
    "bitmap",
    "stream that paid last week",
)
AGENTS = ("transaction", "agent", "agent's first pay")


@dataclass(frozen=True, slots=True)
class Batches:
    """Transactions of one payday: who is paid, by number; how many by each transaction; what each is sent."""

    payees: Ints
    sizes: Ints
    sent: Ints
    touched: Touched
    call_data_bytes: int

    def split(self) -> list[Ints]:
        """The payees of each transaction."""
        return np.split(self.payees, np.cumsum(self.sizes)[:-1])


class Footprint:
    """Follows what is in storage already, and so is cheaper to write."""

    def __init__(self, books: Books) -> None:
        self.payer = Payer(books)
        self._population = books.population
        self._marked_in = _marks(books)
        #: Whose wallet holds dollars already.
        self.wallet_used = np.zeros(books.population.size, dtype=np.bool_)
        #: What each agent was sent until now.
        self.agents_sent = np.zeros(books.population.agents, dtype=np.int64)
        self._agent_owed = np.zeros(books.population.agents, dtype=np.int64)
        self._dues_owed = False
        # An agent's appointment is promoted in cycle 1, which settles the account.
        self._settled_to = np.where(books.population.agent >= 0, 1, 0)

    def due(self, cycle: int) -> Ints:
        """Members who are owed something, ascending."""
        return np.flatnonzero(self.payer.due(cycle) > 0)

    def payday(self, members: Ints, sizes: Sequence[int], cycle: int) -> Batches:
        """Pay these members in transactions of these sizes."""
        counts = self._counts(members, sizes, cycle)
        sent, share = self.payer.pay(members, cycle)
        counts |= self._agents(members, share, sizes)
        self.wallet_used[members] = True
        self._settled_to[members] = cycle
        self._dues_owed = self._dues_owed or bool(counts["fees' dues"].any())
        # Of a payday's head, the selector and four bytes of its words aren't zero.
        head = 8 * BYTE_GAS + (_HEAD_BYTES - 8) * ZERO_BYTE_GAS
        data = head + _by_batch(number_gas(members + 1), sizes).astype(np.int64)
        return Batches(
            members,
            np.asarray(sizes, dtype=np.int64),
            sent,
            Touched.of(np.column_stack([counts[name] for name in PAYDAY]), data),
            len(sizes) * _HEAD_BYTES + len(members) * _WORD,
        )

    def agents_due(self) -> Ints:
        """Agents who are owed something, ascending."""
        return np.flatnonzero(self._agent_owed > 0)

    def pay_agents(self, agents: Ints, sizes: Sequence[int]) -> Batches:
        """Pay these agents in transactions of these sizes."""
        sent = self._agent_owed[agents]
        fresh = _by_batch(self.agents_sent[agents] == 0, sizes)
        each = np.asarray(sizes, dtype=np.int64)
        self._agent_owed[agents] = 0
        self.agents_sent[agents] += sent
        # Addresses are taken to have no zero byte.
        data = (4 + 2) * BYTE_GAS + 62 * ZERO_BYTE_GAS + each * (20 * BYTE_GAS + 12 * ZERO_BYTE_GAS)
        return Batches(
            agents,
            each,
            sent,
            Touched.of(
                np.column_stack([np.ones(len(sizes)), each, fresh]), data, emptied=each.astype(np.float64)
            ),
            len(sizes) * (4 + 2 * _WORD) + len(agents) * _WORD,
        )

    def _counts(self, members: Ints, sizes: Sequence[int], cycle: int) -> dict[str, Matrix]:
        """By transaction, all but what agents bring."""
        books, payer = self.payer.books, self.payer
        words, found, lanes, bitmap = self._walk(members, cycle)
        dues = books.dues[members, cycle] > books.dues[members, payer.paid_to[members]]
        with_dues = _by_batch(dues, sizes) > 0
        first_dues = with_dues & (np.cumsum(with_dues) == 1) & (not self._dues_owed)
        return {
            "transaction": np.ones(len(sizes)),
            "member": np.asarray(sizes, dtype=np.float64),
            "member's first pay": _by_batch(~self.wallet_used[members], sizes),
            "fees' dues": with_dues.astype(np.float64),
            "fees' dues, the union's first": first_dues.astype(np.float64),
            "word of changes": _by_batch(words, sizes),
            "word found by the bitmap": _by_batch(found, sizes),
            "cycle in such words": _by_batch(lanes, sizes),
            "bitmap": _by_batch(bitmap, sizes),
            "stream that paid last week": _by_batch(books.streams_paying(cycle - 1)[members], sizes),
        }

    def _agents(self, members: Ints, share: Ints, sizes: Sequence[int]) -> dict[str, Matrix]:
        """By transaction: members with a share, agents whose sum was empty before it, agents whose sum was not."""
        here = share > 0
        agent, where = self._population.agent[members[here]], _batch_of(sizes)[here]
        pairs = np.unique(np.column_stack([agent, where]), axis=0)
        # `pairs` is sorted: the first transaction of an agent comes first.
        leads = np.diff(pairs[:, 0], prepend=-1) != 0
        empty = leads & (self._agent_owed[pairs[:, 0]] == 0)
        np.add.at(self._agent_owed, agent, share[here])
        return {
            "member with an agent": _by_batch(here, sizes),
            "agent's first in a cycle": np.bincount(pairs[empty, 1], minlength=len(sizes)).astype(np.float64),
            "agent again": np.bincount(pairs[~empty, 1], minlength=len(sizes)).astype(np.float64),
        }

    def _walk(self, members: Ints, cycle: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Delta words read straight away, those found by the bitmap, cycles gone through, and bitmaps read."""
        start = self._settled_to[members][:, None]
        word = np.arange(self._marked_in.shape[1])[None, :]
        within = (word >= start >> 2) & (word < (cycle + 3) >> 2)
        marked = within & (self._marked_in[members] < cycle)
        span = within.sum(axis=1)
        short = span <= _SHORT_WALK_WORDS
        lanes = np.minimum(cycle, 4 * word + 4) - np.maximum(start, 4 * word)
        return (
            np.where(short, span, 0),
            np.where(short, 0, marked.sum(axis=1)),
            (lanes * marked).sum(axis=1),
            (~short).astype(np.int64),
        )


def in_batches(count: int, batch: int) -> list[int]:
    """Sizes of transactions of at most `batch`."""
    return [min(batch, count - at) for at in range(0, count, batch)]


def number_gas(numbers: Ints) -> Matrix:
    """Call data gas of a word that holds each of these numbers, below 2^24."""
    used = sum(((numbers >> shift) & 0xFF != 0).astype(np.int64) for shift in (0, 8, 16))
    gas: Matrix = np.asarray(used * (BYTE_GAS - ZERO_BYTE_GAS) + _WORD * ZERO_BYTE_GAS, dtype=np.float64)
    return gas


def _batch_of(sizes: Sequence[int]) -> Ints:
    return np.repeat(np.arange(len(sizes)), sizes)


def _by_batch(each: NDArray[Any], sizes: Sequence[int]) -> Matrix:
    """Sums by transaction of what each payee brings."""
    sums: Matrix = np.bincount(_batch_of(sizes), weights=each, minlength=len(sizes)).astype(np.float64)
    return sums


def _marks(books: Books) -> Ints:
    """The week in which a member's word of changes (column) was first written; a far one if it never was."""
    population, s = books.population, books.spread
    columns = (population.weeks + 5) // 4
    marks = np.full((population.size, columns), 1 << 30, dtype=np.int64)
    for cycle in (s.first_cycle, s.first_cycle + 1, s.last_cycle, s.last_cycle + 1):
        word = cycle >> 2
        here = word < columns
        streams = population.streams
        np.minimum.at(marks, (streams.member[here], word[here]), streams.week[here])
    return marks
