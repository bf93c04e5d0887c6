"""The audit's promises of transparency, each broken in one fact of a true story (transparency_story.py)."""

from __future__ import annotations

from audit_breaks import (
    ELSEWHERE,
    Break,
    Events,
    again,
    altered,
    down,
    later,
    left_out,
    places,
    put_before,
    up,
    with_args,
    without,
)
from eth_utils.crypto import keccak
from test_index_story import DAY, EVIDENCE, WEEK

NOTHING = keccak(text="nothing")


def spent_again(events: Events) -> tuple[Events, int]:
    """Member 2 disputes with the consent that confirmed."""
    confirmed = events[places(events, "ContributionConfirmed", memberId=2)[0]]
    return with_args("ContributionDisputed", nonce=confirmed.args["nonce"])(events)


def deepest_parent_left_out(events: Events) -> tuple[Events, int]:
    """A draft is told to come from the prompt alone, not from what a machine made of it."""
    draft, output = (events[places(events, "AssetRegistered")[at]].args["assetId"] for at in (2, 1))
    events = left_out(events, places(events, "Derived", childId=draft, parentId=output)[0])
    return events, places(events, "AssetRegistered")[2]


def auditor_reports(events: Events) -> tuple[Events, int]:
    at = places(events, "CreditAttested")[0]
    told = {"productionId": 1, "reporter": events[at].args["auditor"], "allowed": True}
    return put_before(events, at, "ReporterSet", events[at].timestamp, **told), at + 1


def issued_in_spite(events: Events) -> tuple[Events, int]:
    """A challenge, in time, on which nobody ruled."""
    at = places(events, "CreditIssued")[0]
    told = {"creditId": events[at].args["creditId"], "memberId": 1, "reasonHash": EVIDENCE}
    return put_before(events, at, "CreditChallenged", events[at].timestamp - 2 * DAY, **told), at + 1


def script_after_the_room(events: Events) -> tuple[Events, int]:
    """The grant of a script comes when all writers' weeks are over."""
    at = places(events, "SceneGranted", licenceId=1 << 24 | 3)[0]
    return later("SceneGranted", 31 * WEEK, places(events, "SceneGranted").index(at))(events)


def not_vacated(events: Events) -> tuple[Events, int]:
    """Those of the first statement keep their seats."""
    pool = events[places(events, "RoomPoolOpened")[0]].args["poolId"]
    at = places(events, "SeatsVacated", poolId=pool)[0]
    return left_out(events, at), at


def vacated_once_more(events: Events) -> tuple[Events, int]:
    """A writer's seat is emptied without a statement: found at the end, at the pool's last event."""
    stated = events[places(events, "ContributionsStated")[-1]]
    at = places(events, "SeatsVacated", poolId=stated.args["poolId"])[-1]
    told = {**events[at].args, "chunk": stated.args["chunk"], "seats": [0], "paid": 0}
    return put_before(events, at + 1, "SeatsVacated", events[at].timestamp, **told), at + 1


def unknown_role(events: Events) -> tuple[Events, int]:
    at = places(events, "Contributed")[0]
    return altered(events, at, {"memberId": 9}), at


