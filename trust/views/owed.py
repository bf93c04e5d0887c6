"""Who is owed what, and who could not be paid: what a keeper starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trust.index import Books, Index
from trust.index.sql import named
from trust.views.base import View, moment
from trust.views.pools import pool_chunks

_QUERIES = named(Path(__file__).parent / "owed.sql")
_NEVER = -1

#: The claim on what productions have handed on already: benefits, levy and dues on their way to their payees.
SIDE = "0"


@dataclass(frozen=True, slots=True)
class Claim(View):
    """What one payee is owed.

    `item` is a member's, production's or pool's number, an agent's address, or a chunk as POOL:CHUNK. `paid_in`
    is the cycle of the last payment, -1 if there was none. `tries` failed since, or since the wallet changed, the
    last at `tried_at` (Unix seconds, 0 if none did).
    """

    item: str
    amount: int
    paid_in: int
    tries: int = 0
    tried_at: int = 0

    @property
    def held(self) -> bool:
        """Whether the wallet could not receive, at the last try."""
        return self.tried_at > 0


@dataclass(frozen=True, slots=True)
class Owed(View):
    """All claims at `now` (Unix seconds), in payroll cycle `cycle`, which began at `began`; amounts in base units.

    `chunks` are what pushes would pay; `pools` what a sweep would pass on.
    """

    now: int
    cycle: int
    began: int
    members: tuple[Claim, ...]
    agents: tuple[Claim, ...]
    productions: tuple[Claim, ...]
    chunks: tuple[Claim, ...] = ()
    pools: tuple[Claim, ...] = ()

    @property
    def held(self) -> tuple[Claim, ...]:
        """Members and agents whose wallets could not receive."""
        return tuple(claim for claim in (*self.members, *self.agents) if claim.held)


@dataclass(frozen=True, slots=True)
class _Held:
    tries: int
    tried_at: int


def owed(index: Index, now: int | None = None) -> Owed:
    """Claims at `now` (Unix seconds; None is the index's last block)."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        today = books.clock.cycle_at(now)
        return Owed(
            now=now,
            cycle=today,
            began=books.clock.cycle_start(today),
            members=tuple(_members(index, books, now, today)),
            agents=tuple(_agents(index, books)),
            productions=tuple(_productions(index, books, today)),
            chunks=tuple(_chunks(index, now)),
            pools=tuple(_pools(index, books, now)),
        )


def _members(index: Index, books: Books, now: int, today: int) -> Iterator[Claim]:
    held = _held(index, "members_held")
    for number, book in books.members.items():
        item = str(number)
        if book.paid_to >= today and item not in held and not book.owed:
            continue
        amount = book.at(today)[0].owed
        if not amount:
            continue
        failed = held.get(item, _Held(0, 0))
        changed = book.pending_wallet is not None and book.pending_from <= now
        yield Claim(item, amount, book.paid_to, 0 if changed else failed.tries, failed.tried_at)


def _agents(index: Index, books: Books) -> Iterator[Claim]:
    held, paid = _held(index, "agents_held"), _cycles(index, "agents_paid")
    for agent, amount in books.agents.items():
        if amount:
            failed = held.get(agent, _Held(0, 0))
            yield Claim(agent, amount, paid.get(agent, _NEVER), failed.tries, failed.tried_at)


def _productions(index: Index, books: Books, today: int) -> Iterator[Claim]:
    swept, held = _cycles(index, "productions_swept"), _held(index, "payees_held")
    side = sum(books.side.settled(lane, today) for lane in ("dues", "benefits", "levy"))
    if side:
        (row,) = index.rows(_QUERIES["remitted"])
        paid_in = books.clock.cycle_at(row["paid_at"]) if row["paid_at"] else _NEVER
        # One remittance tries all payees: the one that failed most often says when to try again.
        failed = max(held.values(), key=lambda one: one.tries, default=_Held(0, 0))
        yield Claim(SIDE, side, paid_in, failed.tries, failed.tried_at)
    for number, book in books.productions.items():
        if amount := book.benefits + book.levy:
            yield Claim(str(number), amount, swept.get(str(number), _NEVER))


def _chunks(index: Index, now: int) -> Iterator[Claim]:
    pushed = _cycles(index, "chunks_pushed")
    for chunk in pool_chunks(index, now=now):
        if chunk.due:
            item = chunk_item(chunk.pool_id, chunk.number)
            yield Claim(item, chunk.due, pushed.get(item, _NEVER))


def _pools(index: Index, books: Books, now: int) -> Iterator[Claim]:
    swept = _cycles(index, "pools_swept")
    for number, book in books.pools.items():
        if amount := book.dues + book.unwanted(now, books.clock):
            yield Claim(str(number), amount, swept.get(str(number), _NEVER))


def chunk_item(pool_id: int, number: int) -> str:
    """How a chunk is named in claims."""
    return f"{pool_id}:{number}"


def _held(index: Index, query: str) -> Mapping[str, _Held]:
    rows = index.rows(_QUERIES[query])
    return {str(row["item"]): _Held(row["tries"], row["tried_at"]) for row in rows}


def _cycles(index: Index, query: str) -> Mapping[str, int]:
    rows = index.rows(_QUERIES[query])
    return {str(row["item"]): index.clock.cycle_at(row["paid_at"]) for row in rows}
