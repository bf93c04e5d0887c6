"""How a node fails without lying: named, seeded, counted."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from chaos.faults import REQUEST_FAULTS, Fault

REFUSALS = {
    Fault.RPC_ERROR: (-32603, "internal error: header not found"),
    Fault.RATE_LIMIT: (-32005, "rate limit exceeded"),
}


@dataclass(slots=True)
class Weather:
    """Chances per request and per call, and what came of them."""

    per_request: float = 0.0
    per_call: float = 0.0
    dice: random.Random = field(default_factory=random.Random)
    counts: Counter[Fault] = field(default_factory=Counter)

    def request(self) -> Fault | None:
        """A fault of a whole request."""
        return self._one_of(REQUEST_FAULTS, self.per_request)

    def call(self) -> Fault | None:
        """A fault of one call."""
        return self._one_of(tuple(REFUSALS), self.per_call)

    def _one_of(self, faults: tuple[Fault, ...], chance: float) -> Fault | None:
        if self.dice.random() >= chance:
            return None
        fault = self.dice.choice(faults)
        self.counts[fault] += 1
        return fault
