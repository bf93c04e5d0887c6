"""trust pool: ensemble pools, which pay thousands by units from one deposit or stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import INDEX, WRITE, argument, command, group, option
from trust.cli.params import Pool, Production
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, short, write_result
from trust.errors import InputError
from trust.model import MemberId, Money, PoolId, ProductionId

if TYPE_CHECKING:
    from trust.nouns.handle import Result
    from trust.nouns.pools import Batch
    from trust.pools import Chunk
    from trust.views import Pool as PoolView
    from trust.views import PoolChunk

app = group("Ensemble pools: one deposit or stream pays thousands, by units.")

Amount = Annotated[Money, argument("DOLLARS", "Gross; benefits and levy come on top.", parse.amount)]
Members = Annotated[list[MemberId], argument("MEMBER", "Numbers.", parse.member)]
At = Annotated[int | None, option("--at", "TIME", "A later moment than the index's last block.", parse.when)]
_WITH_INDEX = (*WRITE, "index")


# The studio's


@command(app, "open", example="trust pool open 1 --background", options=WRITE)
def open_(
    session: Session,
    production: Production,
    background: Annotated[
        bool, typer.Option("--background", help="Benefits at the rate of background performers.")
    ] = False,
) -> Answer:
    """Open a pool at today's rate card. Sent by the production's studio."""
    result = session.sender.pools.open(production, background=background, simulate=session.simulate)
    return write_result(result, f"Pool {{id}} of production {production} opened.", session.simulate)


@command(app, "seat", example="trust pool seat 1 --roster crowd.csv", options=WRITE)
def seat(
    session: Session,
    pool: Pool,
    roster: Annotated[Path, option("--roster", "FILE.csv", "Columns member,units; one seat a line.")],
    label: Annotated[
        str, option("--label", "TEXT", "Another one seats the same file's members once more.")
    ] = "1",
) -> Answer:
    """Seat members with units. Give the same file again after an interruption: nobody is seated twice."""
    from trust.pools import read_seats

    seats = read_seats(roster)
    key = f"pool {pool} {_digest(seats)} {label}"
    with session.progress() as bar:
        task = bar.add_task("Seating", total=len(seats))
        done = session.sender.pools.seat(
            pool, seats, key=key, simulate=session.simulate, progress=lambda count: bar.advance(task, count)
        )
    units = sum(one.units for one in seats)
    data: dict[str, Any] = {"pool": pool, "seats": len(seats), "units": units}
    data["chunks"] = [chunk.number for chunk in done.chunks]
    said = f"{len(seats):,} members with {units:,} units seated in pool {pool}"
    return _sent(session, done.results, f"{said}, {len(done.chunks)} chunks.", f"{said}.", data)


@command(app, "unseat", example="trust pool unseat 1 7 8", options=_WITH_INDEX)
def unseat(session: Session, pool: Pool, members: Members) -> Answer:
    """Pay members what they earned in a pool, and empty their seats."""
    return _alone(session, pool, members, session.sender.pools.unseat)


@command(app, "fund", example="trust pool fund 1 20000", options=WRITE)
def fund(session: Session, pool: Pool, amount: Amount) -> Answer:
    """Divide dollars of the production's balance among all who sit in a pool."""
    result = session.sender.pools.fund(pool, amount, simulate=session.simulate)
    return write_result(result, f"{dollars(amount)} divided in pool {pool}.", session.simulate)


@command(app, "stream", example="trust pool stream 1 52000 --end 2027-07-01", options=WRITE)
def stream(
    session: Session,
    pool: Pool,
    amount: Amount,
    end: Annotated[int, option("--end", "TIME", "End of the stream.", parse.when)],
    start: Annotated[int | None, option("--start", "TIME", "Its start; else now.", parse.when)] = None,
) -> Answer:
    """Stream dollars of the production's balance to all who sit in a pool. It can't be cancelled."""
    result = session.sender.pools.stream(pool, amount, end, start or 0, simulate=session.simulate)
    said = f"{dollars(amount)} stream into pool {pool} until {moment(end)}."
    return write_result(result, said, session.simulate)


# Anyone's


