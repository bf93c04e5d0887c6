"""Writers' rooms: large enough while machines write along, and shared as all who write have signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trust.audit.card import WEEK_SECONDS, WHOLE_BPS, Card
from trust.audit.case import Case, Rules
from trust.audit.facts import Facts, parts_of
from trust.audit.ledger import Ledger
from trust.audit.transparency import SCRIPT, SCRIPT_WORK, Room, Writer, monday_of
from trust.index import IndexedEvent
from trust.pools import Roster

_MOST_WEEKS = 52
_MOST_WRITERS = 255


# A65: how large


def opened_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    card = facts.card(a["rateCardVersion"])
    if card.version != facts.card_at(case.now).version:
        yield f"it names rate card {card.version}, which was not in effect"
    if a["productionId"] in facts.transparency.rooms:
        yield f"production {a['productionId']} had a room"
    yield from _sized(case, card)


def resized_in_order(case: Case) -> Iterator[str]:
    yield from _sized(case, case.facts.transparency.room(case.args["productionId"]).card)


def _sized(case: Case, card: Card) -> Iterator[str]:
    a = case.args
    if not case.facts.production(a["productionId"]).open:
        yield "the production was cancelled or on strike"
    if not a["episodes"]:
        yield "it has no episode"
    if a["needed"] != _needed(card, a["episodes"]):
        yield f"{a['needed']} writers are needed for {a['episodes']} episodes, where the card says otherwise"


def _needed(card: Card, episodes: int) -> int:
    """The tier whose last episode isn't passed; above both is the third."""
    tiers: Sequence[int] = card.terms["roomEpisodes"]
    writers: Sequence[int] = card.terms["roomWriters"]
    return writers[sum(episodes > last for last in tiers)]


# A66: who is in it, and when


def joined_in_order(case: Case) -> Iterator[str]:
    a, room = case.args, _room(case)
    case.facts.member(a["memberId"])
    this = monday_of(case.now)
    if a["starts"] != monday_of(a["starts"]) or not 0 <= a["starts"] - this <= _MOST_WEEKS * WEEK_SECONDS:
        yield f"it starts at {a['starts']}, which is no Monday of this week or the next {_MOST_WEEKS}"
    if not 0 < a["wholeWeeks"] <= _MOST_WEEKS:
        yield f"it is for {a['wholeWeeks']} weeks"
    writer = room.roll.get(a["memberId"], Writer())
    weeks = {a["starts"] + week * WEEK_SECONDS for week in range(a["wholeWeeks"])}
    if weeks & writer.weeks:
        yield f"member {a['memberId']} was in the room in one of these weeks already"
    if len(room.roll.keys() | {a["memberId"]}) > _MOST_WRITERS:
        yield f"over {_MOST_WRITERS} would be on the roll"
    if room.team and writer.team != room.team and not _ends(case):
        yield f"the sole team stayed in force beside member {a['memberId']}"


def left_in_order(case: Case) -> Iterator[str]:
    a, room = case.args, _room(case)
    writer = room.roll.get(a["memberId"])
    if writer is None:
        yield f"member {a['memberId']} was not on the roll"
        return
    if a["until"] != monday_of(case.now) + WEEK_SECONDS:
        yield f"it tells {a['until']}, where a writer stays to the end of the week"
    of_team = room.team != 0 and writer.team == room.team
    if not of_team and all(starts < a["until"] for starts in writer.weeks):
        yield f"member {a['memberId']} had nothing to leave"
    if a["neverWrote"] != (writer.team == 0 and writer.first_week >= a["until"]):
        yield f"whether member {a['memberId']} ever wrote is told wrong"
    if of_team and not _ends(case):
        yield f"the sole team stayed in force without member {a['memberId']}"


def team_in_order(case: Case) -> Iterator[str]:
    a, room = case.args, _room(case)
    writers = a["writers"]
    for member in writers:
        case.facts.member(member)
    if not writers or writers != sorted(set(writers)):
        yield "it doesn't name somebody, each once and in order"
    if a["team"] != room.last_team + 1:
        yield f"it is team {a['team']}, after team {room.last_team}"
    if others := room.roll.keys() - set(writers):
        yield f"member {min(others)} is on the roll and not of the team"


def ended_in_order(case: Case) -> Iterator[str]:
    a, room = case.args, _room(case)
    if not room.team or a["team"] != room.team:
        yield f"team {a['team']} was not in force"
    who = {"productionId": a["productionId"], "memberId": a["memberId"]}
    if not case.beside(-1, "WriterLeft", **who) and not case.beside(-1, "WriterJoined", **who):
        yield f"member {a['memberId']} neither left nor joined"


