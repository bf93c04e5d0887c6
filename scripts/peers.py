"""Gas of what peers do for the same work, on our local chain with our test dollar.

python scripts/peers.py             measure, print, write .build/peers.json; fail when a figure left the committed
python scripts/peers.py --write     measure, and commit the figures to tools/peers/figures.json
python scripts/peers.py --offline   print the committed figures; nothing is run
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from peer_bench.figures import PeerFigure, commit, committed, measured, peer_figures
from peer_bench.packages import PeersMissingError
from rich.console import Console
from rich.table import Table

from trust.testing import LocalChain

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / ".build" / "peers.json"
TOLERANCE = 0.01


def show(figures: dict[str, PeerFigure]) -> None:
    table = Table("peer's operation, whole transactions", "gas", "how")
    table.columns[1].justify = "right"
    for name, figure in figures.items():
        table.add_row(name, f"{figure.gas:,}", figure.how)
    Console(width=150).print(table)


def moved(figures: dict[str, PeerFigure]) -> list[str]:
    """Measured figures that the committed ones no longer tell, and committed ones that nothing measures."""
    kept, tell = committed(), []
    for name, figure in figures.items():
        before = kept[name].gas if name in kept else 0
        if abs(figure.gas - before) > before * TOLERANCE:
            tell.append(f"{name}: {figure.gas:,}, committed {before:,}")
    unknown = {name for name, figure in kept.items() if figure.how.startswith("measured")} - set(figures)
    return tell + [f"{name}: committed, but not measured" for name in sorted(unknown)]


def main(arguments: list[str]) -> int:
    if "--offline" in arguments:
        show(committed())
        return 0
    try:
        with LocalChain() as chain:
            figures = measured(chain)
    except PeersMissingError as missing:
        print(f"{missing}. These are the committed figures.")
        show(committed())
        return 0
    if "--write" in arguments:
        commit(figures, datetime.now(UTC).date())
    shown = peer_figures() | figures
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({name: figure._asdict() for name, figure in shown.items()}, indent=2) + "\n")
    show(shown)
    if changed := moved(figures):
        print("Figures moved by over 1 %; run with --write and say why:", *changed, sep="\n  ")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
