"""Who may read what of a member, by the books as they are now."""

from __future__ import annotations

from enum import Enum

from trust.api.refusals import NotAllowed, NotFound
from trust.index.books import Books, MemberBook


class Right(Enum):
    """What a wallet may read of a member: uses and licences, or pay too."""

    USES = 1
    PAY = 2


def rights(book: MemberBook, wallet: str, now: int) -> frozenset[Right]:
    """What `wallet` may read of the member at `now` (the chain's time, Unix seconds).

    The consent key reads everything, and so does a minor's guardian, who signs for the minor. A delegate may only
    revoke, so sees what can be revoked: uses and licences, not pay.
    """
    whole = {book.key.lower()} | ({book.guardian.lower()} if book.adult_at > now else set())
    if wallet.lower() in whole:
        return frozenset(Right)
    delegates = {delegate.lower() for delegate in book.delegates}
    return frozenset({Right.USES}) if wallet.lower() in delegates else frozenset()


def members_of(books: Books, wallet: str, now: int) -> dict[int, frozenset[Right]]:
    """The members of whom a wallet may read something."""
    found = ((number, rights(book, wallet, now)) for number, book in books.members.items())
    return {number: may for number, may in found if may}


def require(books: Books, member: int, right: Right, *, wallet: str, auditor: bool, now: int) -> None:
    """Raises NotAllowed unless the wallet may; whether there is such a member is told to auditors alone."""
    book = books.members.get(member)
    if auditor:
        if book is None:
            raise NotFound(f"There is no member {member}.", hint="Check the number.")
        return
    may = rights(book, wallet, now) if book else frozenset()
    if right in may:
        return
    if may:
        raise NotAllowed(
            f"A delegate of member {member} sees uses and licences, not pay.",
            hint="Sign in with the member's key, or a minor's guardian's.",
        )
    raise NotAllowed(
        f"{wallet} may not read member {member}.",
        hint="Sign in with that member's present key, or as guardian, delegate or auditor.",
    )
