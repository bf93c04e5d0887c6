"""Disclosures told through the command line: a studio tells, members check and answer, a report is made and met."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import DAY, HASH, Office, enrolled, opened, registered

from trust.errors import InputError
from trust.model import MaterialKind, ProductionId
from trust.provenance.commitment import commitment
from trust.provenance.slip import Slip, load_slip

TEXT = "EXT. ROOF - NIGHT\n\nVERA counts the lights.\n"


class Desk(Office):
    """An office with a production and two members."""

    production: int
    ana: int
    bo: int

    @property
    def salt(self) -> tuple[object, ...]:
        return ("--salt-file", self.folder / "production.salt")

    def material(self, name: str, text: str = TEXT) -> Path:
        path = self.folder / name
        path.write_text(text + name)
        return path

    def disclosing(
        self, material: object, *members: int, kind: str = "storyboard", days: int = 3
    ) -> list[object]:
        """Words of the studio's command, but for its options."""
        starts = self.chain.node.block().timestamp + days * DAY
        return [
            "disclosure", "disclose", self.production, *members, "--kind", kind, "--material", material,
            "--model", "example 1", "--work-starts", starts,
        ]  # fmt: skip

    def says(self, who: str, what: str, kind: str, material: str, **fields: str) -> Path:
        """A member's signed statement about a material."""
        path = self.folder / f"{what}-{len(list(self.folder.iterdir()))}.json"
        given = {
            "productionId": self.production,
            "memberId": {"Ana": self.ana, "Bo": self.bo}[who],
            "kind": kind,
            "materialHash": material,
            **fields,
        }
        words = [word for name, value in given.items() for word in ("--field", f"{name}={value}")]
        self.json("consent", "new", what, *words, "--out", path, online=False)
        self.json("consent", "sign", path, who=who, online=False)
        return path

    def disclosed(self, name: str, *members: int) -> tuple[Path, Path]:
        """A file that was disclosed, and its slip."""
        file, slip = self.material(name), self.folder / f"{name}.slip.json"
        told = self.json(*self.disclosing(file, *members), *self.salt, "--slip", slip, who="studio")
        assert told["late"] is False
        assert load_slip(slip).material.hex() == told["material"][2:]
        return file, slip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk")) as found:
        desk = Desk(found.chain, found.local, found.folder)
        desk.production = registered(desk)
        desk.ana, desk.bo = enrolled(desk, "Ana"), enrolled(desk, "Bo")
        yield desk


def test_member_checks_acknowledges_and_is_listed(desk: Desk) -> None:
    file, slip = desk.disclosed("board.txt", desk.ana, desk.bo)
    paper = desk.folder / "ana.json"
    told = desk.tell(
        "disclosure", "check", file, "--slip", slip, "--member", desk.ana, "--acknowledge", paper
    )
    assert "to the byte" in told
    assert "none yet" in told
    shown = desk.tell("consent", "sign", paper, who="Ana", online=False)
    assert "Signed with" in shown
    assert "I was told that this material is machine-made" in desk.tell(
        "consent", "show", paper, online=False
    )
    assert f"Member {desk.ana} acknowledged it" in desk.tell("disclosure", "acknowledge", paper, who="keeper")
    seen = desk.json("disclosure", "check", file, "--slip", slip, "--member", desk.ana)
    assert (seen["fits"], seen["state"]["reply"]) == (True, 1)

    material = seen["materialHash"]
    objection = desk.says("Bo", "DisclosureContest", "storyboard", material, reasonHash=HASH)
    desk.json("disclosure", "contest", objection, "--simulate", who="keeper")
    desk.json("disclosure", "contest", objection, who="keeper")
    desk.json("index", "sync")
    rows = desk.json("disclosure", "list", "--material", material)["disclosures"]
    assert [(row["member_id"], row["reply"]) for row in rows] == [
        (desk.ana, "ACKNOWLEDGED"),
        (desk.bo, "CONTESTED"),
    ]
    table = desk.tell("disclosure", "list", "--material", material)
    assert "acknowledged" in table
    assert "contested" in table


