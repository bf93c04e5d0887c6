"""What a member agreed to together with many others: pool grants and collective licences."""

from __future__ import annotations

from dataclasses import dataclass

from trust.index import Books
from trust.views.base import View, modality_names


@dataclass(frozen=True, slots=True)
class PoolConsent(View):
    """Terms that the member signed, for a scene (POOL_GRANT) or one training run (COLLECTIVE_LICENCE).

    A use pays `price` a unit, gross, to whoever sits in the pool then; what came of it is in the pool's seat.
    `uses_left` is what all may still make, which is nothing to a member who `revoked`.
    """

    pool_id: int
    production_id: int
    kind: str
    scene_hash: bytes | None
    description_hash: bytes
    modalities: tuple[str, ...]
    units: int
    price: int
    uses_left: int
    not_before: int
    expires: int
    revoked: bool
    closed: bool


def pool_consents(books: Books, member_id: int) -> tuple[PoolConsent, ...]:
    """A member's, in the order in which they were seated."""
    return tuple(
        _consent(books, pool_id, chunk, seat)
        for pool_id, chunk, seat in books.members[member_id].seats
        if pool_id in books.deals
    )


def _consent(books: Books, pool_id: int, chunk: int, seat: int) -> PoolConsent:
    deal, pool = books.deals[pool_id], books.pools[pool_id]
    pay = pool.chunks[chunk].pay
    return PoolConsent(
        pool_id=pool_id,
        production_id=pool.production_id,
        kind=deal.kind.value,
        scene_hash=deal.scene_hash,
        description_hash=deal.description_hash,
        modalities=modality_names(deal.modalities),
        units=pay.roster.units[seat],
        price=deal.price,
        uses_left=deal.uses_left,
        not_before=deal.not_before,
        expires=deal.expires,
        revoked=seat in pay.vacated,
        closed=deal.closed,
    )
