"""trust index: the chain's events in a file."""

from __future__ import annotations

from dataclasses import asdict

from trust.cli.command import INDEX, command, group
from trust.cli.session import Session
from trust.cli.show import Answer, facts, moment

app = group("The index: the deployment's events in an SQLite file, which the reports read.")


@command(app, "sync", example="trust index sync --rpc URL", options=("rpc", *INDEX))
def sync(session: Session) -> Answer:
    """Bring the index to the chain's head. Made new if there is none; may be interrupted."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from trust.chain.node import Node
    from trust.index import Index

    columns = (TextColumn("Reading blocks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    first = session.deployment.block
    with (
        Node(session.settings.rpc_url) as node,
        session.progress(*columns) as bar,
    ):
        # Before the file is opened: a wrong URL must not leave an empty index behind.
        node.require_chain(session.deployment.chain_id)
        with Index(session.settings.index, session.deployment, node) as index:
            task = bar.add_task("", total=None)
            done = index.sync(
                lambda block, head: bar.update(task, completed=block - first + 1, total=head - first + 1)
            )
    lagging = ["The node is behind the index, which stays as it is."] if done.lagging else []
    rewound = [f"{done.rewound} blocks were taken back: the chain reorganised."] if done.rewound else []
    said = f"{done.events} new events; the index stands at block {done.to_block}."
    return Answer(asdict(done), [said, *rewound, *lagging])


@command(app, "status", example="trust index status", options=INDEX)
def status(session: Session) -> Answer:
    """Show how far the index has come. Asks no node."""
    found = session.index.status()
    block = f"{found.block} ({moment(found.timestamp or 0)})" if found.block is not None else "never synced"
    lines = {"Index": session.settings.index, "Chain": found.chain_id, "At block": block}
    lines |= {"Events": found.events, "Transfers of the token": found.transfers}
    return Answer(asdict(found), facts(lines))
