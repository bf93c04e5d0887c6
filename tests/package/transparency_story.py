"""Disclosures, a writers' room, assets and credits: all of it once, on a story's chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from eth_utils.crypto import keccak
from test_index_story import DAY, DOLLAR, EVIDENCE, WEEK, Story

from trust.consent import Consent, sign
from trust.consent.types import KINDS, describe
from trust.credit import attestation, count, rulebook
from trust.index import Index
from trust.model import GrantId, MemberId, PoolId, ProductionId
from trust.pools import Chunk, Roster, Seat
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role
from trust.provenance.batch import Batch, bundle_root

SCRIPT = 1 << 5
CAP = 3
MODEL = keccak(text="model 1")
NOBODY = "0x" + "0" * 40
BEAT_SHEET, DRAFT, STORYBOARD, DESIGN = range(4)
SCRIPT_LICENCE = 1 << 24 | 3
ROOTS = (keccak(text="assets 1"), keccak(text="assets 2"))


class Transparent:
    """Acts of production 1, whose writers are members 1 to 4."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.auditor = story.chain.accounts[8]
        self._index = Index(Path(":memory:"), story.deployment, story.chain.node)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    def said(self, signer: Any, name: str, /, **fields: Any) -> tuple[dict[str, Any], bytes]:
        """A statement with a nonce and a deadline where its kind has them."""
        names = [field for _, field in KINDS[name].fields]
        once = {"nonce": next(self.story._nonces), "deadline": self.story.now() + WEEK}
        fields |= {field: value for field, value in once.items() if field in names}
        return fields, sign(Consent(name, fields), self.story.deployment, signer).signature

    def relay(self, contract: str, function: str, member: int, name: str, /, **fields: Any) -> None:
        """What a member signed, sent by somebody else."""
        fields, signature = self.said(self.story.keys[member - 1], name, memberId=member, **fields)
        self.story.send(self.story.union, contract, function, fields, signature)

    def studio(self, contract: str, function: str, *arguments: Any) -> None:
        self.story.send(self.story.studio, contract, function, *arguments)

    # Rooms

    def join(self, member: int, weeks: int, ahead: int = 0) -> None:
        monday = (self.story.now() - 4 * DAY) // WEEK * WEEK + 4 * DAY
        told = {"productionId": 1, "starts": monday + ahead * WEEK, "wholeWeeks": weeks}
        fields, signature = self.said(self.story.keys[member - 1], "RoomJoin", memberId=member, **told)
        self.studio("WritersRooms", "joinRoom", fields, signature)

    def leave(self, member: int) -> None:
        self.relay("WritersRooms", "leaveRoom", member, "RoomLeave", productionId=1)

    def team(self, *members: int) -> None:
        told = {"productionId": 1, "writers": list(members)}
        self.studio("WritersRooms", "declareTeam", 1, self.signatures(members, "SoleTeam", told))

    def signatures(self, members: Sequence[int], kind: str, told: dict[str, Any]) -> list[dict[str, Any]]:
        found = []
        for member in members:
            fields, signature = self.said(self.story.keys[member - 1], kind, memberId=member, **told)
            found.append({name: fields[name] for name in ("memberId", "nonce", "deadline")})
            found[-1]["signature"] = signature
        return found

    def state(self, pool: int, version: int, shares: dict[int, int], before: dict[int, int]) -> None:
        contributions = [{"memberId": member, "shareBps": share} for member, share in shares.items()]
        statement = {"poolId": pool, "version": version, "assetsRoot": ROOTS[version - 1]}
        statement["contributions"] = contributions
        previous = {"poolId": 0, "number": 0, "start": 0, "roster": b""}
        if before:
            roster = Roster.of([Seat(MemberId(one), share) for one, share in before.items()])
            previous = Chunk(PoolId(pool), 0, 0, roster).as_struct()
        signers = sorted({*shares, *before})
        signed = self.signatures(signers, "ContributionStatement", statement)
        self.story.send(self.story.union, "WritersRooms", "stateContributions", statement, previous, signed)

    # Disclosures

    def disclose(self, kind: int, name: str, *members: int, late: bool = False) -> None:
        disclosure = {
            "productionId": 1,
            "kind": kind,
            "workStarts": self.story.now() + (-DAY if late else DAY),
            "materialHash": keccak(text=name),
            "modelHash": MODEL,
        }
        self.studio("Disclosures", "disclose", disclosure, list(members))

    def reply(self, function: str, statement: str, member: int, kind: int, name: str, **more: Any) -> None:
        material = {"productionId": 1, "kind": kind, "materialHash": keccak(text=name)}
        self.relay("Disclosures", function, member, statement, **material, **more)

    # Provenance

    def asset(
        self,
        name: str,
        kind: AssetKind,
        *humans: tuple[int, int],
        parents: Sequence[bytes] = (),
        grant: int = 0,
        author: int = 0,
    ) -> Asset:
        """Humans as (member, share); what is left is the machine's."""
        machine = 10_000 - sum(share for _, share in humans)
        parts = [Contribution(MemberId(member), Role.AUTHORSHIP, share, EVIDENCE) for member, share in humans]
        machines = [Machine(MODEL, machine)] if machine else []
        ids = (GrantId(grant), MemberId(author))
        return Asset(ProductionId(1), keccak(text=name), kind, parts, machines, parents, *ids)

    def register(self, asset: Asset) -> bytes:
        self.studio("Provenance", "register", asset.as_struct())
        return asset.id

    def about(self, function: str, kind: str, member: int, asset: bytes, **more: Any) -> None:
        self.relay("Provenance", function, member, kind, assetId=asset, **more)

    # Credits

    def attest(self, corrects: int, *, version: int = 1, **false: int) -> str:
        """What is counted now, but for `false` numbers of what humans led; whatever the version is said to be."""
        self._index.sync()
        counted = replace(count(self._index, ProductionId(1)), unproven=0)
        consent = attestation(
            counted,
            auditor=self.auditor.address,
            corrects=corrects,
            key=keccak(text="key"),
            deadline=self.story.now() + DAY,
        )
        message = dict(consent.message)
        message |= {"humanLed": message["humanLed"] | false, "rulesVersion": version}
        signed = sign(Consent("Attestation", message), self.story.deployment, self.auditor)
        return self.story.send(self.story.union, "HumanAuditCredits", "attest", message, signed.signature)

    def challenge(self, credit: int, member: int) -> None:
        told = {"creditId": credit, "memberId": member, "reasonHash": EVIDENCE}
        _, signature = self.said(self.story.keys[member - 1], "CreditChallenge", **told)
        self.story.send(
            self.story.union, "HumanAuditCredits", "challenge", credit, member, EVIDENCE, signature
        )

    def steward(self, function: str, *arguments: Any) -> None:
        self.story.send(self.story.union, "HumanAuditCredits", function, *arguments)


