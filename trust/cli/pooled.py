"""What the commands for pool grants and collective licences share: terms files, everybody's consents, who leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import argument, option
from trust.cli.consent_fields import fresh_nonce, later
from trust.cli.pool import chunks_of, seats_among
from trust.cli.session import Session
from trust.cli.show import Answer, dollars, facts, moment, names, write_result
from trust.errors import ConsentError, ContractRefused, InputError
from trust.model import MemberId, Modality, Money, PoolId, modalities_of

if TYPE_CHECKING:
    from trust.consent import SignedConsent
    from trust.nouns.handle import Result
    from trust.nouns.pooled_consents import PooledConsents

Modalities = Annotated[
    frozenset[Modality], option("--modalities", "NAMES", "What of them, like face,voice.", parse.modalities)
]
Description = Annotated[str, option("--description", "TEXT", "The use, in plain words.")]
Until = Annotated[int, option("--until", "TIME", "When it ends.", parse.when)]
Since = Annotated[int | None, option("--from", "TIME", "When it begins; else now.", parse.when)]
Price = Annotated[
    Money | None,
    option("--price", "DOLLARS", "A use, gross, a unit; else the rate card's least.", parse.amount),
]
TermsOut = Annotated[Path, option("--out", "FILE", "Where to write the terms, for `consents`.")]
TermsFile = Annotated[Path, argument("TERMS", "The file that `open` wrote.")]
Roster = Annotated[Path, option("--roster", "FILE.csv", "Columns member,units; one member a line.")]
Folder = Annotated[Path, option("--out", "FOLDER", "Where to write a consent a member, as MEMBER.json.")]
Deadline = Annotated[
    int | None, option("--deadline", "TIME", "To be used before; else in 30 days.", parse.when)
]
Uses = Annotated[int, typer.Option("--uses", min=1, max=2**32 - 1, help="How many.")]
Consents = Annotated[Path, option("--consents", "FOLDER", "All *.json in it; those not signed yet wait.")]


def state(
    session: Session, terms: tuple[str, Mapping[str, Any]], out: Path, send: Callable[[], Result], what: str
) -> Answer:
    """State terms, of a kind and with fields. A file keeps them from before they are sent, so that none get lost."""
    from trust.consent import Terms

    if out.exists():
        raise InputError(f"{out} is there already.", hint="Give another file: members sign what is in it.")
    if session.simulate:
        return write_result(send(), f"{what} {{id}}.", True)
    Terms(*terms).save(out)
    try:
        result = send()
    except ContractRefused:
        out.unlink()
        raise
    assert result.id is not None
    Terms(*terms, PoolId(result.id)).save(out)
    said = f"{what} {{id}} opened; its terms are in {out}."
    return write_result(result, said, False, terms=str(out))


def write_consents(
    session: Session, kind: str, terms: Path, roster: Path, out: Path, deadline: int | None
) -> Answer:
    """A consent for each member of a roster to sign. Files that are there already stay as they are."""
    from trust.consent import SignedConsent, load_terms, save
    from trust.pools import read_seats

    stated, seats = load_terms(terms, kind), read_seats(roster)
    deployment = session.deployment
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    for seat in seats:
        path = out / f"{seat.member}.json"
        if path.exists():
            continue
        consent = stated.consent(seat.member, seat.units, fresh_nonce(), deadline or later())
        address = deployment.address(consent.contract)
        save(SignedConsent(consent, deployment.chain_id, address, "", b""), path)
        written += 1
    data = {"pool": stated.pool, "written": written, "there": len(seats) - written, "folder": str(out)}
    said = f"{written:,} consents to pool {stated.pool} written to {out}; each is for its member to sign."
    return Answer(data, [said])


def hand_in(session: Session, pool: PoolId, folder: Path, service: PooledConsents, kind: str) -> Answer:
    """Seat all who signed. What was handed in before is left out."""
    found, unsigned = read_consents(session, folder, kind)
    with session.progress() as bar:
        task = bar.add_task("Handing in signatures", total=len(found))
        done = service.sign(
            pool, found, simulate=session.simulate, progress=lambda count: bar.advance(task, count)
        )
    seats = [seat for chunk in done.chunks for seat in chunk.roster]
    units = sum(seat.units for seat in seats)
    sent = [
        {"transaction": one.receipt.hash, "gas_used": one.gas_used} for one in done.results if one.receipt
    ]
    data = {
        "simulated": session.simulate,
        "pool": pool,
        "consents": len(found),
        "not_signed_yet": unsigned,
        "seated": len(seats),
        "units": units,
        "chunks": [chunk.number for chunk in done.chunks],
        "transactions": sent,
    }
    waiting = f" {unsigned:,} are not signed yet." if unsigned else ""
    if session.simulate:
        said = f"Simulated, nothing sent. It would succeed, in {len(done.results)} transactions.{waiting}"
        return Answer(data, [said])
    said = f"{len(seats):,} members with {units:,} units seated in pool {pool}.{waiting}"
    return Answer(
        data, [said, *(f"Transaction {one['transaction']}, gas {one['gas_used']:,}." for one in sent)]
    )


def read_consents(session: Session, folder: Path, kind: str) -> tuple[list[SignedConsent], int]:
    """A folder's signed consents, each checked, and how many are not signed yet."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", hint="Give the folder of the consents.")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(f"There is no consent in {folder}.", hint="`consents` writes them.")
    found = []
    for path in paths:
        try:
            signed = session.signed(path, kind)
        except ConsentError as error:
            raise ConsentError(f"{path}: {error.message}", hint=error.hint) from error
        if signed.signature:
            found.append(signed)
    return found, len(paths) - len(found)


def leave(
    session: Session, pool: PoolId, member: MemberId, consent: Path | None, service: PooledConsents
) -> Answer:
    """Take a member out of a pool. Brings the index up to date first: it knows the seat."""
    signed = session.consent(consent, "PoolRevocation")
    [(chunk, _)] = seats_among(chunks_of(session, pool), pool, [member]).items()
    result = service.revoke(chunk, member, signed, simulate=session.simulate)
    said = f"Member {member} left pool {pool}."
    if result.receipt is not None:
        said = f"Member {member} left pool {pool}, and was paid {dollars(_paid(result.events))}."
    return write_result(result, said, session.simulate, pool=pool, member=member)


def deal_facts(service: PooledConsents, pool: PoolId, now: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is left of terms: as data, and for a person. Raises InputError when there are none."""
    found = service.of(pool)
    if not found["expires"]:
        raise InputError(f"There are no such terms: pool {pool}.", hint="Check the number and the group.")
    data = {"pool": pool, "state": _state(found, now), **found}
    data["modalities"] = [modality.name for modality in modalities_of(found["modalities"])]
    lines = {
        "Pool": pool,
        "State": data["state"],
        "Production": found["productionId"],
        "What of them": names(found["modalities"]),
        "Window": f"{moment(found['notBefore'])} to {moment(found['expires'])}",
        "A use pays, a unit": dollars(found["price"]),
        "Uses left": found["usesLeft"],
        "Used since the last signature": "yes" if found["used"] else "no: one is paid at the close",
    }
    return data, lines


def shown(data: dict[str, Any], lines: dict[str, Any]) -> Answer:
    """An answer of facts."""
    return Answer(data, facts(lines))


def _paid(events: Sequence[Any]) -> int:
    return sum(event.args["paid"] for event in events if event.name == "SeatsVacated")


def _state(found: Mapping[str, Any], now: int) -> str:
    if found["closed"]:
        return "closed"
    if now >= found["expires"]:
        return "over: close it"
    return "not yet begun" if now < found["notBefore"] else "open"
