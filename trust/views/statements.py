"""A member's statement of earnings: every line, and sums that agree to the unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trust.errors import IndexFault, InputError
from trust.index import Books, Index
from trust.index.books import StreamBook
from trust.views.base import CHARGES, PREMIUM, QUERIES, View, moment
from trust.views.pool_consents import PoolConsent, pool_consents
from trust.views.pool_pay import PoolPay, SeatLine, pool_pay, seats_of


@dataclass(frozen=True, slots=True)
class Line(View):
    """Something earned. net = gross - dues; the studio pays benefits on top.

    A stream has one line, dated when it opened, with what its finished cycles paid until now.
    """

    at: int
    production_id: int
    kind: str
    ref: int | bytes
    streamed: bool
    gross: int
    dues: int
    net: int
    benefits: int
    tx_hash: bytes
    block_number: int
    log_index: int


@dataclass(frozen=True, slots=True)
class StreamLine(View):
    """A stream, net: total = earned + still_to_come + returned; `this_cycle` is part of `still_to_come`.

    `returned` went back to the production when a restatement cut the stream, from cycle `cut_from` on.
    """

    production_id: int
    ref: int | bytes
    start: int
    end: int
    gross: int
    total: int
    earned: int
    this_cycle: int
    still_to_come: int
    returned: int
    cut_from: int | None


@dataclass(frozen=True, slots=True)
class PaydayLine(View):
    """A payday. `held`: the wallet could not receive, and the amount stayed owed."""

    at: int
    wallet: str
    amount: int
    agent_share: int
    dues: int
    through_cycle: int
    held: bool
    tx_hash: bytes


@dataclass(frozen=True, slots=True)
class KindTotal(View):
    kind: str
    gross: int
    dues: int
    net: int
    benefits: int


@dataclass(frozen=True, slots=True)
class Statement(View):
    """All a member ever earned, until `now`. Amounts in base units.

    net = paid_out + agent_share + owed_now + pools_due, and net = gross - dues + pools_net. `streaming_now` is
    the net pay of the present cycle, due when it ends; `still_to_come` that of this cycle and all later ones.

    Pool pay (`pools_net`) is net: dues and benefits were split off when the money entered the pool. It has no
    benefits ceiling and no agent's share. `paid_out` is what paydays and pools sent to the wallet; what a pool
    could not send (`held`) is in `owed_now`; `pools_due` is what pools would pay now.
    """

    member_id: int
    wallet: str
    now: int
    cycle: int
    lines: tuple[Line, ...]
    totals: tuple[KindTotal, ...]
    gross: int
    dues: int
    net: int
    benefits: int
    agent: str
    agent_bps: int
    agent_share: int
    paydays: tuple[PaydayLine, ...]
    paid_out: int
    owed_now: int
    streams: tuple[StreamLine, ...]
    streaming_now: int
    still_to_come: int
    seats: tuple[SeatLine, ...]
    pool_consents: tuple[PoolConsent, ...]
    pool_pay: tuple[PoolPay, ...]
    pools_net: int
    pools_due: int

    def check(self) -> None:
        """Raises IndexFault unless every sum agrees with its parts."""
        sent = [payday.amount for payday in self.paydays if not payday.held]
        sent += [pay.amount for pay in self.pool_pay if not pay.held]
        sums = {
            "lines": all(line.net == line.gross - line.dues for line in self.lines),
            "net": self.net == self.gross - self.dues + self.pools_net,
            "gross": self.gross == sum(line.gross for line in self.lines),
            "dues": self.dues == sum(line.dues for line in self.lines),
            "benefits": self.benefits == sum(line.benefits for line in self.lines),
            "totals": all(
                getattr(self, name) == sum(getattr(total, name) for total in self.totals)
                for name in ("gross", "dues", "benefits")
            ),
            "kinds": all(total.net == total.gross - total.dues for total in self.totals),
            "paid out": self.paid_out == sum(sent),
            "net pay": self.net == self.paid_out + self.agent_share + self.owed_now + self.pools_due,
            "streams": all(s.total == s.earned + s.still_to_come + s.returned for s in self.streams),
            "streamed": sum(line.net for line in self.lines if line.streamed)
            == sum(stream.earned for stream in self.streams),
            "still to come": self.still_to_come == sum(stream.still_to_come for stream in self.streams),
            "this cycle": self.streaming_now == sum(stream.this_cycle for stream in self.streams),
            "seats": self.pools_net == sum(seat.earned for seat in self.seats),
            "pool pay": sum(pay.amount for pay in self.pool_pay) == sum(seat.paid for seat in self.seats),
            "due from pools": self.pools_due == sum(seat.due for seat in self.seats),
        }
        wrong = [name for name, agrees in sums.items() if not agrees]
        if wrong:
            raise IndexFault(f"The statement of member {self.member_id} doesn't add up: {', '.join(wrong)}.")


def statement(index: Index, member_id: int, now: int | None = None) -> Statement:
    """The statement at `now` (Unix seconds; None is the index's last block). Raises InputError if unknown."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        if member_id not in books.members:
            raise InputError(f"There is no member {member_id}.", hint="Check the number.")
        today = books.clock.cycle_at(now)
        member, _ = books.members[member_id].at(today)
        lines = tuple(sorted(_lines(index, books, member_id, today), key=_place))
        paydays = tuple(sorted(_paydays(index, member_id), key=lambda payday: payday.at))
        seats, pay = seats_of(index, member_id, now), pool_pay(index, member=member_id)
        pools_net = sum(seat.earned for seat in seats)
        pending = member.pending_wallet is not None and now >= member.pending_from
        return Statement(
            member_id=member_id,
            wallet=member.pending_wallet if pending and member.pending_wallet else member.wallet,
            now=now,
            cycle=today,
            lines=lines,
            totals=_totals(lines),
            gross=sum(line.gross for line in lines),
            dues=sum(line.dues for line in lines),
            net=sum(line.net for line in lines) + pools_net,
            benefits=sum(line.benefits for line in lines),
            agent=member.agent,
            agent_bps=member.agent_bps,
            agent_share=member.agent_share,
            paydays=paydays,
            paid_out=member.paid + sum(seat.paid for seat in seats) - member.pool_held,
            owed_now=member.owed,
            streams=tuple(_stream(stream, today) for stream in books.streams_of(member=member_id)),
            streaming_now=member.track.pays(today),
            still_to_come=member.track.remaining(today),
            seats=seats,
            pool_consents=pool_consents(books, member_id),
            pool_pay=pay,
            pools_net=pools_net,
            pools_due=sum(seat.due for seat in seats),
        )


def _lines(index: Index, books: Books, member_id: int, today: int) -> Iterator[Line]:
    parameters = {"production": None, "member": member_id, "licence": None}
    for row in index.rows(QUERIES["charges"], parameters):
        yield Line(
            at=row["timestamp"],
            production_id=row["production_id"],
            kind=CHARGES[row["kind"]],
            ref=row["ref"],
            streamed=False,
            gross=row["gross"],
            dues=row["dues"],
            net=row["gross"] - row["dues"],
            benefits=row["benefits"],
            tx_hash=row["tx_hash"],
            block_number=row["block_number"],
            log_index=row["log_index"],
        )
    for stream in books.streams_of(member=member_id):
        net, dues, benefits = stream.earned(today)
        yield Line(
            at=stream.timestamp,
            production_id=stream.production_id,
            kind=PREMIUM,
            ref=stream.ref,
            streamed=True,
            gross=net + dues,
            dues=dues,
            net=net,
            benefits=benefits,
            tx_hash=bytes.fromhex(stream.tx_hash[2:]),
            block_number=stream.opened[0],
            log_index=stream.opened[1],
        )


def _stream(stream: StreamBook, today: int) -> StreamLine:
    total = stream.terms.gross - stream.terms.dues
    earned, to_come = stream.earned(today)[0], stream.to_come(today)
    return StreamLine(
        production_id=stream.production_id,
        ref=stream.ref,
        start=stream.terms.start,
        end=stream.terms.end,
        gross=stream.terms.gross,
        total=total,
        earned=earned,
        this_cycle=stream.pays(today),
        still_to_come=to_come,
        returned=stream.returned["gross"] - stream.returned["dues"] if stream.returned else 0,
        cut_from=stream.cut_from,
    )


def _paydays(index: Index, member_id: int) -> Iterator[PaydayLine]:
    for query, held in (("paydays", False), ("held", True)):
        for row in index.rows(QUERIES[query], {"member": member_id}):
            yield PaydayLine(
                at=row["timestamp"],
                wallet=row["wallet"],
                amount=row["amount"],
                agent_share=row["agent_share"],
                dues=row["dues"],
                through_cycle=row["through_cycle"],
                held=held,
                tx_hash=row["tx_hash"],
            )


def _totals(lines: tuple[Line, ...]) -> tuple[KindTotal, ...]:
    found: dict[str, dict[str, int]] = {}
    for line in lines:
        total = found.setdefault(line.kind, dict.fromkeys(("gross", "dues", "net", "benefits"), 0))
        for name in total:
            total[name] += getattr(line, name)
    return tuple(KindTotal(kind, **found[kind]) for kind in CHARGES if kind in found)


def _place(line: Any) -> tuple[int, int]:
    return line.block_number, line.log_index
