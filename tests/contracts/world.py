"""A union at work on a local chain, put back to the same moment before every test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak
from solidity import mined

from trust.chain.abi import interface
from trust.chain.reverts import decode_revert
from trust.chain.rpc import RpcError
from trust.consent import SignedConsent
from trust.local import Local, deploy_local, party
from trust.model import (
    NO_DEPTH_CAP,
    GrantId,
    LicenceId,
    LicenceOrder,
    Money,
    ProductionId,
    Savings,
    dollars,
    licence_id,
    mask,
)
from trust.nouns.handle import Result
from trust.screenplay import EXAMPLE_SECRET, Breakdown, breakdown, read
from trust.stage import DAY, FACE_AND_VOICE, WEEK, Player, Stage
from trust.testing import LocalChain

SCREENPLAY = Path(__file__).parents[2] / "examples" / "The-Understudy.fountain"
NOBODY = "0x" + "00" * 20
EVIDENCE = keccak(text="the evidence behind a statement")
#: One day into a payroll cycle, so that "the next cycle" is always six days off.
START = 3000 * WEEK + DAY
FIRST = "10.5240/7791-8534-2C23-9030-8610-5"
SECOND = "10.5240/0000-0000-0000-0000-0000-X"
FUNDS = dollars(1_000_000)

#: People whose keys the tests use besides the parties of every local chain.
PEOPLE = ("ann", "ben", "cleo", "stranger", "rival studio", "delegate", "guardian", "agent", "thief", "heir")


@dataclass
class World:
    """Ann is scanned, licensed (with training) and has a grant; Ben is scanned only; Cleo is neither."""

    chain: LocalChain
    stage: Stage
    breakdown: Breakdown
    production: ProductionId
    ann: Player
    ben: Player
    cleo: Player
    grant: GrantId
    #: What `file` opened, as restatements want it.
    streams: list[dict[str, Any]] = field(default_factory=list)

    @property
    def local(self) -> Local:
        return self.stage.local

    @property
    def licence(self) -> LicenceId:
        """Ann's."""
        return licence_id(self.production, self.ann.id)

    @cached_property
    def keys(self) -> dict[str, Any]:
        return self.local.keys

    def write(self, who: str, contract: str, function: str, *arguments: Any) -> Result:
        """Send as somebody."""
        return self.local.as_(who).handle.write(contract, function, *arguments)

    def raw(self, sender: str, contract: str, function: str, *arguments: Any, gas: int = 10_000_000) -> None:
        """Send from any address, a contract's too, with this gas limit; refusals as everywhere."""
        node = self.chain.node
        data = interface(contract).encode(function, *arguments)
        to = self.local.as_("keeper").handle.address(contract)
        transaction = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(gas)}
        try:
            node.call("eth_call", transaction, "latest")
        except RpcError as error:
            raise decode_revert(error.data) or error from error
        node.call("anvil_impersonateAccount", sender)
        node.call("anvil_setBalance", sender, hex(10**20))
        assert mined(node, transaction)["status"] == "0x1"

    def contract(self, name: str) -> str:
        """Address of one of the trust's contracts."""
        return self.local.as_("keeper").handle.address(name)

    def read(self, contract: str, function: str, *arguments: Any) -> Any:
        return self.local.as_("keeper").handle.read(contract, function, *arguments)

    def now(self) -> int:
        return self.stage.now()

    def go_to(self, moment: int) -> None:
        """Let time pass until a block is mined at exactly this moment (seconds)."""
        self.chain.node.call("evm_setNextBlockTimestamp", hex(moment))
        self.chain.mine()

    def address(self, who: str) -> str:
        return str(self.keys[who].address)

    def minor(self) -> Player:
        """A member of 17 whose guardian is "guardian", for another year."""
        key, wallet = party("member minor"), party("wallet of minor")
        self.keys["minor"] = key
        adult_at = self.now() + 365 * DAY
        result = self.local.as_("enroller").members.enrol(
            key.address, wallet.address, guardian=self.address("guardian"), adult_at=adult_at
        )
        assert result.id is not None
        return Player(result.id, "minor", key, wallet)

    def guardian_of(self, minor: Player) -> Player:
        """Signs in the minor's place."""
        return replace(minor, key=self.keys["guardian"])

    def order(self, player: Player, **fields: Any) -> dict[str, Any]:
        """An order at the rate card's prices; `fields` overrides any field."""
        production = fields.get("productionId", self.production)
        terms = self.stage.studio.productions.get(production)
        version = self.stage.studio.rate_card.current()
        fee, _ = self.stage.studio.rate_card.licence_fees(version, set(FACE_AND_VOICE), training=False)
        return {
            "productionId": production,
            "memberId": player.id,
            "modalities": mask(FACE_AND_VOICE),
            "training": False,
            "starts": terms["starts"],
            "expires": terms["ends"],
            "termsHash": keccak(text="terms"),
            "rateCardVersion": version,
            "licenceFee": fee,
            "trainingFee": 0,
            "maxSyntheticDepth": NO_DEPTH_CAP,
        } | fields

    def training_order(
        self, player: Player, max_depth: int = NO_DEPTH_CAP
    ) -> tuple[dict[str, Any], SignedConsent]:
        """An order with a training right, and the member's consent to it."""
        version = self.stage.studio.rate_card.current()
        _, fee = self.stage.studio.rate_card.licence_fees(version, set(FACE_AND_VOICE), training=True)
        order = self.order(player, training=True, trainingFee=fee, maxSyntheticDepth=max_depth)
        as_model = LicenceOrder(
            production=self.production,
            member=player.id,
            modalities=FACE_AND_VOICE,
            starts=order["starts"],
            expires=order["expires"],
            terms_hash=order["termsHash"],
            rate_card_version=version,
            licence_fee=order["licenceFee"],
            training_fee=Money(fee),
            max_synthetic_depth=max_depth,
        )
        return order, self.stage.training_consent(player, as_model)

    def buy(
        self, order: dict[str, Any], training: SignedConsent | None = None, who: str = "studio"
    ) -> Result:
        message = dict(training.consent.message) if training else NO_TRAINING
        return self.write(who, "Licences", "buy", order, message, training.signature if training else b"")

    def extension(self, player: Player, **fields: Any) -> SignedConsent:
        """A member's agreement that their licence ends a week later; the schedule must allow it."""
        licence = self.stage.studio.licences.get(licence_id(self.production, player.id))
        fee, _ = self.stage.studio.rate_card.licence_fees(1, set(FACE_AND_VOICE), training=False)
        message = {
            "licenceId": licence_id(self.production, player.id),
            "expires": licence["expires"] + WEEK,
            "fee": fee,
            **self.stage.once(player.id),
        }
        return self.stage.sign(player, "LicenceExtension", message | fields)

    def later_schedule(self, weeks: int = 52) -> None:
        """The studio lengthens the production's schedule."""
        terms = self.stage.studio.productions.get(self.production)
        self.stage.studio.productions.reschedule(
            self.production, terms["starts"], terms["ends"] + weeks * WEEK
        )

    def scene(self, player: Player, scene: int = 2, **terms: Any) -> dict[str, Any]:
        return self.stage.scene_consent(self.production, player, self.breakdown.leaves[scene - 1], **terms)

    def ask_scene(self, player: Player, consent: dict[str, Any], scene: int = 2) -> Result:
        """The studio asks for a grant with the member's signature over exactly `consent`."""
        signed = self.stage.sign(player, "SceneConsent", consent)
        return self.stage.studio.scenes.grant(signed, self.breakdown.proof(scene))

    def savings(self, total: int) -> Savings:
        return Savings(travel=Money(total))

    def file(self, total: int, weeks: int = 10, grant: GrantId | None = None) -> Result:
        """File that Ann's grant saved so much in all."""
        premiums = self.stage.studio.premiums
        result = premiums.file(grant or self.grant, self.savings(total), EVIDENCE, weeks * WEEK)
        self.streams += [event.args["stream"] for event in result.events if event.name == "StreamOpened"]
        return result

    def restatement(self, player: Player, total: int, **fields: Any) -> SignedConsent:
        message = {
            "grantId": self.grant,
            "savings": self.savings(total).as_struct(),
            "evidenceHash": EVIDENCE,
            **self.stage.once(player.id),
        }
        return self.stage.sign(player, "Restatement", message | fields)

    def balance(self, wallet: str) -> int:
        return int(self.read("TestDollar", "balanceOf", wallet))

    def free(self, production: ProductionId | None = None) -> int:
        return int(self.read("Payroll", "productionAccount", production or self.production)["free"])

    def empty(self) -> None:
        """The studio takes back everything that is free."""
        self.stage.studio.payroll.take_back(self.production, Money(self.free()), self.address("studio"))

    def leave_free(self, amount: int) -> None:
        """The studio takes back all but so much."""
        self.stage.studio.payroll.take_back(
            self.production, Money(self.free() - amount), self.address("studio")
        )


