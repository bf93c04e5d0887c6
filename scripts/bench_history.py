"""How long a page of the history takes among very many made-up uses.

    python scripts/bench_history.py                                 ten million in SQLite, in .bench/history.db
    python scripts/bench_history.py --uses 2000000 --where postgresql://...
    python scripts/bench_history.py --json -                        the figures as JSON

The database is filled once and kept. Fails when a filter's 95th percentile is over 50 ms.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from history_bench.fill import fill, opened
from history_bench.measure import Figure, figures

_BUDGET_MS = 50
_USES = 10_000_000
_HERE = Path(__file__).parents[1] / ".bench"


def main(arguments: list[str] | None = None) -> int:
    """Fills, if need be, and measures; the exit code."""
    asked = _parser().parse_args(arguments)
    where = asked.where or str(_HERE / f"history-{asked.uses}.db")
    fill(where, asked.uses, _tell)
    with opened(where) as index:
        found = list(figures(index))
    if asked.json:
        text = json.dumps([asdict(figure) for figure in found], indent=2) + "\n"
        sys.stdout.write(text) if asked.json == "-" else Path(asked.json).write_text(text)
    else:
        _show(found)
    return int(any(figure.p95 > _BUDGET_MS for figure in found))


def _show(found: list[Figure]) -> None:
    print(f"{'a page of 100, by':44} {'pages':>6} {'median':>8} {'p95':>8} {'slowest':>8}   ms")
    for one in found:
        mark = "" if one.p95 <= _BUDGET_MS else f"   over {_BUDGET_MS}"
        print(f"{one.name:44} {one.pages:6} {one.median:8.1f} {one.p95:8.1f} {one.slowest:8.1f}{mark}")


def _tell(done: int, whole: int) -> None:
    sys.stderr.write(f"\rfilling: {min(100, done * 100 // whole)} %{chr(10) if done >= whole else ''}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How long a page of the history takes.")
    parser.add_argument("--uses", type=int, default=_USES, help="how many are made up")
    parser.add_argument("--where", help="a file or postgresql:// URL; else .bench/history-USES.db")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, - for standard output")
    return parser


if __name__ == "__main__":
    sys.exit(main())
