"""Threads that each hold a connection of their own: an index or a node is for one thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from queue import Full, Queue
from threading import Thread
from typing import Any, Generic, Protocol, TypeVar

from trust.api.refusals import Unavailable
from trust.errors import IndexFault
from trust.index import Index


class Closing(Protocol):
    """Something that is opened and closed in one thread."""

    def close(self) -> None:
        """Close it."""


Held = TypeVar("Held", bound=Closing)
Answer = TypeVar("Answer")

_BROKEN = (IndexFault, sqlite3.Error)
_MOST_WAITING = 200


class Lane(Generic[Held]):
    """A few threads that work off one queue. Each opens what it holds with its first job, and anew after a fault."""

    def __init__(self, open_one: Callable[[], Held], threads: int, *, waiting: int = _MOST_WAITING) -> None:
        self._open = open_one
        self._jobs: Queue[tuple[Future[Any], Callable[[Held], Any]] | None] = Queue(waiting)
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run(self, job: Callable[[Held], Answer]) -> Answer:
        """What the job returns or raises. Raises Unavailable when too many wait."""
        future: Future[Answer] = Future()
        try:
            self._jobs.put_nowait((future, job))
        except Full as cause:
            raise Unavailable("The server is busy.", hint="Ask again in a few seconds.") from cause
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what waits, then close all."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        held: Held | None = None
        while (task := self._jobs.get()) is not None:
            future, job = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                held = held or self._open()
                future.set_result(job(held))
            except BaseException as error:  # it is raised where the answer is awaited
                future.set_exception(error)
                if held is not None and isinstance(error, _BROKEN):
                    held.close()
                    held = None
        if held is not None:
            held.close()


class Readers:
    """Connections to one index.

    The books are kept in memory, once: whatever needs them is answered by one thread. Pages of rows come from others.
    """

    def __init__(self, open_index: Callable[[], Index], threads: int) -> None:
        self._books = Lane(open_index, 1)
        self._rows = Lane(open_index, threads)

    async def books(self, job: Callable[[Index], Answer]) -> Answer:
        """Answer from the books."""
        return await self._books.run(job)

    async def rows(self, job: Callable[[Index], Answer]) -> Answer:
        """Answer from rows alone."""
        return await self._rows.run(job)

    def close(self) -> None:
        """Close every connection."""
        self._books.close()
        self._rows.close()
