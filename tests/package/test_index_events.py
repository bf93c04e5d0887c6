"""Every event the contracts can emit is decoded, stored in its typed table and known to the fold."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from eth_utils.address import to_checksum_address

from trust.chain.abi import PACKED, interface
from trust.chain.artifacts import CONTRACTS, load
from trust.errors import IndexFault
from trust.index import Books, IndexedEvent
from trust.index.events import decode
from trust.index.fold import _HANDLERS, WITHOUT_EFFECT, apply
from trust.index.schedule import Clock
from trust.index.tables import tables

EVENTS = [
    (contract, topic, name) for contract in CONTRACTS for topic, name in interface(contract).topics().items()
]
IDS = [f"{contract}.{name}" for contract, _, name in EVENTS]


def sample(kind: str, seed: int) -> Any:
    if kind.startswith("("):
        return tuple(sample(part, seed + place) for place, part in enumerate(kind[1:-1].split(",")))
    if kind.endswith("]"):
        inner, _, count = kind[:-1].partition("[")
        return [sample(inner, seed + place) for place in range(int(count or 3))]
    if kind == "address":
        return to_checksum_address(bytes([seed]) * 20)
    if kind == "bool":
        return seed % 2 == 0
    if kind == "string":
        return f"{seed}"
    if kind == "bytes":
        return bytes([seed]) * 40
    if kind.startswith("bytes"):
        return bytes([seed]) * int(kind[5:])
    return 2 ** int(kind[4:]) - seed


def raw(contract: str, topic: bytes) -> tuple[tuple[bytes, ...], bytes, dict[str, Any]]:
    events = (entry for entry in load(contract).abi if entry["type"] == "event")
    inputs = next(e["inputs"] for e in events if event_abi_to_log_topic(e) == topic)  # type: ignore[arg-type]
    # An array inside a struct has commas of its own only in the rate card, which is split by hand.
    values = [card() if item["name"] == "card" else sample(collapse_if_tuple(item), n + 1)  # type: ignore[arg-type]
              for n, item in enumerate(inputs)]  # fmt: skip
    topics, plain_types, plain_values = [topic], [], []
    for item, value in zip(inputs, values, strict=True):
        kind = collapse_if_tuple(item)  # type: ignore[arg-type]
        if item["indexed"]:
            topics.append(encode([kind], [value]))
        else:
            plain_types.append(kind)
            plain_values.append(value)
    named = {item["name"]: value for item, value in zip(inputs, values, strict=True)}
    return tuple(topics), encode(plain_types, plain_values), named


def card() -> tuple[Any, ...]:
    return (*([list(range(6))] * 6), [1, 2, 3], *range(1, 12))


@pytest.mark.parametrize(("contract", "topic", "name"), EVENTS, ids=IDS)
def test_every_event_decodes_into_its_typed_table(contract: str, topic: bytes, name: str) -> None:
    topics, data, given = raw(contract, topic)
    decoded, args = decode(contract, topics, data)
    assert decoded == name
    packed = {field for (event, _), fields in PACKED.items() if event == name for field, _ in fields}
    assert set(args) - packed == set(given) - {word for event, word in PACKED if event == name}
    assert packed <= set(args)
    table = tables()[contract, name]
    with sqlite3.connect(":memory:") as db:
        db.row_factory = sqlite3.Row
        db.execute(table.create)
        for statement in table.indexes:
            db.execute(statement)
        db.execute(table.insert, table.row(7, 3, contract, args))
        row = dict(db.execute(f"SELECT * FROM {table.name}").fetchone())
    db.close()
    assert (row.pop("block_number"), row.pop("log_index"), row.pop("contract")) == (7, 3, contract)
    for column, path in zip(table.columns, table.paths, strict=True):
        value: Any = args
        for step in path:
            value = value[step]
        stored = row.pop(column)
        if isinstance(value, int) and isinstance(stored, bytes):
            stored = int.from_bytes(stored, "big")
        assert stored == (str(value).replace(" ", "") if isinstance(value, list | tuple) else value), column
    assert not row


@pytest.mark.parametrize(("contract", "topic", "name"), EVENTS, ids=IDS)
def test_every_event_is_folded_or_known_to_have_no_effect(contract: str, topic: bytes, name: str) -> None:
    assert (name in _HANDLERS) != (name in WITHOUT_EFFECT)


def test_an_event_the_books_do_not_know_is_a_fault() -> None:
    event = IndexedEvent(1, 0, "0x", 0, "Payroll", "Surprise", {})
    with pytest.raises(IndexFault, match="don't know"):
        apply(Books(Clock(0, 3_600)), event)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Funded", {"productionId": 9, "from": "0x", "amount": 1}),
        ("AgentPaid", {"agent": "0x", "amount": 1}),
        ("Remitted", {"payee": "0x", "benefits": 1, "levy": 0, "dues": 0}),
    ],
)
def test_an_event_that_contradicts_the_books_is_a_fault(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(IndexFault, match=f"Payroll.{name} in block 5"):
        apply(Books(Clock(0, 3_600)), IndexedEvent(5, 0, "0x", 0, "Payroll", name, args))


def test_an_unknown_topic_or_cut_data_is_a_fault() -> None:
    topic = next(t for t, name in interface("Payroll").topics().items() if name == "Funded")
    topics, data, _ = raw("Payroll", topic)
    with pytest.raises(IndexFault, match="unknown event"):
        decode("Payroll", (bytes(32), *topics[1:]), data)
    with pytest.raises(IndexFault, match="unknown event"):
        decode("Payroll", (), data)
    for bad_topics, bad_data in ((topics, data[:-1]), (topics[:-1], data), (topics, data + bytes(32))):
        with pytest.raises(IndexFault, match="can't be decoded"):
            decode("Payroll", bad_topics, bad_data)