def test_report_is_made_and_met_both_ways(desk: Desk) -> None:
    reported = []
    for name in ("found.txt", "rumour.txt"):
        file, mine = desk.material(name), desk.folder / "bo.salt"
        mine.write_text("3c" + bytes(range(31)).hex())
        told = desk.json("disclosure", "hash", file, "--salt-file", mine, online=False)
        salt = bytes.fromhex(told["salt"][2:])
        assert told["material"] == "0x" + commitment(salt, file.read_bytes()).hex()
        report = desk.says("Bo", "UndisclosedReport", "design", told["material"])
        desk.json("disclosure", "report", report, who="keeper")
        reported.append(told["material"])
    told = desk.tell(*desk.disclosing(reported[0], desk.bo, kind="design"), who="studio")
    assert f"Design disclosed to member {desk.bo}, late." in told
    answering = (
        "disclosure",
        "answer",
        desk.production,
        desk.bo,
        "--material",
        reported[1],
        "--evidence",
        HASH,
    )
    assert "answered" in desk.tell(*answering, who="studio")
    code, line = desk.refused(*answering, who="studio")
    assert (code, "AlreadyAnswered" in line) == (4, True)
    desk.json("index", "sync")
    rows = desk.json("disclosure", "list", "--reported", "--production", desk.production)["disclosures"]
    assert [(row["late"], row["answered_at"] is not None) for row in rows] == [(True, False), (False, True)]
    assert "reported, studio answered" in desk.tell("disclosure", "list", "--reported", "--newest")


def test_overdue_is_listed_as_lines_json_and_csv(desk: Desk) -> None:
    desk.disclosed("later.txt", desk.ana)
    desk.json("index", "sync")
    at = desk.chain.node.block().timestamp + 4 * DAY
    asked = ("disclosure", "list", "--overdue", "--member", desk.ana, "--kind", "storyboard")
    assert desk.tell(*asked).strip() == "No disclosures."
    assert "OVERDUE" in desk.tell(*asked, "--at", at)
    [row] = desk.json(*asked, "--at", at)["disclosures"]
    assert (row["waits_for"], row["due_at"]) == ("MEMBER", row["work_starts"])
    [line] = csv.DictReader(io.StringIO(desk.tell(*asked, "--at", at, "--csv")))
    assert line["material_hash"] == row["material_hash"]
    code, said = desk.refused(*asked, "--csv", "--json")
    assert (code, "CSV and JSON" in said) == (2, True)
    first = desk.json("disclosure", "list", "--limit", 1)
    rest = desk.json("disclosure", "list", "--after", first["after"])
    whole = desk.json("disclosure", "list")["disclosures"]
    assert first["disclosures"] + rest["disclosures"] == whole


def test_draft_waits_for_the_writers_room_and_leaves_no_slip(desk: Desk) -> None:
    slip = desk.folder / "draft.slip.json"
    words = desk.disclosing(desk.material("draft.txt"), desk.ana, kind="draft")
    code, line = desk.refused(*words, *desk.salt, "--slip", slip, who="studio")
    assert (code, "NoRoom" in line, slip.exists()) == (4, True, False)
    desk.json("room", "open", desk.production, "--episodes", 1, who="studio")
    code, line = desk.refused(*words, *desk.salt, who="studio")
    assert (code, "RoomTooShort" in line) == (4, True)


def test_simulated_disclosure_writes_and_sends_nothing(desk: Desk) -> None:
    slip = desk.folder / "simulated.slip.json"
    words = (*desk.disclosing(desk.material("maybe.txt"), desk.ana), *desk.salt, "--slip", slip, "--simulate")
    assert desk.json(*words, who="studio")["simulated"] is True
    assert not slip.exists()


