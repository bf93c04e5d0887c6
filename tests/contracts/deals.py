"""Terms that many sign: a pool grant's crowd, or a collective licence, as its studio and members deal with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ensembles import Ensemble
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from model import BACKGROUND, BENEFITS, DUES, down, on_top
from world import EVIDENCE, World

from trust.consent import SignedConsent, describe
from trust.consent.types import STRUCTS
from trust.model import AssetClass, BackgroundTerms, CollectiveTerms, Money, PoolId, ReplicaType
from trust.nouns.handle import Result
from trust.nouns.pools import seated
from trust.pools import Chunk
from trust.stage import DAY, FACE_AND_VOICE, Player

KINDS = {"PoolGrants": "BackgroundConsent", "CollectiveLicences": "CollectiveTrainingConsent"}
TERMS = {"PoolGrants": "BackgroundTerms", "CollectiveLicences": "CollectiveTerms"}
OUTPUT, PROMPT, MODEL = (keccak(text=word) for word in ("a crowd crosses", "prompt", "model"))
#: The scene of the breakdown that crowds are granted.
SCENE = 3


@dataclass
class Deal(Ensemble):
    """Terms that are open, their pool and its chunks."""

    contract: str = "PoolGrants"
    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def left(self) -> dict[str, Any]:
        """As the contract keeps it."""
        return dict(self.world.read(self.contract, "dealOf", self.pool))

    def has_signed(self, player: Player) -> bool:
        return bool(self.world.read(self.contract, "hasSigned", self.pool, player.id))

    def message(self, player: Player, units: int, **fields: Any) -> dict[str, Any]:
        message = {"poolId": self.pool, "memberId": player.id, "units": units, "terms": self.terms}
        return message | self.world.stage.once(player.id) | fields

    def consent(self, player: Player, units: int, **fields: Any) -> SignedConsent:
        return self.world.stage.sign(player, KINDS[self.contract], self.message(player, units, **fields))

    def sign(self, *seats: tuple[Player, int], who: str = "studio") -> Chunk:
        """Have these sign with so many units each, and hand all signatures in together."""
        ordered = sorted(seats, key=lambda seat: seat[0].id)
        return self.hand_in(*(self.consent(player, units) for player, units in ordered), who=who)

    def hand_in(self, *consents: SignedConsent, who: str = "studio") -> Chunk:
        result = submit(self.world, self.pool, self.contract, *consents, who=who)
        chunk = seated(result.event("PoolSeated"))
        self.chunks.append(chunk)
        return chunk

    def use(self, uses: int = 1, who: str = "studio") -> dict[str, Any]:
        """What it charged."""
        result = self.world.write(who, "PoolGrants", "use", self.pool, uses, OUTPUT, PROMPT, MODEL)
        return dict(result.event("PoolCharged").args)

    def train(self, who: str = "studio") -> dict[str, Any]:
        """What the run charged."""
        result = self.world.write(who, "CollectiveLicences", "recordTrainingRun", self.pool, EVIDENCE, MODEL)
        return dict(result.event("PoolCharged").args)

    def revoke(
        self, player: Player, who: str = "keeper", signature: bytes = b"", chunk: Chunk | None = None
    ) -> int:
        """What the seat was paid."""
        chunk = chunk or self.chunk
        position = chunk.roster.position(player.id)
        result = self.world.write(who, self.contract, "revoke", chunk.as_struct(), position, signature)
        return int(result.event("SeatsVacated").args["paid"])

    def revocation(self, player: Player, **fields: Any) -> bytes:
        """The member's signature under a revocation."""
        message = {"poolId": self.pool, "memberId": player.id} | fields
        return self.world.stage.sign(player, "PoolRevocation", message, self.contract).signature

    def close(self, who: str = "stranger") -> Result:
        return self.world.write(who, self.contract, "close", self.pool)

    def net(self, units: int, uses: int = 1) -> int:
        """The members' part of so many uses."""
        price = self.terms["price"]
        return int((price - down(price, DUES)) * units * uses)

    def cost(self, units: int, uses: int = 1) -> int:
        """Of so many uses, with benefits and levy on top."""
        bps = BACKGROUND if self.contract == "PoolGrants" else BENEFITS
        return on_top(self.terms["price"], bps) * units * uses


