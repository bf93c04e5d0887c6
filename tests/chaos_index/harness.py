"""Plays a seed: a chain, two indexes, and a referee after every sync."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from chaos_index.faults import Weather
from chaos_index.lies import Level, Telling
from chaos_index.plan import DATABASES, POSTGRES, SQLITE, Plan, Sky, Step, Turn
from chaos_index.proxy import Line, Proxy
from chaos_index.referee import Logs, difference, differences, held, is_on_chain, said, tables
from chaos_index.report import Tally
from chaos_index.syncs import IMPATIENT_SECONDS, PATIENT_SECONDS, Indexed, Outcome, begin_with, ended, node
from chaos_index.world import FINALITY, Blow, World
from trust.errors import IndexFault
from trust.testing import LocalChain

_TRUE = "true"
_TOO_DEEP = f"over {FINALITY} blocks deep"
_GENESIS = 1_780_000_000
_PER_REQUEST, _PER_CALL = 0.15, 0.002


@dataclass(slots=True)
class Harness:
    """Everything about one seed. `findings` stays empty when all is well."""

    plan: Plan
    folder: Path
    new_database: Callable[[], str]
    tally: Tally
    findings: list[str] = field(default_factory=list)

    def play(self) -> list[str]:
        """What went wrong."""
        begin_with(self.plan.span)
        with ExitStack() as stack:
            chain = stack.enter_context(LocalChain(hardfork="osaka", timestamp=_GENESIS))
            run = _Run(self, World(chain, self.folder), stack.enter_context(Proxy(chain.url)))
            stack.callback(run.close)
            run.play()
        begin_with(None)
        return self.findings


class _Run:
    def __init__(self, harness: Harness, world: World, proxy: Proxy) -> None:
        self._plan, self._tally, self._findings = harness.plan, harness.tally, harness.findings
        self._world, self._proxy, self._folder = world, proxy, harness.folder
        self._dice = random.Random(f"{harness.plan.name} world")
        self._truth = node(world.chain.url)  # the proxy's own, in its thread
        where = {SQLITE: str(harness.folder / "index.db"), POSTGRES: harness.new_database()}
        self._indexed = {name: Indexed(name, where[name], world.deployment) for name in DATABASES}
        self._proxy.lines[_TRUE] = Line()
        self._verify = harness.plan.level is Level.RECEIPTS

    def close(self) -> None:
        for indexed in self._indexed.values():
            indexed.close()
        self._truth.close()
        self._world.node.close()

    def play(self) -> None:
        self._world.act(self._dice, 12, empty=8)
        self._world.mine(max(0, self._plan.prelude - (self._world.head() - self._world.base)))
        for number, step in enumerate(self._plan.steps, 1):
            self._step(number, step)
        self._settle("in the end")
        if self._plan.too_deep:
            self._too_deep()

    # Steps

    def _step(self, number: int, step: Step) -> None:
        self._world.act(self._dice, step.blocks, step.empty)
        if step.keep:
            self._world.keep()
        if step.blow is not None:
            self._blow(step.blow, step.depth)
        self._world.act(self._dice, 1)
        if step.blow is Blow.BACK:
            # Nothing new may come after it.
            self._blow(Blow.BACK, 1)
        for name, turn in step.turns.items():
            self._turn(f"step {number}, {name}, {turn.sky}", self._indexed[name], turn)

    def _blow(self, blow: Blow, depth: int) -> None:
        if went := self._world.blow(blow, depth, self._dice):
            self._tally.blow(blow, went)

    def _turn(self, where: str, indexed: Indexed, turn: Turn) -> None:
        urls = [self._proxy.url(indexed.name)]
        if turn.sky is Sky.LIE_BESIDE:
            urls.append(self._proxy.url(_TRUE))
        patience = IMPATIENT_SECONDS if turn.sky is Sky.STORM else PATIENT_SECONDS
        self._tally.restarts += indexed.open(*urls, again=turn.again, timeout_seconds=patience)
        before = held(indexed.index)
        dice = random.Random(turn.dice)
        line = self._proxy.lines[indexed.name] = self._line(turn, before, dice)
        if random.Random(f"{turn.dice} spaces").random() < 0.25:
            line.separators = (", ", ": ")
        kills = turn.sky is Sky.KILL
        outcome = self._killed(where, indexed, line, turn) if kills else indexed.sync(self._verify)
        self._tally.syncs[turn.sky] += 1
        self._tally.faults.update(line.weather.counts)
        indexed.open(*urls, timeout_seconds=patience)
        wrong = self._wrong(indexed, before, raced=turn.sky is Sky.RACE)
        if line.telling is not None and line.telling.told:
            wrong += self._judge_lie(indexed, line.telling, turn, outcome, stored=bool(wrong))
        elif turn.sky is not Sky.KILL:
            wrong += self._judge_truth(indexed, turn, outcome)
        if outcome.crashed:
            wrong.append(f"crashed: {outcome.said}")
        named = f"{where}{f' ({turn.lie.name})' if turn.lie else ''}"
        self._findings += [f"{named}: {one}" for one in wrong]

    def _line(self, turn: Turn, before: Logs, dice: random.Random) -> Line:
        if turn.sky is Sky.STORM:
            return Line(Weather(_PER_REQUEST, _PER_CALL, dice))
        if turn.sky is Sky.RACE:
            return Line(
                strike_at=turn.race_at,
                strike_on=turn.race_on,
                strike=lambda: self._blow(turn.blow, turn.depth),
            )
        if turn.lie is None:
            return Line()
        cursor = before.cursor[0] if before.cursor else -1
        telling = Telling(turn.lie, self._truth, frozenset(self._world.contracts), dice, cursor)
        telling.is_current = is_on_chain(self._world, before.cursor)
        telling.above = -1 if turn.probes_too else min(cursor, self._world.head() - 1)
        return Line(telling=telling)

    def _killed(self, where: str, indexed: Indexed, line: Line, turn: Turn) -> Outcome:
        process = indexed.start(self._proxy.url(indexed.name), self._verify, self._plan.span)
        line.strike_at, line.strike_seconds, line.strike = turn.at_request, turn.after_seconds, process.kill
        code = ended(process)
        line.strike = None
        self._tally.kills[indexed.name] += code == -9
        if code not in (0, -9):
            self._findings.append(f"{where}: the process ended with {code}")
        return Outcome(None)

    # Judging

    def _wrong(self, indexed: Indexed, before: Logs, raced: bool) -> list[str]:
        """What the index holds and the chain doesn't, or the other way round, up to the index's own cursor."""
        now = held(indexed.index)
        if is_on_chain(self._world, now.cursor):
            assert now.cursor is not None
            truth = said(self._world, now.cursor[0])
        elif raced:  # it may have read all of a branch that is gone; the next sync takes that back
            return []
        else:
            truth = before
        found = (
            ("events", difference(now.events, truth.events)),
            ("transfers", difference(now.transfers, truth.transfers)),
            ("cursor", "" if now.cursor == truth.cursor else f"{now.cursor}, not {truth.cursor}"),
        )
        return [f"{what} differ from the chain: {told}" for what, told in found if told]

    def _judge_lie(
        self, indexed: Indexed, telling: Telling, turn: Turn, outcome: Outcome, stored: bool
    ) -> list[str]:
        """Named as it should be, or so harmless that nothing had to be said; and others were asked where they could."""
        lie = telling.lie
        caught = lie.named in outcome.said
        self._tally.lie(lie, caught=caught, stored=stored, beside=turn.sky is Sky.LIE_BESIDE)
        if caught and turn.sky is Sky.LIE_BESIDE and self._falls_short(indexed):
            return [f"the truthful node was of no use: {outcome.said}"]
        quiet = outcome.error is None and outcome.synced is not None and not outcome.synced.incidents
        return [] if caught or quiet else [f"it is named otherwise: {outcome.said}"]

    def _falls_short(self, indexed: Indexed) -> bool:
        """Whether an index stopped before the head."""
        cursor = held(indexed.index).cursor
        return cursor is None or cursor[0] != self._world.head()

    def _judge_truth(self, indexed: Indexed, turn: Turn, outcome: Outcome) -> list[str]:
        """A node that doesn't lie is never accused; one that answers is followed to its head."""
        if isinstance(outcome.error, IndexFault):
            return [f"an honest node is accused: {outcome.said}"]
        if turn.sky is Sky.STORM:
            return []
        if outcome.error is not None:
            return [f"it failed: {outcome.said}"]
        if outcome.said:
            return [f"an honest node is accused: {outcome.said}"]
        if turn.sky is Sky.RACE:
            return []
        return [f"it ends before block {self._world.head()}"] if self._falls_short(indexed) else []

    # The end

    def _settle(self, when: str) -> None:
        """Calm: both indexes at the head, equal to each other and to one that began anew."""
        # Blocks that were pruned under a higher head are pruned now in all of them.
        self._world.mine(max(1, self._world.highest - self._world.head()))
        verify = self._verify or self._plan.proves_later
        fresh = Indexed("a clean rebuild", str(self._folder / "fresh.db"), self._world.deployment)
        try:
            for indexed in (*self._indexed.values(), fresh):
                self._proxy.lines[indexed.name] = Line()
                indexed.open(self._proxy.url(indexed.name), again=True)
                before, outcome = held(indexed.index), indexed.sync(verify)
                if outcome.synced is None or outcome.said:
                    self._findings.append(f"{when}, {indexed.name}: {outcome.said}")
                self._findings += [
                    f"{when}, {indexed.name}: {one}" for one in self._wrong(indexed, before, False)
                ]
            self._compare(when, fresh)
        finally:
            fresh.close()
            for file in self._folder.glob("fresh.db*"):
                file.unlink()

    def _compare(self, when: str, fresh: Indexed) -> None:
        wanted, digest = tables(fresh.index), fresh.index.digest()
        self._tally.rows += sum(map(len, wanted.values()))
        for name, indexed in self._indexed.items():
            for told in differences(tables(indexed.index), wanted):
                self._findings.append(f"{when}, {name} differs from a clean rebuild in {told}")
            if indexed.index.digest() != digest:
                self._findings.append(f"{when}, {name} has another digest than a clean rebuild")

    def _too_deep(self) -> None:
        """Beyond finality an index halts as it is; a rebuild mends it."""
        self._world.mine(FINALITY + 10)
        self._settle("before a deep reorg")
        depth = FINALITY + self._dice.randint(1, 6)
        self._world.node.call("anvil_rollback", depth)
        self._world.act(self._dice, 2)
        self._world.mine(depth)
        for name, indexed in self._indexed.items():
            before, outcome = held(indexed.index), indexed.sync(self._verify)
            if not isinstance(outcome.error, IndexFault) or _TOO_DEEP not in outcome.said:
                self._findings.append(f"{name} went on over a reorg {depth} blocks deep: {outcome.said}")
            if held(indexed.index) != before:
                self._findings.append(f"{name} changed over a reorg {depth} blocks deep")
            indexed.index.rebuild()
        self._tally.too_deep += 1
        self._settle("after a rebuild")


def played(plan: Plan, folder: Path, new_database: Callable[[], str], tally: Tally) -> list[str]:
    """What went wrong in a seed; an empty folder when nothing did."""
    folder.mkdir(parents=True)
    findings = Harness(plan, folder, new_database, tally).play()
    if not findings:
        shutil.rmtree(folder)
    return findings
