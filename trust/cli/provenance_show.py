"""trust provenance asset, lineage, list: what the index knows of assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse
from trust.cli.command import INDEX, argument, command
from trust.cli.params import Production
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, moment, short, spoken

if TYPE_CHECKING:
    from trust.views.provenance import AssetRecord, Known

Id = Annotated[bytes, argument("ID", "Id of the asset: 0x and 64 hex digits.", parse.hash32)]

_MAXIMUM = 65_535
_MOST_ROWS = 200


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    command(app, "asset", example="trust provenance asset 0x...", options=INDEX)(asset)
    command(app, "lineage", example="trust provenance lineage 0x... --down", options=INDEX)(lineage)
    command(app, "list", example="trust provenance list 1", options=INDEX)(list_)


def asset(session: Session, id: Id) -> Answer:
    """Show who and what made an asset, from what, and what members say of it, as the index has it."""
    from trust.views.provenance import asset as read

    found = read(session.index, id)
    return Answer(found.as_json() | {"human_bps": found.human_bps}, _told(found))


def lineage(
    session: Session,
    id: Id,
    down: Annotated[
        bool, typer.Option("--down", help="What was made from it, not what it was made from.")
    ] = False,
) -> Answer:
    """Show all that an asset was made from, or all that was made from it, with both numbers of each."""
    from trust.views.provenance import known
    from trust.views.provenance import lineage as read

    found = read(session.index, id, up=not down)
    start = known(session.index, id)
    assert start is not None, "a lineage is of something known"
    rows = [_row(0, start), *(_row(step.steps, step.known) for step in found.steps)]
    body: list[str | Table] = [_table(rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        body.append(f"... and {len(rows) - _MOST_ROWS:,} more; --json has them.")
    if found.cut:
        body.append("There is more than is shown: its lineage is too large to read whole.")
    if not found.steps:
        body.append("Nothing was made from it." if down else "It was made from nothing that is known.")
    return Answer({"start": start.as_json(), **found.as_json()}, body)


def list_(session: Session, production: Production) -> Answer:
    """List a production's assets and batches, as the index has them."""
    from trust.views.provenance import listed_assets, listed_batches

    with session.index.reading():
        assets = list(listed_assets(session.index, production))
        batches = listed_batches(session.index, production)
    rows = [
        (
            moment(one.at),
            short(one.id),
            spoken(one.kind),
            _number(one.depth),
            _number(one.since_human),
            f"{one.human_bps / 100:g} %",
            str(one.disputes or ""),
        )
        for one in assets[-_MOST_ROWS:]
    ]
    headings = ("Registered", "Asset", "Kind", "Depth", "Since human", "Human", "Disputes")
    body: list[str | Table] = [Table(headings, rows, frozenset({3, 4, 5, 6}))]
    if len(assets) > _MOST_ROWS:
        body.insert(0, f"The last {_MOST_ROWS} of {len(assets):,}; --json has all.")
    if batches:
        listed = [(moment(b.at), short(b.id), f"{b.assets:,}", f"{b.proven:,}") for b in batches]
        body += ["", Table(("Committed", "Batch", "Assets", "Proven"), listed, frozenset({2, 3}))]
    data = {"assets": [one.as_json() for one in assets], "batches": [one.as_json() for one in batches]}
    return Answer(data, body)


def _told(found: AssetRecord) -> list[str | Table]:
    known = found.known
    lines = {
        "Asset": "0x" + known.id.hex(),
        "Kind": spoken(known.kind or ""),
        "Production": known.production_id,
        "Grant": found.grant_id or "none",
        "Registered": moment(known.at),
        "Synthetic depth": f"{_number(known.depth)} machine generations",
        "Since a human": f"{_number(known.since_human)} generations",
        "Prompt by": f"member {found.prompt_author}" if found.prompt_author else "nobody named",
        "Human share": f"{found.human_bps / 100:g} %",
    }
    if found.batch_id:
        lines["Proven from"] = "0x" + found.batch_id.hex()
    body: list[str | Table] = [*facts(lines)]
    parts = [
        (f"member {part.member_id}", spoken(part.role), f"{part.share_bps / 100:g} %", short(part.evidence_hash),
         moment(part.confirmed_at) if part.confirmed_at else "no")
        for part in found.contributions
    ]  # fmt: skip
    parts += [
        (f"model {short(part.model_hash)}", "", f"{part.share_bps / 100:g} %", "", "")
        for part in found.machines
    ]
    body += ["", Table(("Who", "Did", "Share", "Evidence", "Confirmed"), parts, frozenset({2}))]
    for one in found.disputes:
        body.append(f"DISPUTED by member {one.member_id}, {moment(one.at)}: reason 0x{one.reason_hash.hex()}")
    for title, others in (("Made from", found.parents), ("Made into", found.children)):
        if others:
            body += ["", Table(_HEADINGS[1:], [_row(0, other)[1:] for other in others], _RIGHT, title=title)]
    return body


_HEADINGS = ("Steps", "What", "Id", "Production", "Depth", "Since human", "Since")
_RIGHT = frozenset({3, 4})


def _table(rows: list[tuple[str, ...]]) -> Table:
    return Table(_HEADINGS, rows, frozenset({0, 4, 5}))


def _row(steps: int, known: Known) -> tuple[str, ...]:
    held = f" of {known.held:,}" if known.held is not None else ""
    return (
        str(steps),
        spoken(known.kind or known.form) + held,
        "0x" + known.id.hex(),
        str(known.production_id or ""),
        _number(known.depth),
        _number(known.since_human),
        moment(known.at),
    )


def _number(value: int) -> str:
    return "not proven" if value == _MAXIMUM else str(value)
