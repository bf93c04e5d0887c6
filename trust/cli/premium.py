"""trust premium: savings statements and what they start."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import READ, WRITE, command, group, option
from trust.cli.licence import slashed
from trust.cli.params import ConsentFile, Grant, Production
from trust.cli.session import Session
from trust.cli.show import Answer, dollars, facts, write_result
from trust.model import Money, Savings, licence_id

app = group("Substitution premiums: the member's share of what a double saved.")

_WEEK_SECONDS = 7 * 86_400
Zero = Money(0)


def _saved(name: str) -> Any:
    return option(f"--{name}", "DOLLARS", f"Saved on {name}, in all until now.", parse.amount)


Travel = Annotated[Money, _saved("travel")]
Lodging = Annotated[Money, _saved("lodging")]
Insurance = Annotated[Money, _saved("insurance")]
Overtime = Annotated[Money, _saved("overtime")]
Reshoots = Annotated[Money, _saved("reshoots")]
Other = Annotated[Money, _saved("other")]


@command(
    app, "file",
    example="trust premium file 3 --travel 12000 --insurance 40000 --evidence @savings.xlsx --weeks 26",
    options=WRITE,
)  # fmt: skip
def file(
    session: Session,
    grant: Grant,
    evidence: Annotated[bytes, option("--evidence", "HASH", "0x hash, or @FILE.", parse.hash32)],
    weeks: Annotated[int, typer.Option(min=1, help="How long the premium streams.")],
    travel: Travel = Zero,
    lodging: Lodging = Zero,
    insurance: Insurance = Zero,
    overtime: Overtime = Zero,
    reshoots: Reshoots = Zero,
    other: Other = Zero,
) -> Answer:
    """File what the double saved in all until now; the premium starts to stream. Sent by the studio."""
    savings = Savings(travel, lodging, insurance, overtime, reshoots, other)
    trust = session.sender
    premium = trust.premiums.premium_for(grant, savings)
    result = trust.premiums.file(grant, savings, evidence, weeks * _WEEK_SECONDS, simulate=session.simulate)
    said = f"Savings of {dollars(savings.total)} stated: a premium of {dollars(premium)} over {weeks} weeks."
    return write_result(result, said, session.simulate, premium=premium, savings=savings.as_struct())


@command(app, "quote", example="trust premium quote 3 --travel 12000 --insurance 40000", options=READ)
def quote(
    session: Session,
    grant: Grant,
    travel: Travel = Zero,
    lodging: Lodging = Zero,
    insurance: Insurance = Zero,
    overtime: Overtime = Zero,
    reshoots: Reshoots = Zero,
    other: Other = Zero,
) -> Answer:
    """Show what a statement of these savings would make the premium."""
    savings = Savings(travel, lodging, insurance, overtime, reshoots, other)
    trust = session.reader
    premium, floor = trust.premiums.premium_for(grant, savings), trust.scenes.floor(grant)
    so_far = trust.handle.read("SubstitutionPremiums", "premiumOf", grant)
    lines = {
        "Savings": dollars(savings.total),
        "Premium": dollars(premium),
        "Of it by day rates, at least": dollars(floor),
    }
    data = {
        "grant": grant,
        "savings": savings.as_struct(),
        "premium": premium,
        "floor": floor,
        "so_far": so_far,
    }
    return Answer(data, facts(lines | {"Premium so far": dollars(so_far)}))


@command(app, "restate", example="trust premium restate restatement.json", options=(*WRITE, "index"))
def restate(session: Session, file: ConsentFile) -> Answer:
    """Lower a statement, with the member's Restatement. Needs a synced index, for the grant's streams."""
    signed = session.signed(file, "Restatement")
    grant = signed.consent.message["grantId"]
    trust = session.sender
    found = trust.usage.grant(grant)
    ids = (found["productionId"], found["memberId"], grant)
    streams = [_terms(stream) for stream in session.index.books().live.get(ids, [])]
    result = trust.premiums.restate(signed, streams, simulate=session.simulate)
    number = slashed(licence_id(found["productionId"], found["memberId"]))
    return write_result(result, f"Savings of grant {grant} (licence {number}) restated.", session.simulate)


@command(app, "floor", example="trust premium floor 3", options=WRITE)
def floor(session: Session, grant: Grant) -> Answer:
    """Start the least premium of a grant whose studio filed nothing in time. Anyone may."""
    result = session.sender.premiums.start_floor(grant, simulate=session.simulate)
    return write_result(result, f"Least premium of grant {grant} started.", session.simulate)


@command(app, "arrears", example="trust premium arrears 1 --collect", options=WRITE)
def arrears(
    session: Session,
    production: Production,
    collect: Annotated[bool, typer.Option("--collect", help="Pay what the balance can. Anyone may.")] = False,
    most: Annotated[int, typer.Option(min=1, help="Most parts to collect at once.")] = 50,
) -> Answer:
    """Show the premiums that a production's balance could not pay, or collect them."""
    if not collect:
        owed = session.reader.handle.read("SubstitutionPremiums", "arrearsOf", production)
        return Answer(
            {"production": production, "arrears": owed},
            [f"Arrears of production {production}: {dollars(owed)}"],
        )
    result = session.sender.premiums.collect_arrears(production, most, simulate=session.simulate)
    return write_result(result, f"Arrears of production {production} collected.", session.simulate)


def _terms(stream: Any) -> dict[str, int]:
    names = ("start", "end", "gross", "dues", "benefits", "levy", "counted")
    return {name: getattr(stream.terms, name) for name in names}
