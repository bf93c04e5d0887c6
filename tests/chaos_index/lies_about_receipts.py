"""Lies about receipts, told to an index that checks them against their root."""

from __future__ import annotations

import copy
from collections.abc import Callable

from eth_utils.crypto import keccak

from chaos_index.lies import (
    CONTRADICTS,
    LOGS,
    OTHER_TRANSACTIONS,
    RECEIPTS,
    RECEIPTS_ONLY,
    ROOT_DENIES,
    Json,
    Lies,
    Make,
    Telling,
    flipped,
)

LIES = Lies()


def _about_ours(
    name: str, named: str = ROOT_DENIES
) -> Callable[[Callable[[Telling, list[Json]], bool]], Make]:
    """A lie that changes receipts with logs of ours in place; it returns whether it could."""

    def enter(bend: Callable[[Telling, list[Json]], bool]) -> Make:
        def make(telling: Telling, params: list[Json], receipts: Json) -> Json:
            if not any(telling.is_ours(log) for one in receipts for log in one["logs"]):
                return receipts
            bent = copy.deepcopy(receipts)
            return bent if bend(telling, bent) else receipts

        return LIES.kind(name, RECEIPTS, RECEIPTS_ONLY, named)(make)

    return enter


def _of_ours(telling: Telling, receipts: list[Json]) -> Json:
    """A receipt with logs of ours."""
    ours = [one for one in receipts if any(map(telling.is_ours, one["logs"]))]
    return telling.dice.choice(ours)


def _log(telling: Telling, receipts: list[Json]) -> tuple[list[Json], int]:
    """The logs of a receipt, and which of them is one of ours."""
    logs = _of_ours(telling, receipts)["logs"]
    return logs, telling.dice.choice([place for place, log in enumerate(logs) if telling.is_ours(log)])


@_about_ours("a log left out")
def left_out(telling: Telling, receipts: list[Json]) -> bool:
    logs, place = _log(telling, receipts)
    del logs[place]
    return True


@_about_ours("all logs of a block left out")
def all_left_out(telling: Telling, receipts: list[Json]) -> bool:
    for receipt in receipts:
        receipt["logs"], receipt["logsBloom"] = [], "0x" + "00" * 256
    return True


@_about_ours("a log invented")
def invented(telling: Telling, receipts: list[Json]) -> bool:
    logs, place = _log(telling, receipts)
    data = flipped(logs[place]["data"], telling.dice) if logs[place]["data"] != "0x" else "0x"
    logs.insert(place, {**logs[place], "data": data})
    return True


@_about_ours("data changed by one bit")
def data(telling: Telling, receipts: list[Json]) -> bool:
    logs = [log for one in receipts for log in one["logs"] if telling.is_ours(log) and log["data"] != "0x"]
    if not logs:
        return False
    log = telling.dice.choice(logs)
    log["data"] = flipped(log["data"], telling.dice)
    return True


@_about_ours("a topic changed by one bit")
def topic(telling: Telling, receipts: list[Json]) -> bool:
    logs, place = _log(telling, receipts)
    topics = logs[place]["topics"]
    which = telling.dice.randrange(len(topics))
    topics[which] = flipped(topics[which], telling.dice)
    return True


@_about_ours("two logs swapped")
def swapped(telling: Telling, receipts: list[Json]) -> bool:
    several = [one["logs"] for one in receipts if len(one["logs"]) > 1]
    if not several:
        return False
    logs = telling.dice.choice(several)
    logs[0], logs[1] = logs[1], logs[0]
    return True


@_about_ours("a log doubled")
def doubled(telling: Telling, receipts: list[Json]) -> bool:
    logs, place = _log(telling, receipts)
    logs.insert(place, copy.deepcopy(logs[place]))
    return True


@_about_ours("a log given to another contract of ours")
def other_contract(telling: Telling, receipts: list[Json]) -> bool:
    logs, place = _log(telling, receipts)
    others = sorted(telling.contracts - {logs[place]["address"].lower()})
    logs[place]["address"] = telling.dice.choice(others)
    return True


