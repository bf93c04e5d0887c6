"""Pools' events into books, with the arithmetic of contracts/EnsemblePools.sol.

What each seat is paid is in no event: it follows from the roster and from how far a unit's earnings were paid.
Every sum that an event does give is checked against what follows.
"""

from __future__ import annotations

from trust.errors import InputError
from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.fold_facts import Handler
from trust.index.fold_payroll import check_account, contradiction
from trust.index.pool_books import PARTS, ChunkBook, PoolBook, PoolStream


def _pool(books: Books, event: IndexedEvent) -> PoolBook:
    """The pool, settled until the event."""
    pool = books.pools[event.args["poolId"]]
    if pool.unit.loose and event.name != "SeatsVacated":
        raise contradiction(event, f"comes though {pool.unit.loose} was swept that nobody left")
    pool.settle(event.timestamp, books.clock)
    return pool


def _chunk(pool: PoolBook, event: IndexedEvent) -> ChunkBook:
    """The chunk that is paid; what a unit earned must be what follows from all before."""
    chunk = pool.chunks[event.args["chunk"]]
    earned = pool.unit.index - chunk.start
    if event.args["earned"] != earned:
        raise contradiction(event, f"says a unit earned {event.args['earned']}, where it earned {earned}")
    return chunk


def _parts(event: IndexedEvent) -> dict[str, int]:
    return {name: event.args[name] for name in PARTS}


def _opened(books: Books, event: IndexedEvent) -> None:
    a = event.args
    if a["productionId"] not in books.productions:
        raise contradiction(event, f"refers to production {a['productionId']}, which never was")
    books.pools[a["poolId"]] = PoolBook(
        production_id=a["productionId"],
        manager=a["manager"],
        version=a["rateCardVersion"],
        benefits_bps=a["benefitsBps"],
        dues_bps=a["duesBps"],
        levy_bps=a["levyBps"],
    )


# Seats


def _seated(books: Books, event: IndexedEvent) -> None:
    a, pool = event.args, _pool(books, event)
    try:
        chunk = ChunkBook.seat(a["start"], (event.block_number, event.log_index), a["roster"])
    except InputError as cause:
        raise contradiction(event, f"seats what no roster can hold ({cause.message})") from cause
    units = chunk.pay.units
    if (a["start"], a["units"]) != (pool.unit.index, units):
        raise contradiction(
            event, f"starts {a['units']} units at {a['start']}, where {units} start at {pool.unit.index}"
        )
    pool.chunks[a["chunk"]] = chunk
    pool.unit.units += units
    for position, member in enumerate(chunk.pay.roster.members):
        books.members[member].seats.append((a["poolId"], a["chunk"], position))


def _vacated(books: Books, event: IndexedEvent) -> None:
    pool = _pool(books, event)
    chunk = _chunk(pool, event)
    paid, units, fractions = chunk.pay.vacate(event.args["seats"], event.args["earned"])
    pool.unit.leave(units, fractions)
    if pool.unit.loose:
        raise contradiction(event, f"leaves {pool.unit.loose} that is nobody's and was not swept")
    _pay(pool, event, paid)


def _seats_paid(books: Books, event: IndexedEvent) -> None:
    pool = _pool(books, event)
    _pay(pool, event, _chunk(pool, event).pay.pay(event.args["seats"], event.args["earned"]))


def _pushed(books: Books, event: IndexedEvent) -> None:
    pool = _pool(books, event)
    _pay(pool, event, _chunk(pool, event).pay.push(event.args["earned"]))


def _pay(pool: PoolBook, event: IndexedEvent, paid: int) -> None:
    if event.args["paid"] != paid:
        raise contradiction(event, f"pays {event.args['paid']}, where {paid} is due")
    pool.paid += paid


def _held(books: Books, event: IndexedEvent) -> None:
    amount = event.args["amount"]
    member = books.members[event.args["memberId"]]
    member.owed += amount
    member.pool_held += amount
    books.pools[event.args["poolId"]].held += amount


# Money


def _funded(books: Books, event: IndexedEvent) -> None:
    pool, parts = _pool(books, event), _parts(event)
    _take(books, event, pool, parts, "free")
    _divide(event, pool, pool.lumps, parts)


def _charged(books: Books, event: IndexedEvent) -> None:
    pool, parts = _pool(books, event), _parts(event)
    pool.reserved -= parts["gross"] + parts["benefits"] + parts["levy"]
    _take(books, event, pool, parts, "reserved")
    _divide(event, pool, pool.charged, parts)


def _streamed(books: Books, event: IndexedEvent) -> None:
    pool, parts = _pool(books, event), _parts(event)
    stream = PoolStream.open(event.args["start"], event.args["end"], parts, books.clock)
    _take(books, event, pool, parts, "free")
    pool.dues += parts["dues"]
    pool.streams.append(stream)
    pool.track.add(stream.net)


def _take(books: Books, event: IndexedEvent, pool: PoolBook, parts: dict[str, int], lane: str) -> None:
    """Out of a lane of the production's account; benefits and levy wait there to be remitted."""
    account = books.productions[pool.production_id]
    cost = parts["gross"] + parts["benefits"] + parts["levy"]
    setattr(account, lane, getattr(account, lane) - cost)
    account.benefits += parts["benefits"]
    account.levy += parts["levy"]
    check_account(account, event)


def _divide(event: IndexedEvent, pool: PoolBook, sums: dict[str, int], parts: dict[str, int]) -> None:
    if not pool.unit.units:
        raise contradiction(event, "divides among nobody")
    for name in PARTS:
        sums[name] += parts[name]
    pool.dues += parts["dues"]
    pool.unit.distribute(parts["gross"] - parts["dues"])


def _reserved(books: Books, event: IndexedEvent) -> None:
    _reserve(books, event, event.args["held"])


def _released(books: Books, event: IndexedEvent) -> None:
    _reserve(books, event, -event.args["held"])


def _reserve(books: Books, event: IndexedEvent, amount: int) -> None:
    pool = books.pools[event.args["poolId"]]
    account = books.productions[pool.production_id]
    account.free -= amount
    account.reserved += amount
    pool.reserved += amount
    check_account(account, event)
    if pool.reserved < 0:
        raise contradiction(event, "releases more than was reserved")


def _swept(books: Books, event: IndexedEvent) -> None:
    """By a sweep; or because all who still sit are leaving, which the next event tells, and then dues stay."""
    pool, abandoned = _pool(books, event), event.args["abandoned"]
    leaving = pool.unit.units > 0 and abandoned > 0
    dues, unwanted = (0, abandoned) if leaving else (pool.dues, pool.unwanted(event.timestamp, books.clock))
    if (event.args["dues"], abandoned) != (dues, unwanted):
        raise contradiction(event, f"sweeps other sums than dues of {dues} and {unwanted} that is nobody's")
    if leaving:
        pool.unit.loose -= abandoned
    else:
        pool.streamed += abandoned
    books.side.owed["dues"] += dues
    books.productions[pool.production_id].levy += abandoned
    pool.dues -= dues
    pool.dues_swept += dues
    pool.abandoned += abandoned


HANDLERS: dict[str, Handler] = {
    "PoolOpened": _opened,
    "PoolSeated": _seated,
    "SeatsVacated": _vacated,
    "SeatsPaid": _seats_paid,
    "PoolPushed": _pushed,
    "PoolPayHeld": _held,
    "PoolFunded": _funded,
    "PoolStreamOpened": _streamed,
    "PoolReserved": _reserved,
    "PoolCharged": _charged,
    "PoolReleased": _released,
    "PoolSwept": _swept,
}
