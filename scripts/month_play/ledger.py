"""A second set of books, from Payroll's raw logs by arithmetic of its own: who has earned what, to the unit.

It shares nothing with `trust.index` and `trust.views`. Streams are cut into cycles by the formula of
`contracts/payroll/Schedules.sol`, pools divide by that of `contracts/interfaces/IEnsemblePools.sol`, both written anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eth_utils.crypto import keccak

from month_play.raw import Log

_WHOLE_BPS = 10_000
_MEMBER = 2**24 - 1
_SEAT = 7
_PARTS = "(uint64,uint64,uint64,uint64,uint64)"
_STREAM = "(uint40,uint40,uint64,uint64,uint64,uint64,uint64)"
_SIGNATURES = (
    "Funded(uint24,address,uint64)",
    "TakenBack(uint24,address,uint64)",
    f"Charged(uint256,uint256,uint8,{_PARTS})",
    "IterationsCharged(uint256,uint256)",
    "Reserved(uint256,uint256,uint64,uint64)",
    f"StreamOpened(uint256,uint256,{_STREAM},uint64)",
    f"StreamCut(uint256,uint256,uint16,{_STREAM},{_PARTS})",
    "AgentAppointed(uint24,address,uint16,uint16)",
    "PoolSeated(uint32,uint16,uint128,uint40,bytes)",
    "SeatsVacated(uint32,uint16,uint128,uint64,uint16[])",
    "PoolFunded(uint32,uint64,uint64,uint64,uint64)",
    "PoolCharged(uint32,uint64,uint64,uint64,uint64)",
    "PoolStreamOpened(uint32,uint40,uint40,uint64,uint64,uint64,uint64)",
)
_NAMES = {keccak(text=signature): signature.split("(")[0] for signature in _SIGNATURES}


@dataclass(slots=True)
class Seat:
    """A member's units in a pool since its index was `start`, until it was `end`."""

    member: int
    units: int
    start: int
    end: int | None = None

    def earned(self, index: int) -> int:
        return self.units * ((index if self.end is None else self.end) - self.start) >> 64


@dataclass(slots=True)
class Pool:
    """What a unit has earned, in 2^-64 of a base unit, and the rest that could not be divided."""

    index: int = 0
    rest: int = 0
    units: int = 0
    streams: list[tuple[int, int, int]] = field(default_factory=list)  # net, start, end
    streamed: int = 0
    seats: dict[tuple[int, int], Seat] = field(default_factory=dict)  # by chunk and position

    def divide(self, fractions: int) -> None:
        more, self.rest = divmod(fractions + self.rest, self.units)
        self.index += more


