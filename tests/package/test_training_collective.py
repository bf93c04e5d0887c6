"""Collective licences in the check of datasets: each member's own signature, one run, and its proof."""

from __future__ import annotations

from pathlib import Path

from consenting import Consenting, consenting
from eth_utils.crypto import keccak

from trust.chain.rpc import blob
from trust.index import Index
from trust.model import MemberId
from trust.training.check import check
from trust.training.manifest import Item
from trust.training.membership import RunOf, check_membership, prove_membership
from trust.training.tree import dataset
from trust.views.training import QUERIES

MODEL = keccak(b"model")


def items(union: Consenting) -> list[Item]:
    """The pooled faces of members 1, 2 and 3."""
    with Index(Path(":memory:"), union.stage.local.deployment, union.chain.node) as index:
        index.sync()
        now = union.stage.now()
        rows = index.rows(QUERIES["records"], {"block": -1, "log": -1, "at": now, "limit": 3})
    return [Item(str(row["member_id"]), row["commitment"]) for row in rows]


def verdicts(union: Consenting, found: list[Item], at: int | None = None) -> list[tuple[str, str]]:
    with Index(Path(":memory:"), union.stage.local.deployment, union.chain.node) as index:
        index.sync()
        judged = check(index, found, union.production, at=at)
    return [(str(one.verdict), one.why) for one in judged.items]


def test_who_signed_is_licensed_for_one_run_and_it_is_proven(tmp_path: Path) -> None:
    with consenting(tmp_path, 3) as union:
        found = items(union)
        licences, terms = union.stage.studio.collective_licences, union.collective()
        pool = licences.open(terms).id
        assert pool is not None
        licences.sign(pool, [union.consent(pool, terms, MemberId(number)) for number in (1, 2)])
        before = [verdict for verdict, _ in verdicts(union, found)]
        assert before == ["LICENSED", "LICENSED", "NOT_ALLOWED"]
        after = verdicts(union, found, terms.expires)
        assert [verdict for verdict, _ in after] == ["EXPIRED", "EXPIRED", "NOT_ALLOWED"]
        root = dataset(item.item for item in found[:2]).root
        licences.record_training_run(pool, root, MODEL)
        trained = union.stage.now()
        assert [verdict for verdict, _ in verdicts(union, found[:2], trained)] == ["LICENSED", "LICENSED"]
        used = verdicts(union, found[:2], trained + 1)
        assert {verdict for verdict, _ in used} == {"EXPIRED"}
        assert f"collective licence {pool} was used up by its one run" in used[0][1]
        proof = prove_membership(
            union.chain.node, union.stage.local.deployment, found[:2], found[1].item, RunOf(pool_id=pool)
        )
        told = check_membership(proof)
        assert told.compare is not None
        anchored = check_membership(proof, [blob(told.compare[1])], union.stage.local.deployment)
        assert (anchored.verdict, anchored.pool_id, anchored.model_hash) == ("proven", pool, MODEL)
