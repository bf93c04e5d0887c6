"""trust credit: human-audit credits on chain, from the rules to the certificate."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from trust.cli import credit_papers, parse
from trust.cli.command import INDEX, READ, WRITE, argument, command, group, option
from trust.cli.consent_fields import split_words
from trust.cli.params import ConsentFile, Production
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, moment, write_result
from trust.errors import InputError
from trust.model import MemberId

app = group("Human-audit credits: what of a production people led and what machines led, in numbers.")
credit_papers.register(app)

STATES = ("NONE", "ATTESTED", "CHALLENGED", "ISSUED", "SUPERSEDED", "REVOKED")
_DEADLINE_SECONDS = 7 * 86_400
_STUDIO = MemberId(0)

Credit = credit_papers.Credit
Reason = Annotated[
    bytes, option("--reason", "HASH", "Hash of the reason, salted; 0x or @FILE.", parse.hash32)
]
Challenger = Annotated[
    MemberId | None, option("--member", "MEMBER", "Who challenges; left out, the studio.", parse.member)
]


@command(app, "rules", example="trust credit rules --publish https://union.example/v1", options=WRITE)
def rules(
    session: Session,
    version: Annotated[int, typer.Option(min=1, help="Which version.")] = 1,
    publish: Annotated[
        str | None,
        option("--publish", "URL", "Publish the hash as the chain's next version, with the text's address."),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="The whole text, with its queries.")] = False,
) -> Answer:
    """Show the rules by which works are counted, and whether the chain has them; or publish them (steward)."""
    from trust.credit import rulebook

    found = rulebook(version)
    if publish is not None:
        result = session.sender.credits.publish_rules(found.hash, publish, simulate=session.simulate)
        return write_result(result, "Rules published, version {id}.", session.simulate, hash=found.hash)
    if text:
        return Answer({"version": version, "hash": found.hash, "text": found.text}, [found.text])
    credits = session.reader.credits
    on_chain, uri = credits.rules(version)
    current = credits.rules_version()
    agreed = "yes" if on_chain == found.hash else "NO: the chain has another text, or none"
    data = {
        "version": version,
        "hash": found.hash,
        "on_chain": on_chain,
        "agrees": on_chain == found.hash,
        "uri": uri,
        "current": current,
    }
    lines = {
        "Rules": f"version {version}",
        "Hash": "0x" + found.hash.hex(),
        "The chain's": agreed,
        "In effect": f"version {current}" if current else "none",
        "Text": uri or "with --text",
    }
    return Answer(data, facts(lines))


@command(app, "accredit", example="trust credit accredit 0x14dC...9955", options=WRITE)
def accredit(
    session: Session,
    auditor: Annotated[str, argument("ADDRESS", "The auditor's key or contract wallet.", parse.address)],
    end: Annotated[bool, typer.Option("--end", help="End the accreditation.")] = False,
) -> Answer:
    """Accredit an auditor, or end it. Sent by the enroller."""
    result = session.sender.credits.accredit(auditor, not end, simulate=session.simulate)
    said = f"{auditor} {'no longer attests' if end else 'is accredited'}."
    return write_result(result, said, session.simulate, auditor=auditor, accredited=not end)


@command(
    app, "count", options=INDEX,
    example="trust credit count 1 --auditor 0x14dC...9955 --key auditor.jwk --out attestation.json",
)  # fmt: skip
def count(
    session: Session,
    production: Production,
    block: Annotated[int | None, typer.Option(min=1, help="Count up to this block; else the last.")] = None,
    version: Annotated[int, typer.Option(min=1, help="By this version of the rules.")] = 1,
    works: Annotated[bool, typer.Option("--works", help="List every work that was counted.")] = False,
    auditor: Annotated[str | None, option("--auditor", "ADDRESS", "Who will sign.", parse.address)] = None,
    key: Annotated[
        Path | None, option("--key", "FILE", "The auditor's credential key, public or private.")
    ] = None,
    out: Annotated[Path | None, option("--out", "FILE", "Write the attestation to sign.")] = None,
) -> Answer:
    """Count a production's works by the published rules; with --out, write what the auditor signs."""
    from trust.credit import count as count_works

    counted = count_works(session.index, production, block=block, version=version)
    data = counted.as_json()
    body: list[str | Table] = [
        f"Production {production}, up to block {counted.block:,}, under rules version {version}.",
        numbers(data["human_led"], data["machine_led"]),
    ]
    if counted.unproven:
        body.append(f"{counted.unproven:,} assets are committed and not proven: this can't be attested.")
    if works:
        rows = [(work.query, work.what, "people" if work.human_led else "machine") for work in counted.works]
        body.append(Table(("Query", "Work", "Led by"), rows))
    if out is not None:
        body.append(_write_attestation(session, counted, auditor, key, out))
    return Answer(data, body)


def _write_attestation(
    session: Session, counted: Any, auditor: str | None, key: Path | None, out: Path
) -> str:
    from trust.consent import SignedConsent, save
    from trust.credit import attestation, latest_credit, load_key, thumbprint

    if auditor is None or key is None:
        raise InputError(
            "An attestation names the auditor and the credential's key.",
            hint="Give --auditor ADDRESS and --key FILE; `trust credit key FILE` makes a key.",
        )
    consent = attestation(
        counted,
        auditor=auditor,
        corrects=latest_credit(session.index, counted.production),
        key=thumbprint(load_key(key, private=False)),
        deadline=max(int(time.time()), session.index.latest() or 0) + _DEADLINE_SECONDS,
    )
    deployment = session.deployment
    save(SignedConsent(consent, deployment.chain_id, deployment.address(consent.contract), "", b""), out)
    return f"Written to {out}; not signed yet: `trust consent sign {out}`, then `trust credit attest {out}`."


