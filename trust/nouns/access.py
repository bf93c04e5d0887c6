"""The union's roles."""

from __future__ import annotations

from typing import Any

from trust.chain.abi import interface
from trust.nouns.handle import Handle, Result


class Access:
    """Steps that wait in the timelock: schedule them, then run them when their time has come."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def schedule(self, contract: str, function: str, *arguments: Any, simulate: bool = False) -> Result:
        """Announce a call; it may run after the role's delay."""
        data = interface(contract).encode(function, *arguments)
        target = self._handle.address(contract)
        return self._handle.write("TrustAccess", "schedule", target, data, 0, simulate=simulate)

    def execute(self, contract: str, function: str, *arguments: Any, simulate: bool = False) -> Result:
        """Run a call that was announced and whose delay has passed."""
        data = interface(contract).encode(function, *arguments)
        return self._handle.write(
            "TrustAccess", "execute", self._handle.address(contract), data, simulate=simulate
        )
