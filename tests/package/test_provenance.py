"""A draft's provenance told through the command line, and read from both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office import HASH, Office, enrolled, opened, registered
from postgres import Postgres

from trust.errors import InputError
from trust.index import Index
from trust.model import MemberId, ProductionId
from trust.provenance.asset import Asset, AssetKind, Contribution, Form, Machine, Role, model_hash
from trust.provenance.commitment import committed
from trust.provenance.graph import Graph
from trust.screenplay import load_secret
from trust.views.provenance import asset, known, lineage, listed_assets, listed_batches

MODEL = "example model 1"
BATCH = 2_000


class Writing(Office):
    """Ana and Ben write with a model; production 1."""

    production: int
    ana: int
    ben: int
    ids: dict[str, str]
    batch: str

    def file(self, name: str, *assets: dict[str, Any]) -> Path:
        path = self.folder / name
        told = {"format": "likeness-trust/assets/1", "production": self.production, "assets": assets}
        path.write_text(json.dumps(told))
        return path

    @property
    def salted(self) -> tuple[object, ...]:
        return ("--salt-file", self.folder / "production.salt")


def written(office: Writing) -> None:
    """An outline by Ana, a draft by the model, a revision by both; a batch; a bundle of all."""
    for name in ("outline", "draft", "revision", "notes"):
        (office.folder / f"{name}.fountain").write_text(f"INT. ROOM - DAY\n\n{name}.\n")
    secret = load_secret(office.folder / "production.salt")
    office.ids = {
        name: "0x" + committed(secret, (office.folder / f"{name}.fountain").read_bytes()).hex()
        for name in ("outline", "draft", "revision")
    }
    mine = {"member": office.ana, "role": "authorship", "evidence": "@notes.fountain"}
    machine = {"model": MODEL, "share": "40%"}
    file = office.file(
        "assets.json",
        {"id": "@outline.fountain", "kind": "draft", "contributions": [mine | {"share": "100%"}]},
        {
            "id": "@draft.fountain",
            "kind": "model-output",
            "prompt_author": office.ana,
            "machines": [machine | {"share": 10_000}],
            "parents": [office.ids["outline"]],
        },
        {
            "id": "@revision.fountain",
            "kind": "draft",
            "contributions": [
                mine | {"share": "47.5%", "role": "modification"},
                {"member": office.ben, "role": "selection", "share": "12.5%", "evidence": HASH},
            ],
            "machines": [machine],
            "parents": [office.ids["draft"], office.ids["outline"]],
        },
    )
    made = office.json("provenance", "register", file, *office.salted, who="reporter")["assets"]
    assert [one["asset"] for one in made] == [*office.ids.values()]
    again = office.json("provenance", "register", file, *office.salted, who="reporter")["assets"]
    assert all(one["known"] for one in again)


def batched(office: Writing) -> None:
    """Two thousand machine takes of the revision, under one root; one is proven."""
    takes = [
        {"id": f"0x{number:064x}", "kind": "video", "machines": [{"model": MODEL, "share": 10_000}],
         "parents": [office.ids["revision"]]}
        for number in range(1, BATCH + 1)
    ]  # fmt: skip
    file = office.file("takes.json", *takes)
    kept = office.folder / "batch.json"
    made = office.json("provenance", "batch", file, "--out", kept, who="reporter")
    assert made["assets"] == BATCH
    office.batch = made["root"]
    proof = office.folder / "take.proof.json"
    take = takes[700]["id"]
    office.json("provenance", "prove", kept, "--asset", take, "--out", proof, online=False)
    office.json("provenance", "prove", proof, who="reporter")
    office.ids["take"] = str(take)


def said(office: Writing) -> None:
    """Ana confirms her part, and Ben disputes the draft he isn't named in; both are relayed."""
    confirmation = office.consent(
        "Ana", "ContributionConfirmation", assetId=office.ids["revision"], memberId=office.ana,
        role="modification", shareBps="47.5%",
    )  # fmt: skip
    office.json("provenance", "confirm", confirmation, who="keeper")
    disputed = office.consent(
        "Ben", "ContributionDispute", assetId=office.ids["draft"], memberId=office.ben, reasonHash=HASH
    )
    office.json("provenance", "dispute", disputed, who="keeper")


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    with opened(tmp_path_factory.mktemp("writing")) as found:
        office = Writing(found.chain, found.local, found.folder)
        office.ana, office.ben = enrolled(office, "Ana"), enrolled(office, "Ben")
        office.production = registered(office)
        written(office)
        batched(office)
        said(office)
        ids = [office.ids[name] for name in ("outline", "draft", "take")]
        made = office.json("provenance", "bundle", *ids, who="keeper")
        office.ids["bundle"] = made["root"]
        office.json("index", "sync")
        yield office


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def index(
    request: pytest.FixtureRequest,
    writing: Writing,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Index]:
    node = writing.chain.node
    where = postgres.new() if request.param == "postgresql" else tmp_path_factory.mktemp("i") / "i.db"
    with Index(where, writing.local.deployment, node) as found:
        found.sync()
        yield found