def transparency_story(story: Story) -> None:
    """The whole of it; 70 days pass."""
    with Transparent(story) as acts:
        _room(acts)
        _disclosures(acts)
        root = _assets(acts)
        _training(acts, root)
        _shares(acts)
        _teams(acts)
        _credits(acts)


def _room(acts: Transparent) -> None:
    """Three write for thirty weeks; a fourth leaves before their first."""
    for key in acts.story.keys[2:4]:
        acts.story.send(acts.story.union, "Members", "enrol", key.address, key.address, 1, NOBODY, 0)
    acts.studio("WritersRooms", "openRoom", 1, 8)
    acts.studio("WritersRooms", "setEpisodes", 1, 6)
    for member in (1, 2, 3):
        acts.join(member, 30)
    acts.join(4, 2, ahead=2)
    acts.leave(4)


def _disclosures(acts: Transparent) -> None:
    """In time, late, reported, answered; acknowledged, contested, and never replied to."""
    acts.disclose(DRAFT, "draft", 1, 2, 3)
    acts.reply("acknowledge", "DisclosureAcknowledgement", 1, DRAFT, "draft")
    acts.reply("contest", "DisclosureContest", 2, DRAFT, "draft", reasonHash=EVIDENCE)
    acts.disclose(STORYBOARD, "storyboard", 1, late=True)
    acts.reply("acknowledge", "DisclosureAcknowledgement", 1, STORYBOARD, "storyboard")
    acts.reply("reportUndisclosed", "UndisclosedReport", 2, DESIGN, "design")
    acts.disclose(DESIGN, "design", 2)
    acts.reply("acknowledge", "DisclosureAcknowledgement", 2, DESIGN, "design")
    acts.reply("reportUndisclosed", "UndisclosedReport", 1, BEAT_SHEET, "beats")
    acts.studio("Disclosures", "answerReport", 1, 1, keccak(text="beats"), EVIDENCE)