@_about_ours("a log moved to another transaction")
def moved(telling: Telling, receipts: list[Json]) -> bool:
    if len(receipts) < 2:
        return False
    logs, place = _log(telling, receipts)
    target = next(one["logs"] for one in receipts if one["logs"] is not logs)
    target.append(logs.pop(place))
    return True


@_about_ours("a receipt left out")
def receipt_left_out(telling: Telling, receipts: list[Json]) -> bool:
    receipts.remove(_of_ours(telling, receipts))
    return True


@_about_ours("a receipt doubled")
def receipt_doubled(telling: Telling, receipts: list[Json]) -> bool:
    receipts.append(copy.deepcopy(receipts[-1]))
    return True


@_about_ours("two receipts swapped")
def receipts_swapped(telling: Telling, receipts: list[Json]) -> bool:
    if len(receipts) < 2:
        return False
    receipts[0], receipts[1] = receipts[1], receipts[0]
    return True


@_about_ours("a receipt's status changed")
def status(telling: Telling, receipts: list[Json]) -> bool:
    receipt = _of_ours(telling, receipts)
    receipt["status"] = "0x0" if receipt["status"] == "0x1" else "0x1"
    return True


@_about_ours("a receipt's gas changed")
def gas(telling: Telling, receipts: list[Json]) -> bool:
    receipt = _of_ours(telling, receipts)
    receipt["cumulativeGasUsed"] = hex(int(receipt["cumulativeGasUsed"], 16) + 1)
    return True


@_about_ours("a receipt's bloom zeroed")
def bloom(telling: Telling, receipts: list[Json]) -> bool:
    _of_ours(telling, receipts)["logsBloom"] = "0x" + "00" * 256
    return True


@_about_ours("a receipt's type changed")
def kind(telling: Telling, receipts: list[Json]) -> bool:
    receipt = _of_ours(telling, receipts)
    receipt["type"] = "0x1" if receipt["type"] != "0x1" else "0x2"
    return True


@_about_ours("a receipt's transaction changed", OTHER_TRANSACTIONS)
def transaction(telling: Telling, receipts: list[Json]) -> bool:
    receipt = _of_ours(telling, receipts)
    receipt["transactionHash"] = "0x" + keccak(text=receipt["transactionHash"]).hex()
    return True


@_about_ours("a receipt that is no data", "that can't be read")
def garbage(telling: Telling, receipts: list[Json]) -> bool:
    logs, place = _log(telling, receipts)
    logs[place]["data"] = "0xzz"
    return True


@_about_ours("a receipt without a field", "without a result")
def fieldless(telling: Telling, receipts: list[Json]) -> bool:
    del _of_ours(telling, receipts)["logsBloom"]
    return True


@LIES.kind("another block's receipts", RECEIPTS, RECEIPTS_ONLY, CONTRADICTS)
def others(telling: Telling, params: list[Json], receipts: Json) -> Json:
    """Of the nearest block below that has logs of ours."""
    query = {"fromBlock": "0x0", "toBlock": hex(int(params[0], 16) - 1), "address": sorted(telling.contracts)}
    earlier = telling.ask(LOGS, query)
    return telling.receipts(int(earlier[-1]["blockNumber"], 16)) if earlier else receipts


@LIES.kind("another block's receipts with this block's hash", RECEIPTS, RECEIPTS_ONLY, ROOT_DENIES)
def relabelled(telling: Telling, params: list[Json], receipts: Json) -> Json:
    kept = {name: receipts[0][name] for name in ("blockHash", "blockNumber")}
    return [{**one, **kept} for one in others(telling, params, receipts)]


@LIES.kind("no receipts for a block", RECEIPTS, RECEIPTS_ONLY, ROOT_DENIES)
def none(telling: Telling, params: list[Json], receipts: Json) -> Json:
    return []


@LIES.kind("null for receipts", RECEIPTS, RECEIPTS_ONLY, CONTRADICTS)
def null(telling: Telling, params: list[Json], receipts: Json) -> Json:
    return None
