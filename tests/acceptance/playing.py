"""A demo that was played, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from trust.demo import DemoResult, play


@dataclass(frozen=True)
class Played:
    """A demo that ended: what it returned, what it wrote, what it printed."""

    result: DemoResult
    folder: Path
    printed: str

    @property
    def written(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "result.json").read_text()))

    @property
    def said(self) -> str:
        """What it printed, on one line."""
        return " ".join(self.printed.split())


def played(script: Path | None, folder: Path, width: int = 100, **options: Any) -> Played:
    printed = StringIO()
    result = play(script, folder, console=Console(file=printed, width=width), **options)
    return Played(result, folder, printed.getvalue())
