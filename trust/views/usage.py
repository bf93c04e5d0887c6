"""The history of uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.views.base import ASSET_CLASSES, QUERIES, REPLICA_TYPES, USE_KINDS, View

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Use(View):
    """One use of a grant. `price` is one iteration, `gross` what the use paid, in base units before dues."""

    grant_id: int
    licence_id: int
    production_id: int
    member_id: int
    scene_hash: bytes
    asset_class: str
    replica_type: str
    kind: str
    iterations: int
    output_seconds: int
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
    limit: int = 100,
    after: tuple[int, int] | None = None,
) -> UsePage:
    """Uses in the order they were reported; `after` is (block, log index) of the last one seen.

    New uses only come at the end, so pages don't shift. Raises InputError for a limit outside 1 to 10,000.
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
            "after_block": block,
            "after_log": log,
            "limit": limit + 1,
        },
    )
    uses = tuple(_use(row) for row in rows[:limit])
    more = len(rows) > limit
    return UsePage(uses, (uses[-1].block_number, uses[-1].log_index) if more else None)


def _use(row: Any) -> Use:
    production_id, member_id = divmod(row["licence_id"], 1 << 24)
    return Use(
        grant_id=row["grant_id"],
        licence_id=row["licence_id"],
        production_id=production_id,
        member_id=member_id,
        scene_hash=row["scene_hash"],
        asset_class=ASSET_CLASSES[row["asset_class"]],
        replica_type=REPLICA_TYPES[row["replica_type"]],
        kind=USE_KINDS[row["kind"]],
        iterations=row["iterations"],
        output_seconds=row["output_seconds"],
        used_at=row["used_at"],
        reported_at=row["reported_at"],
        output_hash=row["output_hash"],
        prompt_commitment=row["prompt_commitment"],
        model=row["model"],
        price=row["price"],
        gross=row["price"] * row["iterations"],
        tx_hash=row["tx_hash"],
        block_number=row["block_number"],
        log_index=row["log_index"],
    )
