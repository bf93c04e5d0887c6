"""/metrics and /healthz, from a thread of their own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trust.errors import InputError
from trust.keeper.health import document
from trust.keeper.loop import Loop
from trust.keeper.metrics import Metrics

_CLIENT_SECONDS = 10


@contextmanager
def serving(where: tuple[str, int], loop: Loop, metrics: Metrics, stale_after: float) -> Iterator[int]:
    """Serve while inside; gives the port. Raises InputError when the place is taken."""
    try:
        server = ThreadingHTTPServer(where, _handler(loop, metrics, stale_after))
    except OSError as cause:
        raise InputError(
            f"{where[0]}:{where[1]} can't be listened on: {cause.strerror}.", hint="Give --listen HOST:PORT."
        ) from cause
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(loop: Loop, metrics: Metrics, stale_after: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "trust-keeper"
        timeout = _CLIENT_SECONDS

        def do_GET(self) -> None:
            if self.path == "/healthz":
                told = document(loop.health, time.time(), stale_after)
                body = json.dumps(told, indent=2).encode() + b"\n"
                self._answer(200 if told["healthy"] else 503, "application/json", body)
            elif self.path == "/metrics":
                body = metrics.text(loop.health, stale_after)
                self._answer(200, "text/plain; version=0.0.4; charset=utf-8", body)
            else:
                self._answer(404, "text/plain", b"/metrics or /healthz\n")

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every few seconds: nobody wants them in the log."""

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
