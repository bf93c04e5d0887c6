"""Every event the contracts can emit is known to the fold, and nothing else is taken for one."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from emitted import EVENTS, IDS, emit, inputs

from trust.chain.abi import PACKED, interface
from trust.errors import IndexFault
from trust.index import Books, IndexedEvent, fold_transparency
from trust.index.events import decode
from trust.index.fold import _HANDLERS, WITHOUT_EFFECT, apply
from trust.index.schedule import Clock
from trust.index.tables import tables


@pytest.mark.parametrize(("contract", "topic", "name"), EVENTS, ids=IDS)
def test_every_event_has_a_typed_table_with_a_column_for_each_field(
    contract: str, topic: bytes, name: str
) -> None:
    log = emit(contract, topic, name, random.Random(name))
    decoded, args = decode(contract, log.topics, log.data)
    assert decoded == name
    given = {item["name"] for item in inputs(contract, topic)}
    packed = {field for (event, _), fields in PACKED.items() if event == name for field, _ in fields}
    assert set(args) == given - {word for event, word in PACKED if event == name} | packed
    leaves = []
    for field in tables()[contract, name].fields:
        value: Any = args
        for step in field.path:
            value = value[step]
        assert not isinstance(value, dict)
        leaves.append(field.path)
    assert len(set(leaves)) == len(leaves) == sum(map(count, args.values()))


def count(value: Any) -> int:
    return sum(map(count, value.values())) if isinstance(value, dict) else 1


@pytest.mark.parametrize(("contract", "topic", "name"), EVENTS, ids=IDS)
def test_every_event_is_folded_or_known_to_have_no_effect(contract: str, topic: bytes, name: str) -> None:
    assert (name in _HANDLERS) != (name in WITHOUT_EFFECT)


TRANSPARENT = [event for event in EVENTS if event[2] in fold_transparency.HANDLERS]


@pytest.mark.parametrize(("contract", "topic", "name"), TRANSPARENT, ids=[name for _, _, name in TRANSPARENT])
def test_every_field_that_transparency_tells_is_in_the_digest(contract: str, topic: bytes, name: str) -> None:
    def told(*events: IndexedEvent) -> bytes:
        books = Books(Clock(0, 3_600))
        for event in events:
            apply(books, event)
        return books.transparency

    def made(seed: int) -> IndexedEvent:
        log = emit(contract, topic, name, random.Random(seed))
        return IndexedEvent(1, 0, "0x", 5, contract, *decode(contract, log.topics, log.data))

    first = made(0)
    others = map(made, range(1, 1_000))
    second = next(other for other in others if all(other.args[one] != first.args[one] for one in first.args))
    assert told(first, second) == told(first, second) != told(second, first)
    assert told(replace(first, timestamp=6)) != told(first) != told()
    for field in first.args:
        assert told(replace(first, args=dict(first.args) | {field: second.args[field]})) != told(first)


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
    log = emit("Payroll", topic, "Funded", random.Random(1))
    topics, data = log.topics, log.data
    with pytest.raises(IndexFault, match="unknown event"):
        decode("Payroll", (bytes(32), *topics[1:]), data)
    with pytest.raises(IndexFault, match="unknown event"):
        decode("Payroll", (), data)
    for bad_topics, bad_data in ((topics, data[:-1]), (topics[:-1], data), (topics, data + bytes(32))):
        with pytest.raises(IndexFault, match="can't be decoded"):
            decode("Payroll", bad_topics, bad_data)
