"""A crowd of members with keys and scans, who sign what a studio states. On a chain with the cap of 2^24 gas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.rpc import Call, hexed
from trust.consent import Consent, SignedConsent, describe, sign
from trust.local import deploy_local, party
from trust.model import (
    AssetClass,
    BackgroundTerms,
    CollectiveTerms,
    MemberId,
    Modality,
    Money,
    PoolId,
    ProductionId,
    ReplicaType,
    dollars,
    mask,
)
from trust.screenplay import EXAMPLE_SECRET, Breakdown, breakdown, read
from trust.stage import DAY, Player, Stage
from trust.testing import LocalChain

SCREENPLAY = Path(__file__).parents[2] / "examples" / "The-Understudy.fountain"
EIDR = "10.5240/7791-8534-2C23-9030-8610-5"
NOBODY = "0x" + "0" * 40
FACE = frozenset({Modality.FACE})
SCENE = 2


@dataclass
class Consenting:
    """Production 1 has money; everybody's face is scanned."""

    chain: LocalChain
    stage: Stage
    production: ProductionId
    scenes: Breakdown
    players: dict[MemberId, Player]

    @property
    def proof(self) -> list[bytes]:
        """Of the scene that the crowd stands in."""
        return list(self.scenes.proof(SCENE))

    def background(self, **fields: Any) -> BackgroundTerms:
        """Terms for thirty days, at the rate card's prices."""
        card = self.stage.studio.rate_card
        scene, iteration, _ = card.scene_fees(1, set(FACE), AssetClass.PASSIVE, ReplicaType.BACKGROUND)
        now = self.stage.now()
        return BackgroundTerms(
            **{
                "production": self.production,
                "scene_hash": self.scenes.leaves[SCENE - 1],
                "rate_card_version": 1,
                "description": describe("I stand in the crowd."),
                "modalities": FACE,
                "price": Money(scene + iteration),
                "max_uses": 2,
                "not_before": now,
                "expires": now + 30 * DAY,
            }
            | fields
        )

    def collective(self) -> CollectiveTerms:
        """Terms of a run within thirty days, at the rate card's price."""
        _, fee = self.stage.studio.rate_card.licence_fees(1, set(FACE), training=True)
        now = self.stage.now()
        return CollectiveTerms(
            self.production, 1, describe("One model."), FACE, Money(fee), now, now + 30 * DAY
        )

    def consent(
        self,
        pool: int,
        terms: BackgroundTerms | CollectiveTerms,
        member: MemberId,
        units: int = 1,
        **fields: Any,
    ) -> SignedConsent:
        """A member's signature under the terms."""
        kind = "BackgroundConsent" if isinstance(terms, BackgroundTerms) else "CollectiveTrainingConsent"
        message = {"poolId": pool, "memberId": member, "units": units, "terms": terms.as_struct()}
        message |= self.stage.once(member) | fields
        return self.stage.sign(self.players[member], kind, message)

    def opened(self, terms: BackgroundTerms) -> PoolId:
        """The number of a pool grant with these terms."""
        made = self.stage.studio.pool_grants.open(terms, self.proof)
        assert made.id is not None
        return PoolId(made.id)


@contextmanager
def consenting(folder: Path, size: int) -> Iterator[Consenting]:
    """A union with so many members, on a chain of its own."""
    with LocalChain(hardfork="osaka") as chain:
        local = deploy_local(chain.url, folder / "outbox.db")
        try:
            stage = Stage(local)
            scenes = breakdown(read(SCREENPLAY), EXAMPLE_SECRET)
            production = stage.register(EIDR, scenes.root)
            stage.fund(production, dollars(20_000_000))
            players = {
                MemberId(number): Player(
                    MemberId(number), f"{number}", party(f"crowd {number}"), party(f"crowd's {number}")
                )
                for number in range(1, size + 1)
            }
            _enrol(chain, stage, players)
            yield Consenting(chain, stage, production, scenes, players)
        finally:
            local.close()


def _enrol(chain: LocalChain, stage: Stage, players: dict[MemberId, Player]) -> None:
    members, records = interface("Members"), interface("Records")
    enrol = [
        members.encode("enrol", player.key.address, player.wallet.address, 1, NOBODY, 0)
        for player in players.values()
    ]
    _send_all(chain, stage, "enroller", "Members", enrol)
    assert stage.studio.handle.read("Members", "memberCount") == len(players)
    pool = []
    for player in players.values():
        message = {
            "memberId": player.id,
            "productionId": 0,
            "modalities": mask(FACE),
            "description": describe("A scan of my face."),
            "noticeWaived": True,
            "representation": 0,
            **stage.once(player.id),
        }
        signed = sign(Consent("ScanConsent", message), stage.local.deployment, player.key)
        deposit = {"modality": 0, "commitment": keccak(text=f"scan {player.id}")}
        pool.append(records.encode("pool", message, [deposit], signed.signature))
    _send_all(chain, stage, "custodian", "Records", pool)
    assert stage.studio.handle.read("Records", "lastRecordId") == len(players)


def _send_all(chain: LocalChain, stage: Stage, who: str, contract: str, calls: list[bytes]) -> None:
    """As one of the union's parties, many a block."""
    node, sender = chain.node, stage.local.keys[who].address
    node.call("anvil_impersonateAccount", sender)
    request = {"from": sender, "to": stage.local.deployment.address(contract), "gas": hex(400_000)}
    node.call("evm_setAutomine", False)
    for start in range(0, len(calls), 40):
        some = [
            Call("eth_sendTransaction", (request | {"data": hexed(data)},))
            for data in calls[start : start + 40]
        ]
        for answer in node.batch(some):
            assert isinstance(answer, str), answer
        chain.mine()
    node.call("evm_setAutomine", True)
    node.call("anvil_stopImpersonatingAccount", sender)
