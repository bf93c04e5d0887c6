"""The history of uses, of members and of crowds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.tables import number
from trust.views.base import ASSET_CLASSES, QUERIES, REPLICA_TYPES, USE_KINDS, View

CROWD = "CROWD"  # what a pool grant's use did; the contracts have no such kind
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Use(View):
    """One use of a grant. `price` is one iteration, `gross` what the use paid, in base units before dues.

    A crowd is used by a pool grant: it has `pool_id` in place of grant, licence and member, `kind` is CROWD,
    `iterations` are its uses, `units` those of all who sat then, and `price` is one use, a unit. How many
    seconds came out is not stated for it. gross = price x iterations x units, and a member's units are 1.
    """

    grant_id: int | None
    pool_id: int | None
    licence_id: int | None
    production_id: int
    member_id: int | None
    scene_hash: bytes
    asset_class: str
    replica_type: str
    kind: str
    iterations: int
    units: int
    output_seconds: int | None
    used_at: int
    reported_at: int
    output_hash: bytes
    prompt_commitment: bytes
    model: bytes
    price: int
    gross: int
    tx_hash: bytes
    block_number: int
    log_index: int


@dataclass(frozen=True, slots=True)
class UsePage(View):
    """A page of uses, oldest first. `next` is the `after` of the next page, None at the end."""

    uses: tuple[Use, ...]
    next: tuple[int, int] | None


def usage_history(
    index: Index,
    *,
    production: int | None = None,
    member: int | None = None,
    grant: int | None = None,
    pool: int | None = None,
    limit: int = 100,
    after: tuple[int, int] | None = None,
) -> UsePage:
    """Uses in the order they were reported; `after` is (block, log index) of the last one seen.

    A member's are also the uses of crowds while the member sat in them. New uses only come at the end, so pages
    don't shift. Raises InputError for a limit outside 1 to 10,000.
    """
    if not 1 <= limit <= _MOST:
        raise InputError(f"A page has 1 to {_MOST:,} uses, not {limit}.")
    block, log = after or (-1, -1)
    rows = index.rows(
        QUERIES["uses"],
        {
            "production": production,
            "member": member,
            "grant": grant,
            "pool": pool,
            "after_block": block,
            "after_log": log,
            "limit": limit + 1,
        },
    )
    uses = tuple(_use(row) for row in rows[:limit])
    more = len(rows) > limit
    return UsePage(uses, (uses[-1].block_number, uses[-1].log_index) if more else None)


def _use(row: Any) -> Use:
    member, production = row["member_id"], row["production_id"]
    price = number(row["price"])
    gross = price * row["iterations"] if row["gross"] is None else number(row["gross"])
    return Use(
        grant_id=row["grant_id"],
        pool_id=row["pool_id"],
        licence_id=None if member is None else production << 24 | member,
        production_id=production,
        member_id=member,
        scene_hash=row["scene_hash"],
        asset_class=ASSET_CLASSES[row["asset_class"]],
        replica_type=REPLICA_TYPES[row["replica_type"]],
        kind=CROWD if row["kind"] is None else USE_KINDS[row["kind"]],
        iterations=row["iterations"],
        units=gross // (price * row["iterations"]) if row["pool_id"] else 1,
        output_seconds=row["output_seconds"],
        used_at=row["reported_at"] if row["used_at"] is None else row["used_at"],
        reported_at=row["reported_at"],
        output_hash=row["output_hash"],
        prompt_commitment=row["prompt_commitment"],
        model=row["model"],
        price=price,
        gross=gross,
        tx_hash=row["tx_hash"],
        block_number=row["block_number"],
        log_index=row["log_index"],
    )
