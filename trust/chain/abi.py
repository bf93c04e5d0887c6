"""Calls and events in and out of bytes, by the ABI of a shipped contract. Structs are dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic, function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address

from trust.chain.artifacts import load

#: Words of frequent events that hold several fields: name and bits of each, from the low end (see the interfaces).
#: Here they are shown as the fields they hold.
PACKED: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {
    ("Used", "meter"): (("kind", 8), ("usedAt", 40), ("iterations", 32), ("outputSeconds", 32)),
    **{
        (event, "licenceId"): (("memberId", 24), ("productionId", 24))
        for event in ("Charged", "Reserved", "Released", "StreamOpened", "StreamCut")
    },
    ("IterationsCharged", "parts"): (("gross", 64), ("dues", 64), ("benefits", 64), ("levy", 64)),
    ("Disclosed", "terms"): (("kind", 8), ("workStarts", 40), ("late", 8), ("reported", 8)),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded event; `args` by name, structs as dictionaries, addresses with their checksum."""

    contract: str
    name: str
    args: dict[str, Any]


class Interface:
    """Encodes calls to a contract and decodes what it answers and tells."""

    def __init__(self, name: str) -> None:
        self.name = name
        artifact = load(name)
        entries = artifact.abi
        self._functions = {entry["name"]: entry for entry in entries if entry["type"] == "function"}
        self._constructor: dict[str, Any] = next(
            (entry for entry in entries if entry["type"] == "constructor"), {"inputs": []}
        )
        self._events = {event_abi_to_log_topic(entry): entry for entry in entries if entry["type"] == "event"}  # type: ignore[arg-type]
        self._topics = {entry["name"]: topic for topic, entry in self._events.items()}

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Calldata of a call."""
        entry = self._functions[function]
        return function_abi_to_4byte_selector(entry) + _encode(entry["inputs"], arguments)  # type: ignore[arg-type]

    def encode_constructor(self, *arguments: Any) -> bytes:
        """Constructor arguments, to append to the creation code."""
        return _encode(self._constructor["inputs"], arguments)

    def decode(self, function: str, data: bytes) -> Any:
        """What a call returned: one value, or a dictionary when the outputs have names."""
        outputs = self._functions[function]["outputs"]
        values = _decode(outputs, data)
        if len(values) == 1:
            return values[0]
        return {output["name"]: value for output, value in zip(outputs, values, strict=True)}

    def selector(self, function: str) -> bytes:
        """First four bytes of a call to the function."""
        return function_abi_to_4byte_selector(self._functions[function])  # type: ignore[arg-type]

    def topics(self) -> dict[bytes, str]:
        """First topic of every event this contract can emit, with the event's name."""
        return {topic: entry["name"] for topic, entry in self._events.items()}

    def event_inputs(self, topic: bytes) -> Sequence[Mapping[str, Any]]:
        """The ABI inputs of the event with this first topic; packed words as the fields they hold."""
        entry = self._events[topic]
        inputs: list[Mapping[str, Any]] = []
        for item in entry["inputs"]:
            fields = PACKED.get((entry["name"], item["name"]))
            if fields is None:
                inputs.append(item)
            else:
                inputs.extend(
                    {"name": name, "type": f"uint{bits}", "indexed": item["indexed"]} for name, bits in fields
                )
        return inputs

    def decode_event(self, topics: Sequence[bytes], data: bytes) -> Event | None:
        """The event, or None when it isn't one of this contract's."""
        entry = self._events.get(topics[0]) if topics else None
        if entry is None:
            return None
        indexed = [item for item in entry["inputs"] if item["indexed"]]
        plain = [item for item in entry["inputs"] if not item["indexed"]]
        args: dict[str, Any] = {}
        for item, topic in zip(indexed, topics[1:], strict=True):
            args |= _shown(entry["name"], item, _decode([item], topic)[0])
        for item, value in zip(plain, _decode(plain, data), strict=True):
            args |= _shown(entry["name"], item, value)
        return Event(self.name, entry["name"], args)

    def encode_event(self, event: str, args: Mapping[str, Any]) -> tuple[tuple[bytes, ...], bytes]:
        """Topics and data of an event with these arguments; `decode_event` takes them apart.

        Raises KeyError for another event, ValueError or eth-abi's own errors for values that it can't have.
        """
        topic = self._topics[event]
        inputs = self._events[topic]["inputs"]
        values = [_packed(event, item, args) for item in inputs]
        topics, plain = [topic], []
        for item, value in zip(inputs, values, strict=True):
            if item["indexed"]:
                topics.append(_encode([item], [value]))
            else:
                plain.append((item, value))
        return tuple(topics), _encode([item for item, _ in plain], [value for _, value in plain])


@cache
def interface(name: str) -> Interface:
    """The interface of a shipped contract."""
    return Interface(name)


def _encode(inputs: Sequence[Mapping[str, Any]], arguments: Iterable[Any]) -> bytes:
    values = list(arguments)
    if len(values) != len(inputs):
        raise TypeError(f"{len(inputs)} arguments are needed, {len(values)} were given")
    types = [collapse_if_tuple(item) for item in inputs]  # type: ignore[arg-type]
    return abi_encode(types, [_plain(item, value) for item, value in zip(inputs, values, strict=True)])


def _plain(item: Mapping[str, Any], value: Any) -> Any:
    """A dictionary to the tuple that eth-abi wants, at any depth."""
    kind: str = item["type"]
    if kind.endswith("]") and kind.startswith("tuple"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        return [_plain(inner, element) for element in value]
    if kind == "tuple":
        if set(value) != {part["name"] for part in item["components"]}:
            missing = {part["name"] for part in item["components"]} ^ set(value)
            raise TypeError(f"{item.get('name') or 'struct'}: {', '.join(sorted(missing))}")
        return tuple(_plain(part, value[part["name"]]) for part in item["components"])
    return value


def _shown(event: str, item: Mapping[str, Any], value: Any) -> dict[str, Any]:
    fields = PACKED.get((event, item["name"]))
    return {item["name"]: value} if fields is None else _unpacked(fields, value)


def _packed(event: str, item: Mapping[str, Any], args: Mapping[str, Any]) -> Any:
    """An argument as the ABI has it: fields that share a word in one."""
    fields = PACKED.get((event, item["name"]))
    if fields is None:
        return args[item["name"]]
    word = shift = 0
    for name, bits in fields:
        if args[name] >> bits:
            raise ValueError(f"{event}: {name} is larger than its field")
        word |= args[name] << shift
        shift += bits
    return word


def _unpacked(fields: Sequence[tuple[str, int]], word: int) -> dict[str, int]:
    found = {}
    for name, bits in fields:
        found[name] = word & ((1 << bits) - 1)
        word >>= bits
    return found


def _decode(outputs: Sequence[Mapping[str, Any]], data: bytes) -> list[Any]:
    types = [collapse_if_tuple(item) for item in outputs]  # type: ignore[arg-type]
    return [_named(item, value) for item, value in zip(outputs, abi_decode(types, data), strict=True)]


def _named(item: Mapping[str, Any], value: Any) -> Any:
    kind: str = item["type"]
    if kind.endswith("]"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        return [_named(inner, element) for element in value]
    if kind == "tuple":
        parts = zip(item["components"], value, strict=True)
        return {part["name"]: _named(part, element) for part, element in parts}
    if kind == "address":
        return to_checksum_address(value)
    return value