@command(app, "attest", example="trust credit attest attestation.json", options=WRITE)
def attest(session: Session, file: ConsentFile) -> Answer:
    """Hand in an auditor's signed attestation. Anyone may; the challenge period begins."""
    signed = session.signed(file, "Attestation")
    result = session.sender.credits.attest(signed, simulate=session.simulate)
    production = signed.consent.message["productionId"]
    return write_result(result, f"Credit {{id}} of production {production} attested.", session.simulate)


@command(app, "challenge", example="trust credit challenge 3 --consent challenge.json", options=WRITE)
def challenge(
    session: Session,
    credit: Credit,
    reason: Annotated[
        bytes | None, option("--reason", "HASH", "Left out with --consent, which has it.", parse.hash32)
    ] = None,
    member: Challenger = None,
    consent: Annotated[
        Path | None, option("--consent", "FILE", "The member's CreditChallenge, when somebody relays it.")
    ] = None,
) -> Answer:
    """Challenge a credit that isn't issued yet. Sent by the studio or member, or relayed for a member."""
    signed = session.consent(consent, "CreditChallenge")
    if signed is not None:
        message = signed.consent.message
        if message["creditId"] != credit:
            raise InputError(
                f"The consent challenges credit {message['creditId']}.", hint="Give that number."
            )
        reason, member = message["reasonHash"], MemberId(message["memberId"])
    if reason is None:
        raise InputError("A challenge has a reason.", hint="Give --reason HASH or --consent FILE.")
    who = _STUDIO if member is None else member
    result = session.sender.credits.challenge(credit, who, reason, signed, simulate=session.simulate)
    return write_result(result, f"Credit {credit} challenged by {_named(who)}.", session.simulate)


@command(app, "rule", example="trust credit rule 3 --member 7 --uphold --reason @ruling.txt", options=WRITE)
def rule(
    session: Session,
    credit: Credit,
    reason: Reason,
    member: Challenger = None,
    uphold: Annotated[
        bool | None, typer.Option("--uphold/--dismiss", help="Upheld, it revokes the credit.")
    ] = None,
) -> Answer:
    """Rule on a challenge. Sent by the steward."""
    if uphold is None:
        raise InputError("A ruling upholds or dismisses.", hint="Give --uphold or --dismiss.")
    who = _STUDIO if member is None else member
    result = session.sender.credits.rule(credit, who, uphold, reason, simulate=session.simulate)
    said = f"The challenge by {_named(who)} of credit {credit} is {'upheld' if uphold else 'dismissed'}."
    return write_result(result, said, session.simulate)


@command(app, "issue", example="trust credit issue 1", options=WRITE)
def issue(session: Session, production: Production) -> Answer:
    """Issue a production's latest credit to its studio. Anyone may, after the challenge period."""
    result = session.sender.credits.issue(production, simulate=session.simulate)
    return write_result(result, f"Credit {{id}} of production {production} issued.", session.simulate)


@command(app, "revoke", example="trust credit revoke 3 --reason @why.txt", options=WRITE)
def revoke(
    session: Session,
    credit: Credit,
    reason: Annotated[
        bytes | None, option("--reason", "HASH", "Left out with --consent, which has it.", parse.hash32)
    ] = None,
    consent: Annotated[
        Path | None, option("--consent", "FILE", "The auditor's CreditRevocation, when somebody relays it.")
    ] = None,
) -> Answer:
    """Revoke a credit. Sent by the steward or its auditor, or relayed for the auditor."""
    signed = session.consent(consent, "CreditRevocation")
    if signed is not None:
        if signed.consent.message["creditId"] != credit:
            raise InputError("The consent revokes another credit.", hint="Give its number.")
        reason = signed.consent.message["reasonHash"]
    if reason is None:
        raise InputError("A revocation has a reason.", hint="Give --reason HASH or --consent FILE.")
    result = session.sender.credits.revoke(credit, reason, signed, simulate=session.simulate)
    return write_result(result, f"Credit {credit} revoked.", session.simulate)


@command(app, "show", example="trust credit show 3", options=READ)
def show(session: Session, credit: Credit) -> Answer:
    """Show a credit as the chain has it now."""
    found = credit_papers.existing(session, credit)
    state = STATES[found["state"]]
    lines = {
        "Credit": f"{credit} of production {found['productionId']}",
        "State": state,
        "Attested": f"{moment(found['attestedAt'])} by {found['auditor']}",
        "Challenged until": moment(found["challengeUntil"]),
        "Open challenges": found["openChallenges"],
        "Issued": moment(found["issuedAt"]),
        "Counted up to block": f"{found['asOfBlock']:,}, under rules version {found['rulesVersion']}",
        "Follows credit": found["corrects"] or "-",
        "Followed by credit": found["correctedBy"] or "-",
    }
    table = numbers(found["humanLed"], found["machineLed"])
    return Answer({"credit": credit, **found, "state": state}, [*facts(lines), table])


def numbers(human: dict[str, int], machine: dict[str, int]) -> Table:
    """Works by department."""
    rows = [(split_words(name).replace("_", " "), f"{human[name]:,}", f"{machine[name]:,}") for name in human]
    return Table(("Works", "human-led", "machine-led"), rows, frozenset({1, 2}))


def _named(member: MemberId) -> str:
    return f"member {member}" if member else "the studio"
