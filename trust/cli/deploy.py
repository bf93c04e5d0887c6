"""trust deploy: the contracts, linked and handed over to the union."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import KEY, command, option
from trust.cli.session import Session
from trust.cli.show import Answer, facts, short
from trust.errors import InputError

if TYPE_CHECKING:
    from trust.chain.deploy import Union

_PAYEES = ("benefits_plan", "pipeline_fund", "union")
# Until the first rate card is published, many transactions pass; one that lies in the past is refused.
_CARD_SECONDS_LOCAL = 60
_CARD_SECONDS = 3600

UnionFile = Annotated[Path, option("--union", "FILE", "JSON: council, roles (each role's holder), payees.")]
Token = Annotated[
    str | None, option("--token", "ADDRESS", "The six-decimal dollar to pay in.", parse.address)
]
TestDollar = Annotated[bool, typer.Option("--test-dollar", help="Deploy a test dollar instead.")]
Holder = Annotated[
    str | None,
    option(
        "--holder", "ADDRESS", "Who holds a dollar to try the token with; else the deployer.", parse.address
    ),
]
Untried = Annotated[bool, typer.Option("--untried", help="Don't try the token out first.")]
Card = Annotated[Path | None, option("--card", "FILE", "First rate card; else the example one.")]
CardFrom = Annotated[
    int | None, option("--card-from", "TIME", "When the card takes effect; else in an hour.", parse.when)
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the deployment.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(
        app,
        "deploy",
        example="trust deploy --rpc URL --keystore deployer.json --token 0x... --union union.json",
        options=("rpc", *KEY, "outbox"),
    )(deploy)


def deploy(
    session: Session,
    union: UnionFile,
    token: Token = None,
    test_dollar: TestDollar = False,
    holder: Holder = None,
    untried: Untried = False,
    card: Card = None,
    card_from: CardFrom = None,
    cycle_days: Annotated[int, typer.Option(min=1, help="Length of a payroll cycle.")] = 7,
    out: Out = Path("deployment.json"),
) -> Answer:
    """Deploy the contracts, hand the roles to the union, and keep no power.

    The token is tried out first: a dollar of the holder's moves in a simulation, to the unit. The deployer
    must send nothing else meanwhile. The union file holds "council", "roles" with one address
    for each of enroller, rate_setter, steward, strike_committee, custodian and treasurer, and "payees" with
    benefits_plan, pipeline_fund and union.
    """
    if (token is None) != test_dollar:
        raise InputError("What do members get paid in?", hint="Give either --token ADDRESS or --test-dollar.")
    if out.exists():
        raise InputError(f"{out} exists already.", hint="Name another file with --out.")
    if token is not None:
        _examine(session, token, holder, untried)
    found = _send(session, union, token, card, card_from, cycle_days * 86_400)
    found.save(out)
    named = {name: short(address) for name, address in found.contracts.items()}
    lines = [f"Deployed in block {found.block} of chain {found.chain_id}; written to {out}.", *facts(named)]
    return Answer(
        {"file": out, "chain_id": found.chain_id, "block": found.block, "contracts": found.contracts}, lines
    )


def _examine(session: Session, token: str, holder: str | None, untried: bool) -> None:
    from trust.chain.dollar import require_dollar, try_dollar
    from trust.chain.node import Node

    with Node(session.settings.rpc_url) as node:
        require_dollar(node, token)
        if not untried:
            try_dollar(node, token, holder or session.account.address)


def _send(
    session: Session, union: Path, token: str | None, card: Path | None, card_from: int | None, cycle: int
) -> Any:
    from trust.chain.deploy import deploy as run
    from trust.chain.node import Node
    from trust.chain.reverts import decode_revert
    from trust.send import Outbox

    settings = session.settings
    with Node(settings.rpc_url) as node:
        chain_id = node.chain_id()
        soon = _CARD_SECONDS_LOCAL if token is None else _CARD_SECONDS
        terms = read_union(union, card, card_from or node.block().timestamp + soon)
        account = session.account
        with (
            Outbox(settings.outbox, node, chain_id, account, decode_revert=decode_revert) as box,
            session.console.status("Deploying the contracts...") as status,
        ):
            return run(
                node, box, account.address, terms, token=token, cycle_seconds=cycle,
                progress=lambda step: status.update(f"Deployed: {step}"),
            )  # fmt: skip


def read_union(path: Path, card: Path | None, card_from: int) -> Union:
    """The union file. Raises InputError when an entry is missing, unknown or no address."""
    from trust.chain.deploy import Role, Union
    from trust.rates import DEFAULT, load_card

    hint = 'It holds "council", "roles" and "payees"; see `trust deploy --help`.'
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        holders = {role: parse.address(raw["roles"][role.name.lower()]) for role in Role}
        payees = {name: parse.address(raw["payees"][name]) for name in _PAYEES}
        council = parse.address(raw["council"])
    except OSError as cause:
        raise InputError(f"The union file {path} can't be read.", hint=hint) from cause
    except KeyError as cause:
        raise InputError(f"The union file {path} lacks {cause}.", hint=hint) from cause
    except (ValueError, TypeError) as cause:
        raise InputError(f"The union file {path} is not usable: {cause}.", hint=hint) from cause
    return Union(
        council=council,
        holders=holders,
        benefits_plan=payees["benefits_plan"],
        pipeline_fund=payees["pipeline_fund"],
        dues=payees["union"],
        card=load_card(card or DEFAULT, card_from),
    )
