"""Finding a page of uses among very many, whether the filter lets nearly all through or a handful.

Three ways, each quick where the others are slow. Uses in order, as they are. A walk: so many uses in order, each
grant looked up: quick when many match. By grant: the next use of each grant that matches, then no more of each than
a page holds: quick when few grants match, wherever in time their uses lie. Where many match and none is near, the page
is the first or the last of all; use_facts.py remembers those.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trust.index import Index
from trust.index.sql import named
from trust.views.use_facts import Facts
from trust.views.use_filter import Source

QUERIES = named(Path(__file__).parent / "uses.sql")

Place = tuple[int, int]  # block number, log index

_FEW = 5_000  # grants that are asked one by one
_PAGES = (10, 100)  # how far to walk, and then how much farther, in pages of at least
_LEAST = 100  # uses
_SHORT = 20_000  # uses that are rather walked through than every grant asked for its next
_END = 101  # uses at either end that are remembered: a page, and one that says whether there are more
_AT_ONCE = 50  # parts of one statement; SQLite takes 500
_LOG_BITS = 32
_LAST_LOG = (1 << _LOG_BITS) - 1
_BEHIND_ALL = 1 << 62  # a block


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the history, both ends left out, and which way it is read."""

    low: Place | None = None
    high: Place | None = None
    newest: bool = False

    def after(self, place: Place) -> Span:
        """What lies behind a place, in the direction of reading."""
        if self.newest:
            return replace(self, high=min(place, self.high or place))
        return replace(self, low=max(place, self.low or place))

    @property
    def begin(self) -> Place | None:
        """The end that reading begins at."""
        return self.high if self.newest else self.low

    def since(self, place: Place) -> Span | None:
        """What lies later than a place, whichever way it is read; None when nothing can."""
        return replace(self, low=max(place, self.low or place)).unless_empty()

    def until(self, place: Place) -> Span | None:
        """What lies before a place or at it, whichever way it is read; None when nothing can."""
        behind = (place[0], place[1] + 1)
        return replace(self, high=min(behind, self.high or behind)).unless_empty()

    def holds(self, place: Place) -> bool:
        """Whether a place lies in it."""
        return (self.low is None or place > self.low) and (self.high is None or place < self.high)

    def unless_empty(self) -> Span | None:
        """The span, or None when there is nothing between its ends."""
        return None if self.low is not None and self.high is not None and self.low >= self.high else self

    def to(self, place: Place) -> Span:
        """Up to and with a place, in the direction of reading."""
        block, log = place
        return replace(self, low=(block, log - 1)) if self.newest else replace(self, high=(block, log + 1))


