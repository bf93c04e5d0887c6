"""`trust keeper` as processes: killed, stopped, watched over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from payees import Payees, payees
from relay import Relay

from trust.testing import LocalChain

PASSWORD = "correct horse"
SECONDS = 60.0


class Process:
    """The command line, as one keeper."""

    def __init__(self, union: Payees, name: str = "one") -> None:
        self.union = union
        self.folder = union.folder
        self.name = name
        self.started: list[subprocess.Popen[bytes]] = []
        self.rpc = union.chain.url
        self.log = self.folder / f"{name}.log"
        keystore = Account.encrypt(union.account(name).key, PASSWORD, kdf="pbkdf2", iterations=1)
        (self.folder / f"{name}.json").write_text(json.dumps(keystore))
        (self.folder / "password").write_text(PASSWORD)
        union.local.deployment.save(self.folder / "deployment.json")

    def command(self, what: str, *options: str) -> list[str]:
        trust = str(Path(sys.executable).with_name("trust"))
        return [trust, "keeper", what, "--json", *options]

    def environment(self) -> dict[str, str]:
        files = {
            "TRUST_DEPLOYMENT": "deployment.json",
            "TRUST_KEYSTORE": f"{self.name}.json",
            "TRUST_PASSWORD_FILE": "password",
            "TRUST_OUTBOX": f"{self.name}-outbox.db",
            "TRUST_INDEX": f"{self.name}-index.db",
            "TRUST_KEEPER_DB": f"{self.name}-keeper.db",
        }
        ours = {variable: str(self.folder / file) for variable, file in files.items()}
        return os.environ | ours | {"TRUST_RPC_URL": self.rpc}

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        wanted = ("--confirmations", "0", "--poll", "0.1", "--lease", "1", *options)
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                self.command("run", *wanted), env=self.environment(), stdout=log, stderr=log
            )
        self.started.append(started)
        return started

    def end(self) -> None:
        """Leave none behind, whatever a test came to."""
        for one in self.started:
            one.kill()
            one.wait()

    def call(self, what: str, *options: str, code: int = 0) -> Any:
        done = subprocess.run(
            self.command(what, *options), env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout if code == 0 else done.stderr)

    def lines(self) -> list[dict[str, Any]]:
        """The log's JSON lines."""
        found = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in found if line.startswith('{"at"')]

    def port(self) -> int:
        """Where it listens."""
        wait_until(lambda: "Listening on " in self.log.read_text())
        said = self.log.read_text().split("Listening on http://127.0.0.1:")[1]
        return int(said.split(".")[0])


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Payees]:
    with payees(tmp_path) as union:
        yield union


@pytest.fixture
def process(union: Payees) -> Iterator[Process]:
    process = Process(union)
    yield process
    process.end()


def wait_until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=SECONDS)


def get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_run_pays_each_cycle_and_stops_gracefully(union: Payees, process: Process) -> None:
    members = union.enrol(30)
    union.stream(members, weeks=2)
    union.next_cycle()
    expected = union.due()
    running = process.start()
    wait_until(lambda: union.received() == expected)
    union.next_cycle()
    expected = [had + due for had, due in zip(expected, union.due(), strict=True)]
    wait_until(lambda: union.received() == expected)
    wait_until(lambda: {run["cycle"] for run in process.call("status")["runs"]} == {1, 2})
    assert stop(running) == 0
    assert all(len(amounts) == 2 for amounts in union.payments().values())
    status = process.call("status")
    assert status["leases"] == []
    assert status["keepers"] == []
    messages = [line["message"] for line in process.lines()]
    assert "SIGTERM: the step in hand is finished first" in messages
    assert any("run" in line and line["run"]["paid"] == 30 for line in process.lines())


