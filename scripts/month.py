"""A month of a union on a local chain: a crowd, principals, a keeper; then every member's statement is checked.

    python scripts/month.py                             a crowd of 5,000 and 200 principals, five weeks
    python scripts/month.py --crowd 60 --principals 6 --days 8
    python scripts/month.py --json -                    the figures as JSON

Fails when anybody's amount is off by a unit. What is played and what is checked: docs/month.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from month_play.plan import LEAST_DAYS, Settings
from month_play.play import Month, Step, as_json, play
from month_play.report import show
from month_play.union import Move
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from trust.demo.signals import ended_by_signals
from trust.errors import TrustError

_INTERRUPTED = 130
_SHOWN = 20


def main(arguments: list[str] | None = None) -> int:
    """Plays it; the exit code."""
    asked = _parser().parse_args(arguments)
    settings = Settings(asked.crowd, asked.principals, asked.days, asked.seed)
    console = Console(stderr=True)
    try:
        with ended_by_signals(), tempfile.TemporaryDirectory() as folder, _progress(console) as step:
            month = play(settings, Path(folder), step)
    except KeyboardInterrupt:
        console.print("Stopped. Nothing is left behind.")
        return _INTERRUPTED
    except TrustError as error:
        console.print(f"The month could not be played: {error}")
        return 1
    return conclude(month, asked.json, console)


def conclude(month: Month, where: str | None, console: Console) -> int:
    """Tells the figures; the exit code, which is 1 when anything differs."""
    figures = as_json(month)
    _tell(figures, where)
    for difference in month.findings.differences[:_SHOWN]:
        console.print(f"differs: {difference}")
    return 1 if month.findings.differences else 0


def _tell(figures: dict[str, Any], where: str | None) -> None:
    text = json.dumps(figures, indent=2) + "\n"
    if where == "-":
        sys.stdout.write(text)
        return
    show(figures, Console(width=110))
    if where is not None:
        Path(where).write_text(text)


@contextmanager
def _progress(console: Console) -> Iterator[Step]:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as bars:

        def step(name: str, length: int) -> Move:
            task = bars.add_task(name, total=length)
            return lambda more: bars.advance(task, more)

        yield step


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--crowd", type=_at_least(20), default=5_000, help="members of the crowd")
    parser.add_argument("--principals", type=_at_least(4), default=200, help="principals")
    parser.add_argument("--days", type=_at_least(LEAST_DAYS), default=35, help="days of the month")
    parser.add_argument("--seed", type=int, default=2026, help="the same seed gives the same month")
    parser.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON; - prints them instead of tables"
    )
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return int(text)

    return number


if __name__ == "__main__":
    raise SystemExit(main())
