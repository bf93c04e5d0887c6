"""The decoding in columns: the same as one by one, for every event; and what no contract emits is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest
from emitted import EVENTS, IDS, WORD, Emitted, emit, inputs, is_dynamic, padding, places, wire

from trust.chain.rpc import hexed
from trust.chain.wire import WireLog
from trust.errors import IndexFault
from trust.index import codec
from trust.index.columns import Kind, Rows
from trust.index.events import decode
from trust.index.tables import PLACE, tables

LOGS = 16
every_event = pytest.mark.parametrize(("contract", "topic", "name"), EVENTS, ids=IDS)


def form_of(contract: str, topic: bytes) -> codec.Form:
    return codec.forms(contract)[hexed(topic)]


def columns(contract: str, topic: bytes, logs: list[WireLog]) -> Rows:
    return codec.columns(form_of(contract, topic), logs, places(7, len(logs)))


def as_rows(contract: str, name: str, rows: Rows) -> list[dict[str, Any]]:
    names = [column for column, _ in tables()[contract, name].columns]
    values = zip(*(column.values() for column in rows.columns), strict=True)
    return [dict(zip(names, row, strict=True)) for row in values]


@every_event
def test_columns_hold_what_decoding_one_by_one_gives(contract: str, topic: bytes, name: str) -> None:
    dice = random.Random(name)
    emitted = [emit(contract, topic, name, dice) for _ in range(LOGS)]
    rows = columns(contract, topic, [log.wire for log in emitted])
    table = tables()[contract, name]
    assert (rows.table, rows.kinds, rows.count) == (table.name, table.kinds, LOGS)
    for number, (log, row) in enumerate(zip(emitted, as_rows(contract, name, rows), strict=True)):
        assert (row["block_number"], row["log_index"], row["contract"]) == (7 + number, 3, contract)
        assert codec.encoded(table, contract, table.args(row)) == (log.topics, log.data)
        assert row["log_crc"] == codec.checksum(log.topics, log.data)
        decoded, args = decode(contract, log.topics, log.data)
        assert decoded == name
        assert table.args(row) == args
        for (column, kind), value in zip(table.columns, row.values(), strict=True):
            assert type(value) is {Kind.BLOB: bytes, Kind.TEXT: str}.get(kind, int), column


@every_event
def test_one_log_is_read_as_many_are(contract: str, topic: bytes, name: str) -> None:
    dice = random.Random(name)
    emitted = [emit(contract, topic, name, dice).wire for _ in range(3)]
    together = as_rows(contract, name, columns(contract, topic, emitted))
    for number, log in enumerate(emitted):
        (alone,) = as_rows(contract, name, columns(contract, topic, [log]))
        for column, _ in PLACE[:5]:
            del alone[column]
        assert alone == {column: together[number][column] for column in alone}


@every_event
def test_every_byte_of_padding_must_be_zero(contract: str, topic: bytes, name: str) -> None:
    good = emit(contract, topic, name, random.Random(name))
    items = inputs(contract, topic)
    indexed = [item for item in items if item["indexed"]]
    for number, item in enumerate(indexed, start=1):
        for _, byte in padding(name, item):
            topics = list(good.topics)
            topics[number] = flipped(topics[number], byte)
            refuses(contract, Emitted(tuple(topics), good.data), good)
    at = 0
    for item in (item for item in items if not item["indexed"]):
        if is_dynamic(item):
            at += WORD  # where it begins
            continue
        spots = list(padding(name, item))
        for word, byte in spots:
            refuses(contract, Emitted(good.topics, flipped(good.data, at + word * WORD + byte)), good)
        at += WORD * count_words(item)


def count_words(item: Any) -> int:
    if item["type"] == "tuple":
        return sum(map(count_words, item["components"]))
    inner, bracket, count = item["type"].rstrip("]").rpartition("[")
    return int(count) * count_words({**item, "type": inner}) if bracket else 1


def flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1 << at % 8
    return bytes(changed)


def refuses(contract: str, bad: Emitted, good: Emitted) -> None:
    """Between good ones."""
    with pytest.raises(IndexFault, match=r"can't be decoded|larger than the index keeps"):
        columns(contract, good.topics[0], [good.wire, bad.wire, good.wire])


@every_event
def test_another_number_of_topics_or_bytes_is_refused(contract: str, topic: bytes, name: str) -> None:
    good = emit(contract, topic, name, random.Random(name))
    topics, data = good.topics, good.data
    if len(topics) > 1:
        refuses(contract, Emitted(topics[:-1], data), good)
    refuses(contract, Emitted((*topics, bytes(WORD)), data), good)
    refuses(contract, Emitted((*topics[:-1], topics[-1] + b"\0"), data), good)
    if data:
        for cut in (data[:-1], data[:-WORD], b""):
            refuses(contract, Emitted(topics, cut), good)
    if form_of(contract, topic).words is not None:
        for longer in (data + b"\0", data + bytes(WORD)):
            refuses(contract, Emitted(topics, longer), good)


@every_event
def test_text_that_is_no_hexadecimal_is_refused(contract: str, topic: bytes, name: str) -> None:
    good = emit(contract, topic, name, random.Random(name)).wire
    texts = [good.data[2:], *(topic[2:] for topic in good.topics)]
    for place, text in enumerate(texts):
        wrong = ["0x" + text + "0", "0X" + text, text, "0x" + text + "  ", "é" + text]
        if text:
            wrong += [
                "0x" + text[:-1],
                "0x" + text[:-1] + "g",
                "0x" + text[:-2] + "  ",
                "0x " + text[:-1],
                "0x" + text[:-1] + "é",
            ]
            wrong += ["0x" + text[:10] + "  " + text[10:], "0x" + text[:10] + "\n\n" + text[12:]]
        for other in wrong:
            parts = ["0x" + text for text in texts]
            parts[place] = other
            with pytest.raises(IndexFault, match="can't be decoded"):
                columns(contract, topic, [wire(parts[1:], parts[0])])


@every_event
def test_digits_in_upper_case_are_the_same_bytes(contract: str, topic: bytes, name: str) -> None:
    good = emit(contract, topic, name, random.Random(name)).wire
    upper = wire(["0x" + topic[2:].upper() for topic in good.topics], "0x" + good.data[2:].upper())
    one, other = (as_rows(contract, name, columns(contract, topic, [log])) for log in (good, upper))
    assert one == other


def test_a_number_that_names_a_thing_must_fit() -> None:
    contract, topic, name = next(event for event in EVENTS if event[0::2] == ("Members", "Locked"))
    assert [(item["name"], item["type"]) for item in inputs(contract, topic)] == [("tokenId", "uint256")]
    good = emit(contract, topic, name, random.Random(1))
    fits = Emitted(good.topics, (2**63 - 1).to_bytes(32, "big"))
    (row,) = as_rows(contract, name, columns(contract, topic, [fits.wire]))
    assert row["token_id"] == 2**63 - 1
    for number in (2**63, 2**64, 2**64 + 5, 2**255):
        too_large = Emitted(good.topics, number.to_bytes(32, "big"))
        with pytest.raises(IndexFault, match=f"token_id is {number}, larger than the index keeps"):
            columns(contract, topic, [good.wire, too_large.wire])


def test_transfers_are_read_with_any_amount() -> None:
    form = codec.transfer_form()
    amounts = (0, 1, 2**63 - 1, 2**63, 2**64, 2**256 - 1)
    party = bytes(12) + b"\xab" * 20
    logs = [Emitted((bytes(32), party, party), amount.to_bytes(32, "big")).wire for amount in amounts]
    rows = codec.columns(form, logs, places(1, len(logs)))
    assert rows.columns[-1].values() == list(amounts)
    assert rows.columns[-2].values() == ["0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"] * len(logs)
    for bad in (
        Emitted((bytes(32), b"\1" + party[1:], party), bytes(32)),
        Emitted((bytes(32), party), bytes(64)),
    ):
        with pytest.raises(IndexFault, match="can't be decoded"):
            codec.columns(form, [*logs, bad.wire], places(1, len(logs) + 1))
