"""trust disclosure: machine-made material that members are given to work from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trust.cli import parse
from trust.cli.command import NONE, READ, WRITE, argument, command, group, option
from trust.cli.disclosure_list import register
from trust.cli.params import Member, Production
from trust.cli.session import Session
from trust.cli.show import Answer, facts, moment, spoken, write_result
from trust.errors import ContractRefused, InputError
from trust.model import MaterialKind, MemberId, ProductionId

if TYPE_CHECKING:
    from trust.provenance.slip import Slip

app = group(
    "Disclosures: what a machine made of the material that members work from, and what they say to it."
)
register(app)

Statement = Annotated[Path, argument("FILE", "The member's signed statement.")]
MaterialFile = Annotated[Path, argument("FILE", "The material.")]
SaltFile = Annotated[Path | None, option("--salt-file", "FILE", "The secret that salts a file's hash.")]
Hash = Annotated[bytes, option("--material", "HASH", "Its hash, as disclosed or reported.", parse.hash32)]
_REPLIES = ("none yet", "acknowledged", "contested")


@command(
    app, "disclose", options=WRITE,
    example="trust disclosure disclose 1 7 9 --kind draft --material draft.fountain --salt-file production.salt"
    ' --model "example 1" --work-starts 2027-01-11 --slip draft.slip.json',
)  # fmt: skip
def disclose(
    session: Session,
    production: Production,
    members: Annotated[list[MemberId], argument("MEMBER...", "Who is given it.", parse.member)],
    kind: Annotated[
        MaterialKind,
        option("--kind", "KIND", "beat-sheet, draft, storyboard, design, performance-reference.",
               parse.choice(MaterialKind)),
    ],
    material: Annotated[
        str, option("--material", "FILE-OR-HASH", "The file, or the hash that a member reported.")
    ],
    model: Annotated[str, option("--model", "NAME-OR-HASH", "The model that made it, with its version.")],
    work_starts: Annotated[
        int, option("--work-starts", "TIME", "When they begin to work from it.", parse.when)
    ],
    salt_file: SaltFile = None,
    slip: Annotated[
        Path | None, option("--slip", "FILE", "Write what its recipients need to check it; hand it over too.")
    ] = None,
) -> Answer:  # fmt: skip
    """Disclose machine-made material to the members who are given it. Sent by the studio or a reporter.

    Do so before the work starts: afterwards it is taken as late. A beat sheet or draft needs a writers' room that is
    large enough (`trust room status`).
    """
    material_hash, salt = _material(material, salt_file)
    model_hash = _model(model)
    if slip is not None and not session.simulate:
        # Before anything is sent, so that it can't get lost.
        _slip(session, production, kind, (material_hash, salt), model_hash, work_starts).save(slip)
    service = session.sender.disclosures
    try:
        result = service.disclose(
            production, members, kind, material_hash, model_hash, work_starts, simulate=session.simulate
        )
    except ContractRefused:
        if slip is not None:
            slip.unlink(missing_ok=True)
        raise
    late = any(event.name == "Disclosed" and event.args["late"] for event in result.events)
    who = ", ".join(str(member) for member in members)
    said = f"{spoken(kind.name).capitalize()} disclosed to member {who}{', late' if late else ''}."
    return write_result(result, said, session.simulate, material=material_hash, late=late, slip=slip)


@command(app, "acknowledge", example="trust disclosure acknowledge acknowledgement.json", options=WRITE)
def acknowledge(session: Session, file: Statement) -> Answer:
    """Hand in a member's DisclosureAcknowledgement. By anyone; the member needs no ether."""
    signed = session.signed(file, "DisclosureAcknowledgement")
    result = session.sender.disclosures.acknowledge(signed, simulate=session.simulate)
    return write_result(result, _said(signed.consent.message, "acknowledged it"), session.simulate)


@command(app, "contest", example="trust disclosure contest objection.json", options=WRITE)
def contest(session: Session, file: Statement) -> Answer:
    """Hand in a member's DisclosureContest. By anyone; the member needs no ether."""
    signed = session.signed(file, "DisclosureContest")
    result = session.sender.disclosures.contest(signed, simulate=session.simulate)
    return write_result(result, _said(signed.consent.message, "contested it"), session.simulate)


