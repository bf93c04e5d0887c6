"""Charges and reserves: each for what was agreed, split as the licence's rate card says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trust.audit.card import SHARES, part
from trust.audit.case import Case, Rules
from trust.audit.facts import Grant, licence_of
from trust.model import Charge, shown

_CAUSES = {
    Charge.LICENCE_FEE: ("LicenceGranted", "licenceId"),
    Charge.TRAINING_FEE: ("LicenceGranted", "licenceId"),
    Charge.EXTENSION_FEE: ("LicenceExtended", "licenceId"),
    Charge.SCENE_FEE: ("SceneGranted", "grantId"),
}


# A30: what for


def licence_charged(case: Case) -> Iterator[str]:
    yield from _charged_once(case, Charge.LICENCE_FEE, case.args["licenceId"], case.args["licenceFee"])
    if case.args["training"]:
        yield from _charged_once(case, Charge.TRAINING_FEE, case.args["licenceId"], case.args["trainingFee"])


def extension_charged(case: Case) -> Iterator[str]:
    yield from _charged_once(case, Charge.EXTENSION_FEE, case.args["licenceId"], case.args["fee"])


def grant_charged(case: Case) -> Iterator[str]:
    yield from _charged_once(case, Charge.SCENE_FEE, case.args["grantId"], case.args["terms"]["fee"])


def _charged_once(case: Case, kind: Charge, ref: int, fee: int) -> Iterator[str]:
    paid = [charge.args["parts"]["gross"] for charge in case.after("Charged", kind=kind, ref=ref)]
    if paid != [fee]:
        told = " and ".join(map(shown, paid)) or "nothing"
        yield f"{kind.name} of {shown(fee)} was due, and {told} was charged"


def charge_has_a_cause(case: Case) -> Iterator[str]:
    a = case.args
    kind = Charge(a["kind"])
    if kind in _CAUSES:
        name, field = _CAUSES[kind]
        if not case.before(name, **{field: a["ref"]}):
            yield f"{kind.name} was charged for {a['ref']}, and nothing was bought"
    elif kind is Charge.PREMIUM:
        if not case.after("ArrearsCollected", grantId=a["ref"]):
            yield "a premium was charged at once, and no arrears were collected"
    elif not case.facts.production(a["productionId"]).opted_in:
        yield f"{kind.name} was charged, and the studio had opted in to no later contract"


# A31, A32: how much


def charge_split(case: Case) -> Iterator[str]:
    a = case.args
    if a["kind"] == Charge.PREMIUM:
        yield from _late_split(case)
        return
    licence_id = licence_of(a)
    if licence_id in case.facts.licences or a["kind"] != Charge.OTHER:
        card = case.facts.licence(licence_id).card
        background = case.facts.is_background(a)
        yield from differing(a["parts"], card.split(a["parts"]["gross"], a["parts"]["counted"], background))
    elif any(a["parts"][share] for share in SHARES):
        yield "it was split without a licence"


def charge_counted(case: Case) -> Iterator[str]:
    a, licence_id = case.args, licence_of(case.args)
    if a["kind"] == Charge.PREMIUM:
        stream = _rest_of(case)
        gross = a["parts"]["gross"] + (stream["gross"] if stream else 0)
        counted = a["parts"]["counted"] + (stream["counted"] if stream else 0)
    else:
        gross, counted = a["parts"]["gross"], a["parts"]["counted"]
    room = case.facts.licence(licence_id).room if licence_id in case.facts.licences else 0
    if a["kind"] == Charge.SCENE_FEE:  # it counts first, and is told after the reserve
        reserved = case.before("Reserved", grantId=a["ref"])
        room += sum(event.args["counted"] for event in reserved)
    if counted != min(gross, room):
        yield f"{shown(counted)} counts towards the ceiling, where {shown(min(gross, room))} does"


def _late_split(case: Case) -> Iterator[str]:
    """Arrears: the whole is split once; what should have streamed already is a part of it by time."""
    a = case.args
    late, stream = a["parts"], _rest_of(case)
    owed = next(
        (
            entry
            for entry in case.facts.production(a["productionId"]).arrears
            if entry[0] == a["ref"] and entry[1]
        ),
        None,
    )
    if owed is None:
        yield "it pays arrears that nobody owes"
        return
    whole = split_of(case, late, stream)
    start, end = owed[2], owed[3]
    passed = min(case.now, end) - start
    expected = {name: part(amount, passed, end - start) for name, amount in whole.items()}
    yield from differing(late, expected)


def split_of(case: Case, late: Mapping[str, int], stream: Mapping[str, int] | None) -> dict[str, int]:
    """Gross, what counts of it, and shares of a charge together with the stream of the same order."""
    gross = late["gross"] + (stream["gross"] if stream else 0)
    counted = late["counted"] + (stream["counted"] if stream else 0)
    licence_id = licence_of(case.args)
    card = case.facts.licence(licence_id).card
    background = case.facts.is_background(case.args)
    return {"gross": gross, "counted": counted, **card.split(gross, counted, background)}


def _rest_of(case: Case) -> Mapping[str, int] | None:
    """The stream that the same order opened."""
    opened = case.beside(1, "StreamOpened", ref=case.args["ref"])
    return opened.args["stream"] if opened else None


def iterations_split(case: Case) -> Iterator[str]:
    a = case.args
    grant = case.facts.grant(a["grantId"])
    price = grant.terms["iterationFee"]
    many, rest = divmod(a["gross"], price)
    if rest:
        yield f"{shown(a['gross'])} is no whole number of iterations at {shown(price)}"
    card = case.facts.licence(grant.licence_id).card
    counted = min(a["gross"], grant.counted_left)
    yield from differing(a, card.iterations(price, many, counted, grant.background))


def differing(told: Mapping[str, int], expected: Mapping[str, int]) -> Iterator[str]:
    """Amounts that aren't what they should be."""
    for name, amount in expected.items():
        if told[name] != amount:
            yield f"{name} of {shown(told[name])}, where {shown(amount)} is right"


