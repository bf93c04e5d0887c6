"""The index: the chain's events of one deployment in SQLite, and what they add up to."""

from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.fold import fold
from trust.index.follow import Index, Status, Synced

__all__ = ["Books", "Index", "IndexedEvent", "Status", "Synced", "fold"]
