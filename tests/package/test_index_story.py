"""Stories played on a local chain, for the tests of index and views."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.deploy import Role, Union, deploy
from trust.chain.deployments import Deployment
from trust.chain.rpc import hexed
from trust.consent.signing import sign
from trust.consent.types import Consent, describe
from trust.index import Index
from trust.model import NO_DEPTH_CAP
from trust.send import Outbox
from trust.testing import LocalChain

DAY = 86_400
WEEK = 7 * DAY
DOLLAR = 1_000_000
SCENE = keccak(b"scene 1")
PLAN = "0x" + "b1" * 20
EVIDENCE = keccak(b"evidence")

CARD: dict[str, Any] = {
    "licenceFees": [100 * DOLLAR + 7] * 6,
    "trainingFees": [50 * DOLLAR] * 6,
    "passiveSceneFees": [200 * DOLLAR] * 6,
    "activeSceneFees": [400 * DOLLAR + 1] * 6,
    "passiveIterationFees": [1 * DOLLAR + 3] * 6,
    "activeIterationFees": [2 * DOLLAR + 7] * 6,
    "dayRates": [1_204 * DOLLAR + 11, 1_300 * DOLLAR, 216 * DOLLAR],
    "effectiveFrom": 0,
    "premiumShareBps": 3_333,
    "benefitsBps": 2_350,
    "backgroundBenefitsBps": 2_150,
    "benefitsCeiling": 9_000 * DOLLAR,
    "duesBps": 158,
    "levyBps": 133,
    "maxTermDays": 1_000,
    "maxMinorTermDays": 300,
    "noticeHours": 48,
    "reportDays": 30,
    "roomEpisodes": [6, 12],
    "roomWriters": [3, 5, 6],
    "acknowledgeDays": 7,
    "challengeDays": 30,
}


class Story:
    """Acts on a chain as union, studio and members, by number; everybody is one of anvil's accounts."""

    def __init__(self, chain: LocalChain, deployment: Deployment) -> None:
        self.chain = chain
        self.deployment = deployment
        self.union, self.studio, self.agent = (chain.accounts[i] for i in (1, 2, 3))
        self.keys = chain.accounts[4:8]
        self._nonces = itertools.count(1)

    @classmethod
    def deployed(cls, chain: LocalChain, folder: Path) -> Story:
        deployer, union = chain.accounts[0], chain.accounts[1].address
        card = CARD | {"effectiveFrom": chain.node.block().timestamp + 3_600}
        body = Union(
            council=union,
            holders=dict.fromkeys(Role, union),
            benefits_plan=PLAN,
            pipeline_fund="0x" + "f1" * 20,
            dues="0x" + "d1" * 20,
            card=card,
        )
        with Outbox(folder / "outbox.db", chain.node, chain.chain_id, deployer) as outbox:
            deployment = deploy(chain.node, outbox, deployer.address, body)
        chain.increase_time(3_700)
        return cls(chain, deployment)

    # Calls

    def now(self) -> int:
        return self.chain.node.block().timestamp

    def view(self, contract: str, function: str, *arguments: Any) -> Any:
        data = interface(contract).encode(function, *arguments)
        return interface(contract).decode(
            function, self.chain.node.eth_call(self.deployment.contracts[contract], data)
        )

    def send(self, sender: Any, contract: str, function: str, *arguments: Any) -> str:
        address = self.deployment.token if contract == "TestDollar" else self.deployment.contracts[contract]
        request = {
            "from": sender.address,
            "to": address,
            "data": hexed(interface(contract).encode(function, *arguments)),
            "gas": hex(8_000_000),
        }
        receipt = self.mined(request)
        if receipt["status"] != "0x1":
            self.chain.node.call("eth_call", request, "latest")
            raise AssertionError(f"{function} failed")
        return str(receipt["transactionHash"])

    def mined(self, request: dict[str, Any]) -> dict[str, Any]:
        """The receipt of a transaction; anvil answers before its block is there."""
        tx_hash = self.chain.node.call("eth_sendTransaction", request)
        while (receipt := self.chain.node.call("eth_getTransactionReceipt", tx_hash)) is None:
            continue
        return dict(receipt)

    def signed(self, member: int, kind: str, contract: str, **fields: Any) -> tuple[dict[str, Any], bytes]:
        if kind not in ("LicenceRevocation", "GrantRevocation"):
            fields |= {"nonce": next(self._nonces), "deadline": self.now() + WEEK}
        consent = Consent(kind, fields, contract)
        return fields, sign(consent, self.deployment, self.keys[member - 1]).signature

    # Scenes of the story

    def register(self) -> None:
        """A studio with a production, two members with records."""
        self.send(self.union, "Productions", "admitStudio", self.studio.address, True)
        self.send(self.studio, "TestDollar", "mint", self.studio.address, 1_000_000 * DOLLAR)
        self.send(self.studio, "TestDollar", "approve", self.deployment.contracts["Payroll"], 2**256 - 1)
        self.starts = self.now()
        zero = "0x" + "0" * 40
        for number in (1, 2):
            self.send(
                self.studio,
                "Productions",
                "register",
                keccak(b"production %d" % number),
                self.starts,
                self.starts + 700 * DAY,
                SCENE,
                zero,
            )
        for key in self.keys[:2]:
            self.send(self.union, "Members", "enrol", key.address, key.address, 0, zero, 0)
        for member in (1, 2):
            fields, signature = self.signed(
                member,
                "ScanConsent",
                "Records",
                memberId=member,
                productionId=0,
                modalities=1,
                description=describe("Face scan"),
                noticeWaived=True,
                representation=0,
            )
            deposit = {"modality": 0, "commitment": keccak(b"record %d" % member)}
            self.send(self.union, "Records", "pool", fields, [deposit], signature)

    def license(self, production: int, member: int, training: bool = False) -> int:
        """A licence over the whole schedule."""
        order = {
            "productionId": production,
            "memberId": member,
            "modalities": 1,
            "training": training,
            "starts": self.starts,
            "expires": self.starts + 600 * DAY,
            "termsHash": keccak(b"terms"),
            "rateCardVersion": 1,
            "licenceFee": 100 * DOLLAR + 7,
            "trainingFee": 50 * DOLLAR if training else 0,
            "maxSyntheticDepth": NO_DEPTH_CAP,
        }
        kept = (
            "productionId",
            "memberId",
            "modalities",
            "expires",
            "rateCardVersion",
            "trainingFee",
            "maxSyntheticDepth",
        )
        consent = {name: order[name] for name in kept} | {"description": describe("Training")}
        fields, signature = self.signed(member, "TrainingConsent", "Licences", **consent)
        self.send(self.studio, "Licences", "buy", order, fields, signature if training else b"")
        return production << 24 | member

    def fund(self, production: int, amount: int) -> None:
        self.send(self.studio, "Payroll", "fund", production, amount)

    def grant(self, licence_id: int, replica_type: int = 0, days: int = 60) -> int:
        """A grant of the scene for so many days: 20 iterations, 2 digital days, 8 weeks to stream."""
        now = self.now()
        fields, signature = self.signed(
            licence_id & 0xFFFFFF,
            "SceneConsent",
            "SceneGrants",
            licenceId=licence_id,
            rateCardVersion=1,
            sceneHash=SCENE,
            description=describe("INT. STUDIO"),
            assetClass=1,
            replicaType=replica_type,
            maxIterations=20,
            maxSeconds=600,
            maxSpend=1_000 * DOLLAR,
            digitalDays=2,
            longestStreamWeeks=8,
            notBefore=now,
            expires=now + days * DAY,
            fee=400 * DOLLAR + 1,
            iterationFee=2 * DOLLAR + 7,
            representation=0,
        )
        self.send(self.studio, "SceneGrants", "grant", fields, [], signature)
        return int(self.view("SceneGrants", "lastGrantId"))

    def use(self, *uses: tuple[int, int]) -> str:
        """Uses (grant, iterations) in one transaction."""
        entries = [
            {
                "grantId": grant,
                "kind": number % 4,
                "usedAt": self.now(),
                "iterations": iterations,
                "outputSeconds": 5,
                "outputHash": keccak(b"output %d" % number),
                "promptCommitment": keccak(b"prompt"),
                "model": keccak(b"model"),
            }
            for number, (grant, iterations) in enumerate(uses)
        ]
        if len(entries) == 1:
            return self.send(self.studio, "UsageLedger", "record", entries[0])
        return self.send(self.studio, "UsageLedger", "recordBatch", entries)

    def savings(self, total: int) -> dict[str, int]:
        return {"travel": total, "lodging": 0, "insurance": 0, "overtime": 0, "reshoots": 0, "other": 0}

    def file(self, grant: int, total: int, weeks: int = 8) -> None:
        """A cumulative savings statement."""
        self.send(
            self.studio,
            "SubstitutionPremiums",
            "file",
            grant,
            self.savings(total),
            EVIDENCE,
            weeks * WEEK,
        )

    def change_wallet(self, member: int) -> None:
        """A change that is cancelled, and one that comes."""
        for wallet in ("0x" + "aa" * 20, "0x" + "bb" * 20):
            fields, signature = self.signed(member, "PayoutChange", "Members", memberId=member, wallet=wallet)
            self.send(self.studio, "Members", "requestPayoutChange", fields, signature)
            if wallet.startswith("0xaa"):
                self.send(self.keys[member - 1], "Members", "cancelPayoutChange", member, b"")

    def restate(self, grant: int, member: int, total: int) -> None:
        with Index(Path(":memory:"), self.deployment, self.chain.node) as index:
            index.sync()
            live = index.books().live.get((index.books().grants[grant].production_id, member, grant), [])
        streams = [asdict(stream.terms) for stream in live]
        fields, signature = self.signed(
            member,
            "Restatement",
            "SubstitutionPremiums",
            grantId=grant,
            savings=self.savings(total),
            evidenceHash=EVIDENCE,
        )
        self.send(self.studio, "SubstitutionPremiums", "restate", fields, streams, signature)

    def close(self, grant: int) -> None:
        left = self.view("UsageLedger", "grantOf", grant)["iterationsLeft"]
        self.send(self.studio, "SceneGrants", "close", grant, left, b"")

    def held(self) -> int:
        """Payroll's balance, as the token tells."""
        data = interface("TestDollar").encode("balanceOf", self.deployment.contracts["Payroll"])
        return int.from_bytes(self.chain.node.eth_call(self.deployment.token, data), "big")

    def appoint(self, member: int, agent: str, bps: int) -> None:
        fields, signature = self.signed(
            member, "AgentAppointment", "Members", memberId=member, agent=agent, shareBps=bps
        )
        self.send(self.studio, "Members", "appointAgent", fields, signature)

    def payday(self, *members: int, cycles: int = 1_000) -> None:
        self.send(self.union, "Payroll", "payday", list(members), cycles)

    def remit(self) -> None:
        self.send(self.union, "Payroll", "remit", [1, 2])

    def block_wallet(self, member: int, blocked: bool) -> None:
        self.send(self.chain.accounts[0], "TestDollar", "setBlocked", self.keys[member - 1].address, blocked)

    def pass_days(self, days: float) -> None:
        self.chain.increase_time(int(days * DAY))


