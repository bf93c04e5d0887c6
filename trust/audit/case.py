"""One event before a rule: what was known until then, and the transaction around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trust.audit.facts import Facts
from trust.index import IndexedEvent

#: What the token says of money in and out of Payroll, told as an event among the others.
MOVED = "TokenMoved"


@dataclass(frozen=True, slots=True)
class Case:
    """`facts` are those before the event; `at` is its place among its transaction's events."""

    facts: Facts
    tx: Sequence[IndexedEvent]
    at: int

    @property
    def event(self) -> IndexedEvent:
        return self.tx[self.at]

    @property
    def args(self) -> Mapping[str, Any]:
        return self.event.args

    @property
    def now(self) -> int:
        return self.event.timestamp

    def others(self, *names: str, **args: Any) -> list[IndexedEvent]:
        """Events of the transaction with these names and arguments."""
        return [event for event in self.tx if _is(event, names, args)]

    def before(self, *names: str, since: Sequence[str] = (), **args: Any) -> list[IndexedEvent]:
        """Of these, the ones before the event; only back to the last event named in `since`."""
        start = 0
        for at in range(self.at):
            if self.tx[at].name in since:
                start = at + 1
        return [event for event in self.tx[start : self.at] if _is(event, names, args)]

    def after(self, *names: str, until: Sequence[str] = (), **args: Any) -> list[IndexedEvent]:
        """Of these, the ones after it; only up to the first event named in `until`."""
        found = []
        for event in self.tx[self.at + 1 :]:
            if event.name in until:
                break
            if _is(event, names, args):
                found.append(event)
        return found

    def beside(self, step: int, name: str, **args: Any) -> IndexedEvent | None:
        """The event right before (-1) or after (+1), if it is this one."""
        at = self.at + step
        found = self.tx[at] if 0 <= at < len(self.tx) else None
        return found if found and _is(found, (name,), args) else None


def _is(event: IndexedEvent, names: Sequence[str], args: Mapping[str, Any]) -> bool:
    return event.name in names and all(event.args.get(name) == value for name, value in args.items())


#: What is wrong with an event, in plain words; nothing when it keeps the promise.
Rule = Callable[[Case], Iterator[str]]

#: A promise, the events it is about, and the rule.
Rules = tuple[tuple[str, tuple[str, ...], Rule], ...]
