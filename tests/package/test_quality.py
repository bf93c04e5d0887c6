"""The report on quality and cost: from the chain, the user's texts, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lineages import HOSTILE, SECRET, Lineage, lineage_story
from postgres import Postgres
from typer.testing import CliRunner

from trust.cli import app
from trust.errors import InputError
from trust.lineage import Quality, quality, quality_page, read_texts
from trust.views.drafts import production_assets


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lineage]:
    with lineage_story(tmp_path_factory.mktemp("quality")) as lineage:
        yield lineage


@pytest.fixture
def folder(lineage: Lineage, tmp_path: Path) -> Path:
    return lineage.write(tmp_path)


def made(lineage: Lineage, folder: Path, where: Path | str = Path(":memory:")) -> Quality:
    with lineage.index(where) as index:
        assets = production_assets(index, 1)
        return quality(1, assets, read_texts(folder, SECRET, {asset.id for asset in assets}))


def test_first_drafts_revisions_depths_and_novelty(lineage: Lineage, folder: Path) -> None:
    found = made(lineage, folder)
    lines = {line.file: line for line in found.drafts}
    assert (found.first, found.machine_first) == (2, 1)
    assert [line.first for line in found.drafts] == [True, False, True, False, False]
    assert found.histogram == {0: 3, 1: 1, 2: 1, 3: 1}
    assert found.unproven == 0
    # Every ninth word was replaced; signs count as words, so it is less than a ninth of them.
    second = lines["second.txt"]
    assert (second.by, second.measured) == ("both", 1)
    assert 900 < (second.revision or 0) <= 1_300
    merged = lines[HOSTILE]
    assert (merged.parents, merged.measured, merged.depth) == (2, 2, 3)
    assert (merged.unseen or 0) < (merged.novelty or 0)
    assert lines["first.txt"].unmeasured == "too short for a compressor to say anything"
    assert lines["first.txt"].revision is None  # its parent is a prompt
    assert set(found.revision) == {"human", "both"}
    assert sum(period.drafts for period in found.periods) == len(found.drafts) == 5
    assert found.periods[0].machine_first == 1


def test_missing_and_strange_files_are_named(lineage: Lineage, folder: Path) -> None:
    (folder / "second.txt").write_text("tampered with")
    (folder / "own.txt").unlink()
    found = made(lineage, folder)
    assert set(found.missing) == {lineage.ids["second.txt"], lineage.ids["own.txt"]}
    assert found.strangers == ("second.txt",)
    lines = {line.id: line for line in found.drafts}
    assert lines[lineage.ids["second.txt"]].unmeasured == "its own text is missing"
    assert lines[lineage.ids["batched.txt"]].unmeasured == "its parents' texts are missing"
    assert (lines[lineage.ids[HOSTILE]].parents, lines[lineage.ids[HOSTILE]].measured) == (2, 1)


def test_the_report_is_the_same_out_of_both_databases(
    lineage: Lineage, folder: Path, postgres: Postgres
) -> None:
    assert made(lineage, folder) == made(lineage, folder, postgres.new())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_no_file_name_or_text_becomes_markup(lineage: Lineage, folder: Path) -> None:
    (folder / "<script>alert(2)<").write_text("</table><script>alert(3)</script>")
    page = quality_page(made(lineage, folder))
    reader = _Tags()
    reader.feed(page)
    assert not {"script", "img"} & set(reader.tags)
    assert not [name for name in reader.attributes if name.startswith("on")]
    assert reader.tags.count("svg") == 4
    assert "&lt;img src=x onerror=alert(1)&gt;.txt" in page
    assert "alert(3)" not in page  # no text goes out
    assert "A ring of two hundred cameras" not in page


def run(lineage: Lineage, folder: Path, *words: object) -> tuple[int, str, str]:
    home = folder.parent
    lineage.story.deployment.save(home / "deployment.json")
    if not (home / "index.db").exists():
        with lineage.index(home / "index.db"):
            pass
    env = {"TRUST_DEPLOYMENT": str(home / "deployment.json"), "TRUST_INDEX": str(home / "index.db")}
    secret = ("--salt-file", home / "production.salt")
    given = ("provenance", "report", "--texts", folder, *secret, "--out", home / "report.json", *words)
    result = CliRunner().invoke(app, [*map(str, given)], env=env)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_writes_both_files_and_says_the_same(lineage: Lineage, folder: Path) -> None:
    code, out, _ = run(lineage, folder, "--production", 1, "--json")
    told = json.loads(out)["report"]
    assert code == 0
    assert json.loads((folder.parent / "report.json").read_text()) == told
    assert (told["first"], told["machine_first"], told["histogram"]["0"]) == (2, 1, 3)
    assert (folder.parent / "report.html").read_text().startswith("<!doctype html>")
    code, _, error = run(lineage, folder, "--production", 1)
    assert (code, "There is a file" in error) == (2, True)
    code, out, _ = run(lineage, folder, "--production", 1, "--force")
    assert (code, "1 of 2 by machine for more than half" in out) == (0, True)


def test_bad_input_writes_nothing(lineage: Lineage, folder: Path) -> None:
    cases = [
        (("--production", 9), "Production 9 has no assets"),
        (("--production", 1, "--texts", folder / "none"), "no folder"),
        (("--production", 1, "--salt-file", folder / "own.txt"), "larger than"),
        (("--production", 1, "--salt-file", folder / "absent"), "cannot be read"),
    ]
    (folder / "own.txt").write_text("x" * 5_000)
    for words, said in cases:
        code, out, error = run(lineage, folder, *words)
        assert (code, out) == (2, ""), words
        assert said in error
        assert not list(folder.parent.glob("report.*"))


def test_a_production_without_assets_is_named(lineage: Lineage) -> None:
    with lineage.index() as index, pytest.raises(InputError, match="has no assets"):
        production_assets(index, 2)
