"""trust pool-grant: the second opt-in of a crowd to one scene."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from trust.cli import parse, pooled
from trust.cli.command import FILE, READ, WRITE, command, group, option
from trust.cli.params import ConsentOption, Member, Pool, Production
from trust.cli.scene import Number, ProofFile, Salt, Script, scene_proof
from trust.cli.session import Session
from trust.cli.show import Answer, write_result
from trust.model import AssetClass, BackgroundTerms, Money, ReplicaType, Representation

app = group(
    "Pool grants: a crowd's second opt-in to one scene, a signature each; everybody is paid by units."
)

_KIND, _TERMS = "BackgroundConsent", "BackgroundTerms"


@command(
    app, "open", options=WRITE,
    example="trust pool-grant open 1 --proof proof.json --modalities face --uses 5 --until 2027-03-01"
    ' --description "I cross the square." --out terms.json',
)  # fmt: skip
def open_(
    session: Session,
    production: Production,
    modalities: pooled.Modalities,
    uses: pooled.Uses,
    until: pooled.Until,
    description: pooled.Description,
    out: pooled.TermsOut,
    since: pooled.Since = None,
    price: pooled.Price = None,
    counsel: Annotated[
        bool, typer.Option("--counsel", help="Advised by counsel; else by the union.")
    ] = False,
    proof: ProofFile = None,
    screenplay: Script = None,
    salt_file: Salt = None,
    scene: Number = None,
) -> Answer:
    """State the terms of a crowd's scene, for all to sign. Sent by the production's studio."""
    from trust.consent import describe

    siblings, leaf = scene_proof(proof, screenplay, salt_file, scene)
    trust = session.sender
    version = trust.rate_card.current()
    fee, iteration, _ = trust.rate_card.scene_fees(
        version, set(modalities), AssetClass.PASSIVE, ReplicaType.BACKGROUND
    )
    terms = BackgroundTerms(
        production=production,
        scene_hash=leaf,
        rate_card_version=version,
        description=describe(description),
        modalities=modalities,
        price=Money(fee + iteration) if price is None else price,
        max_uses=uses,
        not_before=trust.handle.now() if since is None else since,
        expires=until,
        representation=Representation.COUNSEL if counsel else Representation.UNION,
    )
    send = partial(trust.pool_grants.open, terms, siblings, simulate=session.simulate)
    return pooled.state(session, (_TERMS, terms.as_struct()), out, send, "Pool grant")


@command(
    app, "consents", options=FILE,
    example="trust pool-grant consents terms.json --roster crowd.csv --out consents",
)  # fmt: skip
def consents(
    session: Session,
    terms: pooled.TermsFile,
    roster: pooled.Roster,
    out: pooled.Folder,
    deadline: pooled.Deadline = None,
) -> Answer:
    """Write a consent for each of a crowd to sign with `trust consent sign`. Needs no network."""
    return pooled.write_consents(session, _TERMS, terms, roster, out, deadline)


@command(app, "sign", example="trust pool-grant sign 1 --consents consents", options=WRITE)
def sign(session: Session, pool: Pool, consents: pooled.Consents) -> Answer:
    """Seat all who signed, and set their uses' cost aside. Again when more have signed, or after an interruption."""
    return pooled.hand_in(session, pool, consents, session.sender.pool_grants, _KIND)


@command(
    app, "use", options=WRITE,
    example="trust pool-grant use 1 --output @crowd.mov --prompt 0x... --model 0x...",
)  # fmt: skip
def use(
    session: Session,
    pool: Pool,
    output: Annotated[bytes, option("--output", "HASH", "0x hash, or @FILE.", parse.hash32)],
    prompt: Annotated[bytes, option("--prompt", "HASH", "Salted commitment to the prompt.", parse.hash32)],
    model: Annotated[bytes, option("--model", "HASH", "0x hash, or @FILE.", parse.hash32)],
    uses: pooled.Uses = 1,
) -> Answer:
    """Record uses of the whole crowd as they are made. Everybody who sits is paid for each."""
    result = session.sender.pool_grants.use(pool, uses, output, prompt, model, simulate=session.simulate)
    said = f"{uses:,} use{'' if uses == 1 else 's'} of pool {pool} recorded and paid into it."
    return write_result(result, said, session.simulate)


@command(
    app, "revoke", options=(*WRITE, "index"),
    example="trust pool-grant revoke 1 7 --consent revocation.json",
)  # fmt: skip
def revoke(session: Session, pool: Pool, member: Member, consent: ConsentOption = None) -> Answer:
    """Pay a member's seat and end the use of it. By the member, or relayed with a PoolRevocation."""
    return pooled.leave(session, pool, member, consent, session.sender.pool_grants)


@command(app, "close", example="trust pool-grant close 1", options=WRITE)
def close(session: Session, pool: Pool) -> Answer:
    """End a grant that has run out: frees what is set aside, and pays a use if none was made. By anyone."""
    result = session.sender.pool_grants.close(pool, simulate=session.simulate)
    return write_result(result, f"Pool grant {pool} closed.", session.simulate)


@command(app, "show", example="trust pool-grant show 1", options=READ)
def show(session: Session, pool: Pool) -> Answer:
    """Show what is left of a crowd's grant. `trust pool show` has its money."""
    trust = session.reader
    data, lines = pooled.deal_facts(trust.pool_grants, pool, trust.handle.now())
    units = trust.pools.of(pool)["units"]
    return pooled.shown(data | {"units": units}, lines | {"Units seated": f"{units:,}"})
