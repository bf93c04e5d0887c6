"""trust rate-card: the union's prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import READ, WRITE, argument, command, group, option
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, write_result
from trust.errors import InputError
from trust.model import Modality, ReplicaType

app = group("The union's rate card: versions, each from a date on. Changes wait in the timelock.")

CardFile = Annotated[Path, argument("FILE", "The rate card, JSON; amounts in dollars.")]
From = Annotated[int, option("--from", "TIME", "When it takes effect; the same both times.", parse.when)]

_PRICES = (
    ("Licence", "licenceFees"),
    ("Training", "trainingFees"),
    ("Scene, passive", "passiveSceneFees"),
    ("Scene, active", "activeSceneFees"),
    ("Iteration, passive", "passiveIterationFees"),
    ("Iteration, active", "activeIterationFees"),
)
_SHARES = (
    ("Premium's share of savings", "premiumShareBps"),
    ("Benefits (P&H)", "benefitsBps"),
    ("Benefits, background", "backgroundBenefitsBps"),
    ("Dues", "duesBps"),
    ("Pipeline levy", "levyBps"),
)


@command(app, "show", example="trust rate-card show", options=READ)
def show(
    session: Session,
    version: Annotated[
        int | None, typer.Argument(min=1, metavar="VERSION", help="Else the one in effect.")
    ] = None,
) -> Answer:
    """Show a version of the rate card."""
    rates = session.reader.rate_card
    number = version or rates.current()
    card = rates.card(number)
    return Answer({"version": number, **card}, [f"Version {number}", *_body(card)])


@command(app, "check", example="trust rate-card check card.json")
def check(session: Session, file: CardFile) -> Answer:
    """Check a rate card file: complete, no price missing, every use dearer than the scan. Needs no chain."""
    from trust.rates import load_card

    card = load_card(file, 0)
    if faults := list(_faults(card)):
        raise InputError(f"The rate card {file} would be refused: {'; '.join(faults)}.", hint="Correct it.")
    return Answer({"usable": True, "card": card}, [f"{file} is complete and consistent.", *_body(card)])


@command(app, "schedule", example="trust rate-card schedule card.json --from 2026-07-01", options=WRITE)
def schedule(session: Session, file: CardFile, effective: From) -> Answer:
    """Announce the next version. Sent by the rate setter; `publish` it after the delay."""
    from trust.rates import load_card

    card = load_card(file, effective)
    result = session.sender.access.schedule("RateCard", "publish", card, simulate=session.simulate)
    return write_result(result, "Rate card scheduled.", session.simulate, effective_from=effective)


@command(app, "publish", example="trust rate-card publish card.json --from 2026-07-01", options=WRITE)
def publish(session: Session, file: CardFile, effective: From) -> Answer:
    """Publish the version that was scheduled: the same file, the same time."""
    from trust.rates import load_card

    card = load_card(file, effective)
    result = session.sender.access.execute("RateCard", "publish", card, simulate=session.simulate)
    return write_result(result, "Rate card published.", session.simulate, effective_from=effective)


def _body(card: Mapping[str, Any]) -> list[str | Table]:
    rows = [(name, *(dollars(price) for price in card[key])) for name, key in _PRICES]
    headings = ("Fee", *(modality.name.lower() for modality in Modality))
    lines = {name: f"{card[key] / 100:g} %" for name, key in _SHARES}
    lines["Benefits ceiling"] = dollars(card["benefitsCeiling"])
    for replica in ReplicaType:
        lines[f"Day rate, {replica.name.lower().replace('_', ' ')}"] = dollars(card["dayRates"][replica])
    lines["Longest term"] = f"{card['maxTermDays']} days, minors {card['maxMinorTermDays']}"
    lines["Notice before a scan"] = f"{card['noticeHours']} hours"
    lines["Uses reported within"] = f"{card['reportDays']} days"
    first, second = card["roomEpisodes"]
    small, middle, large = card["roomWriters"]
    lines["Writers' room"] = f"{small} writers to {first} episodes, {middle} to {second}, {large} above"
    lines["Disclosures acknowledged within"] = f"{card['acknowledgeDays']} days"
    lines["Credits challenged within"] = f"{card['challengeDays']} days"
    if card["effectiveFrom"]:
        lines["In effect from"] = moment(card["effectiveFrom"])
    return [Table(headings, rows, frozenset(range(1, 7))), "", *facts(lines)]


def _faults(card: Mapping[str, Any]) -> list[str]:
    """What RateCard.publish would refuse, in words."""
    faults = []
    for modality in Modality:
        name, scan = modality.name.lower(), card["licenceFees"][modality]
        for label, key in _PRICES:
            if card[key][modality] <= 0:
                faults.append(f"{label.lower()} of {name} has no price")
        for key in ("passiveSceneFees", "activeSceneFees"):
            if card[key][modality] <= scan:
                faults.append(f"{key} of {name} is not dearer than its licence fee")
    faults += [
        f"the day rate of {r.name.lower()} is missing" for r in ReplicaType if card["dayRates"][r] <= 0
    ]
    faults += [f"{key} is over 100 %" for _, key in _SHARES if card[key] > 10_000]
    if card["maxMinorTermDays"] > card["maxTermDays"]:
        faults.append("maxMinorTermDays is longer than maxTermDays")
    needed = (
        "premiumShareBps",
        "benefitsCeiling",
        "maxTermDays",
        "maxMinorTermDays",
        "noticeHours",
        "reportDays",
        "acknowledgeDays",
        "challengeDays",
    )
    faults += [f"{key} is missing" for key in needed if card[key] <= 0]
    return faults + list(_room_faults(card["roomEpisodes"], card["roomWriters"]))


def _room_faults(episodes: Sequence[int], writers: Sequence[int]) -> Iterator[str]:
    if min(*episodes, *writers) <= 0:
        yield "a tier of roomEpisodes or roomWriters is missing"
    if episodes[0] >= episodes[1]:
        yield "roomEpisodes do not ascend"
    if list(writers) != sorted(writers):
        yield "roomWriters shrink from a tier to a larger one"
