"""Proxies before anvil. The keepers': one path a keeper, each with a line of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Self

import aiohttp
from aiohttp import web
from eth_utils.crypto import keccak

from chaos.exchange import Json, Line, exchange
from chaos.faults import Fault

_SILENCE_SECONDS = (0.3, 1.5)
STATUS = {Fault.HTTP_429: 429, Fault.HTTP_500: 500, Fault.HTTP_503: 503}


def hash_of(raw: str) -> str:
    """The hash of a signed transaction."""
    return "0x" + keccak(bytes.fromhex(raw[2:])).hex()


class Door(ABC):
    """Serves `http://127.0.0.1:port/NAME` while the `with` block lasts, and passes on what it chooses to."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    def url(self, name: str) -> str:
        """Where the node seems to be."""
        return f"http://127.0.0.1:{self._port}/{name}"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(timeout=20)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=20)
        self._loop.close()

    async def _open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/{name}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, shutdown_timeout=0.5)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    @abstractmethod
    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""

    async def _forward(self, calls: list[Json]) -> list[Any]:
        """The node's answers in the order of the calls, whatever ids those have."""
        numbered = [{**call, "id": number} for number, call in enumerate(calls)]
        async with self._session.post(self._upstream, json=numbered) as response:
            by_id = {answer["id"]: answer for answer in await response.json(content_type=None)}
        return [{**by_id[number], "id": call.get("id")} for number, call in enumerate(calls)]


class Proxy(Door):
    """The keepers' door; each name has a line."""

    def __init__(self, upstream: str, names: Iterable[str]) -> None:
        super().__init__(upstream)
        self.lines = {name: Line() for name in names}

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        line = self.lines[request.match_info["name"]]
        try:
            body = json.loads(await request.read())
        except ConnectionResetError:  # the keeper was killed while it asked
            return hang_up(request)
        calls = body if isinstance(body, list) else [body]
        line.requests += 1
        fault = line.dice.request(any(call["method"].startswith("eth_send") for call in calls))
        if fault in STATUS:
            return web.Response(status=STATUS[fault], text="busy", headers={"retry-after": "1"})
        if fault is Fault.TIMEOUT:
            await asyncio.sleep(line.dice.random.uniform(*_SILENCE_SECONDS))
        if fault in (Fault.TIMEOUT, Fault.RESET_BEFORE):
            return hang_up(request)
        answers = await exchange(line, calls, hash_of, self._forward)
        if fault is Fault.TIMEOUT_AFTER:
            await asyncio.sleep(line.dice.random.uniform(*_SILENCE_SECONDS))
        if fault in (Fault.TIMEOUT_AFTER, Fault.RESET_AFTER):
            return hang_up(request)
        said = json.dumps(answers if isinstance(body, list) else answers[0]).encode()
        return web.Response(body=said[: len(said) // 2] if fault is Fault.TRUNCATED else said)


def hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
