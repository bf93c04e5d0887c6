"""What a run found, as a JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simulation.agreement import Agreement
from simulation.footprint import number_gas
from simulation.gas import CostModel
from simulation.prices import Chain, Peer
from simulation.sample import Costs
from simulation.year import Work, Year

#: Transactions up to this size are measured, so none larger is claimed.
BATCHES = (1, 5, 10, 25, 50, 100)
IDLE_CYCLES = (1, 2, 4, 13, 26, 52)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how it was asked for, and what came out."""

    settings: dict[str, Any]
    income: dict[str, int | float]
    costs: Costs
    year: Year
    peers: list[Peer]
    chains: Sequence[Chain]
    ether_dollars: float
    agreements: list[Agreement]
    wallets_compared: int
    units_compared: int


def as_json(run: Run) -> dict[str, Any]:
    """The same for the same settings, bytecode and library versions: it holds no time of this machine."""
    year = run.year
    return {
        "settings": run.settings,
        "income": run.income,
        "year": {kind: _work(work) for kind, work in year.kinds.items()},
        "busiest payday": _busiest(run),
        "a payday of every member": _everybody(run),
        "constants": [_constants(kind, model) for kind, model in _models(run.costs)],
        "gas_of_a_member": {
            str(batch): {
                str(cycles): round(member_gas(run.costs.members, batch, cycles)) for cycles in IDLE_CYCLES
            }
            for batch in BATCHES
        },
        "chains": [_chain(run, chain) for chain in run.chains],
        "peers": [_peer(run, peer) for peer in run.peers],
        "agreement": [
            asdict(a)
            | {"difference": round(a.difference, 6), "worst_payday": round(a.worst_payday, 6), "good": a.good}
            for a in run.agreements
        ],
        "wallets_compared": run.wallets_compared,
        "base_units_compared": run.units_compared,
    }


def member_gas(model: CostModel, batch: int, cycles: int) -> float:
    """Gas of a member in a payday of `batch`, `cycles` after the one before, pay having changed in every word."""
    words = -(-cycles // 4)
    short = words <= 2
    counts = {
        "transaction": 1,
        "member": batch,
        "fees' dues": 1,
        "word of changes": batch * words * short,
        "word found by the bitmap": batch * words * (not short),
        "cycle in such words": batch * cycles,
        "bitmap": batch * (not short),
    }
    data = 8 * 16 + 92 * 4 + int(number_gas(np.arange(batch) + 100_001).sum())
    return model.one(counts, data) / batch


def _models(costs: Costs) -> Iterator[tuple[str, CostModel]]:
    yield from (("payday", costs.members), ("agents", costs.agents), ("push of a chunk", costs.crowds))


def _constants(kind: str, model: CostModel) -> dict[str, Any]:
    return {
        "kind": kind,
        "transactions": model.transactions,
        "mean_error": round(model.error, 6),
        "gas": {name: round(cost) for name, cost in zip(model.names, model.constants, strict=True)},
    }


def _work(work: Work) -> dict[str, int]:
    return {
        "payments": sum(work.payments),
        "transactions": sum(work.transactions),
        "gas": round(sum(work.gas)),
        "gas_each": round(sum(work.gas) / max(1, sum(work.payments))),
        "largest_transaction": round(work.largest),
        "base_units": work.money,
    }


def _busiest(run: Run) -> dict[str, int]:
    columns = ("payments", "transactions", "gas")
    by_payday = {column: run.year.by_payday(column) for column in columns}
    place = int(np.argmax(by_payday["transactions"]))
    found = {column: round(by_payday[column][place]) for column in columns}
    return {"week": place + 1, **found, "gas_each": round(found["gas"] / max(1, found["payments"]))}


def _everybody(run: Run) -> dict[str, int]:
    """As if all were owed something, a week after they were paid last."""
    members, batch = run.settings["members"], run.settings["batch"]
    each = member_gas(run.costs.members, batch, 1)
    return {
        "payments": members,
        "transactions": -(-members // batch),
        "gas": round(members * each),
        "gas_each": round(each),
    }


def _chain(run: Run, chain: Chain) -> dict[str, Any]:
    gas, data = run.year.total("gas"), run.year.total("call_data_bytes")
    busiest = _busiest(run)["transactions"]
    year = chain.dollars(gas, data, run.ether_dollars)
    return asdict(chain) | {
        "dollars_a_year": round(year, 2),
        "dollars_a_payday": round(year / len(run.year.stream_withdrawals), 2),
        "dollars_a_payment": round(year / max(1, run.year.total("payments")), 6),
        "busiest_payday_seconds": round(chain.seconds(busiest)),
    }


def _peer(run: Run, peer: Peer) -> dict[str, Any]:
    return asdict(peer) | {
        "ours": round(peer.ours),
        "gas": peer.gas,
        "times_ours": round(peer.gas / peer.ours, 2) if peer.ours else None,
        "dollars_a_year": {c.name: round(c.dollars(peer.gas, 0, run.ether_dollars)) for c in run.chains},
    }
