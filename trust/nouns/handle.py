"""A contract to read and write through: every write simulates, sends through the outbox and decodes its events."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from trust.chain.abi import Event, interface
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.reverts import decode_revert
from trust.chain.rpc import Address, RpcError
from trust.errors import DeploymentError
from trust.send import Intent, Outbox, Receipt


@dataclass(frozen=True, slots=True)
class Result:
    """What a write did, or with `simulate=True` would do.

    `receipt` is None and `events` empty when it was only simulated; `returned` is what the function returned,
    known only then. `id` is the number of what was made, when the write makes something.
    """

    receipt: Receipt | None
    events: tuple[Event, ...]
    returned: Any = None
    id: int | None = None

    def event(self, name: str) -> Event:
        """The first event with this name. Raises KeyError when there is none."""
        for event in self.events:
            if event.name == name:
                return event
        raise KeyError(name)

    @property
    def gas_used(self) -> int | None:
        """Gas of the transaction."""
        return self.receipt.gas_used if self.receipt else None


class Handle:
    """Reads and writes contracts of one deployment as one sender. Writing needs an outbox."""

    def __init__(self, node: Node, deployment: Deployment, sender: str | None, outbox: Outbox | None) -> None:
        self.node = node
        self.deployment = deployment
        self.sender = sender
        self._outbox = outbox
        self._names = {address.lower(): name for name, address in deployment.contracts.items()}
        self._names[deployment.token.lower()] = "TestDollar"

    def read(self, contract: str, function: str, *arguments: Any) -> Any:
        """What a view returns now. Raises ContractRefused when it reverts."""
        face = interface(contract)
        return face.decode(
            function, self._eth_call(self.address(contract), face.encode(function, *arguments))
        )

    def write(
        self,
        contract: str,
        function: str,
        *arguments: Any,
        key: str | None = None,
        simulate: bool = False,
        spare: int = 0,
    ) -> Result:
        """Send a transaction and wait for it; the same `key` never sends twice. `spare`: gas beyond the estimate.

        Raises ContractRefused, with the contract's own error, before anything is spent if it would revert.
        """
        face = interface(contract)
        data = face.encode(function, *arguments)
        if simulate:
            return Result(None, (), face.decode(function, self._eth_call(self.address(contract), data)))
        if self._outbox is None:
            raise DeploymentError("This connection can only read.", hint="Connect with an account to send.")
        name = f"{contract}.{function}"
        intent = Intent(key or f"{name} {uuid.uuid4()}", self.address(contract), data, note=name, spare=spare)
        receipt = self._outbox.send(intent)
        return Result(receipt, self.events_of(receipt))

    def address(self, contract: str) -> str:
        """Address of a contract, or of the token."""
        return self.deployment.token if contract == "TestDollar" else self.deployment.address(contract)

    def now(self) -> int:
        """Time of the latest block, Unix seconds."""
        return self.node.block().timestamp

    def events_of(self, receipt: Receipt) -> tuple[Event, ...]:
        """The receipt's events of this deployment's contracts, in order."""
        found = []
        for log in receipt.logs:
            name = self._names.get(log.address.lower())
            event = interface(name).decode_event(log.topics, log.data) if name else None
            if event is not None:
                found.append(event)
        return tuple(found)

    def _eth_call(self, to: str, data: bytes) -> bytes:
        sender = Address(to_checksum_address(self.sender)) if self.sender else None
        try:
            return self.node.eth_call(to, data, sender=sender)
        except RpcError as error:
            refused = decode_revert(error.data) if error.is_revert else None
            if refused is None:
                raise
            raise refused from error


def made(result: Result, event: str, argument: str) -> Result:
    """The result with the number that an event gave."""
    if result.receipt is None:
        number = result.returned
        return Result(None, (), number, number if isinstance(number, int) else None)
    return Result(result.receipt, result.events, result.returned, int(result.event(event).args[argument]))