@command(app, "push", example="trust pool push 1", options=_WITH_INDEX)
def push(
    session: Session,
    pool: Pool,
    chunk: Annotated[
        int | None, typer.Option("--chunk", min=0, help="Only this one; else all that are due.")
    ] = None,
) -> Answer:
    """Pay everybody in a pool what they earned until now. Brings the index up to date first."""
    pools = session.sender.pools
    found = [one for one in chunks_of(session, pool) if chunk in (None, one.number)]
    if chunk is not None and not found:
        raise InputError(f"Pool {pool} has no chunk {chunk}.", hint=f"See `trust pool show {pool}`.")
    results = []
    with session.progress() as bar:
        task = bar.add_task("Paying seats", total=sum(one.seats for one in found))
        for one in found:
            if pools.due(one.chunk):
                results.append(pools.push(one.chunk, simulate=session.simulate))
            bar.advance(task, one.seats)
    return _paid(session, pool, results, f"chunks {', '.join(str(one.number) for one in found) or 'none'}")


@command(app, "pay", example="trust pool pay 1 7 8", options=_WITH_INDEX)
def pay(session: Session, pool: Pool, members: Members) -> Answer:
    """Pay some members of a pool alone, what they earned until now."""
    return _alone(session, pool, members, session.sender.pools.pay_seats)


@command(app, "sweep", example="trust pool sweep 1 2", options=WRITE)
def sweep(
    session: Session,
    pools: Annotated[list[PoolId], argument("POOL", "Numbers.", parse.pool)],
) -> Answer:
    """Pass pools' dues on to the union, and what nobody is left to earn to the pipeline fund."""
    result = session.sender.pools.sweep(pools, simulate=session.simulate)
    numbers = ", ".join(map(str, pools))
    return write_result(result, f"Swept {numbers}. `trust payroll remit` sends it on.", session.simulate)


# Reports


@command(app, "list", example="trust pool list --production 1", options=INDEX)
def list_(
    session: Session,
    production: Annotated[
        ProductionId | None, option("--production", "NUMBER", "Only this one's.", parse.production)
    ] = None,
    at: At = None,
) -> Answer:
    """List pools: who sits in them, what came in, what is paid and due."""
    from trust.views import pools

    found = pools(session.index, production=production, now=at)
    if not found:
        return Answer({"pools": []}, ["No pools."])
    rows = [
        (str(one.pool_id), str(one.production_id), f"{one.seats:,}", f"{one.units:,}", dollars(one.net),
         dollars(one.paid), dollars(one.due), dollars(one.still_to_stream))
        for one in found
    ]  # fmt: skip
    headings = ("Pool", "Production", "Seats", "Units", "Members' part", "Paid", "Due now", "To come")
    return Answer(
        {"pools": [one.as_json() for one in found]}, [Table(headings, rows, frozenset({0, 1, *range(2, 8)}))]
    )


@command(app, "show", example="trust pool show 1", options=INDEX)
def show(session: Session, pool: Pool, at: At = None) -> Answer:
    """Show a pool's money and chunks, from the index, to the unit."""
    from trust.views import pool as read
    from trust.views import pool_chunks

    found = read(session.index, pool, at)
    found.check()
    chunks = pool_chunks(session.index, pool, now=at)
    data = found.as_json() | {"chunk_list": [_chunk_json(one) for one in chunks]}
    rows = [(str(one.number), f"{one.seats:,}", f"{one.units:,}", dollars(one.due)) for one in chunks]
    table = Table(("Chunk", "Seats", "Units", "Due now"), rows, frozenset(range(4)))
    return Answer(data, [*_facts(found), "", table] if rows else _facts(found))


def _facts(found: PoolView) -> list[str]:
    return facts(
        {
            "Pool": found.pool_id,
            "At": moment(found.now),
            "Production": found.production_id,
            "Run by": short(found.manager) if found.managed else f"studio {short(found.studio)}",
            "Seats": f"{found.seats:,} with {found.units:,} units",
            "Entered, gross": dollars(found.gross),
            "Dues": f"{dollars(found.dues)}, of which {dollars(found.dues_waiting)} wait for a sweep",
            "Members' part": dollars(found.net),
            "Paid": dollars(found.paid),
            "Of it refused by wallets": f"{dollars(found.held)}, owed in members' accounts",
            "Due now": dollars(found.due),
            "Too little to divide yet": dollars(found.undivided),
            "Still to stream": dollars(found.still_to_stream),
            "Abandoned": dollars(found.abandoned),
            "Benefits, on top": dollars(found.benefits),
            "Levy, on top": dollars(found.levy),
        }
    )


