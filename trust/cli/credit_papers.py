"""trust credit: what of a credit leaves the chain: the label, the credential, the status list; and checking them."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.audit_pack import FALSE, NOT_COMPARED, own_deployment
from trust.cli.command import INDEX, NONE, READ, argument, command, option
from trust.cli.session import Session
from trust.cli.show import Answer, facts, moment, print_answer
from trust.cli.written import read_file, require_free, write_whole
from trust.errors import InputError

if TYPE_CHECKING:
    from trust.credit import Checked, Credential

_DAY = 86_400
_ISSUED = 3


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise InputError(f"{text!r} is not the number of a credit.", hint="Credits are numbered from 1.")
    return int(text)


Credit = Annotated[int, argument("CREDIT", "Number of the credit.", _number)]
KeyFile = Annotated[Path, option("--key", "FILE", "The auditor's credential key.")]
Out = Annotated[Path | None, option("--out", "FILE", "Where to write it.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "key", example="trust credit key auditor.jwk", options=NONE)(key)
    command(app, "label", example="trust credit label 3 --out label.png --width 1920", options=READ)(label)
    command(
        app, "credential", options=(*READ, "index"),
        example="trust credit credential 3 --key auditor.jwk --status-url https://auditor.example/status/1",
    )(credential)  # fmt: skip
    command(
        app, "status-list", options=INDEX,
        example="trust credit status-list --key auditor.jwk --url https://auditor.example/status/1",
    )(status_list)  # fmt: skip
    command(app, "recount", example="trust credit recount 3", options=INDEX)(recount)
    command(
        app, "check", options=READ,
        example="trust credit check credit-3.jwt --block-hash 0x5c1f... --status-list status-list.jwt",
    )(check)  # fmt: skip


def key(
    session: Session,
    file: Annotated[Path, argument("FILE", "Where to keep it: a private JWK.")],
    ed25519: Annotated[bool, typer.Option("--ed25519", help="Ed25519 instead of ES256 (P-256).")] = False,
) -> Answer:
    """Make an auditor's key for credentials. Its thumbprint goes into attestations."""
    from trust.credit import did_of, new_key, save_key, thumbprint

    made = new_key("Ed25519" if ed25519 else "ES256")
    save_key(made, file)
    data = {"file": str(file), "thumbprint": thumbprint(made), "did": did_of(made)}
    lines = {"Written to": file, "Thumbprint": "0x" + thumbprint(made).hex(), "Issuer": did_of(made)}
    return Answer(data, facts(lines))


def label(
    session: Session,
    credit: Credit,
    out: Out = None,
    width: Annotated[int, typer.Option(min=16, max=8_192, help="Of a PNG, in pixels.")] = 960,
    force: Force = False,
) -> Answer:
    """Write a credit's label as the chain draws it now: an SVG, or a PNG if FILE ends in .png."""
    from trust.credit import png

    path = out or Path(f"credit-{credit}.svg")
    existing(session, credit)
    svg = session.reader.credits.label(credit)
    content = png(svg, width) if path.suffix.lower() == ".png" else svg
    write_whole(path, content, force=force)
    return Answer({"file": str(path), "bytes": len(content)}, [f"Wrote {path}."])


def credential(
    session: Session,
    credit: Credit,
    key: KeyFile,
    status_url: Annotated[
        str | None, option("--status-url", "URL", "Where the auditor serves the status list.")
    ] = None,
    out: Out = None,
    force: Force = False,
) -> Answer:
    """Write an issued credit as a verifiable credential, with its proof. Needs a synced index and its node."""
    from trust.credit import credential as make
    from trust.credit import issued, load_key
    from trust.evidence.alone import carry_alone
    from trust.evidence.blocks import Blocks

    path = out or Path(f"credit-{credit}.jwt")
    require_free(path, force=force)
    found = issued(session.index, credit)
    blocks = Blocks(session.reader.node, session.deployment)
    proof = carry_alone(blocks, found.block_hash, found.tx_index)
    text = make(found, proof, load_key(key), status_list=status_url)
    write_whole(path, text, force=force)
    data = {"file": str(path), "credit": credit, "block_hash": found.block_hash}
    return Answer(data, [f"Wrote {path}. It checks against the block 0x{found.block_hash.hex()}."])


def status_list(
    session: Session,
    key: KeyFile,
    url: Annotated[str, option("--url", "URL", "Where it will be served.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it may be used.")] = 1,
    out: Out = None,
    force: Force = False,
) -> Answer:
    """Write the list of credits that no longer stand, from the index, signed by an auditor."""
    from trust.credit import fallen, load_key
    from trust.credit import status_list as make

    path = out or Path("status-list.jwt")
    over = fallen(session.index)
    text = make(over, load_key(key), url=url, now=int(time.time()), valid_seconds=days * _DAY)
    write_whole(path, text, force=force)
    data = {"file": str(path), "block": over.block, "revoked": over.credits}
    return Answer(
        data, [f"Wrote {path}: {len(over.credits)} credits no longer stand at block {over.block:,}."]
    )