class Finder:
    """Places of one source's uses."""

    def __init__(self, index: Index, source: Source, facts: Facts) -> None:
        self._index = index
        self._source = source
        self._facts = facts

    def places(self, span: Span, limit: int) -> list[Place]:
        """The first `limit`, in the direction of reading."""
        if self._source.plain:
            return self._run("in_order", span, limit=limit)
        if self._source.item is not None or self._source.seated:
            return self._by_grant(span, limit)
        if self._few():
            return self._by_grant(span, limit)
        found, rest = self._walks(span, limit)
        return found + self._behind(rest, limit - len(found)) if rest else found

    def _behind(self, span: Span, limit: int) -> list[Place]:
        """The same where a walk has not found enough: uses may begin farther on, lie thinly, or be over."""
        begun = self._first_grant()
        if begun is None or (later := span.since(begun)) is None:
            return []  # no use is before the first grant
        if later.begin != span.begin:
            return self._from_end(later, limit, self._first_uses(begun))
        last = self._last_uses()
        if not last or (earlier := later.until(last[0])) is None:
            return []
        if earlier.begin != later.begin:
            return self._from_end(earlier, limit, last)
        return self._thinly(earlier, limit)

    def _from_end(self, span: Span, limit: int, uses: Sequence[Place]) -> list[Place]:
        """Of a span that begins where all uses do, which `uses` are the first of."""
        found = [place for place in uses if span.holds(place)][:limit]
        behind = span.after(uses[-1]).unless_empty() if uses else None
        if len(found) == limit or len(uses) < _END or behind is None:
            return found
        return found + self._walks_on(behind, limit - len(found))

    def _walks_on(self, span: Span, limit: int) -> list[Place]:
        found, rest = self._walks(span, limit)
        return found + self._thinly(rest, limit - len(found)) if rest else found

    def _thinly(self, span: Span, limit: int) -> list[Place]:
        if not self._run("walk_end", span, width=_SHORT):
            return self._run("walk", span, limit=limit)
        return self._by_grant(span, limit)

    def _walks(self, span: Span, limit: int) -> tuple[list[Place], Span | None]:
        """A walk, and a longer one if it found some but too few; what is left behind them."""
        found: list[Place] = []
        rest: Span | None = span
        walked = 0
        for pages in _PAGES:
            assert rest is not None
            width = max(limit, _LEAST) * pages
            more, rest = self._walk(rest, limit - len(found), width)
            found, walked = found + more, walked + width
            if rest is None or not more:
                return found, rest  # full; or a time without uses: a longer walk would hardly find any
        # If they go on to lie as thinly, so far; twice that is likely enough.
        width = 2 * walked * (limit - len(found)) // len(found)
        if rest is not None and width <= _SHORT:
            more, rest = self._walk(rest, limit - len(found), width)
            found += more
        return found, rest

    def _walk(self, span: Span, limit: int, width: int) -> tuple[list[Place], Span | None]:
        """What a walk over so many uses finds, and what is left behind them of a page that isn't full."""
        end = self._run("walk_end", span, width=width)
        found = self._run("walk", span.to(end[0]) if end else span, limit=limit)
        return found, span.after(end[0]) if end and len(found) < limit else None

    def _few(self) -> bool:
        def now() -> bool:
            return int(self._of_all("how_many", most=_FEW + 1)["found"]) <= _FEW

        def since(_: int, before: bool) -> bool:
            return before and now()

        return self._facts.of(self._source, "few", now, since)

    def _first_grant(self) -> Place | None:
        def first() -> Place | None:
            found = self._of_all("first_grant")["place"]
            return None if found is None else _place_of(found)

        def since(_: int, before: Place | None) -> Place | None:
            return before or first()

        return self._facts.of(self._source, "first grant", first, since)

    def _first_uses(self, begun: Place) -> list[Place]:
        def first() -> list[Place]:
            return self._walks_on(Span(low=begun), _END)

        def since(block: int, before: list[Place]) -> list[Place]:
            missing = _END - len(before)
            return before + self._walks_on(Span(low=(block, _LAST_LOG)), missing) if missing else before

        return self._facts.of(self._source, "first uses", first, since)

    def _last_uses(self) -> list[Place]:
        """From the last on. Every grant is asked; later, what came since is walked through."""

        def last() -> list[Place]:
            return self._by_grant(Span(newest=True), _END)

        def since(block: int, before: list[Place]) -> list[Place]:
            later = Span(low=(block, _LAST_LOG), newest=True)
            return (self._walks_on(later, _END) + before)[:_END]

        return self._facts.of(self._source, "last uses", last, since)

    def _by_grant(self, span: Span, limit: int) -> list[Place]:
        nexts = self._next_of_each(span, limit)
        if len(nexts) == limit:
            # As many uses as wanted lie up to here.
            span = span.to(nexts[-1][1])
        items = list(dict.fromkeys(item for item, _ in nexts))
        parts = [self._of(items[at : at + _AT_ONCE], span, limit) for at in range(0, len(items), _AT_ONCE)]
        return _first({place for part in parts for place in part}, limit, span.newest)

    def _next_of_each(self, span: Span, limit: int) -> list[tuple[int, Place]]:
        found = self._rows("next_of_each", span, self._source.chosen, limit=limit)
        return [(row["item"], _place_of(row["place"])) for row in found]

    def _of(self, items: list[int], span: Span, limit: int) -> list[Place]:
        joined = f"{self._source.uses} u {self._source.seat}"
        if self._index.lateral:
            listed = ", ".join(f"({item})" for item in items)
            sql = self._sql("of_each", span, uses_seated=joined, items=listed)
        else:
            parts = (self._sql("of_one", span, uses_seated=joined, item=item) for item in items)
            sql = "\nUNION ALL\n".join(part.rstrip().rstrip(";") for part in parts)
        return [_place(row) for row in self._index.rows(sql, self._values(span, limit=limit))]

    def _of_all(self, query: str, **numbers: int) -> Any:
        """The one row that a query finds of all grants."""
        sql = QUERIES[query].format(chosen=self._source.chosen, which=self._source.which)
        (row,) = self._index.rows(sql, {**self._source.values, **numbers})
        return row

    def _run(self, query: str, span: Span, **numbers: int) -> list[Place]:
        return [_place(row) for row in self._rows(query, span, "", **numbers)]

    def _rows(self, query: str, span: Span, chosen: str, **numbers: int) -> list[Any]:
        return self._index.rows(self._sql(query, span, chosen=chosen), self._values(span, **numbers))

    def _sql(self, query: str, span: Span, **parts: Any) -> str:
        source, way = self._source, "DESC" if span.newest else "ASC"
        return QUERIES[query].format(
            uses=source.uses,
            grants=source.grants,
            key=source.key,
            which=source.which,
            span=" AND ".join(_conditions(span, source)),
            order=f"u.block_number {way}, u.log_index {way}",
            way=way,
            **parts,
        )

    def _values(self, span: Span, **numbers: int) -> dict[str, Any]:
        values = {**self._source.values, **numbers}
        for name, place in (("low", span.low), ("high", span.high)):
            if place is not None:
                values |= {f"{name}_block": place[0], f"{name}_log": place[1]}
        return values


def block_at(index: Index, time: int) -> int:
    """The first block of the index at `time` (Unix seconds) or later; behind all blocks when there is none."""
    rows = index.rows(QUERIES["block_from"], {"time": time})
    return int(rows[0]["number"]) if rows else _BEHIND_ALL


def _conditions(span: Span, source: Source) -> Iterator[str]:
    # One lower bound: given two, SQLite may seek to the lesser.
    low = "(:low_block, :low_log)" if span.low is not None else "(-1, -1)"
    yield f"(u.block_number, u.log_index) > {low}"
    if span.high is not None:
        yield "(u.block_number, u.log_index) < (:high_block, :high_log)"
    if source.seated:
        yield source.seated


def _first(places: set[Place], limit: int, newest: bool) -> list[Place]:
    return heapq.nlargest(limit, places) if newest else heapq.nsmallest(limit, places)


def _place_of(number: int) -> Place:
    return number >> _LOG_BITS, number & ((1 << _LOG_BITS) - 1)


def _place(row: Any) -> Place:
    return row["block_number"], row["log_index"]
