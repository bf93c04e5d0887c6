"""Crowds: who signed is seated, used within the terms, and paid by units. Pools: split as the card says."""

from __future__ import annotations

from collections.abc import Iterator

from trust.audit.card import DAY_SECONDS
from trust.audit.case import Case, Rules
from trust.audit.facts import Deal, Pool
from trust.audit.rules_pay import differing
from trust.index import IndexedEvent
from trust.model import shown
from trust.pools import Roster

_PASSIVE = 0
_NOBODY = "0x" + "0" * 40


# A40: who sits


def signed_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    deal, pool = facts.deal(a["poolId"]), facts.pool(a["poolId"])
    if a["memberId"] in deal.signed or a["memberId"] in deal.gone:
        yield f"member {a['memberId']} had signed these terms before"
    if not facts.covered(a["memberId"], pool.production_id, deal.modalities):
        yield f"member {a['memberId']} had no records of all its modalities in the pool"
    if deal.closed or case.now >= deal.expires or deal.uses_left <= 0:
        yield "the terms were over"
    if not facts.production(pool.production_id).open:
        yield "the production was cancelled or on strike"
    seated = [member for event in case.after("PoolSeated", poolId=a["poolId"]) for member in _members(event)]
    if a["memberId"] not in seated:
        yield f"member {a['memberId']} signed and was not seated"


def seated_by_consent(case: Case) -> Iterator[str]:
    a = case.args
    if a["poolId"] in case.facts.transparency.pools:
        return  # writers: looked at with their statement (rules_room.py)
    if a["poolId"] not in case.facts.deals:
        pool = case.facts.pool(a["poolId"])
        if pool.manager != _NOBODY and not case.facts.is_foreign(pool):
            yield "nobody in it can have signed: the pool has no terms"
        return
    consents = case.before("PoolConsented", since=("PoolSeated",), poolId=a["poolId"])
    signed = {event.args["memberId"]: event.args["units"] for event in consents}
    for seat in Roster.unpack(a["roster"]):
        if signed.get(seat.member) != seat.units:
            yield f"member {seat.member} sits with {seat.units} units and signed for {signed.get(seat.member, 0)}"


def left_by_revocation(case: Case) -> Iterator[str]:
    a = case.args
    if a["memberId"] not in case.facts.deal(a["poolId"]).signed:
        yield f"member {a['memberId']} had not signed"
    if not case.after("SeatsVacated", poolId=a["poolId"]):
        yield f"member {a['memberId']} revoked and kept the seat"


# A41: how it is used


def terms_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    card = facts.card(a["rateCardVersion"])
    if card.version != facts.card_at(case.now).version:
        yield f"the terms name rate card {card.version}, which was not in effect"
    if case.event.name == "PoolGranted":
        least = card.scene_fee(a["modalities"], _PASSIVE) + card.iteration_fee(a["modalities"], _PASSIVE)
    else:
        least = card.sum("trainingFees", a["modalities"])
    if a["price"] < least:
        yield f"the price is {shown(a['price'])}, where the card asks for {shown(least)}"
    if a["expires"] - a["notBefore"] > card["maxMinorTermDays"] * DAY_SECONDS:
        yield "the terms run longer than the card allows for anybody"
    production = facts.production(a["productionId"])
    if not production.open:
        yield "the production was cancelled or on strike"
    if not production.starts <= a["notBefore"] < a["expires"] <= production.ends:
        yield "the terms lie outside the production's schedule"


def crowd_used_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    deal, pool = facts.deal(a["poolId"]), facts.pool(a["poolId"])
    uses = a.get("uses", 1)
    if not deal.not_before <= case.now < deal.expires:
        yield "it was used outside the terms' window"
    if deal.closed:
        yield "the terms were closed"
    if not 0 < uses <= deal.uses_left:
        yield f"{uses} uses were made, where {deal.uses_left} were left"
    if not facts.production(pool.production_id).open:
        yield "the production was cancelled or on strike"
    yield from _charged(case, deal, pool, uses, case.after("PoolCharged", poolId=a["poolId"])[:1])


def crowd_closed_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    deal, pool = facts.deal(a["poolId"]), facts.pool(a["poolId"])
    if deal.closed:
        yield "the terms were closed before"
    if case.now < deal.expires and facts.production(pool.production_id).cancelled_at is None:
        yield "the terms still ran"
    if a["unused"] != (not deal.used and pool.units > 0):
        yield "whether one use is owed for none was told wrong"
    if a["unused"]:
        yield from _charged(case, deal, pool, 1, case.before("PoolCharged", poolId=a["poolId"])[-1:])