def of(writing: Writing, name: str) -> bytes:
    return bytes.fromhex(writing.ids[name][2:])


def test_the_record_of_an_asset_is_whole(writing: Writing, index: Index) -> None:
    found = asset(index, of(writing, "revision"))
    assert (found.known.form, found.known.kind, found.known.production_id) == ("ASSET", "DRAFT", 1)
    assert (found.known.depth, found.known.since_human) == (2, 0)
    assert [(part.member_id, part.role, part.share_bps) for part in found.contributions] == [
        (writing.ana, "MODIFICATION", 4_750),
        (writing.ben, "SELECTION", 1_250),
    ]
    assert found.contributions[0].confirmed_at is not None
    assert found.contributions[1].confirmed_at is None
    assert found.contributions[1].evidence_hash == bytes.fromhex(HASH[2:])
    assert [(part.model_hash, part.share_bps) for part in found.machines] == [(model_hash(MODEL), 4_000)]
    assert {one.id for one in found.parents} == {of(writing, "outline"), of(writing, "draft")}
    assert [one.id for one in found.children] == [of(writing, "take")]
    assert (found.human_bps, found.disputes, found.batch_id) == (6_000, (), None)


def test_a_prompts_author_is_no_contributor_and_a_dispute_stays(writing: Writing, index: Index) -> None:
    found = asset(index, of(writing, "draft"))
    assert (found.prompt_author, found.contributions, found.human_bps) == (writing.ana, (), 0)
    assert (found.known.depth, found.known.since_human) == (1, 1)
    (dispute,) = found.disputes
    assert (dispute.member_id, dispute.reason_hash) == (writing.ben, bytes.fromhex(HASH[2:]))


def test_a_proven_asset_names_its_batch(writing: Writing, index: Index) -> None:
    found = asset(index, of(writing, "take"))
    assert found.batch_id == bytes.fromhex(writing.batch[2:])
    assert (found.known.depth, found.known.since_human) == (3, 1)
    (batch,) = listed_batches(index, writing.production)
    assert (batch.assets, batch.proven) == (BATCH, 1)


def test_a_lineage_goes_up_and_down_with_both_numbers(writing: Writing, index: Index) -> None:
    up = lineage(index, of(writing, "take"))
    assert [(step.steps, step.known.id, step.known.depth, step.known.since_human) for step in up.steps] == [
        (1, of(writing, "revision"), 2, 0),
        *sorted(
            [(2, of(writing, "outline"), 0, 0), (2, of(writing, "draft"), 1, 1)], key=lambda step: step[1]
        ),
    ]
    down = {step.known.id: step for step in lineage(index, of(writing, "outline"), up=False).steps}
    assert {one: step.steps for one, step in down.items()} == {
        of(writing, "draft"): 1,
        of(writing, "revision"): 1,
        of(writing, "bundle"): 1,
        of(writing, "take"): 2,
    }
    bundle = down[of(writing, "bundle")].known
    assert (bundle.form, bundle.held, bundle.depth, bundle.since_human) == ("BUNDLE", 3, 3, 1)
    assert not up.cut
    assert lineage(index, of(writing, "take"), most=2).cut


def test_what_nobody_registered_has_no_record(writing: Writing, index: Index) -> None:
    batch = known(index, bytes.fromhex(writing.batch[2:]))
    assert batch is not None
    assert (batch.form, batch.depth, batch.since_human, batch.held) == ("BATCH", 65_535, 65_535, BATCH)
    assert known(index, b"\x77" * 32) is None
    for id in (b"\x77" * 32, of(writing, "bundle")):
        with pytest.raises(InputError):
            asset(index, id)
    with pytest.raises(InputError):
        lineage(index, b"\x77" * 32)


def test_a_productions_assets_come_in_order_whatever_the_page(writing: Writing, index: Index) -> None:
    listed = list(listed_assets(index, writing.production))
    assert [one.id for one in listed] == [
        of(writing, name) for name in ("outline", "draft", "revision", "take")
    ]
    assert [(one.human_bps, one.disputes) for one in listed] == [(10_000, 0), (0, 1), (6_000, 0), (0, 0)]
    assert list(listed_assets(index, writing.production, page=1)) == listed
    assert list(listed_assets(index, 99)) == []


