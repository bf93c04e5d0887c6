"""Many logs out of an answer's bytes, without an object for each.

A node writes every log the same way. One of them, parsed, shows where its values lie; in all others of the same
length every byte between the values must be the same, and every byte of the values a digit. What doesn't fit is
parsed as usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from trust.chain.wire import WireLog
from trust.index.found import Shifted
from trust.index.hexes import Odd, digits
from trust.index.logs import WORD, Bytes, Logs, Numbers, together

#: An answer that needs more of them is parsed as usual.
_MOST_TEMPLATES = 48
_FEWEST_LOGS = 16
_FIELD = re.compile(rb'"(\w+)":"0x([0-9a-fA-F]*)"')
_TOPICS = re.compile(rb'"topics":\[("0x[0-9a-fA-F]{64}"(?:,"0x[0-9a-fA-F]{64}")*)\]')
_WIDTHS = {"address": 40, "blockHash": 64, "transactionHash": 64}
_QUANTITIES = ("blockNumber", "transactionIndex", "logIndex")
_VALUES = np.full(256, 255, np.uint8)
_VALUES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_VALUES[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)
_parse = msgspec.json.Decoder(list[WireLog]).decode
_parse_one = msgspec.json.Decoder(WireLog).decode

_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError)

Span = tuple[int, int]


def read(answer: bytes | memoryview) -> list[Logs]:
    """The logs of one eth_getLogs answer, in groups. Raises Odd for what is none, or Shifted for a removed log."""
    split = _records(answer)
    if split is not None:
        try:
            return together(_by_templates(answer, *split))
        except _NO_JSON:  # what looked like a flat list of objects isn't one
            pass
    try:
        logs = _parse(answer)
    except _NO_JSON as cause:
        raise Odd(f"gave something else where logs belong: {cause}") from cause
    return Logs.of(_standing(logs), range(len(logs)))


def _by_templates(answer: bytes | memoryview, starts: Numbers, lengths: Numbers) -> Iterator[Logs]:
    text = np.frombuffer(answer, np.uint8)
    odd: list[int] = []
    left = _MOST_TEMPLATES
    for length in np.unique(lengths).tolist():
        order = np.flatnonzero(lengths == length)
        while len(order) and left:
            left -= 1
            begin = int(starts[order[0]])
            template = Template.learnt(bytes(answer[begin : begin + length]))
            if template is None:
                odd.append(int(order[0]))
                order = order[1:]
                continue
            rows = sliding_window_view(text, length)[starts[order]]
            fit = template.fits(rows)
            if fit.all():
                yield template.logs(rows, order)
                break
            yield template.logs(rows[fit], order[fit])
            order = order[~fit]
        else:
            odd += order.tolist()
    texts = [answer[starts[at] : starts[at] + lengths[at]] for at in odd]
    yield from Logs.of(_standing(map(_parse_one, texts)), odd)


def _standing(logs: Iterable[WireLog]) -> list[WireLog]:
    logs = list(logs)
    if any(log.removed for log in logs):
        raise Shifted
    return logs


def _records(answer: bytes | memoryview) -> tuple[Numbers, Numbers] | None:
    """Where each object of a list begins, and its length; None for a short list, or one written in another way."""
    if answer[:2] != b"[{" or answer[-2:] != b"}]":
        return None
    text = np.frombuffer(answer, np.uint8)
    starts = np.flatnonzero(text == ord("{"))
    # Between two opening braces lie an object and a comma; behind the last, an object and the bracket.
    lengths = np.diff(starts, append=len(text)) - 1
    ends = (starts + lengths)[:-1]
    flat = (text[ends - 1] == ord("}")).all() and (text[ends] == ord(",")).all()
    return (starts, lengths) if flat and len(starts) >= _FEWEST_LOGS else None


@dataclass(frozen=True, slots=True)
class Template:
    """Where values lie in a log's text: `fixed` are the bytes between them, with address and first topic."""

    record: bytes
    fixed: NDArray[np.bool_]
    address: bytes
    topic: bytes
    topics: tuple[Span, ...]
    data: Span
    hashes: tuple[Span, Span]
    quantities: tuple[Span, Span, Span]
    others: tuple[Span, ...]

    @classmethod
    def learnt(cls, record: bytes) -> Self | None:
        """From one log; None when it isn't written in the usual way. Raises msgspec.DecodeError."""
        log = _parse_one(record)
        listed = _TOPICS.findall(record)
        named = [(found[1].decode(), found.span(2)) for found in _FIELD.finditer(record)]
        spans = dict(named)
        widths = {name: end - begin for name, (begin, end) in spans.items()}
        # A backslash could hide a name; a name that is there twice, a value.
        if b"\\" in record or len(spans) < len(named) or len(listed) != 1 or log.removed:
            return None
        if any(widths.get(name) != width for name, width in _WIDTHS.items()):
            return None
        if any(not 0 < widths.get(name, 0) < 16 for name in _QUANTITIES) or widths.get("data", 1) % 2:
            return None
        topics = _topic_spans(record.index(listed[0]), len(log.topics))[1:]
        known = {"data", *_WIDTHS, *_QUANTITIES}
        fixed = np.ones(len(record), np.bool_)
        for begin, end in {*topics, *spans.values()} - {spans["address"]}:
            fixed[begin:end] = False
        return cls(
            record=record,
            fixed=fixed,
            address=bytes.fromhex(log.address[2:]),
            topic=bytes.fromhex(log.topics[0][2:]),
            topics=topics,
            data=spans["data"],
            hashes=(spans["transactionHash"], spans["blockHash"]),
            quantities=(spans["blockNumber"], spans["logIndex"], spans["transactionIndex"]),
            others=tuple(span for name, span in spans.items() if name not in known),
        )

    def fits(self, rows: Bytes) -> NDArray[np.bool_]:
        """Which of the texts are written so."""
        unlike: NDArray[np.bool_] = rows != np.frombuffer(self.record, np.uint8)
        unlike &= self.fixed
        for begin, end in self.others:
            # No value of ours, but something else than digits could hide one.
            unlike[:, begin:end] = _VALUES[rows[:, begin:end]] > 15
        fit: NDArray[np.bool_] = ~unlike.any(axis=1)
        return fit

    def logs(self, rows: Bytes, order: Numbers) -> Logs:
        """The values of texts that fit. Raises Odd when one has something else than digits."""
        spans = (*self.topics, self.data, *self.hashes)
        wide = np.concatenate([rows[:, begin:end] for begin, end in spans], axis=1)
        raw = digits(wide)
        ends = np.cumsum([(end - begin) // 2 for begin, end in spans]).tolist()
        cut = ends[len(self.topics) - 1] if self.topics else 0
        data = ends[len(self.topics)]
        first = np.broadcast_to(np.frombuffer(self.topic, np.uint8), (len(rows), WORD))
        numbers, indexes, tx_indexes = (_quantity(rows[:, begin:end]) for begin, end in self.quantities)
        return Logs(
            address=self.address,
            topics=np.concatenate([first, raw[:, :cut]], axis=1),
            data=raw[:, cut:data],
            order=order,
            numbers=numbers,
            indexes=indexes,
            tx_indexes=tx_indexes,
            tx_hashes=raw[:, data : data + WORD],
            block_hashes=raw[:, data + WORD :],
        )


def _topic_spans(begin: int, topics: int) -> tuple[Span, ...]:
    step = len('"0x",') + 2 * WORD
    places = range(begin + len('"0x'), begin + step * topics, step)
    return tuple((place, place + 2 * WORD) for place in places)


def _quantity(characters: Bytes) -> Numbers:
    values = _VALUES[characters]
    if values.max(initial=0) > 15:
        raise Odd("gave something else where a number belongs")
    total = np.zeros(len(characters), np.int64)
    for column in values.T:
        total = (total << 4) | column
    return total
