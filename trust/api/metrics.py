"""Prometheus metrics of one API."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Numbers that a Prometheus server reads. They name no client, member or wallet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "trust_api_requests",
            "Requests, by route, method and status",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "trust_api_seconds", "Seconds to answer", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._sign_ins = Counter(
            "trust_api_sign_ins", "Sign-ins, by how they ended", ("ended",), registry=self._registry
        )
        self._gauges = {
            name: Gauge(f"trust_api_{name}", help, registry=self._registry)
            for name, help in (
                ("healthy", "1 when the index has blocks and follows the chain"),
                ("index_block", "Last block of the index, -1 before the first"),
                ("index_proven", "Block up to which all is proven by receipts, -1 for none"),
                ("index_lag_seconds", "Age of the index's last block"),
                ("index_events", "Events in the index"),
            )
        }

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the template, never the path itself."""
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def signed_in(self, ended: str) -> None:
        """Count a sign-in."""
        self._sign_ins.labels(ended).inc()

    def text(self, values: dict[str, float]) -> bytes:
        """In Prometheus' text format; `values` are the gauges'."""
        for name, value in values.items():
            self._gauges[name].set(value)
        return generate_latest(self._registry)
