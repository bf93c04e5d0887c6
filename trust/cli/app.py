"""All commands."""

from __future__ import annotations

import typer

from trust.cli import (
    audit,
    collective_licence,
    consent,
    credit,
    demo,
    deploy,
    disclosure,
    index,
    keeper,
    key,
    licence,
    member,
    payroll,
    pool,
    pool_grant,
    premium,
    production,
    provenance,
    rate_card,
    record,
    reports,
    room,
    scene,
    screenplay,
    serve,
    training,
    usage,
)
from trust.cli.command import OneLine

app = typer.Typer(
    cls=OneLine,
    help="Likeness Trust: licences, streamed pay and audited usage of performers' digital replicas.",
    epilog="Amounts are dollars with up to six decimals; times are ISO 8601 (UTC) or Unix seconds. "
    "Every command takes --json. "
    "Exit codes: 2 input, 3 node or transaction, 4 a contract refused, 5 index, 6 setup, "
    "7 an audit found a broken promise, a false pack or proof, or an item that isn't licensed, "
    "8 a pack or proof that nothing was given to compare with, "
    "21 to 27 what `trust provenance check` found.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)

demo.register(app)
deploy.register(app)
for name, group in (
    ("key", key.app),
    ("screenplay", screenplay.app),
    ("consent", consent.app),
    ("member", member.app),
    ("record", record.app),
    ("rate-card", rate_card.app),
    ("production", production.app),
    ("licence", licence.app),
    ("scene", scene.app),
    ("usage", usage.app),
    ("premium", premium.app),
    ("payroll", payroll.app),
    ("pool", pool.app),
    ("pool-grant", pool_grant.app),
    ("collective-licence", collective_licence.app),
    ("room", room.app),
    ("disclosure", disclosure.app),
    ("credit", credit.app),
    ("keeper", keeper.app),
    ("index", index.app),
    ("audit", audit.app),
    ("provenance", provenance.app),
    ("training", training.app),
):
    app.add_typer(group, name=name)
reports.register(app)
serve.register(app)


def main() -> None:
    """The program `trust`."""
    app(prog_name="trust")
