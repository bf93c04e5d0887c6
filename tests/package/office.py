"""Parties who work through the command line only, each with a keystore of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account import Account
from typer.testing import CliRunner

from trust.cli import app
from trust.local import Local, deploy_local, party
from trust.testing import LocalChain

EIDR = "10.5240/7791-8534-2C23-9030-8610-5"
SCREENPLAY = Path(__file__).parents[2] / "examples" / "The-Understudy.fountain"
PASSWORD = "correct horse"
HASH = "0x" + "5a" * 32
DOLLAR = 10**6
DAY = 86_400


class Office:
    """A deployment, and a folder with everybody's files."""

    def __init__(self, chain: LocalChain, local: Local, folder: Path) -> None:
        self.chain = chain
        self.local = local
        self.folder = folder
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "production.salt").write_text("8f" + bytes(range(31)).hex())
        local.deployment.save(folder / "deployment.json")

    def keystore(self, name: str) -> Path:
        """Somebody's keystore, quick to open because it is worth nothing."""
        path = self.folder / f"{name}.keystore.json"
        if not path.exists():
            path.write_text(
                json.dumps(Account.encrypt(party(name).key, PASSWORD, kdf="pbkdf2", iterations=1))
            )
        return path

    def environment(self, who: str | None, *, online: bool = True) -> dict[str, str]:
        found = {
            "TRUST_DEPLOYMENT": str(self.folder / "deployment.json"),
            "TRUST_PASSWORD_FILE": str(self.folder / "password"),
            "TRUST_INDEX": str(self.folder / "index.db"),
        }
        found |= {"TRUST_RPC_URL": self.chain.url} if online else {}
        return found | ({"TRUST_KEYSTORE": str(self.keystore(who))} if who else {})

    def invoke(self, *words: object, who: str | None = None, online: bool = True, **env: str) -> Any:
        return CliRunner().invoke(app, list(map(str, words)), env=self.environment(who, online=online) | env)

    def tell(self, *words: object, who: str | None = None, online: bool = True) -> str:
        """What a command prints for a person."""
        result = self.invoke(*words, who=who, online=online)
        assert result.exit_code == 0, (words, result.stderr, result.exception)
        return str(result.stdout)

    def json(self, *words: object, who: str | None = None, online: bool = True) -> Any:
        """What a command prints with --json: one document."""
        return json.loads(self.tell(*words, "--json", who=who, online=online))

    def refused(
        self, *words: object, who: str | None = None, online: bool = True, **env: str
    ) -> tuple[int, str]:
        """Exit code and the one line on standard error."""
        result = self.invoke(*words, who=who, online=online, **env)
        assert result.exit_code != 0, result.stdout
        assert result.stdout == ""
        last = result.stderr.splitlines()[-1]
        assert result.stderr.endswith(last + "\n")
        assert "Traceback" not in result.stderr
        return result.exit_code, last

    def consent(self, member: str, kind: str, *, contract: str = "", **fields: object) -> Path:
        """A consent made by the studio and signed by the member, who has no network."""
        path = self.folder / f"{kind}-{len(list(self.folder.iterdir()))}.json"
        given = [word for name, value in fields.items() for word in ("--field", f"{name}={value}")]
        which = ("--contract", contract) if contract else ()
        self.json("consent", "new", kind, *given, *which, "--out", path, online=False)
        self.json("consent", "sign", path, who=member, online=False)
        return path


class Team(Office):
    """An office with a production and members by name, who sign what lies in a folder for them."""

    production: int
    members: dict[str, int]

    def sign(self, folder: Path, *names: str) -> None:
        for name in names:
            self.json("consent", "sign", folder / f"{self.members[name]}.json", who=name, online=False)

    def wallet(self, name: str) -> int:
        token = self.local.as_("keeper").handle
        return int(token.read("TestDollar", "balanceOf", party(f"{name}'s wallet").address))


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """An office on a chain of its own."""
    with LocalChain() as chain:
        local = deploy_local(chain.url, folder / "deployer-outbox.db")
        try:
            yield Office(chain, local, folder)
        finally:
            local.close()


def enrolled(office: Office, name: str) -> int:
    """A member's number, with a scan of face and voice pooled."""
    key, wallet = party(name).address, party(f"{name}'s wallet").address
    number = office.json("member", "enrol", "--key", key, "--wallet", wallet, who="enroller")["id"]
    scan = office.consent(
        name,
        "ScanConsent",
        memberId=number,
        modalities="face,voice",
        description="Scans.",
        noticeWaived="yes",
    )
    records = ("--commitment", f"face={HASH}", "--commitment", f"voice={HASH}")
    assert office.json("record", "pool", scan, *records, who="custodian")["id"] >= 1
    return int(number)


def registered(office: Office, dollars: str = "100000") -> int:
    """A production's number, funded."""
    now = office.chain.node.block().timestamp
    studio = office.local.keys["studio"].address
    office.local.mint(studio, 200_000 * DOLLAR)
    made = office.json(
        "production", "register", EIDR,
        "--screenplay", SCREENPLAY, "--salt-file", office.folder / "production.salt",
        "--starts", now // DAY * DAY, "--ends", now + 300 * DAY,
        "--reporter", office.local.keys["reporter"].address, who="studio",
    )  # fmt: skip
    office.json("production", "fund", made["id"], dollars, who="studio")
    return int(made["id"])


def granted(office: Office, production: int, member: int, name: str, scene: int = 2) -> int:
    """A scene grant's number."""
    licence = f"{production}/{member}"
    salt = office.folder / "production.salt"
    proof = office.folder / "proof.json"
    proof.write_text(
        office.tell("screenplay", "proof", SCREENPLAY, "--scene", scene, "--salt-file", salt, "--json")
    )
    now = office.chain.node.block().timestamp
    consent = office.consent(
        name, "SceneConsent", licenceId=licence, rateCardVersion=1,
        sceneHash=json.loads(proof.read_text())["sceneHash"],
        description="My double says two new lines.", assetClass="active", replicaType="employment-based",
        maxIterations=50, maxSeconds=600, maxSpend="11,850", digitalDays=2, longestStreamWeeks=26,
        notBefore=now // DAY * DAY, expires=now + 20 * DAY, fee="6600", iterationFee="105",
    )  # fmt: skip
    return int(office.json("scene", "grant", consent, "--proof", proof, who="studio")["id"])
