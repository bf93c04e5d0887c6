"""Credits that count something else than the rules do, and what breaks no promise but should be seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from auditing import audited, broken, run, tampered
from eth_utils.crypto import keccak
from test_index_story import Story
from transparency_story import Transparent

from trust.audit import Report, audit
from trust.index import Index


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with audited(tmp_path_factory.mktemp("story")) as story:
        yield story


@pytest.fixture
def attesting(story: Story) -> Iterator[Transparent]:
    with tampered(story), Transparent(story) as acts:
        yield acts


def audit_of(story: Story) -> Report:
    with Index(Path(":memory:"), story.deployment, story.chain.node) as index:
        index.sync(verify=True)
        return audit(index, [story.chain.node])


def test_numbers_that_the_rules_do_not_count_are_named_until_they_are_corrected(
    attesting: Transparent,
) -> None:
    tx_hash = attesting.attest(5, writing=3)
    report = audit_of(attesting.story)
    assert broken(report) == {"A83"}
    (finding,) = report.check("A83").findings
    assert "humanLed.writing is 0, not 3" in finding.what
    assert finding.place is not None
    assert finding.place.tx_hash == tx_hash
    attesting.attest(6)
    assert audit_of(attesting.story).clean


def test_a_count_in_spite_of_what_is_not_proven_is_found(attesting: Transparent) -> None:
    attesting.studio("Provenance", "commitBatch", 1, keccak(text="unproven"), 7)
    attesting.attest(5)
    report = audit_of(attesting.story)
    assert broken(report) == {"A83"}
    assert "7 assets were not proven" in report.check("A83").findings[0].what


def test_a_count_by_rules_of_another_package_is_told_and_not_judged(attesting: Transparent) -> None:
    attesting.steward("publishRules", keccak(text="rules of our own"), "")
    attesting.attest(5, version=2)
    report = audit_of(attesting.story)
    assert report.clean
    assert report.check("A83").remark.startswith("1 not counted")


def test_what_is_late_or_waits_is_named_and_breaks_no_promise(
    story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = audit_of(story)
    assert [check.id for check in report.checks if check.notes] == ["A61", "A72", "A82"]
    late = [note.what for note in report.check("A61").notes]
    assert (sum("late" in what for what in late), sum("overdue" in what for what in late)) == (2, 2)
    draft = (
        f"0x{keccak(text='draft').hex()} to member 3 in production 1 is overdue: the member hasn't replied."
    )
    assert draft in late
    assert all(note.place for check in report.checks for note in check.notes)
    file = tmp_path / "deployment.json"
    story.deployment.save(file)
    said, code = run(capsys, "audit", "--rpc", story.chain.url, "--deployment", str(file))
    assert code == 0
    assert "2 late, 2 overdue" in said
    assert all(what in said for what in late)
