"""Uses: within the grant, its caps and its time, and paid."""

from __future__ import annotations

from collections.abc import Iterator

from trust.audit.card import ACTIVE
from trust.audit.case import Case, Rules
from trust.audit.facts import parts_of, struck_at
from trust.model import shown

_PLACEMENT = 1  # UseKind: the last that is open to a PASSIVE grant


def in_window(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    grant = facts.grant(a["grantId"])
    licence = facts.licence(grant.licence_id)
    used_at = a["usedAt"]
    if used_at > case.now:
        yield "it is dated in the future"
    if not grant.terms["notBefore"] <= used_at < grant.terms["expires"]:
        yield f"it is dated {used_at}, outside the window of grant {a['grantId']}"
    if not licence.starts <= used_at < licence.expires:
        yield f"it is dated {used_at}, outside the term of licence {grant.licence_id}"
    if grant.closed:
        yield f"grant {a['grantId']} was closed"
    if case.now > facts.reportable_until(grant):
        yield "it was reported too late"


def within_caps(case: Case) -> Iterator[str]:
    a = case.args
    grant = case.facts.grant(a["grantId"])
    if not a["iterations"] or not any(a["outputHash"]):
        yield "it has no iteration, or no output"
    if a["iterations"] > grant.iterations_left:
        yield f"it makes {a['iterations']} iterations, where {grant.iterations_left} were left"
    if a["outputSeconds"] > grant.seconds_left:
        yield f"it makes {a['outputSeconds']} seconds, where {grant.seconds_left} were left"
    if a["kind"] > _PLACEMENT and grant.terms["assetClass"] != ACTIVE:
        yield "it makes something new under a PASSIVE grant"


def not_halted(case: Case) -> Iterator[str]:
    used_at, facts = case.args["usedAt"], case.facts
    grant = facts.grant(case.args["grantId"])
    licence = facts.licence(grant.licence_id)
    production = facts.production(parts_of(grant.licence_id)[0])
    if grant.revoked_at is not None and used_at >= grant.revoked_at:
        yield f"the member had revoked grant {case.args['grantId']}"
    if licence.revoked_at is not None and used_at >= licence.revoked_at:
        yield f"the member had revoked licence {grant.licence_id}"
    if licence.halted_at(used_at):
        yield f"licence {grant.licence_id} was suspended"
    if production.cancelled_at is not None and used_at >= production.cancelled_at:
        yield "the production was cancelled"
    if struck_at(production, used_at):
        yield "the union was on strike at the production"


def on_records(case: Case) -> Iterator[str]:
    facts = case.facts
    grant = facts.grant(case.args["grantId"])
    production, member = parts_of(grant.licence_id)
    pooled = 0
    for record in facts.held.get(member, ()):
        if record.pooled_at <= case.args["usedAt"] and record.production_id in (0, production):
            pooled |= 1 << record.modality
    if facts.licence(grant.licence_id).modalities & ~pooled:
        yield f"no scan of member {member} was pooled by then for every licensed modality"


def paid_in_full(case: Case) -> Iterator[str]:
    """The contract pays neighbours of one grant together: told once, at the grant's first use."""
    number = case.args["grantId"]
    if case.before("Used", grantId=number):
        return
    fee = case.facts.grant(number).terms["iterationFee"]
    iterations = sum(use.args["iterations"] for use in case.others("Used", grantId=number))
    paid = sum(charge.args["gross"] for charge in case.others("IterationsCharged", grantId=number))
    if paid != iterations * fee:
        yield (
            f"{iterations} iterations of grant {number} at {shown(fee)} were used, and {shown(paid)} was paid"
        )


def charged_for_use(case: Case) -> Iterator[str]:
    if not case.before("Used", grantId=case.args["grantId"]):
        yield f"iterations of grant {case.args['grantId']} were charged without a use"


RULES: Rules = (
    ("A20", ("Used",), in_window),
    ("A21", ("Used",), within_caps),
    ("A22", ("Used",), not_halted),
    ("A23", ("Used",), on_records),
    ("A24", ("Used",), paid_in_full),
    ("A24", ("IterationsCharged",), charged_for_use),
)
