"""The node's client, against small real HTTP servers that misbehave, and against anvil."""

from __future__ import annotations

import json
import logging
import threading
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trust.chain.node import Node, find_anvil, jittered
from trust.chain.rpc import Call, Endpoint, RpcError
from trust.errors import InputError, NodeUnreachable, SetupError, WrongChain
from trust.send import Intent, Outbox
from trust.testing import LocalChain

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from conftest import Machine

Reply = tuple[int, object] | tuple[int, object, dict[str, str]] | None
SECRETS = ("alice", "wonderland", "s3cr3tpathkey", "qu3rykey")


class Server:
    """Answers the n-th request with the n-th reply (the last for good); None hangs up."""

    def __init__(self, replies: list[Reply | Callable[[Any], Reply]]) -> None:
        self.replies = replies
        self.bodies: list[Any] = []
        self.connections = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server.connections += 1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                server.bodies.append(body)
                reply = server.replies[min(len(server.bodies), len(server.replies)) - 1]
                reply = reply(body) if callable(reply) else reply
                if reply is None:
                    self.close_connection = True
                    return
                payload = reply[1] if isinstance(reply[1], bytes) else json.dumps(reply[1]).encode()
                self.send_response(reply[0])
                self.send_header("content-length", str(len(payload)))
                for name, value in (reply[2] if len(reply) == 3 else {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.host = f"127.0.0.1:{self.http.server_port}"


@contextmanager
def serving(*replies: Reply | Callable[[Any], Reply]) -> Iterator[Server]:
    server = Server(list(replies))
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def impatient(url: str, waits: list[float] | None = None, **options: Any) -> Node:
    """A node that notes its waits and does not wait."""
    return Node(url, backoff=float, sleep=(waits if waits is not None else []).append, **options)


def good(result: object) -> Reply:
    return 200, {"jsonrpc": "2.0", "id": 0, "result": result}


def bad(code: int, message: str) -> Reply:
    return 200, {"jsonrpc": "2.0", "id": 0, "error": {"code": code, "message": message}}


def test_a_read_is_tried_again_until_it_is_answered() -> None:
    waits: list[float] = []
    replies = ((503, b"busy"), None, bad(-32005, "rate limit"), good("0x1"))
    with serving(*replies) as server, impatient(f"http://{server.host}", waits) as node:
        assert node.chain_id() == 1
    assert waits == [0.0, 1.0, 2.0]


def test_reads_stop_being_tried_after_as_many_retries_as_were_given() -> None:
    with serving((503, b"busy")) as server, impatient(f"http://{server.host}", retries=2) as node:
        with pytest.raises(NodeUnreachable, match="answered HTTP 503"):
            node.chain_id()
        assert len(server.bodies) == 3


@pytest.mark.parametrize("reply", [(503, b"busy"), None, bad(-32005, "rate limit")])
def test_a_write_is_never_tried_again(reply: Reply) -> None:
    with serving(reply) as server, impatient(f"http://{server.host}") as node:
        with pytest.raises(NodeUnreachable):
            node.submit([b"\x02"])
        with pytest.raises(NodeUnreachable):
            node.call("anvil_mine", "0x1")
        assert len(server.bodies) == 2


def test_a_server_says_how_long_to_wait_within_reason() -> None:
    waits: list[float] = []
    replies = [(429, b"", {"retry-after": "7"}), (429, b"", {"retry-after": "9999"}), good("0x1")]
    with serving(*replies) as server, impatient(f"http://{server.host}", waits) as node:
        node.chain_id()
    assert waits == [7.0, 20.0]


def test_a_refused_key_is_not_tried_again() -> None:
    with serving((401, b"who are you?")) as server, impatient(f"http://{server.host}") as node:
        with pytest.raises(NodeUnreachable, match="HTTP 401"):
            node.chain_id()
        assert len(server.bodies) == 1


def test_one_connection_serves_many_calls() -> None:
    with serving(good("0x1")) as server, impatient(f"http://{server.host}") as node:
        for _ in range(5):
            node.chain_id()
    assert (len(server.bodies), server.connections) == (5, 1)


def test_a_batch_keeps_its_order_and_puts_errors_in_their_place() -> None:
    def shuffled(body: list[dict[str, Any]]) -> Reply:
        error = {"code": 3, "message": "execution reverted", "data": "0xdeadbeef"}
        answers: list[dict[str, Any]] = [{"id": call["id"], "result": call["method"]} for call in body]
        answers[1] = {"id": 1, "error": error}
        return 200, answers[::-1]

    with serving(shuffled) as server, impatient(f"http://{server.host}", batch_limit=2) as node:
        first, second = node.batch([Call("eth_a"), Call("eth_b")])
        assert first == "eth_a"
        assert isinstance(second, RpcError)
        assert (second.code, second.data, second.is_revert) == (3, bytes.fromhex("deadbeef"), True)


def test_a_batch_larger_than_the_limit_goes_in_parts() -> None:
    def echo(body: list[dict[str, Any]]) -> Reply:
        return 200, [{"id": call["id"], "result": call["params"][0]} for call in body]

    with serving(echo) as server, impatient(f"http://{server.host}", batch_limit=4) as node:
        assert node.batch([Call("eth_echo", (n,)) for n in range(10)]) == list(range(10))
        assert [len(body) for body in server.bodies] == [4, 4, 2]


def test_a_batch_with_a_call_left_out_is_no_answer() -> None:
    with serving((200, [{"id": 0, "result": 1}])) as server:
        node = impatient(f"http://{server.host}", retries=0)
        with pytest.raises(NodeUnreachable, match="unanswered"), node:
            node.batch([Call("eth_a"), Call("eth_b")])


def test_a_redirect_is_not_followed() -> None:
    moved = (307, b"", {"location": "http://127.0.0.1:9/"})
    with serving(moved) as server, impatient(f"http://{server.host}") as node:
        with pytest.raises(NodeUnreachable, match="HTTP 307"):
            node.submit([b"\x02"])
        assert len(server.bodies) == 1


def test_a_broadcast_whose_answer_is_lost_happens_once(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    lost = []

    def through(body: Any) -> Reply:
        request = urllib.request.Request(
            chain.url, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)
        if isinstance(body, list) and body[0]["method"] == "eth_sendRawTransaction" and len(lost) < 3:
            lost.append(answer[0])
            return None
        return 200, answer

    with (
        serving(through) as server,
        impatient(f"http://{server.host}") as node,
        Outbox(tmp_path / "outbox.db", node, chain.chain_id, sender) as outbox,
    ):
        for key in "abcd":
            assert outbox.send(Intent(key, machine.address, machine.COUNT)).succeeded
    assert len(lost) == 3
    assert machine.count() == 4
    assert chain.node.nonce(sender.address, "pending") == 4


def secret_url(host: str) -> str:
    return f"http://{SECRETS[0]}:{SECRETS[1]}@{host}/v2/{SECRETS[2]}?key={SECRETS[3]}"


@pytest.mark.parametrize(
    "reply",
    [None, (503, b""), (401, b""), (200, b"<html>"), bad(-32000, f"bad key {SECRETS[2]} of {SECRETS[3]}")],
)
def test_secrets_of_the_url_are_never_told(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(reply) as server, impatient(secret_url(server.host), retries=1) as node:
        with pytest.raises((NodeUnreachable, RpcError)) as caught:
            node.chain_id()
        told = "".join(traceback.format_exception(caught.value)) + repr(node) + caplog.text
        told += str(caught.value)
    assert not [secret for secret in SECRETS if secret in told]
    if isinstance(caught.value, NodeUnreachable):
        assert server.host in caught.value.message
        assert caught.value.hint


def test_a_node_that_is_not_there_is_named_without_its_secrets() -> None:
    with pytest.raises(NodeUnreachable, match=r"http://127\.0\.0\.1:9/\.\.\. gave no answer") as caught:
        impatient(secret_url("127.0.0.1:9"), retries=1).chain_id()
    told = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("https://mainnet.example/v3/0123456789abcdef", "https://mainnet.example/..."),
        ("https://user:word@node.example:8443/?k=v", "https://node.example:8443/..."),
        ("http://[::1]:8545/", "http://[::1]:8545"),
    ],
)
def test_an_endpoint_shows_scheme_host_and_port_only(url: str, shown: str) -> None:
    assert Endpoint.parse(url).shown == shown
    assert repr(Endpoint.parse(url)) == f"Endpoint({shown})"


@pytest.mark.parametrize("url", ["", "localhost:8545", "ws://s3cr3t.example", "http://", "http://h:s3cr3t/"])
def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Node(url)
    assert "s3cr3t" not in str(caught.value)


def test_a_wrong_chain_is_named(chain: LocalChain) -> None:
    chain.node.require_chain(31337)
    with pytest.raises(WrongChain, match="serves chain 31337, not 1"):
        chain.node.require_chain(1)


def test_back_off_grows_and_is_bounded() -> None:
    assert all(0.05 <= jittered(attempt) <= min(8.0, 0.25 * 2**attempt) for attempt in range(40))


def test_a_missing_anvil_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_anvil().is_file()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="npm ci"):
        find_anvil(tmp_path)
    beside = tmp_path / "node_modules" / ".bin" / "anvil"
    beside.parent.mkdir(parents=True)
    beside.touch()
    (tmp_path / "deeper").mkdir()
    assert find_anvil(tmp_path / "deeper") == beside


def test_a_local_chain_can_be_wound_forward_reverted_and_saved(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with LocalChain(timestamp=1_700_000_000, state=state, hardfork="osaka") as chain:
        assert chain.node.block(0).timestamp == 1_700_000_000
        snapshot = chain.snapshot()
        before = chain.node.block().timestamp
        chain.increase_time(1_000)
        assert chain.node.block().timestamp >= before + 1_000
        chain.revert(snapshot)
        assert chain.node.block().number == 0
        chain.mine(3)
        assert chain.node.balance(chain.accounts[9].address) == 10_000 * 10**18
        genesis = chain.node.block(0)
    with LocalChain(state=state) as again:
        assert again.node.block().number == 3
        assert again.node.block(0) == genesis
    with pytest.raises(NodeUnreachable):
        Node(again.url, retries=0).chain_id()
