"""trust statement, totals: what the index says; and `trust history` (trust/cli/history.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli.command import INDEX, command
from trust.cli.entries import ENTRIES, entries
from trust.cli.history import history, write_csv
from trust.cli.params import At, Member
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, short
from trust.errors import InputError

if TYPE_CHECKING:
    from trust.views import PoolPay, Statement
    from trust.views.statements import PaydayLine

_POOL_PAY = (
    "Pool pay is net: dues and benefits were split off when the money entered the pool. It has no benefits ceiling"
    " and no agent's share."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(
        app, "history", example="trust history --production 1 --since 2026-07-01 --newest", options=INDEX
    )(history)
    command(app, "statement", example="trust statement 7", options=INDEX)(statement)
    command(app, "totals", example="trust totals", options=INDEX)(totals)


def statement(
    session: Session,
    member: Member,
    at: At = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Comma separated values; amounts in base units.")
    ] = False,
) -> Answer | None:
    """Show all that a member earned, was paid, is owed, and has still to come.

    As CSV one line for each thing earned and each payment: `net` adds up to all that was earned, `paid` to all that
    reached the wallet.
    """
    from trust.views import statement as read

    if as_csv and session.as_json:
        raise InputError("One output can't be CSV and JSON.", hint="Give --csv or --json.")
    found = read(session.index, member, at)
    found.check()
    if as_csv:
        write_csv(ENTRIES, entries(found))
        return None
    return Answer(found.as_json(), _statement_body(found))


def totals(session: Session, at: At = None) -> Answer:
    """Show all money that ever came in, what was paid out, and what is held, to the unit."""
    from trust.views import totals as read

    found = read(session.index, at)
    found.check()
    data = found.as_json()
    out, held = (_words(data[part]) for part in ("paid_out", "held"))
    body: list[str | Table] = [
        f"At {moment(found.now)}",
        *facts({"Paid in": dollars(found.paid_in)}),
        "",
        Table(("Paid out", "Dollars"), [*out, ("in all", dollars(found.paid_out.total))], frozenset({1})),
        "",
        Table(("Held", "Dollars"), [*held, ("in all", dollars(found.held.total))], frozenset({1})),
        "",
        "Paid in = paid out + held; the token's own transfers agree.",
    ]
    return Answer(data, body)


def _statement_body(found: Statement) -> list[str | Table]:
    lines = [
        (moment(line.at), str(line.production_id), _kind(line.kind, line.streamed), dollars(line.gross),
         dollars(line.dues), dollars(line.net), dollars(line.benefits))
        for line in found.lines
    ]  # fmt: skip
    sums = (found.gross, found.dues, found.gross - found.dues, found.benefits)
    in_all = ("", "", "In all", *map(dollars, sums))
    streams = [
        (str(s.production_id), f"{moment(s.start)} to {moment(s.end)}", dollars(s.total), dollars(s.earned),
         dollars(s.still_to_come))
        for s in found.streams
    ]  # fmt: skip
    head = facts(
        {
            "Statement of member": found.member_id,
            "At": moment(found.now),
            "Earned, after dues": dollars(found.net),
            "Paid to the wallet": dollars(found.paid_out),
            "Agent's share": dollars(found.agent_share),
            "Owed now": dollars(found.owed_now),
            "Due from pools": dollars(found.pools_due),
            "Still to come": dollars(found.still_to_come),
            "Benefits, paid on top": dollars(found.benefits),
        }
    )
    headings = ("Date", "Production", "For", "Gross", "Dues", "Net", "Benefits")
    body: list[str | Table] = [*head, "", Table(headings, [*lines, in_all], frozenset(range(3, 7)))]
    if streams:
        columns = ("Production", "Streams", "Net", "Earned", "Still to come")
        body += ["", Table(columns, streams, frozenset({2, 3, 4}))]
    if found.seats:
        body += ["", _seats_table(found), _POOL_PAY]
    if found.pool_consents:
        body += ["", _consents_table(found)]
    paid: list[PaydayLine | PoolPay] = [*found.paydays, *found.pool_pay]
    if paid:
        body += ["", _paid_table(sorted(paid, key=lambda pay: pay.at))]
    return body


def _seats_table(found: Statement) -> Table:
    rows = [
        (str(seat.pool_id), str(seat.production_id), f"{seat.units:,}", dollars(seat.earned),
         dollars(seat.paid), dollars(seat.due), "left" if seat.vacated else "")
        for seat in found.seats
    ]  # fmt: skip
    headings = ("Pool", "Production", "Units", "Earned, net", "Paid", "Due", "")
    return Table(headings, rows, frozenset(range(2, 6)))


def _consents_table(found: Statement) -> Table:
    rows = [
        (str(one.pool_id), _kind(one.kind, False), f"{one.units:,}", dollars(one.price), moment(one.expires),
         "revoked" if one.revoked else "closed" if one.closed else f"{one.uses_left:,} uses left")
        for one in found.pool_consents
    ]  # fmt: skip
    headings = ("Pool", "I signed", "Units", "A use, a unit", "Ends", "")
    return Table(headings, rows, frozenset({2, 3}))


def _paid_table(paid: Sequence[PaydayLine | PoolPay]) -> Table:
    rows = [
        (moment(pay.at), dollars(pay.amount), short(pay.wallet), _payer(pay),
         "held: stays owed" if pay.held else "paid")
        for pay in paid
    ]  # fmt: skip
    return Table(("Payday", "Amount", "Wallet", "From", ""), rows, frozenset({1}))


def _payer(pay: PaydayLine | PoolPay) -> str:
    pool = getattr(pay, "pool_id", None)
    return "payroll" if pool is None else f"pool {pool}"


def _kind(kind: str, streamed: bool) -> str:
    return kind.lower().replace("_", " ") + (" (stream)" if streamed else "")


def _words(sums: dict[str, int]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), dollars(amount)) for name, amount in sums.items()]