def short_story(story: Story) -> None:
    """A production, a licence, a grant and a use."""
    story.register()
    story.fund(1, 20_000 * DOLLAR)
    grant = story.grant(story.license(1, 1))
    story.use((grant, 3))


def long_story(story: Story) -> None:
    """Every part of payroll: agents, batches, streams, arrears, restatements, held pay, remittances."""
    short_story(story)
    story.fund(2, 12_000 * DOLLAR)
    story.appoint(1, story.agent.address, 777)
    first = story.license(1, 2, training=True)
    other = story.license(2, 1)
    two, three = story.grant(first, replica_type=2), story.grant(other, days=20)
    story.use((1, 1), (1, 2), (two, 3), (three, 1))
    story.file(1, 13_131 * DOLLAR + 13)
    story.pass_days(9.3)
    story.payday(1, 2)
    story.use((1, 4), (two, 1))
    story.file(three, 60_000 * DOLLAR)  # more than production 2 has: arrears
    story.appoint(1, story.keys[3].address, 1_000)
    story.pass_days(3.1)
    story.block_wallet(1, True)
    story.payday(1)
    story.pass_days(12)
    story.send(story.keys[3], "Payroll", "payAgents", [story.agent.address])
    story.file(1, 17_171 * DOLLAR + 17, weeks=3)
    story.restate(three, 1, 57_000 * DOLLAR)  # forgives arrears
    story.fund(2, 9_000 * DOLLAR)
    _and_then(story, first, two)


