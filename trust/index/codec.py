"""Many logs of one event into columns, in one pass over their words.

What the contracts' ABI promises is checked in every row: the number of topics, the length of the data, and all
padding. Events with dynamic fields are decoded one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from eth_utils.abi import event_abi_to_log_topic
from eth_utils.address import to_checksum_address
from numpy.typing import NDArray

from trust.chain.abi import PACKED, interface
from trust.chain.artifacts import load
from trust.chain.rpc import blob
from trust.chain.wire import WireLog
from trust.errors import IndexFault
from trust.index.columns import Blobs, Column, Constant, Integers, Longs, Objects, Rows
from trust.index.events import HINT, decode
from trust.index.tables import Field, Table, tables, transfers

WORD = 32
TOKEN = "Token"

_Words = NDArray[np.uint8]  # (rows, 32)


@dataclass(frozen=True, slots=True)
class _Word:
    """A field's place: `word` counts topics after the first, then words of data; `shift` bits from the low end."""

    field: Field
    word: int
    shift: int
    packed_bits: int  # of all fields in the word; 0 when it is alone


@dataclass(frozen=True, slots=True)
class Form:
    """How an event lies in topics and data; `words` is None when it has dynamic fields."""

    contract: str
    table: Table
    topics: int
    words: tuple[_Word, ...] | None
    data_words: int


@cache
def forms(contract: str) -> Mapping[str, Form]:
    """Forms of a contract's events by their first topic, as nodes write it."""
    found = {}
    for entry in (entry for entry in load(contract).abi if entry["type"] == "event"):
        topic = event_abi_to_log_topic(entry)  # type: ignore[arg-type]
        found["0x" + topic.hex()] = _form(
            contract, entry, tables()[contract, interface(contract).topics()[topic]]
        )
    return found


def transfer_form() -> Form:
    """Form of the token's Transfer."""
    words = tuple(_Word(field, place, 0, 0) for place, field in enumerate(transfers.fields))
    return Form(TOKEN, transfers, 3, words, 1)


def columns(form: Form, logs: Sequence[WireLog], places: Sequence[Column]) -> Rows:
    """These logs of one event as rows; `places` are the columns of PLACE up to the contract.

    Raises IndexFault for what the contract can't have emitted.
    """
    topics, data = _topics(form, logs), [log.data for log in logs]
    if form.words is None:
        fields, raw = _one_by_one(form, logs)
    else:
        raw_words = _data(form, data)
        raw = Blobs(raw_words)
        words = np.concatenate([topics.array[:, WORD:], raw_words], axis=1)
        words = words.reshape(len(logs), -1, WORD)
        fields = [_field(form, word, words[:, word.word]) for word in form.words]
    common = (*places, Constant(form.contract, len(logs)), topics, raw)
    return Rows(form.table.name, form.table.kinds, (*common, *fields), len(logs))


def unhexed(texts: Sequence[str], width: int) -> NDArray[np.uint8]:
    """Hexadecimal texts with their 0x, all of `width` bytes, as rows. Raises ValueError."""
    length = 2 + 2 * width
    joined = "".join(texts)
    if set(map(len, texts)) != {length}:
        raise ValueError("another length")
    characters = np.frombuffer(bytearray(joined, "ascii"), np.uint8).reshape(len(texts), length)
    if not (characters[:, :2] == np.frombuffer(b"0x", np.uint8)).all():
        raise ValueError("no 0x")
    characters[:, 1] = ord("0")  # a byte more a text is cheaper than to cut two characters off
    # Another letter than a digit is an error there, and with a space within a text the length would not fit.
    raw = np.frombuffer(bytes.fromhex(characters.tobytes().decode()), np.uint8)
    return np.ascontiguousarray(raw.reshape(len(texts), 1 + width)[:, 1:])


def _form(contract: str, entry: Mapping[str, Any], table: Table) -> Form:
    indexed = [item for item in entry["inputs"] if item["indexed"]]
    plain = [item for item in entry["inputs"] if not item["indexed"]]
    leaves = [leaf for item in (*indexed, *plain) for leaf in _leaves(item)]
    topics = 1 + len(indexed)
    if any(item["type"].endswith("]") or item["type"] in ("bytes", "string") for item in leaves):
        return Form(contract, table, topics, None, 0)
    named = {field.column: field for field in table.fields}
    # `_leaves` and the table's fields come in ABI order, indexed and plain mixed: matched by their paths.
    by_path = {field.path: field for field in named.values()}
    words: list[_Word] = []
    for place, (path, leaf) in enumerate(chain.from_iterable(map(_paths, (*indexed, *plain)))):
        packed = PACKED.get((entry["name"], leaf["name"])) if len(path) == 1 else None
        if packed is None:
            words.append(_Word(by_path[path], place, 0, 0))
            continue
        shift, bits = 0, sum(bits for _, bits in packed)
        for name, width in packed:
            words.append(_Word(by_path[name,], place, shift, bits))
            shift += width
    ordered = sorted(words, key=lambda word: table.fields.index(word.field))
    return Form(contract, table, topics, tuple(ordered), len(leaves) - len(indexed))


