"""How the demo's tables look: amounts with their points in line, and never cut."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trust.demo.show import money
from trust.model import UNITS_PER_DOLLAR

_CENT = UNITS_PER_DOLLAR // 100
_WIDEST_TABLE = 1_000
_WIDEST_PROSE = 100


def heading(console: Console, title: str, words: str) -> None:
    """A table's title, and what it says in plain words."""
    console.print()
    console.print(Text(title, style="bold"))
    prose(console, words)
    console.print()


def prose(console: Console, words: str, style: str = "") -> None:
    """A paragraph."""
    console.print(Text(words, style=style), width=min(console.width, _WIDEST_PROSE))


def table(*headings: str, left: int = 1) -> Table:
    """A table whose first `left` columns are words and the others numbers."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for number, title in enumerate(headings):
        # A number that was cut would be another number.
        made.add_column(title, justify="left" if number < left else "right", no_wrap=True)
    return made


def put(console: Console, made: Table) -> None:
    """Print a table in full. Where the console is narrower its lines run on: rich would cut the amounts."""
    needed = Console(file=StringIO(), width=_WIDEST_TABLE).measure(made).maximum
    if needed <= console.width:
        console.print(made)
        return
    wide = Console(file=StringIO(), width=needed, color_system=None)
    with wide.capture() as printed:
        wide.print(made)
    console.print(Text(printed.get()), soft_wrap=True, end="")


def aligned(amounts: Iterable[int]) -> list[str]:
    """Amounts of one column with their points in line, whichever need fractions of a cent."""
    given = list(amounts)
    fine = any(amount % _CENT for amount in given)
    return [money(amount) + (" " * 4 if fine and amount % _CENT == 0 else "") for amount in given]


def day(seconds: int) -> str:
    """A moment's date in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def minute(seconds: int) -> str:
    """A moment in UTC, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def percent(bps: int) -> str:
    """Basis points as a percentage."""
    return f"{bps / 100:g} %"


def short(value: bytes) -> str:
    """The beginning of a hash."""
    return f"0x{value.hex()[:6]}"
