"""Payroll against a plain model with exact fractions: any order of steps, the same money to the unit.

Credits, streams and pools together, on an EVM in this process, from the contracts as they ship. Every example ends with
everyone leaving, and Payroll empty. `HYPOTHESIS_PROFILE=deep` plays 1,000 examples of 100 steps.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from machine.goodbye import Goodbye
from machine.pool_promises import PoolPromises
from machine.promises import Promises
from machine.union import Union, assemble
from model import down, schedule, up
from world import START

from trust.stage import WEEK
from trust.testing import LocalChain

#: What examples must have come to, together, or they show too little.
COME_TO = (
    "premium filed",
    "premium lowered",
    "arrears",
    "arrears collected",
    "streams at once",
    "chunks pushed",
    "seats paid alone",
    "seats emptied",
    "fractions handed on",
    "everybody left",
    "streamed to nobody",
    "pool pay held",
    "crowd used",
)


class PayrollMachine(Goodbye, Promises, PoolPromises):
    """All rules and all promises."""


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory) -> Union:
    with LocalChain(timestamp=START) as chain:
        return assemble(chain, tmp_path_factory.mktemp("union") / "outbox.db")


def test_payroll_is_the_model_in_any_order_of_steps(union: Union) -> None:
    kind = type("Payroll", (PayrollMachine,), {"union": union, "seen": Counter()})
    profile = settings.default
    examples, steps = max(profile.max_examples, 80), max(profile.stateful_step_count, 30)
    run_state_machine_as_test(
        kind, settings=settings(profile, max_examples=examples, stateful_step_count=steps)
    )
    missed = [event for event in COME_TO if kind.seen[event] == 0]
    assert not missed, f"no example got as far as {missed}: {kind.seen}"


def test_model_splits_the_whole_amount() -> None:
    for amount in (0, 1, 10**9 + 7):
        for start, end in ((5, 6), (5, WEEK), (WEEK - 1, WEEK + 1), (3, 60 * WEEK + 1)):
            assert sum(schedule(amount, start, end).values()) == amount
    assert down(199, 50) == 0
    assert up(199, 50) == 1
