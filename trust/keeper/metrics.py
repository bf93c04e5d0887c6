"""Prometheus metrics of one keeper."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from trust.keeper.health import Health, problems
from trust.keeper.model import Round, Run

_BY_KIND = ("kind",)


class Metrics:
    """Numbers that a Prometheus server reads; `text` may be called from another thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._rounds = self._counter("rounds", "Looks at the chain")
        self._errors = self._counter("errors", "Rounds that failed, by error", ("error",))
        self._transactions = self._counter("transactions", "Final transactions", _BY_KIND)
        self._payments = self._counter("payments", "Payees paid", _BY_KIND)
        self._held = self._counter("payments_held", "Payees whose wallet could not receive", _BY_KIND)
        self._units = self._counter("paid_units", "Base units paid", _BY_KIND)
        self._gas = self._counter("gas_used", "Gas of final transactions", _BY_KIND)
        self._fees = self._counter("fees_wei", "Wei spent on gas", _BY_KIND)
        self._gauges = {
            name: Gauge(f"trust_keeper_{name}", help, registry=self._registry)
            for name, help in (
                ("healthy", "1 when nothing is wrong"),
                ("last_cycle_paid", "Last payroll cycle in which all that was due was paid"),
                ("cycle", "Payroll cycle of the chain's last block"),
                ("head_age_seconds", "Age of the chain's last block"),
                ("index_lag_blocks", "Blocks the index is behind the chain"),
                ("held_wallets", "Payees whose wallet could not receive at the last try"),
                ("set_aside", "Payees that no call can include"),
                ("open_calls", "Calls planned or sent, not final, of all keepers of the database"),
                ("outbox_in_flight", "Calls this keeper has under lease"),
                ("unmined", "Calls this keeper has sent that are in no block"),
                ("ether_wei", "What this keeper can spend on gas"),
                ("waiting", "1 when calls wait: gas above the cap, ether short, a node that can't say"),
            )
        }

    def good(self, done: Round) -> None:
        """Count a round."""
        self._rounds.inc()
        for run in done.runs:
            self._ran(run)

    def failed(self, error: Exception) -> None:
        """Count a round that failed."""
        self._rounds.inc()
        self._errors.labels(type(error).__name__).inc()

    def text(self, health: Health, stale_after: float) -> bytes:
        """In Prometheus' text format."""
        now, last = time.time(), health.last
        values: dict[str, float] = {
            "healthy": not problems(health, now, stale_after),
            "last_cycle_paid": health.paid_cycle,
        }
        if last is not None:
            values |= {
                "cycle": last.cycle,
                "head_age_seconds": max(0.0, now - last.head_time),
                "index_lag_blocks": max(0, last.head - last.index_block),
                "held_wallets": last.held,
                "set_aside": last.troubled,
                "open_calls": last.open,
                "outbox_in_flight": last.mine,
                "unmined": last.unmined,
                "ether_wei": last.ether,
                "waiting": bool(last.waits),
            }
        for name, value in values.items():
            self._gauges[name].set(value)
        return generate_latest(self._registry)

    def _ran(self, run: Run) -> None:
        kind = run.kind.value
        self._transactions.labels(kind).inc()
        self._payments.labels(kind).inc(run.paid)
        self._held.labels(kind).inc(run.held)
        self._units.labels(kind).inc(run.amount)
        self._gas.labels(kind).inc(run.gas_used)
        self._fees.labels(kind).inc(run.fee_wei)

    def _counter(self, name: str, help: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"trust_keeper_{name}", help, labels, registry=self._registry)
