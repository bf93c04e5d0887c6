"""A node's front door that can be shut, and that can be told to lie: in front of a real anvil."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from trust.testing import LocalChain

Lie = Callable[[dict[str, Any], Any], Any]


class Relay:
    """Passes JSON-RPC on to a chain while it is open. `lie` gets each request and result, and says what is told."""

    def __init__(self, chain: LocalChain) -> None:
        self._target = chain.url
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self.lie: Lie = lambda request, result: result

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Let calls through, always on the same port."""
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's delayed ACK

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told = relay._answer(json.loads(body), body)
                answer = json.dumps(told, separators=(",", ":")).encode()  # as nodes write
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def shut(self) -> None:
        """Refuse connections."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def _answer(self, asked: Any, body: bytes) -> Any:
        request = urllib.request.Request(
            self._target, data=body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            told = json.loads(reply.read())
        if isinstance(asked, dict):
            return self._told(asked, told)
        by_id = {one["id"]: one for one in told}
        return [self._told(one, by_id[one["id"]]) for one in asked]

    def _told(self, request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"result": self.lie(request, answer["result"])} if "result" in answer else answer
