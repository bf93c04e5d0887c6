"""Plays the month, day by day, and hands its books to the audit."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from month_play import acts, crowds
from month_play.audit import Facts, Findings, check, facts
from month_play.keeping import Keeping, Tally, keeping
from month_play.plan import Plan, Settings, plan
from month_play.union import Move, Union, founded
from trust.index import Index
from trust.stage import DAY

Step = Callable[[str, int], Move]

_STEPS: Mapping[str, Callable[[Union], None]] = {
    "start_recovery": acts.start_recovery,
    "finish_recovery": acts.finish_recovery,
    "take_back": acts.take_back,
    "open_ensemble": crowds.open_ensemble,
    "fund_ensemble": crowds.fund_ensemble,
    "stream_to_ensemble": crowds.stream_to_ensemble,
    "stream_to_ensemble_too": crowds.stream_to_ensemble_too,
    "sign_late": crowds.sign_late,
    "pay_the_crowd_a_bonus": crowds.pay_the_crowd_a_bonus,
    "stream_to_the_crowd": crowds.stream_to_the_crowd,
    "close_crowd": crowds.close_crowd,
}
# Half a day after the last keeper's round, in the middle of a payroll cycle.
_AFTERWARDS = DAY // 2


class Clock:
    """How long each part took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = monotonic()

    def note(self, part: str) -> None:
        """The part that ends now."""
        now = monotonic()
        self.seconds[part] = round(now - self._since, 1)
        self._since = now


@dataclass(frozen=True, slots=True)
class Month:
    """What was played, what it took, and what the audit found. `sent`: transactions and gas by function."""

    settings: Settings
    findings: Findings
    tally: Tally
    sent: dict[str, tuple[int, int]]
    counts: dict[str, int]
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Played:
    """A month that is over, on a chain that still runs: its union, an index of it, and what the chain says."""

    union: Union
    index: Index
    facts: Facts
    tally: Tally
    clock: Clock


def play(settings: Settings, folder: Path, step: Step) -> Month:
    """A month in `folder`, and what its audit finds; `step` names each part and its length, and gives its bar."""
    with played(settings, folder, step) as over:
        return audited(over, step("statements checked", settings.members))


def audited(over: Played, move: Move) -> Month:
    """The month's findings and figures."""
    union, index = over.union, over.index
    findings = check(union, index, over.facts, move)
    over.clock.note("audit")
    counts, sent = _counts(union, index), _sent(union.local.outbox)
    return Month(union.plan.settings, findings, over.tally, sent, counts, over.clock.seconds)


@contextmanager
def played(settings: Settings, folder: Path, step: Step) -> Iterator[Played]:
    """A month played in `folder`."""
    clock = Clock()
    with founded(lambda scenes: plan(settings, scenes), folder) as union:
        clock.note("deployment")
        _begin(union, step)
        clock.note("enrolment and consents")
        with keeping(union, folder) as keeper:
            _days(union, keeper, step("days and their keeper", settings.days))
        _end(union)
        clock.note("days")
        with Index(folder / "index.db", union.local.deployment, union.local.node) as index:
            index.sync()
            yield Played(union, index, facts(union, index), keeper.tally, clock)


def _begin(union: Union, step: Step) -> None:
    members, principals = union.plan.settings.members, union.plan.settings.principals
    union.enrol(step("members enrolled", members))
    union.scan(step("scans consented to", members))
    union.fund()
    union.license(step("licences", principals))
    union.grant(step("scene consents", principals))
    crowds.gather_crowd(union, step("the crowd signs", union.plan.settings.crowd))


def _days(union: Union, keeper: Keeping, move: Move) -> None:
    for day in union.plan.days:
        for name in day.steps:
            _STEPS[name](union)
        acts.change(union, day)
        acts.work(union, day)
        crowds.crowd_day(union, day)
        crowds.ensemble_day(union, day)
        union.stage.pass_time(DAY)
        keeper.day()
        move(1)


def _end(union: Union) -> None:
    """What no keeper has paid yet: the audit finds it due."""
    union.stage.pass_time(_AFTERWARDS)
    acts.work(union, union.plan.days[0].only_uses())
    crowds.fund_ensemble(union)
    crowds.pay_the_crowd_a_bonus(union)


def _counts(union: Union, index: Index) -> dict[str, int]:
    status = index.status()
    plan: Plan = union.plan
    days = [*plan.days, plan.days[0].only_uses()]
    return {
        "members": len(union.players),
        "crowd's signatures": len(union.consents),
        "licences": len(plan.grants),
        "scene grants": len(union.grants),
        "uses of principals": sum(len(day.uses) for day in days),
        "iterations": sum(use[2] for day in days for use in day.uses),
        "uses of the crowd": sum(day.crowd_uses for day in plan.days),
        "savings statements": sum(len(day.savings) for day in plan.days),
        "agents appointed": sum(len(day.agents) for day in plan.days),
        "wallets changed": sum(len(day.wallets) for day in plan.days),
        "wallets blocked": sum(len(day.blocked) for day in plan.days),
        "still blocked": len(union.blocked),
        "revoked": sum(len(day.revoked) for day in plan.days),
        "left the ensemble or changed units": sum(len(day.left) for day in plan.days),
        "token transfers": status.transfers,
        "events": status.events,
        "blocks": union.chain.node.block().number,
    }


def _sent(outbox: Path) -> dict[str, tuple[int, int]]:
    """Transactions and gas by function, from the outbox that everybody's went through."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    query = "SELECT note, json_extract(receipt, '$.gasUsed') FROM intent WHERE receipt IS NOT NULL"
    with sqlite3.connect(outbox) as db:
        for note, gas in db.execute(query):
            # A keeper's note is its job's key: kind, cycle and a digest.
            sums = found[f"keeper: {note.split(':')[0]}" if ":" in note else note]
            sums[0] += 1
            sums[1] += int(gas, 16)
    db.close()
    return {name: (sums[0], sums[1]) for name, sums in sorted(found.items(), key=lambda item: -item[1][1])}


def as_json(month: Month) -> dict[str, Any]:
    """Plain data: amounts in base units."""
    settings = month.settings
    return {
        "settings": {name: getattr(settings, name) for name in ("crowd", "principals", "days", "seed")},
        "agrees": not month.findings.differences,
        "differences": month.findings.differences,
        "compared": dict(month.findings.compared),
        "sums": month.findings.sums,
        "counts": month.counts,
        "keeper": {
            "paydays": month.tally.paydays,
            "daily_rounds": month.tally.days,
            "runs": {
                kind: dict(zip(("transactions", "paid", "held", "amount", "gas"), sums, strict=True))
                for kind, sums in month.tally.runs.items()
            },
        },
        "sent": {name: {"transactions": n, "gas": gas} for name, (n, gas) in month.sent.items()},
        "seconds": month.seconds,
    }
