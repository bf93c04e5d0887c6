"""`PYTHONPATH=tests python -m chaos`: exit code 0 when nothing was paid twice, nobody missed, no keeper broken."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from chaos.harness import Harness
from chaos.miner import Miner
from chaos.plan import KEEPERS, Plan, Setup, plan, setup_before
from chaos.postgres import Postgres, binaries
from chaos.proxy import Proxy
from chaos.referee import Findings
from chaos.report import Report, report
from chaos.world import World
from trust.testing import LocalChain

#: Rounds that went wrong, after which more would show nothing new.
_ENOUGH = 5


def main() -> int:
    options = _options()
    # Whoever stops the harness stops its chain, its keepers and its database.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    result = _run(options, folder)
    if options.json:
        print(json.dumps(result.as_json(), indent=2))
    else:
        print("\n".join(result.lines()))
    if result.clean and not options.keep:
        shutil.rmtree(folder)
    else:
        print(f"What the keepers wrote is in {folder}.", file=sys.stderr)
    return 0 if result.clean else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how many rounds to play")
    parser.add_argument("--seed", type=int, default=1, help="what all rounds are drawn from")
    parser.add_argument("--first", type=int, default=1, help="the first round's number: replays a late one")
    parser.add_argument("--members", type=int, default=24, help="how many members are paid")
    parser.add_argument("--storm", type=float, default=2.5, help="seconds of chaos in each round")
    parser.add_argument("--no-postgres", action="store_true", help="play no round on PostgreSQL")
    parser.add_argument("--keep", action="store_true", help="keep the keepers' files and logs")
    parser.add_argument("--verbose", action="store_true", help="say what each round does")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> Report:
    began, setups = time.monotonic(), Counter[Setup]()
    with ExitStack() as stack:
        databases = _databases(options, folder, stack)
        chain = stack.enter_context(LocalChain(hardfork="osaka"))
        world = World(chain, folder, options.members)
        stack.callback(world.close)
        chain.node.call("evm_setAutomine", False)
        miner = stack.enter_context(Miner(chain.url))
        proxy = stack.enter_context(Proxy(chain.url, KEEPERS))
        harness = Harness(world, proxy, miner, folder, lambda setup, name: databases[setup].format(name))
        stack.callback(harness.end)
        setup = setup_before(options.seed, options.first, options.members, tuple(databases))
        played = foul = 0
        for number in range(options.first, options.first + options.rounds):
            drawn = plan(options.seed, number, options.members, tuple(databases), options.storm)
            setup = drawn.setup or setup
            setups[setup] += 1
            found = harness.play(drawn, setup)
            played += 1
            foul += not found.clean
            if options.verbose or not found.clean:
                _tell(drawn, setup, found, harness.settled[-1], time.monotonic() - began)
            if foul == _ENOUGH:
                print(f"It stops here: {foul} rounds went wrong.", file=sys.stderr)
                break
        harness.finish()
        return report(harness, proxy, options.seed, time.monotonic() - began, setups, played)


def _databases(options: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[Setup, str]:
    """The keepers' `--db` by setup; braces stand for the keeper's name."""
    found = {Setup.OWN: f"{folder}/{{}}/keeper.db", Setup.SHARED_FILE: f"{folder}/shared.db"}
    if options.no_postgres or (programs := binaries()) is None:
        print("No round is played on PostgreSQL.", file=sys.stderr)
        return found
    return found | {Setup.SHARED_POSTGRES: stack.enter_context(Postgres(programs, folder / "postgres")).url}


def _tell(drawn: Plan, setup: Setup, found: Findings, settled: float, seconds: float) -> None:
    blows = ", ".join(f"{event.blow} at {event.at:.1f}" for event in drawn.events)
    paid = "no payday" if drawn.payday_at is None else f"payday at {drawn.payday_at:.1f}"
    lines = [
        f"{seconds:6.1f} s  round {drawn.number}: {drawn.weather}, {setup}, {paid}, {blows};"
        f" settled in {settled:.1f} s",
        *found.other,
        *found.double,
        *found.missed,
    ]
    print("\n".join(lines), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
