"""trust room: writers' rooms, and the pool that their writers share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse, pooled
from trust.cli.command import INDEX, READ, WRITE, argument, command, group, option
from trust.cli.consent_fields import fresh_nonce, later
from trust.cli.params import At, ConsentOption, Member, Pool, Production
from trust.cli.pool import chunks_of
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, moment, write_result
from trust.errors import InputError
from trust.model import MemberId, PoolId

if TYPE_CHECKING:
    from trust.pools import Chunk

app = group(
    "Writers' rooms: human writers join for whole weeks; while a room is short, script work with AI is refused."
)

Episodes = Annotated[int, typer.Option("--episodes", min=1, max=65_535, help="How many; a film is one.")]
JoinFile = Annotated[Path, argument("FILE", "The writer's signed RoomJoin.")]
TeamFiles = Annotated[list[Path], argument("FILE", "The signed SoleTeam of each of them.")]
Shares = Annotated[
    str, option("--shares", "LIST", "MEMBER:SHARE of each, like 7:62.5%,9:37.5%; all who ever wrote here.")
]
Assets = Annotated[
    bytes, option("--assets", "HASH", "Root of the assets it is about, or @FILE.", parse.hash32)
]
_WITH_INDEX = (*WRITE, "index")
_KIND = "ContributionStatement"


@command(app, "open", example="trust room open 1 --episodes 8", options=WRITE)
def open_(session: Session, production: Production, episodes: Episodes) -> Answer:
    """Open a production's room at today's rate card. Sent by the production's studio."""
    result = session.sender.rooms.open(production, episodes, simulate=session.simulate)
    return write_result(result, f"Writers' room of production {production} opened.", session.simulate)


@command(app, "episodes", example="trust room episodes 1 --episodes 13", options=WRITE)
def episodes_(session: Session, production: Production, episodes: Episodes) -> Answer:
    """Change how many episodes there are, and so how many writers are needed. Sent by the studio."""
    result = session.sender.rooms.set_episodes(production, episodes, simulate=session.simulate)
    return write_result(result, f"Production {production} has {episodes} episodes now.", session.simulate)


@command(app, "join", example="trust room join joining.json", options=WRITE)
def join(session: Session, file: JoinFile) -> Answer:
    """Take a writer in for the weeks that they signed (`trust consent new RoomJoin`). Sent by the studio."""
    signed = session.signed(file, "RoomJoin")
    message = signed.consent.message
    result = session.sender.rooms.join(signed, simulate=session.simulate)
    said = (
        f"Member {message['memberId']} writes for production {message['productionId']}"
        f" for {message['wholeWeeks']} weeks from {moment(message['starts'])}."
    )
    return write_result(result, said, session.simulate)


@command(app, "leave", example="trust room leave 1 7 --consent leaving.json", options=WRITE)
def leave(session: Session, production: Production, member: Member, consent: ConsentOption = None) -> Answer:
    """Take a writer out from next week on. By the writer or a delegate, or relayed with a RoomLeave."""
    signed = session.consent(consent, "RoomLeave")
    result = session.sender.rooms.leave(production, member, signed, simulate=session.simulate)
    return write_result(
        result,
        f"Member {member} leaves the room of production {production} with this week.",
        session.simulate,
    )


@command(app, "team", example="trust room team anna.json ben.json", options=WRITE)
def team(session: Session, files: TeamFiles) -> Answer:
    """Declare a sole writer or team, by the SoleTeam that each signed: the room is exempt. Sent by the studio."""
    consents = [session.signed(path, "SoleTeam") for path in files]
    result = session.sender.rooms.declare_team(consents, simulate=session.simulate)
    writers = ", ".join(str(member) for member in consents[0].consent.message["writers"])
    return write_result(result, f"Sole team declared: {writers}.", session.simulate)


@command(app, "status", example="trust room status 1", options=READ)
def status(session: Session, production: Production) -> Answer:
    """Say whether the room has its writers this week, and so whether script work with AI is open. Asks the chain."""
    found = session.reader.rooms.of(production)
    allowed = not found.short
    data = {
        "production": production,
        "episodes": found.episodes,
        "rate_card_version": found.rate_card_version,
        "writers": found.writers,
        "needed": found.needed,
        "roll": found.roll,
        "exempt": found.exempt,
        "short": found.short,
    }
    why = "a sole team writes all" if found.exempt else f"{found.writers} of {found.needed} writers"
    lines = {
        "Episodes": found.episodes,
        "Writers this week": found.writers,
        "Needed": "none: a sole team writes all" if found.exempt else found.needed,
        "Ever wrote here": found.roll,
        "By rate card": found.rate_card_version,
    }
    verdict = f"Script work with AI is {'open' if allowed else 'REFUSED'}: {why}."
    return Answer(data, [verdict, "", *facts(lines)])