def test_another_material_is_not_taken_for_the_one_disclosed(desk: Desk) -> None:
    file, slip = desk.disclosed("checked.txt", desk.ana)
    other = desk.material("other.txt")
    code, line = desk.refused("disclosure", "check", other, "--slip", slip, online=False)
    assert (code, "is not the material" in line) == (2, True)
    told = desk.json("disclosure", "check", file, "--slip", slip, online=False)
    assert told["fits"] is True
    said = desk.tell("disclosure", "check", file, "--slip", slip, "--member", desk.bo)
    assert f"NOT disclosed to member {desk.bo}" in said
    out = desk.folder / "bo-ack.json"
    code, line = desk.refused(
        "disclosure", "check", file, "--slip", slip, "--member", desk.bo, "--acknowledge", out
    )
    assert (code, "nothing for member" in line, out.exists()) == (2, True, False)
    code, line = desk.refused("disclosure", "check", file, "--slip", slip, "--acknowledge", out)
    assert (code, "Whose acknowledgement" in line) == (2, True)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("kind", "DESIGN", "the chain storyboard"),
        ("workStarts", 1_900_000_000, "the chain storyboard"),
        ("chainId", 1, "for chain 1"),
        ("contract", "0x" + "11" * 20, "0x1111"),
    ],
)
def test_slip_that_the_chain_denies_is_refused(desk: Desk, field: str, value: object, said: str) -> None:
    file, slip = desk.disclosed(f"forged {field}.txt", desk.ana)
    slip.write_text(json.dumps(json.loads(slip.read_text()) | {field: value}))
    code, line = desk.refused("disclosure", "check", file, "--slip", slip, "--member", desk.ana)
    assert (code, said in line) == (2, True), line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        ("{", "is not a slip"),
        ("[" * 100_000, "too large"),
        ("[" * 10_000, "is not a slip"),
        ('{"format": "likeness-trust/material/2"}', "of this version"),
        ('{"format": "likeness-trust/material/1"}', "damaged"),
        ('{"format": "likeness-trust/material/1", "chainId": -1}', "damaged"),
    ],
)
def test_slip_that_cannot_be_used_is_told_of(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "slip.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=said):
        load_slip(path)


def test_slip_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    slip = Slip(
        1, "0x" + "22" * 20, ProductionId(3), MaterialKind.DRAFT, b"\1" * 32, b"\2" * 32, b"\3" * 32, 9
    )
    slip.save(tmp_path / "slip.json")
    assert load_slip(tmp_path / "slip.json") == slip
    with pytest.raises(InputError, match="can't be written"):
        slip.save(tmp_path / "nowhere" / "slip.json")
    damaged = slip.as_json() | {"salt": "0x11"}
    (tmp_path / "slip.json").write_text(json.dumps(damaged))
    with pytest.raises(InputError, match="32 bytes"):
        load_slip(tmp_path / "slip.json")


def test_words_that_cannot_be_used_send_nothing(desk: Desk) -> None:
    file = desk.material("words.txt")
    for words, said in (
        (desk.disclosing(file, desk.ana), "needs a salt"),
        ([*desk.disclosing(desk.folder, desk.ana), *desk.salt], "is not a file"),
        ([*desk.disclosing(HASH, desk.ana), "--slip", desk.folder / "x.json"], "needs the material's salt"),
        (desk.disclosing(HASH, desk.ana, kind="poem"), "is not a material kind"),
        (desk.disclosing(HASH, *[desk.ana] * 501), "at most 500 members"),
    ):
        code, line = desk.refused(*words, who="studio")
        assert (code, said in line) == (2, True), line
    code, line = desk.refused(*desk.disclosing(HASH, 999), who="studio")
    assert (code, "UnknownMember" in line) == (4, True)
    other = desk.consent("Ana", "ConsentCancellation", memberId=desk.ana, nonce=5)
    code, line = desk.refused("disclosure", "acknowledge", other, who="keeper")
    assert (code, "not a DisclosureAcknowledgement" in line) == (2, True)
