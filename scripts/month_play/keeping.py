"""The keeper that pays the month: the service each day, and the command of the same keeper on each payday."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from month_play.union import Union
from trust.errors import KeeperError
from trust.keeper import Keeper, Policy

_WAIT_SECONDS = 600.0
_PASSWORD = "a keeper on a local chain"
# Scrypt made quick: the key is worth nothing.
_ITERATIONS = 2**4


@dataclass(slots=True)
class Tally:
    """What the keeper's final transactions came to, by kind: transactions, payments, held, base units, gas."""

    runs: dict[str, list[int]] = field(default_factory=dict)
    paydays: int = 0
    days: int = 0

    def note(self, kind: str, paid: int, held: int, amount: int, gas: int) -> None:
        sums = self.runs.setdefault(kind, [0] * 5)
        for place, more in enumerate((1, paid, held, amount, gas)):
            sums[place] += more


class Keeping:
    """Pays what is due, and tallies it."""

    def __init__(self, union: Union, folder: Path, keeper: Keeper) -> None:
        self._union = union
        self._folder = folder
        self._keeper = keeper
        self._cycle = 0
        self.tally = Tally()

    def day(self) -> None:
        """Everything that is due now; once in a payroll cycle by `trust keeper once`."""
        deployment = self._union.local.deployment
        cycle = (self._union.stage.now() - deployment.epoch) // deployment.cycle_seconds
        if cycle > self._cycle:
            self._cycle = cycle
            self._command()
            self.tally.paydays += 1
            return
        for run in self._keeper.once(_WAIT_SECONDS):
            self.tally.note(run.kind.value, run.paid, run.held, run.amount, run.gas_used)
        self._keeper.release()
        self.tally.days += 1

    def _command(self) -> None:
        program = Path(sys.executable).with_name("trust")
        options = ["--confirmations", "0", "--wait", f"{_WAIT_SECONDS:.0f}", "--json"]
        environment = os.environ | {
            "TRUST_RPC_URL": self._union.local.rpc_url,
            "TRUST_DEPLOYMENT": str(self._folder / "deployment.json"),
            "TRUST_KEYSTORE": str(self._folder / "keeper.json"),
            "TRUST_PASSWORD_FILE": str(self._folder / "password"),
            "TRUST_INDEX": str(self._folder / "index.db"),
            "TRUST_OUTBOX": str(self._union.local.outbox),
            "TRUST_KEEPER_DB": str(self._folder / "keeper.db"),
        }
        ran = subprocess.run(
            [program, "keeper", "once", *options],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise KeeperError(f"`trust keeper once` ended with {ran.returncode}: {ran.stderr.strip()[-500:]}")
        answer: dict[str, Any] = json.loads(ran.stdout)
        for run in answer["runs"]:
            self.tally.note(run["kind"], run["paid"], run["held"], run["amount"], run["gas_used"])


@contextmanager
def keeping(union: Union, folder: Path) -> Iterator[Keeping]:
    """A keeper with its own tables, beside an index that the month's views are read from."""
    account = union.local.keys["keeper"]
    union.local.deployment.save(folder / "deployment.json")
    (folder / "password").write_text(_PASSWORD)
    (folder / "keeper.json").write_text(json.dumps(account.encrypt(_PASSWORD, iterations=_ITERATIONS)))
    (folder / "keeper.json").chmod(0o600)
    (folder / "password").chmod(0o600)
    with Keeper.open(
        union.local.rpc_url,
        deployment=union.local.deployment,
        account=account,
        outbox=union.local.outbox,
        index=folder / "index.db",
        database=str(folder / "keeper.db"),
        owner="month",
        policy=Policy(confirmations=0),
    ) as keeper:
        yield Keeping(union, folder, keeper)