def recount(session: Session, credit: Credit) -> None:
    """Count again what an auditor attested, as of the same block, and compare. Exits with 7 when they differ."""
    from trust.credit import attested, differences
    from trust.credit import recount as again

    told = attested(session.index, credit)
    counted = again(session.index, told)
    found = [*differences(counted, told)]
    if counted.evidence_root != told["evidenceRoot"]:
        found.append("the evidence is of other works")
    said = [f"Credit {credit} says what the rules count up to block {counted.block:,}."]
    data = {"credit": credit, "agrees": not found, "differences": found, "count": counted.as_json()}
    print_answer(
        Answer(data, [f"Credit {credit} differs: {what}." for what in found] or said), session.as_json
    )
    if found:
        raise typer.Exit(FALSE)


def check(
    session: Session,
    file: Annotated[Path, argument("FILE", "The credential.")],
    block_hash: Annotated[
        bytes | None,
        option("--block-hash", "HASH", "Its block's hash, from a source of yours.", parse.hash32),
    ] = None,
    list_file: Annotated[
        Path | None, option("--status-list", "FILE", "The status list that it names.")
    ] = None,
    issuer: Annotated[
        str | None, option("--status-issuer", "DID", "Who signs that list, if not the auditor.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Ask a node whether it stands now.")] = False,
) -> None:
    """Check a credential: offline as of its block, and whether it stands now by status list or node.

    Exits with 0 when it is valid, 7 when it is false or no longer stands, and 8 when all in it fits together
    but no block hash was given to compare.
    """
    from trust.credit import check as examine

    deployment = own_deployment(session)
    contract = deployment.address("HumanAuditCredits") if deployment else None
    checked = examine(_text(file), block_hash=block_hash, contract=contract)
    found = checked.credential
    stands: dict[str, bool | str] = {}
    if found is not None and list_file is not None:
        stands["status_list"] = _by_list(found, list_file, issuer)
    if found is not None and now:
        stands["node"] = _by_node(session, found)
    data = {"verdict": checked.verdict, "fault": checked.fault, "stands": stands}
    if found is not None:
        plain = {name: value for name, value in asdict(found).items() if name != "payload"}
        data["credential"] = plain
    print_answer(Answer(data, _said(checked, stands)), session.as_json)
    false = checked.verdict == "false" or any(value is not True for value in stands.values())
    if false or checked.verdict == "consistent":
        raise typer.Exit(FALSE if false else NOT_COMPARED)


def existing(session: Session, credit: int) -> dict[str, Any]:
    """A credit as the chain has it. Raises InputError when there is none."""
    found = session.reader.credits.get(credit)
    if found["state"] == 0:
        raise InputError(f"There is no credit {credit}.", hint="Credits are numbered from 1.")
    return found


def _text(path: Path) -> str:
    return read_file(path).decode("latin-1").strip()


def _by_list(found: Credential, path: Path, issuer: str | None) -> bool | str:
    """Whether it stands; a fault in words when the list can't say."""
    from trust.credit import Unsound
    from trust.credit import stands as ask

    try:
        return ask(found, _text(path), now=int(time.time()), issuer=issuer)
    except Unsound as fault:
        return str(fault)


def _by_node(session: Session, found: Credential) -> bool:
    credits = session.reader.credits
    kept = credits.get(found.credit)
    return bool(kept["state"] == _ISSUED and kept["attestationHash"] == found.attestation_hash)


def _said(checked: Checked, stands: dict[str, bool | str]) -> list[str]:
    found = checked.credential
    if found is None:
        return [f"False: {checked.fault}"]
    about = f"credit {found.credit} of production {found.attestation['productionId']}"
    said = [f"Valid: {about} was issued in block {found.block:,}, {moment(found.at)}."]
    if checked.verdict == "consistent":
        said = [
            f"Consistent with itself, not yet anchored: {about}.",
            f"Compare block {found.block}, hash 0x{found.block_hash.hex()}, with a source of yours,"
            " then give it: --block-hash HASH.",
        ]
    said.append(f"It is of the contract {found.contract} on chain {found.chain_id}.")
    for source, answer in stands.items():
        name = "The status list" if source == "status_list" else "The chain"
        told = "it stands." if answer is True else "it NO LONGER stands." if answer is False else answer
        said.append(f"{name}: {told}")
    return said
