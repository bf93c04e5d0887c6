"""Which of the token's transfers are a production's: those that its own events tell of, in the same transaction.

Payroll tells of money that left after the transfers, but for what a studio takes back; of money that came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from trust.evidence.logs import TRANSFER, Event
from trust.index.codec import TOKEN

# What an event of Payroll says has just left, in base units.
_OUT: Mapping[str, tuple[str, ...]] = {
    "Paid": ("amount",),
    "AgentPaid": ("amount",),
    "Remitted": ("benefits", "levy", "dues"),
    "PoolPushed": ("paid",),
    "SeatsPaid": ("paid",),
    "SeatsVacated": ("paid",),
}
_HELD = "PoolPayHeld"  # of a pool's pay, what a wallet did not take
_BOTH = {"Funded": ("from", "sender"), "TakenBack": ("to", "recipient")}


def told_by(events: Iterable[Event]) -> Iterator[tuple[Event, Event]]:
    """Each transfer that an event tells of, with that event. `events` in the chain's order."""
    for _, group in groupby(events, key=lambda event: event.transaction):
        transaction = list(group)
        if any(_is_transfer(event) for event in transaction):
            yield from _by_party(transaction)
            yield from _by_sum(transaction)


def _is_transfer(event: Event) -> bool:
    return event.contract == TOKEN and event.name == TRANSFER


def _by_party(transaction: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    left = [event for event in transaction if _is_transfer(event)]
    for event in transaction:
        if event.contract != "Payroll" or event.name not in _BOTH:
            continue
        column, side = _BOTH[event.name]
        wanted = (event.fields[column], event.fields["amount"])
        for transfer in left:
            if (transfer.fields[side], transfer.fields["amount"]) == wanted:
                left.remove(transfer)
                yield transfer, event
                break


def _by_sum(transaction: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    """The last transfers before an event that add up to what it says."""
    before: list[Event] = []
    held = 0
    for event in transaction:
        if _is_transfer(event):
            before.append(event)
        elif event.contract == "Payroll" and event.name == _HELD:
            held += _amount(event, ("amount",))
        elif event.contract == "Payroll" and event.name in _OUT:
            left = _amount(event, _OUT[event.name]) - (held if event.get("pool_id") is not None else 0)
            while left > 0 and before:
                transfer = before.pop()
                left -= _amount(transfer, ("amount",))
                yield transfer, event
            before, held = [], 0


def _amount(event: Event, columns: Sequence[str]) -> int:
    return sum(int(event.fields[column]) for column in columns)