@command(app, "report", example="trust disclosure report report.json", options=WRITE)
def report(session: Session, file: Statement) -> Answer:
    """Hand in a member's UndisclosedReport of material that nobody disclosed. By anyone.

    The member hashes it with `trust disclosure hash`, writes the report with `trust consent new UndisclosedReport` and
    signs it with `trust consent sign`. The report stays, whatever the studio says to it.
    """
    signed = session.signed(file, "UndisclosedReport")
    result = session.sender.disclosures.report(signed, simulate=session.simulate)
    return write_result(result, _said(signed.consent.message, "reported it"), session.simulate)


@command(
    app, "answer", options=WRITE,
    example="trust disclosure answer 1 7 --material 0x... --evidence @handwritten.pdf",
)  # fmt: skip
def answer(
    session: Session,
    production: Production,
    member: Member,
    material: Hash,
    evidence: Annotated[
        bytes,
        option("--evidence", "HASH", "Of what shows the report wrong: 0x hash, or @FILE.", parse.hash32),
    ],
) -> Answer:
    """Answer a member's report with evidence. Sent by the studio or a reporter.

    If the report is right, disclose the same hash instead: `trust disclosure disclose ... --material HASH`.
    """
    result = session.sender.disclosures.answer(
        production, member, material, evidence, simulate=session.simulate
    )
    return write_result(result, f"The report of member {member} answered.", session.simulate)


@command(app, "hash", example="trust disclosure hash draft.pdf --salt-file mine.salt", options=NONE)
def hash_(
    session: Session,
    file: MaterialFile,
    salt_file: Annotated[Path, option("--salt-file", "FILE", "A secret; `openssl rand -hex 32` makes one.")],
) -> Answer:
    """Show the salted hash of a material, and its salt. Keep the salt file: without it the hash proves nothing."""
    material, salt = _material(str(file), salt_file)
    lines = facts({"Material": "0x" + material.hex(), "Salt": "0x" + (salt or b"").hex()})
    return Answer({"material": material, "salt": salt}, lines)


@command(
    app, "check", options=READ,
    example="trust disclosure check draft.fountain --slip draft.slip.json --member 7 --acknowledge mine.json",
)  # fmt: skip
def check(
    session: Session,
    file: MaterialFile,
    slip: Annotated[Path, option("--slip", "FILE", "The slip that came with it.")],
    member: Annotated[
        MemberId | None,
        option("--member", "NUMBER", "Also ask the chain what this one was told.", parse.member),
    ] = None,
    acknowledge: Annotated[
        Path | None, option("--acknowledge", "FILE", "Write the acknowledgement for the member to sign.")
    ] = None,
) -> Answer:
    """Check that a material is the one that was disclosed. Without --member it needs no network."""
    from trust.provenance.commitment import read_content
    from trust.provenance.slip import load_slip

    found = load_slip(slip)
    if not found.fits(read_content(file)):
        hint = "Ask the studio which file it disclosed. If it gave you this one, report it as not disclosed."
        raise InputError(f"{file} is not the material of {slip}.", hint=hint)
    data: dict[str, Any] = {"fits": True, **found.as_json()}
    lines = [f"{file} is the material of {slip}, to the byte.", *_slip_facts(found)]
    if member is None:
        if acknowledge is not None:
            raise InputError("Whose acknowledgement?", hint="Give --member NUMBER.")
        return Answer(data, lines)
    state = _told(session, found, member)
    data |= {"member": member, "state": state}
    lines += ["", *_state_facts(found, member, state)]
    if acknowledge is not None:
        lines.append(_write_acknowledgement(session, found, member, state, acknowledge))
    return Answer(data, lines)


def _material(text: str, salt_file: Path | None) -> tuple[bytes, bytes | None]:
    """A material's hash, and its salt when it is a file."""
    if re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text[2:]), None
    from trust.provenance.commitment import commitment, content_salt, private_secret, read_content

    if salt_file is None:
        raise InputError("A file's hash needs a salt.", hint="Give --salt-file FILE, the production secret.")
    secret, content = private_secret(salt_file), read_content(Path(text))
    salt = content_salt(secret, content)
    return commitment(salt, content), salt


