"""The history of uses, of members and of crowds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from trust.errors import InputError
from trust.index import Index
from trust.index.tables import number
from trust.views.base import ASSET_CLASSES, REPLICA_TYPES, USE_KINDS, View
from trust.views.use_facts import Facts
from trust.views.use_filter import Source, UseFilter, sources
from trust.views.use_places import QUERIES, Finder, Place, Span, block_at

CROWD = "CROWD"  # what a pool grant's use did; the contracts have no such kind
_MOST = 10_000
_BEFORE_ALL = -1  # a log index


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
    """A page of uses. `next` is the `after` of the next page, None at the end."""

    uses: tuple[Use, ...]
    next: Place | None


def usage_history(
    index: Index,
    *,
    production: int | None = None,
    member: int | None = None,
    grant: int | None = None,
    pool: int | None = None,
    scene: bytes | None = None,
    asset_class: str | None = None,
    since: int | None = None,
    until: int | None = None,
    newest: bool = False,
    limit: int = 100,
    after: Place | None = None,
) -> UsePage:
    """Uses in the order they were reported, or the `newest` first; filters as `UseFilter` has them, all at once.

    `after` is (block, log index) of the last one seen, in the same direction. A member's are also the uses of crowds
    while the member sat in them. New uses only come at one end, so pages don't shift. Raises InputError for a limit
    outside 1 to 10,000.
    """
    wanted = UseFilter(production, member, grant, pool, scene, asset_class, since, until)
    return usage_page(index, wanted, newest=newest, limit=limit, after=after)


def usage_page(
    index: Index, wanted: UseFilter, *, newest: bool = False, limit: int = 100, after: Place | None = None
) -> UsePage:
    """A page of `usage_history`, of a filter."""
    if not 1 <= limit <= _MOST:
        raise InputError(f"A page has 1 to {_MOST:,} uses, not {limit}.")
    with index.reading():
        span = _span(index, wanted, newest)
        rows = _page(index, wanted, span.after(after) if after else span, limit + 1)
    uses = tuple(_use(row) for row in rows[:limit])
    return UsePage(uses, _place(rows[limit - 1]) if len(rows) > limit else None)


def use_batches(
    index: Index, wanted: UseFilter, *, newest: bool = False, size: int = _MOST
) -> Iterator[list[Use]]:
    """All wanted uses, so many at a time, of one state of the index."""
    with index.reading():
        span = _span(index, wanted, newest)
        while rows := _page(index, wanted, span, size):
            yield [_use(row) for row in rows]
            if len(rows) < size:
                return
            span = span.after(_place(rows[-1]))


def _span(index: Index, wanted: UseFilter, newest: bool) -> Span:
    """The part of the chain that lies in the wanted time."""
    low, high = (
        None if time is None else (block_at(index, time), _BEFORE_ALL)
        for time in (wanted.since, wanted.until)
    )
    return Span(low, high, newest)


def _page(index: Index, wanted: UseFilter, span: Span, limit: int) -> list[Any]:
    facts = Facts(index)
    found: list[tuple[Place, Source]] = []
    for source in sources(wanted):
        found += [(place, source) for place in Finder(index, source, facts).places(span, limit)]
    found.sort(key=itemgetter(0), reverse=span.newest)
    rows: list[Any] = []
    for details, some in groupby(sorted(found[:limit], key=_details), key=_details):
        values = ", ".join(f"({block}, {log})" for (block, log), _ in some)
        rows += index.rows(QUERIES[details].format(places=values))
    rows.sort(key=_place, reverse=span.newest)
    return rows


def _details(found: tuple[Place, Source]) -> str:
    return found[1].details


def _place(row: Any) -> Place:
    return row["block_number"], row["log_index"]


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
        used_at=row["used_at"],
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
