"""A crowd and a training run told through the command line: terms, everybody's signature, uses, pay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office import DAY, HASH, SCREENPLAY, Team, enrolled, opened, registered

from trust.chain.deployments import Deployment
from trust.consent import load_terms
from trust.errors import ConsentError

#: Of the example rate card: a background scene and an iteration of it, and a training fee, of the face.
USE = 1_820 * 10**6
RUN = 6_000 * 10**6


class Square(Team):
    """An office with a production and three members."""

    def roster(self, **units: int) -> Path:
        path = self.folder / f"roster-{len(list(self.folder.iterdir()))}.csv"
        lines = [f"{self.members[name]},{its}" for name, its in units.items()]
        path.write_text("member,units\n" + "\n".join(lines) + "\n")
        return path

    def terms(self, group: str, *words: object, days: int = 30) -> tuple[int, Path]:
        """The number of a deal that was opened, and the file of its terms."""
        out = self.folder / f"terms-{len(list(self.folder.iterdir()))}.json"
        until = self.chain.node.block().timestamp + days * DAY
        made = self.json(
            group, "open", self.production, "--modalities", "face", "--until", until,
            "--description", "I cross the square.", "--out", out, *words, who="studio",
        )  # fmt: skip
        assert json.loads(out.read_text())["pool"] == made["id"]
        return int(made["id"]), out

    def proof(self) -> tuple[object, ...]:
        return ("--screenplay", SCREENPLAY, "--salt-file", self.folder / "production.salt", "--scene", 2)

    def asked(self, group: str, terms: Path, **units: int) -> Path:
        """A folder with a consent for each of these members, not signed."""
        out = self.folder / f"consents-{len(list(self.folder.iterdir()))}"
        told = self.json(
            group, "consents", terms, "--roster", self.roster(**units), "--out", out, online=False
        )
        assert told["written"] == len(units)
        return out


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    with opened(tmp_path_factory.mktemp("square")) as found:
        square = Square(found.chain, found.local, found.folder)
        square.production = registered(square, "150000")
        square.members = {name: enrolled(square, name) for name in ("Ana", "Bo", "Cy")}
        yield square


def test_crowd_signs_is_used_and_paid(square: Square) -> None:
    number, terms = square.terms("pool-grant", "--uses", 3, *square.proof())
    folder = square.asked("pool-grant", terms, Ana=2, Bo=1, Cy=3)
    told = square.tell("consent", "show", folder / f"{square.members['Ana']}.json", online=False)
    assert "stands in the crowd" in told
    assert "So a use pays me, before dues  $3,640.00" in told
    square.sign(folder, "Ana", "Bo")
    handed = square.json("pool-grant", "sign", number, "--consents", folder, who="studio")
    assert (handed["seated"], handed["units"], handed["not_signed_yet"]) == (2, 3, 1)
    square.sign(folder, "Cy")
    handed = square.json("pool-grant", "sign", number, "--consents", folder, who="studio")
    assert (handed["seated"], handed["units"], handed["not_signed_yet"]) == (1, 3, 0)
    again = square.json("pool-grant", "sign", number, "--consents", folder, who="studio")
    assert (again["seated"], again["transactions"]) == (0, [])

    hashes = ("--output", HASH, "--prompt", HASH, "--model", HASH)
    said = square.tell("pool-grant", "use", number, "--uses", 2, *hashes, who="studio")
    assert f"2 uses of pool {number}" in said
    seen = square.json("pool-grant", "show", number)
    assert (seen["state"], seen["usesLeft"], seen["units"], seen["price"]) == ("open", 1, 6, USE)
    assert "Uses left" in square.tell("pool-grant", "show", number)

    paper = square.consent(
        "Bo", "PoolRevocation", poolId=number, memberId=square.members["Bo"], contract="PoolGrants"
    )
    before = square.wallet("Bo")
    told = square.tell("pool-grant", "revoke", number, square.members["Bo"], "--consent", paper, who="keeper")
    paid = square.wallet("Bo") - before
    assert paid == (USE - USE * 150 // 10_000) * 2
    assert "was paid $3,585.40" in told

    square.json("pool", "push", number, who="keeper")
    _reports_tell(square, number)


def _reports_tell(square: Square, number: int) -> None:
    """Of two uses of six units, and that Bo left."""
    square.json("index", "sync")
    uses = square.json("history", "--pool", number)["uses"]
    assert [(use["kind"], use["iterations"], use["units"], use["gross"]) for use in uses] == [
        ("CROWD", 2, 6, USE * 12)
    ]
    assert f"pool {number}" in square.tell("history", "--member", square.members["Ana"])
    assert square.tell("history", "--pool", number, "--csv").splitlines()[1].startswith(f",{number},,")
    statement = square.json("statement", square.members["Bo"])
    assert [(one["pool_id"], one["revoked"]) for one in statement["pool_consents"]] == [(number, True)]
    assert "pool grant" in square.tell("statement", square.members["Ana"])


def test_licence_trains_once_and_is_closed(square: Square) -> None:
    number, terms = square.terms("collective-licence", days=20)
    folder = square.asked("collective-licence", terms, Ana=1, Cy=2)
    square.sign(folder, "Ana", "Cy")
    handed = square.json("collective-licence", "sign", number, "--consents", folder, who="studio")
    assert handed["units"] == 3
    trained = square.json(
        "collective-licence", "train", number, "--dataset", HASH, "--model", HASH, who="studio"
    )
    charged = next(event["args"] for event in trained["events"] if event["name"] == "PoolCharged")
    assert charged["gross"] == RUN * 3
    assert square.json("collective-licence", "show", number)["model"] == HASH
    square.json("collective-licence", "retire", number, "--evidence", HASH, who="studio")
    assert square.json("collective-licence", "show", number)["model"] is None
    paper = square.consent(
        "Ana", "PoolRevocation", poolId=number, memberId=square.members["Ana"], contract="CollectiveLicences"
    )
    ana = square.members["Ana"]
    square.json("collective-licence", "revoke", number, ana, "--consent", paper, who="keeper")
    code, line = square.refused("collective-licence", "close", number, who="keeper")
    assert (code, "StillInForce" in line) == (4, True)
    before = square.chain.snapshot()
    square.chain.increase_time(21 * DAY)
    assert square.json("collective-licence", "show", number)["state"] == "over: close it"
    square.json("collective-licence", "close", number, "--simulate", who="keeper")
    square.chain.revert(before)


def test_terms_of_one_kind_are_not_the_others(square: Square) -> None:
    number, terms = square.terms("collective-licence")
    roster = ("--roster", square.roster(Ana=1), "--out", square.folder / "nowhere")
    code, line = square.refused("pool-grant", "consents", terms, *roster, online=False)
    assert (code, "has no BackgroundTerms" in line) == (2, True)
    code, line = square.refused("pool-grant", "show", number)
    assert (code, "no such terms" in line) == (2, True)


def test_terms_are_not_written_over_and_not_kept_when_refused(square: Square) -> None:
    _, terms = square.terms("collective-licence")
    words = ("--modalities", "face", "--until", "2099-01-01", "--description", "A model.")
    command = ("collective-licence", "open", square.production, *words)
    code, line = square.refused(*command, "--out", terms, who="studio")
    assert (code, "is there already" in line) == (2, True)
    fresh = square.folder / "fresh.json"
    code, line = square.refused(*command, "--out", fresh, who="studio")
    assert code == 4
    assert not fresh.exists()
    until = square.chain.node.block().timestamp + DAY
    words = ("--modalities", "face", "--until", str(until), "--description", "A model.")
    square.json(
        "collective-licence", "open", square.production, *words, "--out", fresh, "--simulate", who="studio"
    )
    assert not fresh.exists()


def test_consents_of_a_folder_are_checked(square: Square) -> None:
    number, terms = square.terms("collective-licence")
    command = ("collective-licence", "sign", number, "--consents")
    for folder, hint in (
        (square.folder / "missing", "is no folder"),
        (square.folder / "empty", "no consent in"),
    ):
        (square.folder / "empty").mkdir(exist_ok=True)
        code, line = square.refused(*command, folder, who="studio")
        assert (code, hint in line) == (2, True)
    folder = square.asked("collective-licence", terms, Ana=1, Bo=1)
    square.sign(folder, "Ana", "Bo")
    path = folder / f"{square.members['Bo']}.json"
    raw = json.loads(path.read_text())
    raw["message"]["terms"]["price"] += 1
    path.write_text(json.dumps(raw))
    code, line = square.refused(*command, folder, who="studio")
    assert (code, path.name in line, "sign again" in line) == (2, True, True)
    # Asking again leaves what is there, signed or not.
    roster = square.roster(Ana=1, Bo=1)
    kept = square.json(
        "collective-licence", "consents", terms, "--roster", roster, "--out", folder, online=False
    )
    assert (kept["written"], kept["there"]) == (0, 2)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda raw: raw.update(format="other"), "has no CollectiveTerms"),
        (lambda raw: raw["terms"].pop("price"), "other fields"),
        (lambda raw: raw["terms"].update(more=1), "other fields"),
        (lambda raw: raw.pop("terms"), "not a file of terms"),
        (lambda raw: raw.update(pool="x"), "not a file of terms"),
    ],
)
def test_damaged_terms(square: Square, tmp_path: Path, change: Any, hint: str) -> None:
    _, terms = square.terms("collective-licence")
    raw = json.loads(terms.read_text())
    change(raw)
    path = tmp_path / "terms.json"
    path.write_text(json.dumps(raw))
    with pytest.raises(ConsentError, match=hint):
        load_terms(path, "CollectiveTerms")


def test_terms_without_a_number_are_not_signed(square: Square, tmp_path: Path) -> None:
    _, terms = square.terms("collective-licence")
    raw = json.loads(terms.read_text()) | {"pool": None}
    path = tmp_path / "terms.json"
    path.write_text(json.dumps(raw))
    words = ("--roster", square.roster(Ana=1), "--out", tmp_path / "out")
    code, line = square.refused("collective-licence", "consents", path, *words, online=False)
    assert (code, "State them first" in line) == (2, True)


def test_consent_by_fields_is_the_same(square: Square, tmp_path: Path) -> None:
    """`consent new` takes a consent's terms one by one, and keeps the reference they have."""
    number, terms = square.terms("collective-licence")
    stated = json.loads(terms.read_text())["terms"]
    texts = stated | {"modalities": "face", "price": str(stated["price"] // 10**6)}
    fields = {f"terms.{name}": value for name, value in texts.items()}
    path = square.consent(
        "Ana", "CollectiveTrainingConsent", poolId=number, memberId=square.members["Ana"], units=1, **fields
    )
    assert json.loads(path.read_text())["message"]["terms"] == stated
    code, line = square.refused(
        "consent", "new", "CollectiveTrainingConsent", "--field", "terms.colour=red", "--out", tmp_path / "c",
        online=False,
    )  # fmt: skip
    assert (code, "Terms have no colour" in line) == (2, True)


def test_revocation_says_which_contract(square: Square, tmp_path: Path) -> None:
    words = ("--field", "poolId=1", "--field", "memberId=1", "--out", tmp_path / "r.json")
    code, line = square.refused("consent", "new", "PoolRevocation", *words, online=False)
    assert (code, "Give PoolGrants or CollectiveLicences" in line) == (2, True)
    square.json("consent", "new", "PoolRevocation", *words, "--contract", "CollectiveLicences", online=False)
    made = json.loads((tmp_path / "r.json").read_text())
    deployment = Deployment.load(square.folder / "deployment.json")
    assert made["verifyingContract"] == deployment.address("CollectiveLicences")
