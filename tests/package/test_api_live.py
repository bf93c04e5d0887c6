"""The API beside a chain that moves: changed keys, contract wallets, readers while a writer syncs, both databases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from consenting import consenting
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak
from postgres import Postgres
from test_api_story import AUDITOR, MEMBER, NOBODY, Api, served, signature, synced
from test_index_story import EVIDENCE, Story, played, short_story

from trust.api.public import PublicPool, PublicUsePage
from trust.index import Index

# A contract wallet (ERC-1271) that takes one signature: the digest itself.
WALLET = "0x" + "c0" * 20
WALLET_CODE = bytes.fromhex("6064356004351463" + "1626ba7e" + "0260e01b60005260206000f3")
READERS = 10


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with played(tmp_path, short_story) as story:
        yield story


def test_a_token_dies_with_the_key_that_signed_in(story: Story, tmp_path: Path) -> None:
    new = Account.create()
    with (
        Index(tmp_path / "i.db", story.deployment, story.chain.node) as index,
        served(tmp_path / "i.db", story.deployment) as api,
    ):
        index.sync()
        headers = api.sign_in(MEMBER)
        assert api.get("/members/1/statement", headers=headers).status_code == 200
        story.send(story.union, "Members", "startRecovery", 1, new.address, new.address, EVIDENCE)
        story.pass_days(31)
        story.send(story.union, "Members", "finishRecovery", 1)
        index.sync()
        assert api.get("/members/1/statement", headers=headers).status_code == 200  # the key still signs
        story.pass_days(31)
        story.send(story.union, "Members", "adoptKey", 1)
        index.sync()
        refused = api.get("/members/1/statement", headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (403, "NotAllowed")
        assert api.get("/members/1/statement", headers=api.sign_in(new)).status_code == 200
        assert api.verify(api.message(MEMBER), MEMBER).status_code == 403


def test_a_contract_wallet_signs_in_where_there_is_a_node(story: Story, tmp_path: Path) -> None:
    story.chain.install(WALLET, WALLET_CODE)
    story.send(story.union, "Members", "enrol", WALLET, WALLET, 0, NOBODY, 0)
    with Index(tmp_path / "i.db", story.deployment, story.chain.node) as index:
        index.sync()

    def attempt(api: Api, wrong: bool) -> httpx.Response:
        message = api.get("/auth/nonce", params={"address": WALLET}).json()["message"]
        hashed = encode_defunct(text=message + "x" * wrong)
        digest = keccak(b"\x19" + hashed.version + hashed.header + hashed.body)
        return api.post("/auth/verify", json={"message": message, "signature": "0x" + digest.hex()})

    with served(tmp_path / "i.db", story.deployment, rpc=story.chain.url) as api:
        answer = attempt(api, wrong=False)
        assert answer.json()["members"] == [{"member_id": 3, "pay": True}]
        headers = {"authorization": f"Bearer {answer.json()['token']}"}
        assert api.get("/members/3/statement", headers=headers).status_code == 200
        assert attempt(api, wrong=True).status_code == 401
        assert api.verify(api.message(MEMBER), AUDITOR).status_code == 401  # no contract there
        status = api.get("/status").json()
        assert (status["head"], status["lag_blocks"]) == (status["block"], 0)
        story.chain.mine(3)
        assert api.get("/status").json()["lag_blocks"] == 3
    with served(tmp_path / "i.db", story.deployment) as api:
        refused = attempt(api, wrong=False)
        assert refused.status_code == 401
        assert "--rpc" in refused.json()["hint"]


def test_a_silent_node_stops_no_reader(story: Story, tmp_path: Path) -> None:
    with Index(tmp_path / "i.db", story.deployment, story.chain.node) as index:
        index.sync()
    with served(tmp_path / "i.db", story.deployment, rpc="http://127.0.0.1:9") as api:
        assert api.get("/status").json()["head"] is None
        answer = api.post("/auth/verify", json={"message": api.message(AUDITOR), "signature": "0x00"})
        assert (answer.status_code, answer.json()["message"]) == (503, "The node gives no answer.")
        assert "127.0.0.1:9" not in answer.text
        assert api.get("/totals").status_code == 200


def balanced(answer: dict[str, Any]) -> bool:
    cost = sum(spent["gross"] + spent["benefits"] + spent["levy"] for spent in answer["spent"])
    return bool(answer["funded"] == answer["taken_back"] + cost + answer["reserved"] + answer["free"])


def read(api: Api, done: threading.Event, looked: threading.Semaphore) -> list[tuple[str, str, int]]:
    """How many uses the production and its history told, by the block that each answer is of."""
    seen = []
    with httpx.Client(base_url=api.base_url, timeout=30) as client:
        while not done.is_set():
            production, history = client.get("/productions/1"), client.get("/productions/1/history")
            assert production.status_code == history.status_code == 200, production.text
            assert balanced(production.json())
            seen.append((production.headers["index-block-hash"], "books", production.json()["uses"]))
            seen.append((history.headers["index-block-hash"], "rows", len(history.json()["uses"])))
            looked.release()
    return seen


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_readers_see_whole_states_while_a_writer_syncs(
    story: Story, tmp_path: Path, postgres: Postgres, kind: str
) -> None:
    where = tmp_path / "i.db" if kind == "sqlite" else postgres.new()
    done, looked = threading.Event(), threading.Semaphore(0)

    with (
        Index(where, story.deployment, story.chain.node) as index,
        served(where, story.deployment) as api,
        ThreadPoolExecutor(READERS) as threads,
    ):
        index.sync()
        readers = [threads.submit(read, api, done, looked) for _ in range(READERS)]
        try:
            for _ in range(3):
                story.use((1, 1), (1, 1))
                index.sync()
                assert all(looked.acquire(timeout=20) for _ in range(READERS))
        finally:
            done.set()
        told: dict[str, set[int]] = defaultdict(set)
        ways: dict[str, set[str]] = defaultdict(set)
        for block, way, uses in (one for reader in readers for one in reader.result()):
            told[block].add(uses)
            ways[block].add(way)
        assert all(len(uses) == 1 for uses in told.values())  # one state a block, however it was read
        assert len(told) > 2
        assert {"books", "rows"} in ways.values()
        assert api.get("/digest").json()["digest"] == index.digest()
        assert len(api.get("/productions/1/history").json()["uses"]) == 7


def test_a_crowd_is_told_without_who_stood_in_it(tmp_path: Path) -> None:
    with consenting(tmp_path, 3) as union:
        grants, terms = union.stage.studio.pool_grants, union.background()
        pool, model = union.opened(terms), keccak(text="model")
        grants.sign(pool, [union.consent(pool, terms, member) for member in union.players])
        grants.use(pool, 1, keccak(text="output"), keccak(text="prompt"), model)
        deployment = union.stage.local.deployment
        with (
            Index(tmp_path / "i.db", deployment, union.chain.node) as index,
            served(tmp_path / "i.db", deployment) as api,
        ):
            index.sync()
            (told,) = api.get("/productions/1/pools").json()
            assert PublicPool.model_validate(told)
            assert api.get(f"/pools/{pool}").json() == told
            assert (told["seats"], told["deal"]["signed"], told["deal"]["uses"]) == (3, 3, 1)
            page = api.get("/productions/1/history").json()
            assert PublicUsePage.model_validate(page)
            (use,) = page["uses"]
            assert (use["kind"], use["pool_id"], use["units"], use["licence"]) == ("CROWD", pool, 3, None)
            for player in union.players.values():
                headers = api.sign_in(player.key)
                mine = api.get(f"/members/{player.id}/history", headers=headers).json()
                assert [one["pool_id"] for one in mine["uses"]] == [pool]
                statement = api.get(f"/members/{player.id}/statement", headers=headers).json()
                assert statement["pools_net"] == statement["pools_due"] > 0
                public = (json.dumps(told) + json.dumps(page)).lower()
                assert player.key.address.lower() not in public
                assert player.wallet.address.lower() not in public
                assert model.hex() not in public


def test_a_reorg_changes_the_tag_and_the_answer(story: Story, tmp_path: Path) -> None:
    with (
        Index(tmp_path / "i.db", story.deployment, story.chain.node) as index,
        served(tmp_path / "i.db", story.deployment) as api,
    ):
        index.sync()
        before = api.get("/productions/1")
        story.chain.reorg(1)  # the use is lost; the chain is as long as it was
        index.sync()
        after = api.get("/productions/1", headers={"if-none-match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.headers["index-block"] == before.headers["index-block"]
        assert (before.json()["uses"], after.json()["uses"]) == (1, 0)


def test_the_command_serves_tells_its_url_and_stops_gracefully(story: Story, tmp_path: Path) -> None:
    story.deployment.save(tmp_path / "deployment.json")
    with Index(tmp_path / "i.db", story.deployment, story.chain.node) as index:
        index.sync()
    (tmp_path / "secret").write_bytes(os.urandom(32))
    command = [sys.executable, "-c", "from trust.cli import main; main()", "serve", "--json", "--port", "0"]
    command += ["--index", str(tmp_path / "i.db"), "--deployment", str(tmp_path / "deployment.json")]
    command += [
        "--auditor",
        AUDITOR.address,
        "--secret-file",
        str(tmp_path / "secret"),
        "--rpc",
        story.chain.url,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["chain_id"] == story.deployment.chain_id
        assert told["sign_in"] == told["url"]
        with httpx.Client(base_url=told["url"], timeout=30) as client:
            message = client.get("/auth/nonce", params={"address": AUDITOR.address}).json()["message"]
            signed = {"message": message, "signature": signature(message, AUDITOR)}
            assert client.post("/auth/verify", json=signed).json()["auditor"] is True
            assert client.get("/status").json()["lag_blocks"] == 0
            assert "server" not in client.get("/status").headers
            process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--auditor", "0x12"], "'0x12' is not an address."),
        (["--port", "70000"], "'70000' is not a port."),
        (["--origin", "*"], "'*' is not an origin."),
        (["--rate", "0"], "'0' is not a rate."),
        (["--host", "0.0.0.0"], "0.0.0.0 is no name to sign in at."),
        (["--index", "nowhere.db"], "There is no index nowhere.db."),
        (["--url", "trust.example"], "'trust.example' is not where an API is."),
        (["--secret-file", "nowhere"], "nowhere can't be read."),
    ],
)
def test_the_command_says_what_is_wrong(
    story_files: list[str], options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import typer

    from trust.cli import app

    with pytest.raises(SystemExit) as ended:
        typer.main.get_command(app).main(["serve", "--port", "0", *story_files, *options], prog_name="trust")
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.fixture(scope="module")
def story_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options that name the story's index and deployment."""
    where, deployment = synced()
    path = tmp_path_factory.mktemp("deployment") / "deployment.json"
    deployment.save(path)
    return ["--index", str(where), "--deployment", str(path)]
