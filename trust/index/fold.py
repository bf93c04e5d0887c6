"""Events into books. Pure: the same events give the same books, whoever reads them and when."""

from __future__ import annotations

from collections.abc import Iterable

from trust.errors import IndexFault
from trust.index import fold_deals, fold_facts, fold_payroll, fold_pools, fold_transparency
from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.schedule import Clock

_HANDLERS = (
    fold_facts.HANDLERS
    | fold_payroll.HANDLERS
    | fold_pools.HANDLERS
    | fold_deals.HANDLERS
    | fold_transparency.HANDLERS
)

#: Events that change nothing the books keep: access management, signatures' domains, ownership of soulbound
#: tokens (told by the event beside each), and announcements whose effect has an event of its own.
WITHOUT_EFFECT = frozenset(
    {
        "Approval",
        "ApprovalForAll",
        "AuthorityUpdated",
        "ConsentCancelled",
        "EIP712DomainChanged",
        "Locked",
        "NoticeGiven",
        "OperationCanceled",
        "OperationExecuted",
        "OperationScheduled",
        "PayoutChangeCancelled",
        "PayoutChangeRequested",
        "PayoutRecovered",
        "RecoveryCancelled",
        "RecoveryStarted",
        "RoleAdminChanged",
        "RoleGrantDelayChanged",
        "RoleGranted",
        "RoleGuardianChanged",
        "RoleLabel",
        "RoleRevoked",
        "SavingsShared",
        "ScanConsented",
        "TargetAdminDelayUpdated",
        "TargetClosed",
        "TargetFunctionRoleUpdated",
        "TrainingConsented",
        "Transfer",
        "Unlocked",
    }
)


def apply(books: Books, event: IndexedEvent) -> None:
    """Move the books on by one event. Raises IndexFault when it contradicts them."""
    handler = _HANDLERS.get(event.name)
    if handler is None:
        if event.name not in WITHOUT_EFFECT:
            raise IndexFault(f"The books don't know the event {event.contract}.{event.name}.")
        return
    try:
        handler(books, event)
    except (KeyError, ValueError) as cause:
        raise contradiction(event, f"refers to something that never was ({cause})") from cause


def fold(events: Iterable[IndexedEvent], clock: Clock) -> Books:
    """Books of all these events, which must be in the chain's order and from the deployment on."""
    books = Books(clock)
    for event in events:
        apply(books, event)
    return books


def contradiction(event: IndexedEvent, what: str) -> IndexFault:
    """The fault of an event that can't be true after those before it."""
    return fold_payroll.contradiction(event, what)