@dataclass(slots=True)
class Ledger:
    """Net credits of each member by the cycle they came in, streams, agents, pools; and what productions spent."""

    epoch: int
    cycle: int
    now: int
    members: dict[int, int] = field(default_factory=dict)  # of grants
    credits: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    streams: defaultdict[int, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    agents: defaultdict[int, list[tuple[int, str, int]]] = field(default_factory=lambda: defaultdict(list))
    pools: defaultdict[int, Pool] = field(default_factory=lambda: defaultdict(Pool))
    funded: int = 0
    taken_back: int = 0
    spent: Counter[str] = field(default_factory=Counter)  # gross, dues, benefits, levy

    @property
    def today(self) -> int:
        return (self.now - self.epoch) // self.cycle

    def read(self, logs: Sequence[Log], times: Mapping[int, int]) -> None:
        """Take in all logs, in order, and what streamed into pools until now."""
        for log in logs:
            if name := _NAMES.get(log.name):
                take: Callable[[Ledger, Log, int], None] = _TAKE[name]
                take(self, log, times[log.block])
        for pool in self.pools.values():
            self.settle(pool, self.now)

    def streamed(self, member: int) -> dict[int, int]:
        """Net streamed pay of the cycles that are over."""
        found: Counter[int] = Counter()
        for net, start, end in self.streams[member]:
            for cycle, pay in self.cut(net, start, end).items():
                if cycle < self.today:
                    found[cycle] += pay
        return found

    def earned(self, member: int) -> int:
        """Net pay of credits and streams."""
        return self.credits[member].total() + sum(self.streamed(member).values())

    def agents_share(self, member: int) -> int:
        """What of it is the agents'. An agent's share counts from a cycle on, and rounds down once in all."""
        by_cycle = Counter(self.credits[member]) + Counter(self.streamed(member))
        share = 0
        terms = [(0, "", 0), *self.agents[member]]
        for place, (since, _, bps) in enumerate(terms):
            # Named again in the same cycle, the later one counts.
            until = min((other[0] for other in terms[place + 1 :]), default=self.today + 1)
            share += sum(pay for cycle, pay in by_cycle.items() if since <= cycle < until) * bps // _WHOLE_BPS
        return share

    def pooled(self) -> Counter[int]:
        """What all seats of each member earned."""
        found: Counter[int] = Counter()
        for pool in self.pools.values():
            for seat in pool.seats.values():
                found[seat.member] += seat.earned(pool.index)
        return found

    def cut(self, amount: int, start: int, end: int) -> dict[int, int]:
        """Pay by cycle: by time in the first and in each full one, rounded down; the last has the rest."""
        first, last = (start - self.epoch) // self.cycle, (end - 1 - self.epoch) // self.cycle
        parts = {}
        for cycle in range(first, last):
            begins = max(start, self.epoch + cycle * self.cycle)
            parts[cycle] = amount * (self.epoch + (cycle + 1) * self.cycle - begins) // (end - start)
        parts[last] = amount - sum(parts.values())
        return parts

    def settle(self, pool: Pool, when: int) -> None:
        """Divide what streamed until then among those who sit."""
        if not pool.units:
            return
        cycle, gone = divmod(when - self.epoch, self.cycle)
        total = present = 0
        for stream in pool.streams:
            for its, pay in self.cut(*stream).items():
                total += pay if its < cycle else 0
                present += pay if its == cycle else 0
        total += present * gone // self.cycle
        pool.divide((total - pool.streamed) << 64)
        pool.streamed = total


def _funded(books: Ledger, log: Log, when: int) -> None:
    books.funded += log.word(0)


def _taken_back(books: Ledger, log: Log, when: int) -> None:
    books.taken_back += log.word(0)


def _charged(books: Ledger, log: Log, when: int) -> None:
    _credit(books, log.topics[0] & _MEMBER, [log.word(place) for place in range(1, 5)], when)


def _iterations(books: Ledger, log: Log, when: int) -> None:
    packed = log.word(0)
    parts = [packed >> 64 * place & 2**64 - 1 for place in range(4)]
    _credit(books, books.members[log.topics[0]], parts, when)


def _credit(books: Ledger, member: int, parts: Sequence[int], when: int) -> None:
    _spend(books, parts)
    books.credits[member][(when - books.epoch) // books.cycle] += parts[0] - parts[1]


def _spend(books: Ledger, parts: Sequence[int]) -> None:
    books.spent.update(dict(zip(("gross", "dues", "benefits", "levy"), parts, strict=True)))


def _reserved(books: Ledger, log: Log, when: int) -> None:
    books.members[log.topics[1]] = log.topics[0] & _MEMBER


def _stream(books: Ledger, log: Log, when: int) -> None:
    start, end, gross, dues, benefits, levy = (log.word(place) for place in range(6))
    _spend(books, (gross, dues, benefits, levy))
    books.streams[log.topics[0] & _MEMBER].append((gross - dues, start, end))


def _cut(books: Ledger, log: Log, when: int) -> None:
    raise ValueError("nothing in this month shortens a stream")


def _agent(books: Ledger, log: Log, when: int) -> None:
    books.agents[log.topics[0]].append((log.word(1), f"0x{log.topics[1]:040x}", log.word(0)))


def _seated(books: Ledger, log: Log, when: int) -> None:
    pool, chunk = books.pools[log.topics[0]], log.topics[1]
    books.settle(pool, when)
    roster = _bytes(log, 2)
    for place, at in enumerate(range(0, len(roster), _SEAT)):
        member, units = int.from_bytes(roster[at : at + 3]), int.from_bytes(roster[at + 3 : at + _SEAT])
        pool.seats[chunk, place] = Seat(member, units, pool.index)
        pool.units += units


def _vacated(books: Ledger, log: Log, when: int) -> None:
    pool, chunk = books.pools[log.topics[0]], log.topics[1]
    books.settle(pool, when)
    fractions = 0
    for place in _numbers(log, 2):
        seat = pool.seats[chunk, place]
        seat.end = pool.index
        pool.units -= seat.units
        fractions += seat.units * (seat.end - seat.start) & 2**64 - 1
    if not pool.units:
        raise ValueError("in this month somebody always stays in a pool")
    pool.divide(fractions)


def _lump(books: Ledger, log: Log, when: int) -> None:
    pool, parts = books.pools[log.topics[0]], [log.word(place) for place in range(4)]
    books.settle(pool, when)
    _spend(books, parts)
    pool.divide((parts[0] - parts[1]) << 64)


def _pool_stream(books: Ledger, log: Log, when: int) -> None:
    pool = books.pools[log.topics[0]]
    start, end, gross, dues, benefits, levy = (log.word(place) for place in range(6))
    books.settle(pool, when)
    _spend(books, (gross, dues, benefits, levy))
    pool.streams.append((gross - dues, start, end))


def _bytes(log: Log, place: int) -> bytes:
    at = log.word(place)
    return log.data[at + 32 : at + 32 + int.from_bytes(log.data[at : at + 32])]


def _numbers(log: Log, place: int) -> list[int]:
    at = log.word(place) // 32
    return [log.word(at + 1 + number) for number in range(log.word(at))]


_TAKE: dict[str, Callable[[Ledger, Log, int], None]] = {
    "Funded": _funded,
    "TakenBack": _taken_back,
    "Charged": _charged,
    "IterationsCharged": _iterations,
    "Reserved": _reserved,
    "StreamOpened": _stream,
    "StreamCut": _cut,
    "AgentAppointed": _agent,
    "PoolSeated": _seated,
    "SeatsVacated": _vacated,
    "PoolFunded": _lump,
    "PoolCharged": _lump,
    "PoolStreamOpened": _pool_stream,
}
