"""Rounds: income, blows and lies; then calm, and the referee."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from eth_account import Account

from chaos.faults import CALM, WEATHERS
from chaos.keepers import CONFIRMATIONS, Keeper
from chaos.miner import USUAL_PRICE, Miner
from chaos.plan import KEEPERS, Blow, Event, Plan, Setup
from chaos.proxy import Proxy
from chaos.referee import Findings, dear, held_back, judge, unpaid
from chaos.world import CYCLE_SECONDS, RETRIED_WITHIN_SECONDS, Sight, World
from trust.chain.rpc import RpcError

_SETTLE_SECONDS = 120.0
_POLL_SECONDS = 0.1
_TICK_SECONDS = 0.02
_DEAR_TIMES = 100
_GWEI = 10**9
_BACK_UP_CHANCE = 0.4
_SHOWN_EVERY = 10  # rounds
_SHOWN_SECONDS = 20.0
#: Refusals of a foreign transaction that came too late, or twice.
_OUTRUN = ("underpriced", "nonce", "already")
_NO_NODE = 3  # the command line's exit code


class Harness:
    """Two keepers before a world. `databases` gives the keepers' `--db` for a setup."""

    def __init__(
        self,
        world: World,
        proxy: Proxy,
        miner: Miner,
        folder: Path,
        database: Callable[[Setup, str], str],
    ) -> None:
        self.world = world
        self.blows: Counter[Blow] = Counter()
        self.findings = Findings()
        self._found = Findings()
        self.settled: list[float] = []
        self._proxy = proxy
        self._miner = miner
        self._database = database
        self._setup: Setup | None = None
        self.keepers = {name: self._keeper(name, folder) for name in KEEPERS}
        self._deeds: list[tuple[float, Callable[[], None]]] = []
        self._now = 0.0

    def _keeper(self, name: str, folder: Path) -> Keeper:
        account = Account.create()
        self.world.chain.fund(account.address, 1_000 * 10**18)
        url = self._proxy.url(name)
        return Keeper(name, account, folder / name, url, self.world.deployment_file)

    # A round

    def play(self, plan: Plan, setup: Setup) -> Findings:
        """One round; what the referee found."""
        self._found = Findings()
        dice = random.Random(plan.seed)
        if setup is not self._setup:
            self._change_setup(setup, plan.number)
        self._prepare(plan, dice)
        self._storm(plan, dice)
        self._calm()
        self._settle(plan.number)
        self.findings.add(self._found)
        return self._found

    def _prepare(self, plan: Plan, dice: random.Random) -> None:
        """Income, and the payday begins; all of it deeper than any reorg reaches."""
        if dice.random() < _BACK_UP_CHANCE:  # so that a copy may be several rounds old
            for keeper in self.keepers.values():
                keeper.back_up()
        if plan.blocked_change is not None:
            self.world.block(plan.blocked_change, plan.blocked_change not in self.world.blocked)
        self._income(dice)
        self._weather(plan, dice)

    def _income(self, dice: random.Random) -> None:
        self.world.work(dice)
        self._miner.mine(CONFIRMATIONS)

    def _change_setup(self, setup: Setup, number: int) -> None:
        for keeper in self.keepers.values():
            self._stop(keeper, number)
            keeper.db = self._database(setup, keeper.name)
        self._setup = setup
        for keeper in self.keepers.values():
            keeper.start()

    def _stop(self, keeper: Keeper, number: int) -> None:
        code = keeper.stop()
        # One that is still starting has nothing to give back, and needs no grace.
        if code not in (None, 0) and not (code == -signal.SIGTERM and not keeper.began()):
            self._found.other.append(f"round {number}: {keeper.name} ended with {code} after SIGTERM")

    def _weather(self, plan: Plan, dice: random.Random) -> None:
        for line in self._proxy.lines.values():
            line.dice.random.seed(dice.random())
            line.dice.weather = WEATHERS[plan.weather]

    # The storm

    def _storm(self, plan: Plan, dice: random.Random) -> None:
        began = time.monotonic()
        deeds: list[tuple[float, Callable[[], None]]] = [
            (event.at, partial(self._strike, event, plan.number)) for event in plan.events
        ]
        if plan.income_at is not None:
            deeds.append((plan.income_at, partial(self._late_income, dice)))
        if plan.payday_at is not None:
            deeds.append((plan.payday_at, self._payday))
        self._deeds = sorted(deeds, key=lambda deed: deed[0])
        while (passed := time.monotonic() - began) < plan.seconds or self._deeds:
            self._now = passed
            while self._deeds and self._deeds[0][0] <= passed:
                self._deeds.pop(0)[1]()
            self._notice_deaths(plan.number)
            time.sleep(_TICK_SECONDS)

    def _later(self, seconds: float, deed: Callable[[], None]) -> None:
        self._deeds.append((self._now + seconds, deed))
        self._deeds.sort(key=lambda one: one[0])

    def _payday(self) -> None:
        self.world.next_payday()
        self._miner.mine(CONFIRMATIONS)

    def _late_income(self, dice: random.Random) -> None:
        if self._miner.price == USUAL_PRICE:
            self._income(dice)
        else:
            self._later(_TICK_SECONDS, partial(self._late_income, dice))

    def _strike(self, event: Event, number: int) -> None:
        self.blows[event.blow] += 1
        keeper = self.keepers[event.keeper]
        match event.blow:
            case Blow.KILL:
                self._kill([keeper], event.amount)
            case Blow.KILL_BOTH:
                self._kill(list(self.keepers.values()), event.amount)
            case Blow.STOP:
                self._stop(keeper, number)
                keeper.start()
            case Blow.FREEZE:
                keeper.freeze()
                self._later(event.amount, keeper.thaw)
            case Blow.RESTORE:
                keeper.kill()
                keeper.restore()
                keeper.start()
            case Blow.FOREIGN | Blow.FOREIGN_AHEAD:
                self._foreign(keeper, int(event.blow is Blow.FOREIGN_AHEAD))
            case Blow.REORG:
                self._miner.reorganise(int(event.amount))
            case Blow.ROLLBACK:
                self._miner.roll_back(int(event.amount))
            case Blow.FORGET:
                self._miner.forget()
            case Blow.DEAR:
                self._miner.price = USUAL_PRICE * _DEAR_TIMES
                self._later(event.amount, self._cheap)

    def _kill(self, keepers: list[Keeper], seconds: float) -> None:
        for keeper in keepers:
            keeper.kill()
            self._later(seconds, keeper.start)

    def _cheap(self) -> None:
        self._miner.price = USUAL_PRICE

    def _foreign(self, keeper: Keeper, ahead: int) -> None:
        """Somebody else uses the keeper's key, past the keeper."""
        node = self.world.chain.node
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.world.deployment.chain_id,
            "nonce": node.nonce(keeper.account.address, "pending") + ahead,
            "to": "0x" + "57" * 20,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 5_000 * _GWEI,
            "maxPriorityFeePerGas": _GWEI,
        }
        (answer,) = node.submit([bytes(keeper.account.sign_transaction(transaction).raw_transaction)])
        if isinstance(answer, RpcError) and not any(word in answer.reason for word in _OUTRUN):
            raise answer

    def _notice_deaths(self, number: int) -> None:
        """A keeper lives through all of it; only without a node to begin with it ends, and is started again."""
        for keeper in self.keepers.values():
            if (code := keeper.died()) is None:
                continue
            if code == _NO_NODE and not keeper.began():
                keeper.refused += 1
            else:
                said = f"round {number}: {keeper.name} ended by itself with {code}"
                self._found.other += [said] if said not in self._found.other else []
            keeper.start()

    # Afterwards

    def _calm(self) -> None:
        self._cheap()
        for line in self._proxy.lines.values():
            line.dice.weather = CALM
            line.calm()
        for keeper in self.keepers.values():
            keeper.start()

    def _settle(self, number: int) -> None:
        began = time.monotonic()
        while time.monotonic() - began < _SETTLE_SECONDS and unpaid(self.world, self._look()):
            self._notice_deaths(number)
            time.sleep(_POLL_SECONDS)
        self.settled.append(time.monotonic() - began)
        self._found.add(judge(self.world, self._look(), number))
        if number and number % _SHOWN_EVERY == 0:
            self._check_shown(number)
        for line in self._proxy.lines.values():
            self._found.other += dear(list(line.raws)[line.checked :])
            line.checked = len(line.raws)

    def _look(self) -> Sight:
        with self._miner.still():
            return self.world.look()

    def _check_shown(self, number: int) -> None:
        """Whom keepers can't pay, they show: an operator learns of every blocked wallet that is owed something."""
        owed = held_back(self.world, self._look())
        deadline = time.monotonic() + _SHOWN_SECONDS
        while hidden := owed.difference(*(keeper.shows_held() for keeper in self.keepers.values())):
            if time.monotonic() > deadline:
                self._found.other.append(
                    f"round {number}: no keeper shows that {sorted(hidden)} can't be paid"
                )
                return
            time.sleep(_POLL_SECONDS)

    def finish(self) -> Findings:
        """Every stream runs out, every wallet is open, every back-off passes; then nothing may be left over."""
        self._found = Findings()
        self._calm()
        world = self.world
        for member in list(world.blocked):
            world.block(member, False)
        for cycles in (max(1, world.books.end() - world.cycle()), RETRIED_WITHIN_SECONDS // CYCLE_SECONDS):
            world.next_payday(cycles)
            self._miner.mine(CONFIRMATIONS)
            self._settle(0)
        for keeper in self.keepers.values():
            self._stop(keeper, 0)
        last = self._look()
        if owed := {member: due for member, due in last.due.items() if due}:
            self._found.missed.append(f"at the end, members are still owed {owed}")
        left, held = world.set_aside() + world.books.dust(last.time), self._look().held
        if left != held:
            self._found.other.append(
                f"at the end, Payroll holds {held}, and productions and pools have {left}"
            )
        self.findings.add(self._found)
        return self._found

    def end(self) -> None:
        """No keeper outlives the harness."""
        for keeper in self.keepers.values():
            keeper.kill()
