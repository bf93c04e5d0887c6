"""trust production: registration, money, schedule, reporters, strikes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse
from trust.cli.command import INDEX, READ, WRITE, argument, command, group, option
from trust.cli.params import At, Production, SaltFile, Screenplay
from trust.cli.screenplay import private_breakdown
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, short, spoken, write_result
from trust.errors import InputError
from trust.model import Money, ProductionId

if TYPE_CHECKING:
    from trust.views import Production as Account

app = group("Productions: a studio's pictures, their schedule and their money.")

Starts = Annotated[int, option("--starts", "TIME", "First moment of the schedule.", parse.when)]
Ends = Annotated[int, option("--ends", "TIME", "End of the schedule.", parse.when)]
Amount = Annotated[Money, argument("DOLLARS", "Like 250000 or 1234.56.", parse.amount)]
Reporter = Annotated[
    str | None, option("--reporter", "ADDRESS", "Hot key that may only report usage.", parse.address)
]
_STATUS = ("none", "active", "cancelled")


@command(app, "admit", example="trust production admit 0x...", options=WRITE)
def admit(
    session: Session,
    studio: Annotated[str, argument("STUDIO", "The studio's address.", parse.address)],
    expel: Annotated[bool, typer.Option("--expel", help="Take the admission back.")] = False,
) -> Answer:
    """Admit a studio, or take that back. Sent by the enroller."""
    result = session.sender.productions.admit_studio(studio, not expel, simulate=session.simulate)
    return write_result(result, f"Studio {studio} {'expelled' if expel else 'admitted'}.", session.simulate)


@command(
    app, "register", options=WRITE,
    example="trust production register 10.5240/... --screenplay script.fountain --salt-file production.salt"
    " --starts 2026-07-01 --ends 2028-07-01",
)  # fmt: skip
def register(
    session: Session,
    identifier: Annotated[str, argument("IDENTIFIER", "EIDR or ISAN.")],
    screenplay: Screenplay,
    salt_file: SaltFile,
    starts: Starts,
    ends: Ends,
    reporter: Reporter = None,
) -> Answer:
    """Register a production by its EIDR or ISAN, with the breakdown of its script. Sent by the studio."""
    from trust.identifiers import parse as parse_identifier

    canonical = parse_identifier(identifier).canonical
    script, tree = private_breakdown(screenplay, salt_file)
    result = session.sender.productions.register(
        canonical, starts, ends, tree.root, reporter, simulate=session.simulate
    )
    said = f"Production {{id}} registered: {canonical}, {len(script.scenes)} scenes."
    return write_result(result, said, session.simulate, identifier=canonical, root=tree.root)


@command(
    app, "breakdown", options=WRITE,
    example="trust production breakdown 1 --screenplay draft2.fountain --salt-file production.salt",
)  # fmt: skip
def breakdown(
    session: Session, production: Production, screenplay: Screenplay, salt_file: SaltFile
) -> Answer:
    """Replace the breakdown by a new draft's. Grants that were made stay."""
    script, tree = private_breakdown(screenplay, salt_file)
    result = session.sender.productions.set_breakdown(production, tree.root, simulate=session.simulate)
    said = f"Breakdown of production {production} replaced: {len(script.scenes)} scenes."
    return write_result(result, said, session.simulate, root=tree.root)


@command(app, "fund", example="trust production fund 1 250000", options=WRITE)
def fund(session: Session, production: Production, amount: Amount) -> Answer:
    """Move dollars from the sender to the production's account."""
    trust = session.sender
    held = trust.payroll.balance(trust.account.address) if trust.account else Money(0)
    if held < amount:
        raise InputError(
            f"The sender holds {dollars(held)}, not {dollars(amount)}.",
            hint="Send dollars to its address first, or fund with less.",
        )
    result = trust.payroll.fund(production, amount, simulate=session.simulate)
    return write_result(result, f"Production {production} funded with {dollars(amount)}.", session.simulate)


@command(app, "show", example="trust production show 1", options=READ)
def show(session: Session, production: Production) -> Answer:
    """Show a production's studio, schedule, status and account."""
    trust = session.reader
    found = trust.productions.get(production)
    if not found["status"]:
        raise InputError(f"There is no production {production}.", hint="Productions are numbered from 1.")
    account = trust.payroll.production(production)
    arrears = trust.handle.read("SubstitutionPremiums", "arrearsOf", production)
    struck = trust.handle.read("Productions", "struckAt", production, trust.handle.now())
    lines = facts(
        {
            "Production": production,
            "Studio": found["studio"],
            "Schedule": f"{moment(found['starts'])} to {moment(found['ends'])}",
            "Status": _STATUS[found["status"]] + (", on strike" if struck else ""),
            "Free": dollars(account["free"]),
            "Reserved": dollars(account["reserved"]),
            "Benefits set aside": dollars(account["benefits"]),
            "Levy set aside": dollars(account["levy"]),
            "Arrears": dollars(arrears),
        }
    )
    data = {"production": production, **found, "struck": struck, "account": account, "arrears": arrears}
    return Answer(data | {"status": _STATUS[found["status"]]}, lines)


