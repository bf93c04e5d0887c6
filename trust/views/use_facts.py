"""What was found out of sources of uses, remembered with an index as of a block: to find it takes as long as a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from trust.index import Index
from trust.views.use_filter import Source

_T = TypeVar("_T")
_Block = tuple[int, str]  # its number and hash

_REMEMBERED = 1_000


class Facts:
    """Facts of sources, at the block that the index is at. For one page: as long as the index stays there."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[Any, tuple[_Block, Any]] = index.remembered.setdefault(Facts, {})

    def of(self, source: Source, what: str, find: Callable[[], _T], since: Callable[[int, _T], _T]) -> _T:
        """A source's fact: what `find` finds, or `since` makes of what it was up to an earlier block."""
        if self._at is None:
            return find()
        key = (what, source.uses, source.which, tuple(source.values.items()))
        found: _T
        if key in self._known:
            block, found = self._known.pop(key)
            if block != self._at:
                found = since(block[0], found) if self._stands(block) else find()
        else:
            found = find()
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]  # that was asked for the longest time ago
        self._known[key] = (self._at, found)
        return found

    @cached_property
    def _at(self) -> _Block | None:
        status = self._index.status()
        return (
            None if status.block is None or status.block_hash is None else (status.block, status.block_hash)
        )

    def _stands(self, block: _Block) -> bool:
        number, block_hash = block
        found = self._index.rows("SELECT hash FROM block WHERE number = :number", {"number": number})
        return bool(found) and f"0x{found[0]['hash'].hex()}" == block_hash
