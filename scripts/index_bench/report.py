"""The bench's figures as tables, and as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from index_bench.head import Delays
from index_bench.pages import P95, Pages
from index_bench.peers import COMMITTED
from index_bench.sync import FLOOR, OURS, Figure


def show_sync(figures: Mapping[str, Figure], console: Console) -> None:
    """Whole syncs."""
    table = Table("whole sync into", "s", "with start", "events/s", "MB", "x floor", "target", "")
    for column in table.columns[1:6]:
        column.justify = "right"
    for figure in figures.values():
        table.add_row(*_row(figure, figures))
    for peer in COMMITTED:
        if not _is_measured(peer.name, figures):
            told = f"{peer.seconds:.1f}", "", "", "", f"{peer.ratio:.1f}"
            table.add_row(peer.name, *told, "committed, measured on another day", "", style="dim")
    console.print(table)
    events = figures[FLOOR].events
    console.print(
        f"{events:,} events. Medians; each run in a process of its own, right after a floor. `s` is from the first"
        " question to the last row, which decides; `with start` has the interpreter's start and all imports too."
    )


def sync_as_json(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """Plain data."""
    return {
        name: {
            "seconds": round(figure.seconds, 3),
            "with_start": round(figure.whole, 3),
            "events": figure.events,
            "events_per_second": round(figure.events / figure.seconds),
            "megabytes": round(figure.megabytes, 1),
            "ratio": round(figure.ratio, 2),
            "met": _verdict(figure, figures),
            "runs": [round(sample.took.seconds, 3) for sample in figure.samples],
        }
        for name, figure in figures.items()
    }


def sync_missed(figures: Mapping[str, Figure]) -> list[str]:
    """Targets that were not met."""
    return [figure.kind.label for figure in figures.values() if _verdict(figure, figures) is False]


def show_head(found: Sequence[Delays], console: Console) -> None:
    """From a mined block to its rows."""
    table = Table("a mined block's rows are there after, ms", "median", "p95", "target", "")
    for column in table.columns[1:3]:
        column.justify = "right"
    for one in found:
        told = f"{one.median:.1f}", f"{one.p95:.1f}", f"median <= {one.target:.0f}"
        table.add_row(one.label, *told, verdict(one.is_met))
    console.print(table)


def head_as_json(found: Sequence[Delays]) -> dict[str, Any]:
    """Plain data, milliseconds."""
    return {
        one.label: {"median": round(one.median, 2), "p95": round(one.p95, 2), "met": one.is_met}
        for one in found
    }


def head_missed(found: Sequence[Delays]) -> list[str]:
    """Targets that were not met."""
    return [f"rows of a mined block, {one.label}" for one in found if not one.is_met]


def show_pages(found: Sequence[Pages], uses: int, console: Console) -> None:
    """Pages of a history."""
    table = Table(f"a page of 100 of {uses:,} uses, ms, by", "in", "median", "p95", "slowest", "target", "")
    for column in table.columns[2:5]:
        column.justify = "right"
    for one in found:
        told = (f"{value:.1f}" for value in (one.figure.median, one.figure.p95, one.figure.slowest))
        table.add_row(one.figure.name, one.database, *told, f"p95 < {P95:.0f}", verdict(one.is_met))
    console.print(table)


def pages_as_json(found: Sequence[Pages]) -> dict[str, Any]:
    """Plain data, milliseconds."""
    return {
        f"{one.database}, {one.figure.name}": {
            "pages": one.figure.pages,
            "median": round(one.figure.median, 2),
            "p95": round(one.figure.p95, 2),
            "slowest": round(one.figure.slowest, 2),
            "met": one.is_met,
        }
        for one in found
    }


def pages_missed(found: Sequence[Pages]) -> list[str]:
    """Targets that were not met."""
    return [f"pages by {one.figure.name}, {one.database}" for one in found if not one.is_met]


def verdict(met: bool | None) -> str:
    """For a cell of a table."""
    return "" if met is None else "met" if met else "MISSED"


def _row(figure: Figure, figures: Mapping[str, Figure]) -> tuple[str, ...]:
    return (
        figure.kind.label,
        f"{figure.seconds:.2f}",
        f"{figure.whole:.2f}",
        f"{figure.events / figure.seconds:,.0f}",
        f"{figure.megabytes:.0f}",
        f"{figure.ratio:.2f}",
        _target(figure),
        verdict(_verdict(figure, figures)),
    )


def _target(figure: Figure) -> str:
    kind = figure.kind
    if kind.rival:
        return "ahead of it"
    if kind.ratio is None:
        return "does less: no fields, nothing checked" if kind.peer else "the floor"
    return f"<= {kind.ratio} x" + (f", < {kind.megabytes:.0f} MB" if kind.megabytes else "")


def _verdict(figure: Figure, figures: Mapping[str, Figure]) -> bool | None:
    ours = figures.get(OURS)
    if ours is None:
        return None if figure.kind.rival else figure.is_met(figure)
    return figure.is_met(ours)


def _is_measured(peer: str, figures: Mapping[str, Figure]) -> bool:
    return any(peer.startswith(name.split()[0]) for name, figure in figures.items() if figure.kind.peer)
