"""Human-audit credits: attested by who may, issued when nobody objects any more, corrected in the open."""

from __future__ import annotations

from collections.abc import Iterator

from trust.audit.card import DAY_SECONDS
from trust.audit.case import Case, Rules
from trust.audit.facts import Facts
from trust.audit.ledger import Ledger
from trust.audit.transparency import CreditState
from trust.credit import attestation_hash

_NOBODY = "0x" + "0" * 40


# A80: attested


def attested_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    told, attested = facts.transparency, case.args["attestation"]
    if a["creditId"] != len(told.credits) + 1:
        yield f"credit {a['creditId']} is not the next one"
    if (attested["productionId"], attested["auditor"]) != (a["productionId"], a["auditor"]):
        yield "it tells another production or auditor than was attested"
    if not told.auditors.get(a["auditor"]):
        yield f"{a['auditor']} was not accredited"
    if facts.production(a["productionId"]).may_report(a["auditor"]):
        yield f"{a['auditor']} reports for production {a['productionId']}"
    latest = told.latest.get(a["productionId"], 0)
    if attested["corrects"] != latest:
        yield f"it corrects credit {attested['corrects']}, where {latest} was the latest"
    if latest and told.credit(latest).pending and not _superseded_next(case, latest):
        yield f"credit {latest} was left pending beside it"
    yield from _counted_in_order(case)


def _counted_in_order(case: Case) -> Iterator[str]:
    a, told = case.args, case.facts.transparency
    attested = a["attestation"]
    if not told.rules or attested["rulesVersion"] != max(told.rules):
        yield f"it counts by rules {attested['rulesVersion']}, which were not the latest"
    until = case.now + case.facts.card_at(case.now)["challengeDays"] * DAY_SECONDS
    if a["challengeUntil"] != until:
        yield f"it can be challenged until {a['challengeUntil']}, where {until} is right"
    if attested["asOfBlock"] > case.event.block_number or case.now > attested["deadline"]:
        yield "it counts what was not there yet, or its deadline had passed"
    if not all(any(attested[name]) for name in ("asOfBlockHash", "evidenceRoot", "credentialKey")):
        yield "it names no block, evidence or key"
    if not sum((*attested["humanLed"].values(), *attested["machineLed"].values())):
        yield "it counts nothing"


def rules_in_order(case: Case) -> Iterator[str]:
    a, before = case.args, case.facts.transparency.rules
    if a["version"] != len(before) + 1 or not any(a["rulesHash"]):
        yield f"version {a['version']} is not the next one, or has no text"


# A81: issued


def issued_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    told, credit = facts.transparency, facts.transparency.credit(case.args["creditId"])
    if not credit.pending or told.latest.get(a["productionId"]) != a["creditId"]:
        yield f"credit {a['creditId']} was {credit.state.name}, or not the production's latest"
    if credit.open_challenges:
        yield f"{credit.open_challenges} challenges were open"
    if case.now < credit.challenge_until:
        yield f"it could be challenged until {credit.challenge_until}"
    if not told.auditors.get(credit.attested["auditor"]):
        yield f"{credit.attested['auditor']} was not accredited any more"
    right = (facts.production(a["productionId"]).studio, credit.attested["auditor"])
    if (a["studio"], a["auditor"]) != right:
        yield "it went to another than the production's studio, or names another auditor"
    if a["attestationHash"] != attestation_hash(credit.attested):
        yield "its hash is not that of what was attested"
    before = told.issued.get(a["productionId"])
    if before and told.credit(before).state is CreditState.ISSUED and not _superseded_next(case, before):
        yield f"credit {before} was left standing beside it"


def credit_stays(case: Case) -> Iterator[str]:
    """Soulbound: the token moves once, to the studio that it is issued to."""
    a = case.args
    if case.event.contract != "HumanAuditCredits":
        return
    if a["from"] != _NOBODY or not case.before("CreditIssued", creditId=a["tokenId"], studio=a["to"]):
        yield f"credit {a['tokenId']} moved without being issued to {a['to']}"


# A82: challenged, ruled on, superseded, revoked


def challenged_in_order(case: Case) -> Iterator[str]:
    a, credit = case.args, case.facts.transparency.credit(case.args["creditId"])
    if a["memberId"]:
        case.facts.member(a["memberId"])
    if not credit.pending or case.now >= credit.challenge_until:
        yield f"credit {a['creditId']} could not be challenged any more"
    if a["memberId"] in credit.challenges:
        yield f"member {a['memberId']} had challenged it before"
    if not any(a["reasonHash"]):
        yield "it gives no reason"


def ruled_in_order(case: Case) -> Iterator[str]:
    a, credit = case.args, case.facts.transparency.credit(case.args["creditId"])
    if not credit.pending or not credit.challenges.get(a["memberId"]):
        yield f"member {a['memberId']} had no open challenge of credit {a['creditId']}"
    if a["upheld"] and not case.beside(1, "CreditRevoked", creditId=a["creditId"]):
        yield "the challenge was upheld, and the credit not revoked"
    if not any(a["reasonHash"]):
        yield "it gives no reason"


def superseded_in_order(case: Case) -> Iterator[str]:
    a, told = case.args, case.facts.transparency
    credit, successor = told.credit(a["creditId"]), told.credit(a["bySuccessor"])
    if credit.attested["productionId"] != successor.attested["productionId"]:
        yield "its successor is another production's"
    by = "CreditAttested" if credit.pending else "CreditIssued"
    if not credit.stands or not case.beside(-1, by, creditId=a["bySuccessor"]):
        yield f"credit {a['bySuccessor']} did not take the place of credit {a['creditId']}"


def revoked_in_order(case: Case) -> Iterator[str]:
    credit = case.facts.transparency.credit(case.args["creditId"])
    if not credit.stands:
        yield f"the credit was {credit.state.name} already"
    if not any(case.args["reasonHash"]):
        yield "it gives no reason"


def _superseded_next(case: Case, before: int) -> bool:
    successor = case.args["creditId"]
    return case.beside(1, "CreditSuperseded", creditId=before, bySuccessor=successor) is not None


def note_challenges(ledger: Ledger, facts: Facts) -> None:
    """What waits for the steward at the end."""
    waiting = list(facts.transparency.open_challenges())
    for number, credit in waiting:
        what = f"Credit {number} has {credit.open_challenges} challenges that the steward has not ruled on."
        ledger.note("A82", what, facts.touched.get(("creditId", number)))
    if waiting:
        ledger.remark("A82", f"{len(waiting):,} wait for the steward")


RULES: Rules = (
    ("A80", ("CreditRulesPublished",), rules_in_order),
    ("A80", ("CreditAttested",), attested_in_order),
    ("A81", ("CreditIssued",), issued_in_order),
    ("A81", ("Transfer",), credit_stays),
    ("A82", ("CreditChallenged",), challenged_in_order),
    ("A82", ("ChallengeRuled",), ruled_in_order),
    ("A82", ("CreditSuperseded",), superseded_in_order),
    ("A82", ("CreditRevoked",), revoked_in_order),
)
