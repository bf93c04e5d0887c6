"""Disclosures: each reply has one, and lateness is told truly."""

from __future__ import annotations

from collections.abc import Iterator

from trust.audit.card import DAY_SECONDS
from trust.audit.case import Case, Rules
from trust.audit.facts import Facts
from trust.audit.ledger import Ledger
from trust.audit.transparency import Material, material_key

# A60: who said what to whom


def disclosed_in_order(case: Case) -> Iterator[str]:
    a, material = case.args, _material(case)
    yield from _parties(case)
    if material is not None and material.disclosed_at:
        yield f"the material was disclosed to member {a['memberId']} before"
    if not any(a["modelHash"]) or not a["workStarts"]:
        yield "it names no model, or no start of the work"


def replied_in_order(case: Case) -> Iterator[str]:
    a, material = case.args, _material(case)
    yield from _parties(case)
    if material is None or not material.disclosed_at:
        yield f"nothing like it was disclosed to member {a['memberId']} in production {a['productionId']}"
    elif material.replied_at:
        yield f"member {a['memberId']} had replied before"
    if "reasonHash" in a and not any(a["reasonHash"]):
        yield "it gives no reason"


def reported_in_order(case: Case) -> Iterator[str]:
    material = _material(case)
    yield from _parties(case)
    if material is not None:
        yield "the material was disclosed or reported before"


def answered_in_order(case: Case) -> Iterator[str]:
    material = _material(case)
    if material is None or not material.reported_at:
        yield f"member {case.args['memberId']} had not reported it"
    elif material.disclosed_at or material.answered_at:
        yield "the report was answered before"
    if not any(case.args["evidenceHash"]):
        yield "it gives no evidence"


def _parties(case: Case) -> Iterator[str]:
    case.facts.production(case.args["productionId"])
    case.facts.member(case.args["memberId"])
    if not any(case.args["materialHash"]):
        yield "it names no material"


def _material(case: Case) -> Material | None:
    return case.facts.transparency.materials.get(material_key(case.args))


# A61: in time


def lateness_told(case: Case) -> Iterator[str]:
    a, material = case.args, _material(case)
    reported = material is not None and material.reported_at > 0
    if bool(a["reported"]) != reported:
        yield "whether a member had reported the material is told wrong"
    if bool(a["late"]) != (reported or case.now >= a["workStarts"]):
        yield f"the work starts at {a['workStarts']}, and whether that was late is told wrong"


def note_late(ledger: Ledger, facts: Facts, now: int) -> None:
    """What is late or overdue at the end: it breaks no promise of the contracts, and everybody should see it."""
    late = overdue = 0
    for (production, member, digest), material in facts.transparency.materials.items():
        about = f"0x{digest.hex()} to member {member} in production {production}"
        disclosed = material.disclosed_at
        if disclosed and (material.reported_at or disclosed >= material.work_starts):
            late += 1
            ledger.note("A61", f"{about} was disclosed late.", material.told)
        due = _due(facts, material)
        if due is not None and due <= now:
            overdue += 1
            who = "the member hasn't replied" if disclosed else "the studio hasn't answered the report"
            ledger.note("A61", f"{about} is overdue: {who}.", material.told)
    if late or overdue:
        ledger.remark("A61", f"{late:,} late, {overdue:,} overdue")


def _due(facts: Facts, material: Material) -> int | None:
    """Until when somebody has to speak; None when nobody has."""
    disclosed, since = material.disclosed_at, material.disclosed_at or material.reported_at
    if material.replied_at or (material.answered_at and not disclosed):
        return None
    due = since + facts.card_at(since)["acknowledgeDays"] * DAY_SECONDS
    # Who was told after the start has the full days.
    return min(due, material.work_starts) if disclosed < material.work_starts else due


RULES: Rules = (
    ("A60", ("Disclosed",), disclosed_in_order),
    ("A60", ("DisclosureAcknowledged", "DisclosureContested"), replied_in_order),
    ("A60", ("UndisclosedReported",), reported_in_order),
    ("A60", ("ReportAnswered",), answered_in_order),
    ("A61", ("Disclosed",), lateness_told),
)
