"""Chunks of a long range, read ahead on several connections and handed out in order."""

from __future__ import annotations

import gc
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from trust.chain.rpc import RpcError
from trust.errors import NodeUnreachable
from trust.index.blocks import Listed
from trust.index.reader import Chunk, Reader
from trust.index.sources import Sources, too_much
from trust.index.workers import AT_ONCE, Workers, give_memory_back, keep_memory, may_fork

#: Ranges asked for at once, for each connection.
_AHEAD = 3
#: Ranges that may be read before the first of them is: about 2 MB each.
_HELD = 24
#: Logs and headers that one answer should hold: about 5 MB.
_WANTED = 6_000
_FIRST_SPAN = 50
_LONGEST_SPAN = 200
#: So few blocks are read on one connection.
_FEW = 200
#: From so many on, processes are worth their start.
_MANY = 1_000

# "limited to a 10,000 blocks range", "block range is too wide (maximum 1024)", "up to a 2K block range"
_SPAN_SAID = re.compile(r"(\d[\d,]*)\s*(k?)(?:\s*[- ]?blocks?|\s*\))", re.IGNORECASE)


@dataclass(slots=True)
class Span:
    """How many blocks to ask for at once."""

    blocks: int = _FIRST_SPAN
    most: int = _LONGEST_SPAN
    #: So many blocks are read whatever gas they used: where events are few, it says little of them.
    least: int = 1

    def learn(self, chunk: Chunk) -> None:
        """After an answer: as many as should hold what is wanted; slowly past what once was too much."""
        held = sum(chunk.held.values()) + len(chunk.headers)
        fitting = max(1, _WANTED * len(chunk.headers) // held)
        self.most = min(_LONGEST_SPAN, self.most + self.most // 8 + 1)
        self.blocks = max(1, min(fitting, self.blocks * 2, self.most))
        self.least = max(1, fitting // 32)

    def refused(self, asked: int, why: str) -> None:
        """After a refusal of `asked` blocks: half, or what the provider says it allows."""
        said = [int(number.replace(",", "")) * (1_000 if k else 1) for number, k in _SPAN_SAID.findall(why)]
        allowed = [blocks for blocks in said if 0 < blocks < asked]
        self.blocks = max(allowed, default=max(1, asked // 2))
        self.most = max(self.blocks, asked - 1)


@dataclass(slots=True)
class _Range:
    """Blocks to read: `asked` once they are being read, `seen` once it was looked at what came of it."""

    first: int
    last: int
    known: Sequence[Listed] = ()
    asked: Future[Chunk] | None = None
    seen: bool = False


class _Ahead:
    """Ranges in order, at most so many of them asked for at once; the next as soon as one is read, by any thread."""

    def __init__(self, ask: Callable[[_Range, int], Future[Chunk]], first: int, head: int, most: int) -> None:
        self._ask = ask
        self._start = first
        self._head = head
        self._most = most
        self._span = Span()
        self._ranges: deque[_Range] = deque()
        self._lock = Lock()
        self._ended = False

    def fill(self) -> None:
        """Ask for as many as may be, and for what was left of others."""
        with self._lock:
            asked = [] if self._ended else self._ask_for_more()
        for one in asked:  # some may be read by now, and call this at once
            one.add_done_callback(lambda _: self.fill())

    def take(self) -> Chunk | None:
        """The next chunk, when it is there; None after the last. Raises what reading it raised."""
        while True:
            self.fill()
            with self._lock:
                if not self._ranges:
                    return None
                if self._ranges[0].seen:
                    asked = self._ranges.popleft().asked
                    assert asked is not None
                    return asked.result()
                unseen = self._unseen()
            wait(unseen, return_when=FIRST_COMPLETED)

    def cancel(self) -> None:
        """Ask for no more, and leave what nobody has begun to read."""
        with self._lock:
            self._ended = True
            unseen = self._unseen()
        for asked in unseen:
            asked.cancel()

    def _ask_for_more(self) -> list[Future[Chunk]]:
        self._look()
        asked: list[Future[Chunk]] = []
        free = self._most - len(self._unseen())
        for place in range(_HELD):
            if place == len(self._ranges) and self._start <= self._head:
                self._ranges.append(_Range(self._start, min(self._head, self._start + self._span.blocks - 1)))
                self._start = self._ranges[-1].last + 1
            if len(asked) == free or place == len(self._ranges):
                break
            wanted = self._ranges[place]
            if wanted.asked is None:
                wanted.asked = self._ask(wanted, self._span.least)
                asked.append(wanted.asked)
        return asked

    def _unseen(self) -> list[Future[Chunk]]:
        return [one.asked for one in self._ranges if one.asked is not None and not one.seen]

    def _look(self) -> None:
        """Learn from what was read. What it left, or was refused, takes its place in smaller ranges."""
        ranges: deque[_Range] = deque()
        for one in self._ranges:
            ranges.append(one)
            if one.seen or one.asked is None or not one.asked.done():
                continue
            one.seen = True
            error = one.asked.exception()
            if error is None:
                ranges += self._left(one, one.asked.result())
            elif isinstance(error, RpcError | NodeUnreachable) and one.last > one.first and too_much(error):
                ranges.pop()
                self._span.refused(one.last - one.first + 1, error.message)
                ranges += self._cut(one.first, one.last, one.known)
        self._ranges = ranges

    def _left(self, one: _Range, chunk: Chunk) -> list[_Range]:
        self._span.learn(chunk)
        if chunk.last == one.last:
            return []
        # It was cut for its gas. What was asked for behind it is cut likewise, and still of use.
        self._span.blocks = min(self._span.blocks, len(chunk.headers))
        return self._cut(chunk.last + 1, one.last, chunk.beyond)

    def _cut(self, first: int, last: int, known: Sequence[Listed]) -> list[_Range]:
        size = self._span.blocks
        return [
            _Range(begin, min(last, begin + size - 1), known[begin - first : begin - first + size])
            for begin in range(first, last + 1, size)
        ]


def chunks(
    sources: Sources,
    reader: Reader,
    first: int,
    head: int,
    *,
    verify: bool,
    known: Sequence[Listed] = (),
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[Chunk, None, None]:
    """Blocks `first` to `head` in order; `meanwhile` is done once, while the first of many are read.

    `known` are their headers, if they are few and were read. Raises as `Sources.chunk` does.
    """
    if head - first < _FEW:
        meanwhile()
        yield from _one_by_one(sources, reader, first, head, verify, known)
        return
    with (
        _no_collector(),
        # It has no threads yet; and processes end before it waits for theirs.
        ThreadPoolExecutor(sources.connections * AT_ONCE, thread_name_prefix="index") as pool,
        _reading(sources, reader, head - first) as read,
    ):

        def ask(wanted: _Range, least: int) -> Future[Chunk]:
            return pool.submit(read, wanted.first, wanted.last, verify, least, wanted.known)

        ahead = _Ahead(ask, first, head, _AHEAD * sources.connections)
        try:
            ahead.fill()
            meanwhile()
            while chunk := ahead.take():
                yield chunk
        finally:
            ahead.cancel()


@contextmanager
def _reading(sources: Sources, reader: Reader, blocks: int) -> Iterator[Callable[..., Chunk]]:
    """What reads a range, for any thread: by processes of their own where there is much to read."""
    if blocks < _MANY or not may_fork():
        yield partial(sources.chunk, reader)
        return

    def make() -> Callable[..., tuple[Chunk | Exception, list[str]]]:
        own = sources.apart()

        def answer(*asked: Any) -> tuple[Chunk | Exception, list[str]]:
            own.incidents.clear()
            try:
                return own.chunk(reader, *asked), own.incidents
            except Exception as error:
                return error, own.incidents

        return answer

    keep_memory()
    with Workers(sources.connections, make) as workers:

        def read(*asked: Any) -> Chunk:
            found, incidents = workers.ask(*asked)
            sources.incidents += incidents
            if isinstance(found, Exception):
                raise found
            return found

        try:
            yield read
        finally:
            give_memory_back()


def _one_by_one(
    sources: Sources, reader: Reader, first: int, head: int, verify: bool, known: Sequence[Listed]
) -> Iterator[Chunk]:
    span, begin = Span(), first
    while first <= head:
        last = min(head, first + span.blocks - 1)
        try:
            chunk = sources.chunk(
                reader, first, last, verify, span.least, known[first - begin : last + 1 - begin]
            )
        except (RpcError, NodeUnreachable) as error:
            if last == first or not too_much(error):
                raise
            span.refused(last - first + 1, error.message)
        else:
            span.learn(chunk)
            yield chunk
            first = chunk.last + 1


@contextmanager
def _no_collector() -> Iterator[None]:
    """Parsed logs are many and have no cycles: looking for them would take a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
