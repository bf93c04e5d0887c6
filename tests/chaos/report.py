"""What a run came to, for people and for programs."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from chaos.faults import Fault
from chaos.harness import Harness
from chaos.plan import Setup
from chaos.proxy import Proxy, hash_of
from chaos.referee import Findings, Spent, spent

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Report:
    """A run. `settled_seconds`: how long rounds took, once the storm was over, until all were paid."""

    seed: int
    rounds: int
    seconds: float
    setups: dict[str, int]
    members: int
    paid_units: int
    faults: dict[str, int]
    blows: dict[str, int]
    kills: int
    starts: int
    refused: int
    requests: int
    settled_seconds: dict[str, float]
    transactions: dict[str, int]
    findings: Findings

    @property
    def clean(self) -> bool:
        return self.findings.clean

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        done = self.transactions
        rows = {
            "rounds": f"{self.rounds}, in {self.seconds:.0f} s, seed {self.seed}",
            "members": f"{self.members}, paid {self.paid_units / 1e6:,.6f} dollars",
            "keepers": f"started {self.starts} times, killed {self.kills} times,"
            f" {self.refused} times without a node to start with",
            "requests": f"{self.requests:,}, of which {sum(self.faults.values()):,} went wrong",
            "settled": ", ".join(f"{name} {value:.1f} s" for name, value in self.settled_seconds.items()),
            "transactions": f"{done['sent']}, of which {done['wasted']} paid nobody ({done['wasted_gas']:,} gas"
            f" of {done['gas']:,}) and {done['reverted']} reverted",
        }
        lines = [
            *_table(rows),
            "",
            *_table(self.setups),
            "",
            *_table(self.blows),
            "",
            *_table(self.faults),
            "",
        ]
        lines += _named(self.findings.other, "other faults")
        lines += _named(self.findings.double, "double")
        return [*lines, *_named(self.findings.missed, "missed")]


def report(
    harness: Harness, proxy: Proxy, seed: int, seconds: float, setups: Counter[Setup], rounds: int
) -> Report:
    """Of a run that is over."""
    faults: Counter[Fault] = sum((line.dice.counts for line in proxy.lines.values()), Counter())
    hashes = [hash_of(raw) for line in proxy.lines.values() for raw in line.raws]
    done: Spent = spent(harness.world, hashes)
    times = sorted(harness.settled)
    return Report(
        seed=seed,
        rounds=rounds,
        seconds=seconds,
        setups={setup.value: setups[setup] for setup in Setup},
        members=len(harness.world.members),
        paid_units=sum(harness.world.look().received.values()),
        faults={fault.value: faults[fault] for fault in Fault},
        blows={blow.value: count for blow, count in sorted(harness.blows.items())},
        kills=sum(keeper.kills for keeper in harness.keepers.values()),
        starts=sum(keeper.starts for keeper in harness.keepers.values()),
        refused=sum(keeper.refused for keeper in harness.keepers.values()),
        requests=sum(line.requests for line in proxy.lines.values()),
        settled_seconds={
            "median": statistics.median(times),
            "90 %": times[int(len(times) * 0.9)],
            "longest": times[-1],
        },
        transactions=asdict(done),
        findings=harness.findings,
    )


def _table(rows: dict[str, Any]) -> list[str]:
    width = max((len(name) for name in rows), default=0)
    return [f"  {name:<{width}}  {value}" for name, value in rows.items()]


def _named(found: list[str], what: str) -> list[str]:
    more = [f"  ... and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return [f"{len(found)} {what}", *(f"  {one}" for one in found[:_SHOWN]), *more]
