"""trust provenance dossier, dossier-check: who made an asset, by what copyright asks, checked without a node."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.audit_pack import FALSE, NOT_COMPARED, own_deployment
from trust.cli.command import FILE, READ, argument, command, option
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, moment, print_answer
from trust.cli.written import read_file, require_free, write_together

if TYPE_CHECKING:
    from trust.lineage import Dossier, DossierChecked, LineageEvidence, ProvenLineage

_CHECK = "trust provenance dossier-check dossier.json --block-hash 0x5c1f... --deployment deployment.json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "dossier", example="trust provenance dossier 0x5c1f... --out dossier.json", options=READ)(
        dossier
    )
    command(app, "dossier-check", example=_CHECK, options=FILE)(check)


def dossier(
    session: Session,
    asset: Annotated[bytes, argument("ASSET", "The asset's id.", parse.hash32)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Else dossier-ID.json; the page goes beside it, as .html."
        ),
    ] = None,
    until: Annotated[
        int | None, typer.Option("--until", min=0, metavar="BLOCK", help="Else up to the newest.")
    ] = None,
    generations: Annotated[
        int | None, typer.Option("--generations", min=0, help="How many of ancestors. Else all.")
    ] = None,
    sparse: Annotated[
        bool,
        typer.Option(
            "--sparse",
            help="Carry only the blocks of the facts: small, but a later dispute could be missing.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the files if there are any.")] = False,
) -> Answer:
    """Write an asset's copyright dossier: human and machine contributions, the prompt's author, lineage, proofs.

    Two files: JSON with the facts and the proofs of each, and a page for people, which any browser prints as PDF.
    """
    from trust.lineage import dossier as make
    from trust.lineage import json_file, page

    path = out or Path(f"dossier-{asset.hex()[:12]}.json")
    beside = path.with_suffix(".html")
    require_free(path, beside, force=force)
    options: dict[str, Any] = {"until": until, "generations": generations, "sparse": sparse}
    evidence, proven = _gathered(session, asset, options)
    found = make(evidence, proven)
    write_together({path: json_file(evidence, found), beside: page(evidence, found).encode()}, force=force)
    compare = [{"block": one.number, "hash": "0x" + one.hash.hex()} for one in proven.anchors]
    data = {"file": str(path), "page": str(beside), "compare": compare, "facts": asdict(found)}
    said = [f"Compare block {one['block']}, hash {one['hash']}, with a source of yours." for one in compare]
    return Answer(data, [*facts({"Wrote": f"{path}, {beside}"}), *_said(found), *said])


def _gathered(
    session: Session, asset: bytes, options: dict[str, Any]
) -> tuple[LineageEvidence, ProvenLineage]:
    from trust.lineage import gather_lineage

    with session.progress() as bar:
        task = bar.add_task("Reading headers", total=None)
        return gather_lineage(
            session.reader.node,
            session.deployment,
            asset,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
            **options,
        )


def check(
    session: Session,
    file: Annotated[Path, argument("DOSSIER", "The .json file that `trust provenance dossier` wrote.")],
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="The .html that came with it, to check it too."),
    ] = None,
    block_hash: Annotated[
        list[bytes] | None,
        option(
            "--block-hash", "HASH", "A block's hash from a source of yours. May be repeated.", parse.hash32
        ),
    ] = None,
) -> None:
    """Check a dossier without a node, against block hashes and a deployment file of your own.

    Exits with 0 when it is proven, 7 when something in it is false, and 8 when all in it fits together but a block
    hash or the deployment was not given to compare.
    """
    from trust.lineage import check_dossier

    html = read_file(page) if page else None
    checked = check_dossier(read_file(file), html, block_hash or (), own_deployment(session))
    print_answer(Answer(_plain(checked), _verdict(checked, file)), session.as_json)
    code = {"proven": 0, "false": FALSE, "consistent": NOT_COMPARED}[checked.verdict]
    if code:
        raise typer.Exit(code)


def _plain(checked: DossierChecked) -> dict[str, Any]:
    compare = [{"block": number, "hash": block_hash} for number, block_hash in checked.compare]
    return asdict(checked) | {"verdict": str(checked.verdict), "compare": compare}


def _said(found: Dossier) -> list[str | Table]:
    from trust.lineage import percent

    rows = [
        (part.role.lower(), str(part.member), percent(part.share_bps), part.answer.lower(),
         moment(part.recorded.time))
        for part in found.work.humans
    ]  # fmt: skip
    table = Table(("Contribution", "Member", "Share", "The member", "Recorded"), rows, frozenset({2}))
    said: list[str | Table] = [*found.findings]
    return [*said, "", table, ""] if rows else said


def _verdict(checked: DossierChecked, file: Path) -> list[str | Table]:
    if checked.verdict == "false" or checked.found is None:
        rows = [(fault.where, fault.what) for fault in checked.faults]
        return [f"False: {file} is not what the chain says.", Table(("Where", "What"), rows)]
    about = f"asset 0x{checked.asset.hex()}, up to block {checked.found.last_block}"
    missing = (
        "None of it is left out." if checked.whole else "It is sparse: a later dispute could be missing."
    )
    if checked.verdict == "proven":
        return [f"Proven: {about}. {missing}", *_said(checked.found)]
    said: list[str | Table] = [f"Consistent with itself, not yet anchored: {about}. {missing}"]
    said += [
        f"Compare block {number}, hash {one}, with a source of yours." for number, one in checked.compare
    ]
    if checked.compare:
        said.append("Then give them: --block-hash HASH.")
    if not checked.deployment:
        said.append("Give the deployment's file from a source of yours: --deployment FILE.")
    return said
