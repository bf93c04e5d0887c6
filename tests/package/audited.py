"""Productions whose works were counted, attested and issued as credits, on a chain of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from trust.consent import Terms, describe, sign
from trust.credit import attestation, count, credential, issued, new_key, rulebook, thumbprint
from trust.credit.keys import Key
from trust.evidence.alone import carry_alone
from trust.evidence.blocks import Blocks
from trust.index import Index
from trust.local import deploy_local, party
from trust.model import (
    AssetClass,
    BackgroundTerms,
    Modality,
    Money,
    PoolId,
    ProductionId,
    ReplicaType,
    UseKind,
    dollars,
)
from trust.nouns.handle import Result
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role
from trust.provenance.batch import bundle_root
from trust.screenplay import EXAMPLE_SECRET, breakdown, read
from trust.stage import DAY, FACE_AND_VOICE, FOREVER, WEEK, Player, Stage
from trust.testing import LocalChain

SCREENPLAY = Path(__file__).parents[2] / "examples" / "The-Understudy.fountain"
MODEL = keccak(text="model 1")
REASON = keccak(text="why")
AUDITOR = party("auditor")
LIST = "https://auditor.example/status/1"
MONDAY = 4 * DAY
CHALLENGE_DAYS = 30


@dataclass
class Audited:
    """Three productions: the first with works of all departments, the others with a design each."""

    chain: LocalChain
    stage: Stage
    key: Key
    ann: Player
    ben: Player
    cleo: Player
    productions: list[ProductionId] = field(default_factory=list)
    #: Last block of a moment that tests count at.
    moments: dict[str, int] = field(default_factory=dict)

    def index(self, where: str | Path = Path(":memory:")) -> Index:
        found = Index(where, self.stage.local.deployment, self.chain.node)
        found.sync()
        return found

    def asset(
        self,
        *humans: tuple[Player, int],
        machine: int = 0,
        kind: AssetKind = AssetKind.DRAFT,
        parents: Sequence[bytes] = (),
        production: int = 0,
    ) -> Asset:
        return Asset(
            self.productions[production],
            keccak(secrets.token_bytes(32)),
            kind,
            [
                Contribution(player.id, Role.AUTHORSHIP, share, keccak(text=f"evidence {player.id}"))
                for player, share in humans
            ],
            [Machine(MODEL, machine)] if machine else [],
            parents,
        )

    def register(self, *humans: tuple[Player, int], **more: Any) -> bytes:
        asset = self.asset(*humans, **more)
        self.stage.studio.provenance.register(asset)
        return asset.id

    def dispute(self, asset: bytes, player: Player) -> None:
        message = {
            "assetId": asset,
            "memberId": player.id,
            "reasonHash": REASON,
            **self.stage.once(player.id),
        }
        signed = self.stage.sign(player, "ContributionDispute", message)
        self.stage.local.as_("keeper").provenance.dispute(signed)

    def join(self, player: Player, weeks: int) -> None:
        starts = (self.stage.now() - MONDAY) // WEEK * WEEK + MONDAY
        message = {
            "productionId": self.productions[0],
            "memberId": player.id,
            "starts": starts,
            "wholeWeeks": weeks,
            **self.stage.once(player.id),
        }
        self.stage.studio.rooms.join(self.stage.sign(player, "RoomJoin", message))

    def declare_team(self, *players: Player) -> None:
        def signed(player: Player) -> Any:
            message = {
                "productionId": self.productions[0],
                "memberId": player.id,
                "writers": [member.id for member in players],
                **self.stage.once(player.id),
            }
            return self.stage.sign(player, "SoleTeam", message)

        self.stage.studio.rooms.declare_team([signed(player) for player in players])

    def mark(self, name: str) -> None:
        self.moments[name] = self.chain.node.block().number

    def attest(self, production: ProductionId) -> int:
        """An attestation of what is counted now, handed in by the keeper."""
        keeper = self.stage.local.as_("keeper").credits
        with self.index() as index:
            counted = count(index, production)
        consent = attestation(
            counted,
            auditor=AUDITOR.address,
            corrects=keeper.latest(production),
            key=thumbprint(self.key),
            deadline=FOREVER - 1,
        )
        result = keeper.attest(sign(consent, self.stage.local.deployment, AUDITOR))
        assert result.id is not None
        return result.id

    def issue(self, *productions: ProductionId) -> None:
        self.stage.pass_time(CHALLENGE_DAYS * DAY)
        for production in productions:
            self.stage.local.as_("keeper").credits.issue(production)

    def credential(self, index: Index, credit: int, *, status_list: str | None = LIST) -> str:
        found = issued(index, credit)
        blocks = Blocks(self.chain.node, self.stage.local.deployment)
        return credential(
            found,
            carry_alone(blocks, found.block_hash, found.tx_index),
            self.key,
            status_list=status_list,
        )

    def revoke(self, credit: int) -> Result:
        return self.stage.local.as_("steward").credits.revoke(credit, REASON)


@contextmanager
def audited(folder: Path) -> Iterator[Audited]:
    """Credit 1 of the first production and credit 2 of the second are issued; works are as `write` says."""
    with LocalChain() as chain:
        local = deploy_local(chain.url, folder / "outbox.db")
        stage = Stage(local)
        players = [stage.enrol(name) for name in ("ann", "ben", "cleo")]
        told = Audited(chain, stage, new_key(), *players)
        local.as_("steward").credits.publish_rules(rulebook(1).hash, "https://union.example/rules/v1")
        local.as_("enroller").credits.accredit(AUDITOR.address)
        scenes = breakdown(read(SCREENPLAY), EXAMPLE_SECRET)
        for identifier in ("10.5240/7791-8534-2C23-9030-8610-5", "10.5240/0000-0000-0000-0000-0000-X"):
            told.productions.append(stage.register(identifier, scenes.root))
        stage.fund(told.productions[0], dollars(500_000))
        perform(told, scenes)
        draw(told)
        write(told)
        credits = [told.attest(production) for production in told.productions]
        assert credits == [1, 2]
        told.issue(*told.productions)
        yield told
        local.close()


def perform(told: Audited, scenes: Any) -> None:
    """Scene 1 is touched up only, in scene 2 the double also speaks, scene 3 isn't used. One live performance."""
    stage, ann = told.stage, told.ann
    stage.scan(ann, {Modality.FACE, Modality.VOICE})
    stage.license(told.productions[0], ann)
    first, second, _ = (stage.grant(told.productions[0], ann, scenes, number) for number in (1, 2, 3))
    stage.report(stage.use(first), stage.use(first), stage.use(second))
    stage.report(stage.use(second, kind=UseKind.NEW_LINE))
    told.register((ann, 10_000), kind=AssetKind.PERFORMANCE)
    # A performance under a grant is counted by its grant; a crowd once it is used.
    under = replace(told.asset((ann, 10_000), kind=AssetKind.PERFORMANCE), grant=first)
    stage.studio.provenance.register(under)
    for used in (True, False):
        crowd(told, scenes, used)