NO_TRAINING: dict[str, Any] = {
    "productionId": 0,
    "memberId": 0,
    "modalities": 0,
    "expires": 0,
    "rateCardVersion": 0,
    "trainingFee": 0,
    "maxSyntheticDepth": 0,
    "description": "",
    "nonce": 0,
    "deadline": 0,
}


def begin(chain: LocalChain, outbox: Path) -> World:
    """Deploys, and plays until everybody stands where `World` says."""
    local = deploy_local(chain.url, outbox)
    for name in PEOPLE:
        local.keys[name] = party(name)
    stage = Stage(local)
    scenes = breakdown(read(SCREENPLAY), EXAMPLE_SECRET)
    production = stage.register(FIRST, scenes.root)
    stage.fund(production, FUNDS)
    ann, ben, cleo = stage.enrol("ann"), stage.enrol("ben"), stage.enrol("cleo")
    for player in (ann, ben, cleo):
        local.keys[player.name] = player.key
    stage.scan(ann)
    stage.scan(ben)
    stage.license(production, ann, training=True)
    grant = stage.grant(production, ann, scenes, 1)
    return World(chain, stage, scenes, production, ann, ben, cleo, grant)


def again(world: World, local: Local) -> World:
    """The same world for a chain that was put back: nothing is remembered of what came later."""
    stage = Stage(local)
    stage._nonces.update(world.stage._nonces)
    return replace(world, stage=stage, streams=[])
