"""Tells the story on a console, as it happens, and times it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from trust.errors import ContractRefused

Item = TypeVar("Item")


class Teller:
    """Prints a line for each thing done, under a heading for each act. Nothing it prints is read as markup.

    On a terminal a spinner says how far a long step has come. `check` is called often, and may raise.
    """

    def __init__(self, console: Console, check: Callable[[], None] = lambda: None) -> None:
        self.console = console
        self._check = check
        self.seconds: dict[str, float] = {}
        self._status: Status | None = None

    @contextmanager
    def act(self, name: str, heading: str) -> Iterator[None]:
        """An act: its heading, then its time is noted under `name`."""
        begun = time.monotonic()
        self.console.print()
        self.console.print(Text(heading, style="bold"))
        with self.console.status(Text("")) as self._status:
            yield
        self._status = None
        self.seconds[name] = round(time.monotonic() - begun, 3)

    def each(self, items: Collection[Item], doing: str) -> Iterator[Item]:
        """The items one by one, counted on a terminal."""
        for number, item in enumerate(items, start=1):
            if self._status is not None:
                self._status.update(Text(f"{doing} {number} of {len(items)}"))
            yield item
            self._check()
        if self._status is not None:
            self._status.update(Text(""))

    def did(self, words: str) -> None:
        """Something was done."""
        self._line(Text("+", style="green"), words)

    def refused(self, tried: str, refusal: ContractRefused) -> None:
        """A contract refused what was tried, and rightly."""
        self._line(Text("x", style="red"), f"{tried}: refused. {refusal}")

    def caught(self, words: str) -> None:
        """A check found what it should find."""
        self._line(Text("x", style="red"), words)

    def say(self, words: str) -> None:
        """A line of its own."""
        self.console.print(Text(words))

    def _line(self, mark: Text, words: str) -> None:
        self._check()
        row = Table.grid(padding=(0, 1))
        row.add_row("", mark, Text(words))
        self.console.print(row)