def _and_then(story: Story, first: int, two: int) -> None:
    story.remit()
    story.pass_days(2)
    story.block_wallet(1, False)
    story.payday(1, 2, cycles=1)
    story.pass_days(6)
    story.fund(2, 20_000 * DOLLAR)
    story.restate(1, 1, 14_000 * DOLLAR)  # cuts the newest stream and reopens a part
    story.change_wallet(2)
    story.send(story.studio, "Payroll", "takeBack", 1, 33 * DOLLAR, story.studio.address)
    _, signature = story.signed(2, "GrantRevocation", "SceneGrants", grantId=two)
    story.send(story.studio, "SceneGrants", "revoke", two, signature)
    story.send(story.union, "Licences", "suspend", first, EVIDENCE)
    story.send(story.union, "Licences", "reinstate", first)
    story.send(story.studio, "Licences", "recordTrainingRun", first, EVIDENCE, EVIDENCE)
    story.send(story.studio, "Licences", "attestRetirement", first, 1, EVIDENCE)
    story.pass_days(45)
    story.send(story.studio, "SubstitutionPremiums", "startFloor", two)
    story.send(story.chain.accounts[0], "TestDollar", "setBlocked", PLAN, True)
    story.remit()
    story.pass_days(30)
    story.send(story.studio, "Productions", "cancel", 2)
    story.close(1)
    story.payday(1, 2)
    story.send(story.union, "Payroll", "payAgents", [story.keys[3].address])
    story.send(story.chain.accounts[0], "TestDollar", "setBlocked", PLAN, False)
    story.remit()
    story.grant(1 << 24 | 1)
    story.file(4, 5_000 * DOLLAR)
    story.pass_days(8)
    story.appoint(1, story.agent.address, 501)


@contextmanager
def played(folder: Path, play: Any) -> Iterator[Story]:
    with LocalChain() as chain:
        story = Story.deployed(chain, folder)
        play(story)
        yield story
