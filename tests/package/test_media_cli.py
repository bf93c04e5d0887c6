"""trust provenance certificate, stamp and check, as somebody types them."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from media import PASSWORD, Studio, played_back
from softhsm import PIN, Token
from test_index_story import SCENE
from test_media_keys import written

from trust.cli import app
from trust.index import Index
from trust.media import Verdict

TREE = typer.main.get_command(app)


@dataclass
class Desk:
    """A folder with deployment, index and password, and a terminal."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, command: str, *words: object) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        with pytest.raises(SystemExit) as ended:
            TREE.main(["provenance", command, *map(str, words)], prog_name="trust")
        told = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    def json(self, command: str, *words: object) -> tuple[int, Any]:
        """Exit code and the document, of output or error."""
        code, out, err = self.run(command, *words, "--json")
        return code, json.loads(out or err)

    def stamp(self, file: Path, *words: object) -> tuple[int, Any]:
        signing = ("--certificate", self.folder / "signing.pem", "--key", self.folder / "signing.key")
        return self.json("stamp", file, "--grant", 1, *signing, *words)


@pytest.fixture
def desk(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    studio.story.deployment.save(tmp_path / "deployment.json")
    (tmp_path / "password").write_text(PASSWORD)
    for name in ("signing.pem", "signing.key", "trust.pem"):
        (tmp_path / name).write_bytes((studio.signer.folder / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUST_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("TRUST_ANCHORS", str(tmp_path / "trust.pem"))
    with Index(tmp_path / "index.db", studio.story.deployment, studio.story.chain.node) as index:
        index.sync()
    return Desk(tmp_path, capsys)


def test_a_certificate_is_made_stamps_and_is_trusted(desk: Desk, studio: Studio, tmp_path: Path) -> None:
    code, made = desk.json("certificate", "--name", "My studio", "--out", tmp_path / "keys")
    assert (code, made["name"]) == (0, "My studio")
    key = tmp_path / "keys" / "signing.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in key.read_bytes()
    take, out = studio.takes[".mp4"], tmp_path / "out.mp4"
    signing = ("--certificate", made["signing_pem"], "--key", made["signing_key"])
    code, said = desk.json("stamp", take, "--grant", 1, *signing, "--out", out)
    assert (code, said["file"], said["bytes"]) == (0, str(out), out.stat().st_size)
    assert said["statement"]["usage_transaction"] == studio.uses[take]
    assert played_back(out) == played_back(take)
    code, found = desk.json("check", out, "--trust", made["trust_pem"], "--scene", "0x" + SCENE.hex())
    assert (code, found["verdict"], found["exit_code"]) == (0, "VALID", 0)
    assert found["signer"]["organisation"] == "My studio"
    assert found["mining"] == dict.fromkeys(
        ("ai_generative_training", "ai_inference", "ai_training", "data_mining"), "notAllowed"
    )
    assert desk.json("check", out)[1]["verdict"] == "UNTRUSTED"


def test_a_second_certificate_never_replaces_the_first(desk: Desk, tmp_path: Path) -> None:
    before = (tmp_path / "signing.key").read_bytes()
    (tmp_path / "signing.pem").unlink()
    code, error = desk.json("certificate", "--out", tmp_path)
    assert (code, error["message"]) == (2, f"There is a file {tmp_path}/signing.key already.")
    assert (tmp_path / "signing.key").read_bytes() == before
    assert not (tmp_path / "signing.pem").exists()


def test_the_stamp_lies_beside_the_file_and_says_what_was_allowed(
    desk: Desk, studio: Studio, tmp_path: Path
) -> None:
    take = tmp_path / "take.png"
    take.write_bytes(studio.takes[".png"].read_bytes())
    mining = ("--mining", "data-mining=allowed", "--mining", "ai_training=constrained:ask the union: first")
    assert desk.stamp(take, *mining)[0] == 0
    code, found = desk.json("check", tmp_path / "take.stamped.png")
    assert (code, found["mining"]["data_mining"]) == (0, "allowed")
    assert found["mining"]["ai_training"] == "constrained: ask the union: first"
    assert desk.stamp(take)[1]["message"] == f"There is a file {tmp_path}/take.stamped.png already."
    code, error = desk.stamp(take, "--mining", "selling=allowed")
    assert (code, error["error"]) == (2, "InputError")


def test_people_read_what_was_found_and_since_when(
    desk: Desk, studio: Studio, stamped: dict[str, Path]
) -> None:
    code, said, _ = desk.run("check", stamped[".jpg"])
    assert code == 0
    assert said.startswith(f"VALID: {stamped['.jpg']}\n")
    assert "Every byte is as it was stamped" in said
    assert "At the use" in said
    studio.story.pass_days(61)
    with Index(desk.folder / "index.db", studio.story.deployment, studio.story.chain.node) as index:
        index.sync()
    code, said, _ = desk.run("check", stamped[".jpg"])
    assert code == Verdict.EXPIRED.exit_code
    assert said.startswith("EXPIRED: ")
    assert "At the time of the use" in said
    assert "the grant was in force" in said
    assert "What was made before stays licensed" in said
    assert desk.run("check", stamped[".jpg"], "--at-use")[0] == 0


def test_without_an_index_the_chain_itself_is_read(
    desk: Desk, studio: Studio, stamped: dict[str, Path]
) -> None:
    (desk.folder / "index.db").unlink()
    code, error = desk.json("check", stamped[".wav"])
    assert (code, error["message"]) == (2, "There is no index index.db.")
    _, signature = studio.story.signed(1, "GrantRevocation", "SceneGrants", grantId=1)
    studio.story.send(studio.story.studio, "SceneGrants", "revoke", 1, signature)
    code, found = desk.json("check", stamped[".wav"], "--rpc", studio.story.chain.url)
    assert (code, found["verdict"]) == (Verdict.REVOKED.exit_code, "REVOKED")
    assert found["at_use"]["state"] == "IN_FORCE"
    assert found["now"]["state"] == "REVOKED"
    assert found["proven"] == found["block"] > 0


def test_nobody_is_trusted_by_default(
    desk: Desk, stamped: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRUST_ANCHORS")
    code, error = desk.json("check", stamped[".png"])
    assert code == 2
    assert "anybody's stamp would pass" in error["message"]
    assert "--trust FILE" in error["hint"]


def test_a_key_in_a_token_is_named_by_its_uri(
    desk: Desk, studio: Studio, token: Token, tmp_path: Path
) -> None:
    written(tmp_path, token.public)
    (tmp_path / "password").write_text(PIN)
    signing = ("--certificate", tmp_path / "signing.pem", "--key", token.uri)
    out = tmp_path / "out.jpg"
    assert desk.json("stamp", studio.takes[".jpg"], "--grant", 1, *signing, "--out", out)[0] == 0
    assert desk.json("check", out)[1]["verdict"] == "VALID"


def test_each_verdict_has_an_exit_code_of_its_own_and_help_names_it(desk: Desk) -> None:
    code, said, _ = desk.run("check", "--help")
    codes = [verdict.exit_code for verdict in Verdict]
    assert code == 0
    assert len(set(codes)) == len(codes)
    for verdict in Verdict:
        assert f"{verdict.exit_code} {verdict}" in said
