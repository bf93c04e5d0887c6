"""`make simulate` in small: the model pays what the bytecode pays, and costs what the bytecode costs."""

# The scripts are no part of the package: their folder is put on the path before they are imported.
# ruff: noqa: E402

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from trust.index.schedule import Clock, spread

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import simulate
from simulation import books
from simulation.crowds import PUSH
from simulation.footprint import AGENTS, PAYDAY
from simulation.gas import EMPTIED_WORD_REFUND, CostModel, Touched, fit
from simulation.population import WEEK, Shape, populate
from simulation.prices import Chain
from simulation.report import record
from simulation.sample import Costs, MoneyDisagreesError, play, weekly
from simulation.year import BatchTooLargeError, live


def quiet(done: int, of: int) -> None:
    """Shows no progress."""


def test_small_union_is_paid_alike_on_paper_and_on_the_bytecode(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    asked = ["--members", "600", "--weeks", "5", "--sample", "60", "--batch", "25", "--json", str(path)]
    assert simulate.main(asked) == 0
    figures = json.loads(path.read_text())
    kinds = {part["kind"]: part for part in figures["agreement"]}
    assert set(kinds) == {"members", "agents", "crowd seats"}
    for part in kinds.values():
        assert part["payments"] > 0
        assert abs(part["model"] / part["measured"] - 1) < 0.02
        assert part["worst_payday"] < 0.02
    assert figures["base_units_compared"] > 0
    assert figures["wallets_compared"] >= 60
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nlast figures\n<!-- end of figures -->\nafter\n")
    record(figures, page)
    text = page.read_text()
    assert f"| {kinds['members']['measured']:,} |" in text
    assert "last figures" not in text
    assert (text.startswith("before\n"), text.endswith("\nafter\n")) == (True, True)
    # Any number of streams is paid at the same gas.
    assert abs(figures["constants"][0]["gas"]["stream that paid last week"]) < 50


def test_unit_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    population = populate(12, 2, 5, Shape(crowds_a_year=0))
    monkeypatch.setattr(books, "DUES_BPS", books.DUES_BPS + 1)
    with pytest.raises(MoneyDisagreesError, match="the model says"):
        play(population, weekly(10), quiet)


def test_model_spreads_streams_as_the_package_does() -> None:
    population = populate(60, 8, 11, Shape(idle=0, streaming=1))
    kept, streams = books.Books(population), population.streams
    expected = np.zeros_like(kept.streamed)
    for row, member in enumerate(streams.member):
        start, end = int(streams.start[row]), int(streams.end[row])
        cycles = np.array([(end - 1) // WEEK - start // WEEK + 1])
        net = int(books.net_of_dues(streams.gross[row : row + 1], cycles)[0])
        plan = spread(net, start, end, Clock(0, WEEK))
        expected[member] += [plan.pays(cycle) for cycle in range(expected.shape[1])]
    assert expected.sum() > 0
    assert (kept.streamed == expected).all()


def test_seed_decides_the_union() -> None:
    first, again, other = (populate(300, 6, seed) for seed in (1, 1, 2))
    assert (first.streams.gross == again.streams.gross).all()
    assert first.streams.gross.sum() != other.streams.gross.sum()


def test_sample_keeps_members_with_all_their_income() -> None:
    population = populate(400, 6, 3, Shape(crowds_a_year=3))
    members = np.arange(0, 400, 4)
    part = population.sample(members)
    whole, small = books.Books(population), books.Books(part)
    assert (small.earned == whole.earned[members]).all()
    assert (small.agents_part == whole.agents_part[members]).all()


def test_fit_finds_the_constants_through_the_refund_cap() -> None:
    counts = np.array([[1.0, n] for n in (1, 2, 5, 9, 30)])
    touched = Touched.of(counts, np.array([100, 200, 300, 400, 500]), emptied=counts[:, 1])
    before = counts @ np.array([5_000.0, 17_000.0]) + touched.call_data_gas + 21_000
    gas = before - np.minimum(counts[:, 1] * EMPTIED_WORD_REFUND, before / 5)
    model = fit(("transaction", "payee"), touched, gas)
    assert model.constants == pytest.approx((5_000, 17_000))
    assert model.predict(touched) == pytest.approx(gas)


def test_costs_that_cannot_be_told_apart_are_refused() -> None:
    counts = np.ones((4, 2))
    with pytest.raises(ValueError, match="can't tell 2 constants apart"):
        fit(("one", "the same"), Touched.of(counts, np.zeros(4, dtype=np.int64)), np.full(4, 30_000.0))


def test_chain_prices_gas_data_and_time() -> None:
    chain = Chain.parse("mine:2:2:3:0.5:60")
    assert chain.dollars(10**9, 2 * 10**9, 1_000) == pytest.approx(2_000 + 1_000)
    assert chain.seconds(7) == 3 * 2 + 60


@pytest.mark.parametrize("text", ["mine", "mine:-1", "mine:1:0", "mine:1:12:0", "mine:x", "mine:1:2:3:4:5:6"])
def test_senseless_chain_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="mine"):
        Chain.parse(text)


def test_record_without_its_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no marks\n")
    with pytest.raises(ValueError, match="figures"):
        record({"agreement": []}, page)
    assert page.read_text() == "no marks\n"


def test_batch_that_fits_no_transaction_is_refused() -> None:
    costs = _costs(payee=30_000.0)
    population = populate(2_000, 2, 5, Shape(idle=0, crowds_a_year=0))
    with pytest.raises(BatchTooLargeError, match="600 members need up to"):
        live(population, costs, 600, quiet)
    assert live(population, costs, 300, quiet).members.largest < 2**24


def _costs(payee: float) -> Costs:
    """Where only payees cost something, whoever they are."""

    def model(names: tuple[str, ...]) -> CostModel:
        return CostModel(names, (0.0, payee, *(0.0 for _ in names[2:])), 1, 0.0)

    return Costs(model(PAYDAY), model(AGENTS), model(PUSH))
