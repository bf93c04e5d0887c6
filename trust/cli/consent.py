"""trust consent: what members sign, offline if they like."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli.command import FILE, KEY, NONE, READ, WRITE, argument, command, group, option
from trust.cli.consent_fields import build, words
from trust.cli.session import Session
from trust.cli.show import Answer, moment, write_result
from trust.errors import ConsentError, InputError
from trust.model import LicenceId, MemberId, licence_parts

if TYPE_CHECKING:
    from trust.client import Trust
    from trust.consent import SignedConsent

app = group("Consents: made by a studio, signed by a member, checked by the contracts.")

#: Kinds that aren't a member's, and whose they are.
_SIGNED_BY = {"FinalCount": "studio", "Attestation": "auditor", "CreditRevocation": "auditor"}

Path_ = Annotated[Path, argument("FILE", "The consent.")]
Fields = Annotated[
    list[str] | None,
    option("--field", "NAME=VALUE", "Once a field; dollars, times and names as everywhere."),
]


@command(
    app, "new", options=FILE,
    example='trust consent new ScanConsent --field memberId=7 --field modalities=face,voice'
    ' --field description="Scans for the vault." --out consent.json',
)  # fmt: skip
def new(
    session: Session,
    kind: Annotated[str, argument("KIND", "Like ScanConsent, SceneConsent or TrainingConsent.")],
    out: Annotated[Path, option("--out", "FILE", "Where to write it.")],
    field: Fields = None,
    contract: Annotated[
        str,
        option("--contract", "NAME", "Which checks it, where several may: PoolGrants, CollectiveLicences."),
    ] = "",
) -> Answer:
    """Write a consent for a member to sign. Nonce, deadline (30 days) and a random reference are added."""
    from trust.consent import KINDS, Consent, SignedConsent, save

    if kind not in KINDS:
        raise ConsentError(f"There is no consent called {kind!r}.", hint=f"Known: {', '.join(KINDS)}.")
    given = list(field or [])
    if kind == "ScanConsent" and not any(word.startswith("productionId=") for word in given):
        given.append("productionId=0")
    consent = Consent(kind, build(kind, given), contract)
    deployment = session.deployment
    made = SignedConsent(consent, deployment.chain_id, deployment.address(consent.contract), "", b"")
    save(made, out)
    lines = [f"Written to {out}; not signed yet.", "", *words(kind, consent.message)]
    return Answer(_json(made), lines)


@command(app, "sign", example="trust consent sign consent.json --keystore member.json", options=(*FILE, *KEY))
def sign(
    session: Session,
    file: Path_,
    out: Annotated[
        Path | None, option("--out", "FILE", "Where to write the signed one; else over FILE.")
    ] = None,
) -> Answer:
    """Sign a consent. Shows it in plain words first; needs no network."""
    from trust.consent import load, save
    from trust.consent import sign as sign_consent

    found = load(file)
    _require_ours(session, found)
    _require_in_time(found)
    session.say("You are about to sign:", *words(found.consent.kind, found.consent.message), "")
    signed = sign_consent(found.consent, session.deployment, session.account)
    save(signed, out or file)
    return Answer(_json(signed), [f"Signed with {signed.signer}; written to {out or file}."])


@command(app, "verify", example="trust consent verify consent.json --on-chain", options=READ)
def verify(
    session: Session,
    file: Path_,
    on_chain: Annotated[
        bool, typer.Option("--on-chain", help="Also ask the chain: does it bind the member, is it unused?")
    ] = False,
) -> Answer:
    """Check that a consent is for this deployment, in time, and signed over exactly its fields."""
    from trust.consent import digest, load
    from trust.consent import verify as verify_consent

    found = load(file)
    if not found.signature:
        raise ConsentError(f"{file} is not signed yet.", hint="Have the member run `trust consent sign`.")
    if len(found.signature) == 65 or not on_chain:
        verify_consent(found, session.deployment)
    else:
        _require_ours(session, found)
    _require_in_time(found)
    hashed = digest(found.consent, found.chain_id, found.contract_address)
    data = {"kind": found.consent.kind, "signer": found.signer, "digest": hashed, "valid": True}
    lines = [f"{found.consent.kind}: signed by {found.signer} over exactly these fields."]
    if on_chain:
        member = _require_binding(session.reader, found, hashed)
        data |= {"member": member, "unused": True}
        lines.append(f"The chain agrees: it binds member {member}, and is unused.")
    return Answer(data, lines)


@command(app, "show", example="trust consent show consent.json", options=NONE)
def show(session: Session, file: Path_) -> Answer:
    """Show a consent in plain words. Needs nothing but the file."""
    from trust.consent import load, signer_of

    found = load(file)
    state = "Not signed yet."
    if len(found.signature) == 65:
        fits = signer_of(found).lower() == found.signer.lower()
        state = (
            f"Signed by {found.signer}."
            if fits
            else "THE SIGNATURE DOES NOT FIT these fields. Do not use it."
        )
    elif found.signature:
        state = f"Signed by the contract wallet {found.signer}; only the chain can check that."
    deadline = found.consent.message.get("deadline")
    late = [f"Its time to be used is over since {moment(deadline)}."] if deadline and _late(deadline) else []
    text = words(found.consent.kind, found.consent.message)
    return Answer(_json(found), [found.consent.kind, *text, "", state, *late])


@command(app, "cancel", example="trust consent cancel consent.json", options=WRITE)
def cancel(
    session: Session,
    file: Path_,
    consent: Annotated[
        Path | None, option("--consent", "FILE", "The member's ConsentCancellation, when somebody relays it.")
    ] = None,
) -> Answer:
    """Withdraw a consent that was not used yet, for good. Sent by the member or a delegate, or relayed."""
    from trust.consent import load

    found = load(file)
    _require_ours(session, found)
    if "nonce" not in found.consent.message:
        raise ConsentError(
            f"A {found.consent.kind} has no nonce and can't be withdrawn.", hint="Don't send it."
        )
    signed = session.consent(consent, "ConsentCancellation")
    trust = session.sender
    member, nonce = _member_of(trust, found.consent.message), found.consent.message["nonce"]
    result = trust.members.cancel_consent(member, nonce, signed, simulate=session.simulate)
    return write_result(result, f"Consent {nonce} of member {member} withdrawn.", session.simulate)


def _json(signed: SignedConsent) -> dict[str, Any]:
    from trust.consent.files import as_json

    return as_json(signed)


def _late(deadline: int) -> bool:
    return deadline < time.time()


def _require_in_time(found: SignedConsent) -> None:
    deadline = found.consent.message.get("deadline")
    if deadline is not None and _late(deadline):
        raise ConsentError(
            f"This consent expired: it was to be used before {moment(deadline)}.",
            hint="Make a new one with `trust consent new` and have the member sign it.",
        )


def _require_ours(session: Session, found: SignedConsent) -> None:
    """Raises ConsentError when the file is for another chain or deployment."""
    deployment = session.deployment
    expected = deployment.contracts.get(found.consent.contract, "")
    if found.chain_id != deployment.chain_id or found.contract_address.lower() != expected.lower():
        raise ConsentError(
            f"The consent is for {found.consent.contract} at {found.contract_address}"
            f" on chain {found.chain_id}, not for this deployment.",
            hint="Check --deployment, or ask for a consent for this one.",
        )


def _member_of(trust: Trust, message: Mapping[str, Any]) -> MemberId:
    if "memberId" in message:
        return MemberId(message["memberId"])
    if "licenceId" in message:
        return licence_parts(LicenceId(message["licenceId"]))[1]
    if "grantId" in message:
        return MemberId(trust.usage.grant(message["grantId"])["memberId"])
    return MemberId(trust.handle.read("Records", "recordOf", message["recordId"])["memberId"])


def _require_binding(trust: Trust, found: SignedConsent, hashed: bytes) -> MemberId:
    """The member it binds, when the signature does and the nonce is unused."""
    if found.consent.kind in _SIGNED_BY:
        raise InputError(
            f"This {found.consent.kind} is signed by the {_SIGNED_BY[found.consent.kind]}, not a member.",
            hint="Verify it without --on-chain.",
        )
    member = _member_of(trust, found.consent.message)
    trust.handle.read("Members", "requireSigned", member, hashed, found.signature)
    nonce = found.consent.message.get("nonce")
    if nonce is not None and trust.handle.read("Members", "consentSpent", member, nonce):
        raise ConsentError(
            "This consent was used or cancelled already.", hint="Ask the member for one with a fresh nonce."
        )
    return member
