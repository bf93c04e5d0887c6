"""How the keeper is, for people and for whatever restarts it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trust.keeper.model import Round


@dataclass(frozen=True, slots=True)
class Health:
    """What the last rounds showed. Times in Unix seconds; `failures` rounds failed in a row, the last by `error`.

    `paid_cycle` is the last payroll cycle in which everything due was paid and final, -1 before the first.
    """

    owner: str
    started_at: float
    good_at: float
    paid_cycle: int = -1
    failures: int = 0
    error: str = ""
    last: Round | None = None

    def after(self, done: Round, now: float) -> Health:
        """After a round that went well."""
        paid = done.cycle if done.idle else self.paid_cycle
        return replace(self, good_at=now, paid_cycle=paid, failures=0, error="", last=done)

    def failed(self, error: Exception) -> Health:
        """After a round that did not."""
        return replace(self, failures=self.failures + 1, error=str(error))


def problems(health: Health, now: float, stale_after: float) -> tuple[str, ...]:
    """What is wrong, in words; nothing when all is well. `stale_after` in seconds."""
    found = []
    if now - health.good_at > stale_after:
        found.append(f"no good round for {now - health.good_at:.0f} s")
    if health.error:
        found.append(health.error)
    if health.last is not None and now - health.last.head_time > stale_after:
        found.append(f"the chain's last block is {now - health.last.head_time:.0f} s old")
    return tuple(found)


def document(health: Health, now: float, stale_after: float) -> dict[str, object]:
    """The answer of /healthz; `healthy` decides between 200 and 503."""
    wrong, last = problems(health, now, stale_after), health.last
    found: dict[str, object] = {
        "healthy": not wrong,
        "problems": list(wrong),
        "keeper": health.owner,
        "up_seconds": round(now - health.started_at),
        "last_cycle_paid": health.paid_cycle,
        "good_round_seconds_ago": round(now - health.good_at),
        "failures_in_a_row": health.failures,
    }
    if last is None:
        return found
    return found | {
        "cycle": last.cycle,
        "head": last.head,
        "head_age_seconds": max(0, round(now - last.head_time)),
        "index_lag_blocks": max(0, last.head - last.index_block),
        "held_wallets": last.held,
        "set_aside": last.troubled,
        "open_calls": last.open,
        "outbox_in_flight": last.mine,
        "unmined": last.unmined,
        "ether_wei": str(last.ether),
        "waits": list(last.waits),
    }
