"""The nodes that a chain is read from: one is asked while it answers truly, then the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import ChainError, IndexFault, NodeUnreachable
from trust.index.blocks import Listed
from trust.index.found import Untrue
from trust.index.reader import Chunk, Cut, Reader

_T = TypeVar("_T")
_CONNECTIONS = 3
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

    def chunk(
        self,
        reader: Reader,
        first: int,
        last: int,
        verify: bool,
        least: int | None = None,
        known: Sequence[Listed] = (),
    ) -> Chunk:
        """The chunk from the first node that gives one which can be so; with `least`, cut after so many blocks.

        Raises Shifted, RpcError, NodeUnreachable, or IndexFault when every node that answered was untrue.
        """
        with self.lane() as lane:
            cut = None if least is None else Cut(_MOST_GAS, least)

            def read(place: int) -> Chunk:
                other = lane[(place + 1) % len(lane)]
                node = lane[place]
                return reader.chunk(node, first, last, verify=verify, other=other, cut=cut, known=known)

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


def told(node: Node, error: Exception) -> str:
    """What a node did, for people."""
    return error.message if isinstance(error, ChainError) else f"The node at {node.shown} {error}."


def too_much(error: RpcError | NodeUnreachable) -> bool:
    """Whether a smaller range may succeed. One provider calls too many results a rate limit by its code."""
    if isinstance(error, RpcError):
        return any(word in error.reason.lower() for word in _TOO_MUCH)
    return any(word in error.message.lower() for word in _TOO_MANY)
