"""Between routes and views: pages of uses, and things that aren't there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from trust.api.parameters import Uses
from trust.api.refusals import NotFound
from trust.errors import InputError
from trust.index import Index
from trust.views import usage_history

Answer = TypeVar("Answer")


def found(read: Callable[[], Answer]) -> Answer:
    """What a view says. Raises NotFound for what it doesn't know."""
    try:
        return read()
    except InputError as error:
        raise NotFound(error.message, hint="Check the number.") from error


def page_of(
    index: Index, query: Uses, *, production: int | None = None, member: int | None = None
) -> dict[str, Any]:
    """A page of uses as JSON has it; its `next` is one word."""
    if query.since is not None and query.until is not None and query.since >= query.until:
        return {"uses": [], "next": None}  # no time lies between
    page = usage_history(
        index,
        production=production,
        member=member,
        grant=query.grant,
        pool=query.pool,
        scene=None if query.scene is None else bytes.fromhex(query.scene[2:]),
        asset_class=query.asset_class,
        since=query.since,
        until=query.until,
        newest=query.newest,
        limit=query.limit,
        after=_place(query.after),
    )
    following = None if page.next is None else f"{page.next[0]}:{page.next[1]}"
    return page.as_json() | {"next": following}


def _place(after: str | None) -> tuple[int, int] | None:
    if after is None:
        return None
    block, _, log = after.partition(":")
    return int(block), int(log)
