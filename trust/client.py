"""The way in: `Trust.connect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.reverts import decode_revert
from trust.errors import DeploymentError
from trust.nouns import (
    Access,
    CollectiveLicences,
    Credits,
    Disclosures,
    Licences,
    Members,
    Payroll,
    PoolGrants,
    Pools,
    Premiums,
    Productions,
    Provenance,
    RateCard,
    Records,
    Scenes,
    Usage,
    WritersRooms,
)
from trust.nouns.handle import Handle
from trust.send import Outbox, Rules

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


class Trust:
    """One deployment, seen and used by one account; one attribute a noun.

    Every write takes `simulate=True` to see what it would do. A contract's refusal arrives as ContractRefused
    with the contract's own name and fields and what to do about it.
    """

    def __init__(
        self, node: Node, deployment: Deployment, account: LocalAccount | None, outbox: Outbox | None
    ) -> None:
        self.node = node
        self.deployment = deployment
        self.account = account
        self._outbox = outbox
        handle = Handle(node, deployment, account.address if account else None, outbox)
        self.handle = handle
        self.access = Access(handle)
        self.members = Members(handle)
        self.records = Records(handle)
        self.rate_card = RateCard(handle)
        self.productions = Productions(handle)
        self.licences = Licences(handle)
        self.scenes = Scenes(handle)
        self.usage = Usage(handle)
        self.premiums = Premiums(handle)
        self.payroll = Payroll(handle, account)
        self.pools = Pools(handle)
        self.pool_grants = PoolGrants(handle)
        self.collective_licences = CollectiveLicences(handle)
        self.provenance = Provenance(handle)
        self.credits = Credits(handle)
        self.rooms = WritersRooms(handle)
        self.disclosures = Disclosures(handle)

    @classmethod
    def connect(
        cls,
        rpc_url: str,
        *,
        deployment: Deployment | Path,
        account: LocalAccount | None = None,
        outbox: Path | None = None,
        rules: Rules | None = None,
    ) -> Self:
        """Connect to a node. With an account, `outbox` is the file in which its transactions are kept until final.

        Raises NodeUnreachable, WrongChain when the node serves another chain than the deployment was made on,
        DeploymentError when nothing is deployed there.
        """
        found = Deployment.load(deployment) if isinstance(deployment, Path) else deployment
        node = Node(rpc_url)
        node.require_chain(found.chain_id)
        if not node.code(found.address("Payroll")):
            raise DeploymentError(
                "There is no Payroll at the deployment's address.",
                hint="The chain was started anew, or the deployment file is for another one: deploy again.",
            )
        if account is not None and outbox is None:
            raise DeploymentError("An account needs an outbox file.", hint="Give `outbox`.")
        box = None
        if account is not None and outbox is not None:
            box = Outbox(outbox, node, found.chain_id, account, rules=rules, decode_revert=decode_revert)
        return cls(node, found, account, box)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the outbox and the connection."""
        if self._outbox is not None:
            self._outbox.close()
        self.node.close()