def _charged(case: Case, deal: Deal, pool: Pool, uses: int, charges: list[IndexedEvent]) -> Iterator[str]:
    due = deal.price * pool.units * uses
    paid = sum(event.args["gross"] for event in charges)
    if paid != due:
        yield f"{uses} uses of {pool.units} units cost {shown(due)}, and {shown(paid)} was charged"


# A42: how money splits


def pool_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    card = facts.card(a["rateCardVersion"])
    if card.version != facts.card_at(case.now).version:
        yield f"it names rate card {card.version}, which was not in effect"
    crowd = bool(case.after("PoolGranted", poolId=a["poolId"]))
    studios = a["manager"] == _NOBODY or not (
        crowd or case.after("CollectiveLicenceOpened", poolId=a["poolId"])
    )
    allowed = {card.benefits_bps(background) for background in ((True, False) if studios else (crowd,))}
    if a["benefitsBps"] not in allowed or (a["duesBps"], a["levyBps"]) != (card["duesBps"], card["levyBps"]):
        yield "its rates are not the card's"


def lump_split(case: Case) -> Iterator[str]:
    a = case.args
    yield from differing(a, _portion(case.facts.pool(a["poolId"]), a["gross"]))


def charge_by_units(case: Case) -> Iterator[str]:
    """Each unit's use is rounded by itself."""
    a = case.args
    if case.facts.is_foreign(case.facts.pool(a["poolId"])):
        return
    deal, pool = case.facts.deal(a["poolId"]), case.facts.pool(a["poolId"])
    many, rest = divmod(a["gross"], deal.price)
    if rest or not pool.units or many % pool.units:
        yield f"{shown(a['gross'])} is no number of uses of {pool.units} units at {shown(deal.price)}"
    each = _portion(pool, deal.price)
    yield from differing(a, {name: many * amount for name, amount in each.items()})
    used = case.before("PoolUsed", "CollectiveRunRecorded", since=("PoolCharged",), poolId=a["poolId"])
    if not used and not case.after("PoolDealClosed", poolId=a["poolId"], unused=True):
        yield "nothing was used"


def set_aside_for_crowd(case: Case) -> Iterator[str]:
    a = case.args
    if case.facts.is_foreign(case.facts.pool(a["poolId"])):
        return
    deal, pool = case.facts.deal(a["poolId"]), case.facts.pool(a["poolId"])
    each = _portion(pool, deal.price)
    held = a["unitUses"] * (deal.price + each["benefits"] + each["levy"])
    if a["price"] != deal.price or a["held"] != held:
        yield f"{shown(a['held'])} was set aside or freed, where {shown(held)} is right"
    if case.event.name == "PoolReserved":
        seated = case.before("PoolSeated", since=("PoolReserved",), poolId=a["poolId"])
        units = sum(event.args["units"] for event in seated)
        if a["unitUses"] != units * deal.uses_left:
            yield f"{a['unitUses']} uses of units were set aside for {units} units and {deal.uses_left} uses"


def _portion(pool: Pool, gross: int) -> dict[str, int]:
    """Pool pay has no ceiling: all of it counts."""
    card = pool.card
    background = pool.benefits_bps == card.benefits_bps(True)
    return card.split(gross, gross, background)


def _members(event: IndexedEvent) -> list[int]:
    return [seat.member for seat in Roster.unpack(event.args["roster"])]


RULES: Rules = (
    ("A40", ("PoolConsented",), signed_in_order),
    ("A40", ("PoolSeated",), seated_by_consent),
    ("A40", ("PoolConsentRevoked",), left_by_revocation),
    ("A41", ("PoolGranted", "CollectiveLicenceOpened"), terms_in_order),
    ("A41", ("PoolUsed", "CollectiveRunRecorded"), crowd_used_in_order),
    ("A41", ("PoolDealClosed",), crowd_closed_in_order),
    ("A42", ("PoolOpened",), pool_in_order),
    ("A42", ("PoolFunded", "PoolStreamOpened"), lump_split),
    ("A42", ("PoolCharged",), charge_by_units),
    ("A42", ("PoolReserved", "PoolReleased"), set_aside_for_crowd),
)