# A33: what is set aside


def reserved_for_grant(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    if not case.before("SceneGranted", grantId=a["grantId"]):
        yield "it was set aside without a grant"
        return
    grant = facts.grant(a["grantId"])
    held = _held(case, grant, grant.terms["maxIterations"], facts.floor(grant))
    if a["amount"] != held:
        yield f"{shown(a['amount'])} was set aside, where {shown(held)} is the most it can cost"


def reserve_counted(case: Case) -> Iterator[str]:
    """The fee counts first, and is told after the reserve."""
    grant = case.facts.grant(case.args["grantId"])
    room = case.facts.licence(grant.licence_id).room
    room -= min(grant.terms["fee"], room)
    counted = min(grant.terms["iterationFee"] * grant.terms["maxIterations"], room)
    if case.args["counted"] != counted:
        yield f"{shown(case.args['counted'])} counts towards the ceiling, where {shown(counted)} does"


def returned_to_studio(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    closed = case.before("GrantClosed", grantId=a["grantId"])
    if not closed:
        yield "it returned without a final count"
        return
    grant = facts.grant(a["grantId"])
    card = facts.licence(grant.licence_id).card
    floor = card.floor(grant.terms["digitalDays"], grant.terms["replicaType"])
    held = _held(case, grant, grant.iterations_left, floor if grant.floor_returned else 0)
    if a["amount"] != held:
        yield f"{shown(a['amount'])} returned, where {shown(held)} was not earned"
    if a["uncounted"] != grant.counted_left:
        yield f"{shown(a['uncounted'])} counts no longer, where {shown(grant.counted_left)} was left"


def closed_in_order(case: Case) -> Iterator[str]:
    grant = case.facts.grant(case.args["grantId"])
    if case.now <= case.facts.reportable_until(grant):
        yield "uses could still be reported"
    if case.args["unusedIterations"] != grant.iterations_left:
        yield (
            f"it counts {case.args['unusedIterations']} unused iterations, where {grant.iterations_left} are left"
        )
    unearned = grant.premium == 0 and case.facts.floor(grant) > 0 and case.facts.ended_unused(grant)
    if case.args["floorReturned"] != unearned:
        yield "the floor returned, though it was earned" if not unearned else "the floor did not return"
    if not case.after("Released", grantId=case.args["grantId"]):
        yield "nothing was released"


def _held(case: Case, grant: Grant, iterations: int, floor: int) -> int:
    card = case.facts.licence(grant.licence_id).card
    price = grant.terms["iterationFee"]
    return iterations * card.held(price, grant.background) + card.held(floor, grant.background)


def floor_released(case: Case) -> Iterator[str]:
    """What a premium's first stream takes from the reserve."""
    a, facts = case.args, case.facts
    grant = facts.grant_behind(a)
    held = 0
    if grant is not None and not grant.started:
        held = facts.licence(grant.licence_id).card.held(facts.floor(grant), grant.background)
    if a["floorReleased"] != held:
        yield f"{shown(a['floorReleased'])} left the reserve, where {shown(held)} was the floor's"


RULES: Rules = (
    ("A30", ("LicenceGranted",), licence_charged),
    ("A30", ("LicenceExtended",), extension_charged),
    ("A30", ("SceneGranted",), grant_charged),
    ("A30", ("Charged",), charge_has_a_cause),
    ("A31", ("Charged",), charge_split),
    ("A31", ("IterationsCharged",), iterations_split),
    ("A32", ("Charged",), charge_counted),
    ("A32", ("Reserved",), reserve_counted),
    ("A33", ("Reserved",), reserved_for_grant),
    ("A33", ("GrantClosed",), closed_in_order),
    ("A33", ("Released",), returned_to_studio),
    ("A33", ("StreamOpened",), floor_released),
)