def test_index_chain_and_graph_have_the_same_numbers(writing: Writing, index: Index) -> None:
    graph, provenance = Graph(), writing.local.as_("keeper").provenance
    for one in listed_assets(index, writing.production):
        record = asset(index, one.id)
        parts = [
            Contribution(MemberId(part.member_id), Role[part.role], part.share_bps, part.evidence_hash)
            for part in record.contributions
        ]
        machines = [Machine(part.model_hash, part.share_bps) for part in record.machines]
        production = ProductionId(writing.production)
        parents = [parent.id for parent in record.parents]
        graph.register(Asset(production, one.id, AssetKind[one.kind], parts, machines, parents))
        assert graph.numbers_of(one.id) == provenance.numbers(one.id) == (one.depth, one.since_human)
    assert provenance.get(of(writing, "bundle"))["form"] == Form.BUNDLE
    graph.bundle([of(writing, name) for name in ("outline", "draft", "take")])
    assert graph.dataset_depth(of(writing, "bundle")) == provenance.dataset_depth(of(writing, "bundle")) == 3


def test_the_command_line_says_it_in_words(writing: Writing) -> None:
    told = writing.tell("provenance", "asset", writing.ids["revision"], online=False)
    for words in ("2 machine generations", "0 generations", "60 %", "modification", f"member {writing.ben}"):
        assert words in told
    assert "DISPUTED by member" in writing.tell("provenance", "asset", writing.ids["draft"], online=False)
    assert writing.ids["outline"] in writing.tell("provenance", "lineage", writing.ids["take"], online=False)
    down = writing.tell("provenance", "lineage", writing.ids["outline"], "--down", online=False)
    assert "bundle of 3" in down
    assert "not proven" not in down
    listed = writing.tell("provenance", "list", writing.production, online=False)
    assert "2,000" in listed


def test_a_declared_archive_reads_as_it_was_signed(writing: Writing) -> None:
    archive = writing.consent(
        "Ana", "ArchiveDeclaration", memberId=writing.ana, root=HASH, items=12, dataMining="allowed",
        aiGenerativeTraining="not-allowed", aiTraining="constrained", constraintHash=HASH,
        description="All my songs.",
    )  # fmt: skip
    told = writing.tell("training", "declare", archive, who="keeper")
    lines = {line[:26].strip(): line[26:].strip() for line in told.splitlines()}
    assert lines["Data mining"] == "allowed"
    assert lines["AI inference"] == "not said"
    assert lines["Training of generative AI"] == "NOT allowed"
    assert lines["Training of other AI"] == "only under the conditions"


def test_a_cap_is_bought_shown_and_enforced(writing: Writing) -> None:
    consent = writing.consent(
        "Ben", "TrainingConsent", productionId=writing.production, memberId=writing.ben, modalities="voice",
        expires=writing.json("production", "show", writing.production)["ends"], rateCardVersion=1,
        trainingFee="5500", maxSyntheticDepth=2, description="One voice model.",
    )  # fmt: skip
    assert "at most 2 machine generations deep" in writing.tell("consent", "show", consent, online=False)
    licence = f"{writing.production}/{writing.ben}"
    buy = ("licence", "buy", licence, "--modalities", "voice", "--terms", HASH, "--training", consent)
    assert writing.json(*buy, who="studio")["order"]["maxSyntheticDepth"] == 2
    assert "at most 2 machine generations deep" in writing.tell("licence", "show", licence)
    train = ("licence", "train", licence, "--model", HASH, "--dataset")
    code, why = writing.refused(*train, writing.ids["bundle"], who="studio")
    assert code == 4
    assert "DepthCapExceeded" in why
    assert "Bundle it" in why
    shallow = writing.json("provenance", "bundle", writing.ids["outline"], who="keeper")["root"]
    again = writing.json("provenance", "bundle", writing.ids["outline"], who="studio")
    assert (again["known"], again["root"]) == (True, shallow)
    assert writing.json(*train, shallow, who="studio")["id"] == 1


def test_a_forged_proof_file_is_refused_before_anything_is_sent(writing: Writing) -> None:
    path = writing.folder / "forged.proof.json"
    told = json.loads((writing.folder / "take.proof.json").read_text())
    told["asset"]["kind"] = "audio"
    path.write_text(json.dumps(told))
    code, why = writing.refused("provenance", "prove", path, who="reporter")
    assert code == 2
    assert "does not lead to its root" in why
    missing = ("--asset", "0x" + "99" * 32)
    assert writing.refused("provenance", "prove", writing.folder / "takes.json", *missing)[0] == 2
