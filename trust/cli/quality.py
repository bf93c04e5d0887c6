"""trust provenance report: what quality costs, out of the chain's lineage and the user's own texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse
from trust.cli.command import INDEX, command, option
from trust.cli.params import SaltFile
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, moment, short
from trust.cli.written import require_free, write_together
from trust.model import ProductionId

if TYPE_CHECKING:
    from trust.lineage import Quality

_EXAMPLE = "trust provenance report --production 1 --texts drafts --salt-file production.salt"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "report", example=_EXAMPLE, options=INDEX)(report)


def report(
    session: Session,
    production: Annotated[ProductionId, option("--production", "NUMBER", "Whose drafts.", parse.production)],
    texts: Annotated[Path, typer.Option("--texts", metavar="FOLDER", help="The drafts' files.")],
    salt_file: SaltFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Else quality-NUMBER.json; the page goes beside it, as .html."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files if there are any.")] = False,
) -> Answer:
    """Report how drafts began, how much of them was rewritten, how deep they are, and how new, over time.

    Texts stay where they are: each file is checked against its commitment on the chain, and only measures go out.
    """
    from trust.lineage import quality, quality_page, read_texts
    from trust.provenance.commitment import private_secret
    from trust.views.drafts import production_assets

    path = out or Path(f"quality-{production}.json")
    beside = path.with_suffix(".html")
    require_free(path, beside, force=force)
    secret = private_secret(salt_file)
    assets = production_assets(session.index, production)
    with session.busy("Reading and comparing texts..."):
        found = quality(production, assets, read_texts(texts, secret, {asset.id for asset in assets}))
    data = found.as_json()
    plain = json.dumps(data, indent=1).encode() + b"\n"
    write_together({path: plain, beside: quality_page(found).encode()}, force=force)
    return Answer({"file": str(path), "page": str(beside), "report": data}, _said(found, path, beside))


def _said(found: Quality, path: Path, beside: Path) -> list[str | Table]:
    head = {
        "Wrote": f"{path}, {beside}",
        "Assets": f"{found.assets:,}, of them {len(found.drafts):,} drafts",
        "First drafts": f"{found.machine_first} of {found.first} by machine for more than half",
        "Depths": ", ".join(f"{count} of {depth}" for depth, count in found.histogram.items()),
    }
    head |= {"Not proven": str(found.unproven)} if found.unproven else {}
    rows = [
        (moment(line.registered_at), line.file or short(line.id), line.by, str(line.depth),
         _share(line.revision), _share(line.novelty), line.unmeasured or "")
        for line in found.drafts
    ]  # fmt: skip
    headings = ("Registered", "Draft", "By", "Depth", "Words changed", "Novelty", "Not measured because")
    body: list[str | Table] = [*facts(head), "", Table(headings, rows, frozenset({3, 4, 5}))]
    if found.missing:
        body += ["", f"{len(found.missing)} drafts have no file here:", *map(short, found.missing)]
    if found.strangers:
        body += ["", "No asset commits to these files under this secret:", *found.strangers]
    return body


def _share(bps: int | None) -> str:
    from trust.lineage import percent

    return "" if bps is None else percent(bps)