def _chunk_json(chunk: PoolChunk) -> dict[str, Any]:
    kept = chunk.as_json()
    del kept["roster"]
    return kept


def chunks_of(session: Session, pool: PoolId) -> Sequence[PoolChunk]:
    """The pool's chunks, from an index that has all there is."""
    from trust.index import Index
    from trust.views import pool_chunks

    node = session.reader.node
    with (
        session.busy("Bringing the index up to date..."),
        Index(session.settings.index, session.deployment, node) as index,
    ):
        index.sync()
        return pool_chunks(index, pool)


def _alone(session: Session, pool: PoolId, members: Sequence[MemberId], act: Callable[..., Batch]) -> Answer:
    by_chunk = seats_among(chunks_of(session, pool), pool, members)
    results: list[Result] = []
    with session.progress() as bar:
        task = bar.add_task("Paying seats", total=sum(map(len, by_chunk.values())))
        for chunk, some in by_chunk.items():
            done = act(
                chunk, some, simulate=session.simulate, progress=lambda count: bar.advance(task, count)
            )
            results += done.results
    numbers = ", ".join(map(str, members))
    return _paid(session, pool, results, f"member{'' if len(members) == 1 else 's'} {numbers}")


def seats_among(
    chunks: Iterable[PoolChunk], pool: PoolId, members: Sequence[MemberId]
) -> dict[Chunk, list[MemberId]]:
    """Where these members sit. Raises InputError for who doesn't."""
    wanted = set(members)
    found: dict[Chunk, list[MemberId]] = defaultdict(list)
    for one in chunks:
        chunk = one.chunk
        for position, member in enumerate(chunk.roster.members):
            if member in wanted and position not in one.vacated:
                found[chunk].append(member)
    absent = wanted - {member for some in found.values() for member in some}
    if absent:
        numbers = ", ".join(map(str, sorted(absent)))
        raise InputError(
            f"Not seated in pool {pool}: {numbers}.", hint="Check the numbers; `trust statement` shows seats."
        )
    return found


def _paid(session: Session, pool: PoolId, results: Sequence[Result], whom: str) -> Answer:
    events = [event for result in results for event in result.events]
    payments = ("PoolPushed", "SeatsPaid", "SeatsVacated")
    paid = sum(event.args["paid"] for event in events if event.name in payments)
    held = [event.args for event in events if event.name == "PoolPayHeld"]
    data = {"pool": pool, "paid": paid, "held": sum(one["amount"] for one in held)}
    said = f"Paid {dollars(paid)} to {whom} of pool {pool}." if results else f"Nothing is due in pool {pool}."
    answer = _sent(session, results, said, f"pay {whom} of pool {pool}.", data)
    if not held:
        return answer
    refused = f"{len(held)} wallets could not receive {dollars(data['held'])}; paydays try it again."
    return Answer(answer.data, [answer.body[0], refused, *answer.body[1:]])


def _sent(
    session: Session, results: Sequence[Result], said: str, simulated: str, data: dict[str, Any]
) -> Answer:
    sent = [
        {"transaction": one.receipt.hash, "gas_used": one.gas_used}
        for one in results
        if one.receipt is not None
    ]
    data |= {"simulated": session.simulate, "transactions": sent}
    if session.simulate:
        return Answer(data, [f"Simulated, nothing sent. It would succeed: {simulated}"])
    return Answer(
        data, [said, *(f"Transaction {one['transaction']}, gas {one['gas_used']:,}." for one in sent)]
    )


def _digest(seats: Iterable[Any]) -> str:
    from hashlib import sha256

    lines = "\n".join(f"{seat.member},{seat.units}" for seat in sorted(seats))
    return sha256(lines.encode()).hexdigest()[:32]
