"""trust licence: what a production may use of a member, and until when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import INDEX, READ, WRITE, command, group, option
from trust.cli.params import At, ConsentFile, ConsentOption, Licence
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, names, short, spoken, write_result
from trust.errors import InputError
from trust.model import NO_DEPTH_CAP, LicenceId, LicenceOrder, Modality, Money, licence_parts

if TYPE_CHECKING:
    from trust.client import Trust
    from trust.consent import SignedConsent

app = group("Licences: one production's right to one member's records. Written PRODUCTION/MEMBER.")

STATES = ("none", "active", "not yet begun", "expired", "suspended", "revoked", "production cancelled")

Fee = Annotated[Money | None, option("--fee", "DOLLARS", "Else the rate card's.", parse.amount)]
TrainingFee = Annotated[
    Money | None, option("--training-fee", "DOLLARS", "Else the rate card's.", parse.amount)
]


@command(
    app, "buy", example="trust licence buy 1/7 --modalities face,voice --terms @contract.pdf --simulate",
    options=WRITE,
)  # fmt: skip
def buy(
    session: Session,
    licence: Licence,
    modalities: Annotated[
        frozenset[Modality], option("--modalities", "NAMES", "Like face,voice.", parse.modalities)
    ],
    terms: Annotated[
        bytes, option("--terms", "HASH", "Of the written terms: 0x hash, or @FILE.", parse.hash32)
    ],
    starts: Annotated[
        int | None, option("--starts", "TIME", "Else as the production does.", parse.when)
    ] = None,
    expires: Annotated[
        int | None, option("--expires", "TIME", "Else as the production does.", parse.when)
    ] = None,
    fee: Fee = None,
    training_fee: TrainingFee = None,
    training: Annotated[
        Path | None, option("--training", "FILE", "The member's TrainingConsent, for a training right.")
    ] = None,
) -> Answer:
    """Buy a licence, at the rate card's prices unless told otherwise. Sent by the production's studio."""
    trust = session.sender
    consent = session.consent(training, "TrainingConsent")
    given = {"starts": starts, "expires": expires, "licence_fee": fee, "training_fee": training_fee}
    order = _order(trust, licence, modalities, terms, given, consent)
    result = trust.licences.buy(order, consent, simulate=session.simulate)
    paid = dollars(order.licence_fee + order.training_fee)
    said = f"Licence {slashed(licence)} bought until {moment(order.expires)} for {paid}."
    return write_result(result, said, session.simulate, order=order.as_struct())


@command(app, "extend", example="trust licence extend extension.json", options=WRITE)
def extend(session: Session, file: ConsentFile) -> Answer:
    """Move a licence's end, with the member's LicenceExtension."""
    signed = session.signed(file, "LicenceExtension")
    result = session.sender.licences.extend(signed, simulate=session.simulate)
    message = signed.consent.message
    said = f"Licence {slashed(message['licenceId'])} now ends {moment(message['expires'])}."
    return write_result(result, said, session.simulate)


@command(app, "revoke", example="trust licence revoke 1/7 --consent revocation.json", options=WRITE)
def revoke(session: Session, licence: Licence, consent: ConsentOption = None) -> Answer:
    """End a licence for good. By the member, or relayed with a LicenceRevocation."""
    signed = session.consent(consent, "LicenceRevocation")
    result = session.sender.licences.revoke(licence, signed, simulate=session.simulate)
    return write_result(result, f"Licence {slashed(licence)} revoked.", session.simulate)


@command(app, "suspend", example="trust licence suspend 1/7 --reason @decision.pdf", options=WRITE)
def suspend(
    session: Session,
    licence: Licence,
    reason: Annotated[bytes, option("--reason", "HASH", "0x hash, or @FILE.", parse.hash32)],
) -> Answer:
    """Suspend a licence. Sent by the steward."""
    result = session.sender.licences.suspend(licence, reason, simulate=session.simulate)
    return write_result(result, f"Licence {slashed(licence)} suspended.", session.simulate)


@command(app, "reinstate", example="trust licence reinstate 1/7", options=WRITE)
def reinstate(session: Session, licence: Licence) -> Answer:
    """End a suspension. Sent by the steward."""
    result = session.sender.licences.reinstate(licence, simulate=session.simulate)
    return write_result(result, f"Licence {slashed(licence)} reinstated.", session.simulate)


@command(app, "show", example="trust licence show 1/7", options=READ)
def show(session: Session, licence: Licence) -> Answer:
    """Show what a licence covers, until when, and its state now."""
    found, state = _read(session.reader, licence)
    until = found["trainingUntil"]
    lines: dict[str, Any] = {
        "Licence": slashed(licence),
        "State": state,
        "Covers": names(found["modalities"]),
        "Training": f"until {moment(until)}, {found['trainingRuns']} runs" if until else "no",
        **_cap(found["maxSyntheticDepth"]),
        "From": moment(found["starts"]),
        "Until": moment(found["expires"]),
        "Rate card": f"version {found['rateCardVersion']}",
    }
    lines |= {"Suspended": moment(found["suspendedAt"])} if found["suspendedAt"] else {}
    lines |= {"Revoked": moment(found["revokedAt"])} if found["revokedAt"] else {}
    production, member = licence_parts(licence)
    data = {"licence": licence, "production": production, "member": member, "state": state, **found}
    return Answer(data, facts(lines))


@command(app, "history", example="trust licence history 1/7", options=INDEX)
def history(session: Session, licence: Licence, at: At = None) -> Answer:
    """Show what became of a licence, its training runs and its fees, as the index says."""
    from trust.views import licence as read

    found = read(session.index, licence, at)
    changes = [
        (
            moment(one.at),
            spoken(one.what),
            "" if one.expires is None else moment(one.expires),
            short(one.tx_hash),
        )
        for one in found.history
    ]
    runs = [
        (str(one.run), moment(one.recorded_at), short(one.model_hash),
         "no" if one.retired_at is None else moment(one.retired_at))
        for one in found.runs
    ]  # fmt: skip
    fees = [
        (moment(one.at), spoken(one.kind), dollars(one.gross), dollars(one.dues), dollars(one.benefits))
        for one in found.fees
    ]
    head = {
        "Licence": slashed(licence),
        "Studio": found.studio,
        "State": f"{spoken(found.state)}, at {moment(found.now)}",
        "Covers": ", ".join(map(spoken, found.modalities)),
        "Window": f"{moment(found.starts)} to {moment(found.expires)}",
        "Grants": ", ".join(map(str, found.grants)) or "none",
    }
    body: list[str | Table] = [*facts(head), "", Table(("Date", "What", "Until", "Transaction"), changes)]
    if runs:
        body += ["", Table(("Run", "Recorded", "Model", "Retired"), runs)]
    in_all = ("", "in all", dollars(found.fees_gross), "", "")
    body += ["", Table(("Date", "Fee", "Gross", "Dues", "Benefits"), [*fees, in_all], frozenset({2, 3, 4}))]
    return Answer(found.as_json(), body)


@command(app, "train", example="trust licence train 1/7 --dataset 0x... --model @weights.bin", options=WRITE)
def train(
    session: Session,
    licence: Licence,
    dataset: Annotated[
        bytes, option("--dataset", "HASH", "Root of the data set: 0x hash, or @FILE.", parse.hash32)
    ],
    model: Annotated[bytes, option("--model", "HASH", "Of the model: 0x hash, or @FILE.", parse.hash32)],
) -> Answer:
    """Record a training run under the licence's training right."""
    result = session.sender.licences.record_training_run(licence, dataset, model, simulate=session.simulate)
    said = f"Training run {{id}} of licence {slashed(licence)} recorded."
    return write_result(result, said, session.simulate)


