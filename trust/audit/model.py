"""What an audit finds: checks, how much each looked at, and the transactions that break a promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trust.index import IndexedEvent


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the chain something is told."""

    block_number: int
    log_index: int
    tx_hash: str

    @classmethod
    def of(cls, event: IndexedEvent) -> Place:
        """Of an event."""
        return cls(event.block_number, event.log_index, event.tx_hash)


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that was not kept. `place` is None for what no single transaction tells."""

    check: str
    what: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, how many facts were looked at, and those that break it.

    `findings` holds the first of them; `found` counts all. `remark` says what a reader should know besides, and
    `notes` what breaks no promise but should be seen, such as what is overdue: the first of them, `noted` counts all.
    """

    id: str
    promise: str
    facts: int
    found: int
    findings: tuple[Finding, ...]
    remark: str = ""
    noted: int = 0
    notes: tuple[Finding, ...] = ()

    @property
    def kept(self) -> bool:
        return not self.found


@dataclass(frozen=True, slots=True)
class Report:
    """An audit of one deployment up to one block. Two auditors of the same block get the same `digest`.

    `digest` is None when the events contradict each other, so that they add up to nothing.
    """

    chain_id: int
    block: int
    block_hash: str
    timestamp: int
    events: int
    transfers: int
    digest: str | None
    checks: tuple[Check, ...]

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return all(check.kept for check in self.checks)

    def check(self, name: str) -> Check:
        """The check with this id."""
        return next(check for check in self.checks if check.id == name)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "chain_id": self.chain_id,
            "block": self.block,
            "block_hash": self.block_hash,
            "timestamp": self.timestamp,
            "events": self.events,
            "transfers": self.transfers,
            "digest": self.digest,
            "clean": self.clean,
            "checks": [_check(check) for check in self.checks],
        }


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "promise": check.promise,
        "kept": check.kept,
        "facts": check.facts,
        "remark": check.remark,
        "found": check.found,
        "findings": [_finding(finding) for finding in check.findings],
        "noted": check.noted,
        "notes": [_finding(note) for note in check.notes],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "what": finding.what,
        "block_number": place.block_number if place else None,
        "log_index": place.log_index if place else None,
        "transaction": place.tx_hash if place else None,
    }
