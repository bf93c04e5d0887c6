"""What a lying node may answer: each kind with the words in which the index must name it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trust.chain.node import Node

Json = Any

BLOCK = "eth_getBlockByNumber"
RECEIPTS = "eth_getBlockReceipts"
LOGS = "eth_getLogs"
LATEST = "latest"

# In the index's words.
HASH_DENIES = "that isn't what its hash is of"
ROOT_DENIES = "that its header's receipts root denies"
BLOOM_DENIES = "that its header's bloom denies"
OTHER_BLOCK = "gave another block than the one that was asked for"
OTHER_TRANSACTIONS = "for other transactions"
CONTRADICTS = "contradict each other"
LAGS = "is behind the index"


class Level(StrEnum):
    """How far an index checks; lies that only one of them can see are told to it alone."""

    HEADERS = "headers"
    RECEIPTS = "receipts"


BOTH = frozenset(Level)
HEADERS_ONLY = frozenset({Level.HEADERS})
RECEIPTS_ONLY = frozenset({Level.RECEIPTS})


Make = Callable[["Telling", list[Json], Json], Json]


@dataclass(frozen=True, slots=True)
class Lie:
    """A kind of lie about the answers to one method.

    `make` gets the call's parameters and the truth, which it returns where there is nothing to lie about. `named` is
    what the index must say of it. `also` is what it changes in answers to other methods, so that they fit.
    """

    name: str
    method: str
    levels: frozenset[Level]
    named: str
    make: Make
    also: Mapping[str, Make]


class Lies(list[Lie]):
    """Kinds of lies, put in by a decorator."""

    def kind(
        self,
        name: str,
        method: str,
        levels: frozenset[Level],
        named: str,
        also: Mapping[str, Make] | None = None,
    ) -> Callable[[Make], Make]:
        """Put a kind in."""

        def enter(make: Make) -> Make:
            self.append(Lie(name, method, levels, named, make, also or {}))
            return make

        return enter


@dataclass(slots=True)
class Telling:
    """A lie while it is told to one sync: at every occasion.

    `cursor` is the last block that the index has, `is_current` whether the chain has it too. Blocks up to `above` are
    told truly. `told` counts the answers that were changed.
    """

    lie: Lie
    node: Node
    contracts: frozenset[str]
    dice: random.Random
    cursor: int = -1
    is_current: bool = False
    above: int = -1
    told: int = 0
    _about: dict[str, Any] = field(default_factory=dict)

    def tell(self, method: str, params: list[Json], result: Json) -> Json:
        """What is told where the node said `result`."""
        make = self.lie.make if method == self.lie.method else self.lie.also.get(method)
        if make is None or not result:
            return result
        if method in (BLOCK, RECEIPTS) and params[0] != LATEST and int(params[0], 16) <= self.above:
            return result
        changed = make(self, params, result)
        self.told += changed != result
        return changed

    def chosen(self, key: str, draw: Callable[[], Any]) -> Any:
        """What was drawn when this was asked first."""
        if key not in self._about:
            self._about[key] = draw()
        return self._about[key]

    def ask(self, method: str, *params: Any) -> Json:
        """The truth."""
        return self.node.call(method, *params)

    def receipts(self, number: int) -> list[Json]:
        """Receipts as they are."""
        return list(self.ask(RECEIPTS, hex(number)))

    def is_ours(self, log: Json) -> bool:
        """Whether one of our contracts emitted it."""
        return log["address"].lower() in self.contracts


def flipped(text: str, dice: random.Random) -> str:
    """Hexadecimal data with one bit changed."""
    raw = bytearray.fromhex(text[2:])
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return "0x" + raw.hex()
