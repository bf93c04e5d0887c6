"""What the keepers of a deployment have done, are doing and can't do; asks no node."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from trust.index import Index
from trust.keeper.database import Database
from trust.keeper.due import retry_at
from trust.keeper.keeper import scope_of
from trust.keeper.model import Policy
from trust.keeper.tables import Tables
from trust.views.owed import owed

_LATEST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A payee whose wallet could not receive `amount` (base units) `tries` times; tried again at `retry_at`."""

    item: str
    amount: int
    tries: int
    retry_at: int


@dataclass(frozen=True, slots=True)
class Status:
    """Times in Unix seconds. `cycle` and `held` are as of the index's last block; None and empty without an index."""

    keepers: tuple[dict[str, Any], ...]
    leases: tuple[dict[str, Any], ...]
    open: tuple[dict[str, Any], ...]
    sums: tuple[dict[str, Any], ...]
    runs: tuple[dict[str, Any], ...]
    troubles: tuple[dict[str, Any], ...]
    cycle: int | None
    held: tuple[Held, ...]


def status(database: Database, index: Index, policy: Policy | None = None) -> Status:
    """The tables, and who is held as the index knows it."""
    policy, scope = (policy or Policy()).within(index.deployment.cycle_seconds), scope_of(index.deployment)
    tables = Tables(database, scope, "status", policy.lease)

    def rows(query: str, **values: Any) -> tuple[dict[str, Any], ...]:
        found = database.run(query, scope=scope, now=database.now(), **values)
        return tuple({name: _whole(value) for name, value in row.items() if name != "scope"} for row in found)

    synced = index.latest() is not None
    claims = owed(index) if synced else None
    return Status(
        keepers=rows("keepers"),
        leases=rows("leases"),
        open=tuple(
            {"key": work.job.key, "kind": work.job.kind.value, "cycle": work.job.cycle,
             "items": len(work.job.items), "hashes": list(work.hashes)}
            for work in tables.open()
        ),
        sums=rows("sums"),
        runs=rows("runs", limit=_LATEST_RUNS),
        troubles=tuple(asdict(trouble) for trouble in tables.troubles()),
        cycle=claims.cycle if claims else None,
        held=tuple(
            Held(claim.item, claim.amount, claim.tries, retry_at(claim.tries, claim.tried_at, policy))
            for claim in (claims.held if claims else ())
        ),
    )  # fmt: skip


def _whole(value: Any) -> Any:
    """PostgreSQL sums whole numbers to decimals."""
    return value if isinstance(value, str | float | None) else int(value)
