"""Who earns what in a year: seeded, heavy-tailed. Amounts in base units (6 decimals), times in seconds from cycle 0.

A member's first income is a licence fee; streams are substitution premiums, credits are scene and iteration fees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DOLLAR = 10**6
DAY = 24 * 3600
WEEK = 7 * DAY
#: Income of a week is ordered in its first hours: streams start after them.
ORDERED_BY = 2 * 3600
#: Amounts times a week's seconds must fit 63 bits.
LARGEST_STREAM = 5_000_000 * DOLLAR


@dataclass(frozen=True, slots=True)
class Shape:
    """How income is spread. The defaults are assumptions, chosen to be hard on the payroll rather than kind.

    `idle` earn nothing, `streaming` have streams and fees, the others fees and seats in crowds. `tail` is the Pareto
    exponent of the number of streams: 1.16 would give the fifth with most of them four fifths, were there no
    `most_streams`.
    """

    idle: float = 0.3
    streaming: float = 0.35
    tail: float = 1.16
    most_streams: int = 400
    credit_weeks: float = 6.0
    with_agent: float = 0.3
    members_per_agent: int = 60
    crowds_a_year: int = 50
    crowd_seats: int = 5_000


@dataclass(frozen=True, slots=True)
class Streams:
    """Premium streams, a row each; `week` is the cycle in which it is ordered and starts."""

    member: Ints
    week: Ints
    start: Ints
    end: Ints
    gross: Ints


@dataclass(frozen=True, slots=True)
class Credits:
    """Fees earned at once, a row each, by member and the cycle in which they are charged."""

    member: Ints
    week: Ints
    gross: Ints


@dataclass(frozen=True, slots=True)
class Crowd:
    """An ensemble pool: who sits in it, and what streams into it from `week` on for `weeks` weeks."""

    members: Ints
    units: Ints
    week: int
    weeks: int
    gross: int


@dataclass(frozen=True, slots=True)
class Population:
    """Members are numbered from 0 here, from 1 on chain. `agent` is -1 for none; `agent_bps` is the agent's share."""

    size: int
    weeks: int
    streams: Streams
    credits: Credits
    agent: Ints
    agent_bps: Ints
    crowds: tuple[Crowd, ...]

    @property
    def agents(self) -> int:
        """How many agents there are."""
        return int(self.agent.max(initial=-1)) + 1

    def sample(self, members: Ints) -> Population:
        """These members with all their income, renumbered, and the seats they have in crowds."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[members] = np.arange(len(members))
        kept = place[self.streams.member] >= 0
        streams = Streams(
            place[self.streams.member[kept]],
            *(getattr(self.streams, name)[kept] for name in ("week", "start", "end", "gross")),
        )
        kept = place[self.credits.member] >= 0
        credits = Credits(place[self.credits.member[kept]], self.credits.week[kept], self.credits.gross[kept])
        numbers, agent = np.unique(self.agent[members], return_inverse=True)
        seated = [replace(c, members=place[c.members], units=c.units) for c in self.crowds]
        return Population(
            size=len(members),
            weeks=self.weeks,
            streams=streams,
            credits=credits,
            agent=agent.astype(np.int64) - int(numbers[0] == -1),
            agent_bps=self.agent_bps[members],
            crowds=tuple(_only_seated(c) for c in seated if (c.members >= 0).any()),
        )


def populate(size: int, weeks: int, seed: int, shape: Shape | None = None) -> Population:
    """A union of `size` members and what `weeks` weeks bring them."""
    shape = shape or Shape()
    rng = np.random.default_rng(seed)
    kind = rng.random(size)
    earning = kind >= shape.idle
    streaming = np.flatnonzero(kind >= 1 - shape.streaming)
    streams = _streams(rng, streaming, weeks, shape)
    background = np.flatnonzero(earning & (kind < 1 - shape.streaming))
    credits = _credits(rng, np.flatnonzero(earning), streams, weeks, shape)
    agent, agent_bps = _agents(rng, size, earning, shape)
    return Population(size, weeks, streams, credits, agent, agent_bps, _crowds(rng, background, weeks, shape))


def _streams(rng: np.random.Generator, members: Ints, weeks: int, shape: Shape) -> Streams:
    count = np.minimum(np.floor(rng.pareto(shape.tail, len(members)) + 1), shape.most_streams)
    member = np.repeat(members, count.astype(np.int64))
    rows = len(member)
    length = np.clip(rng.lognormal(np.log(20 * WEEK), 0.8, rows), WEEK, 104 * WEEK).astype(np.int64)
    # Some run since before the year: they are ordered in its first week with what is left of them.
    begun = (rng.random(rows) * (weeks + 26) - 26) * WEEK
    left = np.maximum(length + np.minimum(begun, 0).astype(np.int64), DAY)
    week = 1 + np.maximum(begun, 0).astype(np.int64) // WEEK
    offset = rng.integers(ORDERED_BY, WEEK, rows)
    gross = np.minimum(rng.lognormal(np.log(2_000 * DOLLAR), 1.6, rows), LARGEST_STREAM).astype(np.int64)
    start = week * WEEK + offset
    return Streams(member, week, start, start + left, gross)


def _credits(rng: np.random.Generator, earning: Ints, streams: Streams, weeks: int, shape: Shape) -> Credits:
    """Fees in weeks drawn at random, and a licence fee not later than anything else."""
    count = rng.poisson(shape.credit_weeks - 1, len(earning)) + 1
    member = np.repeat(earning, count)
    week = rng.integers(1, weeks + 1, len(member))
    first = np.full(int(earning.max(initial=-1)) + 1, weeks)
    np.minimum.at(first, member, week)
    np.minimum.at(first, streams.member, streams.week)
    member = np.concatenate([earning, member])
    week = np.concatenate([first[earning], week])
    gross = np.minimum(rng.lognormal(np.log(600 * DOLLAR), 1.0, len(member)), LARGEST_STREAM)
    order = np.lexsort((np.arange(len(member)), week, member))
    return Credits(member[order], week[order], gross.astype(np.int64)[order])


def _agents(
    rng: np.random.Generator, size: int, earning: NDArray[np.bool_], shape: Shape
) -> tuple[Ints, Ints]:
    represented = np.flatnonzero(earning & (rng.random(size) < shape.with_agent))
    agents = max(1, len(represented) // shape.members_per_agent)
    agent = np.full(size, -1, dtype=np.int64)
    agent[represented] = np.unique(rng.integers(0, agents, len(represented)), return_inverse=True)[1]
    bps = np.zeros(size, dtype=np.int64)
    bps[represented] = rng.choice([500, 750, 1000], len(represented))
    return agent, bps


def _crowds(rng: np.random.Generator, background: Ints, weeks: int, shape: Shape) -> tuple[Crowd, ...]:
    seats = min(shape.crowd_seats, len(background))
    crowds = []
    for _ in range(shape.crowds_a_year):
        length = int(rng.integers(1, 5))
        week = int(rng.integers(1, max(2, weeks + 2 - length)))
        members = np.sort(rng.choice(background, seats, replace=False))
        days = rng.integers(1, 5 * length + 1, seats)
        gross = int(days.sum()) * 216 * DOLLAR
        crowds.append(Crowd(members, days, week, length, gross))
    return tuple(sorted(crowds, key=lambda crowd: crowd.week))


def _only_seated(crowd: Crowd) -> Crowd:
    here = crowd.members >= 0
    order = np.argsort(crowd.members[here])
    members, units = crowd.members[here][order], crowd.units[here][order]
    gross = int(crowd.gross * int(units.sum()) // int(crowd.units.sum()))
    return replace(crowd, members=members, units=units, gross=gross)
