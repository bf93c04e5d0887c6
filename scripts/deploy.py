"""Deploys the trust through ape's provider: `ape run deploy --network ethereum:local:foundry`.

On a local chain everybody's key is made up and the test dollar is deployed. For any other network use `trust deploy`,
which takes a keystore and a file with the union's addresses.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from ape import networks
from ape.cli import ConnectedProviderCommand, ape_cli_context, network_option

from trust.local import deploy_local


@click.command(cls=ConnectedProviderCommand)
@ape_cli_context()
@network_option(default="ethereum:local:foundry")
@click.option("--out", type=click.Path(path_type=Path), default=Path("deployment.json"), show_default=True)
def cli(cli_ctx: object, out: Path) -> None:
    """Deploy on a local chain and write the deployment file."""
    provider = networks.provider
    if not provider.network.is_dev:
        raise click.ClickException(
            f"{provider.network.name} is not a local chain: use `trust deploy --keystore ... --union ...`."
        )
    with tempfile.TemporaryDirectory() as folder:
        local = deploy_local(provider.uri, Path(folder) / "outbox.db", progress=click.echo)
        local.deployment.save(out)
        local.close()
    click.echo(f"deployed at block {local.deployment.block}; wrote {out}")
