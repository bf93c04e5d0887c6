"""Goes through a deployment's events in the chain's order and holds each against the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import trust.audit.rules_consent as consent
import trust.audit.rules_credit as credit
import trust.audit.rules_crowd as crowd
import trust.audit.rules_disclosure as disclosure
import trust.audit.rules_money as money
import trust.audit.rules_pay as pay
import trust.audit.rules_premium as premium
import trust.audit.rules_provenance as provenance
import trust.audit.rules_room as room
import trust.audit.rules_use as use
from trust.audit.card import Cycles
from trust.audit.case import Case, Rule
from trust.audit.facts import Facts, Unknown
from trust.audit.ledger import Ledger
from trust.audit.reading import read
from trust.errors import InputError
from trust.index import IndexedEvent

_ALL = (
    *(*consent.RULES, *use.RULES, *pay.RULES, *premium.RULES, *crowd.RULES, *money.RULES),
    *(*disclosure.RULES, *room.RULES, *provenance.RULES, *credit.RULES),
)


def _by_event() -> dict[str, list[tuple[str, Rule]]]:
    found: dict[str, list[tuple[str, Rule]]] = {}
    for check, names, rule in _ALL:
        for name in names:
            found.setdefault(name, []).append((check, rule))
    return found


_RULES = _by_event()
#: What looking at an event raises that no contract emits: it names what never was, or has impossible amounts.
_IMPOSSIBLE = (LookupError, ArithmeticError, ValueError, InputError)


class Replay:
    """The auditor's way through the chain: holds the facts so far, and writes what it finds into the ledger."""

    def __init__(self, ledger: Ledger, cycles: Cycles, payroll: str) -> None:
        self.facts = Facts(cycles)
        self._ledger = ledger
        self._payroll = payroll

    def run(self, events: Iterable[IndexedEvent]) -> None:
        """Events, with the token's transfers among them, in the chain's order and from the deployment on."""
        for tx in _transactions(events):
            for at, event in enumerate(tx):
                self._hold(Case(self.facts, tx, at))
                try:
                    read(self.facts, event)
                except _IMPOSSIBLE as gap:
                    self._ledger.find("A04", f"{event.name}: {_said(gap)}.", event)
                self._ledger.look("A04")
            money.check_transfers(self._ledger, self.facts, tx, self._payroll)
        room.check_seats(self._ledger, self.facts)

    def note(self, now: int) -> None:
        """What breaks no promise and should be seen, at this time."""
        disclosure.note_late(self._ledger, self.facts, now)
        provenance.note_confirmations(self._ledger, self.facts)
        credit.note_challenges(self._ledger, self.facts)

    def _hold(self, case: Case) -> None:
        for check, rule in _RULES.get(case.event.name, ()):
            self._ledger.look(check)
            try:
                for what in rule(case):
                    self._ledger.find(check, f"{case.event.name}: {what}.", case.event)
            except _IMPOSSIBLE as gap:
                self._ledger.find(check, f"{case.event.name}: {_said(gap)}.", case.event)


def _said(gap: Exception) -> str:
    return str(gap) if isinstance(gap, Unknown) else f"it can't be true ({gap!r})"


def _transactions(events: Iterable[IndexedEvent]) -> Iterator[list[IndexedEvent]]:
    for _, tx in groupby(events, lambda event: (event.block_number, event.tx_hash)):
        yield list(tx)
