"""The bench of peers: figures come from the pinned packages, and a refused transaction is no figure."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from trust.testing import LocalChain

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tools" / "peers"


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("peer_bench.figures")


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("peer_bench.ground")


def read(name: str) -> Any:
    return json.loads((PEERS / name).read_text())


def test_committed_figures_are_of_the_pinned_versions() -> None:
    pinned = {f"{name}@{version}" for name, version in read("package.json")["dependencies"].items()}
    measured = {entry["package"] for entry in read("figures.json")["measured"].values()}
    assert measured
    assert measured <= pinned


def test_lock_fetches_the_pinned_packages_only_and_names_no_address() -> None:
    lock = read("package-lock.json")["packages"]
    fetched = {
        path.removeprefix("node_modules/"): entry for path, entry in lock.items() if "integrity" in entry
    }
    assert {name: entry["version"] for name, entry in fetched.items()} == read("package.json")["dependencies"]
    assert not [path for path, entry in lock.items() if "//" in entry.get("resolved", "")]


def test_documented_figures_are_the_committed_ones() -> None:
    rows = re.findall(
        r"^\| ([^|]+: [^|]+) \| ([\d,]+) \|", (ROOT / "docs" / "peers.md").read_text(), re.MULTILINE
    )
    entries = read("figures.json")
    committed = {name: entry["gas"] for kind in entries.values() for name, entry in kind.items()}
    assert {name: int(gas.replace(",", "")) for name, gas in rows} == committed


def test_without_a_chain_every_figure_says_that_it_was_not_measured_here(figures: Any) -> None:
    found = figures.peer_figures()
    assert found["Superfluid: seat 1,000 members"].gas > 100_000_000
    assert not [name for name, figure in found.items() if "measured here" in figure.how]


def test_without_the_packages_nothing_is_measured(
    figures: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text((PEERS / "package.json").read_text())
    monkeypatch.setattr(figures.packages, "FOLDER", tmp_path)
    with pytest.raises(figures.packages.PeersMissingError, match=r"@sablier/flow@.*tools/peers/install"):
        figures.measured(LocalChain())


def test_gas_is_the_receipts_and_a_refused_transaction_is_no_figure(ground: Any) -> None:
    with LocalChain() as chain, ground.Ground(chain) as here:
        wallets = here.wallets("member", 150)
        used = here.send(here.dollar, "transfer", wallets[0], 1)
        assert 30_000 < used < 60_000
        assert {here.ask(here.dollar, "balanceOf", wallet) for wallet in wallets[1:]} == {ground.DOLLAR}
        with pytest.raises(ground.PeerRevertedError):
            here.send(here.dollar, "transfer", wallets[0], 1, by=here.keeper)


def test_blocks_of_the_bench_are_twelve_seconds_apart(ground: Any) -> None:
    with LocalChain() as chain, ground.Ground(chain) as here:
        before = chain.node.block().timestamp
        here.mint(here.keeper, 1)
        assert chain.node.block().timestamp == before + ground.BLOCK_SECONDS
