"""A credit's numbers: each from the index by the published rules alone, the same in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from audited import AUDITOR, Audited, audited
from postgres import Postgres

from trust.chain.abi import interface
from trust.chain.rpc import RpcError, hexed
from trust.credit import (
    DEPARTMENTS,
    Count,
    attestation,
    count,
    differences,
    issued,
    recount,
    rulebook,
    versions,
)
from trust.errors import InputError
from trust.model import ProductionId
from trust.provenance.asset import AssetKind
from trust.provenance.batch import Batch

FIRST = ProductionId(1)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with audited(tmp_path_factory.mktemp("credit")) as story:
        yield story


def numbers(counted: Count, department: str) -> tuple[int, int]:
    return counted.counted(human_led=True)[department], counted.counted(human_led=False)[department]


def counted_at(told: Audited, moment: str) -> Count:
    with told.index() as index:
        return count(index, FIRST, block=told.moments[moment])


def test_every_department_is_counted_by_its_rule(told: Audited) -> None:
    counted = counted_at(told, "all")
    assert {name: numbers(counted, name) for name in DEPARTMENTS} == {
        "writing": (4, 6),
        "performance": (2, 2),
        "design": (2, 1),
        "editing": (1, 0),
        "music_and_sound": (1, 1),
        "visual_effects": (1, 1),
    }


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("no room", (1, 1)),
        ("short", (1, 2)),
        ("full", (2, 2)),
        # A half, a machine's version, a bundle's parts under what was made of them, and one by two people.
        ("undisputed", (4, 4)),
        ("disputed", (3, 5)),
        ("all", (4, 6)),
    ],
)
def test_drafts_need_a_room_that_is_not_short(told: Audited, moment: str, expected: tuple[int, int]) -> None:
    assert numbers(counted_at(told, moment), "writing") == expected


def test_room_is_short_when_the_contract_says_so(told: Audited) -> None:
    """Of the drafts that are six tenths human, the rule and `requireRoom` at the draft's block say the same."""
    deployment = told.stage.local.deployment
    call = {
        "to": deployment.address("WritersRooms"),
        "data": hexed(interface("WritersRooms").encode("requireRoom", FIRST)),
    }
    with told.index() as index:
        led = {work.what: work.human_led for work in count(index, FIRST).works}
        rows = index.rows(
            "SELECT a.asset_id, a.block_number FROM event_asset_registered a JOIN event_machine_contributed m"
            " ON m.asset_id = a.asset_id WHERE a.kind = 1 AND m.share_bps = 4000"
        )
    assert len(rows) == 5
    for row in rows:
        try:
            told.chain.node.call("eth_call", call, hex(row["block_number"]))
        except RpcError:
            full = False
        else:
            full = True
        assert led[hexed(row["asset_id"])] == full
    assert sorted(led[hexed(row["asset_id"])] for row in rows) == [False] * 3 + [True] * 2


def test_both_databases_count_the_same(told: Audited, postgres: Postgres) -> None:
    with told.index() as small, told.index(postgres.new()) as large:
        for production in (FIRST, ProductionId(2)):
            assert count(small, production) == count(large, production)


def test_published_text_is_what_counts(told: Audited) -> None:
    rules = rulebook(1)
    on_chain, _ = told.stage.studio.credits.rules(1)
    assert rules.hash == on_chain
    # A version that was published never changes: another text is another version.
    assert rules.hash.hex() == "6f776236d38a44a80e7347213cd04453c0a3c2135cd661da7c2f7bf27f65dcf8"
    blocks = rules.text.split("```sql\n")[1:]
    texts = [block.split("```")[0] for block in blocks]
    assert all(
        any(query.endswith(text.split("\n", 1)[1]) for text in texts) for query in rules.queries.values()
    )
    assert len(texts) == len(rules.queries) + 2
    assert versions() == (1,)
    with pytest.raises(InputError, match="no version 2"):
        rulebook(2)


def test_evidence_root_binds_every_work(told: Audited) -> None:
    counted = counted_at(told, "all")
    assert counted.evidence_root == counted_at(told, "all").evidence_root
    assert counted.evidence_root != counted_at(told, "disputed").evidence_root
    assert len(counted.works) == sum(sum(numbers(counted, name)) for name in DEPARTMENTS)
    assert len({work.leaf for work in counted.works}) == len(counted.works)


def test_unproven_assets_stop_the_count_until_they_are_proven(told: Audited) -> None:
    snapshot = told.moments["all"]
    batch = Batch([told.asset((told.ann, 10_000), kind=AssetKind.EDIT, production=1) for _ in range(2)])
    studio = told.stage.studio.provenance
    studio.commit(batch)
    for proven in range(3):
        with told.index() as index:
            counted = count(index, ProductionId(2))
            assert counted.unproven == 2 - proven
            assert numbers(counted, "editing") == (proven, 0)
            assert count(index, ProductionId(2), block=snapshot).unproven == 0
        if counted.unproven:
            with pytest.raises(InputError, match=f"{counted.unproven} assets .* not proven"):
                attestation(counted, auditor=AUDITOR.address, corrects=0, key=bytes(32), deadline=1)
            studio.prove(batch.opening(batch.assets[proven].id))


def test_unknown_productions_blocks_and_empty_counts_are_told(told: Audited, tmp_path: Path) -> None:
    with told.index() as index:
        with pytest.raises(InputError, match="no production 99"):
            count(index, ProductionId(99))
        with pytest.raises(InputError, match="ends at block"):
            count(index, FIRST, block=999_999)
        first = count(index, FIRST, block=told.moments["no room"])
        assert first.block_hash is not None
        assert first.block_hash.hex() in told.chain.node.block(first.block).hash
    empty = Count(FIRST, 1, bytes(32), 1, bytes(32), (), 0)
    with pytest.raises(InputError, match="Nothing of this production"):
        attestation(empty, auditor=AUDITOR.address, corrects=0, key=bytes(32), deadline=1)


def test_anybody_recounts_what_was_attested(told: Audited) -> None:
    with told.index() as index:
        for credit in (1, 2):
            attested = issued(index, credit).attestation
            counted = recount(index, attested)
            assert differences(counted, attested) == ()
            assert counted.evidence_root == attested["evidenceRoot"]
        human = dict(attested["humanLed"]) | {"design": 2}
        false = dict(attested) | {"humanLed": human, "asOfBlockHash": bytes(32)}
        assert differences(counted, false) == (
            f"block {counted.block} has another hash",
            "humanLed.design is 1, not 2",
        )
        # An old block without events: the numbers are there, its hash isn't, and it can't be attested any more.
        forgotten = replace(counted, block_hash=None, unproven=1)
        assert differences(forgotten, attested) == ("1 assets were not proven",)
        with pytest.raises(InputError, match="forgotten the hash"):
            attestation(
                replace(counted, block_hash=None),
                auditor=AUDITOR.address,
                corrects=0,
                key=bytes(32),
                deadline=1,
            )


def test_a_block_that_the_index_forgot_is_still_counted(told: Audited, tmp_path: Path) -> None:
    """Blocks without events leave the index when they are final."""
    empty = told.chain.node.block().number + 1
    told.chain.mine(80)
    with told.index(tmp_path / "index.db") as index:
        assert not index.rows("SELECT 1 AS one FROM block WHERE number = :number", {"number": empty})
        counted = count(index, FIRST, block=empty)
        assert counted.block_hash is None
        assert numbers(counted, "writing") == (4, 6)