def _model(text: str) -> bytes:
    from trust.provenance.asset import model_hash

    if not text.strip():
        raise InputError("Which model made it?", hint='Give its name and version, like --model "example 1".')
    return parse.hash32(text) if text.startswith("0x") else model_hash(text)


def _slip(
    session: Session,
    production: ProductionId,
    kind: MaterialKind,
    material: tuple[bytes, bytes | None],
    model: bytes,
    work_starts: int,
) -> Slip:
    """Of a material's hash and salt. Raises InputError without a salt."""
    from trust.provenance.slip import Slip

    material_hash, salt = material
    if salt is None:
        hint = "Give --material FILE and --salt-file FILE, or leave out --slip."
        raise InputError("A slip needs the material's salt.", hint=hint)
    deployment = session.deployment
    contract = deployment.address("Disclosures")
    return Slip(deployment.chain_id, contract, production, kind, material_hash, salt, model, work_starts)


def _told(session: Session, slip: Slip, member: MemberId) -> dict[str, Any]:
    """What the chain knows. Raises InputError for a slip of another deployment."""
    deployment = session.deployment
    expected = (deployment.chain_id, deployment.address("Disclosures").lower())
    if (slip.chain_id, slip.contract.lower()) != expected:
        hint = "Check --deployment, or ask the studio for a slip of this one."
        raise InputError(f"The slip is for chain {slip.chain_id}, {slip.contract}.", hint=hint)
    state = session.reader.disclosures.state(slip.production, member, slip.material)
    if state["disclosedAt"]:
        told = (MaterialKind(state["kind"]), state["workStarts"])
        if told != (slip.kind, slip.work_starts):
            raise InputError(
                f"The slip says {spoken(slip.kind.name)} from {moment(slip.work_starts)}, the chain"
                f" {spoken(told[0].name)} from {moment(told[1])}.",
                hint="Ask the studio for the slip of what it disclosed, or contest the disclosure.",
            )
    return state


def _slip_facts(slip: Slip) -> list[str]:
    return facts(
        {
            "Production": slip.production,
            "Material": spoken(slip.kind.name),
            "Hash": "0x" + slip.material.hex(),
            "Model (hash)": "0x" + slip.model.hex(),
            "Work starts": moment(slip.work_starts),
        }
    )


def _state_facts(slip: Slip, member: MemberId, state: dict[str, Any]) -> list[str]:
    if not state["disclosedAt"]:
        said = "The member reported it." if state["reportedAt"] else "The member can report it."
        return [f"It was NOT disclosed to member {member}. {said}"]
    late = state["reportedAt"] or state["disclosedAt"] >= slip.work_starts
    return facts(
        {
            f"Disclosed to member {member}": moment(state["disclosedAt"]) + (", LATE" if late else ""),
            "Reported before": moment(state["reportedAt"]) if state["reportedAt"] else "no",
            "Reply": _REPLIES[state["reply"]],
        }
    )


def _write_acknowledgement(
    session: Session, slip: Slip, member: MemberId, state: dict[str, Any], out: Path
) -> str:
    from trust.cli.consent_fields import later
    from trust.consent import Consent, SignedConsent, save

    if not state["disclosedAt"] or state["reply"]:
        hint = "Only what was disclosed can be acknowledged, and once."
        raise InputError(f"There is nothing for member {member} to acknowledge.", hint=hint)
    message = {
        "productionId": slip.production,
        "memberId": member,
        "kind": int(slip.kind),
        "materialHash": slip.material,
        "deadline": later(),
    }
    consent = Consent("DisclosureAcknowledgement", message)
    deployment = session.deployment
    save(SignedConsent(consent, deployment.chain_id, deployment.address(consent.contract), "", b""), out)
    return f"Written to {out}; sign it with `trust consent sign {out}`."


def _said(message: Any, what: str) -> str:
    return f"Member {message['memberId']} {what} at production {message['productionId']}."
