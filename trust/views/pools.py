"""Ensemble pools: what came in, who sits in them, what is paid, due and still to come."""

from __future__ import annotations

from dataclasses import dataclass

from trust.errors import IndexFault, InputError
from trust.index import Books, Index
from trust.index.pool_books import DealBook, PoolBook
from trust.model import PoolId
from trust.pools import Chunk, Roster
from trust.views.base import View, modality_names, moment

NOBODY = "0x" + "0" * 40


@dataclass(frozen=True, slots=True)
class PoolChunk(View):
    """A chunk as calls about it want it, and what a push at `now` would pay.

    `roster` is 7 bytes a seat, `vacated` the positions of seats that are empty; `seats` and `units` are of
    those taken. `due` in base units; a chunk without seats has nothing due, ever.
    """

    pool_id: int
    number: int
    start: int
    roster: bytes
    seats: int
    units: int
    vacated: tuple[int, ...]
    due: int

    @property
    def chunk(self) -> Chunk:
        """For `trust.pools`' calls."""
        return Chunk(PoolId(self.pool_id), self.number, self.start, Roster.unpack(self.roster))


@dataclass(frozen=True, slots=True)
class PoolStreamLine(View):
    """A stream into a pool: `net` spreads over [start, end), Unix seconds."""

    start: int
    end: int
    gross: int
    dues: int
    benefits: int
    levy: int
    net: int


@dataclass(frozen=True, slots=True)
class Deal(View):
    """Terms that many members signed, each for themselves; `price` is one use, gross, a unit.

    `kind` is POOL_GRANT (a scene's crowd) or COLLECTIVE_LICENCE (one training run). `unused`: it was closed
    without a use, and one was paid.
    """

    kind: str
    scene_hash: bytes | None
    description_hash: bytes
    modalities: tuple[str, ...]
    price: int
    uses: int
    uses_left: int
    not_before: int
    expires: int
    signed: int
    revoked: int
    model: bytes | None
    retired: bool
    closed: bool
    unused: bool


@dataclass(frozen=True, slots=True)
class Pool(View):
    """A pool at `now`. Amounts in base units.

    net = gross - dues, of all that entered: lumps, what a module charged, and streams in full. Of it, `paid`
    went to wallets, or to members' accounts where a wallet refused (`held`); `due` is what pushes now would pay;
    `undivided` waits for those who sit, below a base unit each, or for those who come; `still_to_stream` comes;
    `abandoned` went to the pipeline fund when all had left. The studio paid benefits and levy on top.
    """

    pool_id: int
    production_id: int
    studio: str
    manager: str
    rate_card_version: int
    benefits_bps: int
    dues_bps: int
    levy_bps: int
    chunks: int
    seats: int
    units: int
    lumps: int
    charged: int
    streamed: int
    gross: int
    dues: int
    dues_waiting: int
    benefits: int
    levy: int
    net: int
    reserved: int
    paid: int
    held: int
    due: int
    undivided: int
    still_to_stream: int
    abandoned: int
    streams: tuple[PoolStreamLine, ...]
    deal: Deal | None
    now: int

    @property
    def managed(self) -> bool:
        """Whether a module seats and charges, not the studio."""
        return self.manager != NOBODY

    def check(self) -> None:
        """Raises IndexFault unless what is the members' is paid, due, undivided, to come or abandoned."""
        parts = self.paid + self.due + self.undivided + self.still_to_stream + self.abandoned
        if self.net != parts or self.gross != self.lumps + self.charged + self.streamed:
            raise IndexFault(f"The books of pool {self.pool_id} don't balance.")
        if self.undivided < 0 or self.net != self.gross - self.dues:
            raise IndexFault(f"Pool {self.pool_id} owes more than it has.")


def pool(index: Index, pool_id: int, now: int | None = None) -> Pool:
    """The pool at `now` (Unix seconds; None is the index's last block). Raises InputError if unknown."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        return _pool(books, pool_id, find(books, pool_id), now)


def pools(index: Index, *, production: int | None = None, now: int | None = None) -> tuple[Pool, ...]:
    """All pools, or a production's, by number."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        return tuple(
            _pool(books, pool_id, book, now)
            for pool_id, book in books.pools.items()
            if production in (None, book.production_id)
        )


def pool_chunks(index: Index, pool_id: int | None = None, *, now: int | None = None) -> tuple[PoolChunk, ...]:
    """Chunks of a pool, or of all, in the order in which they were seated. Raises InputError if unknown."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        wanted = books.pools if pool_id is None else {pool_id: find(books, pool_id)}
        return tuple(chunk for number, book in wanted.items() for chunk in _chunks(books, number, book, now))


def find(books: Books, pool_id: int) -> PoolBook:
    """A pool's book. Raises InputError if there is none."""
    book = books.pools.get(pool_id)
    if book is None:
        raise InputError(
            f"There is no pool {pool_id}.", hint="Check the number; `trust pool list` lists them."
        )
    return book


def _chunks(books: Books, pool_id: int, book: PoolBook, now: int) -> list[PoolChunk]:
    index = book.at(now, books.clock).unit.index
    return [
        PoolChunk(
            pool_id=pool_id,
            number=number,
            start=chunk.start,
            roster=chunk.pay.roster.packed,
            seats=chunk.pay.seats,
            units=chunk.pay.units,
            vacated=tuple(sorted(chunk.pay.vacated)),
            due=chunk.pay.all_due(index - chunk.start),
        )
        for number, chunk in book.chunks.items()
    ]


def _pool(books: Books, pool_id: int, book: PoolBook, now: int) -> Pool:
    due = sum(chunk.due for chunk in _chunks(books, pool_id, book, now))
    return Pool(
        pool_id=pool_id,
        production_id=book.production_id,
        studio=books.productions[book.production_id].studio,
        manager=book.manager,
        rate_card_version=book.version,
        benefits_bps=book.benefits_bps,
        dues_bps=book.dues_bps,
        levy_bps=book.levy_bps,
        chunks=len(book.chunks),
        seats=sum(chunk.pay.seats for chunk in book.chunks.values()),
        units=book.unit.units,
        lumps=book.lumps["gross"],
        charged=book.charged["gross"],
        streamed=sum(stream.parts["gross"] for stream in book.streams),
        gross=book.entered("gross"),
        dues=book.entered("dues"),
        dues_waiting=book.dues,
        benefits=book.entered("benefits"),
        levy=book.entered("levy"),
        net=book.net,
        reserved=book.reserved,
        paid=book.paid,
        held=book.held,
        due=due,
        undivided=book.at(now, books.clock).undivided(now, books.clock),
        still_to_stream=book.to_come(now, books.clock),
        abandoned=book.abandoned,
        streams=tuple(
            PoolStreamLine(stream.start, stream.end, **stream.parts, net=stream.net.total)
            for stream in book.streams
        ),
        deal=_deal(books.deals.get(pool_id)),
        now=now,
    )


def _deal(book: DealBook | None) -> Deal | None:
    if book is None:
        return None
    return Deal(
        kind=book.kind.value,
        scene_hash=book.scene_hash,
        description_hash=book.description_hash,
        modalities=modality_names(book.modalities),
        price=book.price,
        uses=book.uses,
        uses_left=book.uses_left,
        not_before=book.not_before,
        expires=book.expires,
        signed=len(book.signed),
        revoked=len(book.revoked),
        model=book.model,
        retired=book.retired,
        closed=book.closed,
        unused=book.unused,
    )
