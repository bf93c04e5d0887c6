"""Who may train on what: every verdict, on a real chain, at several times, from both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from lineages import Lineage
from postgres import Postgres
from test_index_story import DAY, DOLLAR, EVIDENCE, Story
from typer.testing import CliRunner

from trust.cli import app
from trust.consent.types import describe
from trust.errors import InputError
from trust.index import Index
from trust.model import Modality
from trust.provenance.asset import Role
from trust.testing import LocalChain
from trust.training.check import Checked, check
from trust.training.manifest import Item
from trust.training.tree import dataset
from trust.training.verdicts import Verdict

UNSET, ALLOWED, NOT_ALLOWED, CONSTRAINED = range(4)
RECORDS = {member: keccak(b"record %d" % member) for member in (1, 2)}


def items_of(name: str, count: int = 5) -> list[bytes]:
    return [keccak(text=f"{name} {number}") for number in range(count)]


OPEN, SHUT, BOUND, SILENT, SHARED = (items_of(name) for name in ("open", "shut", "bound", "silent", "shared"))
CAPPED = {"shallow.txt": "Three words only.", "deep.txt": "Words out of a machine."}


@dataclass
class Archives(Lineage):
    """Archives and licences, and the times at which something changed."""

    times: dict[str, int] = field(default_factory=dict)
    kept: Index | None = None

    def synced(self) -> Index:
        """One index for all tests, brought to the head."""
        self.kept = self.kept or Index(Path(":memory:"), self.story.deployment, self.story.chain.node)
        self.kept.sync()
        return self.kept

    def at(self, name: str) -> None:
        """Remember the time of the last block, and let a day pass."""
        self.times[name] = self.story.now()
        self.story.pass_days(1)

    def archive(self, member: int, items: Sequence[bytes], generative: int, other: int = ALLOWED) -> None:
        self.declare(member, dataset(items).root, len(items), (ALLOWED, UNSET, generative, other))

    def capped(self, member: int, cap: int) -> None:
        """A licence of production 2 with a training right up to a synthetic depth."""
        story = self.story
        order: dict[str, Any] = {
            "productionId": 2,
            "memberId": member,
            "modalities": 1,
            "training": True,
            "starts": story.starts,
            "expires": story.starts + 60 * DAY,
            "termsHash": keccak(b"terms"),
            "rateCardVersion": 1,
            "licenceFee": 100 * DOLLAR + 7,
            "trainingFee": 50 * DOLLAR,
            "maxSyntheticDepth": cap,
        }
        signed = {"productionId", "memberId", "modalities", "expires", "rateCardVersion", "trainingFee"}
        message = {name: order[name] for name in (*signed, "maxSyntheticDepth")}
        message["description"] = describe("Training")
        consent, signature = story.signed(member, "TrainingConsent", "Licences", **message)
        story.send(story.studio, "Licences", "buy", order, consent, signature)


def play(archives: Archives) -> None:
    story = archives.story
    story.register()
    for production in (1, 2):
        story.fund(production, 20_000 * DOLLAR)
    archives.archive(1, OPEN, ALLOWED)
    archives.archive(2, SHUT, NOT_ALLOWED)
    archives.archive(2, BOUND, CONSTRAINED)
    archives.archive(1, SILENT, UNSET)
    archives.archive(1, SHARED, ALLOWED)
    archives.archive(2, SHARED, NOT_ALLOWED)
    archives.at("declared")
    licence = story.license(1, 1, training=True)
    archives.at("licensed")
    story.send(story.union, "Licences", "suspend", licence, EVIDENCE)
    archives.at("suspended")
    story.send(story.union, "Licences", "reinstate", licence)
    archives.archive(2, SHUT, ALLOWED)
    archives.at("opened")
    story.send(story.union, "Productions", "declareStrike", [1])
    archives.at("struck")
    story.send(story.union, "Productions", "endStrike", [1])
    deep = archives.asset("deep.txt", machine=10_000)
    archives.register(archives.asset("shallow.txt", [(1, Role.AUTHORSHIP, 10_000)]), deep)
    ids = [archives.ids["shallow.txt"], archives.ids["deep.txt"], keccak(b"never registered")]
    archives.archive(2, ids, UNSET)
    archives.capped(2, 0)
    archives.at("capped")
    run_on = dataset([RECORDS[1], OPEN[0], OPEN[1]]).root
    story.send(story.studio, "Licences", "recordTrainingRun", licence, run_on, EVIDENCE)
    archives.at("run")
    _, signature = story.signed(1, "LicenceRevocation", "Licences", licenceId=licence)
    story.send(story.studio, "Licences", "revoke", licence, signature)
    archives.at("revoked")
    story.send(story.union, "Records", "erase", 1, b"")
    archives.at("erased")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    with LocalChain() as chain:
        story = Story.deployed(chain, tmp_path_factory.mktemp("training"))
        archives = Archives(story, dict(CAPPED))
        play(archives)
        yield archives
        archives.synced().close()


def proven(items: Sequence[bytes], number: int, modality: Modality | None = None) -> Item:
    tree = dataset(items)
    return Item(f"item {number}", items[number], "", modality, tree.root, tree.proof(number + 1))


def judged(
    chain: Archives, *items: Item, when: str = "erased", production: int = 1, **options: Any
) -> Checked:
    return check(chain.synced(), items, production, at=chain.times[when], **options)


def verdicts(archives: Archives, item: Item, *whens: str, **options: Any) -> list[str]:
    return [judged(archives, item, when=when, **options).items[0].verdict for when in whens]


def test_a_members_declaration_decides_where_nothing_was_sold(archives: Archives) -> None:
    found = judged(archives, *(proven(some, 2) for some in (OPEN, SHUT, BOUND)), when="declared")
    assert [one.verdict for one in found.items] == [
        Verdict.LICENSED,
        Verdict.NOT_ALLOWED,
        Verdict.CONSTRAINED,
    ]
    assert [one.member for one in found.items] == [1, 2, 2]
    assert "0x" + EVIDENCE.hex() in found.items[2].why
    assert not found.licensed


def test_each_use_has_its_own_value(archives: Archives) -> None:
    shut = proven(SHUT, 0)
    assert verdicts(archives, shut, "declared", use="cawg.data_mining") == ["LICENSED"]
    assert verdicts(archives, shut, "declared", use="cawg.ai_inference") == ["UNKNOWN"]
    with pytest.raises(InputError, match="is not a use"):
        judged(archives, shut, use="anything")


def test_a_later_declaration_replaces_an_earlier_one_from_its_own_time_on(archives: Archives) -> None:
    assert verdicts(archives, proven(SHUT, 1), "declared", "suspended", "opened") == [
        "NOT_ALLOWED",
        "NOT_ALLOWED",
        "LICENSED",
    ]


def test_what_nobody_declared_or_proves_badly_is_unknown(archives: Archives) -> None:
    stranger = Item("item 1", keccak(b"a stranger's"))
    wrong = Item("item 2", OPEN[0], "", None, dataset(OPEN).root, dataset(OPEN).proof(2))
    undeclared = proven(items_of("nobody's"), 0)
    found = judged(archives, stranger, wrong, undeclared)
    assert {one.verdict for one in found.items} == {Verdict.UNKNOWN}
    assert "its proof doesn't lead" in found.items[1].why


def test_a_pooled_record_needs_a_training_right_in_force(archives: Archives) -> None:
    record = Item("item 1", RECORDS[1])
    told = verdicts(
        archives, record, "declared", "licensed", "suspended", "opened", "struck", "run", "revoked", "erased"
    )
    assert told == [
        "NOT_ALLOWED",
        "LICENSED",
        "NOT_ALLOWED",
        "LICENSED",
        "NOT_ALLOWED",
        "LICENSED",
        "NOT_ALLOWED",
        "NOT_ALLOWED",
    ]
    assert "erased" in judged(archives, record).items[0].why
    assert verdicts(archives, record, "licensed", production=2) == ["NOT_ALLOWED"]


def test_a_right_ends_when_its_consent_said(archives: Archives) -> None:
    record = Item("item 1", RECORDS[2])
    last = archives.story.starts + 60 * DAY
    found = [check(archives.synced(), [record], 2, at=at).items[0].verdict for at in (last - 1, last)]
    # The record itself is no registered asset, so a capped right never covers it.
    assert found == [Verdict.CONSTRAINED, Verdict.EXPIRED]


def test_a_right_covers_the_modalities_it_names(archives: Archives) -> None:
    kinds = (None, Modality.FACE, Modality.VOICE)
    found = judged(archives, *(proven(SILENT, n, kind) for n, kind in enumerate(kinds)), when="licensed")
    assert [one.verdict for one in found.items] == [
        Verdict.CONSTRAINED,
        Verdict.LICENSED,
        Verdict.NOT_ALLOWED,
    ]
    assert "nothing says what this is" in found.items[0].why


def test_who_claims_an_item_must_allow_it(archives: Archives) -> None:
    one = judged(archives, proven(SHARED, 3), when="declared").items[0]
    assert (one.verdict, one.member) == (Verdict.NOT_ALLOWED, 2)


def test_a_capped_right_takes_what_is_proven_and_shallow_enough(archives: Archives) -> None:
    ids = [archives.ids["shallow.txt"], archives.ids["deep.txt"], keccak(b"never registered")]
    found = judged(archives, *(proven(ids, n, Modality.FACE) for n in range(3)), when="capped", production=2)
    assert [one.verdict for one in found.items] == [
        Verdict.LICENSED,
        Verdict.CONSTRAINED,
        Verdict.CONSTRAINED,
    ]
    assert "this one's is 1" in found.items[1].why
    assert "is not proven" in found.items[2].why


def test_a_listed_archive_is_seen_though_the_manifest_is_silent(archives: Archives) -> None:
    bare = Item("item 1", SHUT[4])
    assert verdicts(archives, bare, "declared") == ["UNKNOWN"]
    listed = [Item(f"archive {n}", item) for n, item in enumerate(SHUT)]
    found = judged(archives, bare, when="declared", archives=[listed])
    assert found.items[0].verdict is Verdict.NOT_ALLOWED
    with pytest.raises(InputError, match="No member had declared the archive"):
        judged(archives, bare, archives=[listed[::-1]])


def test_a_recorded_run_is_found_by_its_datasets_root(archives: Archives) -> None:
    items = [Item(str(n), item) for n, item in enumerate([RECORDS[1], OPEN[0], OPEN[1]])]
    found = judged(archives, *items)
    assert [(run.licence_id, run.run) for run in found.runs] == [(1 << 24 | 1, 1)]
    assert judged(archives, *items[::-1]).runs == ()


def test_an_unknown_production_is_named(archives: Archives) -> None:
    with pytest.raises(InputError, match="no production 9"):
        check(archives.synced(), [Item("item 1", OPEN[0])], 9)
    with pytest.raises(InputError, match="no production 1 then"):
        check(archives.synced(), [Item("item 1", OPEN[0])], 1, at=1)


def test_both_databases_say_the_same(archives: Archives, postgres: Postgres) -> None:
    items = [proven(some, 0) for some in (OPEN, SHUT, BOUND, SILENT, SHARED)]
    items += [Item("record", RECORDS[1]), Item("record", RECORDS[2])]
    index = archives.synced()
    with archives.index(postgres.new()) as other:
        for when in archives.times.values():
            for production in (1, 2):
                told = [check(one, items, production, at=when) for one in (index, other)]
                assert told[0] == told[1]
        assert told[0].counts[Verdict.NOT_ALLOWED] > 0


def run(archives: Archives, folder: Path, *words: object) -> tuple[int, str, str]:
    story = archives.story
    if not (folder / "index.db").exists():
        story.deployment.save(folder / "deployment.json")
        with archives.index(folder / "index.db"):
            pass
    env = {
        "TRUST_DEPLOYMENT": str(folder / "deployment.json"),
        "TRUST_INDEX": str(folder / "index.db"),
        "TRUST_RPC_URL": story.chain.url,
    }
    result = CliRunner().invoke(app, ["training", *map(str, words)], env=env)
    return result.exit_code, result.stdout, result.stderr


def manifest(path: Path, items: Sequence[bytes]) -> Path:
    path.write_text("item\n" + "".join(f"0x{item.hex()}\n" for item in items))
    return path


def test_the_exit_code_says_whether_all_is_licensed(archives: Archives, tmp_path: Path) -> None:
    good = manifest(tmp_path / "good.csv", [RECORDS[1]])
    at = archives.times["run"]
    code, out, _ = run(archives, tmp_path, "check", good, "--production", 1, "--at", at)
    assert (code, "Every item is licensed." in out) == (0, True)
    bad = manifest(tmp_path / "bad.csv", [RECORDS[1], RECORDS[2]])
    code, out, _ = run(archives, tmp_path, "check", bad, "--production", 1, "--at", at, "--json")
    told = json.loads(out)
    assert (code, told["licensed"], told["counts"]["LICENSED"], told["counts"]["NOT_ALLOWED"]) == (
        7,
        False,
        1,
        1,
    )
    assert told["items"][1]["where"].endswith("bad.csv, line 3")
    for words, said in (
        (("check", tmp_path / "none.csv", "--production", 1), "none.csv"),
        (("check", bad, "--production", 77), "no production 77"),
        (("check", bad, "--production", 1, "--use", "x"), "is not a use"),
    ):
        code, out, error = run(archives, tmp_path, *words)
        assert (code, out, said in error) == (2, "", True)


def test_membership_is_proven_and_checked_offline(archives: Archives, tmp_path: Path) -> None:
    items = [RECORDS[1], OPEN[0], OPEN[1]]
    data, out = manifest(tmp_path / "data.csv", items), tmp_path / "m.json"
    item = "0x" + OPEN[0].hex()
    code, said, error = run(archives, tmp_path, "prove", data, item, "--licence", "1/1", "--out", out)
    assert code == 0, error
    code, said, _ = run(archives, tmp_path, "verify", out, "--json")
    told = json.loads(said)
    assert (code, told["verdict"], told["licence_id"], told["run"]) == (8, "consistent", 1 << 24 | 1, 1)
    tip = told["compare"][0]["hash"]
    assert (
        tip == archives.story.chain.node.call("eth_getTransactionReceipt", told["transaction"])["blockHash"]
    )
    code, said, _ = run(archives, tmp_path, "verify", out, "--block-hash", tip)
    assert (code, "Proven" in said) == (0, True)
    assert run(archives, tmp_path, "verify", out, "--block-hash", "0x" + "11" * 32)[0] == 7
    raw = json.loads(out.read_text())
    for change in (
        {"item": "0x" + OPEN[2].hex()},
        {"run": 2},
        {"licence_id": 1 << 24 | 2},
        {"proof": []},
        {"proof": [[]]},
    ):
        out.write_text(json.dumps(raw | change))
        code, said, _ = run(archives, tmp_path, "verify", out, "--block-hash", tip)
        assert (code, said.startswith("False")) == (7, True), change


def test_no_proof_is_written_of_what_is_not_there(archives: Archives, tmp_path: Path) -> None:
    data = manifest(tmp_path / "data.csv", [RECORDS[1], OPEN[0], OPEN[1]])
    other = manifest(tmp_path / "other.csv", [OPEN[1], OPEN[0], RECORDS[1]])
    item, out = "0x" + OPEN[0].hex(), ("--out", tmp_path / "m.json")
    cases = [
        (("prove", data, "0x" + OPEN[4].hex(), "--licence", "1/1", *out), "has no item"),
        (("prove", other, item, "--licence", "1/1", *out), "No such run"),
        (("prove", data, item, "--licence", "1/2", *out), "No such run"),
        (("prove", data, item, "--licence", "1/1", "--run", 2, *out), "No such run"),
        (("prove", data, item, *out), "Whose run"),
        (("prove", data, item, "--licence", "1/1", "--collective-licence", 1, *out), "Whose run"),
        (("verify", data), "no proof of membership"),
    ]
    for words, said in cases:
        code, told, error = run(archives, tmp_path, *words)
        assert (code, told, said in error) == (2, "", True), (words, error)
    assert not (tmp_path / "m.json").exists()


def test_a_production_that_is_cancelled_trains_no_more(archives: Archives) -> None:
    """Last: nothing of production 2 goes on after it."""
    ids = [archives.ids["shallow.txt"], archives.ids["deep.txt"], keccak(b"never registered")]
    item = proven(ids, 0, Modality.FACE)
    assert verdicts(archives, item, "erased", production=2) == ["LICENSED"]
    archives.story.send(archives.story.studio, "Productions", "cancel", 2)
    archives.at("cancelled")
    one = judged(archives, item, when="cancelled", production=2).items[0]
    assert (one.verdict, one.why) == (Verdict.EXPIRED, "production 2 is cancelled")
    # What a member allows to everybody needs no production.
    assert verdicts(archives, proven(OPEN, 0), "cancelled", production=2) == ["LICENSED"]
