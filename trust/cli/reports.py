"""trust history, statement, totals: what the index says."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import INDEX, command, option
from trust.cli.params import Member
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, short
from trust.errors import InputError
from trust.model import GrantId, MemberId, PoolId, ProductionId

if TYPE_CHECKING:
    from trust.views import PoolPay, Statement, Use
    from trust.views.statements import PaydayLine

_POOL_PAY = (
    "Pool pay is net: dues and benefits were split off when the money entered the pool. It has no benefits ceiling"
    " and no agent's share."
)
At = Annotated[int | None, option("--at", "TIME", "A later moment than the index's last block.", parse.when)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "history", example="trust history --production 1 --limit 20", options=INDEX)(history)
    command(app, "statement", example="trust statement 7", options=INDEX)(statement)
    command(app, "totals", example="trust totals", options=INDEX)(totals)


def history(
    session: Session,
    production: Annotated[
        ProductionId | None, option("--production", "NUMBER", "Only this one's.", parse.production)
    ] = None,
    member: Annotated[MemberId | None, option("--member", "NUMBER", "Only this one's.", parse.member)] = None,
    grant: Annotated[GrantId | None, option("--grant", "NUMBER", "Only this one's.", parse.grant)] = None,
    pool: Annotated[PoolId | None, option("--pool", "NUMBER", "Only this crowd's.", parse.pool)] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most uses to show.")] = 100,
    after: Annotated[
        str | None, option("--after", "BLOCK:LOG", "Go on after this use, as the page before said.")
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Comma separated values; amounts in base units.")
    ] = False,
) -> Answer | None:
    """Show uses of replicas, oldest first."""
    from trust.views import usage_history

    if as_csv and session.as_json:
        raise InputError("One output can't be CSV and JSON.", hint="Give --csv or --json.")
    page = usage_history(
        session.index,
        production=production,
        member=member,
        grant=grant,
        pool=pool,
        limit=limit,
        after=_place(after),
    )
    data = page.as_json()
    following = f"{page.next[0]}:{page.next[1]}" if page.next else None
    if as_csv:
        _write_csv(data["uses"])
        if following:
            session.say(f"There is more: --after {following}")
        return None
    more = [f"There is more: --after {following}"] if following else []
    shown = _history_table(page.uses) if page.uses else "No uses."
    return Answer(data | {"after": following}, [shown, *more])


def statement(session: Session, member: Member, at: At = None) -> Answer:
    """Show all that a member earned, was paid, is owed, and has still to come."""
    from trust.views import statement as read

    found = read(session.index, member, at)
    found.check()
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


def _history_table(uses: Sequence[Use]) -> Table:
    rows = [
        (moment(use.used_at), *_used(use), use.kind.lower().replace("_", " "), str(use.iterations),
         "" if use.output_seconds is None else str(use.output_seconds), dollars(use.gross), short(use.output_hash))
        for use in uses
    ]  # fmt: skip
    headings = ("Used", "Licence", "Grant", "Kind", "Iterations", "Seconds", "Paid", "Output")
    return Table(headings, rows, frozenset({4, 5, 6}))


def _used(use: Use) -> tuple[str, str]:
    """Whose replica, and by which grant."""
    if use.pool_id is not None:
        return f"{use.production_id}/{use.units:,} units", f"pool {use.pool_id}"
    return f"{use.production_id}/{use.member_id}", str(use.grant_id)


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


def _place(after: str | None) -> tuple[int, int] | None:
    if after is None:
        return None
    match = re.fullmatch(r"([0-9]{1,12}):([0-9]{1,9})", after)
    if not match:
        raise InputError(
            f"{after!r} is no place in the history.", hint="Give BLOCK:LOG as the page before said."
        )
    return int(match[1]), int(match[2])


def _write_csv(uses: list[dict[str, Any]]) -> None:
    from dataclasses import fields

    from trust.views import Use

    writer = csv.DictWriter(sys.stdout, [field.name for field in fields(Use)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(uses)
