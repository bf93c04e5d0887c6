"""A chain with two productions, and packs of them that somebody tampered with, for the tests of evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crowds import crowd
from eth_utils.crypto import keccak
from test_index_story import DOLLAR, EVIDENCE, Story

from trust.chain.abi import interface
from trust.chain.rpc import Call, hexed
from trust.evidence import Checked, Evidence, check
from trust.evidence.container import packed, unpacked
from trust.evidence.evidence import Proven, prove_rows
from trust.evidence.files import files_of, read_evidence
from trust.model import Money, ProductionId


@contextmanager
def two_productions(folder: Path) -> Iterator[Story]:
    """Grants, uses, streams, a pool and paydays of production 1, and beside it production 2."""
    with crowd(folder, 3) as people:
        story = people.story
        story.fund(2, 50_000 * DOLLAR)
        one, two = story.grant(story.license(1, 1)), story.grant(story.license(2, 1))
        trained = story.license(1, 2, training=True)
        three = story.grant(trained, replica_type=2)
        story.use((one, 1), (two, 2), (one, 3))
        together(story, (one, 2), (two, 1), (three, 4))
        story.use((two, 5))
        story.send(story.studio, "Licences", "recordTrainingRun", trained, EVIDENCE, EVIDENCE)
        shares = [
            {"grantId": grant, "savings": story.savings(9_000 * DOLLAR + grant)} for grant in (one, two)
        ]
        total = story.savings(18_000 * DOLLAR + one + two)
        story.send(story.studio, "SubstitutionPremiums", "fileShared", shares, total, EVIDENCE, 8 * 604_800)
        for production in (1, 2):
            opened = people.studio.pools.open(ProductionId(production)).id
            assert opened is not None
            (chunk,) = people.studio.pools.seat(opened, people.seats(lambda member: member)).chunks
            people.studio.pools.fund(opened, Money(1_000 * DOLLAR + production))
            people.studio.pools.push(chunk)
        story.pass_days(15)
        story.payday(1, 2)
        story.remit()
        story.restate(one, 1, 8_000 * DOLLAR)
        story.send(story.studio, "Payroll", "takeBack", 1, 33 * DOLLAR, story.studio.address)
        story.chain.mine(3)
        yield story


def together(story: Story, *uses: tuple[int, int]) -> None:
    """A block with a transaction for each of these uses, of several types, and a transfer of ether."""
    node = story.chain.node
    now = story.now()
    fees: Sequence[dict[str, Any]] = (
        {"gasPrice": hex(10**10)},
        {
            "gasPrice": hex(10**10),
            "accessList": [{"address": story.deployment.token, "storageKeys": [hexed(EVIDENCE)]}],
        },
        {"maxFeePerGas": hex(10**10), "maxPriorityFeePerGas": "0x1"},
    )
    node.call("evm_setAutomine", False)
    requests = [{"from": story.union.address, "to": story.agent.address, "value": "0x1"}]
    for (grant, iterations), fee in zip(uses, fees, strict=True):
        use = {"grantId": grant, "kind": 2, "usedAt": now, "iterations": iterations, "outputSeconds": 7}
        use |= {name: keccak(name.encode()) for name in ("outputHash", "promptCommitment", "model")}
        request = {
            "from": story.studio.address,
            "to": story.deployment.contracts["UsageLedger"],
            "gas": hex(10**6),
        }
        requests.append(request | fee | {"data": hexed(interface("UsageLedger").encode("record", use))})
    answers = node.batch([Call("eth_sendTransaction", (request,)) for request in requests])
    assert all(isinstance(answer, str) for answer in answers), answers
    story.chain.mine()
    node.call("evm_setAutomine", True)
    assert len(node.call("eth_getBlockByNumber", "latest", False)["transactions"]) == 4


@dataclass(frozen=True)
class Case:
    """A pack, and what its auditor knows."""

    story: Story
    file: bytes

    @property
    def tip(self) -> bytes:
        return self.evidence.headers[-1].hash

    @property
    def evidence(self) -> Evidence:
        return read_evidence(unpacked(self.file))

    @property
    def proven(self) -> Proven:
        faults: list[object] = []
        proven = prove_rows(self.evidence, faults.append)
        assert not faults
        return proven

    def check(self, file: bytes) -> Checked:
        """With all that the auditor knows."""
        return check(file, [self.tip], self.story.deployment)

    def forged(self, evidence: Evidence, change: Callable[[Proven], Proven] = lambda proven: proven) -> bytes:
        """A pack of other evidence, or of other rows, with every file and digest made to fit."""
        proven = prove_rows(evidence, lambda fault: None)
        return packed(files_of(evidence, change(proven)))

    def without(self, number: int) -> Evidence:
        """The evidence without a block."""
        blocks = tuple(block for block in self.evidence.blocks if block.number != number)
        return replace(self.evidence, blocks=blocks)