def _assets(acts: Transparent) -> bytes:
    """A prompt, what a machine made of it, a draft of both, one out of a batch; and a bundle of the last two."""
    prompt = acts.register(acts.asset("prompt", AssetKind.PROMPT, (1, 10_000), author=1))
    output = acts.register(acts.asset("output", AssetKind.MODEL_OUTPUT, parents=[prompt]))
    mixed = acts.asset("mixed", AssetKind.DRAFT, (1, 3_500), (2, 2_500), parents=[output, prompt], grant=4)
    draft = acts.register(mixed)
    batch = Batch((acts.asset("batched", AssetKind.IMAGE, (2, 10_000), parents=[output]),))
    acts.studio("Provenance", "commitBatch", 1, batch.root, 1)
    opening = batch.opening(batch.assets[0].id)
    acts.studio("Provenance", "prove", batch.root, opening.asset.as_struct(), list(opening.proof))
    children = sorted((draft, batch.assets[0].id))
    acts.studio("Provenance", "bundle", children)
    acts.about("confirm", "ContributionConfirmation", 1, draft, role=0, shareBps=3_500)
    acts.about("confirm", "ContributionConfirmation", 2, draft, role=0, shareBps=9_999)
    acts.about("dispute", "ContributionDispute", 2, draft, reasonHash=EVIDENCE)
    uses = {"dataMining": 1, "aiInference": 0, "aiGenerativeTraining": 3, "aiTraining": 2}
    acts.relay(
        "Provenance",
        "declareArchive",
        1,
        "ArchiveDeclaration",
        root=EVIDENCE,
        items=9,
        **uses,
        constraintHash=EVIDENCE,
        description=describe("Who may train on my archive"),
    )
    return bundle_root(children)


def _training(acts: Transparent, dataset: bytes) -> None:
    """A capped licence over a script, a run within its cap, and a scene granted while the room is full."""
    story = acts.story
    scan = {"productionId": 0, "modalities": SCRIPT, "description": describe("My scripts")}
    fields, signature = acts.said(
        story.keys[2], "ScanConsent", memberId=3, **scan, noticeWaived=True, representation=0
    )
    deposit = {"modality": 5, "commitment": keccak(text="scripts")}
    story.send(story.union, "Records", "pool", fields, [deposit], signature)
    consent = {
        "productionId": 1,
        "modalities": SCRIPT,
        "expires": story.starts + 600 * DAY,
        "rateCardVersion": 1,
        "trainingFee": 50 * DOLLAR,
        "maxSyntheticDepth": CAP,
    }
    order = consent | {
        "memberId": 3,
        "training": True,
        "starts": story.starts,
        "termsHash": keccak(b"terms"),
        "licenceFee": 100 * DOLLAR + 7,
    }
    fields, signature = acts.said(
        story.keys[2], "TrainingConsent", memberId=3, **consent, description=describe("Training")
    )
    acts.studio("Licences", "buy", order, fields, signature)
    acts.studio("Licences", "recordTrainingRun", SCRIPT_LICENCE, dataset, MODEL)
    story.grant(SCRIPT_LICENCE)


def _shares(acts: Transparent) -> None:
    """Two statements; the pool is funded between them."""
    acts.studio("WritersRooms", "openPool", 1)
    pool = int(acts.story.view("Payroll", "poolCount"))
    acts.state(pool, 1, {1: 6_000, 2: 4_000, 3: 0}, {})
    acts.studio("Payroll", "fundPool", pool, 500 * DOLLAR)
    acts.state(pool, 2, {1: 5_000, 2: 0, 3: 5_000}, {1: 6_000, 2: 4_000})


def _teams(acts: Transparent) -> None:
    """The room is short after one left; a team is exempt until another joins, and a larger one until one leaves."""
    acts.leave(2)
    acts.story.pass_days(8)
    acts.team(1, 2, 3)
    acts.disclose(BEAT_SHEET, "exempt", 3)
    acts.join(4, 1)
    acts.team(1, 2, 3, 4)
    acts.leave(4)


def _credits(acts: Transparent) -> None:
    """One that was challenged and corrected, one issued, one whose challenge was upheld, and one in its place."""
    acts.steward("publishRules", rulebook(1).hash, "https://union.example/rules/v1")
    acts.steward("accredit", acts.auditor.address, True)
    acts.attest(0)
    acts.challenge(1, 2)
    acts.steward("rule", 1, 2, False, EVIDENCE)
    acts.attest(1)
    acts.story.pass_days(31)
    acts.steward("issue", 1)
    acts.attest(2)
    acts.studio("HumanAuditCredits", "challenge", 3, 0, EVIDENCE, b"")
    acts.steward("rule", 3, 0, True, EVIDENCE)
    acts.attest(3)
    acts.story.pass_days(31)
    acts.steward("issue", 1)
    acts.attest(4)
    acts.challenge(5, 1)
