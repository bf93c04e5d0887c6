"""What gas costs, how long a payday takes, and what the peers need for the same work."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Self

from simulation.year import Year

_FIGURES = Path(__file__).resolve().parents[2] / "tools" / "peers" / "figures.json"
_GWEI_PER_ETHER = 10**9


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain at a price.

    `transactions_per_block` is what the keeper gets in; `data_gwei` is a rollup's price of a byte of call data on the
    chain below.
    """

    name: str
    gas_gwei: float
    block_seconds: float
    transactions_per_block: int
    data_gwei: float = 0.0
    final_seconds: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From NAME:GWEI[:BLOCK_SECONDS[:TRANSACTIONS_PER_BLOCK[:DATA_GWEI[:FINAL_SECONDS]]]]. Raises ValueError."""
        try:
            name, gas, *rest = text.split(":")
            numbers = [float(part) for part in (gas, *rest)] + [12.0, 2.0, 0.0, 768.0][len(rest) :]
            gas_gwei, seconds, places, data_gwei, final = numbers
        except ValueError as cause:
            raise ValueError(f"{text!r} is not NAME:GWEI and up to four more numbers") from cause
        if min(gas_gwei, data_gwei, final) < 0 or seconds <= 0 or places < 1:
            raise ValueError(f"{text!r}: a price or time is negative, or a block holds nothing")
        return cls(name, gas_gwei, seconds, int(places), data_gwei, final)

    def dollars(self, gas: float, call_data_bytes: float, ether_dollars: float) -> float:
        """What so much gas and call data costs."""
        gwei = gas * self.gas_gwei + call_data_bytes * self.data_gwei
        return gwei / _GWEI_PER_ETHER * ether_dollars

    def seconds(self, transactions: float) -> float:
        """From a payday's first block until its last transaction is final."""
        return ceil(transactions / self.transactions_per_block) * self.block_seconds + self.final_seconds


#: Prices are examples, not forecasts. Blocks of 12 s are final after two epochs of 32; a rollup's when its batch is.
CHAINS = (
    Chain("layer 1, quiet", 0.5, 12, 2, final_seconds=768),
    Chain("layer 1", 5, 12, 2, final_seconds=768),
    Chain("layer 1, spike", 50, 12, 2, final_seconds=768),
    Chain("layer 2", 0.01, 2, 4, data_gwei=0.05, final_seconds=1_200),
    Chain("layer 2, spike", 0.1, 2, 4, data_gwei=0.5, final_seconds=1_200),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer would do a part of the work: how often it does what, at which gas, and where the figure is from.

    `ours` is our gas for that part. Neither side has the cost of a wallet's first dollars in it.
    """

    what: str
    times: int
    gas_each: int
    source: str
    ours: float

    @property
    def gas(self) -> int:
        """All of it."""
        return self.times * self.gas_each


def peers(year: Year) -> list[Peer]:
    """Peers beside the part of the year's work that they could do. Fees and agents are left out, in their favour."""
    figures = json.loads(_FIGURES.read_text())
    withdrawals = sum(year.stream_withdrawals)
    members, seats = sum(year.members.payments), sum(year.crowds.payments)
    paydays = year.members.gas_to_used_wallets + year.agents.gas_to_used_wallets
    pushes = year.crowds.gas_to_used_wallets
    twenty, source = _figure(figures, "Sablier Flow: payday a member, 20 streams each, of 100")
    rows = [Peer("Sablier Flow, batched withdrawals", withdrawals, twenty // 20, source, paydays)]
    for what, times, figure, ours in (
        (
            "Sablier Flow, single withdrawals",
            withdrawals,
            "Sablier Flow: withdraw one stream",
            paydays,
        ),
        (
            "Superfluid, members unwrap",
            members,
            "Superfluid: unwrap into dollars, by the member",
            paydays,
        ),
        ("PushSplit, pushes to seats", seats, "PushSplit: push to a member", pushes),
        ("Superfluid, pushes to seats", seats, "Superfluid: push to a pool member, in batches", pushes),
    ):
        gas, source = _figure(figures, figure)
        rows.append(Peer(what, times, gas, source, ours))
    return rows


def _figure(figures: dict[str, dict[str, dict[str, str | int]]], name: str) -> tuple[int, str]:
    for kind in ("measured", "cited"):
        if name in figures[kind]:
            found = figures[kind][name]
            return int(found["gas"]), str(found.get("package") or found["source"])
    raise KeyError(f"{_FIGURES.name} has no figure {name!r}")
