"""Reading logs out of an answer's bytes: the same as parsing each, whatever the node writes and however it is bent."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.chain.wire import WireLog
from trust.index import template
from trust.index.found import Shifted
from trust.index.hexes import Odd
from trust.index.logs import Logs, together

Told = list[tuple[Any, ...]]
LOGS = 40


def log(dice: random.Random, place: int) -> dict[str, Any]:
    """One of three events, in a block of eight, as anvil writes it."""
    event = dice.choice((2, 2, 2, 3, 1))
    digits = "0123456789abcdef"
    word = lambda count: "0x" + "".join(dice.choices(digits, k=count))  # noqa: E731
    return {
        "address": "0x" + str(event) * 40,
        "topics": ["0x" + str(event) * 64, *(word(64) for _ in range(event - 1))],
        "data": word(64 * (event - 1)),
        "blockHash": word(64),
        "blockNumber": hex(250 + place // 8),
        "blockTimestamp": hex(1_800_000_000 + place),
        "transactionHash": word(64),
        "transactionIndex": hex(place % 8 // 3),
        "logIndex": hex(12 + place % 8),
        "removed": False,
    }


def logs(seed: int, count: int = LOGS) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [log(dice, place) for place in range(count)]


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def told(groups: list[Logs]) -> Told:
    """Every field of every log, in the answer's order."""
    found = [
        (int(group.order[at]), int(group.numbers[at]), int(group.indexes[at]), *group.told(at))
        for group in groups
        for at in range(len(group))
    ]
    assert [entry[0] for entry in sorted(found)] == list(range(len(found)))
    return sorted(found)


def parsed(answer: bytes) -> Told:
    """By the plain way alone."""
    entries = msgspec.json.decode(answer, type=list[WireLog])
    if any(entry.removed for entry in entries):
        raise Shifted
    return told(Logs.of(entries, range(len(entries))))


def either(read: Any, answer: bytes) -> Told | str:
    try:
        return read(answer)  # type: ignore[no-any-return]
    except Shifted:
        return "Shifted"
    except (msgspec.DecodeError, UnicodeDecodeError, Odd):
        return "Odd"


def quick(answer: bytes) -> Told:
    return told(template.read(answer))


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 300])
def test_any_number_of_logs_is_read_as_when_each_is_parsed(count: int) -> None:
    answer = compact(logs(count, count))
    assert quick(answer) == parsed(answer)
    assert len(quick(answer)) == count


def test_the_bytes_are_read_without_parsing_each(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, parses = compact(logs(1, 1_000)), []
    one = template._parse_one
    monkeypatch.setattr(template, "_parse_one", lambda text: parses.append(text) or one(text))
    assert quick(answer) == parsed(answer)
    assert len(parses) < template._MOST_TEMPLATES


def change(entries: list[dict[str, Any]], at: int, key: str, value: Any) -> bytes:
    entries[at] = {**entries[at], key: value}
    return compact(entries)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("note", "of no use"),
        ("note", 'with "quotes\\" and },{ in it'),
        ("note", {"nested": {"deep": "0x12"}}),
        ("note", [{"data": "0x12"}]),
        ("blockTimestamp", None),
        ("blockTimestamp", "0xzz"),
        ("data", "0xABCDEF"),
        ("data", "0x"),
        ("topics", []),
        ("blockNumber", "0x00fb"),
        ("blockNumber", "0x0000000000000000000000fb"),
        ("address", "0x" + "aB" * 20),
    ],
    ids=repr,
)
@pytest.mark.parametrize("at", [0, 20, LOGS - 1])
def test_what_is_written_otherwise_is_read_too(at: int, key: str, value: Any) -> None:
    answer = change(logs(2), at, key, value)
    assert quick(answer) == parsed(answer)


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(logs(3)).encode(),
        json.dumps(logs(3), indent=1).encode(),
        compact([dict(reversed(entry.items())) for entry in logs(3)]),
        compact([dict(sorted(entry.items(), key=lambda _: random.random())) for entry in logs(3)]),
        compact(logs(3)).replace(b'"data"', b'"d\\u0061ta"', 1),
        compact(logs(3)).replace(b'"data":"0x', b'"data":"0x00","data":"0x', 5),
        compact(logs(3)).replace(b'"data":"0x', b'"data":"\\u0030x', 5),
        compact(
            [
                {**entry, "topics": [topic.upper().replace("0X", "0x") for topic in entry["topics"]]}
                for entry in logs(3)
            ]
        ),
    ],
    ids=[
        "spaces",
        "lines",
        "reversed",
        "shuffled",
        "escaped name",
        "name twice",
        "escaped value",
        "upper case",
    ],
)
def test_other_ways_to_write_the_same_are_read(answer: bytes) -> None:
    assert quick(answer) == parsed(answer)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("blockNumber", "0x-1"),
        ("blockNumber", "-0x1"),
        ("blockNumber", "0x1_0"),
        ("blockNumber", "250"),
        ("logIndex", ""),
        ("logIndex", None),
        ("logIndex", "0x" + "f" * 17),
        ("transactionIndex", "0x"),
        ("transactionHash", "0x" + "0" * 63 + "g"),
        ("transactionHash", "0x" + "0" * 62),
        ("blockHash", "0x" + " " * 64),
        ("data", "0x0"),
        ("data", "00"),
        ("data", ""),
        ("topics", ["0x12"]),
        ("topics", "0x12"),
        ("address", "0x12"),
        ("removed", True),
    ],
    ids=repr,
)
@pytest.mark.parametrize("at", [0, 20])
def test_what_is_no_log_is_refused(at: int, key: str, value: Any) -> None:
    answer = change(logs(4), at, key, value)
    refused = either(quick, answer)
    assert refused in ("Odd", "Shifted")
    assert refused == either(parsed, answer)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 50), places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4))
def test_bent_bytes_are_read_or_refused_as_when_each_is_parsed(
    seed: int, places: list[tuple[float, int]]
) -> None:
    answer = bytearray(compact(logs(seed, 24)))
    for where, value in places:
        answer[int(where * (len(answer) - 1))] = value
    assert either(quick, bytes(answer)) == either(parsed, bytes(answer))


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 50),
    swaps=st.lists(
        st.tuples(st.integers(0, 5_000), st.sampled_from(b'0123456789abcdefABCDEFgx"{}[],:')), min_size=1
    ),
)
def test_other_letters_anywhere_are_read_or_refused_as_when_each_is_parsed(
    seed: int, swaps: list[tuple[int, int]]
) -> None:
    answer = bytearray(compact(logs(seed, 24)))
    for place, letter in swaps:
        answer[place % len(answer)] = letter
    assert either(quick, bytes(answer)) == either(parsed, bytes(answer))


def test_groups_of_one_shape_are_put_together() -> None:
    groups = template.read(compact(logs(5, 200)))
    shapes = [(group.address, group.topic) for group in groups]
    assert len(shapes) == len(set(shapes)) == 3
    assert told(together([*groups[:1], *groups[1:]])) == told(groups)
