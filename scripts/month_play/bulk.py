"""Many writes at once: what the nouns would send one by one is gathered, and goes through the outbox together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from itertools import islice
from typing import Any

from trust.chain.abi import interface
from trust.chain.reverts import decode_revert
from trust.local import Local
from trust.nouns.handle import Handle, Result
from trust.send import Intent, Outbox, Rules

_AT_ONCE = 200


class Gathered(Handle):
    """A handle for nouns that gathers what they write; `send` sends it, in order."""

    def __init__(self, local: Local, who: str, gas: int) -> None:
        account = local.keys[who]
        rules = Rules(batch=_AT_ONCE)
        self._box = Outbox(
            local.outbox,
            local.node,
            local.deployment.chain_id,
            account,
            rules=rules,
            decode_revert=decode_revert,
        )
        super().__init__(local.node, local.deployment, account.address, self._box)
        self._gas = gas
        self._intents: list[Intent] = []

    def write(
        self, contract: str, function: str, *arguments: Any, key: str | None = None, simulate: bool = False
    ) -> Result:
        """Kept for `send`; says nothing yet."""
        name = f"{contract}.{function}"
        data = interface(contract).encode(function, *arguments)
        intent = Intent(
            key or f"{name} {uuid.uuid4()}", self.address(contract), data, gas=self._gas, note=name
        )
        self._intents.append(intent)
        return Result(None, ())

    def send(self, progress: Callable[[int], None] = lambda sent: None) -> list[Result]:
        """Results in the order of the writes; `progress` hears how many more were sent."""
        waiting, results = iter(self._intents), []
        while some := list(islice(waiting, _AT_ONCE)):
            results += [Result(receipt, self.events_of(receipt)) for receipt in self._box.send_all(some)]
            progress(len(some))
        self._intents = []
        return results

    def close(self) -> None:
        """Close the outbox."""
        self._box.close()