@command(app, "show", example="trust room show 1", options=INDEX)
def show(session: Session, production: Production, at: At = None) -> Answer:
    """Show who wrote when, and how the writers share their pools. From the index."""
    from trust.views import room

    found = room(session.index, production, at)
    roll = [
        (
            str(one.member_id),
            str(len(one.weeks)),
            "yes" if one.writes else "no",
            "yes" if one.of_team else "no",
        )
        for one in found.roll
    ]
    shares = [
        (
            str(one.pool_id),
            str(one.version),
            str(share.member_id),
            f"{share.share_bps / 100:g} %",
            moment(one.stated_at),
        )
        for one in found.statements
        for share in one.shares
    ]
    state = "exempt" if found.exempt else "short" if found.short else "full"
    body: list[str | Table] = [
        f"Production {production}: {found.writers} of {found.needed} writers this week; the room is {state}.",
        "",
        Table(("Member", "Weeks", "Writes now", "Of the sole team"), roll, frozenset({0, 1})),
    ]
    if shares:
        body += [
            "",
            Table(("Pool", "Statement", "Member", "Share", "Stated"), shares, frozenset({0, 1, 2, 3})),
        ]
    return Answer(found.as_json(), body)


@command(app, "pool", example="trust room pool 1", options=WRITE)
def pool_(session: Session, production: Production) -> Answer:
    """Open the pool that the room's writers share by their statements. Sent by the studio, who then funds it."""
    result = session.sender.rooms.open_pool(production, simulate=session.simulate)
    return write_result(result, f"Writers' pool {{id}} of production {production} opened.", session.simulate)


@command(
    app, "shares", options=(*READ, "index"),
    example="trust room shares 1 --shares 7:62.5%,9:37.5% --assets 0x... --out consents",
)  # fmt: skip
def shares(
    session: Session,
    pool: Pool,
    shares: Shares,
    assets: Assets,
    out: pooled.Folder,
    deadline: pooled.Deadline = None,
) -> Answer:
    """Write a statement of contribution for each to sign with `trust consent sign`: all named, all with a share."""
    from trust.consent import SignedConsent, save
    from trust.nouns.rooms import Statement

    _, version, number = session.reader.rooms.pool(pool)
    previous = _previous(session, pool, version, number)
    statement = Statement(pool, version + 1, assets, _shares(shares), previous)
    address = session.deployment.address("WritersRooms")
    out.mkdir(parents=True, exist_ok=True)
    for member in statement.signers:
        consent = statement.consent(member, fresh_nonce(), deadline or later())
        save(SignedConsent(consent, session.deployment.chain_id, address, "", b""), out / f"{member}.json")
    data = {"pool": pool, "version": statement.version, "signers": statement.signers, "folder": str(out)}
    said = (
        f"Statement {statement.version} of pool {pool} written to {out} for {len(statement.signers)} to sign."
    )
    return Answer(data, [said])


@command(app, "contribute", example="trust room contribute 1 --consents consents", options=_WITH_INDEX)
def contribute(session: Session, pool: Pool, consents: pooled.Consents) -> Answer:
    """Seat a writers' pool by the statement that all signed; until now the shares before are paid. By anyone."""
    found, unsigned = pooled.read_consents(session, consents, _KIND)
    if unsigned:
        raise InputError(f"{unsigned} consents are not signed yet.", hint="Wait until all have signed.")
    if found[0].consent.message["poolId"] != pool:
        raise InputError(f"These statements are not of pool {pool}.", hint="Give this pool's consents only.")
    _, version, number = session.reader.rooms.pool(pool)
    previous = _previous(session, pool, version, number)
    result = session.sender.rooms.contribute(found, previous, simulate=session.simulate)
    return write_result(result, f"Pool {pool} is shared by statement {version + 1} now.", session.simulate)


def _previous(session: Session, pool: PoolId, version: int, number: int) -> Chunk | None:
    """The chunk of the statement in force, which the index knows."""
    from trust.pools import Chunk, Roster

    if not version:
        return None
    for found in chunks_of(session, pool):
        if found.number == number:
            return Chunk(pool, number, found.start, Roster.unpack(found.roster))
    raise InputError(f"The index has no chunk {number} of pool {pool}.", hint="Run `trust index sync`.")


def _shares(text: str) -> dict[MemberId, int]:
    found: dict[MemberId, int] = {}
    for word in text.split(","):
        member, colon, share = word.strip().partition(":")
        if not colon:
            raise InputError(f"{word!r} is no share.", hint="Give MEMBER:SHARE, like 7:62.5%,9:37.5%.")
        number = parse.member(member)
        if number in found:
            raise InputError(f"Member {number} is there twice.", hint="Give each writer once.")
        found[number] = parse.share(share)
    return found
