"""A run's figures as tables: on the terminal, and in the committed record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulation.agreement import TOLERANCE

_DOLLAR = 10**6
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. The first column is words, the others numbers."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def rich(self) -> Table:
        """For a terminal."""
        table = Table(title=self.title, title_justify="left", title_style="bold", min_width=len(self.title))
        for place, column in enumerate(self.columns):
            table.add_column(column, justify="left" if place == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a document."""
        rule = ["---", *("---:" for _ in self.columns[1:])]
        lines = [self.columns, rule, *self.rows]
        return f"### {self.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def show(figures: Figures, console: Console) -> None:
    """Print the tables."""
    for sheet in sheets(figures):
        console.print(sheet.rich())
    console.print(money(figures))


def record(figures: Figures, page: Path) -> None:
    """Put the tables between the marks of a page. Raises ValueError when it has none."""
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no {_BEGIN} and {_END}")
    tables = "\n".join(sheet.markdown() for sheet in sheets(figures))
    page.write_text(f"{before}{begin}\n{tables}\n{money(figures)}\n{end}{after}")


def money(figures: Figures) -> str:
    """What was compared to the unit."""
    if not figures["agreement"]:
        return "Money: not compared, because no sample was asked for."
    held = figures["base_units_compared"] / _DOLLAR
    return (
        f"Money: {figures['wallets_compared']:,} wallets hold ${held:,.6f}, each what the model says to the unit, "
        "and so was every payment."
    )


def sheets(figures: Figures) -> Iterator[Sheet]:
    """All tables."""
    yield _income(figures)
    yield _year(figures)
    yield _member(figures)
    yield _chains(figures)
    yield _peers(figures)
    yield from (_constants(part) for part in figures["constants"])
    if figures["agreement"]:
        yield _agreement(figures)


def _income(figures: Figures) -> Sheet:
    rows = [
        (name, f"{value:.1%}" if isinstance(value, float) else f"{value:,}")
        for name, value in figures["income"].items()
    ]
    return Sheet("Who earns", ("a year", "number"), rows)


def _year(figures: Figures) -> Sheet:
    asked = figures["settings"]
    rows: list[tuple[str, ...]] = []
    for kind, w in figures["year"].items():
        numbers = [
            f"{w[name]:,}" for name in ("payments", "transactions", "gas", "gas_each", "largest_transaction")
        ]
        rows.append((kind, *numbers, f"{w['base_units'] / _DOLLAR:,.0f}"))
    for kind in ("busiest payday", "a payday of every member"):
        numbers = [f"{figures[kind][name]:,}" for name in ("payments", "transactions", "gas", "gas_each")]
        rows.append((kind, *numbers, "", ""))
    title = f"{asked['weeks']} paydays, at most {asked['batch']} members a transaction"
    columns = ("paid", "payments", "transactions", "gas", "gas each", "largest transaction", "dollars")
    return Sheet(title, columns, rows)


def _member(figures: Figures) -> Sheet:
    table = figures["gas_of_a_member"]
    rows = [(batch, *(f"{gas:,}" for gas in row.values())) for batch, row in table.items()]
    weeks = next(iter(table.values()))
    title = "Gas of a member, with any number of streams, by weeks since the last pay"
    return Sheet(title, ("members a transaction", *weeks), rows)


def _chains(figures: Figures) -> Sheet:
    rows = []
    for c in figures["chains"]:
        seconds = c["busiest_payday_seconds"]
        price = f"{c['gas_gwei']:g} gwei" + (f", {c['data_gwei']:g} a byte" if c["data_gwei"] else "")
        rows.append(
            (
                f"{c['name']}: {price}",
                f"${c['dollars_a_year']:,.0f}",
                f"${c['dollars_a_payday']:,.2f}",
                f"${c['dollars_a_payment']:,.4f}",
                f"{c['transactions_per_block']} in {c['block_seconds']:g} s",
                f"{seconds // 60}:{seconds % 60:02} min",
            )
        )
    columns = ("chain", "a year", "a payday", "a payment", "transactions", "busiest payday final after")
    return Sheet(f"Cost and time, ether at ${figures['settings']['ether']:,.0f}", columns, rows)


def _peers(figures: Figures) -> Sheet:
    chain = figures["chains"][0]["name"]
    rows = []
    for p in figures["peers"]:
        numbers = (p["times"], p["gas_each"], p["gas"], p["ours"])
        times = "" if p["times_ours"] is None else f"{p['times_ours']:,.2f}"
        rows.append(
            (p["what"], *(f"{n:,}" for n in numbers), times, f"${p['dollars_a_year'][chain]:,}", p["source"])
        )
    columns = (
        "the same work",
        "times",
        "gas each",
        "gas",
        "ours",
        "times ours",
        f"a year, {chain}",
        "figure from",
    )
    return Sheet("Peers", columns, rows)


def _constants(part: Figures) -> Sheet:
    title = (
        f"Fitted: {part['kind']} ({part['transactions']} transactions, mean error {part['mean_error']:.2%})"
    )
    return Sheet(title, ("for each", "gas"), [(name, f"{gas:,}") for name, gas in part["gas"].items()])


def _agreement(figures: Figures) -> Sheet:
    rows = []
    for a in figures["agreement"]:
        numbers = (a["transactions"], a["payments"], a["measured"], a["model"])
        verdict = f"within {TOLERANCE:.0%}" if a["good"] else "TOO FAR"
        shown = (f"{a['difference']:+.3%}", f"{a['worst_payday']:.3%}", verdict)
        rows.append((a["kind"], *(f"{n:,}" for n in numbers), *shown))
    title = f"The model beside the shipped bytecode, {figures['settings']['sample']:,} sampled members"
    columns = (
        "paid",
        "transactions",
        "payments",
        "measured gas",
        "model",
        "difference",
        "worst payday",
        "verdict",
    )
    return Sheet(title, columns, rows)
