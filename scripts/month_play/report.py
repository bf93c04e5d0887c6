"""The month's figures as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from trust.model import shown


def show(figures: Mapping[str, Any], console: Console) -> None:
    """Prints them."""
    settings = figures["settings"]
    console.print(
        f"[bold]{settings['days']} days, a crowd of {settings['crowd']:,}, "
        f"{settings['principals']:,} principals (seed {settings['seed']})[/bold]"
    )
    for title, rows in (
        ("What happened", {name: f"{count:,}" for name, count in figures["counts"].items()}),
        ("Dollars", {name: shown(amount) for name, amount in figures["sums"].items()}),
        ("Compared, to the unit", {name: f"{count:,}" for name, count in figures["compared"].items()}),
        ("Seconds", {name: f"{seconds:,.1f}" for name, seconds in _with_sum(figures["seconds"]).items()}),
    ):
        table = Table("", Column(justify="right"), show_header=False, title=title)
        for name, value in rows.items():
            table.add_row(name, value)
        console.print(table)
    console.print(_keeper(figures["keeper"]))
    console.print(_sent(figures["sent"]))
    differences = len(figures["differences"])
    console.print(
        "[bold green]Every statement adds up: nobody's amount is off by a unit.[/bold green]"
        if not differences
        else f"[bold red]{differences:,} differences.[/bold red]"
    )


def _with_sum(seconds: Mapping[str, float]) -> dict[str, float]:
    return {**seconds, "in all": sum(seconds.values())}


def _keeper(keeper: Mapping[str, Any]) -> Table:
    title = f"The keeper: {keeper['paydays']} paydays by command, {keeper['daily_rounds']} days by service"
    table = Table("kind", "transactions", "payments", "held", "dollars", "gas", "gas each", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, run in keeper["runs"].items():
        each = run["gas"] // max(1, run["paid"] + run["held"])
        table.add_row(
            kind,
            *(f"{run[name]:,}" for name in ("transactions", "paid", "held")),
            shown(run["amount"]),
            f"{run['gas']:,}",
            f"{each:,}",
        )
    return table


def _sent(sent: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table("what was sent", "transactions", "gas", "gas each", title="All transactions")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, sums in sent.items():
        n, gas = sums["transactions"], sums["gas"]
        table.add_row(name, f"{n:,}", f"{gas:,}", f"{gas // n:,}")
    n, gas = (sum(sums[name] for sums in sent.values()) for name in ("transactions", "gas"))
    table.add_row("in all", f"{n:,}", f"{gas:,}", f"{gas // n:,}")
    return table
