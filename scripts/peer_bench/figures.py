"""What peers cost: measured here when their packages are installed, from the committed figures otherwise."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

from peer_bench import ocean, packages, sablier, superfluid
from peer_bench.ground import Ground
from trust.testing import LocalChain

COMMITTED = packages.FOLDER / "figures.json"
BENCHES = (
    (sablier.FLOW, sablier.measure),
    (superfluid.PACKAGE, superfluid.measure),
    (ocean.PACKAGE, ocean.measure),
)


class PeerFigure(NamedTuple):
    """Gas of a peer's operation, and where the figure comes from."""

    gas: int
    how: str


def peer_figures(chain: LocalChain | None = None) -> dict[str, PeerFigure]:
    """Operation -> figure. With a chain and the peers' packages installed they are run on it; it passes weeks."""
    if chain is not None and packages.installed():
        return {**measured(chain), **_cited()}
    return committed()


def measured(chain: LocalChain) -> dict[str, PeerFigure]:
    """Figures of the peers that are published with bytecode. Raises PeersMissingError."""
    packages.require_installed()
    versions = packages.pinned()
    with Ground(chain) as ground:
        return {
            name: PeerFigure(gas, f"measured here, {package}@{versions[package]}")
            for package, measure in BENCHES
            for name, gas in measure(ground).items()
        }


def committed() -> dict[str, PeerFigure]:
    """The last measured figures and the ones of peers that are not published; nothing is run."""
    kept = {
        name: PeerFigure(entry["gas"], f"measured {entry['date']}, {entry['package']}; not run here")
        for name, entry in _read()["measured"].items()
    }
    return {**kept, **_cited()}


def commit(figures: dict[str, PeerFigure], today: date) -> None:
    """Keep what was measured, for where the packages cannot be installed."""
    entries = _read()
    entries["measured"] = {
        name: {"gas": figure.gas, "package": figure.how.rpartition(" ")[2], "date": today.isoformat()}
        for name, figure in figures.items()
    }
    COMMITTED.write_text(json.dumps(entries, indent=2) + "\n")


def _cited() -> dict[str, PeerFigure]:
    cited = _read()["cited"].items()
    return {name: PeerFigure(entry["gas"], f"figure of {entry['source']}") for name, entry in cited}


def _read() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(COMMITTED.read_text())
    return entries
