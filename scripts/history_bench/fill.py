"""Fills an index with made-up years, through the index's own writers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from history_bench.union import BLOCK_SECONDS, DEPLOYMENT, FIRST_BLOCK, FIRST_TIME, Years
from trust.index import Index
from trust.index.database import is_url
from trust.index.store import Counts, Cursor, Store


def fill(
    where: str | Path, uses: int, progress: Callable[[int, int], None] = lambda done, whole: None
) -> None:
    """Make the database at `where` hold so many uses, unless it does already."""
    store = Store(where, DEPLOYMENT)
    try:
        if store.cursor() is None:
            years, done = Years(uses), 0
            for rows in years.rows():
                with store.writing():
                    store.db.load([rows])
                done += rows.count
                progress(done, uses + years.blocks)
            with store.writing():
                store.place(_end(years), Counts(events=uses))
            store.build_indexes()
            if is_url(where):
                store.db.change("VACUUM ANALYZE")  # else the server does so by itself, some time later
    finally:
        store.close()


def opened(where: str | Path) -> Index:
    """The index, for reading."""
    return Index(where, DEPLOYMENT)


def _end(years: Years) -> Cursor:
    last = FIRST_BLOCK + years.blocks - 1
    return Cursor(last, bytes(32), FIRST_TIME + (years.blocks - 1) * BLOCK_SECONDS)
