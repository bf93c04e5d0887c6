"""Pool grants and collective licences: many members' consents to the same terms, whose number is their pool's."""

from __future__ import annotations

from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.fold_facts import Handler
from trust.index.fold_payroll import contradiction
from trust.index.pool_books import DealBook, DealKind


def _deal(books: Books, event: IndexedEvent) -> DealBook:
    return books.deals[event.args["poolId"]]


def _granted(books: Books, event: IndexedEvent) -> None:
    _open(books, event, DealKind.POOL_GRANT, event.args["maxUses"], event.args["sceneHash"])


def _licensed(books: Books, event: IndexedEvent) -> None:
    _open(books, event, DealKind.COLLECTIVE_LICENCE, 1, None)


def _open(books: Books, event: IndexedEvent, kind: DealKind, uses: int, scene_hash: bytes | None) -> None:
    a = event.args
    if books.pools[a["poolId"]].production_id != a["productionId"]:
        raise contradiction(event, "names another production than its pool")
    books.deals[a["poolId"]] = DealBook(
        kind=kind,
        scene_hash=scene_hash,
        description_hash=a["descriptionHash"],
        modalities=a["modalities"],
        price=a["price"],
        uses_left=uses,
        not_before=a["notBefore"],
        expires=a["expires"],
    )


def _consented(books: Books, event: IndexedEvent) -> None:
    _deal(books, event).signed[event.args["memberId"]] = event.args["units"]


def _revoked(books: Books, event: IndexedEvent) -> None:
    deal = _deal(books, event)
    if deal.signed.pop(event.args["memberId"], None) != event.args["units"]:
        raise contradiction(event, "revokes what was never signed")
    deal.revoked.add(event.args["memberId"])


def _used(books: Books, event: IndexedEvent) -> None:
    _use(books, event, event.args["uses"])


def _trained(books: Books, event: IndexedEvent) -> None:
    _deal(books, event).model = event.args["modelHash"]
    _use(books, event, 1)


def _use(books: Books, event: IndexedEvent, uses: int) -> None:
    deal = _deal(books, event)
    if uses > deal.uses_left:
        raise contradiction(event, f"uses {uses}, where {deal.uses_left} are left")
    deal.uses_left -= uses
    deal.uses += uses


def _retired(books: Books, event: IndexedEvent) -> None:
    _deal(books, event).retired = True


def _closed(books: Books, event: IndexedEvent) -> None:
    """Without a use, one was paid all the same."""
    deal = _deal(books, event)
    deal.closed = True
    deal.unused = event.args["unused"]
    deal.uses_left -= 1 if deal.unused else 0


HANDLERS: dict[str, Handler] = {
    "PoolGranted": _granted,
    "CollectiveLicenceOpened": _licensed,
    "PoolConsented": _consented,
    "PoolConsentRevoked": _revoked,
    "PoolUsed": _used,
    "CollectiveRunRecorded": _trained,
    "CollectiveModelRetired": _retired,
    "PoolDealClosed": _closed,
}
