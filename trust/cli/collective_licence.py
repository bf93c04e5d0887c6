"""trust collective-licence: many members' records for one training run."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from trust.cli import parse, pooled
from trust.cli.command import FILE, READ, WRITE, command, group, option
from trust.cli.params import ConsentOption, Member, Pool, Production
from trust.cli.session import Session
from trust.cli.show import Answer, short, write_result
from trust.model import CollectiveTerms, Money

app = group("Collective licences: one training run on the records of all who sign for it, paid by units.")

_KIND, _TERMS = "CollectiveTrainingConsent", "CollectiveTerms"


@command(
    app, "open", options=WRITE,
    example="trust collective-licence open 1 --modalities motion --until 2027-03-01"
    ' --description "One model of how people walk." --out terms.json',
)  # fmt: skip
def open_(
    session: Session,
    production: Production,
    modalities: pooled.Modalities,
    until: pooled.Until,
    description: pooled.Description,
    out: pooled.TermsOut,
    since: pooled.Since = None,
    price: pooled.Price = None,
) -> Answer:
    """State the terms of a training run, for all to sign. Sent by the production's studio."""
    from trust.consent import describe

    trust = session.sender
    version = trust.rate_card.current()
    _, fee = trust.rate_card.licence_fees(version, set(modalities), training=True)
    terms = CollectiveTerms(
        production=production,
        rate_card_version=version,
        description=describe(description),
        modalities=modalities,
        price=Money(fee) if price is None else price,
        not_before=trust.handle.now() if since is None else since,
        expires=until,
    )
    send = partial(trust.collective_licences.open, terms, simulate=session.simulate)
    return pooled.state(session, (_TERMS, terms.as_struct()), out, send, "Collective licence")


@command(
    app, "consents", options=FILE,
    example="trust collective-licence consents terms.json --roster members.csv --out consents",
)  # fmt: skip
def consents(
    session: Session,
    terms: pooled.TermsFile,
    roster: pooled.Roster,
    out: pooled.Folder,
    deadline: pooled.Deadline = None,
) -> Answer:
    """Write a consent for each member to sign with `trust consent sign`. Needs no network."""
    return pooled.write_consents(session, _TERMS, terms, roster, out, deadline)


@command(app, "sign", example="trust collective-licence sign 2 --consents consents", options=WRITE)
def sign(session: Session, pool: Pool, consents: pooled.Consents) -> Answer:
    """Seat all who signed, and set the run's cost aside. Again when more have signed, or after an interruption."""
    return pooled.hand_in(session, pool, consents, session.sender.collective_licences, _KIND)


@command(
    app, "train", options=WRITE,
    example="trust collective-licence train 2 --dataset @manifest.json --model @model.bin",
)  # fmt: skip
def train(
    session: Session,
    pool: Pool,
    dataset: Annotated[
        bytes, option("--dataset", "HASH", "Root of the data set: 0x hash, or @FILE.", parse.hash32)
    ],
    model: Annotated[bytes, option("--model", "HASH", "Of the model: 0x hash, or @FILE.", parse.hash32)],
) -> Answer:
    """Record the one training run on the records of all who signed. Pays them."""
    service = session.sender.collective_licences
    result = service.record_training_run(pool, dataset, model, simulate=session.simulate)
    return write_result(result, f"The training run of pool {pool} recorded and paid.", session.simulate)


@command(
    app, "retire", example="trust collective-licence retire 2 --evidence @deletion.pdf", options=WRITE
)  # fmt: skip
def retire(
    session: Session,
    pool: Pool,
    evidence: Annotated[bytes, option("--evidence", "HASH", "0x hash, or @FILE.", parse.hash32)],
) -> Answer:
    """Attest that the run's model was retired."""
    service = session.sender.collective_licences
    result = service.attest_retirement(pool, evidence, simulate=session.simulate)
    return write_result(result, f"The model of pool {pool} retired.", session.simulate)


@command(
    app, "revoke", options=(*WRITE, "index"),
    example="trust collective-licence revoke 2 7 --consent revocation.json",
)  # fmt: skip
def revoke(session: Session, pool: Pool, member: Member, consent: ConsentOption = None) -> Answer:
    """Pay a member's seat and leave the records out. By the member, or relayed with a PoolRevocation."""
    return pooled.leave(session, pool, member, consent, session.sender.collective_licences)


@command(app, "close", example="trust collective-licence close 2", options=WRITE)
def close(session: Session, pool: Pool) -> Answer:
    """End a licence that has run out; pays the run if none was made. By anyone."""
    result = session.sender.collective_licences.close(pool, simulate=session.simulate)
    return write_result(result, f"Collective licence {pool} closed.", session.simulate)


@command(app, "show", example="trust collective-licence show 2", options=READ)
def show(session: Session, pool: Pool) -> Answer:
    """Show what is left of a collective licence. `trust pool show` has its money."""
    trust = session.reader
    data, lines = pooled.deal_facts(trust.collective_licences, pool, trust.handle.now())
    units, model = trust.pools.of(pool)["units"], trust.collective_licences.open_run(pool)
    trained = model if any(model) else None
    lines |= {"Units seated": f"{units:,}", "Model to retire": short(trained) if trained else "none"}
    return pooled.shown(data | {"units": units, "model": trained}, lines)