@command(app, "retire", example="trust licence retire 1/7 1 --evidence @deletion.pdf", options=WRITE)
def retire(
    session: Session,
    licence: Licence,
    run: Annotated[int, typer.Argument(min=1, metavar="RUN", help="Number of the training run.")],
    evidence: Annotated[bytes, option("--evidence", "HASH", "0x hash, or @FILE.", parse.hash32)],
) -> Answer:
    """Attest that a run's model was retired."""
    result = session.sender.licences.attest_retirement(licence, run, evidence, simulate=session.simulate)
    return write_result(
        result, f"Model of run {run} of licence {slashed(licence)} retired.", session.simulate
    )


def slashed(licence: int) -> str:
    """A licence's number as people write it."""
    production, member = licence_parts(LicenceId(licence))
    return f"{production}/{member}"


def _order(
    trust: Trust,
    licence: LicenceId,
    modalities: frozenset[Modality],
    terms: bytes,
    given: dict[str, Any],
    consent: SignedConsent | None,
) -> LicenceOrder:
    """What was given; else what the training consent says; else schedule and rate card."""
    production, member = licence_parts(licence)
    schedule = trust.productions.get(production)
    if not schedule["status"]:
        raise InputError(f"There is no production {production}.", hint="Register it first.")
    version = trust.rate_card.current()
    fee, training_fee = trust.rate_card.licence_fees(version, set(modalities), training=consent is not None)
    found = {
        "starts": schedule["starts"],
        "expires": schedule["ends"],
        "licence_fee": fee,
        "training_fee": training_fee,
    }
    if consent is not None:
        message = consent.consent.message
        found |= {
            "expires": message["expires"],
            "training_fee": message["trainingFee"],
            "max_synthetic_depth": message["maxSyntheticDepth"],
        }
    found |= {name: value for name, value in given.items() if value is not None}
    return LicenceOrder(
        production=production,
        member=member,
        modalities=modalities,
        terms_hash=terms,
        rate_card_version=version,
        **found,
    )


def _cap(depth: int) -> dict[str, str]:
    return {} if depth == NO_DEPTH_CAP else {"Data sets": f"at most {depth} machine generations deep"}


def _read(trust: Trust, licence: LicenceId) -> tuple[dict[str, Any], str]:
    state = STATES[trust.handle.read("Licences", "stateOf", licence)]
    if state == "none":
        raise InputError(f"There is no licence {slashed(licence)}.", hint="`trust licence buy` buys one.")
    return trust.licences.get(licence), state
