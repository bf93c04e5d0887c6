"""Many logs of one event into columns, in one pass over their words.

What the contracts' ABI promises is checked in every row: the number of topics, the length of the data, and all
padding. Events with dynamic fields are decoded one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from typing import Any
from zlib import crc32

import numpy as np
from eth_abi.exceptions import EncodingError
from eth_utils.abi import event_abi_to_log_topic, event_signature_to_log_topic
from eth_utils.address import to_checksum_address
from numpy.typing import NDArray

from trust.chain.abi import PACKED, interface
from trust.chain.artifacts import load
from trust.chain.wire import WireLog
from trust.errors import IndexFault
from trust.index.columns import Blobs, Column, Constant, Integers, Longs, Objects, Rows
from trust.index.events import HINT, decode
from trust.index.hexes import Odd, unhexed
from trust.index.tables import Field, Table, tables, transfers

WORD = 32
TOKEN = "Token"
#: First topic of the token's transfers.
TRANSFER_TOPIC = event_signature_to_log_topic("Transfer(address,address,uint256)")

Bytes = NDArray[np.uint8]  # (rows, bytes)


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
    topics = _texts(form, "topics", [log.topics for log in logs])
    if form.words is not None:
        return read(form, topics, _texts(form, "data", [[log.data] for log in logs]), places)
    parts = [
        read(form, topics[at : at + 1], _texts(form, "data", [[log.data]]), ()) for at, log in enumerate(logs)
    ]
    fields = [
        Objects([column.values()[0] for column in same])
        for same in zip(*(part.columns for part in parts), strict=True)
    ]
    return Rows(form.table.name, form.table.kinds, (*places, *fields), len(logs))


def read(form: Form, topics: Bytes, data: Bytes, places: Sequence[Column]) -> Rows:
    """The same of logs with as many bytes each: rows of topics, with the first, and of data."""
    if topics.shape[1] != form.topics * WORD:
        raise _undecodable(form, "it has another number of topics")
    if form.words is None:
        fields = _one_by_one(form, topics, data)
    else:
        if data.shape[1] != form.data_words * WORD:
            raise _undecodable(form, f"its data is not {form.data_words * WORD} bytes")
        words = [*_words(topics)[1:], *_words(data)]
        fields = [_field(form, word, words[word.word]) for word in form.words]
    common = (*places, Constant(form.contract, len(topics)), Blobs(_checksums(topics, data)))
    return Rows(form.table.name, form.table.kinds, (*common, *fields), len(topics))


def encoded(table: Table, contract: str, args: Mapping[str, Any]) -> tuple[tuple[bytes, ...], bytes]:
    """Topics and data of the log that a row was made of. Raises ValueError for what no log can have said."""
    if table is transfers:
        parties = [bytes.fromhex(args[name][2:]).rjust(WORD, b"\0") for name in ("sender", "recipient")]
        return (TRANSFER_TOPIC, *parties), args["amount"].to_bytes(WORD, "big")
    try:
        return interface(contract).encode_event(table.event, args)
    except (KeyError, TypeError, EncodingError) as cause:
        raise ValueError(f"{contract} has no {table.event} with such values") from cause


def checksum(topics: Sequence[bytes], data: bytes) -> bytes:
    """CRC-32 of a log's topics and data, four bytes."""
    return crc32(data, crc32(b"".join(topics))).to_bytes(4, "big")


def _checksums(topics: Bytes, data: Bytes) -> Bytes:
    """`checksum` of each log of one event: the first topic is the same in all."""
    first = crc32(topics[0, :WORD].tobytes())
    rest = Blobs(np.concatenate([topics[:, WORD:], data], axis=1)).values()
    sums = np.fromiter(map(crc32, rest, repeat(first)), ">u4", len(rest))
    return sums.view(np.uint8).reshape(len(topics), 4)


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


def _texts(form: Form, what: str, texts: Sequence[Sequence[str]]) -> Bytes:
    """Each log's texts as one row of bytes."""
    joined = list(chain.from_iterable(texts))
    width = WORD if what == "topics" else max(0, len(joined[0]) - 2) // 2
    if len(set(map(len, texts))) > 1:
        raise _undecodable(form, "it has another number of topics")
    try:
        return unhexed(joined, width).reshape(len(texts), -1)
    except Odd as cause:
        raise _undecodable(form, f"its {what} are not {width} bytes each") from cause


def _words(rows: Bytes) -> list[Bytes]:
    return [rows[:, at : at + WORD] for at in range(0, rows.shape[1], WORD)]


def _one_by_one(form: Form, topics: Bytes, data: Bytes) -> list[Column]:
    rows: list[tuple[Any, ...]] = []
    for words, raw in zip(topics, data, strict=True):
        listed = tuple(word.tobytes() for word in words.reshape(-1, WORD))
        args = decode(form.contract, listed, raw.tobytes())[1]
        rows.append(tuple(field.stored(_at(args, field.path)) for field in form.table.fields))
    return [Objects(values) for values in zip(*rows, strict=True)]


def _field(form: Form, word: _Word, words: Bytes) -> Column:
    kind = word.field.abi
    if kind == "address":
        return Objects(_addresses(form, words))
    if kind.startswith("bytes"):
        width = int(kind.removeprefix("bytes"))
        if words[:, width:].any():
            raise _undecodable(form, f"{word.field.column} is padded with something")
        return Blobs(np.ascontiguousarray(words[:, :width]))
    return _number(form, word, words)


def _number(form: Form, word: _Word, words: Bytes) -> Column:
    bits = 1 if word.field.abi == "bool" else int(word.field.abi.removeprefix("uint"))
    filled = word.packed_bits or bits
    limbs = np.ascontiguousarray(words).view(">u8").astype(np.uint64)  # the highest first
    if _is_above(limbs, filled):
        raise _undecodable(form, f"{word.field.column} is larger than its type")
    if bits > 64 and limbs[:, :3].any():
        values = [int.from_bytes(row, "big") for row in Blobs(np.ascontiguousarray(words)).values()]
        largest = max(values)
        column: Column = Objects(values)
    else:
        numbers = _cut(limbs, word.shift, min(bits, 64))
        largest = int(numbers.max(initial=0))
        column = Longs(numbers)
    if word.field.kind == "wide":
        return column
    if largest >= 1 << 63:
        raise _undecodable(form, f"{word.field.column} is {largest}, larger than the index keeps")
    return Integers(
        np.array(column.values(), np.int64) if isinstance(column, Objects) else numbers.astype(np.int64)
    )


def _is_above(limbs: NDArray[np.uint64], bits: int) -> bool:
    """Whether any row has something above the lowest `bits`."""
    whole, part = divmod(bits, 64)
    rest = limbs[:, : 4 - whole]
    return bool(rest[:, :-1].any() or (rest[:, -1:] >> np.uint64(part)).any())


def _cut(limbs: NDArray[np.uint64], shift: int, bits: int) -> NDArray[np.uint64]:
    """`bits` bits from `shift` on, at most 64."""
    whole, part = divmod(shift, 64)
    value = limbs[:, 3 - whole] >> np.uint64(part)
    if part and part + bits > 64:
        value = value | (limbs[:, 2 - whole] << np.uint64(64 - part))
    return value if bits == 64 else value & np.uint64((1 << bits) - 1)


def _addresses(form: Form, words: Bytes) -> list[str]:
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
