"""What health and metrics say after good rounds and bad ones: pure."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from trust.errors import NodeUnreachable
from trust.keeper import Kind, Round, Run
from trust.keeper.health import Health, document, problems
from trust.keeper.journal import JsonLines
from trust.keeper.metrics import Metrics

NOW = 1_800_000_000.0
RUN = Run(Kind.PAYDAY, 7, 3, "0x1", 9, paid=2, held=1, amount=5_000_000, gas_used=60_000, fee_wei=10**15)
IDLE = Round(
    cycle=7, head=100, head_time=int(NOW) - 5, index_block=98, ether=10**18, planned=0, runs=(), open=0, mine=0,
    unmined=0, held=1, troubled=0,
)  # fmt: skip
BUSY = Round(
    cycle=8, head=100, head_time=int(NOW) - 5, index_block=100, ether=10**18, planned=1, runs=(RUN,), open=1,
    mine=1, unmined=1, held=1, troubled=0, waits=("gas costs too much",),
)  # fmt: skip
START = Health("one", started_at=NOW - 100, good_at=NOW - 100)


def test_a_cycle_counts_as_paid_when_nothing_is_left_to_do() -> None:
    assert START.paid_cycle == -1
    health = START.after(IDLE, NOW)
    assert health.paid_cycle == 7
    assert health.after(BUSY, NOW).paid_cycle == 7


def test_health_tells_what_is_wrong() -> None:
    good = START.after(IDLE, NOW)
    assert problems(good, NOW, 60) == ()
    assert problems(good, NOW + 56, 60) == ("the chain's last block is 61 s old",)
    assert problems(good, NOW + 61, 70) == ()
    assert problems(START, NOW, 60) == ("no good round for 100 s",)
    bad = good.failed(NodeUnreachable("The node gave no answer."))
    assert problems(bad, NOW, 60) == ("The node gave no answer.",)
    assert problems(bad.after(IDLE, NOW), NOW, 60) == ()


def test_the_document_has_what_a_probe_asks_for() -> None:
    told = document(START.after(IDLE, NOW), NOW, 60)
    assert told["healthy"] is True
    assert (told["last_cycle_paid"], told["head_age_seconds"], told["index_lag_blocks"]) == (7, 5, 2)
    assert (told["held_wallets"], told["outbox_in_flight"]) == (1, 0)
    assert document(START.failed(ValueError("no")), NOW, 6000)["healthy"] is False
    json.dumps(told)


def test_metrics_count_runs_and_failures() -> None:
    metrics = Metrics()
    metrics.good(BUSY)
    metrics.good(IDLE)
    metrics.failed(NodeUnreachable("no"))
    text = metrics.text(START.after(BUSY, NOW), 60).decode()
    for line in (
        "trust_keeper_rounds_total 3.0",
        'trust_keeper_errors_total{error="NodeUnreachable"} 1.0',
        'trust_keeper_payments_total{kind="payday"} 2.0',
        'trust_keeper_payments_held_total{kind="payday"} 1.0',
        'trust_keeper_paid_units_total{kind="payday"} 5e+06',
        'trust_keeper_gas_used_total{kind="payday"} 60000.0',
        "trust_keeper_waiting 1.0",
        "trust_keeper_unmined 1.0",
    ):
        assert line in text


def test_a_log_line_is_one_json_object_with_its_run() -> None:
    record = logging.makeLogRecord({"msg": "%s paid\nall", "args": ("one",), "levelname": "INFO", "run": RUN})
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["message"], told["level"]) == ("one paid\nall", "info")
    assert told["run"]["kind"] == "payday"
    try:
        raise ValueError("a reason")
    except ValueError:
        record = logging.makeLogRecord({"msg": "it broke", "levelname": "ERROR", "exc_info": sys.exc_info()})
    assert "a reason" in json.loads(JsonLines().format(record))["trace"]


@pytest.mark.parametrize("planned", [None, 1])
def test_a_round_that_could_not_plan_or_planned_something_is_not_the_last(planned: int | None) -> None:
    fields = {name: getattr(IDLE, name) for name in Round.__slots__}
    assert IDLE.idle
    assert not Round(**(fields | {"planned": planned})).idle
    assert not Round(**(fields | {"open": 1})).idle
    assert not Round(**(fields | {"runs": (RUN,)})).idle
