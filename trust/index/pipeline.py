"""Chunks of a long range, read ahead on several connections and handed out in order."""

from __future__ import annotations

import gc
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Any, TypeVar

from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import ChainError, IndexFault, NodeUnreachable
from trust.index.found import Untrue
from trust.index.reader import Chunk, Cut, Reader
from trust.index.workers import Workers, may_fork

_T = TypeVar("_T")
_CONNECTIONS = 3
#: Ranges asked for at once, for each connection: while rows are written, reading goes on.
_AHEAD = 2
#: Logs and headers that one answer should hold: about 5 MB.
_WANTED = 6_000
_FIRST_SPAN = 50
_LONGEST_SPAN = 200
#: So few blocks are read on one connection.
_FEW = 200
#: From so many on, processes are worth their start.
_MANY = 1_000
#: Blocks that may hold ours are asked for their logs together while they used less; an event takes 2,500 and more.
_MOST_GAS = 50_000_000

# What providers say when an answer would be too large, in their own words.
_TOO_MANY = ("too many results", "more than", "response size")
_TOO_MUCH = (
    *_TOO_MANY,
    "too many",
    "too large",
    "too big",
    "limit",
    "exceed",
    "range",
    "timeout",
    "timed out",
    "size",
)
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


class Sources:
    """The nodes that may be asked, the first while it answers truly; `incidents` names what others did.

    A node is asked which chain it serves before it is believed. Each thread borrows connections of its own. Close it.
    """

    def __init__(self, nodes: Sequence[Node], connections: int = _CONNECTIONS) -> None:
        self.nodes = list(nodes)
        self.connections = connections
        self.incidents: list[str] = []
        self._begin = 0
        self._known: list[Node] = []
        self._free: SimpleQueue[list[Node]] = SimpleQueue()
        self._made: list[Node] = []
        for _ in range(connections):
            lane = [node.another() for node in nodes]
            self._made += lane
            self._free.put(lane)

    def apart(self) -> Sources:
        """The same nodes by one connection of their own, for another process."""
        apart = Sources([node.another() for node in self.nodes], connections=1)
        apart._begin = self._begin
        apart._known = [own for own, node in zip(apart.nodes, self.nodes, strict=True) if node in self._known]
        return apart

    def require_chain(self, chain_id: int) -> None:
        """Ask each node once. Raises WrongChain, or NodeUnreachable when none answers."""
        trouble: NodeUnreachable | None = None
        for node in [node for node in self.nodes if node not in self._known]:
            try:
                node.require_chain(chain_id)
                self._known.append(node)
            except NodeUnreachable as error:
                self.incidents.append(error.message)
                trouble = error
        if trouble is not None and not self._known:
            raise trouble

    def close(self) -> None:
        for node in self._made:
            node.close()

    @contextmanager
    def lane(self) -> Iterator[list[Node]]:
        """One connection to each node."""
        lane = self._free.get()
        try:
            yield lane
        finally:
            self._free.put(lane)

    def pass_over(self, what: str) -> bool:
        """Ask the next node first from now on, if there is one, and name what the present one did."""
        if len(self.nodes) == 1:
            return False
        self.incidents.append(f"The node at {self.nodes[self._begin].shown} {what}.")
        self._begin = (self._begin + 1) % len(self.nodes)
        return True

    def others(self) -> list[Node]:
        """All but the node that is asked first."""
        return [node for place, node in enumerate(self.nodes) if place != self._begin]

    def ask(self, question: Callable[[Node], _T]) -> _T:
        """The first usable answer, in the calling thread. Raises as `chunk` does."""
        return self._first(self.nodes, lambda place: question(self.nodes[place]), lambda error: False)

    def chunk(self, reader: Reader, first: int, last: int, verify: bool, least: int | None = None) -> Chunk:
        """The chunk from the first node that gives one which can be so; with `least`, cut after so many blocks.

        Raises Shifted, RpcError, NodeUnreachable, or IndexFault when every node that answered was untrue.
        """
        with self.lane() as lane:
            cut = None if least is None else Cut(_MOST_GAS, least)

            def read(place: int) -> Chunk:
                other = lane[(place + 1) % len(lane)]
                return reader.chunk(lane[place], first, last, verify=verify, other=other, cut=cut)

            return self._first(lane, read, lambda error: last > first and too_much(error))

    def _first(
        self,
        nodes: Sequence[Node],
        read: Callable[[int], _T],
        final: Callable[[NodeUnreachable | RpcError], bool],
    ) -> _T:
        trouble: Exception | None = None
        for turn in range(len(nodes)):
            place = (self._begin + turn) % len(nodes)
            node = nodes[place]
            if self.nodes[place] not in self._known:
                continue
            try:
                return read(place)
            except Untrue as error:
                said = told(node, error)
                self.incidents.append(said)
                trouble = IndexFault(said, hint="Nothing of it was stored. Use another node.")
            except (NodeUnreachable, RpcError) as error:
                if final(error):
                    raise
                if len(nodes) > 1:
                    self.incidents.append(f"The node at {node.shown}: {error.message}")
                trouble = trouble or error
        assert trouble is not None, "require_chain comes first"
        raise trouble


