"""One production: what it owes and what it spent."""

from __future__ import annotations

from dataclasses import dataclass

from trust.errors import IndexFault, InputError
from trust.index import Books, Index
from trust.index.pool_books import PoolBook
from trust.views.base import CHARGES, POOL, PREMIUM, QUERIES, View, moment
from trust.views.licences import state_of


@dataclass(frozen=True, slots=True)
class Spent(View):
    """What one kind of charge cost, base units: `gross` holds the `dues`; benefits and levy come on top.

    Streams count in full when they open, less what a restatement took back. All that entered ensemble pools
    is of the kind POOL.
    """

    kind: str
    gross: int
    dues: int
    benefits: int
    levy: int


@dataclass(frozen=True, slots=True)
class LicenceLine(View):
    licence_id: int
    member_id: int
    state: str
    expires: int


@dataclass(frozen=True, slots=True)
class GrantLine(View):
    """A grant with what its caps still allow; `premium` and `arrears` are gross."""

    grant_id: int
    member_id: int
    scene_hash: bytes
    not_before: int
    expires: int
    iterations_left: int
    seconds_left: int
    revoked: bool
    closed: bool
    premium: int
    arrears: int


@dataclass(frozen=True, slots=True)
class Production(View):
    """A production at `now`. Amounts in base units.

    `benefits` and `levy` are owed to plan and fund and not yet swept; `streaming_now` is the net pay of this
    cycle, `still_to_stream` that of this cycle and all later ones.
    """

    production_id: int
    studio: str
    identifier_hash: bytes
    starts: int
    ends: int
    breakdown_root: bytes
    reporter: str
    cancelled_at: int | None
    on_strike: bool
    funded: int
    taken_back: int
    spent: tuple[Spent, ...]
    free: int
    reserved: int
    benefits: int
    levy: int
    in_arrears: bool
    arrears: int
    streaming_now: int
    still_to_stream: int
    licences: tuple[LicenceLine, ...]
    grants: tuple[GrantLine, ...]
    pools: tuple[int, ...]
    uses: int
    iterations: int
    output_seconds: int
    now: int

    def check(self) -> None:
        """Raises IndexFault unless what came in is what was spent, given back, reserved and free."""
        cost = sum(spent.gross + spent.benefits + spent.levy for spent in self.spent)
        if self.funded != self.taken_back + cost + self.reserved + self.free:
            raise IndexFault(f"The books of production {self.production_id} don't balance.")


def production(index: Index, production_id: int, now: int | None = None) -> Production:
    """The production at `now` (seconds; None is the index's last block). Raises InputError if unknown."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        book = books.productions.get(production_id)
        if book is None:
            raise InputError(f"There is no production {production_id}.", hint="Check the number.")
        today = books.clock.cycle_at(now)
        streams = list(books.streams_of(production=production_id))
        (uses,) = index.rows(QUERIES["uses_of_production"], {"production": production_id})
        return Production(
            production_id=production_id,
            studio=book.studio,
            identifier_hash=book.identifier_hash,
            starts=book.starts,
            ends=book.ends,
            breakdown_root=book.root,
            reporter=book.reporter,
            cancelled_at=book.cancelled_at,
            on_strike=bool(book.strikes) and book.strikes[-1][1] is None,
            funded=book.funded,
            taken_back=book.taken_back,
            spent=_spent(index, books, production_id),
            free=book.free,
            reserved=book.reserved,
            benefits=book.benefits,
            levy=book.levy,
            in_arrears=book.in_arrears,
            arrears=book.arrears,
            streaming_now=sum(stream.pays(today) for stream in streams),
            still_to_stream=sum(stream.to_come(today) for stream in streams),
            licences=_licences(books, production_id, now),
            grants=_grants(books, production_id),
            pools=tuple(number for number, _ in _pools(books, production_id)),
            uses=uses["uses"],
            iterations=uses["iterations"],
            output_seconds=uses["seconds"],
            now=now,
        )


def _spent(index: Index, books: Books, production_id: int) -> tuple[Spent, ...]:
    sums = {kind: dict.fromkeys(("gross", "dues", "benefits", "levy"), 0) for kind in CHARGES}
    for row in index.rows(QUERIES["spent"], {"production": production_id}):
        for name in sums[CHARGES[row["kind"]]]:
            sums[CHARGES[row["kind"]]][name] += row[name]
    for stream in books.streams_of(production=production_id):
        for name in sums[PREMIUM]:
            sums[PREMIUM][name] += getattr(stream.terms, name) - stream.returned.get(name, 0)
    sums[POOL] = {
        name: sum(pool.entered(name) for _, pool in _pools(books, production_id)) for name in sums[PREMIUM]
    }
    return tuple(Spent(kind, **parts) for kind, parts in sums.items() if any(parts.values()))


def _pools(books: Books, production_id: int) -> list[tuple[int, PoolBook]]:
    return [(number, pool) for number, pool in books.pools.items() if pool.production_id == production_id]


def _licences(books: Books, production_id: int, now: int) -> tuple[LicenceLine, ...]:
    production = books.productions[production_id]
    return tuple(
        LicenceLine(number, book.member_id, state_of(book, production, now), book.expires)
        for number, book in books.licences.items()
        if book.production_id == production_id
    )


def _grants(books: Books, production_id: int) -> tuple[GrantLine, ...]:
    return tuple(
        GrantLine(
            grant_id=number,
            member_id=book.member_id,
            scene_hash=book.scene_hash,
            not_before=book.terms["notBefore"],
            expires=book.expires,
            iterations_left=book.iterations_left,
            seconds_left=book.seconds_left,
            revoked=book.revoked,
            closed=book.closed,
            premium=book.premium,
            arrears=book.arrears,
        )
        for number, book in books.grants.items()
        if book.production_id == production_id
    )
