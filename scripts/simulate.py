"""Payday for a whole union, on paper and on the bytecode.

    python scripts/simulate.py                          160,000 members, a year, beside 2,000 of them on a local chain
    python scripts/simulate.py --json -                 the figures as JSON
    python scripts/simulate.py --record                 and put the tables into docs/scale-payday.md
    python scripts/simulate.py --ether 4000 --chain "mine:0.02:2:6"

A model of plain arithmetic pays everybody every week. What it says a transaction costs is fitted to transactions on
the shipped bytecode in the same run; a sample of its members is then paid on the bytecode as well. Fails when they
differ by a unit of money or by more than 2 % in gas. What the figures mean: docs/scale-payday.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from simulation.agreement import Agreement, agreements
from simulation.figures import Run, as_json
from simulation.population import Population, populate
from simulation.prices import CHAINS, Chain, peers
from simulation.report import record, show
from simulation.sample import Costs, MoneyDisagreesError, Play, calibrate, play, weekly
from simulation.union import NotMinedError
from simulation.year import BatchTooLargeError, income, live

_INTERRUPTED = 130
_PAGE = Path(__file__).resolve().parents[1] / "docs" / "scale-payday.md"


def main(arguments: list[str] | None = None) -> int:
    """Runs it; the exit code."""
    asked = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        run = simulate(asked, console)
    except KeyboardInterrupt:
        console.print("Stopped. Nothing is left behind.")
        return _INTERRUPTED
    except MoneyDisagreesError as error:
        console.print(f"The bytecode and the model pay differently: {error}")
        return 1
    except NotMinedError as error:
        console.print(f"The bytecode refused: {error}")
        return 1
    except BatchTooLargeError as error:
        console.print(f"Choose a smaller --batch: {error}.")
        return 2
    _tell(as_json(run), asked)
    if not all(agreement.good for agreement in run.agreements):
        console.print("The model is more than 2 % off: it has stopped describing the contracts.")
        return 1
    return 0


def _tell(figures: dict[str, Any], asked: argparse.Namespace) -> None:
    text = json.dumps(figures, indent=2) + "\n"
    if asked.json == "-":
        sys.stdout.write(text)
    else:
        show(figures, Console(width=150))
        if asked.json is not None:
            Path(asked.json).write_text(text)
    if asked.record:
        record(figures, _PAGE)


def simulate(asked: argparse.Namespace, console: Console) -> Run:
    """Calibrates, lives the year on paper, and a sample of it on the bytecode."""
    with _progress(console) as step:
        costs = calibrate(asked.seed + 1, step("calibrating on the bytecode"))
        population = populate(asked.members, asked.weeks, asked.seed)
        year = live(population, costs, asked.batch, step(f"{asked.members:,} members on paper"))
        compared, played = _sample(asked, population, costs, step)
    return Run(
        settings={
            "members": asked.members,
            "weeks": asked.weeks,
            "sample": asked.sample,
            "batch": asked.batch,
            "seed": asked.seed,
            "ether": asked.ether,
        },
        income=income(population),
        costs=costs,
        year=year,
        peers=peers(year),
        chains=asked.chain or CHAINS,
        ether_dollars=asked.ether,
        agreements=compared,
        wallets_compared=played.wallets,
        units_compared=played.paid,
    )


def _sample(
    asked: argparse.Namespace,
    population: Population,
    costs: Costs,
    step: Callable[[str], Callable[[int, int], None]],
) -> tuple[list[Agreement], Play]:
    if asked.sample == 0:
        return [], Play()
    rng = np.random.default_rng(asked.seed + 2)
    members = np.sort(rng.choice(population.size, min(asked.sample, population.size), replace=False))
    shown = step(f"{len(members):,} of them on the bytecode")
    played = play(population.sample(members), weekly(asked.batch), shown)
    return agreements(played, costs), played


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Gives a function that begins a bar and gives the function that moves it."""
    columns = (TextColumn("{task.description:<40}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as bars:

        def step(name: str) -> Callable[[int, int], None]:
            task = bars.add_task(name, total=None)

            def move(done: int, of: int) -> None:
                bars.update(task, completed=done, total=of)

            return move

        yield step


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--members", type=_positive, default=160_000, help="members of the union")
    parser.add_argument("--weeks", type=_positive, default=52, help="paydays")
    parser.add_argument(
        "--sample", type=_not_negative, default=2_000, help="members also paid on the bytecode; 0 for none"
    )
    parser.add_argument("--batch", type=_positive, default=100, help="most members of a transaction")
    parser.add_argument("--seed", type=int, default=2026, help="the same seed gives the same union")
    parser.add_argument("--ether", type=_dollars, default=3_000.0, help="dollars an ether")
    parser.add_argument(
        "--chain",
        type=_chain,
        action="append",
        help="NAME:GWEI[:BLOCK_SECONDS[:TRANSACTIONS_PER_BLOCK[:DATA_GWEI_A_BYTE[:FINAL_SECONDS]]]], instead of the "
        "defaults; may be repeated",
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON; - prints them instead of tables"
    )
    parser.add_argument("--record", action="store_true", help=f"write the tables into {_PAGE.name}")
    return parser


def _chain(text: str) -> Chain:
    try:
        return Chain.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return int(text)


def _not_negative(text: str) -> int:
    if int(text) < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return int(text)


def _dollars(text: str) -> float:
    if not 0 <= float(text) < inf:
        raise argparse.ArgumentTypeError(f"{text} is no price")
    return float(text)


if __name__ == "__main__":
    raise SystemExit(main())
