"""Answers: one JSON document for programs, lines and tables for people."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trust.model import modalities_of, shown

if TYPE_CHECKING:
    from rich.console import Console

    from trust.nouns.handle import Result

# Wide enough that nothing is cut when the output goes to a file.
_FILE_COLUMNS = 240


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. Columns in `right` are numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found or did: `data` for --json, `body` (lines and tables) for people."""

    data: Any
    body: Sequence[str | Table] = ()


def facts(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> list[str]:
    """One line a fact, values under each other."""
    items = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    width = max((len(name) for name, _ in items), default=0)
    return [f"{name.ljust(width)}  {value}" for name, value in items]


def printable(text: str) -> str:
    """Without what could steer a terminal: somebody else's words must not draw over the terms beside them."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def moment(seconds: int) -> str:
    """A time as a person reads it, UTC."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else "-"
    except (ValueError, OverflowError, OSError):
        return f"after the year 9999 ({seconds})"


def dollars(amount: int) -> str:
    """An amount as a person reads it."""
    return f"-${shown(-amount)}" if amount < 0 else f"${shown(amount)}"


def names(bits: int) -> str:
    """Modalities of a mask, as words."""
    return ", ".join(modality.name.lower() for modality in modalities_of(bits)) or "none"


def spoken(name: str) -> str:
    """A name of the contracts, like NEW_LINE or LicenceGranted, as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().replace("_", " ")


def short(value: bytes | str) -> str:
    """A hash or address, abbreviated."""
    text = "0x" + value.hex() if isinstance(value, bytes) else value
    return f"{text[:8]}…{text[-4:]}" if len(text) > 16 else text


def write_result(result: Result, done: str, simulated: bool, **more: Any) -> Answer:
    """Answer of a command that sends a transaction; `done` in the past tense, {id} in it is what was made."""
    said = done.format(id=result.id if result.id is not None else "")
    data = {"simulated": simulated, "id": result.id, **more}
    if simulated or result.receipt is None:
        data["returned"] = result.returned
        return Answer(data, [f"Simulated, nothing sent. It would succeed: {said}"])
    receipt = result.receipt
    data |= {
        "transaction": receipt.hash,
        "block": receipt.block_number,
        "gas_used": receipt.gas_used,
        "events": [{"contract": e.contract, "name": e.name, "args": e.args} for e in result.events],
    }
    return Answer(data, [said, f"Transaction {receipt.hash}, gas {receipt.gas_used:,}."])


def print_answer(answer: Answer, as_json: bool) -> None:
    """Write an answer on standard output."""
    if as_json:
        sys.stdout.write(json.dumps(answer.data, default=_plain, indent=2) + "\n")
        return
    console: Console | None = None
    for part in answer.body:
        if isinstance(part, str):
            sys.stdout.write(printable(part) + "\n")
            continue
        from rich.console import Console

        sys.stdout.flush()
        console = console or Console(width=None if sys.stdout.isatty() else _FILE_COLUMNS, highlight=False)
        _print_table(console, part)


def _print_table(console: Console, table: Table) -> None:
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, pad_edge=False, title=table.title or None, title_justify="left")
    for number, heading in enumerate(table.headings):
        drawn.add_column(heading, justify="right" if number in table.right else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    console.print(drawn)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
