"""Logs as our contracts may emit them: every event, with ordinary and extreme values, made from the ABI."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from eth_utils.address import to_checksum_address

from trust.chain.abi import PACKED, interface
from trust.chain.artifacts import CONTRACTS, load
from trust.chain.rpc import blob, hexed
from trust.chain.wire import WireLog
from trust.index.columns import Blobs, Column, Integers

EVENTS = [
    (contract, topic, name) for contract in CONTRACTS for topic, name in interface(contract).topics().items()
]
IDS = [f"{contract}.{name}" for contract, _, name in EVENTS]
EDGES = (0, 1, 9_999, 10_000, 10**8, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**128, 2**255)
WORD = 32


def inputs(contract: str, topic: bytes) -> list[dict[str, Any]]:
    events = (entry for entry in load(contract).abi if entry["type"] == "event")
    return next(list(e["inputs"]) for e in events if event_abi_to_log_topic(e) == topic)  # type: ignore[arg-type]


def value(event: str, item: Mapping[str, Any], dice: random.Random) -> Any:
    """Any value of an ABI type; ids below 2^63, and packed words of fields alone."""
    kind: str = item["type"]
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        length = int(count) if count else dice.choice((0, 1, 3, 40))
        return [value(event, {**item, "type": inner}, dice) for _ in range(length)]
    if kind == "tuple":
        return tuple(value(event, part, dice) for part in item["components"])
    if kind == "address":
        return to_checksum_address(dice.choice((bytes(20), b"\xff" * 20, dice.randbytes(20))))
    if kind == "bool":
        return dice.random() < 0.5
    if kind == "string":
        return "".join(
            chr(dice.choice((32, 0x27, 0x22, 0x5C, 0x25, 0xE9, 0x20AC, 0x1F3AC)))
            for _ in range(dice.randrange(80))
        )
    if kind == "bytes":
        return dice.randbytes(dice.choice((0, 1, 31, 32, 33, 100)))
    if kind.startswith("bytes"):
        width = int(kind[5:])
        return dice.choice((bytes(width), b"\xff" * width, dice.randbytes(width)))
    packed = PACKED.get((event, item["name"]))
    bits = sum(width for _, width in packed) if packed else int(kind.removeprefix("uint"))
    names_a_thing = item["name"] == "ref" or item["name"].endswith("Id")
    most = min(2**bits, 2**63 if names_a_thing and not packed else 2**256) - 1
    return dice.choice((0, most, min(most, dice.choice(EDGES)), dice.randint(0, most)))


@dataclass(frozen=True)
class Emitted:
    """One log's parts."""

    topics: tuple[bytes, ...]
    data: bytes

    @property
    def wire(self) -> WireLog:
        return wire(list(map(hexed, self.topics)), hexed(self.data))


def wire(topics: list[str], data: str) -> WireLog:
    return WireLog("0x" + "11" * 20, topics, data, "0x" + "22" * 32, "0x1", "0x" + "33" * 32, "0x0", "0x0")


def emit(contract: str, topic: bytes, name: str, dice: random.Random) -> Emitted:
    """A log of this event."""
    topics, kinds, values = [topic], [], []
    for item in inputs(contract, topic):
        kind, given = collapse_if_tuple(item), value(name, item, dice)  # type: ignore[arg-type]
        if item["indexed"]:
            topics.append(encode([kind], [given]))
        else:
            kinds.append(kind)
            values.append(given)
    return Emitted(tuple(topics), encode(kinds, values))


def places(first: int, count: int) -> list[Column]:
    """Where `count` logs are: one in each block from `first` on."""
    import numpy as np

    numbers = np.arange(first, first + count, dtype=np.int64)
    hashes = np.repeat(numbers.astype(">i8").view(np.uint8).reshape(-1, 8), 4, axis=1)
    return [Integers(numbers), Integers(numbers * 0 + 3), Blobs(hashes), Blobs(hashes), Integers(numbers * 0)]


def is_dynamic(item: Mapping[str, Any]) -> bool:
    kind: str = item["type"]
    if kind in ("string", "bytes") or kind.endswith("[]"):
        return True
    return any(is_dynamic(part) for part in item.get("components", ()))


def padding(event: str, item: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Of a static value: each (word, byte) that the ABI says is zero."""
    for word, (kind, name) in enumerate(_words(item)):
        if kind == "address":
            zero = range(12)
        elif kind == "bool":
            zero = range(31)
        elif kind.startswith("bytes"):
            zero = range(int(kind[5:]), WORD)
        else:
            packed = PACKED.get((event, name)) if item["type"] != "tuple" else None
            bits = sum(width for _, width in packed) if packed else int(kind.removeprefix("uint"))
            zero = range(WORD - (bits + 7) // 8)
        yield from ((word, byte) for byte in zero)


def _words(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind: str = item["type"]
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        for _ in range(int(count)):
            yield from _words({**item, "type": inner})
    elif kind == "tuple":
        for part in item["components"]:
            yield from _words(part)
    else:
        yield kind, item["name"]


__all__ = ["EVENTS", "IDS", "Emitted", "blob", "emit", "inputs", "is_dynamic", "padding", "places", "wire"]
