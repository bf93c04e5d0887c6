"""The server: uvicorn, which ends what is asked before it stops."""

from __future__ import annotations

import gc
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from trust.errors import InputError

_LOG = logging.getLogger("trust.api")
_STOP_SECONDS = 10
_IDLE_SECONDS = 15
_MOST_AT_ONCE = 500
_BACKLOG = 1_024


def listen(host: str, port: int) -> socket.socket:
    """A socket that connections can be made to. Raises InputError when the place is taken."""
    listener = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With the protocol named, asyncio sends small answers at once; else each waits 40 ms for the client.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        return listener
    except OSError as cause:
        if listener is not None:
            listener.close()
        raise InputError(
            f"{host}:{port} can't be listened on: {cause.strerror or cause}.",
            hint="Give another --host or --port.",
        ) from cause


def url_of(listener: socket.socket) -> str:
    """Where a listener is, as a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: ASGIApp, listener: socket.socket, *, proxy: str | None, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once questions are answered.

    The client's address is taken from X-Forwarded-For only of `proxy`.
    """
    config = uvicorn.Config(
        app,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        # Addresses beside members' numbers are nobody's business: the metrics count without them.
        access_log=False,
        log_level="warning",
        server_header=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    # uvicorn raises the signal again when it has stopped: then it has had its effect.
    before = {number: signal.signal(number, _ended) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _Server(config, ready).run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # All that was made until now stays. To look through it for garbage again and again would make one answer
            # in twenty several times as slow.
            gc.collect()
            gc.freeze()
            self._ready()


def _ended(number: int, frame: FrameType | None) -> None:
    _LOG.info("%s: stopped", signal.Signals(number).name)
