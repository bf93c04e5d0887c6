"""Lies about logs, told to an index that does without receipts: those that headers, blooms and order deny."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise

from eth_utils.crypto import keccak

from chaos_index.lies import (
    BLOOM_DENIES,
    CONTRADICTS,
    HEADERS_ONLY,
    LOGS,
    OTHER_TRANSACTIONS,
    Json,
    Lies,
    Make,
    Telling,
    flipped,
)

_LEFT_OUT = "left out the logs of block"

LIES = Lies()


def _about_ours(name: str, named: str) -> Callable[[Callable[[Telling, list[Json]], bool]], Make]:
    """A lie about the logs of our contracts over a range, changed in place; it returns whether it could."""

    def enter(bend: Callable[[Telling, list[Json]], bool]) -> Make:
        def make(telling: Telling, params: list[Json], logs: Json) -> Json:
            if "fromBlock" not in params[0] or "topics" in params[0]:
                return logs
            bent = copy.deepcopy(logs)
            return bent if bend(telling, bent) else logs

        return LIES.kind(name, LOGS, HEADERS_ONLY, named)(make)

    return enter


def _place(log: Json) -> tuple[int, int]:
    return int(log["blockNumber"], 16), int(log["logIndex"], 16)


@LIES.kind("all logs of a block left out of a range", LOGS, HEADERS_ONLY, _LEFT_OUT)
def block_left_out(telling: Telling, params: list[Json], logs: Json) -> Json:
    """From every filter: while any is left, nothing but receipts can tell."""
    if "fromBlock" not in params[0]:
        return logs
    if "topics" not in params[0]:
        telling.chosen("block", lambda: telling.dice.choice(logs)["blockNumber"])
    block = telling.chosen("block", lambda: None)
    return [log for log in logs if log["blockNumber"] != block]


@LIES.kind("a range's logs cut short", LOGS, HEADERS_ONLY, _LEFT_OUT)
def cut(telling: Telling, params: list[Json], logs: Json) -> Json:
    """After so many that at least one block is left out whole."""
    if "fromBlock" not in params[0]:
        return logs
    if "topics" not in params[0]:
        telling.chosen("last", lambda: telling.dice.choice(logs)["blockNumber"])
    last = telling.chosen("last", lambda: None)
    return logs if last is None else [log for log in logs if _place(log)[0] < int(last, 16)]


@_about_ours("a log's topic changed by one bit", BLOOM_DENIES)
def topic(telling: Telling, logs: list[Json]) -> bool:
    log = telling.dice.choice(logs)
    which = telling.dice.randrange(len(log["topics"]))
    log["topics"][which] = flipped(log["topics"][which], telling.dice)
    return True


@_about_ours("a log invented after the others", BLOOM_DENIES)
def invented(telling: Telling, logs: list[Json]) -> bool:
    last = logs[-1]
    topics = ["0x" + keccak(text=topic).hex() for topic in last["topics"]]
    logs.append({**last, "topics": topics, "logIndex": hex(int(last["logIndex"], 16) + 1_000)})
    return True


@_about_ours("a log given twice", "the same log twice")
def twice(telling: Telling, logs: list[Json]) -> bool:
    place = telling.dice.randrange(len(logs))
    logs.insert(place, copy.deepcopy(logs[place]))
    return True


@_about_ours("logs out of their order", "out of their order")
def reordered(telling: Telling, logs: list[Json]) -> bool:
    if len(logs) < 2:
        return False
    place = telling.dice.randrange(len(logs) - 1)
    logs[place], logs[place + 1] = logs[place + 1], logs[place]
    return True


@_about_ours("two logs' indexes swapped", "out of their order")
def indexes(telling: Telling, logs: list[Json]) -> bool:
    for one, other in pairwise(logs):
        if one["blockNumber"] == other["blockNumber"]:
            one["logIndex"], other["logIndex"] = other["logIndex"], one["logIndex"]
            return True
    return False


@_about_ours("a stranger's log", "of contracts that weren't asked for")
def strangers(telling: Telling, logs: list[Json]) -> bool:
    telling.dice.choice(logs)["address"] = "0x" + "99" * 20
    return True


@_about_ours("a log given to another contract", BLOOM_DENIES)
def other_contract(telling: Telling, logs: list[Json]) -> bool:
    emitted = {log["address"].lower() for log in logs}
    silent = sorted(telling.contracts - emitted)
    if not silent:
        return False
    telling.dice.choice(logs)["address"] = telling.dice.choice(silent)
    return True


@_about_ours("logs of blocks before the range", "of blocks that weren't asked for")
def before(telling: Telling, logs: list[Json]) -> bool:
    """The range has none before its first."""
    query = {"fromBlock": "0x0", "toBlock": hex(_place(logs[0])[0] - 1), "address": sorted(telling.contracts)}
    earlier = telling.ask(LOGS, query)
    logs[:0] = earlier[-1:]
    return bool(earlier)


@_about_ours("a log's block hash changed", CONTRADICTS)
def block_hash(telling: Telling, logs: list[Json]) -> bool:
    log = telling.dice.choice(logs)
    log["blockHash"] = "0x" + keccak(text=log["blockHash"]).hex()
    return True


@_about_ours("a log said to be removed", CONTRADICTS)
def removed(telling: Telling, logs: list[Json]) -> bool:
    telling.dice.choice(logs)["removed"] = True
    return True


@_about_ours("a log's transaction changed", OTHER_TRANSACTIONS)
def transaction(telling: Telling, logs: list[Json]) -> bool:
    log = telling.dice.choice(logs)
    log["transactionHash"] = "0x" + keccak(text=log["transactionHash"]).hex()
    return True


@_about_ours("a log's place among transactions changed", OTHER_TRANSACTIONS)
def transaction_index(telling: Telling, logs: list[Json]) -> bool:
    log = telling.dice.choice(logs)
    log["transactionIndex"] = hex(int(log["transactionIndex"], 16) + 1)
    return True


@_about_ours("no number where one belongs", "where a number belongs")
def no_number(telling: Telling, logs: list[Json]) -> bool:
    telling.dice.choice(logs)["logIndex"] = "0xzz"
    return True


@LIES.kind(
    "a transfer that isn't Payroll's", LOGS, HEADERS_ONLY, "that aren't transfers into Payroll or out of it"
)
def transfer(telling: Telling, params: list[Json], logs: Json) -> Json:
    if "topics" not in params[0]:
        return logs
    bent = copy.deepcopy(logs)
    log = telling.dice.choice(bent)
    log["topics"][1:] = ["0x" + "77" * 32] * 2
    return bent


@LIES.kind("null for logs", LOGS, HEADERS_ONLY, "answered nothing where logs were asked for")
def null(telling: Telling, params: list[Json], logs: Json) -> Json:
    return None
