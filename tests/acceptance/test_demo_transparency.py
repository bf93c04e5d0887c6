"""What the demo leaves of disclosures, lineage, the picture and the credit, looked at again from its folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image, ImageChops
from playing import Played

from trust.audit import Check, Finding, Report
from trust.chain.deployments import Deployment
from trust.credit import attested, check, differences, png, recount
from trust.demo import DemoFault, example_screenplay
from trust.demo.acts_room import wait_for_a_new_week
from trust.demo.folder import (
    ANCHORS,
    CHANGED,
    CREDENTIAL,
    DRAFT,
    INDEX,
    LABEL,
    LABEL_PNG,
    SLIP,
    STAMPED,
    STILL,
)
from trust.demo.proof import require_kept
from trust.index import Index
from trust.local import deploy_local
from trust.media import Verdict, read_anchors
from trust.media import check as check_media
from trust.model import ProductionId
from trust.provenance.commitment import committed
from trust.provenance.slip import load_slip
from trust.screenplay import load_secret
from trust.stage import DAY, WEEK, Stage
from trust.testing import LocalChain
from trust.views import DisclosureFilter, disclosure_page
from trust.views.provenance import asset, lineage

MONDAY = 4 * DAY
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def index(example: Played) -> Iterator[Index]:
    with Index(example.folder / INDEX, Deployment(**example.result.deployment)) as found:
        yield found


def ids(example: Played) -> dict[str, bytes]:
    return {work["name"]: bytes.fromhex(work["id"][2:]) for work in example.result.works}


def test_every_writer_was_told_before_the_work_and_acknowledged(example: Played, index: Index) -> None:
    told = disclosure_page(index, DisclosureFilter(production=1)).disclosures
    assert [one.member_id for one in told] == example.result.writers
    slip = load_slip(example.folder / SLIP)
    for one in told:
        assert (one.reply, one.late, one.overdue) == ("ACKNOWLEDGED", False, False)
        assert one.material_hash == slip.material == ids(example)["The machine's draft"]
    content = (example.folder / DRAFT).read_bytes()
    assert slip.fits(content)
    assert not slip.fits(content + b" ")


def test_the_script_descends_from_the_prompt_and_its_writers_agree(example: Played, index: Index) -> None:
    known = ids(example)
    secret = load_secret(example.folder / "production.salt")
    assert known["The script"] == committed(secret, example_screenplay().read_bytes())
    found = asset(index, known["The script"])
    assert [(part.member_id, part.share_bps) for part in found.contributions] == list(
        zip(example.result.writers, (5_000, 3_000, 2_000), strict=True)
    )
    assert all(part.confirmed_at is not None for part in found.contributions)
    origin = [step.known for step in lineage(index, known["The script"]).steps]
    assert f"SCRIPT=0x{known['The script'].hex()}\n" in README.read_text()
    assert [one.id for one in origin] == [known["The machine's draft"], known["The prompt"]]
    assert [(one.depth, one.since_human) for one in origin] == [(1, 1), (0, 0)]


def test_the_stamped_picture_is_valid_and_the_changed_one_is_not(example: Played, index: Index) -> None:
    anchors = read_anchors(example.folder / ANCHORS)
    found = {name: check_media(index, example.folder / name, anchors) for name in (STAMPED, CHANGED, STILL)}
    verdicts = [one.verdict for one in found.values()]
    assert verdicts == [Verdict.VALID, Verdict.TAMPERED, Verdict.UNSTAMPED]
    statement = found[STAMPED].statement
    assert statement is not None
    assert statement.usage_transaction == example.result.media["transaction"]
    with Image.open(example.folder / STAMPED) as stamped, Image.open(example.folder / STILL) as still:
        assert ImageChops.difference(stamped, still).getbbox() is None


def test_one_bit_is_what_the_changed_picture_differs_in(example: Played) -> None:
    stamped, changed = ((example.folder / name).read_bytes() for name in (STAMPED, CHANGED))
    assert int.from_bytes(stamped, "big") ^ int.from_bytes(changed, "big") in {
        1 << place for place in range(0, 8 * len(stamped), 8)
    }
    with Image.open(example.folder / CHANGED) as picture:
        picture.load()


def test_the_credential_holds_by_its_blocks_hash_only(example: Played) -> None:
    credit = example.result.credit
    text = (example.folder / CREDENTIAL).read_text()
    trusted = bytes.fromhex(credit["block_hash"][2:])
    contract = example.result.deployment["contracts"]["HumanAuditCredits"]
    assert check(text, block_hash=trusted, contract=contract).verdict == "valid"
    assert check(text, block_hash=trusted[::-1], contract=contract).verdict == "false"
    assert check(text, block_hash=trusted, contract="0x" + "11" * 20).verdict == "false"
    assert "signature" in credit["forged"]["fault"]


def test_the_credit_says_what_the_rules_count(example: Played, index: Index) -> None:
    credit = example.result.credit
    told = attested(index, credit["credit"])
    assert not differences(recount(index, told), told)
    assert {name: number for name, number in credit["human_led"].items() if number} == {
        "writing": 1,
        "performance": 1,
    }
    assert {name: number for name, number in credit["machine_led"].items() if number} == {
        "performance": 13,
        "design": 1,
    }
    assert told["productionId"] == ProductionId(1)


def test_the_label_is_an_svg_and_a_png_of_it(example: Played) -> None:
    svg = (example.folder / LABEL).read_text()
    assert fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert "ISSUED" in svg
    assert (example.folder / LABEL_PNG).read_bytes() == png(svg)


def test_both_numbers_and_the_credit_are_told(example: Played) -> None:
    said = example.said
    assert "from the prompt, by example model 1: depth 1, since human 1." in said
    assert "from the machine's draft, by Ada, Ben and Cleo: depth 1, since human 0." in said
    assert "none of the 3 writers ever held ether." in said
    assert "Checked: VALID." in said
    assert "changed: TAMPERED." in said
    assert "credit 1 was issued." in said
    assert "every promise was kept." in said


def test_a_broken_promise_ends_the_demo() -> None:
    broken = Check("A20", "Each use has a grant.", 1, 1, (Finding("A20", "use 7 has no grant"),))
    report = Report(31337, 1, "0x", 0, 1, 0, None, (broken,))
    with pytest.raises(DemoFault, match="A20, use 7 has no grant"):
        require_kept(report)


def test_nobody_joins_for_a_week_that_is_about_to_end(tmp_path: Path) -> None:
    sunday = 2_000 * WEEK + MONDAY - 1_800
    with LocalChain(timestamp=sunday) as chain:
        local = deploy_local(chain.url, tmp_path / "outbox.db")
        stage = Stage(local)
        assert stage.now() < sunday + 1_800
        wait_for_a_new_week(stage)
        begun = stage.now()
        assert begun >= sunday + 1_800
        wait_for_a_new_week(stage)
        assert stage.now() == begun
        local.close()
