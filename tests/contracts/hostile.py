"""A second deployment, with a dollar that the test controls."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from solidity import tell
from world import World

from trust.chain.deploy import Role, Union, deploy
from trust.chain.reverts import decode_revert
from trust.local import Local
from trust.model import Money, ProductionId
from trust.rates import DEFAULT, load_card
from trust.send import Outbox
from trust.stage import Player, Stage

MOODS = (
    "PLAIN",
    "REVERTS",
    "RETURNS_FALSE",
    "BURNS_GAS",
    "RETURN_BOMB",
    "RETURNS_NOTHING",
    "RETURNS_TWO",
    "REENTERS",
    "RETURNS_BYTE",
)


@dataclass
class Hostile:
    """A union whose dollar misbehaves towards wallets as it is told to."""

    world: World
    token: str
    stage: Stage
    production: ProductionId

    @property
    def local(self) -> Local:
        return self.stage.local

    def fund(self, amount: int) -> None:
        studio = self.local.as_("studio").handle
        self.local.mint(self.local.keys["studio"].address, amount)
        studio.write("TestDollar", "approve", self.payroll, amount)
        studio.write("Payroll", "fund", self.production, amount)

    def licensed(self, name: str) -> Player:
        """A new member with a licence, and so with pay that is due."""
        player = self.stage.enrol(name)
        self.stage.scan(player)
        self.stage.license(self.production, player)
        return player

    def mood(self, wallet: str, mood: str) -> None:
        tell(self.world.chain, self.token, "setMood(address,uint8)", wallet, MOODS.index(mood))

    def due(self, player: Player) -> Money:
        return self.stage.studio.payroll.due(player.id)[0]

    def balance(self, wallet: str) -> int:
        return self.stage.studio.payroll.balance(wallet)

    @property
    def payroll(self) -> str:
        return self.local.deployment.address("Payroll")

    def held(self) -> int:
        return self.balance(self.payroll)


def deploy_with(world: World, token: str, outbox: Path) -> Hostile:
    """The whole trust once more, on another dollar, with a production that has no funds yet."""
    old = world.local
    deployer = old.keys["deployer"]
    union = Union(
        council=old.keys["council"].address,
        holders={role: old.keys[role.name.lower().replace("_", " ")].address for role in Role},
        benefits_plan=old.keys["benefits plan"].address,
        pipeline_fund=old.keys["pipeline fund"].address,
        dues=old.keys["union"].address,
        card=load_card(DEFAULT, old.node.block().timestamp + 60),
    )
    with Outbox(outbox, old.node, old.node.chain_id(), deployer, decode_revert=decode_revert) as box:
        deployment = deploy(old.node, box, deployer.address, union, token=token)
    world.chain.increase_time(61)
    local = Local(old.rpc_url, old.node, deployment, outbox, dict(old.keys))
    local.as_("enroller").productions.admit_studio(local.keys["studio"].address)
    stage = Stage(local)
    production = stage.register("10.5240/7791-8534-2C23-9030-8610-5", world.breakdown.root)
    return Hostile(world, token, stage, production)
