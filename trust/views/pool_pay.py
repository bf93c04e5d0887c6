"""What pools paid, seat by seat: worked out from rosters and from how far chunks were paid. Nothing is rounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from trust.errors import InputError
from trust.index import Books, Index
from trust.index.books import MemberBook
from trust.index.tables import number
from trust.pools import lifetime
from trust.views.base import QUERIES, View, moment


@dataclass(frozen=True, slots=True)
class SeatLine(View):
    """A member's seat, net: earned = paid + due. Nothing more comes to a seat that was `vacated`.

    `seat` is the position in the chunk; `paid` holds what a wallet refused, which is owed in the member's account.
    """

    pool_id: int
    production_id: int
    chunk: int
    seat: int
    units: int
    earned: int
    paid: int
    due: int
    vacated: bool


@dataclass(frozen=True, slots=True)
class PoolPay(View):
    """What one push, or one payment of seats alone, paid one seat. `held`: the wallet could not receive."""

    at: int
    member_id: int
    pool_id: int
    production_id: int
    chunk: int
    seat: int
    amount: int
    wallet: str
    held: bool
    tx_hash: bytes
    block_number: int
    log_index: int


def seats_of(index: Index, member_id: int, now: int | None = None) -> tuple[SeatLine, ...]:
    """A member's seats at `now` (seconds; None is the index's last block). Raises InputError if unknown."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        member = _member(books, member_id)
        return tuple(_seat(books, place, now) for place in member.seats)


def pool_pay(
    index: Index, *, member: int | None = None, wallet: str | None = None, pool: int | None = None
) -> tuple[PoolPay, ...]:
    """What pools paid to a member or to a wallet, oldest first. Raises InputError unless one of both is given."""
    if (member is None) == (wallet is None):
        raise InputError("Whose pool pay?", hint="Give either a member or a wallet.")
    wallet = wallet and to_checksum_address(wallet)
    with index.reading():
        moment(index, None)
        books = index.books()
        if member is not None:
            members = [member]
        else:
            members = [row["member_id"] for row in index.rows(QUERIES["members_of"], {"wallet": wallet})]
        lines = [line for one in members for line in _lines(index, books, one, pool)]
    lines.sort(key=lambda line: (line.block_number, line.log_index, line.seat))
    return tuple(line for line in lines if wallet in (None, line.wallet))


def _member(books: Books, member_id: int) -> MemberBook:
    if member_id not in books.members:
        raise InputError(f"There is no member {member_id}.", hint="Check the number.")
    return books.members[member_id]


def _seat(books: Books, place: tuple[int, int, int], now: int) -> SeatLine:
    pool_id, chunk_number, seat = place
    book = books.pools[pool_id]
    chunk = book.chunks[chunk_number]
    due = chunk.pay.due(seat, book.at(now, books.clock).unit.index - chunk.start)
    paid = chunk.pay.paid(seat)
    return SeatLine(
        pool_id=pool_id,
        production_id=book.production_id,
        chunk=chunk_number,
        seat=seat,
        units=chunk.pay.roster.units[seat],
        earned=paid + due,
        paid=paid,
        due=due,
        vacated=seat in chunk.pay.vacated,
    )


def _lines(index: Index, books: Books, member_id: int, pool: int | None) -> Iterator[PoolPay]:
    wallets = _Wallets(index, member_id)
    for pool_id, chunk_number, seat in _member(books, member_id).seats:
        if pool not in (None, pool_id):
            continue
        book = books.pools[pool_id]
        units = book.chunks[chunk_number].pay.roster.units[seat]
        paid = 0
        for row in index.rows(QUERIES["pool_payments"], {"pool": pool_id, "chunk": chunk_number}):
            if row["seats"] is not None and seat not in json.loads(row["seats"]):
                continue
            amount = lifetime(units, number(row["earned"])) - paid
            if amount:
                held = wallets.refused(row, pool_id, amount)
                yield PoolPay(
                    at=row["timestamp"],
                    member_id=member_id,
                    pool_id=pool_id,
                    production_id=book.production_id,
                    chunk=chunk_number,
                    seat=seat,
                    amount=amount,
                    wallet=held or wallets.at(row),
                    held=held is not None,
                    tx_hash=row["tx_hash"],
                    block_number=row["block_number"],
                    log_index=row["log_index"],
                )
            paid += amount
            if row["vacated"]:
                break


class _Wallets:
    """Where a member's pay went, and what was refused."""

    def __init__(self, index: Index, member_id: int) -> None:
        self._set = index.rows(QUERIES["wallets_of"], {"member": member_id})
        self._held = index.rows(QUERIES["pool_held"], {"member": member_id})

    def at(self, row: Any) -> str:
        """The wallet in force at an event: a change that a payment brings in comes before the payment's event."""
        place = (row["block_number"], row["log_index"])
        before = [w["wallet"] for w in self._set if (w["block_number"], w["log_index"]) < place]
        return str(before[-1])

    def refused(self, row: Any, pool_id: int, amount: int) -> str | None:
        """The wallet that refused this amount in this transaction; each refusal is told once."""
        for held in self._held:
            if (held["tx_hash"], held["pool_id"], held["amount"]) == (row["tx_hash"], pool_id, amount):
                self._held.remove(held)
                return str(held["wallet"])
        return None