@command(app, "account", example="trust production account 1", options=INDEX)
def account(session: Session, production: Production, at: At = None) -> Answer:
    """Show what a production put in, spent and owes, its licences and its grants, as the index says."""
    from trust.views import production as read

    found = read(session.index, production, at)
    found.check()
    return Answer(found.as_json(), _account_body(found))


@command(
    app,
    "reschedule",
    example="trust production reschedule 1 --starts 2026-07-01 --ends 2029-01-01",
    options=WRITE,
)
def reschedule(session: Session, production: Production, starts: Starts, ends: Ends) -> Answer:
    """Change the schedule; licences keep their own end."""
    result = session.sender.productions.reschedule(production, starts, ends, simulate=session.simulate)
    return write_result(result, f"Production {production} rescheduled.", session.simulate)


@command(app, "cancel", example="trust production cancel 1 --yes", options=WRITE)
def cancel(
    session: Session,
    production: Production,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good.")] = False,
) -> Answer:
    """Cancel a production for good: its licences and training end, what was earned stays owed."""
    if not yes and not session.simulate:
        raise InputError("A cancelled production never comes back.", hint="Add --yes, or --simulate to try.")
    result = session.sender.productions.cancel(production, simulate=session.simulate)
    return write_result(result, f"Production {production} cancelled.", session.simulate)


@command(app, "reporter", example="trust production reporter 1 0x... --primary", options=WRITE)
def reporter(
    session: Session,
    production: Production,
    address: Annotated[str, argument("ADDRESS", "The reporter's address.", parse.address)],
    primary: Annotated[
        bool, typer.Option("--primary", help="Make it the one whose reports cost least.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Forbid it instead.")] = False,
) -> Answer:
    """Allow a key to report usage, and nothing else; or forbid it."""
    if primary and remove:
        raise InputError("A reporter can't be made primary and removed at once.", hint="Give one of them.")
    productions = session.sender.productions
    if primary:
        result = productions.set_primary_reporter(production, address, simulate=session.simulate)
    else:
        result = productions.set_reporter(production, address, not remove, simulate=session.simulate)
    said = f"Reporter {address} {'removed' if remove else 'set'} for production {production}."
    return write_result(result, said, session.simulate)


@command(app, "take-back", example="trust production take-back 1 5000 --to 0x...", options=WRITE)
def take_back(
    session: Session,
    production: Production,
    amount: Amount,
    to: Annotated[str, option("--to", "ADDRESS", "Where it goes.", parse.address)],
) -> Answer:
    """Give the studio back what is neither owed nor reserved."""
    result = session.sender.payroll.take_back(production, amount, to, simulate=session.simulate)
    return write_result(result, f"{dollars(amount)} went back to {to}.", session.simulate)


@command(app, "strike", example="trust production strike 1 2", options=WRITE)
def strike(
    session: Session,
    productions: Annotated[list[ProductionId], argument("PRODUCTION", "Numbers.", parse.production)],
    end: Annotated[bool, typer.Option("--end", help="End the strike instead.")] = False,
) -> Answer:
    """Halt use at these productions, or end that. Sent by the strike committee."""
    service = session.sender.productions
    run = service.end_strike if end else service.declare_strike
    result = run(productions, simulate=session.simulate)
    numbers = ", ".join(map(str, productions))
    return write_result(result, f"Strike {'ended' if end else 'declared'} at {numbers}.", session.simulate)


def _account_body(found: Account) -> list[str | Table]:
    head = {
        "Production": found.production_id,
        "At": moment(found.now),
        "Put in": dollars(found.funded),
        "Taken back": dollars(found.taken_back),
        "Free": dollars(found.free),
        "Reserved": dollars(found.reserved),
        "Arrears": dollars(found.arrears),
        "Streams this cycle": dollars(found.streaming_now),
        "Still to stream": dollars(found.still_to_stream),
        "Uses": f"{found.uses:,}, {found.iterations:,} iterations, {found.output_seconds:,} seconds",
    }
    spent = [
        (spoken(one.kind), dollars(one.gross), dollars(one.benefits), dollars(one.levy))
        for one in found.spent
    ]
    licences = [(str(one.member_id), spoken(one.state), moment(one.expires)) for one in found.licences]
    grants = [
        (str(one.grant_id), str(one.member_id), short(one.scene_hash), moment(one.expires),
         f"{one.iterations_left:,}", dollars(one.premium),
         "closed" if one.closed else "revoked" if one.revoked else "")
        for one in found.grants
    ]  # fmt: skip
    body: list[str | Table] = [*facts(head)]
    for columns, rows, right in (
        (("Spent on", "Gross", "Benefits, on top", "Levy, on top"), spent, {1, 2, 3}),
        (("Member", "Licence", "Until"), licences, set()),
        (("Grant", "Member", "Scene", "Until", "Iterations left", "Premium", ""), grants, {4, 5}),
    ):
        body += ["", Table(columns, rows, frozenset(right))] if rows else []
    return body
