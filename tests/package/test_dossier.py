"""Copyright dossiers: what the chain records of an asset, proven, and every way to bend it caught."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from lineages import HOSTILE, MODEL, Lineage, lineage_story
from relay import Relay
from typer.testing import CliRunner

from trust.chain.node import Node
from trust.cli import app
from trust.errors import ChainError, InputError
from trust.lineage import Dossier, check_dossier, dossier, gather_lineage, json_file, page
from trust.provenance.asset import Role


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lineage]:
    with lineage_story(tmp_path_factory.mktemp("dossier")) as lineage:
        yield lineage


def made(lineage: Lineage, name: str = HOSTILE, **options: Any) -> tuple[bytes, bytes, Dossier]:
    story = lineage.story
    evidence, proven = gather_lineage(story.chain.node, story.deployment, lineage.ids[name], **options)
    found = dossier(evidence, proven)
    return json_file(evidence, found), page(evidence, found).encode(), found


def tips(file: bytes) -> list[bytes]:
    """What an auditor would have from a node of their own."""
    return [bytes.fromhex(one[2:]) for _, one in check_dossier(file).compare]


def test_a_dossier_holds_each_role_apart_and_the_prompts_author_apart_from_all(lineage: Lineage) -> None:
    _, _, found = made(lineage)
    work = found.work
    parts = {(part.member, part.role): part for part in work.humans}
    assert {key: part.share_bps for key, part in parts.items()} == {
        (1, "AUTHORSHIP"): 5_000,
        (1, "SELECTION"): 1_500,
        (2, "ARRANGEMENT"): 2_500,
    }
    assert (work.prompt_author, work.human_bps, work.machine_bps) == (2, 9_000, 1_000)
    assert work.machines[0].model_hash == "0x" + MODEL.hex()
    assert parts[1, "AUTHORSHIP"].evidence_hash == "0x" + keccak(text=f"evidence of {HOSTILE} by 1").hex()
    # A confirmation of another share is none; a dispute stands against all of the member's parts.
    answers = {key: part.answer for key, part in parts.items()}
    assert answers == {
        (1, "AUTHORSHIP"): "CONFIRMED",
        (1, "SELECTION"): "UNANSWERED",
        (2, "ARRANGEMENT"): "DISPUTED",
    }
    assert [one.member for one in work.disputes] == [2]
    assert "Prompts alone are not authorship" in " ".join(found.findings)


def test_an_asset_that_only_a_machine_made_has_no_human_part_though_a_member_wrote_its_prompt(
    lineage: Lineage,
) -> None:
    _, html, found = made(lineage, "first.txt")
    assert (found.work.humans, found.work.prompt_author) == ((), 1)
    assert found.findings[0].startswith("No human authorship, selection, arrangement or modification")
    assert html.count(b"<p>None is recorded.</p>") >= len(Role)


def test_the_lineage_goes_through_bundles_and_batches_to_the_beginning(lineage: Lineage) -> None:
    _, _, found = made(lineage)
    numbers = {work.id: (work.depth, work.since_human) for work in found.works}
    for name in ("prompt.txt", "first.txt", "second.txt", "own.txt", "batched.txt", HOSTILE):
        told = lineage.story.view("Provenance", "numbersOf", lineage.ids[name])
        assert numbers.pop("0x" + lineage.ids[name].hex()) == (told["depth"], told["sinceHuman"]), name
    assert not numbers
    assert [(one.form, one.size, len(one.children)) for one in found.roots] == [
        ("BUNDLE", 2, 2),
        ("BATCH", 2, 0),
    ]
    batched = next(work for work in found.works if work.batched)
    # The batch shows that it was there four days before it was proven.
    assert batched.batched is not None
    assert batched.recorded.time - batched.batched.time >= 4 * 86_400


def test_a_dossier_is_proven_by_the_last_blocks_hash_and_ones_own_deployment(lineage: Lineage) -> None:
    file, html, found = made(lineage)
    alone = check_dossier(file, html)
    assert (alone.verdict, len(alone.compare), alone.whole, alone.faults) == ("consistent", 1, True, ())
    assert alone.compare[0][0] == found.last_block == lineage.story.chain.node.block().number
    assert check_dossier(file, html, tips(file)).verdict == "consistent"
    assert check_dossier(file, html, (), lineage.story.deployment).verdict == "consistent"
    whole = check_dossier(file, html, tips(file), lineage.story.deployment)
    assert (whole.verdict, whole.found) == ("proven", found)
    assert made(lineage) == (file, html, found)


def test_a_sparse_dossier_says_that_a_dispute_could_be_missing(lineage: Lineage) -> None:
    file, html, found = made(lineage, sparse=True)
    assert not found.whole
    assert b"<b>Sparse:</b>" in html
    checked = check_dossier(file, html, tips(file), lineage.story.deployment)
    assert (checked.verdict, checked.whole) == ("proven", False)
    assert len(checked.compare) == 0 < len(tips(file))
    # Of its headers, all have a hash of their own to compare, but those that follow each other.
    assert check_dossier(file, html, tips(file)[1:], lineage.story.deployment).verdict == "consistent"


def test_generations_are_counted_and_said(lineage: Lineage) -> None:
    _, html, found = made(lineage, generations=2)
    assert {work.generation for work in found.works} == {0, 2}
    assert b"Ancestors beyond 2 generations" in html
    assert len(made(lineage, generations=0)[2].works) == 1


def test_random_bytes_are_always_caught(lineage: Lineage) -> None:
    file, _, _ = made(lineage)
    known = tips(file)
    dice = random.Random(7)
    for _ in range(60):
        bent = bytearray(file)
        at = dice.randrange(len(bent))
        bent[at] ^= dice.randrange(1, 256)
        try:
            checked = check_dossier(bytes(bent), None, known, lineage.story.deployment)
        except InputError:
            continue
        assert checked.verdict == "false", at


Bend = Callable[[dict[str, Any]], None]


def _confirm_all(told: dict[str, Any]) -> None:
    for part in told["facts"]["works"][0]["humans"]:
        part["answer"] = "CONFIRMED"


def _drop_dispute(told: dict[str, Any]) -> None:
    told["facts"]["works"][0]["disputes"] = []


def _leave_out_the_last_blocks(told: dict[str, Any]) -> None:
    told["blocks"].pop()


def _cut_the_beginning(told: dict[str, Any]) -> None:
    told["headers"] = told["headers"][1:]
    told["blocks"] = told["blocks"][1:]


def _swap_headers(told: dict[str, Any]) -> None:
    told["headers"][0], told["headers"][1] = told["headers"][1], told["headers"][0]


def _forget_a_transaction(told: dict[str, Any]) -> None:
    told["blocks"][0]["transactions"] = []


def _another_contract(told: dict[str, Any]) -> None:
    told["deployment"]["contracts"]["Provenance"] = "0x" + "11" * 20


def _another_asset(told: dict[str, Any]) -> None:
    told["asset"] = told["facts"]["works"][1]["id"]


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (_confirm_all, "facts.works[1].humans"),
        (_drop_dispute, "facts.works[1].disputes"),
        (_leave_out_the_last_blocks, "left out"),
        (_cut_the_beginning, "where this comes from"),
        (_swap_headers, "out of its place"),
        (_forget_a_transaction, "proofs don't hold"),
        (_another_contract, "another one"),
        (_another_asset, "facts."),
    ],
)
def test_a_bent_dossier_is_false_and_says_where(lineage: Lineage, bend: Bend, said: str) -> None:
    file, _, _ = made(lineage)
    told = json.loads(file)
    bend(told)
    bent = json.dumps(told, indent=1).encode() + b"\n"
    checked = check_dossier(bent, None, tips(file), lineage.story.deployment)
    assert checked.verdict == "false"
    assert said in " ".join(f"{fault.where} {fault.what}" for fault in checked.faults)


def test_a_page_of_other_facts_is_false(lineage: Lineage) -> None:
    file, html, _ = made(lineage)
    checked = check_dossier(file, html.replace(b"disputed", b"confirmed", 1))
    assert (checked.verdict, checked.faults[0].where) == ("false", "the page")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "no dossier"),
        (b"[]", "no dossier"),
        (b"[" * 100_000, "no dossier"),
        (b"\xff", "no dossier"),
    ],
)
def test_what_is_no_dossier_is_refused(file: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_dossier(file)


def test_a_dossier_of_another_format_or_with_broken_headers_is_refused(lineage: Lineage) -> None:
    file, _, _ = made(lineage)
    for key, value, said in (
        ("format", 2, "format 2"),
        ("headers", ["0xzz"], "headers"),
        ("headers", [], "no dossier"),
    ):
        with pytest.raises(InputError, match=said):
            check_dossier(json.dumps(json.loads(file) | {key: value}).encode())


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def test_a_page_built_on_hostile_facts_runs_nothing(lineage: Lineage) -> None:
    """Only a forged file has such facts, and its page must be safe to look at all the same."""
    story = lineage.story
    evidence, proven = gather_lineage(story.chain.node, story.deployment, lineage.ids[HOSTILE])
    found = dossier(evidence, proven)
    bad = "<script>alert(1)</script>"
    work = replace(found.work, id=bad, kind=bad, parents=(bad,))
    reader = _Scripts()
    reader.feed(page(evidence, replace(found, works=(work,), findings=(bad,))))
    assert "script" not in reader.tags


def test_unknown_assets_and_blocks_are_named(lineage: Lineage) -> None:
    story = lineage.story
    with pytest.raises(InputError, match="There is no asset"):
        gather_lineage(story.chain.node, story.deployment, bytes(31) + b"\1")
    with pytest.raises(InputError, match="There is no block"):
        gather_lineage(story.chain.node, story.deployment, lineage.ids[HOSTILE], until=10**9)
    with pytest.raises(InputError, match="There is no asset"):
        gather_lineage(story.chain.node, story.deployment, lineage.ids[HOSTILE], until=story.deployment.block)


def test_a_node_that_hides_a_dispute_is_found_out(lineage: Lineage) -> None:
    """The bloom of the block that has it shows it all the same."""
    story = lineage.story
    honest = made(lineage)[2]
    disputed = honest.work.disputes[0].recorded

    def hide(request: dict[str, Any], result: Any) -> Any:
        if request["method"] != "eth_getLogs":
            return result
        return [log for log in result if int(log["blockNumber"], 16) != disputed.block]

    relay = Relay(story.chain)
    relay.open()
    try:
        relay.lie = hide
        with Node(relay.url) as node:
            evidence, proven = gather_lineage(node, story.deployment, lineage.ids[HOSTILE])
            assert dossier(evidence, proven) == honest
        relay.lie = lambda request, result: [] if request["method"] == "eth_getBlockReceipts" else result
        with Node(relay.url) as node, pytest.raises(ChainError):
            gather_lineage(node, story.deployment, lineage.ids[HOSTILE])
    finally:
        relay.shut()


def run(lineage: Lineage, folder: Path, *words: object) -> tuple[int, str, str]:
    lineage.story.deployment.save(folder / "deployment.json")
    env = {"TRUST_DEPLOYMENT": str(folder / "deployment.json"), "TRUST_RPC_URL": lineage.story.chain.url}
    result = CliRunner().invoke(app, ["provenance", *map(str, words)], env=env)
    return result.exit_code, result.stdout, result.stderr


def test_the_commands_write_check_and_refuse(lineage: Lineage, tmp_path: Path) -> None:
    asset, out = "0x" + lineage.ids[HOSTILE].hex(), tmp_path / "dossier.json"
    code, said, _ = run(lineage, tmp_path, "dossier", asset, "--out", out, "--json")
    told = json.loads(said)
    assert (code, told["facts"]["works"][0]["id"]) == (0, asset)
    tip = told["compare"][0]["hash"]
    checked = ("dossier-check", out, "--page", tmp_path / "dossier.html")
    assert run(lineage, tmp_path, *checked)[0] == 8
    code, said, _ = run(lineage, tmp_path, *checked, "--block-hash", tip)
    assert (code, "Proven" in said, "None of it is left out" in said) == (0, True, True)
    out.write_bytes(out.read_bytes().replace(b'"DISPUTED"', b'"CONFIRMED"'))
    code, said, _ = run(lineage, tmp_path, *checked, "--block-hash", tip, "--json")
    assert (code, json.loads(said)["verdict"]) == (7, "false")
    before = out.read_bytes()
    code, _, error = run(lineage, tmp_path, "dossier", asset, "--out", out)
    assert (code, "There is a file" in error, out.read_bytes() == before) == (2, True, True)
    (tmp_path / "x.html").mkdir()
    for words, why in (
        (("dossier", "0x12"), "is not a hash"),
        (("dossier", asset, "--out", tmp_path / "x.json", "--force"), "is a folder"),
        (("dossier", "0x" + "12" * 32, "--out", tmp_path / "y.json"), "There is no asset"),
        (("dossier", asset, "--out", tmp_path / "y.html"), "written twice"),
        (("dossier", asset, "--out", tmp_path / "no" / "x.json"), "can't be written"),
        (("dossier-check", tmp_path / "none.json"), "can't be read"),
        (("dossier-check", tmp_path / "deployment.json"), "no dossier"),
    ):
        code, said, error = run(lineage, tmp_path, *words)
        assert (code, said, why in error) == (2, "", True), error
    assert [path.name for path in tmp_path.glob("[xy]*")] == ["x.html"]
