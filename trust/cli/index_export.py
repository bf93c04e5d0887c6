"""trust index export: final rows as Parquet, for DuckDB, Spark or Trino."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from trust.cli.command import INDEX, command
from trust.cli.session import Session
from trust.cli.show import Answer

_PARTITION_BLOCKS = 50_000

To = Annotated[
    str,
    typer.Option("--to", metavar="FOLDER-OR-URL", help="A folder, s3://bucket/folder or gs://bucket/folder."),
]
Blocks = Annotated[
    int,
    typer.Option("--blocks", min=1, metavar="N", help="Blocks in a partition; always the same at one place."),
]


def register(index: typer.Typer) -> None:
    """Put the command under `trust index`."""
    command(index, "export", example="trust index export --to s3://bucket/history", options=INDEX)(export)


def export(session: Session, to: To, blocks: Blocks = _PARTITION_BLOCKS) -> Answer:
    """Write what became final since the last export as Parquet, by event and range of blocks.

    Final blocks only, so no file is ever changed; manifest.json says up to which block all is there.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    from trust.export import Location
    from trust.export import export as write

    with session.progress(TextColumn("Blocks"), BarColumn(), MofNCompleteColumn()) as bar:
        task = bar.add_task("", total=None)
        done = write(
            session.index,
            Location(to),
            partition_blocks=blocks,
            progress=lambda block, last: bar.update(task, completed=block, total=last),
        )
    if done.block is None:
        said = "Nothing is final yet."
    elif not done.files:
        said = f"Nothing new: all up to block {done.block} is there."
    else:
        said = f"{done.rows} rows in {done.files} files, {done.bytes:,} bytes; all up to block {done.block} is there."
    return Answer(asdict(done), [said])
