"""What stands before every route: limits, headers, metrics, and one form for every error."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trust.api.buckets import Buckets, client_of
from trust.api.metrics import Metrics
from trust.api.refusals import Invalid, Refusal, TooLarge, TooMany, Unexpected

_LOG = logging.getLogger("trust.api")
_BODY_BYTES = 65_536
_TARGET_BYTES = 2_048
_COSTS = {"/auth/verify": 5.0, "/digest": 10.0, "/totals": 2.0}

_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}


class Guard:
    """Wraps the application."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, buckets: Buckets, https: bool, shared: bool
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._buckets = buckets
        headers = _HEADERS | (_HTTPS_ONLY if https else {})
        if shared:  # with other origins: they are named, and the browser keeps the rest out
            headers["cross-origin-resource-policy"] = "cross-origin"
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, sent = time.monotonic(), _Sent(send, self._headers)
        try:
            self._limit(scope)
            await self._app(scope, await _whole(scope, receive), sent)
        except Refusal as refusal:
            await _refuse(sent, refusal)
        except Exception:
            _LOG.exception("%s failed", _route(scope))
            if sent.status:
                raise
            await _refuse(
                sent, Unexpected("The server failed.", hint="Ask again; it was written to its log.")
            )
        finally:
            self._metrics.answered(_route(scope), scope["method"], sent.status, time.monotonic() - started)

    def _limit(self, scope: Scope) -> None:
        path, query = scope["path"], scope["query_string"]
        if len(path) + len(query) > _TARGET_BYTES:
            raise Invalid("The address is too long.", hint=f"At most {_TARGET_BYTES:,} bytes are read.")
        client = client_of(scope["client"][0]) if scope.get("client") else "unknown"
        wait = self._buckets.take(client, _COSTS.get(path, 1.0), time.monotonic())
        if wait:
            raise TooMany(wait)


class _Sent:
    """Sends on, with our headers added; keeps the status."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = list(message.get("headers", ()))
            if not any(name == b"cache-control" for name, _ in own):
                own.append((b"cache-control", b"no-store"))
            message = {**message, "headers": own + self._headers}
        await self._send(message)


async def _whole(scope: Scope, receive: Receive) -> Receive:
    """A receive that has the body already, unless there is none to wait for. Raises TooLarge."""
    if scope["method"] != "POST":
        return receive
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return receive
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _BODY_BYTES:
            raise TooLarge("The body is too long.", hint=f"At most {_BODY_BYTES:,} bytes are read.")
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


async def _refuse(send: _Sent, refusal: Refusal) -> None:
    body = json.dumps(refusal.document()).encode()
    headers: Mapping[str, Any] = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **refusal.headers(),
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def _route(scope: Scope) -> str:
    """The template of the path: metrics and logs must not name members."""
    return str(getattr(scope.get("route"), "path", "none"))