@dataclass(slots=True)
class _Range:
    """Blocks to read; `asked` once they are being read."""

    first: int
    last: int
    asked: Future[Chunk] | None = None


def chunks(sources: Sources, reader: Reader, first: int, head: int, *, verify: bool) -> Iterator[Chunk]:
    """Blocks `first` to `head` in order. Raises as `Sources.chunk` does."""
    if head - first < _FEW:
        yield from _one_by_one(sources, reader, first, head, verify)
        return
    span, start = Span(), first
    most = _AHEAD * sources.connections
    queue: deque[_Range] = deque()
    with (
        _no_collector(),
        _reading(sources, reader, head - first) as read,
        ThreadPoolExecutor(sources.connections, thread_name_prefix="index") as pool,
    ):
        try:
            while queue or start <= head:
                while start <= head and len(queue) < most:
                    queue.append(_Range(start, min(head, start + span.blocks - 1)))
                    start = queue[-1].last + 1
                for wanted in islice(queue, most):
                    if wanted.asked is None:
                        wanted.asked = pool.submit(read, wanted.first, wanted.last, verify, span.least)
                wanted = queue.popleft()
                assert wanted.asked is not None
                try:
                    chunk = wanted.asked.result()
                except (RpcError, NodeUnreachable) as error:
                    if wanted.last == wanted.first or not too_much(error):
                        raise
                    span.refused(wanted.last - wanted.first + 1, error.message)
                    queue.extendleft(_ranges(wanted.first, wanted.last, span.blocks))
                else:
                    span.learn(chunk)
                    if chunk.last < wanted.last:
                        # It was cut for its gas. What was asked for behind it is cut likewise, and still of use.
                        span.blocks = min(span.blocks, len(chunk.headers))
                        queue.extendleft(_ranges(chunk.last + 1, wanted.last, span.blocks))
                    yield chunk
        finally:
            for wanted in queue:
                if wanted.asked is not None:
                    wanted.asked.cancel()


def _ranges(first: int, last: int, blocks: int) -> list[_Range]:
    """The blocks in ranges of so many, the last range first."""
    return [_Range(begin, min(last, begin + blocks - 1)) for begin in range(first, last + 1, blocks)][::-1]


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

    with Workers(sources.connections, make) as workers:

        def read(*asked: Any) -> Chunk:
            found, incidents = workers.ask(*asked)
            sources.incidents += incidents
            if isinstance(found, Exception):
                raise found
            return found

        yield read


def _one_by_one(sources: Sources, reader: Reader, first: int, head: int, verify: bool) -> Iterator[Chunk]:
    span = Span()
    while first <= head:
        last = min(head, first + span.blocks - 1)
        try:
            chunk = sources.chunk(reader, first, last, verify, span.least)
        except (RpcError, NodeUnreachable) as error:
            if last == first or not too_much(error):
                raise
            span.refused(last - first + 1, error.message)
        else:
            span.learn(chunk)
            yield chunk
            first = chunk.last + 1


def told(node: Node, error: Exception) -> str:
    """What a node did, for people."""
    return error.message if isinstance(error, ChainError) else f"The node at {node.shown} {error}."


def too_much(error: RpcError | NodeUnreachable) -> bool:
    """Whether a smaller range may succeed. One provider calls too many results a rate limit by its code."""
    if isinstance(error, RpcError):
        return any(word in error.reason.lower() for word in _TOO_MUCH)
    return any(word in error.message.lower() for word in _TOO_MANY)


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
