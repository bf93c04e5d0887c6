"""trust demo: a whole production on a chain of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trust.cli.command import argument, command
from trust.cli.session import Session
from trust.cli.show import Answer

Script = Annotated[Path | None, argument("SCREENPLAY", "Fountain or Final Draft; else the example.")]
Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="What it leaves goes there.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the chain running.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "demo", example="trust demo script.fountain --folder demo --keep")(demo)


def demo(
    session: Session, screenplay: Script = None, folder: Folder = Path("demo"), keep: Keep = False
) -> Answer:
    """Play one production from a screenplay on a local chain, from the first scan to the last payday."""
    from rich.console import Console

    from trust.demo import play

    # With --json the story goes to standard error.
    console = session.console if session.as_json else Console()
    result = play(screenplay, folder, keep=keep, console=console)
    return Answer(result.as_json())
