"""Events as they are folded, and one event out of bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_utils.abi import event_abi_to_log_topic

from trust.chain.abi import interface
from trust.chain.artifacts import load
from trust.chain.rpc import hexed
from trust.errors import IndexFault

HINT = "This package's contracts are not the ones deployed. Install the release they were deployed with."

WORD = 32


@dataclass(frozen=True, slots=True)
class IndexedEvent:
    """A decoded event with its place in the chain. `timestamp` is the block's, Unix seconds."""

    block_number: int
    log_index: int
    tx_hash: str
    timestamp: int
    contract: str
    name: str
    args: Mapping[str, Any]


@cache
def _data_bytes(contract: str, topic: bytes) -> int | None:
    """Length of an event's data; None when it varies."""
    # From the ABI itself: `event_inputs` shows packed words as the fields they hold.
    entries = (entry for entry in load(contract).abi if entry["type"] == "event")
    entry = next(entry for entry in entries if event_abi_to_log_topic(entry) == topic)  # type: ignore[arg-type]
    plain = [item for item in entry["inputs"] if not item["indexed"]]
    words = [_words(item["type"], item.get("components", ())) for item in plain]
    return None if None in words else WORD * sum(count or 0 for count in words)


def _words(kind: str, components: Sequence[Mapping[str, Any]]) -> int | None:
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        each = _words(inner, components)
        return int(count) * each if count and each is not None else None
    if kind in ("string", "bytes"):
        return None
    if kind != "tuple":
        return 1
    parts = [_words(part["type"], part.get("components", ())) for part in components]
    return None if None in parts else sum(part or 0 for part in parts)


def decode(contract: str, topics: tuple[bytes, ...], data: bytes) -> tuple[str, dict[str, Any]]:
    """Name and arguments. Raises IndexFault for what the contract can't have emitted."""
    hint = HINT
    try:
        event = interface(contract).decode_event(topics, data)
    except Exception as cause:  # eth-abi raises several unrelated types
        raise IndexFault(f"{contract} emitted an event that can't be decoded.", hint=hint) from cause
    if event is not None and len(data) != (_data_bytes(contract, topics[0]) or len(data)):
        raise IndexFault(f"{contract}.{event.name} can't be decoded: its data is too long.", hint=hint)
    if event is None:
        topic = hexed(topics[0]) if topics else "no topic"
        raise IndexFault(f"{contract} emitted an unknown event ({topic}).", hint=hint)
    return event.name, event.args
