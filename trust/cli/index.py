"""trust index: the chain's events in a database of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import index_backfill, index_export
from trust.cli.command import INDEX, command, group
from trust.cli.session import Session
from trust.cli.show import Answer, facts, moment

if TYPE_CHECKING:
    from trust.index import Index, Synced

app = group("The index: the deployment's events in SQLite or PostgreSQL, which the reports read.")
index_export.register(app)
index_backfill.register(app)

Verify = Annotated[
    bool,
    typer.Option("--verify/--fast", help="Check every block against its receipts root, or only its header."),
]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="URL", help="A further node, for when the first fails. May be repeated."),
]
_SYNC = ("rpc", *INDEX)


@command(app, "sync", example="trust index sync --rpc URL --verify", options=_SYNC)
def sync(session: Session, verify: Verify = False, also: Also = None) -> Answer:
    """Bring the index to the chain's head. Made new if there is none; may be interrupted."""
    with _opened(session, also) as index:
        done = _synced(session, index, verify)
    return Answer(asdict(done), _said(done))


@command(app, "follow", example="trust index follow --rpc URL --subscribe ws://127.0.0.1:8545", options=_SYNC)
def follow(
    session: Session,
    verify: Verify = False,
    also: Also = None,
    subscribe: Annotated[
        str | None, typer.Option("--subscribe", metavar="WS-URL", help="Be told of new blocks. Else poll.")
    ] = None,
    poll: Annotated[
        float, typer.Option("--poll", min=0.05, metavar="SECONDS", help="How often to ask.")
    ] = 0.2,
) -> Answer:
    """Stay, and keep the index at the chain's head. Ctrl-C or SIGTERM ends it between blocks."""
    from threading import Event

    from trust.cli.signals import stop_on_signals
    from trust.index import watch

    stop = Event()
    stop_on_signals(stop, "index")
    with _opened(session, also) as index:
        done = _synced(session, index, verify)
        events = done.events
        session.say(_said(done)[0])
        for done in watch(index, subscribe=subscribe, verify=verify, poll_seconds=poll, stopping=stop.is_set):
            events += done.events
            for line in _said(done):
                session.say(line)
        block = index.status().block
    return Answer({"block": block, "events": events}, [f"Stopped at block {block}."])


@command(app, "rebuild", example="trust index rebuild --rpc URL --verify", options=_SYNC)
def rebuild(session: Session, verify: Verify = False, also: Also = None) -> Answer:
    """Forget all rows and read the chain again, as after a reorganisation deeper than the finality depth."""
    with _opened(session, also) as index:
        index.rebuild()
        done = _synced(session, index, verify)
    return Answer(asdict(done), _said(done))


@command(app, "status", example="trust index status", options=_SYNC)
def status(
    session: Session,
    digest: Annotated[
        bool, typer.Option("--digest/--no-digest", help="One line for all that the events add up to.")
    ] = True,
) -> Answer:
    """Show how far the index has come; with a node named, how far behind it is.

    Two auditors whose digests are equal have the same events, adding up to the same, at the same block.
    """
    found = session.index.status()
    block = f"{found.block} ({moment(found.timestamp or 0)})" if found.block is not None else "never synced"
    proven = "nothing" if found.proven is None else f"block {found.proven}"
    lines: dict[str, Any] = {"Index": session.settings.index, "Chain": found.chain_id, "At block": block}
    lines["Proven by receipts up to"] = proven
    data = asdict(found) | {"head": None, "lag": None, "digest": None}
    if session.settings.has_rpc:
        data["head"] = head = session.reader.node.block("latest").number
        data["lag"] = lag = None if found.block is None else max(0, head - found.block)
        lines["The chain's head"] = f"{head} ({lag} blocks ahead)" if lag else head
    lines |= {"Events": found.events, "Transfers of the token": found.transfers}
    if digest and found.block is not None:
        with session.busy("Adding up all events..."):
            data["digest"] = lines["Digest"] = session.index.digest()
    return Answer(data, facts(lines))


@contextmanager
def _opened(session: Session, also: list[str] | None) -> Iterator[Index]:
    from trust.chain.node import Node
    from trust.index import Index

    with ExitStack() as opened:
        nodes = [opened.enter_context(Node(url)) for url in (session.settings.rpc_url, *(also or ()))]
        if isinstance(session.settings.index, Path) and not session.settings.index.exists():
            # A wrong URL must not leave an empty index behind.
            nodes[0].require_chain(session.deployment.chain_id)
        yield opened.enter_context(Index(session.settings.index, session.deployment, nodes))


def _synced(session: Session, index: Index, verify: bool) -> Synced:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Reading blocks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    first = session.deployment.block
    # Processes are started to read only where no other thread runs.
    with session.progress(*columns, thread=False) as bar:
        task = bar.add_task("", total=None)

        def show(block: int, head: int) -> None:
            bar.update(task, completed=block - first + 1, total=head - first + 1, refresh=True)

        return index.sync(show, verify=verify)


def _said(done: Synced) -> list[str]:
    said = [f"{done.events} new events; the index stands at block {done.to_block}."]
    if done.rewound:
        said.append(f"{done.rewound} blocks were taken back: the chain reorganised, or they were not proven.")
    if done.lagging:
        said.append("The node is behind the index, which stays as it is.")
    said += [f"Not believed: {incident}" for incident in done.incidents]
    if done.proven >= done.to_block:
        said.append("Every block is proven by its receipts.")
    return said
