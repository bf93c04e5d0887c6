"""Fixtures: one chain and one union for all tests, put back before each.

`HYPOTHESIS_PROFILE=deep` runs the state machine long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sharing import connect, put_back
from world import START, World, again, begin

from trust.testing import LocalChain

# Every example plays on a chain: slow by Hypothesis' standards, and its own function-scoped fixtures don't matter.
_COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    "database": None,
}
settings.register_profile("short", max_examples=20, stateful_step_count=25, derandomize=True, **_COMMON)
settings.register_profile("deep", max_examples=1000, stateful_step_count=100, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture(scope="session")
def chain() -> Iterator[LocalChain]:
    """A chain of this test run's own."""
    with LocalChain(timestamp=START) as chain:
        yield chain


@pytest.fixture(scope="session")
def _beginning(chain: LocalChain, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = begin(chain, tmp_path_factory.mktemp("outbox") / "outbox.db")
    connect(world.local, *world.local.keys)
    return world


@pytest.fixture
def world(_beginning: World, chain: LocalChain) -> Iterator[World]:
    """A union at work. Whatever a test does to it is undone."""
    with put_back(chain, _beginning.local) as local:
        yield again(_beginning, local)
