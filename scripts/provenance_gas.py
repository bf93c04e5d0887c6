"""Gas of provenance: assets, batches, bundles, and what members say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eth_utils.crypto import keccak

from trust.consent import SignedConsent, describe
from trust.model import GrantId, MemberId, ProductionId, licence_id
from trust.nouns.handle import Result
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role, model_hash
from trust.provenance.batch import Batch, bundle_root
from trust.stage import Player, Stage

BATCH = 1_000
MODEL = model_hash("example model 1")


class ProvenanceMeter:
    """Registers drafts of the production of `grant`. Three players take part."""

    def __init__(
        self,
        stage: Stage,
        production: ProductionId,
        players: Sequence[Player],
        grant: GrantId,
        note: Callable[..., Result],
    ) -> None:
        self.stage = stage
        self.production = production
        self.players = players[:3]
        self.grant = grant
        self.note = note
        self.reporter = stage.local.as_("reporter").provenance
        self.keeper = stage.local.as_("keeper").provenance

    def run(self) -> None:
        drafts = [self.asset(f"draft {number}") for number in range(16)]
        for draft in drafts:
            self.note("register an asset of one machine", self.reporter.register(draft))
        self.note(
            "register an asset, 3 contributors, 2 parents", self.reporter.register(self.hybrid(drafts[:2]))
        )
        batch = Batch(tuple(self.asset(f"item {number}") for number in range(BATCH)))
        self.note("commit a batch of 1,000 assets", self.reporter.commit(batch))
        opening = batch.opening(batch.assets[BATCH // 2].id)
        self.note("prove an asset of a batch of 1,000", self.reporter.prove(opening))
        ids = [draft.id for draft in drafts]
        self.note("bundle 16 assets", self.keeper.bundle(ids))
        self.members(ids[0], bundle_root(ids))

    def members(self, asset: bytes, dataset: bytes) -> None:
        """What they sign, and a run under a cap."""
        player = self.players[0]
        once = self.stage.once(player.id)
        told = {"assetId": asset, "memberId": player.id, "role": Role.AUTHORSHIP, "shareBps": 3_000, **once}
        signed = self.stage.sign(player, "ContributionConfirmation", told)
        self.note("confirm a contribution, relayed", self.keeper.confirm(signed))
        once = self.stage.once(player.id)
        told = {"assetId": asset, "memberId": player.id, "reasonHash": MODEL, **once}
        signed = self.stage.sign(player, "ContributionDispute", told)
        self.note("dispute a contribution, relayed", self.keeper.dispute(signed))
        self.note("declare an archive, relayed", self.keeper.declare(self.declaration(player)))
        capped = self.stage.enrol("gas capped")
        self.stage.scan(capped)
        self.stage.license(self.production, capped, training=True, max_synthetic_depth=1)
        licence = licence_id(self.production, capped.id)
        run = self.stage.studio.licences.record_training_run(licence, dataset, MODEL)
        self.note("record a training run under a depth cap", run)

    def declaration(self, player: Player) -> SignedConsent:
        message = {
            "memberId": player.id,
            "root": MODEL,
            "items": BATCH,
            "dataMining": 1,
            "aiInference": 1,
            "aiGenerativeTraining": 2,
            "aiTraining": 3,
            "constraintHash": MODEL,
            "description": describe("All that I recorded in twelve years."),
            **self.stage.once(player.id),
        }
        return self.stage.sign(player, "ArchiveDeclaration", message)

    def asset(self, name: str) -> Asset:
        machines = [Machine(MODEL, 10_000)]
        return Asset(self.production, keccak(text=name), AssetKind.DRAFT, machines=machines)

    def hybrid(self, parents: Sequence[Asset]) -> Asset:
        parts = [
            Contribution(MemberId(player.id), role, 2_000, keccak(text=player.name))
            for player, role in zip(self.players, Role, strict=False)
        ]
        return Asset(
            self.production,
            keccak(text="hybrid"),
            AssetKind.DRAFT,
            parts,
            [Machine(MODEL, 4_000)],
            [parent.id for parent in parents],
            self.grant,
            self.players[0].id,
        )
