"""How fast the index is, beside a raw download of the same logs and beside other indexers.

    python scripts/bench_index.py                     everything
    python scripts/bench_index.py sync --rounds 3     whole syncs, three rounds
    python scripts/bench_index.py sync --only sqlite postgres
    python scripts/bench_index.py head --blocks 200   how soon a mined block's rows can be read
    python scripts/bench_index.py pages --uses 1000000
    python scripts/bench_index.py --json -            the figures as JSON

The chain is filled once, in half a minute, and kept in .bench (0.5 GB; ten million uses for the pages: 7 GB). Nothing
else should run meanwhile, nor a bench have ended in the last five minutes: it deletes thousands of files, and ext4 is
slow to make new ones beside them. Fails when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index_bench import head, pages, report
from index_bench.fill import Load, Progress
from index_bench.ground import ground
from index_bench.sync import FLOOR, KINDS, measure
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from trust.demo.signals import ended_by_signals
from trust.errors import TrustError

PARTS = ("sync", "head", "pages")
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Measures; the exit code."""
    asked = _parser().parse_args(arguments)
    told = Console(stderr=True, width=150)
    shown = told if asked.json == "-" else Console(width=150)
    try:
        with ended_by_signals():
            figures, missed = _measured(asked, told, shown)
    except KeyboardInterrupt:
        told.print("Stopped. Nothing is left behind.")
        return _INTERRUPTED
    except TrustError as error:
        told.print(f"The bench could not be run: {error}")
        return 1
    _write(figures, asked.json)
    for name in missed:
        told.print(f"missed: {name}", highlight=False)
    return 1 if missed else 0


def _measured(asked: argparse.Namespace, told: Console, shown: Console) -> tuple[dict[str, Any], list[str]]:
    figures: dict[str, Any] = {}
    missed: list[str] = []
    parts = asked.parts or list(PARTS)
    if "sync" in parts:
        with _progress(told) as progress, ground(Load(), progress) as full:
            syncs = measure(full, asked.rounds, asked.only, progress, told.print)
        report.show_sync(syncs, shown)
        figures["sync"] = report.sync_as_json(syncs)
        missed += report.sync_missed(syncs)
    if "head" in parts:
        with _progress(told) as progress, ground(Load(), progress) as full:
            delays = head.measure(full, asked.blocks, progress)
        report.show_head(delays, shown)
        figures["head"] = report.head_as_json(delays)
        missed += report.head_missed(delays)
    if "pages" in parts:
        with _progress(told) as progress:
            found = pages.measure(asked.uses, asked.databases, progress)
        report.show_pages(found, asked.uses, shown)
        figures["pages"] = report.pages_as_json(found)
        missed += report.pages_missed(found)
    return figures, missed


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done)

        yield progress


def _write(figures: dict[str, Any], where: str | None) -> None:
    if where is None:
        return
    text = json.dumps(figures, indent=2) + "\n"
    if where == "-":
        sys.stdout.write(text)
    else:
        Path(where).write_text(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [name for name in KINDS if name != FLOOR]
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all when none is named")
    parser.add_argument("--rounds", type=int, default=5, help="of syncs")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these syncs")
    parser.add_argument("--blocks", type=int, default=100, help="mined for each way of following")
    parser.add_argument("--uses", type=int, default=10_000_000, help="that pages are read from")
    parser.add_argument(
        "--databases",
        nargs="+",
        choices=pages.DATABASES,
        default=list(pages.DATABASES),
        help="that pages are read from",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - prints them")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
