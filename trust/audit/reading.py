"""Events into facts: the auditor's own reading, in which no amount is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import trust.audit.reading_transparency as transparency
from trust.audit.card import Card
from trust.audit.facts import (
    Deal,
    Facts,
    Grant,
    Licence,
    Member,
    Pool,
    Production,
    Record,
    Unknown,
    licence_of,
    parts_of,
)
from trust.index import IndexedEvent
from trust.pools import Roster

_NAMES = (
    *("productionId", "memberId", "licenceId", "grantId", "poolId", "recordId", "agent"),
    *("materialHash", "assetId", "batchId", "bundleId", "creditId", "auditor"),
)


def read(facts: Facts, event: IndexedEvent) -> None:
    """Move the facts on by one event. Raises Unknown when it names what never was."""
    for name in _NAMES:
        if name in event.args:
            facts.touched[name, event.args[name]] = event
    if event.contract == "RateCard" and "version" in event.args:
        facts.touched["version", event.args["version"]] = event
    if "grantId" in event.args and event.args["grantId"] in facts.grants:
        _touch(facts, facts.grants[event.args["grantId"]].licence_id, event)
    elif "licenceId" in event.args:
        _touch(facts, event.args["licenceId"], event)
    if reader := _READERS.get(event.name):
        reader(facts, event.args, event.timestamp)
    elif transparent := transparency.READERS.get(event.name):
        transparent(facts, event)


def _touch(facts: Facts, licence_id: int, event: IndexedEvent) -> None:
    production, member = parts_of(licence_id)
    facts.touched["licenceId", licence_id] = event
    facts.touched["productionId", production] = facts.touched["memberId", member] = event


Args = Mapping[str, Any]
Reader = Callable[[Facts, Args, int], None]


# Union and members


def _card(facts: Facts, a: Args, now: int) -> None:
    facts.cards[a["version"]] = Card(a["version"], a["card"])


def _payees(facts: Facts, a: Args, now: int) -> None:
    facts.payees = dict(a)


def _module(facts: Facts, a: Args, now: int) -> None:
    facts.modules.add(a["module"])


def _enrolled(facts: Facts, a: Args, now: int) -> None:
    facts.members[a["memberId"]] = Member(a["adultAt"], a["wallet"])


def _wallet(facts: Facts, a: Args, now: int) -> None:
    member = facts.member(a["memberId"])
    member.wallet, member.pending = a["wallet"], None


def _pending(facts: Facts, a: Args, now: int) -> None:
    facts.member(a["memberId"]).pending = (a["wallet"], a["effectiveAt"])


def _dropped(facts: Facts, a: Args, now: int) -> None:
    facts.member(a["memberId"]).pending = None


# Productions


def _registered(facts: Facts, a: Args, now: int) -> None:
    facts.productions[a["productionId"]] = Production(a["studio"], a["starts"], a["ends"], a["reportDays"])


def _rescheduled(facts: Facts, a: Args, now: int) -> None:
    production = facts.production(a["productionId"])
    production.starts, production.ends = a["starts"], a["ends"]


def _cancelled(facts: Facts, a: Args, now: int) -> None:
    facts.production(a["productionId"]).cancelled_at = now


def _struck(facts: Facts, a: Args, now: int) -> None:
    facts.production(a["productionId"]).strikes.append([now, None])


def _strike_ended(facts: Facts, a: Args, now: int) -> None:
    production = facts.production(a["productionId"])
    if not production.struck:
        raise Unknown(f"production {a['productionId']} was not on strike")
    production.strikes[-1][1] = now


def _primary(facts: Facts, a: Args, now: int) -> None:
    facts.production(a["productionId"]).primary_reporter = a["reporter"]


def _reporter(facts: Facts, a: Args, now: int) -> None:
    reporters = facts.production(a["productionId"]).reporters
    (reporters.add if a["allowed"] else reporters.discard)(a["reporter"])


def _opted(facts: Facts, a: Args, now: int) -> None:
    modules = facts.production(a["productionId"]).opted_in
    (modules.add if a["allowed"] else modules.discard)(a["module"])


def _owed(facts: Facts, a: Args, now: int) -> None:
    facts.production(a["productionId"]).arrears.append([a["grantId"], a["gross"], a["start"], a["end"]])


def _collected(facts: Facts, a: Args, now: int) -> None:
    _lessen(facts, a, iter(facts.production(a["productionId"]).arrears))


def _forgiven(facts: Facts, a: Args, now: int) -> None:
    _lessen(facts, a, reversed(facts.production(a["productionId"]).arrears))


def _lessen(facts: Facts, a: Args, arrears: Any) -> None:
    entry = next((one for one in arrears if one[0] == a["grantId"] and one[1]), None)
    if entry is None or entry[1] < a["gross"]:
        raise Unknown(f"grant {a['grantId']} owes no such arrears")
    entry[1] -= a["gross"]


# Records, licences, grants


def _pooled(facts: Facts, a: Args, now: int) -> None:
    record = Record(a["memberId"], a["productionId"], a["modality"], now)
    facts.records[a["recordId"]] = record
    facts.held.setdefault(a["memberId"], []).append(record)


def _erased(facts: Facts, a: Args, now: int) -> None:
    if a["recordId"] not in facts.records:
        raise Unknown(f"record {a['recordId']} never was")
    facts.records[a["recordId"]].erased = True


def _noticed(facts: Facts, a: Args, now: int) -> None:
    facts.notices[a["memberId"], a["productionId"], a["modalities"]] = now


def _scan(facts: Facts, a: Args, now: int) -> None:
    facts.spent.add((a["memberId"], a["nonce"]))
    if not a["noticeWaived"]:  # a notice is for one scan
        facts.notices.pop((a["memberId"], a["productionId"], a["modalities"]), None)


def _licensed(facts: Facts, a: Args, now: int) -> None:
    facts.licences[a["licenceId"]] = Licence(
        modalities=a["modalities"],
        training_until=a["expires"] if a["training"] else 0,
        starts=a["starts"],
        expires=a["expires"],
        card=facts.card(a["rateCardVersion"]),
    )


def _training(facts: Facts, a: Args, now: int) -> None:
    facts.spent.add((parts_of(a["licenceId"])[1], a["nonce"]))


def _extended(facts: Facts, a: Args, now: int) -> None:
    facts.licence(a["licenceId"]).expires = a["expires"]


def _licence_revoked(facts: Facts, a: Args, now: int) -> None:
    facts.licence(a["licenceId"]).revoked_at = now


def _suspended(facts: Facts, a: Args, now: int) -> None:
    facts.licence(a["licenceId"]).halts.append([now, None])


def _reinstated(facts: Facts, a: Args, now: int) -> None:
    licence = facts.licence(a["licenceId"])
    if not licence.halts or licence.halts[-1][1] is not None:
        raise Unknown(f"licence {a['licenceId']} was not suspended")
    licence.halts[-1][1] = now


def _granted(facts: Facts, a: Args, now: int) -> None:
    terms = a["terms"]
    facts.licence(a["licenceId"])
    facts.spent.add((parts_of(a["licenceId"])[1], terms["nonce"]))
    facts.grants[a["grantId"]] = Grant(
        a["licenceId"], terms, terms["expires"], terms["maxIterations"], terms["maxSeconds"]
    )


def _revoked(facts: Facts, a: Args, now: int) -> None:
    grant = facts.grant(a["grantId"])
    grant.revoked_at = now
    grant.expires = min(grant.expires, now)


def _closed(facts: Facts, a: Args, now: int) -> None:
    # Iterations stay until the release that follows says what they set free.
    grant = facts.grant(a["grantId"])
    grant.closed, grant.floor_returned = True, a["floorReturned"]


def _used(facts: Facts, a: Args, now: int) -> None:
    grant = facts.grant(a["grantId"])
    grant.used = True
    grant.iterations_left -= a["iterations"]
    grant.seconds_left -= a["outputSeconds"]


def _premium(facts: Facts, a: Args, now: int) -> None:
    facts.grant(a["grantId"]).premium = a["premium"]


# Counting towards the ceiling


def _charged(facts: Facts, a: Args, now: int) -> None:
    _count(facts, licence_of(a), a["parts"]["counted"])


def _iterations_charged(facts: Facts, a: Args, now: int) -> None:
    grant = facts.grant(a["grantId"])
    grant.counted_left -= min(a["gross"], grant.counted_left)


def _reserved(facts: Facts, a: Args, now: int) -> None:
    facts.grant(a["grantId"]).counted_left += a["counted"]
    _count(facts, licence_of(a), a["counted"])


def _released(facts: Facts, a: Args, now: int) -> None:
    grant = facts.grant(a["grantId"])
    grant.counted_left -= a["uncounted"]
    grant.iterations_left = grant.seconds_left = 0
    _count(facts, licence_of(a), -a["uncounted"])


def _streamed(facts: Facts, a: Args, now: int) -> None:
    if grant := facts.grant_behind(a):
        grant.started = True
        grant.live.append(dict(a["stream"]))
    _count(facts, licence_of(a), a["stream"]["counted"])


def _cut(facts: Facts, a: Args, now: int) -> None:
    grant = facts.grant_behind(a)
    if grant is not None and dict(a["stream"]) in grant.live:
        grant.live.remove(dict(a["stream"]))
    _count(facts, licence_of(a), -a["parts"]["counted"])


def _count(facts: Facts, licence_id: int, amount: int) -> None:
    if licence_id in facts.licences:  # what a later contract charges needs no licence
        facts.licences[licence_id].counted += amount


# Pools and crowds


def _pool(facts: Facts, a: Args, now: int) -> None:
    facts.production(a["productionId"])
    card = facts.card(a["rateCardVersion"])
    facts.pools[a["poolId"]] = Pool(a["productionId"], a["manager"], card, a["benefitsBps"])


def _crowd(facts: Facts, a: Args, now: int) -> None:
    facts.deals[a["poolId"]] = Deal(
        a["price"], a["modalities"], a.get("maxUses", 1), a["notBefore"], a["expires"]
    )


def _signed(facts: Facts, a: Args, now: int) -> None:
    deal = facts.deal(a["poolId"])
    deal.signed[a["memberId"]] = a["units"]
    deal.used = False
    facts.spent.add((a["memberId"], a["nonce"]))


def _unsigned(facts: Facts, a: Args, now: int) -> None:
    deal = facts.deal(a["poolId"])
    deal.signed.pop(a["memberId"], None)
    deal.gone.add(a["memberId"])


def _seated(facts: Facts, a: Args, now: int) -> None:
    pool = facts.pool(a["poolId"])
    seats = [(int(seat.member), seat.units) for seat in Roster.unpack(a["roster"])]
    pool.rosters[a["chunk"]] = seats
    pool.units += sum(units for _, units in seats)


def _vacated(facts: Facts, a: Args, now: int) -> None:
    pool = facts.pool(a["poolId"])
    seats = pool.rosters.get(a["chunk"], [])
    for position in a["seats"]:
        if position >= len(seats) or (a["chunk"], position) in pool.left:
            raise Unknown(f"seat {position} of chunk {a['chunk']} was not taken")
        pool.left.add((a["chunk"], position))
        pool.units -= seats[position][1]


def _crowd_used(facts: Facts, a: Args, now: int) -> None:
    deal = facts.deal(a["poolId"])
    deal.uses_left -= a.get("uses", 1)
    deal.used = True


def _crowd_closed(facts: Facts, a: Args, now: int) -> None:
    deal = facts.deal(a["poolId"])
    deal.closed = True
    deal.uses_left -= 1 if a["unused"] else 0


def _cancelled_consent(facts: Facts, a: Args, now: int) -> None:
    facts.spent.add((a["memberId"], a["nonce"]))


_READERS: dict[str, Reader] = {
    "RateCardPublished": _card,
    "PayeesSet": _payees,
    "ModuleAdmitted": _module,
    "MemberEnrolled": _enrolled,
    "WalletSet": _wallet,
    "WalletPending": _pending,
    "WalletChangeDropped": _dropped,
    "ConsentCancelled": _cancelled_consent,
    "ProductionRegistered": _registered,
    "Rescheduled": _rescheduled,
    "ProductionCancelled": _cancelled,
    "StrikeDeclared": _struck,
    "StrikeEnded": _strike_ended,
    "PrimaryReporterSet": _primary,
    "ReporterSet": _reporter,
    "ModuleOptedIn": _opted,
    "ArrearsOwed": _owed,
    "ArrearsCollected": _collected,
    "ArrearsForgiven": _forgiven,
    "RecordPooled": _pooled,
    "RecordErased": _erased,
    "NoticeGiven": _noticed,
    "ScanConsented": _scan,
    "LicenceGranted": _licensed,
    "TrainingConsented": _training,
    "LicenceExtended": _extended,
    "LicenceRevoked": _licence_revoked,
    "LicenceSuspended": _suspended,
    "LicenceReinstated": _reinstated,
    "SceneGranted": _granted,
    "GrantRevoked": _revoked,
    "GrantClosed": _closed,
    "Used": _used,
    "SavingsStated": _premium,
    "SavingsRestated": _premium,
    "FloorStarted": _premium,
    "Charged": _charged,
    "IterationsCharged": _iterations_charged,
    "Reserved": _reserved,
    "Released": _released,
    "StreamOpened": _streamed,
    "StreamCut": _cut,
    "PoolOpened": _pool,
    "PoolGranted": _crowd,
    "CollectiveLicenceOpened": _crowd,
    "PoolConsented": _signed,
    "PoolConsentRevoked": _unsigned,
    "PoolSeated": _seated,
    "SeatsVacated": _vacated,
    "PoolUsed": _crowd_used,
    "CollectiveRunRecorded": _crowd_used,
    "PoolDealClosed": _crowd_closed,
}
