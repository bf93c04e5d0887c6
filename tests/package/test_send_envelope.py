"""Results cut out of an answer to a batch: those that parsing finds, or none."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest

from trust.chain import envelope

COMPACT = (",", ":")
RESULTS = [
    [],
    [[{"data": "0x12", "topics": ["0x34"]}] * 3, [], None],
    ["0x1"],
    [{"id": 0, "result": "},{"}, '{"jsonrpc":"2.0","id":1,"result":', ["]", "}]"]],
    [[[]] * 5] * 120,
]


def answer(results: list[Any], separators: tuple[str, str] = COMPACT) -> bytes:
    entries = [{"jsonrpc": "2.0", "id": number, "result": result} for number, result in enumerate(results)]
    return json.dumps(entries, separators=separators).encode()


@pytest.mark.parametrize("results", RESULTS[1:])
def test_results_are_found_where_they_are(results: list[Any]) -> None:
    found = envelope.results(answer(results), len(results))
    assert found is not None
    assert [json.loads(bytes(one)) for one in found] == results


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[{}]",
        b"null",
        answer([1, 2], (", ", ": ")),
        answer([1]),
        answer([1, 2])[:-1],
        answer([1, 2])[:-2] + b',"error":null}] ',
        b"[" + b",".join(answer([1, 2])[1:-1].split(b",{")[::-1]) + b"]",
        answer([1, 2]).replace(b'"id":1', b'"id":2'),
        answer([1, 2]).replace(b'"result":1', b'"result":'),
        answer([1, 2]).replace(b'"result":2', b'"error":{"code":1,"message":"no"}'),
        b'{"jsonrpc":"2.0","id":0,"error":{"code":-32600,"message":"no batches"}}',
    ],
    ids=repr,
)
def test_an_answer_that_is_written_otherwise_is_left_to_a_parser(body: bytes) -> None:
    assert envelope.results(body, 2) is None


def test_results_that_are_json_make_an_answer_that_says_just_them() -> None:
    """Whatever is bent: when every result parses, so does the answer, to the same."""
    whole, dice, kept = answer([[{"data": "0x12"}] * 4, ["0x34"], []]), random.Random(3), 0
    for _ in range(20_000):
        body = bytearray(whole)
        for _ in range(dice.choice((1, 1, 2))):
            body[dice.randrange(len(body))] = dice.choice(b'0123456789abx"{}[],: ')
        found = envelope.results(bytes(body), 3)
        try:
            parts = [msgspec.json.decode(one) for one in found or ()]
        except msgspec.DecodeError:
            continue
        if parts:
            kept += 1
            entries = msgspec.json.decode(body)
            assert [(entry["id"], entry["result"], len(entry)) for entry in entries] == [
                (number, part, 3) for number, part in enumerate(parts)
            ]
    assert kept > 1_000
