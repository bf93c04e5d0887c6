"""Events of disclosures, writers' rooms, provenance and credits into facts. What each tells is taken as told."""

from __future__ import annotations

from collections.abc import Callable

from trust.audit.card import WEEK_SECONDS
from trust.audit.facts import Facts
from trust.audit.transparency import (
    UNPROVEN,
    Credit,
    CreditState,
    Entry,
    Form,
    Material,
    Room,
    RoomPool,
    Writer,
    material_key,
)
from trust.index import IndexedEvent

Reader = Callable[[Facts, IndexedEvent], None]
_ACKNOWLEDGED, _CONTESTED = 1, 2  # IDisclosures.Reply


# Disclosures


def _disclosed(facts: Facts, event: IndexedEvent) -> None:
    a, materials = event.args, facts.transparency.materials
    material = materials.setdefault(material_key(a), Material(a["kind"], event))
    material.kind, material.told = a["kind"], event
    material.disclosed_at, material.work_starts = event.timestamp, a["workStarts"]


def _reported(facts: Facts, event: IndexedEvent) -> None:
    a, materials = event.args, facts.transparency.materials
    material = materials.setdefault(material_key(a), Material(a["kind"], event))
    material.reported_at = event.timestamp


def _acknowledged(facts: Facts, event: IndexedEvent) -> None:
    material = facts.transparency.material(event.args)
    material.reply, material.replied_at = _ACKNOWLEDGED, event.timestamp


def _contested(facts: Facts, event: IndexedEvent) -> None:
    material = facts.transparency.material(event.args)
    material.reply, material.replied_at = _CONTESTED, event.timestamp


def _answered(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.material(event.args).answered_at = event.timestamp


# Writers' rooms


def _opened(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    facts.transparency.rooms[a["productionId"]] = Room(
        facts.card(a["rateCardVersion"]), a["episodes"], a["needed"]
    )


def _resized(facts: Facts, event: IndexedEvent) -> None:
    room = facts.transparency.room(event.args["productionId"])
    room.episodes, room.needed = event.args["episodes"], event.args["needed"]


def _joined(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    writer = facts.transparency.room(a["productionId"]).roll.setdefault(a["memberId"], Writer())
    writer.weeks |= {a["starts"] + week * WEEK_SECONDS for week in range(a["wholeWeeks"])}
    writer.first_week = min(writer.first_week or a["starts"], a["starts"])
    facts.spent.add((a["memberId"], a["nonce"]))


def _left(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    roll = facts.transparency.room(a["productionId"]).roll
    writer = roll[a["memberId"]]
    writer.weeks = {starts for starts in writer.weeks if starts < a["until"]}
    if a["neverWrote"]:
        del roll[a["memberId"]]


def _declared(facts: Facts, event: IndexedEvent) -> None:
    room = facts.transparency.room(event.args["productionId"])
    room.team = room.last_team = event.args["team"]
    for member in event.args["writers"]:
        room.roll.setdefault(member, Writer()).team = event.args["team"]


def _ended(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.room(event.args["productionId"]).team = 0


def _pool(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.pools[event.args["poolId"]] = RoomPool(event.args["productionId"])


def _stated(facts: Facts, event: IndexedEvent) -> None:
    a, pool = event.args, facts.transparency.pool(event.args["poolId"])
    pool.version, pool.chunk = a["version"], a["chunk"]
    pool.shares = dict(zip(a["writers"], a["sharesBps"], strict=True))


# Provenance


def _asset(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    facts.transparency.entries[a["assetId"]] = Entry(
        Form.ASSET, a["productionId"], a["kind"], a["depth"], a["sinceHuman"], event.timestamp
    )


def _contributed(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    facts.transparency.entry(a["assetId"]).parts[a["memberId"], a["role"]] = a["shareBps"]


def _batch(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    facts.transparency.entries[a["batchId"]] = Entry(
        Form.BATCH, a["productionId"], 0, UNPROVEN, UNPROVEN, event.timestamp
    )


def _bundle(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    facts.transparency.entries[a["bundleId"]] = Entry(
        Form.BUNDLE, 0, 0, a["depth"], a["sinceHuman"], event.timestamp
    )


def _capped(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.caps[event.args["licenceId"]] = event.args["maxSyntheticDepth"]


def _spent(facts: Facts, event: IndexedEvent) -> None:
    facts.spent.add((event.args["memberId"], event.args["nonce"]))


def _confirmed(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.confirmations.append(event)
    _spent(facts, event)


# Credits


def _accredited(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.auditors[event.args["auditor"]] = event.args["accredited"]


def _rules(facts: Facts, event: IndexedEvent) -> None:
    a = event.args
    facts.transparency.rules[a["version"]] = a["rulesHash"], a["uri"]


def _attested(facts: Facts, event: IndexedEvent) -> None:
    a, told = event.args, facts.transparency
    before = told.latest.get(a["productionId"])
    if before is not None:
        told.credit(before).corrected_by = a["creditId"]
    told.latest[a["productionId"]] = a["creditId"]
    told.credits[a["creditId"]] = Credit(a["attestation"], event.timestamp, a["challengeUntil"], event)


def _challenged(facts: Facts, event: IndexedEvent) -> None:
    credit = facts.transparency.credit(event.args["creditId"])
    credit.challenges[event.args["memberId"]] = True
    credit.state = CreditState.CHALLENGED


def _ruled(facts: Facts, event: IndexedEvent) -> None:
    credit = facts.transparency.credit(event.args["creditId"])
    credit.challenges[event.args["memberId"]] = False
    if not event.args["upheld"] and not credit.open_challenges:
        credit.state = CreditState.ATTESTED


def _issued(facts: Facts, event: IndexedEvent) -> None:
    credit = facts.transparency.credit(event.args["creditId"])
    credit.state, credit.issued_at = CreditState.ISSUED, event.timestamp
    facts.transparency.issued[event.args["productionId"]] = event.args["creditId"]


def _superseded(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.credit(event.args["creditId"]).state = CreditState.SUPERSEDED


def _credit_revoked(facts: Facts, event: IndexedEvent) -> None:
    facts.transparency.credit(event.args["creditId"]).state = CreditState.REVOKED


READERS: dict[str, Reader] = {
    "Disclosed": _disclosed,
    "UndisclosedReported": _reported,
    "DisclosureAcknowledged": _acknowledged,
    "DisclosureContested": _contested,
    "ReportAnswered": _answered,
    "RoomOpened": _opened,
    "RoomResized": _resized,
    "WriterJoined": _joined,
    "WriterLeft": _left,
    "SoleTeamDeclared": _declared,
    "SoleTeamEnded": _ended,
    "RoomPoolOpened": _pool,
    "ContributionsStated": _stated,
    "AssetRegistered": _asset,
    "Contributed": _contributed,
    "BatchCommitted": _batch,
    "Bundled": _bundle,
    "SyntheticDepthCapped": _capped,
    "ContributionConfirmed": _confirmed,
    "ContributionDisputed": _spent,
    "ArchiveDeclared": _spent,
    "AuditorAccredited": _accredited,
    "CreditRulesPublished": _rules,
    "CreditAttested": _attested,
    "CreditChallenged": _challenged,
    "ChallengeRuled": _ruled,
    "CreditIssued": _issued,
    "CreditSuperseded": _superseded,
    "CreditRevoked": _credit_revoked,
}
