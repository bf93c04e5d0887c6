"""`make chaos` in small: two keepers, killed, lied to and reorganised, pay everybody once; and its referee sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from trust.testing import LocalChain

TESTS = Path(__file__).parents[1]


def chaos(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chaos", "--json", *options],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_two_keepers_in_chaos_pay_everybody_once() -> None:
    run = chaos("--rounds", "5", "--storm", "1", "--seed", "5", "--members", "6", "--no-postgres")
    assert run.returncode == 0, run.stdout + run.stderr
    told = json.loads(run.stdout)
    assert told["findings"] == {"double": [], "missed": [], "other": []}
    assert told["paid_units"] > 0
    assert told["transactions"]["sent"] >= 5
    assert told["kills"] > 0
    assert sum(told["faults"].values()) > 0


def test_the_referee_sees_one_unit_too_much_or_too_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(TESTS))
    from chaos.referee import judge
    from chaos.world import World

    with LocalChain(hardfork="osaka") as chain:
        world = World(chain, tmp_path, members=3)
        world.next_payday()
        unpaid = judge(world, world.look(), 1)
        assert (len(unpaid.missed), unpaid.double, unpaid.other) == (3, [], [])
        world.stage.payday(world.members)
        sight = world.look()
        assert judge(world, sight, 1).clean
        one = int(world.members[0].id)
        for units, double, missed in ((1, 1, 0), (-1, 0, 1)):
            wrong = replace(sight, received=sight.received | {one: sight.received[one] + units})
            found = judge(world, wrong, 1)
            assert (len(found.double), len(found.missed)) == (double, missed)
        assert judge(world, replace(sight, held=sight.held - 1), 1).other
        world.close()
