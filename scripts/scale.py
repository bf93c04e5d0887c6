"""What an event costs: bytes in each store and on the wire, and time to read, verify, load and export it.

    python scripts/scale.py             print
    python scripts/scale.py --write     write the table of docs/scale.md

On the chain of `make bench-index` (200,000 uses, kept in .bench), beside which anvil and PostgreSQL share the
machine. So processor seconds are ours alone, and are what a plan should rest on; seconds are what all took.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from index_bench.fill import Load
from index_bench.ground import Ground, ground
from index_bench.server import Server, serving
from rich.console import Console

from trust.chain.node import Node
from trust.export import Location, export
from trust.index import Index

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "scale.md"
YEAR = 10**9
WORKERS = (1, 2, 4)
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


class Counted(Node):
    """A node that counts what it is told, in bytes; also what processes forked from this one are told."""

    def __init__(self, url: str, told: Synchronized[int]) -> None:
        super().__init__(url)
        self._told = told

    def another(self) -> Node:
        return Counted(self._url, self._told)

    def _try(self, payload: bytes, read: Callable[[bytes], Any]) -> Any:
        def counted(body: bytes) -> Any:
            with self._told.get_lock():
                self._told.value += len(body)
            return read(body)

        return super()._try(payload, counted)


@dataclass(slots=True)
class Took:
    """What a step took: seconds of the clock and of our own processes' processors; its events, 0 for all."""

    seconds: float = 0.0
    busy: float = 0.0
    events: int = 0


@dataclass(slots=True)
class Figures:
    """Rows of the chain, bytes and times."""

    events: int = 0
    rows: int = 0
    blocks: int = 0
    bytes: dict[str, int] = field(default_factory=dict)
    took: dict[str, Took] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Times what is inside."""
        begun, busy = perf_counter(), _processors()
        yield
        self.took[name] = Took(perf_counter() - begun, _processors() - busy)


def _processors() -> float:
    mine, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + ended.ru_utime + ended.ru_stime


def measure(ground: Ground, told: Callable[[str], None]) -> Figures:
    """All figures."""
    figures = Figures()
    with TemporaryDirectory() as name:
        folder = Path(name)
        for level, verify in (("headers", False), ("receipts", True)):
            told(f"SQLite, {level}")
            _sqlite(figures, ground, folder / f"{level}.db", level, verify)
        told("adding up, Parquet")
        _read(figures, ground, folder)
        with serving() as server:
            told("PostgreSQL")
            _postgres(figures, ground, server)
            for workers in WORKERS:
                told(f"PostgreSQL, {workers} workers")
                _backfill(figures, ground, server, workers)
    return figures


def _sqlite(figures: Figures, ground: Ground, path: Path, level: str, verify: bool) -> None:
    received: Synchronized[int] = get_context("fork").Value("Q", 0)
    with (
        Counted(ground.chain.url, received) as node,
        Index(path, ground.deployment, node) as index,
        figures.timed(level),
    ):
        index.sync(verify=verify)
        status = index.status()
        figures.events, figures.rows = status.events, status.events + status.transfers
        figures.blocks = ground.head + 1 - ground.deployment.block
    figures.bytes[level] = received.value
    figures.bytes["SQLite"] = path.stat().st_size


def _read(figures: Figures, ground: Ground, folder: Path) -> None:
    with Index(folder / "headers.db", ground.deployment) as index:
        with figures.timed("books"):
            index.books()
        with figures.timed("Parquet"):
            done = export(index, Location(str(folder / "history")), finality_depth=0)
        figures.bytes["Parquet"] = done.bytes * figures.rows // done.rows


def _postgres(figures: Figures, ground: Ground, server: Server) -> None:
    url = server.new()
    with Node(ground.chain.url) as node, Index(url, ground.deployment, node) as index:
        with figures.timed("PostgreSQL"):
            index.sync()
        sizes = (
            "SELECT sum(pg_table_size(c.oid))::bigint AS rows, sum(pg_indexes_size(c.oid))::bigint AS indexes"
        )
        (row,) = index.rows(
            f"{sizes} FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    figures.bytes |= {"PostgreSQL": row["rows"] + row["indexes"], "its indexes": row["indexes"]}
    server.drop(url)


def _backfill(figures: Figures, ground: Ground, server: Server, workers: int) -> None:
    url = server.new()
    environment = os.environ | {
        "TRUST_RPC_URL": ground.chain.url,
        "TRUST_INDEX": url,
        "TRUST_DEPLOYMENT": str(ground.deployment_file),
    }
    trust = [str(Path(sys.executable).with_name("trust")), "index", "backfill"]
    subprocess.run(
        [*trust, "plan", "--blocks", "100"], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    name = f"{workers} workers"
    with figures.timed(name):
        started = [
            subprocess.Popen([*trust, "work", "--json"], env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(workers)
        ]
        done = [json.loads(process.communicate()[0]) for process in started]
    figures.took[name].events = sum(one["events"] for one in done)  # what is not final is left out
    with Index(url, ground.deployment) as index:
        if index.status().events != figures.took[name].events:
            raise RuntimeError(f"{workers} workers left {index.status().events:,} events")
    server.drop(url)


def lines(figures: Figures) -> list[str]:
    """The document's table."""
    events = figures.events
    found = [
        f"Measured on {events:,} events in {figures.blocks:,} blocks, {_machine()}.",
        "",
        "| what | measured | a year of 10^9 events |",
        "|---|---:|---:|",
    ]
    for name, label in (
        ("SQLite", "SQLite, with its indexes"),
        ("PostgreSQL", "PostgreSQL, with its indexes"),
        ("its indexes", "of which indexes"),
        ("Parquet", "Parquet (zstd)"),
        ("headers", "JSON-RPC answers, level `headers`"),
        ("receipts", "JSON-RPC answers, level `receipts`"),
    ):
        each = figures.bytes[name] / events
        found.append(f"| {label} | {each:,.0f} bytes an event | {each * YEAR / 10**9:,.0f} GB |")
    for name, label in (
        ("headers", "read, check by headers, load into SQLite"),
        ("receipts", "the same, every receipts root checked"),
        ("PostgreSQL", "read, check by headers, load into PostgreSQL"),
        *((f"{count} workers", f"backfill into PostgreSQL, workers: {count}") for count in WORKERS),
        ("books", "add up all events (`digest`, books)"),
        ("Parquet", "export to Parquet"),
    ):
        took = figures.took[name]
        read = took.events or events
        busy = took.busy / read * 10**6
        found.append(
            f"| {label} | {read / took.seconds:,.0f} events/s; {busy:,.1f} µs of processor an event |"
            f" {took.seconds / read * YEAR / 3600:,.0f} h; {busy * YEAR / 10**6 / 3600:,.1f} h of processor |"
        )
    return found


def _machine() -> str:
    return f"on {os.cpu_count()} cores shared with the node and PostgreSQL"


def write(table: list[str]) -> None:
    """Put the table in the place of the document's."""
    before, _, after = re.split(f"({_BEGIN}.*?{_END})", DOCUMENT.read_text(), flags=re.S)
    DOCUMENT.write_text(before + "\n".join([_BEGIN, *table, _END]) + after)


def main() -> int:
    console = Console(stderr=True)
    with (
        console.status("The bench's chain...") as status,
        ground(Load(), lambda what, done, of: status.update(f"{what} {done}/{of}")) as found,
    ):
        table = lines(measure(found, lambda what: status.update(f"{what}...")))
    print("\n".join(table))
    if "--write" in sys.argv[1:]:
        write(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
