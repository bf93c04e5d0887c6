"""Following the head: synced when the node tells of a block, and at the latest every so many seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import msgspec

from trust.chain.node import jittered
from trust.chain.rpc import Endpoint
from trust.errors import ChainError, InputError, NodeUnreachable
from trust.index.follow import Synced
from trust.index.index import Index

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

#: Between looks while the node tells of blocks, in case it stops telling; and when it never does.
_SAFETY_SECONDS = 1.0
POLL_SECONDS = 0.2

_LOG = logging.getLogger(__name__)


def watch(
    index: Index,
    *,
    subscribe: str | None = None,
    verify: bool = False,
    poll_seconds: float = POLL_SECONDS,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Synced]:
    """Sync whenever there is a new block, for ever; yields what each sync that changed something did.

    `subscribe` is a WebSocket URL (ws:// or wss://); without one, or while it is silent, the node is asked every
    so often. A node that can't be reached is asked again, later and later. Raises IndexFault or WrongChain.
    """
    failures = 0
    with ExitStack() as stack:
        heads = stack.enter_context(_Heads(subscribe)) if subscribe else None
        while not stopping():
            try:
                done = index.sync(verify=verify)
            except ChainError as error:
                if not isinstance(error, NodeUnreachable) and failures > 8:
                    raise
                _LOG.warning("%s", error)
                time.sleep(jittered(failures))
                failures += 1
                continue
            failures = 0
            if done.events or done.rewound or done.to_block >= done.from_block or done.incidents:
                yield done
            if heads is None:
                time.sleep(poll_seconds)
            else:
                heads.wait(_SAFETY_SECONDS)


def websocket_url(rpc_url: str) -> str:
    """The WebSocket URL of a node that serves it at the same place."""
    parts = urlsplit(Endpoint.parse(rpc_url).url)
    return urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws"))


class _Heads:
    """A subscription to new blocks, made again when it breaks."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("ws", "wss"):
            raise InputError(
                "The subscription's URL cannot be used.", hint="Give one like ws://... or wss://...."
            )
        self._url = url
        self._socket: ClientConnection | None = None
        self._try_again = 0.0
        self._failures = 0

    def __enter__(self) -> _Heads:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def wait(self, seconds: float) -> None:
        """Until a block is told of, or so many seconds have passed."""
        from websockets.exceptions import WebSocketException

        end = time.monotonic() + seconds
        try:
            if self._socket is None and time.monotonic() >= self._try_again:
                self._socket = self._subscribed()
                return  # a block may have come before the subscription
            if self._socket is None:
                time.sleep(min(seconds, POLL_SECONDS))
                return
            self._socket.recv(timeout=max(0.0, end - time.monotonic()))
            self._failures = 0
        except TimeoutError:
            return
        except (WebSocketException, OSError) as error:
            self._drop()
            wait = jittered(self._failures)
            self._try_again = time.monotonic() + wait
            self._failures += 1
            # Not the error's text: it may hold the URL, and with it a key.
            _LOG.warning(
                "the subscription broke (%s); it is made again in %.1f s", type(error).__name__, wait
            )

    def _subscribed(self) -> ClientConnection:
        from websockets.sync.client import connect

        socket = connect(self._url, open_timeout=10, max_size=2**20)
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
        socket.send(msgspec.json.encode(request).decode())
        return socket

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
