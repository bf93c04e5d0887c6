"""trust audit: holds a deployment to its promises, from the chain alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from trust.cli import audit_pack
from trust.cli.command import READ, command
from trust.cli.session import Session
from trust.cli.show import Answer, Table, moment, print_answer

if TYPE_CHECKING:
    from trust.audit import Check, Finding, Report
    from trust.chain.node import Node
    from trust.index import Index

#: What the program exits with when a promise was broken.
BROKEN = 7


class RunsByDefault(TyperGroup):
    """`trust audit --rpc URL` is `trust audit run --rpc URL`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        helps = args[:1] and args[0] in ctx.help_option_names
        if not helps and (not args or args[0].startswith("-")):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=RunsByDefault,
    help="The audit: `trust audit --rpc URL` replays the chain and checks every promise; packs of evidence.",
    rich_markup_mode=None,
    add_completion=False,
)
audit_pack.register(app)

Also = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="URL", help="A further node that must agree. May be repeated."),
]
Kept = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="PATH-OR-URL",
        help="An index to bring to the head and audit: a file or postgresql://... Else a new one, which is not kept.",
    ),
]


@command(app, "run", example="trust audit run --rpc URL --also URL", options=READ)
def run(session: Session, also: Also = None, index: Kept = None) -> None:
    """Replay the chain alone and check every promise. The word `run` may be left out.

    Exits with 0 when every promise was kept, and 7 when one was not; the findings name the transactions.
    """
    with ExitStack() as opened:
        from trust.audit import audit
        from trust.chain.node import Node

        urls = (session.settings.rpc_url, *(also or ()))
        nodes = [opened.enter_context(Node(url)) for url in urls]
        for node in nodes:
            node.require_chain(session.deployment.chain_id)
        rows = opened.enter_context(_index(session, index, nodes))
        status = opened.enter_context(session.console.status("Reading the chain..."))
        rows.sync(
            lambda block, head: status.update(f"Reading the chain: block {block:,} of {head:,}..."),
            verify=True,
        )
        report = audit(rows, nodes, lambda stage: status.update(f"{stage}..."))
    print_answer(Answer(report.as_json(), _shown(report)), session.as_json)
    if not report.clean:
        raise typer.Exit(BROKEN)


@contextmanager
def _index(session: Session, where: str | None, nodes: Sequence[Node]) -> Iterator[Index]:
    """The one that was named, else a new one in a folder that goes away."""
    from trust.index import Index

    with ExitStack() as opened:
        if where is None:
            folder = opened.enter_context(TemporaryDirectory(prefix="trust-audit-"))
            where = str(Path(folder) / "index.db")
        yield opened.enter_context(Index(where, session.deployment, nodes))


def _shown(report: Report) -> list[str | Table]:
    rows = [
        (_tick(check), check.id, check.promise, f"{check.facts:,}", f"{check.found:,}", check.remark)
        for check in report.checks
    ]
    headings = ("", "Check", "Promise", "Looked at", "Found", "")
    parts: list[str | Table] = [Table(headings, rows, frozenset({3, 4}))]
    if not report.clean:
        parts += ["", _places(report, "Finding", lambda check: (check.findings, check.found))]
    if any(check.noted for check in report.checks):
        parts += ["", _places(report, "Worth a look", lambda check: (check.notes, check.noted))]
    return [*parts, "", *_verdict(report)]


def _tick(check: Any) -> str:
    if check.found:
        return "\N{BALLOT X}"
    return "\N{CHECK MARK}" if check.facts else "\N{EN DASH}"


def _places(report: Report, heading: str, told: Callable[[Check], tuple[tuple[Finding, ...], int]]) -> Table:
    """Findings, or notes, with where they stand on the chain; and how many more there are."""
    rows = []
    for check in report.checks:
        findings, number = told(check)
        for finding in findings:
            place = finding.place
            where = (f"{place.block_number}", f"{place.log_index}", place.tx_hash) if place else ("", "", "")
            rows.append((check.id, finding.what, *where))
        if len(findings) < number:
            rows.append((check.id, f"... and {number - len(findings):,} more", "", "", ""))
    return Table(("Check", heading, "Block", "Log", "Transaction"), rows, frozenset({2, 3}))


def _verdict(report: Report) -> list[str]:
    about = f"{report.events:,} events and {report.transfers:,} transfers up to block {report.block}"
    about += f" ({moment(report.timestamp)}), hash {report.block_hash}"
    if report.clean:
        said = [f"Every promise was kept: {about}."]
    else:
        broken = sum(not check.kept for check in report.checks)
        found = sum(check.found for check in report.checks)
        said = [f"NOT every promise was kept: {found:,} findings in {broken} checks, in {about}."]
    return (
        [*said, f"Digest {report.digest}: another auditor at this block gets the same."]
        if report.digest
        else said
    )
