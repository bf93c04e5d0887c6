"""Jobs as calls to Payroll: what to send, how to ask whether it is still due, and what a receipt says it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trust.chain.abi import Event, interface
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.keeper.model import Job, Kind
from trust.pools import spare_for_push, spare_for_seats, spare_for_sweep
from trust.send import Receipt
from trust.views.owed import SIDE, chunk_item
from trust.views.pools import PoolChunk

#: Most cycles that one payday settles for a member; ten years of weeks.
_MOST_CYCLES = 520


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a receipt's events add up to; `amount` in base units."""

    paid: int
    held: int
    amount: int


Chunks = Mapping[str, PoolChunk]
_Call = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Form:
    """How one kind of job is called, asked about, and told."""

    call: Callable[[Sequence[str], Chunks], _Call]
    ask: Callable[[str, Chunks], _Call]
    amount: Callable[[str, Any], int]
    paid: str
    held: str = ""
    spare: Callable[[Sequence[str], Chunks], int] | None = None


def _numbers(items: Sequence[str]) -> list[int]:
    return [int(item) for item in items]


def _place(seat: str) -> tuple[str, int]:
    """The chunk of a seat, and its position in it."""
    chunk, _, position = seat.rpartition(":")
    return chunk, int(position)


def _pay_seats(items: Sequence[str], chunks: Chunks) -> _Call:
    places = [_place(item) for item in items]
    return "paySeats", (chunks[places[0][0]].chunk.as_struct(), [position for _, position in places])


def _ask_seat(item: str, chunks: Chunks) -> _Call:
    chunk, position = _place(item)
    return "seatDue", (chunks[chunk].chunk.as_struct(), position)


def _swept(item: str, pool: Any) -> int:
    # Where nobody sits, what streamed for nobody is passed on too; the index knows how much.
    return int(pool["dues"]) or int(not pool["units"] and pool["streamsEnd"] > 0)


def _production_owed(item: str, answer: Any) -> int:
    names = ("dues", "benefits", "levy") if item == SIDE else ("benefits", "levy")
    return sum(int(answer[name]) for name in names)


_FORMS = {
    Kind.PAYDAY: _Form(
        call=lambda items, chunks: ("payday", (_numbers(items), _MOST_CYCLES)),
        ask=lambda item, chunks: ("due", (int(item),)),
        amount=lambda item, answer: int(answer["amount"]),
        paid="Paid",
        held="PayHeld",
    ),
    Kind.PUSH: _Form(
        call=lambda items, chunks: ("push", (chunks[items[0]].chunk.as_struct(),)),
        ask=lambda item, chunks: ("chunkDue", (chunks[item].chunk.as_struct(),)),
        amount=lambda item, answer: int(answer),
        paid="PoolPushed",
        held="PoolPayHeld",
        spare=lambda items, chunks: spare_for_push(len(chunks[items[0]].chunk.roster)),
    ),
    Kind.SEATS: _Form(
        call=_pay_seats,
        ask=_ask_seat,
        amount=lambda item, answer: int(answer),
        paid="SeatsPaid",
        held="PoolPayHeld",
        spare=lambda items, chunks: spare_for_seats(len(items)),
    ),
    Kind.SWEEP: _Form(
        call=lambda items, chunks: ("sweepPools", (_numbers(items),)),
        ask=lambda item, chunks: ("poolOf", (int(item),)),
        amount=_swept,
        paid="PoolSwept",
        spare=lambda items, chunks: spare_for_sweep(len(items)),
    ),
    Kind.AGENTS: _Form(
        call=lambda items, chunks: ("payAgents", (list(items),)),
        ask=lambda item, chunks: ("agentOwed", (item,)),
        amount=lambda item, answer: int(answer),
        paid="AgentPaid",
        held="AgentPayHeld",
    ),
    Kind.REMIT: _Form(
        call=lambda items, chunks: ("remit", (_numbers([item for item in items if item != SIDE]),)),
        ask=lambda item, chunks: ("sideOwed", ()) if item == SIDE else ("productionAccount", (int(item),)),
        amount=_production_owed,
        paid="Remitted",
        held="RemittanceHeld",
    ),
}