def account(world: World) -> dict[str, int]:
    """The production's lanes."""
    return dict(world.read("Payroll", "productionAccount", world.production))


def submit(world: World, pool: int, contract: str, *consents: SignedConsent, who: str = "studio") -> Result:
    """Hand signatures in as they are, in this order."""
    names = ("memberId", "units", "nonce", "deadline")
    signers = [
        {name: signed.consent.message[name] for name in names} | {"signature": signed.signature}
        for signed in consents
    ]
    return world.write(who, contract, "sign", pool, signers)


def background_terms(world: World, **fields: Any) -> dict[str, Any]:
    """Terms of a crowd for thirty days from now, a little above the rate card; `fields` overrides any field."""
    card = world.stage.studio.rate_card
    version = card.current()
    scene, iteration, _ = card.scene_fees(
        version, set(FACE_AND_VOICE), AssetClass.PASSIVE, ReplicaType.BACKGROUND
    )
    now = world.now()
    terms = BackgroundTerms(
        production=world.production,
        scene_hash=world.breakdown.leaves[SCENE - 1],
        rate_card_version=version,
        description=describe("I stand in the crowd of this scene."),
        modalities=FACE_AND_VOICE,
        price=Money(scene + iteration + 1),
        max_uses=5,
        not_before=now,
        expires=now + 30 * DAY,
    )
    return terms.as_struct() | fields


def collective_terms(world: World, **fields: Any) -> dict[str, Any]:
    """Terms of a training run within thirty days from now, a little above the rate card."""
    card = world.stage.studio.rate_card
    version = card.current()
    _, fee = card.licence_fees(version, set(FACE_AND_VOICE), training=True)
    now = world.now()
    terms = CollectiveTerms(
        production=world.production,
        rate_card_version=version,
        description=describe("One model learns how people walk."),
        modalities=FACE_AND_VOICE,
        price=Money(fee + 1),
        not_before=now,
        expires=now + 30 * DAY,
    )
    return terms.as_struct() | fields


def open_deal(world: World, contract: str, terms: dict[str, Any], who: str = "studio") -> Deal:
    proof = (world.breakdown.proof(SCENE),) if contract == "PoolGrants" else ()
    result = world.write(who, contract, "open", terms, *proof)
    return Deal(world, PoolId(result.event("PoolOpened").args["poolId"]), contract=contract, terms=terms)


def crowd(world: World, **fields: Any) -> Deal:
    """A pool grant for a scene."""
    return open_deal(world, "PoolGrants", background_terms(world, **fields))


def crowd_of_two(world: World) -> Deal:
    """A pool grant that Ann signed with three units and Ben with four, for five uses at most."""
    deal = crowd(world)
    deal.sign((world.ann, 3), (world.ben, 4))
    return deal


def collective(world: World, **fields: Any) -> Deal:
    """A collective licence."""
    return open_deal(world, "CollectiveLicences", collective_terms(world, **fields))


def terms_hash(contract: str, terms: dict[str, Any]) -> bytes:
    """The terms' EIP-712 struct hash, worked out from the fields alone."""
    fields = STRUCTS[TERMS[contract]]
    text = TERMS[contract] + "(" + ",".join(f"{kind} {name}" for kind, name in fields) + ")"
    kinds = ["bytes32" if kind == "string" else kind for kind, _ in fields]
    values = [keccak(text=terms[name]) if kind == "string" else terms[name] for kind, name in fields]
    return keccak(encode(["bytes32", *kinds], [keccak(text=text), *values]))
