"""Events out of proven receipts: those of the deployment, and the token's transfers in and out of Payroll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from trust.chain.deployments import Deployment
from trust.chain.rpc import blob, hexed
from trust.chain.wire import WireLog
from trust.errors import IndexFault
from trust.index import codec
from trust.index.events import HINT
from trust.index.tables import number
from trust.proof.receipts import ProvenLog

TRANSFER = "Transfer"
_TRANSFER = keccak(b"Transfer(address,address,uint256)")


@dataclass(frozen=True, slots=True)
class Event:
    """One event at its place. `fields` are its table's columns: whole numbers, bytes or text."""

    block: int
    tx_index: int
    log_index: int
    contract: str
    name: str
    fields: Mapping[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        """Where in the chain."""
        return self.block, self.log_index

    @property
    def transaction(self) -> tuple[int, int]:
        """Block, and index in it."""
        return self.block, self.tx_index

    def get(self, column: str) -> Any:
        """A field, None when the event has no such."""
        return self.fields.get(column)


@dataclass(frozen=True, slots=True)
class Placed:
    """A log of a receipt, and where it is."""

    block: int
    tx_index: int
    log_index: int
    log: ProvenLog


class Decoder:
    """Makes events of one deployment's logs; leaves out what isn't its own."""

    def __init__(self, deployment: Deployment) -> None:
        self._contracts = {blob(address): name for name, address in deployment.contracts.items()}
        self._token = blob(deployment.token)
        self._payroll = blob(deployment.contracts["Payroll"]).rjust(32, b"\0")

    def events(self, logs: Iterable[Placed]) -> list[Event]:
        """In the chain's order. Raises IndexFault for what these contracts can't have emitted."""
        groups: dict[tuple[bytes, bytes], list[Placed]] = {}
        for placed in logs:
            if self._is_ours(placed.log):
                groups.setdefault((placed.log.address, placed.log.topics[0]), []).append(placed)
        found = [
            event
            for (address, topic), group in groups.items()
            for event in self._decoded(self._form(address, topic), group)
        ]
        return sorted(found, key=lambda event: event.place)

    def _is_ours(self, log: ProvenLog) -> bool:
        if log.address in self._contracts:
            if not log.topics:
                name = self._contracts[log.address]
                raise IndexFault(f"{name} emitted an event without a topic.", hint=HINT)
            return True
        moved = log.address == self._token and len(log.topics) == 3 and log.topics[0] == _TRANSFER
        return moved and self._payroll in log.topics[1:]

    def _form(self, address: bytes, topic: bytes) -> codec.Form:
        name = self._contracts.get(address)
        if name is None:
            return codec.transfer_form()
        form = codec.forms(name).get(hexed(topic))
        if form is None:
            raise IndexFault(f"{name} emitted an unknown event ({hexed(topic)}).", hint=HINT)
        return form

    def _decoded(self, form: codec.Form, group: Sequence[Placed]) -> Iterable[Event]:
        rows = codec.columns(form, [_wired(placed.log) for placed in group], ())
        fields = form.table.fields
        columns = [column.values() for column in rows.columns[len(rows.columns) - len(fields) :]]
        for at, placed in enumerate(group):
            values = {
                field.column: _plain(field.abi, column[at])
                for field, column in zip(fields, columns, strict=True)
            }
            yield Event(
                placed.block, placed.tx_index, placed.log_index, form.contract, form.table.event, values
            )


def _plain(abi: str, kept: Any) -> Any:
    whole = abi == "bool" or (abi.startswith("uint") and not abi.endswith("]"))
    return number(kept) if whole else kept


def _wired(log: ProvenLog) -> WireLog:
    topics = [hexed(topic) for topic in log.topics]
    return WireLog(hexed(log.address), topics, hexed(log.data), "", "", "", "", "")