#: What each kind's event moved, base units.
_MOVED: dict[str, tuple[str, ...]] = {
    "Paid": ("amount",),
    "AgentPaid": ("amount",),
    "Remitted": ("dues", "benefits", "levy"),
    "PoolPushed": ("paid",),
    "SeatsPaid": ("paid",),
    "PoolSwept": ("dues", "abandoned"),
}


class Calls:
    """Jobs against one deployment's Payroll, through one node, as one sender."""

    def __init__(self, node: Node, deployment: Deployment, sender: str) -> None:
        self._node = node
        self._sender = sender
        self._face = interface("Payroll")
        self.payroll = deployment.address("Payroll")
        #: As the index has them now.
        self.chunks: Chunks = {}

    def data(self, job: Job) -> bytes:
        """The call's data."""
        function, arguments = _FORMS[job.kind].call(job.items, self.chunks)
        return self._face.encode(function, *arguments)

    def seats(self, chunk: str) -> list[str]:
        """The seats that are taken in a chunk, as items."""
        found = self.chunks.get(chunk)
        if found is None:
            return []
        return [f"{chunk}:{seat}" for seat in range(len(found.chunk.roster)) if seat not in found.vacated]

    def spare(self, job: Job) -> int:
        """Gas to add to an estimate for what falls due until a block holds it."""
        spare = _FORMS[job.kind].spare
        return spare(job.items, self.chunks) if spare else 0

    def still_due(self, job: Job, block: int) -> tuple[str, ...]:
        """The items that are owed something at a block. Raises RpcError when the node can't say.

        Not at the last block: of several servers behind one address, another may be behind the payday.
        """
        form = _FORMS[job.kind]
        # A chunk that a reorg took away is not there to be asked about.
        items = [item for item in job.items if self._is_there(job.kind, item)]
        asked = [form.ask(item, self.chunks) for item in items]
        calls = [self._call(self._face.encode(function, *given), block) for function, given in asked]
        answers = self._node.batch(calls)
        found = []
        for item, (function, _), answer in zip(items, asked, answers, strict=True):
            if isinstance(answer, RpcError):
                raise answer
            if form.amount(item, self._face.decode(function, blob(answer))):
                found.append(item)
        return tuple(found)

    def gas(self, job: Job) -> int:
        """Gas that the job needs on the chain's last block. Raises RpcError when it would fail."""
        answer = self._node.call("eth_estimateGas", self._request(self.data(job)), "latest")
        return int(answer, 16)

    def outcome(self, job: Job, receipt: Receipt) -> Outcome:
        """What the job's transaction did."""
        form, events = _FORMS[job.kind], list(self._events(receipt))
        paid = [event for event in events if event.name == form.paid]
        held = [event for event in events if event.name == form.held]
        amount = sum(int(event.args[name]) for event in paid for name in _MOVED[form.paid])
        if job.kind not in (Kind.PUSH, Kind.SEATS):
            return Outcome(len(paid), len(held), amount)
        # Pools tell no event a seat, and count what was held among what was paid.
        seats = sum(self._seats_in(event) for event in paid)
        return Outcome(seats - len(held), len(held), amount - sum(event.args["amount"] for event in held))

    def _is_there(self, kind: Kind, item: str) -> bool:
        if kind is Kind.SEATS:
            return _place(item)[0] in self.chunks
        return kind is not Kind.PUSH or item in self.chunks

    def _seats_in(self, event: Event) -> int:
        if event.name == "SeatsPaid":
            return len(event.args["seats"])
        chunk = self.chunks.get(chunk_item(event.args["poolId"], event.args["chunk"]))
        return chunk.seats if chunk else 0

    def _events(self, receipt: Receipt) -> Iterable[Event]:
        for log in receipt.logs:
            if log.address.lower() == self.payroll.lower():
                event = self._face.decode_event(log.topics, log.data)
                if event is not None:
                    yield event

    def _call(self, data: bytes, block: int) -> Call:
        return Call("eth_call", (self._request(data), hex(block)))

    def _request(self, data: bytes) -> dict[str, str]:
        return {"from": self._sender, "to": self.payroll, "data": hexed(data)}