def test_killed_at_any_moment_it_pays_everybody_once_in_the_end(union: Payees, process: Process) -> None:
    members = union.enrol(200)
    union.stream(members, weeks=2)
    union.next_cycle()
    expected = union.due()
    for patience in (0, 20, 60, 120):
        running = process.start("--batch-gas", "500000")
        wait_until(lambda: sum(map(bool, union.received())) > patience or running.poll() is not None)  # noqa: B023
        assert running.poll() is None
        running.kill()
        running.wait()
    left = [due for due in union.due() if due]
    assert left, "it was killed too late to show anything"
    answer = process.call("once", "--confirmations", "0", "--lease", "1")
    assert answer["paid"] <= 200
    assert union.received() == expected
    assert all(len(amounts) == 1 for amounts in union.payments().values())
    sent = union.chain.node.nonce(union.account("one").address)
    assert process.call("once", "--confirmations", "0")["runs"] == []
    assert union.chain.node.nonce(union.account("one").address) == sent


def test_metrics_and_health_tell_what_is_going_on(union: Payees, process: Process) -> None:
    members = union.enrol(20)
    union.stream(members, weeks=4)
    union.next_cycle()
    union.block(3)
    running = process.start("--listen", "127.0.0.1:0", "--stale-after", "99999999")
    port = process.port()
    wait_until(lambda: json.loads(get(port, "/healthz")[1])["last_cycle_paid"] == 1)
    code, body = get(port, "/healthz")
    told = json.loads(body)
    assert code == 200
    assert told["healthy"]
    assert told["held_wallets"] == 1
    assert told["index_lag_blocks"] == 0
    assert told["outbox_in_flight"] == 0
    code, body = get(port, "/metrics")
    text = body.decode()
    assert code == 200
    assert 'trust_keeper_payments_total{kind="payday"} 19.0' in text
    assert 'trust_keeper_payments_held_total{kind="payday"} 1.0' in text
    assert "trust_keeper_last_cycle_paid 1.0" in text
    assert "trust_keeper_held_wallets 1.0" in text
    assert get(port, "/else")[0] == 404
    assert stop(running) == 0


def test_health_is_503_while_the_node_is_away_and_recovers(union: Payees, process: Process) -> None:
    union.stream(union.enrol(3), weeks=4)
    union.next_cycle()
    expected = union.due()
    relay = Relay(union.chain)
    relay.open()
    relay.shut()
    process.rpc = relay.url
    running = process.start("--listen", "127.0.0.1:0", "--stale-after", "99999999")
    port = process.port()
    wait_until(lambda: get(port, "/healthz")[0] == 503)
    assert "gave no answer" in json.loads(get(port, "/healthz")[1])["problems"][0]
    assert running.poll() is None
    relay.open()
    wait_until(lambda: union.received() == expected)
    wait_until(lambda: get(port, "/healthz")[0] == 200)
    assert stop(running) == 0
    relay.shut()


def test_interrupted_once_says_what_is_left(union: Payees, process: Process) -> None:
    union.credit(union.enrol(3))
    union.chain.node.call("evm_setAutomine", False)
    told = process.call("once", "--confirmations", "0", "--wait", "1", code=3)
    assert told["error"] == "KeeperError"
    assert "1 calls are not final after 1 seconds" in told["message"]
    union.chain.node.call("evm_setAutomine", True)
    assert process.call("once", "--confirmations", "0")["paid"] == 3


def test_status_of_nothing_says_what_to_do(union: Payees, process: Process) -> None:
    told = process.call("status", code=2)
    assert "trust keeper once" in told["hint"]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--max-fee", "0", "is not a fee"),
        ("--max-fee", "1e9", "is not a fee"),
        ("--confirmations", "soon", "can't be waited for"),
        ("--batch-gas", "20000000", "EIP-7825"),
        ("--batch-gas", "9", "EIP-7825"),
        ("--lease", "0", "is not a time"),
        ("--listen", "9464", "HOST:PORT"),
        ("--listen", "127.0.0.1:99999", "HOST:PORT"),
    ],
)
def test_options_that_cannot_be_are_refused_in_one_line(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.main import get_command

    from trust.cli import app

    with pytest.raises(SystemExit) as ended:
        get_command(app).main(["keeper", "run", option, value], prog_name="trust")
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


def test_a_place_that_is_taken_is_refused(union: Payees, process: Process) -> None:
    with LocalChain() as other:
        running = process.start("--listen", f"127.0.0.1:{other.port}")
        assert running.wait(timeout=SECONDS) == 2
    assert "can't be listened on" in process.log.read_text()
