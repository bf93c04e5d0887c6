"""Records, licences, training and grants: each rests on what its member signed and what the card says."""

from __future__ import annotations

from collections.abc import Iterator

from trust.audit.card import DAY_SECONDS
from trust.audit.case import Case, Rules
from trust.audit.facts import Production, licence_of, parts_of
from trust.model import shown

_HOUR_SECONDS = 3_600


def spent_once(case: Case) -> Iterator[str]:
    a = case.args
    member = a["memberId"] if "memberId" in a else parts_of(a["licenceId"])[1]
    nonce = a["terms"]["nonce"] if "terms" in a else a["nonce"]
    if (member, nonce) in case.facts.spent:
        yield f"the consent of member {member} with nonce {nonce} was spent before"


def notice_was_given(case: Case) -> Iterator[str]:
    a = case.args
    if a["noticeWaived"]:
        return
    given = case.facts.notices.get((a["memberId"], a["productionId"], a["modalities"]))
    hours = case.facts.card_at(case.now)["noticeHours"]
    if given is None:
        yield f"no notice was given to member {a['memberId']}, who did not waive it"
    elif case.now < given + hours * _HOUR_SECONDS:
        yield f"the notice was given {case.now - given} seconds before, where {hours} hours are due"


def pooled_by_consent(case: Case) -> Iterator[str]:
    a = case.args
    consents = case.before("ScanConsented", memberId=a["memberId"], productionId=a["productionId"])
    if not any(consent.args["modalities"] >> a["modality"] & 1 for consent in consents):
        yield f"record {a['recordId']} of member {a['memberId']} has no scan consent that names its modality"


def licence_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    if a["licenceId"] != licence_of(a) or a["licenceId"] in facts.licences:
        yield f"licence {a['licenceId']} is not a new one of this production and member"
    card = facts.card_at(case.now)
    if a["rateCardVersion"] != card.version:
        yield f"it names rate card {a['rateCardVersion']}, where {card.version} was in effect"
    for fee, prices, wanted in (
        ("licenceFee", "licenceFees", True),
        ("trainingFee", "trainingFees", a["training"]),
    ):
        least = facts.card(a["rateCardVersion"]).sum(prices, a["modalities"]) if wanted else 0
        if a[fee] < least:
            yield f"its {fee} is {shown(a[fee])}, where the card asks for {shown(least)}"
    if not facts.covered(a["memberId"], a["productionId"], a["modalities"]):
        yield f"member {a['memberId']} had no records of all its modalities in the pool"
    yield from _term(case, a["memberId"], a["starts"], a["expires"])
    yield from _in_schedule(case, facts.production(a["productionId"]), a["starts"], a["expires"])


def extension_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    licence = facts.licence(a["licenceId"])
    production, member = parts_of(a["licenceId"])
    if licence.revoked_at is not None or licence.halted_at(case.now):
        yield "the licence was revoked or suspended"
    if a["expires"] <= licence.expires:
        yield "it ends no later than the licence did"
    least = licence.card.sum("licenceFees", licence.modalities)
    if a["fee"] < least:
        yield f"its fee is {shown(a['fee'])}, where the card asks for {shown(least)}"
    yield from _term(case, member, licence.starts, a["expires"], licence.card.version)
    yield from _in_schedule(case, facts.production(production), licence.starts, a["expires"])


def _term(case: Case, member: int, starts: int, expires: int, version: int | None = None) -> Iterator[str]:
    card = case.facts.card(case.args["rateCardVersion"] if version is None else version)
    longest = card["maxMinorTermDays" if case.facts.minor_at(member, case.now) else "maxTermDays"]
    if expires - starts > longest * DAY_SECONDS:
        yield f"it runs longer than the card's {longest} days"


def _in_schedule(case: Case, production: Production, starts: int, expires: int) -> Iterator[str]:
    if not production.open:
        yield "the production was cancelled or on strike"
    if not production.starts <= starts < expires <= production.ends or expires <= case.now:
        yield "it lies outside the production's schedule, or in the past"


def training_by_consent(case: Case) -> Iterator[str]:
    a = case.args
    consented = case.before("TrainingConsented", licenceId=a["licenceId"])
    if bool(a["training"]) != bool(consented):
        yield "it has a training right without a consent to it, or a consent without the right"


def run_by_right(case: Case) -> Iterator[str]:
    licence_id = case.args["licenceId"]
    licence = case.facts.licence(licence_id)
    if case.now >= licence.training_until:
        yield f"licence {licence_id} carried no training right then"
    if not licence.active_at(case.now):
        yield f"licence {licence_id} was not in force"
    if not case.facts.production(parts_of(licence_id)[0]).open:
        yield "the production was cancelled or on strike"


def grant_in_order(case: Case) -> Iterator[str]:
    a, terms, facts = case.args, case.args["terms"], case.facts
    licence = facts.licence(a["licenceId"])
    if a["grantId"] in facts.grants:
        yield f"grant {a['grantId']} was made before"
    if not licence.active_at(case.now):
        yield f"licence {a['licenceId']} was not in force"
    if not facts.production(parts_of(a["licenceId"])[0]).open:
        yield "the production was cancelled or on strike"
    if terms["rateCardVersion"] != licence.card.version:
        yield f"the consent names rate card {terms['rateCardVersion']}, the licence {licence.card.version}"
    if not licence.starts <= terms["notBefore"] < terms["expires"] <= licence.expires:
        yield "its window lies outside the licence's term"
    yield from _prices(case)


def _prices(case: Case) -> Iterator[str]:
    terms, licence = case.args["terms"], case.facts.licence(case.args["licenceId"])
    least = licence.card.scene_fee(licence.modalities, terms["assetClass"])
    if terms["fee"] < least:
        yield f"its fee is {shown(terms['fee'])}, where the card asks for {shown(least)}"
    least = licence.card.iteration_fee(licence.modalities, terms["assetClass"])
    if terms["iterationFee"] < least:
        yield f"an iteration costs {shown(terms['iterationFee'])}, where the card asks for {shown(least)}"
    if not all(terms[cap] for cap in ("maxIterations", "maxSeconds", "digitalDays", "longestStreamWeeks")):
        yield "one of its caps is nothing"
    cost = terms["fee"] + terms["iterationFee"] * terms["maxIterations"]
    if cost > terms["maxSpend"]:
        yield f"it can cost {shown(cost)}, where the member agreed to {shown(terms['maxSpend'])}"


_SIGNED = (
    *("ScanConsented", "TrainingConsented", "SceneGranted", "PoolConsented", "ConsentCancelled"),
    *("WriterJoined", "ContributionConfirmed", "ContributionDisputed", "ArchiveDeclared"),
)

RULES: Rules = (
    ("A10", _SIGNED, spent_once),
    ("A11", ("ScanConsented",), notice_was_given),
    ("A11", ("RecordPooled",), pooled_by_consent),
    ("A12", ("LicenceGranted",), licence_in_order),
    ("A12", ("LicenceExtended",), extension_in_order),
    ("A13", ("LicenceGranted",), training_by_consent),
    ("A13", ("TrainingRunRecorded",), run_by_right),
    ("A14", ("SceneGranted",), grant_in_order),
)