#: As audit_breaks.BREAKS.
TRANSPARENCY: dict[str, tuple[str, Break, str]] = {
    "a consent that confirms and disputes": ("A10", spent_again, "ContributionDisputed"),
    # Disclosures
    "an acknowledgement of nothing": ("A04 A60", without("Disclosed"), "DisclosureAcknowledged"),
    "a contest by another": ("A04 A60", with_args("DisclosureContested", memberId=4), ""),
    "a contest by nobody": ("A04 A60", with_args("DisclosureContested", memberId=9), ""),
    "a second reply": ("A60", again("DisclosureContested"), ""),
    "a material disclosed twice": ("A04 A60", with_args("Disclosed", 1, memberId=1), ""),
    "a disclosure without a model": ("A60", with_args("Disclosed", modelHash=bytes(32)), ""),
    "a report of what was disclosed": (
        "A04 A60",
        with_args("UndisclosedReported", -1, materialHash=keccak(text="draft")),
        "",
    ),
    "an answer to no report": ("A04 A60", with_args("ReportAnswered", memberId=3), ""),
    "lateness kept quiet": ("A61", with_args("Disclosed", 3, late=0), ""),
    "a report kept quiet": ("A61", with_args("Disclosed", 4, reported=0), ""),
    # Writers' rooms
    "a room too small from the start": ("A65", with_args("RoomOpened", needed=down), ""),
    "a room made too small": ("A65", with_args("RoomResized", needed=down), ""),
    "a card with larger rooms": (
        "A65",
        with_args("RateCardPublished", card__roomWriters=[4, 5, 6]),
        "RoomResized",
    ),
    "a week that was over": ("A66", with_args("WriterJoined", starts=lambda t: t - WEEK), ""),
    "weeks from a Tuesday": ("A66 A67", with_args("WriterJoined", starts=lambda t: t + DAY), ""),
    "a writer twice in a week": ("A10 A66", again("WriterJoined"), ""),
    "a writer put out at once": ("A66", with_args("WriterLeft", 1, until=lambda t: t - WEEK), ""),
    "a writer struck off the roll": ("A66", with_args("WriterLeft", 1, neverWrote=True), ""),
    "a team without one who wrote": ("A66", with_args("SoleTeamDeclared", writers=[1, 2]), ""),
    "an exemption that never ended": ("A66", without("SoleTeamEnded"), "WriterJoined"),
    "an exemption that nobody ended": ("A66", with_args("SoleTeamEnded", memberId=1), ""),
    "a draft with too few writers": ("A67", without("WriterJoined"), "Disclosed"),
    "a script used with too few writers": ("A67", script_after_the_room, ""),
    "a crowd's script without a room": (
        "A40 A41 A67",
        with_args("PoolGranted", modalities=lambda mask: mask | 1 << 5),
        "",
    ),
    "shares over the whole": ("A68", with_args("ContributionsStated", sharesBps=[6_000, 4_000, 1]), ""),
    "seats that nobody stated": ("A68", without("ContributionsStated", -1), "PoolSeated"),
    "a writer left out": (
        "A68",
        with_args("ContributionsStated", -1, writers=[1, 3], sharesBps=[5_000, 5_000]),
        "",
    ),
    "seats kept beside a new statement": ("A50 A68", not_vacated, "ContributionsStated"),
    "a seat emptied without a statement": ("A68", vacated_once_more, ""),
    # Provenance
    "shares below the whole": ("A70", with_args("Contributed", 1, shareBps=down), "AssetRegistered"),
    "a contributor who never was": ("A70", unknown_role, "AssetRegistered"),
    "a grant of another production": ("A70", with_args("AssetRegistered", 2, grantId=3), ""),
    "a prompt's author who never was": ("A70", with_args("AssetRegistered", promptAuthor=9), ""),
    "a contribution to nothing": ("A70", again("Contributed"), ""),
    "a depth washed away": ("A71", with_args("AssetRegistered", 2, depth=0), ""),
    "a human pass made up": ("A71", with_args("AssetRegistered", 1, sinceHuman=0), ""),
    "a parent kept quiet": ("A71", deepest_parent_left_out, ""),
    "an asset registered twice": ("A70 A71", again("AssetRegistered"), ""),
    "an asset out of no batch": ("A71", with_args("AssetRegistered", 3, batchId=NOTHING), ""),
    "a batch committed twice": ("A71", again("BatchCommitted"), ""),
    "a bundle of something else": ("A71 A73", with_args("Bundled", bundleId=NOTHING), ""),
    "a bundle that is shallower": ("A71", with_args("Bundled", depth=down), ""),
    "a confirmation of nothing": ("A72", with_args("ContributionConfirmed", assetId=NOTHING), ""),
    "a dispute by nobody": ("A72", with_args("ContributionDisputed", memberId=9), ""),
    "a run deeper than allowed": (
        "A73",
        with_args("SyntheticDepthCapped", maxSyntheticDepth=1),
        "TrainingRunRecorded",
    ),
    "a run on what was never proven": ("A73", with_args("TrainingRunRecorded", -1, datasetRoot=NOTHING), ""),
    "a cap that nobody bought": ("A73", again("SyntheticDepthCapped"), ""),
    "an archive without its conditions": ("A74", with_args("ArchiveDeclared", constraintHash=bytes(32)), ""),
    "an archive's word without a meaning": ("A74", with_args("ArchiveDeclared", dataMining=4), ""),
    # Credits
    "an auditor nobody accredited": ("A80 A81", without("AuditorAccredited"), "CreditAttested"),
    "an auditor who reports": ("A80", auditor_reports, ""),
    "rules that never were": ("A80", with_args("CreditAttested", attestation__rulesVersion=9), ""),
    "a count of what was not there": (
        "A80",
        with_args("CreditAttested", attestation__asOfBlock=lambda block: block + 9),
        "",
    ),
    "a correction of another": ("A80", with_args("CreditAttested", 2, attestation__corrects=1), ""),
    "a shorter time to challenge": ("A80", with_args("CreditAttested", 1, challengeUntil=down), ""),
    "a credit left pending": ("A80", without("CreditSuperseded"), "CreditAttested"),
    "a version of the rules left out": ("A80", with_args("CreditRulesPublished", version=up), ""),
    "a credit issued too early": ("A81", later("CreditIssued", -2 * DAY), ""),
    "a credit issued in spite of a challenge": ("A81", issued_in_spite, ""),
    "a credit issued to another": ("A81", with_args("CreditIssued", studio=ELSEWHERE), ""),
    "numbers changed after they were attested": (
        "A81",
        with_args("CreditAttested", 1, attestation__humanLed__writing=up),
        "CreditIssued",
    ),
    "a credit that was sold": ("A81", again("Transfer"), ""),
    "a challenge that came too late": ("A82", later("CreditChallenged", 40 * DAY), ""),
    "a challenge by nobody": ("A82", with_args("CreditChallenged", -1, memberId=9), ""),
    "a ruling on nothing": ("A82", without("CreditChallenged"), "ChallengeRuled"),
    "a challenge upheld in vain": ("A80 A82", without("CreditRevoked"), "ChallengeRuled"),
    "a credit superseded by an older one": ("A81 A82", with_args("CreditSuperseded", -1, bySuccessor=1), ""),
    "a credit revoked twice": ("A82", again("CreditRevoked"), ""),
}