def crowd(told: Audited, scenes: Any, used: bool) -> None:
    """Ann's double alone in the crowd of scene 4."""
    stage, ann = told.stage, told.ann
    fees = stage.studio.rate_card.scene_fees(
        1, set(FACE_AND_VOICE), AssetClass.PASSIVE, ReplicaType.BACKGROUND
    )
    terms = BackgroundTerms(
        production=told.productions[0],
        scene_hash=scenes.leaves[3],
        rate_card_version=1,
        description=describe("I stand in the crowd of this scene."),
        modalities=FACE_AND_VOICE,
        price=Money(fees[0] + fees[1]),
        max_uses=2,
        not_before=stage.now(),
        expires=stage.now() + 30 * DAY,
    )
    grants = stage.studio.pool_grants
    opened = grants.open(terms, scenes.proof(4)).id
    assert opened is not None
    agreed = Terms("BackgroundTerms", terms.as_struct(), PoolId(opened))
    consent = agreed.consent(ann.id, 1, stage.nonce(ann.id), FOREVER)
    grants.sign(PoolId(opened), [sign(consent, stage.local.deployment, ann.key)])
    if used:
        grants.use(PoolId(opened), 1, keccak(text="output"), keccak(text="prompt"), MODEL)


def draw(told: Audited) -> None:
    """Designs, edits, music and effects; prompts, outputs and datasets aren't works."""
    ann, ben = told.ann, told.ben
    told.register((ann, 5_001), machine=4_999, kind=AssetKind.STORYBOARD)
    told.register((ann, 5_000), machine=5_000, kind=AssetKind.DESIGN)
    first = told.register((ann, 10_000), kind=AssetKind.IMAGE)
    # A version, and what a machine makes of a design is no version of it.
    told.register((ann, 4_000), (ben, 3_000), machine=3_000, kind=AssetKind.IMAGE, parents=[first])
    told.register((ann, 10_000), kind=AssetKind.EDIT)
    told.register(machine=10_000, kind=AssetKind.MUSIC)
    told.register((ben, 10_000), kind=AssetKind.AUDIO)
    effect = told.register((ben, 10_000), kind=AssetKind.EFFECT)
    told.register(machine=10_000, kind=AssetKind.MODEL_OUTPUT, parents=[effect])
    told.register(machine=10_000, kind=AssetKind.VIDEO)
    told.register((ben, 10_000), kind=AssetKind.PROMPT)
    told.register(machine=10_000, kind=AssetKind.DATASET)
    told.register((ann, 10_000), kind=AssetKind.DESIGN, production=1)


def write(told: Audited) -> None:
    """Drafts before there is a room, while it is short, full, short again, and with a sole team."""
    ann, ben, cleo = told.ann, told.ben, told.cleo

    def mixed(**more: Any) -> bytes:
        return told.register((ann, 6_000), machine=4_000, **more)

    told.register((ann, 10_000))  # by people alone: needs no room
    mixed()  # no room
    told.mark("no room")
    told.stage.studio.rooms.open(told.productions[0], 6)
    told.join(ann, 10)
    told.join(ben, 10)
    mixed()  # one short
    told.mark("short")
    told.join(cleo, 1)
    mixed()  # full
    told.mark("full")
    told.register((ann, 5_000), machine=5_000)  # half is not more
    first = told.register((ann, 10_000))
    told.register((ann, 3_000), machine=7_000, parents=[first])  # a version by a machine
    parts = sorted(told.register((ann, 10_000)) for _ in range(2))
    told.stage.studio.provenance.bundle(parts)
    told.register((ann, 10_000), parents=[bundle_root(parts)])  # of a bundle
    disputed = told.register((ann, 4_000), (ben, 6_000))
    told.mark("undisputed")
    told.dispute(disputed, ben)
    told.mark("disputed")
    told.stage.pass_time(WEEK)  # cleo's week is over
    mixed()
    told.declare_team(ann, ben, cleo)
    mixed()
    told.mark("all")
