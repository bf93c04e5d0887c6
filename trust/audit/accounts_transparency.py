"""What the events of disclosures, rooms, provenance and credits add up to, as questions to their contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trust.audit.asking import Question
from trust.audit.facts import Facts
from trust.audit.transparency import Credit
from trust.credit import attestation_hash
from trust.errors import ConsentError

CHECK = "A59"


def questions(facts: Facts, now: int) -> Iterator[Question]:
    """All of them, at the time of the audited block."""
    yield from _materials(facts)
    yield from _rooms(facts, now)
    yield from _entries(facts)
    yield from _credits(facts)


def _question(
    facts: Facts, about: str, contract: str, function: str, key: Any, expected: Any, name: str
) -> Question:
    """About one thing, which events name so."""
    return Question(CHECK, about, contract, function, (key,), expected, facts.touched.get((name, key)))


def _materials(facts: Facts) -> Iterator[Question]:
    for (production, member, digest), material in facts.transparency.materials.items():
        seen = {
            "disclosedAt": material.disclosed_at,
            "workStarts": material.work_starts,
            "repliedAt": material.replied_at,
            "reportedAt": material.reported_at,
            "answeredAt": material.answered_at,
            "kind": material.kind,
            "reply": material.reply,
        }
        asked, last = (production, member, digest), facts.touched.get(("materialHash", digest))
        about = f"Material 0x{digest.hex()} of member {member}"
        yield Question(CHECK, about, "Disclosures", "stateOf", asked, seen, last)


def _rooms(facts: Facts, now: int) -> Iterator[Question]:
    for production, room in facts.transparency.rooms.items():
        about, last = f"The room of production {production}", facts.touched.get(("productionId", production))
        seen = {
            "episodes": room.episodes,
            "rateCardVersion": room.card.version,
            "writers": room.writers_at(now),
            "needed": room.needed,
            "roll": len(room.roll),
            "team": room.team,
        }
        yield Question(CHECK, about, "WritersRooms", "roomOf", (production,), seen, last)
        for week in sorted({week for writer in room.roll.values() for week in writer.weeks}):
            asked, writers = (production, week), room.writers_at(week)
            yield Question(CHECK, about, "WritersRooms", "writersAt", asked, writers, last)
        for member, writer in room.roll.items():
            place = {"onRoll": True, "firstWeek": writer.first_week, "team": writer.team}
            yield Question(CHECK, about, "WritersRooms", "writerOf", (production, member), place, last)
    for number, pool in facts.transparency.pools.items():
        seen = {"productionId": pool.production_id, "version": pool.version, "chunk": pool.chunk}
        yield _question(facts, f"Writers' pool {number}", "WritersRooms", "poolOf", number, seen, "poolId")


def _entries(facts: Facts) -> Iterator[Question]:
    for id, entry in facts.transparency.entries.items():
        seen = {
            "productionId": entry.production_id,
            "form": entry.form,
            "kind": entry.kind,
            "depth": entry.depth,
            "sinceHuman": entry.since_human,
            "time": entry.time,
        }
        name = {1: "assetId", 2: "batchId", 3: "bundleId"}[entry.form]
        yield _question(facts, f"Id 0x{id.hex()}", "Provenance", "entryOf", id, seen, name)


def _credits(facts: Facts) -> Iterator[Question]:
    told, contract = facts.transparency, "HumanAuditCredits"
    for number, credit in told.credits.items():
        seen = _seen(credit)
        yield _question(facts, f"Credit {number}", contract, "creditOf", number, seen, "creditId")
    for function, numbers in (("latestOf", told.latest), ("issuedOf", told.issued)):
        for production, number in numbers.items():
            last = facts.touched.get(("creditId", number))
            yield Question(CHECK, f"Production {production}", contract, function, (production,), number, last)
    for auditor, accredited in told.auditors.items():
        yield _question(facts, f"Auditor {auditor}", contract, "isAccredited", auditor, accredited, "auditor")
    for version, (rules_hash, uri) in told.rules.items():
        seen = {"rulesHash": rules_hash, "uri": uri}
        yield Question(CHECK, f"Rules {version}", contract, "rulesOf", (version,), seen)


def _seen(credit: Credit) -> dict[str, Any]:
    a = credit.attested
    return {
        "productionId": a["productionId"],
        "rulesVersion": a["rulesVersion"],
        "state": credit.state,
        "attestedAt": credit.attested_at,
        "challengeUntil": credit.challenge_until,
        "openChallenges": credit.open_challenges,
        "corrects": a["corrects"],
        "correctedBy": credit.corrected_by,
        "auditor": a["auditor"],
        "asOfBlock": a["asOfBlock"],
        "issuedAt": credit.issued_at,
        "humanLed": dict(a["humanLed"]),
        "machineLed": dict(a["machineLed"]),
        "attestationHash": _hash(a),
    }


def _hash(attested: Mapping[str, Any]) -> bytes | None:
    """None for what nobody can have signed."""
    try:
        return attestation_hash(attested)
    except ConsentError:
        return None
