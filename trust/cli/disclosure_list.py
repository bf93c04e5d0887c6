"""trust disclosure list: what was disclosed, reported and answered, from the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse
from trust.cli.command import INDEX, command, option
from trust.cli.history import place_after, write_csv
from trust.cli.params import At
from trust.cli.session import Session
from trust.cli.show import Answer, Table, moment, short, spoken
from trust.errors import InputError
from trust.model import MaterialKind, MemberId, ProductionId

if TYPE_CHECKING:
    from trust.views import Disclosure

_LIMIT = 100
_COLUMNS = (
    "Told",
    "Production",
    "Member",
    "Material",
    "Hash",
    "Work starts",
    "Disclosed",
    "Said to it",
    "Waits for",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    example = "trust disclosure list --production 1 --overdue"
    command(app, "list", example=example, options=INDEX)(list_)


def list_(
    session: Session,
    production: Annotated[
        ProductionId | None, option("--production", "NUMBER", "Only this one's.", parse.production)
    ] = None,
    member: Annotated[
        MemberId | None, option("--member", "NUMBER", "Only what this one was given.", parse.member)
    ] = None,
    kind: Annotated[
        MaterialKind | None, option("--kind", "KIND", "Only this kind.", parse.choice(MaterialKind))
    ] = None,
    material: Annotated[
        bytes | None, option("--material", "HASH", "Only this material.", parse.hash32)
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only what somebody should have replied to by now.")
    ] = False,
    late: Annotated[bool, typer.Option("--late", help="Only what was disclosed late.")] = False,
    reported: Annotated[bool, typer.Option("--reported", help="Only what a member reported.")] = False,
    since: Annotated[
        int | None, option("--since", "TIME", "First told of then or later.", parse.when)
    ] = None,
    until: Annotated[int | None, option("--until", "TIME", "First told of before then.", parse.when)] = None,
    at: At = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most to show.")] = _LIMIT,
    after: Annotated[
        str | None, option("--after", "BLOCK:LOG", "Go on after this one, as the page before said.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma separated values.")] = False,
) -> Answer | None:
    """Show machine-made material that members were given, in the order in which it was first told of.

    A disclosure is overdue when the member neither acknowledged nor contested it within the rate card's days, or by the
    start of the work if that is sooner; a report, when the studio neither disclosed nor answered within the same days.
    """
    from trust.views import Disclosure, DisclosureFilter, disclosure_page

    if as_csv and session.as_json:
        raise InputError("One output can't be CSV and JSON.", hint="Give --csv or --json.")
    wanted = DisclosureFilter(production, member, kind, material, since, until, overdue, late, reported)
    page = disclosure_page(
        session.index, wanted, now=at, newest=newest, limit=limit, after=place_after(after)
    )
    following = f"{page.next[0]}:{page.next[1]}" if page.next else None
    data = page.as_json()
    if as_csv:
        write_csv(Disclosure.__dataclass_fields__, data["disclosures"])
        if following:
            session.say(f"There is more: --after {following}")
        return None
    shown = _table(page.disclosures) if page.disclosures else "No disclosures."
    more = [f"There is more: --after {following}"] if following else []
    return Answer(data | {"after": following}, [shown, *more])


def _table(found: tuple[Disclosure, ...]) -> Table:
    rows = [
        (moment(one.told_at), str(one.production_id), str(one.member_id), spoken(one.kind), short(one.material_hash),
         moment(one.work_starts or 0), _disclosed(one), _reply(one), _waits(one))
        for one in found
    ]  # fmt: skip
    return Table(_COLUMNS, rows)


def _disclosed(one: Disclosure) -> str:
    if one.disclosed_at is None:
        return "NO"
    return moment(one.disclosed_at) + (", LATE" if one.late else "")


def _reply(one: Disclosure) -> str:
    said = []
    if one.reported_at is not None:
        said.append("reported")
    if one.answered_at is not None:
        said.append("studio answered")
    if one.reply is not None:
        said.append(one.reply.lower())
    return ", ".join(said) or "-"


def _waits(one: Disclosure) -> str:
    if one.waits_for is None or one.due_at is None:
        return "-"
    return f"{one.waits_for.lower()} until {moment(one.due_at)}{', OVERDUE' if one.overdue else ''}"
