"""A whole trust on a local chain, with a key for everybody: for demos, tests and gas figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trust.chain.deploy import Role, Union, deploy
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.reverts import decode_revert
from trust.client import Trust
from trust.rates import DEFAULT, load_card
from trust.send import Outbox

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_ETHER = 10**18


@dataclass(frozen=True, slots=True)
class Local:
    """A deployment on a local chain and the keys of its parties. `outbox` keeps everybody's transactions."""

    rpc_url: str
    node: Node
    deployment: Deployment
    outbox: Path
    keys: dict[str, LocalAccount]
    _open: dict[str, Trust] = field(default_factory=dict)

    def as_(self, who: str) -> Trust:
        """The trust as one of the parties uses it."""
        if who not in self._open:
            self._open[who] = self.connect(self.keys[who])
        return self._open[who]

    def connect(self, account: LocalAccount) -> Trust:
        """The trust as somebody else uses it; gives the account ether for gas."""
        self.node.call("anvil_setBalance", account.address, hex(100 * _ETHER))
        return Trust.connect(self.rpc_url, deployment=self.deployment, account=account, outbox=self.outbox)

    def mint(self, wallet: str, amount: int) -> None:
        """Make test dollars."""
        self.as_("deployer").handle.write("TestDollar", "mint", wallet, amount)

    def block_wallet(self, wallet: str, blocked: bool) -> None:
        """Put a wallet on the test dollar's block list, or take it off."""
        self.as_("deployer").handle.write("TestDollar", "setBlocked", wallet, blocked)

    def close(self) -> None:
        """Close all connections."""
        for trust in self._open.values():
            trust.close()
        self.node.close()


#: Parties with keys of their own.
PARTIES = (
    "deployer",
    "council",
    "enroller",
    "rate setter",
    "steward",
    "strike committee",
    "custodian",
    "treasurer",
    "studio",
    "reporter",
    "keeper",
    "benefits plan",
    "pipeline fund",
    "union",
)


def party(name: str) -> LocalAccount:
    """The well-known key of a party on local chains, from its name. Worth nothing anywhere else."""
    from eth_account import Account
    from eth_utils.crypto import keccak

    account: LocalAccount = Account.from_key(keccak(text=f"likeness trust local chain: {name}"))
    return account


def deploy_local(
    rpc_url: str,
    outbox: Path,
    *,
    block_list: bool = True,
    cycle_seconds: int = 7 * 24 * 3600,
    card: Path = DEFAULT,
    progress: Callable[[str], None] = lambda step: None,
) -> Local:
    """Deploy on a local chain whose node lets anybody set balances (anvil). Without its `block_list` the test
    dollar costs what a plain one does."""
    node = Node(rpc_url)
    keys = {name: party(name) for name in PARTIES}
    for account in keys.values():
        node.call("anvil_setBalance", account.address, hex(100 * _ETHER))
    union = Union(
        council=keys["council"].address,
        holders={role: keys[role.name.lower().replace("_", " ")].address for role in Role},
        benefits_plan=keys["benefits plan"].address,
        pipeline_fund=keys["pipeline fund"].address,
        dues=keys["union"].address,
        # A minute ahead, because the block that publishes it comes later than the one seen now.
        card=load_card(card, node.block().timestamp + 60),
    )
    deployer = keys["deployer"]
    with Outbox(outbox, node, node.chain_id(), deployer, decode_revert=decode_revert) as box:
        deployment = deploy(
            node,
            box,
            deployer.address,
            union,
            block_list=block_list,
            cycle_seconds=cycle_seconds,
            progress=progress,
        )
    node.call("evm_increaseTime", hex(61))
    node.call("anvil_mine", "0x1")
    local = Local(rpc_url, node, deployment, outbox, keys)
    local.as_("enroller").productions.admit_studio(keys["studio"].address)
    return local
