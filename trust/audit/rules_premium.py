"""Savings statements, and the streams that what they add becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trust.audit.card import SHARES, WEEK_SECONDS, part
from trust.audit.case import Case, Rules
from trust.audit.facts import licence_of
from trust.audit.rules_pay import differing
from trust.index import IndexedEvent
from trust.model import Charge, shown

_STATEMENTS = ("SavingsStated", "SavingsRestated", "FloorStarted")


# A34: how much


def statement_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    grant = facts.grant(a["grantId"])
    share = facts.licence(grant.licence_id).card.premium(a["savings"])
    floor = facts.floor(grant)
    right = max(share, floor if grant.premium == 0 else 0)
    if right < grant.premium:
        right = max(share, floor)
    if a["premium"] != right:
        yield f"the premium is {shown(a['premium'])}, where {shown(right)} is right"
    if a["premium"] < grant.premium:
        yield f"the premium fell from {shown(grant.premium)} without the member"
    if not any(a["evidenceHash"]):
        yield "it names no evidence"


def floor_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    grant = facts.grant(a["grantId"])
    if a["premium"] != facts.floor(grant):
        yield f"the floor is {shown(facts.floor(grant))}, and {shown(a['premium'])} was started"
    if grant.premium:
        yield "the premium had started already"
    if case.now <= facts.reportable_until(grant):
        yield "a statement could still be filed"
    if facts.ended_unused(grant):
        yield "the floor was never earned"


def restatement_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    grant = facts.grant(a["grantId"])
    wanted = max(facts.licence(grant.licence_id).card.premium(a["savings"]), facts.floor(grant))
    if a["premium"] + a["returned"] != grant.premium:
        yield f"{shown(a['premium'])} and {shown(a['returned'])} are not the {shown(grant.premium)} before"
    if not wanted <= a["premium"] <= grant.premium:
        yield f"it lowers the premium below the {shown(wanted)} of the new statement"


def shared_in_order(case: Case) -> Iterator[str]:
    a = case.args
    parts = case.after("SavingsStated", until=("SavingsShared",), evidenceHash=a["evidenceHash"])
    if len(parts) != a["grants"]:
        yield f"{a['grants']} grants share it, and {len(parts)} statements follow"
    for category, total in a["total"].items():
        told = sum(event.args["savings"][category] for event in parts)
        if told != total:
            yield f"{shown(total)} was saved on {category}, and the statements say {shown(told)}"


# A35: it streams


def statement_streams(case: Case) -> Iterator[str]:
    a = case.args
    added = a["premium"] - case.facts.grant(a["grantId"]).premium
    opened = case.after("StreamOpened", until=_STATEMENTS, ref=a["grantId"])
    owed = case.after("ArrearsOwed", until=_STATEMENTS, grantId=a["grantId"])
    placed = sum(event.args["stream"]["gross"] for event in opened)
    placed += sum(event.args["gross"] for event in owed)
    if placed != added:
        yield f"{shown(added)} was added, and {shown(placed)} streams or is owed"


def stream_in_time(case: Case) -> Iterator[str]:
    a, stream = case.args, case.args["stream"]
    grant = case.facts.grant_behind(a)
    if grant is None:
        return  # a later contract's
    if cut := _cut_before(case):
        begin = case.facts.cycles.begin(cut.args["fromCycle"])
        span = (begin, cut.args["stream"]["end"])
        if (stream["start"], stream["end"]) != span:
            yield "what is left of a stream does not stream on in its time"
        return
    if stream["start"] != case.now:
        yield "it does not start when it is opened"
    longest = grant.terms["longestStreamWeeks"] * WEEK_SECONDS
    if not stream["start"] < stream["end"] <= stream["start"] + longest:
        yield f"it streams {stream['end'] - stream['start']} seconds, where the member agreed to {longest}"


def stream_has_a_cause(case: Case) -> Iterator[str]:
    a = case.args
    if case.facts.grant_behind(a) is None:
        if not case.facts.production(a["productionId"]).opted_in:
            yield f"it streams for {a['ref']}, which is no grant, and the studio opted in to no later contract"
    elif not (
        case.before("SavingsStated", "FloorStarted", grantId=a["ref"])
        or _cut_before(case)
        or case.after("ArrearsCollected", grantId=a["ref"])
    ):
        yield "no statement, floor, arrears or restatement is behind it"


def owed_in_time(case: Case) -> Iterator[str]:
    a = case.args
    grant = case.facts.grant(a["grantId"])
    longest = grant.terms["longestStreamWeeks"] * WEEK_SECONDS
    if a["start"] != case.now or not a["start"] < a["end"] <= a["start"] + longest:
        yield "what is owed would not stream from now, or longer than the member agreed to"


# A31, A32: how it splits


def stream_split(case: Case) -> Iterator[str]:
    stream, expected = case.args["stream"], _shares(case)
    expected["dues"] -= expected["dues"] % case.facts.cycles.many(stream["start"], stream["end"])
    yield from differing(stream, expected)


def _shares(case: Case) -> dict[str, int]:
    """Dues, benefits and levy of a stream, before dues are cut to whole units a cycle."""
    a, facts = case.args, case.facts
    gross, counted, licence_id = a["stream"]["gross"], a["stream"]["counted"], licence_of(a)
    if cut := _cut_before(case):
        back = cut.args["parts"]
        return {share: part(back[share], gross, back["gross"]) for share in SHARES}
    if licence_id not in facts.licences:
        return dict.fromkeys(SHARES, 0)
    card, background = facts.licence(licence_id).card, facts.is_background(a)
    if charged := _charged_before(case):
        late = charged.args["parts"]
        whole = card.split(late["gross"] + gross, late["counted"] + counted, background)
        return {share: whole[share] - late[share] for share in SHARES}
    return card.split(gross, counted, background)


def stream_counted(case: Case) -> Iterator[str]:
    if _charged_before(case):
        return  # looked at with the charge, of which it is the rest
    stream, licence_id = case.args["stream"], licence_of(case.args)
    if cut := _cut_before(case):
        back = cut.args["parts"]
        right = part(back["counted"], stream["gross"], back["gross"])
    else:
        room = case.facts.licence(licence_id).room if licence_id in case.facts.licences else 0
        right = min(stream["gross"], room)
    if stream["counted"] != right:
        yield f"{shown(stream['counted'])} counts towards the ceiling, where {shown(right)} does"


def _charged_before(case: Case) -> IndexedEvent | None:
    """The charge of what the same order should have streamed already."""
    return case.beside(-1, "Charged", kind=Charge.PREMIUM, ref=case.args["ref"])


def _cut_before(case: Case) -> IndexedEvent | None:
    """The cut after which a part of the same stream was opened again."""
    return case.beside(-1, "StreamCut", ref=case.args["ref"])


# A36: it is cut


def cut_in_order(case: Case) -> Iterator[str]:
    a = case.args
    if not case.after("SavingsRestated", grantId=a["ref"]):
        yield "the member restated nothing"
    if dict(a["stream"]) not in case.facts.grant(a["ref"]).live:
        yield "no such stream is live"
    if a["fromCycle"] != case.facts.cycles.at(case.now) + 1:
        yield "it is not cut from the next cycle on"
    yield from differing(a["parts"], _unearned(case, a["stream"], a["fromCycle"]))


def _unearned(case: Case, stream: Mapping[str, int], cycle: int) -> dict[str, int]:
    """What the stream pays from a cycle on: shares in proportion to the pay, at most what of them still streams."""
    cycles, start, end = case.facts.cycles, stream["start"], stream["end"]
    whole = stream["gross"] - stream["dues"]
    net = cycles.left(whole, start, end, cycle)
    back = {
        share: min(part(stream[share], net, whole), cycles.even(stream[share], start, end, cycle))
        for share in SHARES
    }
    counted = part(stream["counted"], back["benefits"], stream["benefits"]) if stream["benefits"] else 0
    return back | {"gross": net + back["dues"], "counted": counted}


def restatement_returns(case: Case) -> Iterator[str]:
    a = case.args
    this, since = a["grantId"], ("SavingsRestated",)
    back = sum(e.args["parts"]["gross"] for e in case.before("StreamCut", since=since, ref=this))
    back += sum(e.args["gross"] for e in case.before("ArrearsForgiven", since=since, grantId=this))
    back -= sum(e.args["stream"]["gross"] for e in case.before("StreamOpened", since=since, ref=this))
    if back != a["returned"]:
        yield f"{shown(back)} was cut or forgiven, and {shown(a['returned'])} is told"


RULES: Rules = (
    ("A31", ("StreamOpened",), stream_split),
    ("A32", ("StreamOpened",), stream_counted),
    ("A34", ("SavingsStated",), statement_in_order),
    ("A34", ("FloorStarted",), floor_in_order),
    ("A34", ("SavingsRestated",), restatement_in_order),
    ("A34", ("SavingsShared",), shared_in_order),
    ("A35", ("SavingsStated", "FloorStarted"), statement_streams),
    ("A35", ("StreamOpened",), stream_in_time),
    ("A35", ("StreamOpened",), stream_has_a_cause),
    ("A35", ("ArrearsOwed",), owed_in_time),
    ("A36", ("StreamCut",), cut_in_order),
    ("A36", ("SavingsRestated",), restatement_returns),
)
