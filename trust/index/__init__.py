"""The index: the chain's events of one deployment in SQLite or PostgreSQL, and what they add up to."""

from trust.index.books import Books
from trust.index.events import IndexedEvent
from trust.index.fold import fold
from trust.index.follow import Synced
from trust.index.index import Index, Status
from trust.index.watch import watch, websocket_url

__all__ = ["Books", "Index", "IndexedEvent", "Status", "Synced", "fold", "watch", "websocket_url"]
