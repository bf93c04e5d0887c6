"""Lies about headers and the head."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from eth_utils.crypto import keccak

from chaos_index.lies import (
    BLOCK,
    BOTH,
    CONTRADICTS,
    HASH_DENIES,
    LAGS,
    LATEST,
    OTHER_BLOCK,
    OTHER_TRANSACTIONS,
    RECEIPTS,
    RECEIPTS_ONLY,
    Json,
    Level,
    Lies,
    Make,
    Telling,
)
from trust.chain.wire import WireReceipt
from trust.proof import Header, encode_receipts, root_of

_DEEPEST_LAG = 5

LIES = Lies()


def _of_a_header(
    name: str, named: str, levels: frozenset[Level] = BOTH, **also: Make
) -> Callable[[Callable[[Telling, int, Json], Json]], Make]:
    """A lie about the header of a block that was asked for by its number."""

    def enter(bend: Callable[[Telling, int, Json], Json]) -> Make:
        def make(telling: Telling, params: list[Json], header: Json) -> Json:
            return header if params[0] == LATEST else bend(telling, int(params[0], 16), header)

        return LIES.kind(name, BLOCK, levels, named, also)(make)

    return enter


def _of_the_head(name: str, named: str) -> Callable[[Callable[[Telling, Json], Json]], Make]:
    """A lie about the newest block."""

    def enter(bend: Callable[[Telling, Json], Json]) -> Make:
        def make(telling: Telling, params: list[Json], header: Json) -> Json:
            return bend(telling, header) if params[0] == LATEST else header

        return LIES.kind(name, BLOCK, BOTH, named)(make)

    return enter


def _more(header: Json, name: str, by: int = 1) -> Json:
    return {**header, name: hex(int(header[name], 16) + by)}


def _other_hash(text: str) -> str:
    return "0x" + keccak(text=text).hex()


@_of_a_header("a header's time changed", HASH_DENIES)
def time(telling: Telling, number: int, header: Json) -> Json:
    return _more(header, "timestamp")


@_of_a_header("a header's parent changed", HASH_DENIES)
def parent(telling: Telling, number: int, header: Json) -> Json:
    return {**header, "parentHash": _other_hash(header["parentHash"])}


@_of_a_header("a header's bloom zeroed", HASH_DENIES)
def bloom(telling: Telling, number: int, header: Json) -> Json:
    return {**header, "logsBloom": "0x" + "00" * 256}


@_of_a_header("a header's hash changed", HASH_DENIES)
def claimed(telling: Telling, number: int, header: Json) -> Json:
    return {**header, "hash": _other_hash(header["hash"])}


@_of_a_header("another block's header", OTHER_BLOCK)
def other(telling: Telling, number: int, header: Json) -> Json:
    return telling.ask(BLOCK, hex(number - 1), False) if number else header


@_of_a_header("a header's number changed", OTHER_BLOCK)
def renumbered(telling: Telling, number: int, header: Json) -> Json:
    return _more(header, "number")


@_of_a_header("a header without a field", "a header that can't be read")
def unreadable(telling: Telling, number: int, header: Json) -> Json:
    return {name: value for name, value in header.items() if name != "extraData"}


@_of_a_header("null for a header", CONTRADICTS)
def null(telling: Telling, number: int, header: Json) -> Json:
    return None


@_of_a_header("a header forged with its hash", CONTRADICTS)
def forged(telling: Telling, number: int, header: Json) -> Json:
    """The next block's parent hash denies it; of the newest block no other block says anything."""
    if number <= telling.cursor or number >= telling.node.block().number:
        return header
    changed = _more(header, "gasUsed")
    return {**changed, "hash": "0x" + Header.read(changed).hash.hex()}


@_of_a_header("a transaction's hash changed in its block", OTHER_TRANSACTIONS)
def transactions(telling: Telling, number: int, header: Json) -> Json:
    if not any(telling.is_ours(log) for one in telling.receipts(number) for log in one["logs"]):
        return header
    return {**header, "transactions": list(map(_other_hash, header["transactions"]))}


def _forged_receipts(telling: Telling, params: list[Json], receipts: Json) -> Json:
    return [_more(one, "cumulativeGasUsed") for one in receipts]


@_of_a_header(
    "receipts and their root changed together", HASH_DENIES, RECEIPTS_ONLY, **{RECEIPTS: _forged_receipts}
)
def root(telling: Telling, number: int, header: Json) -> Json:
    if not header["transactions"]:
        return header
    forged = _forged_receipts(telling, [], telling.receipts(number))
    encoded = encode_receipts(msgspec.convert(forged, list[WireReceipt]))
    return {**header, "receiptsRoot": "0x" + root_of(encoded).hex()}


@_of_the_head("an old head", LAGS)
def stale(telling: Telling, header: Json) -> Json:
    """From before what the index has."""
    if not telling.is_current:
        return header
    behind = telling.chosen("behind", lambda: telling.dice.randint(1, _DEEPEST_LAG))
    return telling.ask(BLOCK, hex(telling.cursor - behind), False)


@_of_the_head("a head that isn't there yet", CONTRADICTS)
def early(telling: Telling, header: Json) -> Json:
    return _more(header, "number", 3)


@_of_the_head("null for the head", "does not have that block")
def headless(telling: Telling, header: Json) -> Json:
    return None
