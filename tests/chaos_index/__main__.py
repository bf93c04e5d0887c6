"""`PYTHONPATH=tests python -m chaos_index`: exit code 0 when every index ended equal to the chain and every kind of
lie was caught."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from chaos.postgres import Postgres, binaries

from chaos_index.harness import played
from chaos_index.plan import plan
from chaos_index.report import Tally

#: From so many seeds on, each kind of lie must have been caught.
_ENOUGH_FOR_ALL_LIES = 50
_SHOWN = 12


def main() -> int:
    options = _options()
    # Whoever stops the harness stops its chain and its database.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="chaos-index-"))
    tally, foul = Tally(), []
    with _databases(folder) as databases:
        for number in range(options.first, options.first + options.seeds):
            if not _play(options.seed, number, folder, databases, tally):
                foul.append(number)
    uncaught = tally.uncaught() if options.seeds >= _ENOUGH_FOR_ALL_LIES else []
    if options.json:
        print(
            json.dumps(
                tally.as_json() | {"seed": options.seed, "wrong": foul, "uncaught": uncaught}, indent=2
            )
        )
    else:
        print("\n".join(["", *tally.lines()]))
    for name in uncaught:
        print(f"No sync has caught: {name}.", file=sys.stderr)
    if foul:
        print(f"{len(foul)} seeds went wrong. What their indexes hold is in {folder}.", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return 1 if foul or uncaught else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos_index", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds to play")
    parser.add_argument("--first", type=int, default=1, help="the first seed's number: replays a late one")
    parser.add_argument("--seed", type=int, default=1, help="what all of them are drawn from")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser.parse_args()


def _play(seed: int, number: int, folder: Path, databases: Iterator[str], tally: Tally) -> bool:
    """Whether all was well."""
    began, drawn = time.monotonic(), plan(seed, number)
    findings = played(drawn, folder / str(number), lambda: next(databases), tally)
    well = "ok" if not findings else f"{len(findings)} findings"
    proof = ", proven later" if drawn.proves_later else ""
    _say(f"seed {drawn.name}: level {drawn.level}{proof}, {time.monotonic() - began:.1f} s, {well}")
    for one in findings[:_SHOWN]:
        _say(f"    {one}")
    if len(findings) > _SHOWN:
        _say(f"    ... and {len(findings) - _SHOWN} more")
    if findings:
        _say(f"  again: PYTHONPATH=tests python -m chaos_index --seed {seed} --first {number} --seeds 1")
    return not findings


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _databases(folder: Path) -> Iterator[Iterator[str]]:
    """URLs of new databases on a server of one's own."""
    programs = binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is missing: apt-get install postgresql, or put its initdb on PATH")
    with (
        Postgres(programs, folder / "postgres") as server,
        psycopg.connect(server.url, autocommit=True) as admin,
    ):

        def new() -> Iterator[str]:
            for number in count():
                if number:
                    admin.execute(f"DROP DATABASE seed_{number - 1} WITH (FORCE)")
                admin.execute(f"CREATE DATABASE seed_{number}")
                yield server.url.removesuffix("postgres") + f"seed_{number}"

        yield new()


if __name__ == "__main__":
    sys.exit(main())