def _leaves(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [leaf for _, leaf in _paths(item)]


def _paths(
    item: Mapping[str, Any], prefix: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    path = (*prefix, item["name"])
    if item["type"] != "tuple":
        return [(path, item)]
    return [leaf for part in item["components"] for leaf in _paths(part, path)]


def _topics(form: Form, logs: Sequence[WireLog]) -> Blobs:
    topics = [log.topics for log in logs]
    if set(map(len, topics)) != {form.topics}:
        raise _undecodable(form, "it has another number of topics")
    try:
        rows = unhexed(list(chain.from_iterable(topics)), WORD)
    except ValueError as cause:
        raise _undecodable(form, "its topics are not 32 bytes each") from cause
    return Blobs(rows.reshape(len(logs), form.topics * WORD))


def _data(form: Form, data: Sequence[str]) -> NDArray[np.uint8]:
    try:
        return unhexed(data, form.data_words * WORD)
    except ValueError as cause:
        raise _undecodable(form, f"its data is not {form.data_words * WORD} bytes") from cause


def _one_by_one(form: Form, logs: Sequence[WireLog]) -> tuple[list[Column], Column]:
    rows: list[tuple[Any, ...]] = []
    raw: list[bytes] = []
    for log in logs:
        try:
            topics = tuple(map(blob, log.topics))
            data = unhexed([log.data], max(0, len(log.data) - 2) // 2).tobytes()
        except ValueError as cause:
            raise _undecodable(form, "its data is not bytes") from cause
        args = decode(form.contract, topics, data)[1]
        rows.append(tuple(field.stored(_at(args, field.path)) for field in form.table.fields))
        raw.append(data)
    return [Objects(values) for values in zip(*rows, strict=True)], Objects(raw)


def _field(form: Form, word: _Word, words: _Words) -> Column:
    kind = word.field.abi
    if kind == "address":
        return Objects(_addresses(form, words))
    if kind.startswith("bytes"):
        width = int(kind.removeprefix("bytes"))
        if words[:, width:].any():
            raise _undecodable(form, f"{word.field.column} is padded with something")
        return Blobs(np.ascontiguousarray(words[:, :width]))
    return _number(form, word, words)


def _number(form: Form, word: _Word, words: _Words) -> Column:
    bits = 1 if word.field.abi == "bool" else int(word.field.abi.removeprefix("uint"))
    filled = word.packed_bits or bits
    limbs = np.ascontiguousarray(words).view(">u8").astype(np.uint64)  # the highest first
    if _above(limbs, filled).any():
        raise _undecodable(form, f"{word.field.column} is larger than its type")
    if bits > 64:
        values = [int.from_bytes(row, "big") for row in Blobs(np.ascontiguousarray(words)).values()]
        largest = max(values, default=0)
        column: Column = Objects(values)
    else:
        numbers = _cut(limbs, word.shift, bits)
        largest = int(numbers.max()) if len(numbers) else 0
        column = Longs(numbers)
    if word.field.kind == "wide":
        return column
    if largest >= 1 << 63:
        raise _undecodable(form, f"{word.field.column} is {largest}, larger than the index keeps")
    return Integers(np.array(column.values(), np.int64) if bits > 64 else column.array.astype(np.int64))  # type: ignore[union-attr]


def _above(limbs: NDArray[np.uint64], bits: int) -> NDArray[np.bool_]:
    """Rows with something above the lowest `bits`."""
    whole, part = divmod(bits, 64)
    rest = limbs[:, : 4 - whole]
    if not rest.shape[1]:
        return np.zeros(len(limbs), np.bool_)
    found: NDArray[np.bool_] = rest[:, :-1].any(axis=1) | (rest[:, -1] >> np.uint64(part) != 0)
    return found


def _cut(limbs: NDArray[np.uint64], shift: int, bits: int) -> NDArray[np.uint64]:
    """`bits` bits from `shift` on, at most 64."""
    whole, part = divmod(shift, 64)
    value = limbs[:, 3 - whole] >> np.uint64(part)
    if part and part + bits > 64:
        value = value | (limbs[:, 2 - whole] << np.uint64(64 - part))
    return value if bits == 64 else value & np.uint64((1 << bits) - 1)


def _addresses(form: Form, words: _Words) -> list[str]:
    if words[:, :12].any():
        raise _undecodable(form, "an address is longer than 20 bytes")
    return [_checksummed(raw) for raw in Blobs(np.ascontiguousarray(words[:, 12:])).values()]


_ADDRESSES: dict[bytes, str] = {}


def _checksummed(raw: bytes) -> str:
    found = _ADDRESSES.get(raw)
    if found is None:
        found = str(to_checksum_address(raw))
        if len(_ADDRESSES) < 100_000:
            _ADDRESSES[raw] = found
    return found


def _at(args: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = args
    for step in path:
        value = value[step]
    return value


def _undecodable(form: Form, why: str) -> IndexFault:
    return IndexFault(f"{form.contract}.{form.table.event} can't be decoded: {why}.", hint=HINT)
