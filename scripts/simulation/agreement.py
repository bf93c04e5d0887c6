"""How far the model is from the bytecode on the same paydays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.gas import CostModel
from simulation.sample import Costs, Play, Played

#: How far apart they may be in gas. In money they may not differ at all.
TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Agreement:
    """One kind of payment: gas of all transactions, measured and by the model, and the worst payday's difference."""

    kind: str
    transactions: int
    payments: int
    measured: int
    model: int
    worst_payday: float

    @property
    def difference(self) -> float:
        """Of the model from what was measured."""
        return self.model / self.measured - 1

    @property
    def good(self) -> bool:
        """Within the tolerance, overall and on every payday."""
        return abs(self.difference) <= TOLERANCE and self.worst_payday <= TOLERANCE


def agreements(played: Play, costs: Costs) -> list[Agreement]:
    """For each kind of payment that was played."""
    kinds = (
        ("members", played.members, costs.members),
        ("agents", played.agents, costs.agents),
        ("crowd seats", played.crowds, costs.crowds),
    )
    return [_agreement(kind, work, model) for kind, work, model in kinds if work.gas]


def _agreement(kind: str, work: Played, model: CostModel) -> Agreement:
    predicted, cycles = work.predicted(model), np.array(work.cycles)
    measured_by_payday = np.bincount(cycles, weights=work.measured)
    apart = np.abs(np.bincount(cycles, weights=predicted) - measured_by_payday)
    played = measured_by_payday > 0
    return Agreement(
        kind=kind,
        transactions=len(cycles),
        payments=work.payments,
        measured=int(work.measured.sum()),
        model=round(float(predicted.sum())),
        worst_payday=float((apart[played] / measured_by_payday[played]).max()),
    )
