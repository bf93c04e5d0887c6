"""Who plays: built once on a local chain, then copied into as many EVMs as there are examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak
from world import PEOPLE, SCREENPLAY

from machine.evm import Image
from trust.consent import Consent, describe, sign
from trust.local import deploy_local, party
from trust.model import (
    NO_DEPTH_CAP,
    AssetClass,
    MemberId,
    ProductionId,
    ReplicaType,
    Representation,
    licence_id,
    mask,
)
from trust.screenplay import EXAMPLE_SECRET, Breakdown, breakdown, read
from trust.stage import DAY, FACE_AND_VOICE, FOREVER, WEEK, Player, Stage
from trust.testing import LocalChain

PRINCIPALS, CROWD = 3, 6
AGENTS = ("agent", "stranger")
PAYEES = ("benefits plan", "pipeline fund", "union")
YEARS = 520 * WEEK
EVIDENCE = keccak(text="the evidence behind a statement")
_IDENTIFIERS = (
    "10.5240/0000-0000-0000-0000-0000-X",
    "10.5240/1489-49A2-3956-4B2D-FE16-5",
    "10.5240/7791-8534-2C23-9030-8610-5",
)


@dataclass(frozen=True, slots=True)
class Union:
    """Three productions without funds, three scanned principals, six of the crowd, and a module that was admitted and
    that the studio opted in to."""

    image: Image
    breakdown: Breakdown
    productions: tuple[ProductionId, ...]
    principals: tuple[Player, ...]
    crowd: tuple[Player, ...]
    module: str
    studio: str
    #: Productions and licences start here.
    first: int
    dollar_issuer: str

    @property
    def everybody(self) -> tuple[Player, ...]:
        return self.principals + self.crowd

    @property
    def last_moment(self) -> int:
        """Grants end here."""
        return self.first + YEARS - 40 * WEEK

    def licence_order(self, production: ProductionId, player: Player, fee: int) -> dict[str, Any]:
        return {
            "productionId": production,
            "memberId": player.id,
            "modalities": mask(FACE_AND_VOICE),
            "training": False,
            "starts": self.first,
            "expires": self.first + YEARS,
            "termsHash": keccak(text="terms"),
            "rateCardVersion": 1,
            "licenceFee": fee,
            "trainingFee": 0,
            "maxSyntheticDepth": NO_DEPTH_CAP,
        }

    def scene_consent(
        self,
        production: ProductionId,
        player: Player,
        fee: int,
        price: int,
        iterations: int,
        background: bool,
    ) -> dict[str, Any]:
        """What the member signs, but for the nonce."""
        return {
            "licenceId": licence_id(production, player.id),
            "rateCardVersion": 1,
            "sceneHash": self.breakdown.leaves[0],
            "description": describe("My double says and does what this scene of the script shows."),
            "assetClass": AssetClass.PASSIVE if background else AssetClass.ACTIVE,
            "replicaType": ReplicaType.BACKGROUND if background else ReplicaType.EMPLOYMENT_BASED,
            "maxIterations": iterations,
            "maxSeconds": 600,
            "maxSpend": fee + price * iterations,
            "digitalDays": 2,
            "longestStreamWeeks": 8,
            "notBefore": self.first,
            "expires": self.last_moment,
            "fee": fee,
            "iterationFee": price,
            "representation": Representation.UNION,
        }

    def signature(self, player: Player, kind: str, message: dict[str, Any]) -> bytes:
        return sign(Consent(kind, message), self.image.deployment, player.key).signature


def once(nonce: int) -> dict[str, int]:
    """A nonce, and a deadline that doesn't matter."""
    return {"nonce": nonce, "deadline": FOREVER}


def assemble(chain: LocalChain, outbox: Path) -> Union:
    """Plays on the chain until everybody stands where `Union` says."""
    local = deploy_local(chain.url, outbox)
    for name in PEOPLE:
        local.keys[name] = party(name)
    stage = Stage(local)
    scenes = breakdown(read(SCREENPLAY), EXAMPLE_SECRET)
    first = stage.now() // DAY * DAY
    productions = tuple(
        stage.register(identifier, scenes.root, starts=first, weeks=520) for identifier in _IDENTIFIERS
    )
    principals = tuple(stage.enrol(f"principal {number}") for number in range(PRINCIPALS))
    crowd = tuple(stage.enrol(f"extra {number}") for number in range(CROWD))
    for player in principals:
        stage.scan(player)
    assert [player.id for player in principals + crowd] == [
        MemberId(n + 1) for n in range(PRINCIPALS + CROWD)
    ]
    module = party("module").address
    chain.install(module, b"\x00")  # only a contract can be admitted
    treasurer = local.as_("treasurer").access
    treasurer.schedule("Payees", "admitModule", module)
    stage.pass_time(2 * DAY)
    treasurer.execute("Payees", "admitModule", module)
    for production in productions:
        stage.studio.handle.write("Payroll", "optIn", production, module, True)
    stage.studio.handle.write("TestDollar", "approve", local.deployment.address("Payroll"), 2**255)
    chain.install(module, b"")  # and only an address without code sends transactions
    image = Image.of(chain, local.deployment)
    local.close()
    studio, issuer = local.keys["studio"].address, local.keys["deployer"].address
    return Union(image, scenes, productions, principals, crowd, module, studio, first, issuer)
