"""Counts what each check looked at and keeps what it found."""

from __future__ import annotations

from trust.audit.model import Check, Finding, Place
from trust.audit.promises import PROMISES
from trust.index import IndexedEvent

#: Most findings kept of one check: one broken price must not bury the rest. All are counted.
MOST_FINDINGS = 100


class Ledger:
    """One audit's checks while it runs."""

    def __init__(self) -> None:
        self._facts = dict.fromkeys(PROMISES, 0)
        self._found = dict.fromkeys(PROMISES, 0)
        self._findings: dict[str, list[Finding]] = {name: [] for name in PROMISES}
        self._remarks = dict.fromkeys(PROMISES, "")
        self._noted = dict.fromkeys(PROMISES, 0)
        self._notes: dict[str, list[Finding]] = {name: [] for name in PROMISES}

    def look(self, check: str, facts: int = 1) -> None:
        """So many more facts were looked at."""
        self._facts[check] += facts

    def find(self, check: str, what: str, event: IndexedEvent | None = None) -> None:
        """A promise was broken, by this event if one tells of it."""
        self._found[check] += 1
        if len(self._findings[check]) < MOST_FINDINGS:
            self._findings[check].append(Finding(check, what, Place.of(event) if event else None))

    def note(self, check: str, what: str, event: IndexedEvent | None = None) -> None:
        """One thing to see that breaks no promise: whoever reads the report judges it."""
        self._noted[check] += 1
        if len(self._notes[check]) < MOST_FINDINGS:
            self._notes[check].append(Finding(check, what, Place.of(event) if event else None))

    def remark(self, check: str, what: str) -> None:
        """Something to know of all that was looked at, which breaks no promise."""
        self._remarks[check] = what

    def checks(self) -> tuple[Check, ...]:
        """All of them, in order."""
        return tuple(
            Check(
                name,
                promise,
                self._facts[name],
                self._found[name],
                tuple(self._findings[name]),
                self._remarks[name],
                self._noted[name],
                tuple(self._notes[name]),
            )
            for name, promise in PROMISES.items()
        )
