"""trust audit pack, trust audit check: evidence that is checked without a node."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse
from trust.cli.command import FILE, READ, argument, command, option
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, print_answer
from trust.cli.written import write_whole
from trust.errors import InputError
from trust.model import ProductionId

if TYPE_CHECKING:
    from trust.chain.deployments import Deployment
    from trust.evidence import Checked

#: What the program exits with, beside 0 for a proven pack.
FALSE, NOT_COMPARED = 7, 8

_CHECK = "trust audit check production-1.zip --block-hash 0x5c1f... --deployment deployment.json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "pack", example="trust audit pack --production 1 --rpc URL", options=READ)(pack)
    command(app, "check", example=_CHECK, options=FILE)(check)


def pack(
    session: Session,
    production: Annotated[
        ProductionId, option("--production", "NUMBER", "Whose evidence.", parse.production)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Else production-NUMBER.zip.")
    ] = None,
    since: Annotated[
        int | None, typer.Option("--since", min=0, metavar="BLOCK", help="Else from the deployment on.")
    ] = None,
    until: Annotated[
        int | None, typer.Option("--until", min=0, metavar="BLOCK", help="Else up to the newest.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> Answer:
    """Write a production's evidence: its rows, a report, and the proofs that all of it is in the chain."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from trust.evidence import pack as make

    path = out or Path(f"production-{production}.zip")
    if path.exists() and not force:
        raise InputError(f"There is a file {path} already.", hint="Give another --out, or --force.")
    columns = (TextColumn("Reading headers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with session.progress(*columns) as bar:
        task = bar.add_task("", total=None)
        made = make(
            session.reader.node,
            session.deployment,
            production,
            since=since,
            until=until,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    write_whole(path, made.file, force=force)
    data = {"file": str(path), "bytes": len(made.file), "production": production, "first_block": made.first}
    data |= {
        "last_block": made.last,
        "rows": made.rows,
        "blocks": made.blocks,
        "compare": _listed(made.compare),
    }
    lines = {"Wrote": f"{path}, {len(made.file):,} bytes", "Rows": f"{made.rows:,}"}
    lines["Blocks"] = f"{made.first} to {made.last}; {made.blocks:,} of them carried"
    return Answer(data, [*facts(lines), *_compare(made.compare)])


def check(
    session: Session,
    pack: Annotated[Path, argument("PACK", "The file that `trust audit pack` wrote.")],
    block_hash: Annotated[
        list[bytes] | None,
        option(
            "--block-hash", "HASH", "A block's hash from a source of yours. May be repeated.", parse.hash32
        ),
    ] = None,
) -> None:
    """Check a pack without a node, against block hashes and a deployment file of your own.

    Exits with 0 when it is proven, 7 when something in it is false, and 8 when all in it fits together but
    a block hash or the deployment was not given to compare.
    """
    from trust.evidence import check as examine

    checked = examine(_read(pack), block_hash or (), own_deployment(session))
    print_answer(Answer(_plain(checked), _said(checked, pack)), session.as_json)
    code = {"proven": 0, "false": FALSE, "consistent": NOT_COMPARED}[checked.verdict]
    if code:
        raise typer.Exit(code)


def own_deployment(session: Session) -> Deployment | None:
    """The auditor's own; None when there is none where one is looked for by default."""
    default = Path("deployment.json")
    if session.settings.deployment == default and not default.exists():
        return None
    return session.deployment


def _read(path: Path) -> bytes:
    from trust.evidence.container import check_size

    try:
        check_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as cause:
        raise InputError(f"The pack {path} can't be read.", hint="Give the path of a pack.") from cause


def _listed(compare: tuple[tuple[int, str], ...]) -> list[dict[str, int | str]]:
    return [{"block": number, "hash": block_hash} for number, block_hash in compare]


def _plain(checked: Checked) -> dict[str, object]:
    return asdict(checked) | {"verdict": str(checked.verdict), "compare": _listed(checked.compare)}


def _compare(compare: tuple[tuple[int, str], ...]) -> list[str]:
    return [
        f"Compare block {number}, hash {block_hash}, with a source of yours."
        for number, block_hash in compare
    ]


def _said(checked: Checked, path: Path) -> list[str | Table]:
    about = (
        f"{checked.rows:,} rows of production {checked.production}, blocks {checked.first} to {checked.last}"
    )
    if checked.verdict == "proven":
        return [f"Proven: {about}. Each is in the chain, and none of the production's is left out."]
    if checked.verdict == "consistent":
        said: list[str | Table] = [
            f"Consistent with itself, not yet anchored: {about}.",
            *_compare(checked.compare),
        ]
        if checked.compare:
            said.append("Then give them: --block-hash HASH.")
        if not checked.deployment:
            said.append("Give the deployment's file from a source of yours: --deployment FILE.")
        return said
    rows = [(fault.where, fault.what) for fault in checked.faults]
    return [f"False: {path} is not what the chain says.", Table(("Where", "What"), rows)]