def _room(case: Case) -> Room:
    return case.facts.transparency.room(case.args["productionId"])


def _ends(case: Case) -> IndexedEvent | None:
    a = case.args
    return case.beside(1, "SoleTeamEnded", productionId=a["productionId"], memberId=a["memberId"])


# A67: script work


def room_was_full(case: Case) -> Iterator[str]:
    """A disclosure that answers a report is of what was given already."""
    a, facts = case.args, case.facts
    if case.event.name == "Disclosed":
        production = a["productionId"]
        script = a["kind"] in SCRIPT_WORK and not a["reported"]
    elif case.event.name == "SceneGranted":
        production, _ = parts_of(a["licenceId"])
        script = bool(facts.licence(a["licenceId"]).modalities & SCRIPT)
    else:
        production, script = a["productionId"], bool(a["modalities"] & SCRIPT)
    if script and not facts.transparency.full_at(production, case.now):
        yield f"it is script work with AI, and production {production} had no full writers' room"


# A68: how its writers share


def pool_of_room(case: Case) -> Iterator[str]:
    a = case.args
    case.facts.transparency.room(a["productionId"])
    if not case.before("PoolOpened", poolId=a["poolId"], productionId=a["productionId"]):
        yield f"pool {a['poolId']} was not opened with it"


def statement_in_order(case: Case) -> Iterator[str]:
    a, told = case.args, case.facts.transparency
    pool = told.pool(a["poolId"])
    writers = a["writers"]
    for member in writers:
        case.facts.member(member)
    if a["version"] != pool.version + 1:
        yield f"it is statement {a['version']}, after statement {pool.version}"
    if writers != sorted(set(writers)) or len(writers) != len(a["sharesBps"]):
        yield "it doesn't name each writer once, in order, with a share"
    if sum(a["sharesBps"]) != WHOLE_BPS:
        yield f"the shares sum to {sum(a['sharesBps'])} basis points"
    if left_out := told.room(pool.production_id).roll.keys() - set(writers):
        yield f"member {min(left_out)} is on the room's roll and left out"
    if not any(a["assetsRoot"]):
        yield "it is about no assets"
    if not case.before("PoolSeated", poolId=a["poolId"], chunk=a["chunk"]):
        yield f"chunk {a['chunk']} was not seated with it"
    if pool.version and not case.after("SeatsVacated", poolId=a["poolId"], chunk=pool.chunk):
        yield "those of the statement before kept their seats"


def roster_by_statement(case: Case) -> Iterator[str]:
    """The pool's seats are told first, then the statement."""
    a = case.args
    if a["poolId"] not in case.facts.transparency.pools:
        return
    stated = case.after("ContributionsStated", poolId=a["poolId"], chunk=a["chunk"])
    if not stated:
        yield "nobody stated shares"
        return
    shares = zip(stated[0].args["writers"], stated[0].args["sharesBps"], strict=True)
    seats = [(seat.member, seat.units) for seat in Roster.unpack(a["roster"])]
    if seats != [share for share in shares if share[1]]:
        yield "the seats are not the shares that its writers stated"


def check_seats(ledger: Ledger, facts: Facts) -> None:
    """A68: in the end, the seats of each writers' pool are its last statement's shares."""
    for number, pool in facts.transparency.pools.items():
        ledger.look("A68")
        seated: dict[int, int] = {}
        for chunk, seats in facts.pool(number).rosters.items():
            for position, (member, units) in enumerate(seats):
                if (chunk, position) not in facts.pool(number).left:
                    seated[member] = seated.get(member, 0) + units
        if seated != {member: share for member, share in pool.shares.items() if share}:
            last = facts.touched.get(("poolId", number))
            ledger.find("A68", f"Pool {number}: its seats are not the last statement's shares.", last)


RULES: Rules = (
    ("A65", ("RoomOpened",), opened_in_order),
    ("A65", ("RoomResized",), resized_in_order),
    ("A66", ("WriterJoined",), joined_in_order),
    ("A66", ("WriterLeft",), left_in_order),
    ("A66", ("SoleTeamDeclared",), team_in_order),
    ("A66", ("SoleTeamEnded",), ended_in_order),
    ("A67", ("Disclosed", "SceneGranted", "PoolGranted"), room_was_full),
    ("A68", ("RoomPoolOpened",), pool_of_room),
    ("A68", ("ContributionsStated",), statement_in_order),
    ("A68", ("PoolSeated",), roster_by_statement),
)
