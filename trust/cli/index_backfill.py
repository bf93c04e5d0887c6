"""trust index backfill: many workers fill one index in PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli.command import INDEX, command, group
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts

if TYPE_CHECKING:
    from trust.backfill import Progress

app = group("Many workers, on any number of machines, read a long chain into one index in PostgreSQL.")

_READ = ("rpc", *INDEX)
_RANGE_BLOCKS = 500
_LEASE_SECONDS = 120.0

Verify = Annotated[
    bool,
    typer.Option("--verify/--fast", help="Check every block against its receipts root, or only its header."),
]
Blocks = Annotated[
    int, typer.Option("--blocks", min=1, metavar="N", help="Blocks in a range; a worker holds one in memory.")
]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="URL", help="A further node, for when the first fails. May be repeated."),
]
Lease = Annotated[
    float,
    typer.Option(
        "--lease", min=1.0, metavar="SECONDS", help="Without a sign of life for so long, others take over."
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="What status calls it; else host, process and digits."),
]


def register(index: typer.Typer) -> None:
    """Put the group under `trust index`."""
    index.add_typer(app, name="backfill")


@command(
    app,
    "plan",
    example="trust index backfill plan --rpc URL --index postgresql://... --verify",
    options=_READ,
)
def plan(session: Session, verify: Verify = False, blocks: Blocks = _RANGE_BLOCKS) -> Answer:
    """Cut the chain's final part into ranges for workers. The index must be empty."""
    from trust.backfill import plan as make
    from trust.chain.node import Node

    with Node(session.settings.rpc_url) as node, session.busy("Reading the ranges' headers..."):
        made = make(_url(session), session.deployment, node, verify=verify, range_blocks=blocks)
    ranges = -(-(made.last - made.first + 1) // blocks)
    data = asdict(made) | {"last_hash": "0x" + made.last_hash.hex(), "ranges": ranges}
    said = (
        f"{ranges} ranges, blocks {made.first} to {made.last}. Now run `trust index backfill work`, anywhere."
    )
    return Answer(data, [said])


@command(app, "work", example="trust index backfill work --rpc URL --index postgresql://...", options=_READ)
def work(session: Session, also: Also = None, lease: Lease = _LEASE_SECONDS, name: Name = None) -> Answer:
    """Read ranges until all are done; the last worker puts the rows in their place. Run it as often as you like.

    It may be killed anywhere: another worker reads its range again when the lease runs out.
    """
    import os
    import secrets
    import socket

    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from trust.backfill import work as run
    from trust.chain.node import Node

    owner = name or f"{socket.gethostname()}-{os.getpid()}-{secrets.randbelow(10_000):04}"
    columns = (TextColumn("Ranges"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ExitStack() as opened:
        nodes = [opened.enter_context(Node(url)) for url in (session.settings.rpc_url, *(also or ()))]
        bar = opened.enter_context(session.progress(*columns))
        task = bar.add_task("", total=None)

        def show(found: Progress) -> None:
            bar.update(task, completed=found.done, total=found.ranges)

        done = run(_url(session), session.deployment, nodes, owner, lease=lease, progress=show)
    said = [f"{done.ranges} ranges read, {done.events} events."]
    if done.placed:
        said.append("All ranges are in the index. Go on with `trust index sync`.")
    said += [f"Not believed: {incident}" for incident in done.incidents]
    return Answer(asdict(done) | {"worker": owner}, said)


@command(app, "status", example="trust index backfill status --index postgresql://...", options=INDEX)
def status(session: Session) -> Answer:
    """Show ranges, workers and troubles. Asks no node."""
    from contextlib import closing

    from trust.backfill import Home, Tables

    home = Home(_url(session))
    home.require_plan()
    with closing(Tables(home, session.deployment)) as tables:
        found = tables.progress()
    data = asdict(found)
    data["plan"]["last_hash"] = "0x" + found.plan.last_hash.hex()
    return Answer(data, _shown(found))


@command(app, "drop", example="trust index backfill drop --index postgresql://...", options=INDEX)
def drop(session: Session) -> Answer:
    """Forget a backfill that is not done, with the rows it has collected. The index stays as it is."""
    from trust.backfill import Home

    home = Home(_url(session))
    home.require_plan()
    home.drop()
    return Answer({"dropped": True}, ["The backfill is forgotten."])


def _url(session: Session) -> str:
    return str(session.settings.index)


def _shown(found: Progress) -> list[str | Table]:
    plan = found.plan
    level = "receipts" if plan.proven else "headers"
    lines: dict[str, Any] = {
        "Blocks": f"{plan.first} to {plan.last}, checked by {level}",
        "Ranges done": f"{found.done} of {found.ranges}",
        "Being read": found.held,
        "Events": found.events,
        "Transfers of the token": found.transfers,
    }
    shown: list[str | Table] = [*facts(lines)]
    if found.workers:
        rows = [(one.owner, str(one.done), str(one.held), str(one.events)) for one in found.workers]
        shown.append(Table(("Worker", "Done", "Reading", "Events"), rows, frozenset({1, 2, 3})))
    shown += [f"Blocks {one.first} to {one.last} failed: {one.why}" for one in found.troubles]
    return shown
