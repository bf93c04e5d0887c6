"""The proxy between indexes and anvil: one path an index, and a new line for each of its syncs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from chaos.faults import Fault
from chaos.proxy import STATUS, Door, hang_up

from chaos_index.faults import REFUSALS, Weather
from chaos_index.lies import Telling

Json = Any

#: Longer than an index waits for an answer.
SILENCE_SECONDS = 0.7


@dataclass(slots=True)
class Line:
    """What one sync's connection is like.

    `strike` runs once: `strike_seconds` after request `strike_at`, of those that call `strike_on` if that is given.
    `separators` are those of its JSON: most nodes write no spaces.
    """

    weather: Weather = field(default_factory=Weather)
    telling: Telling | None = None
    strike_at: int = 0
    strike_on: str = ""
    strike_seconds: float = 0.0
    strike: Callable[[], None] | None = None
    requests: int = 0
    separators: tuple[str, str] = (",", ":")

    def count(self, calls: list[Json]) -> None:
        """One more request."""
        if not any(self.strike_on in call["method"] for call in calls):
            return
        self.requests += 1
        if self.requests != self.strike_at:
            return
        if self.strike_seconds:
            asyncio.get_running_loop().call_later(self.strike_seconds, self._strike)
        else:
            self._strike()

    def _strike(self) -> None:
        if self.strike is not None:  # not over yet
            self.strike()

    def told(self, call: Json, answer: Json) -> Json:
        """What the index hears where the node said `answer`."""
        fault = self.weather.call()
        if fault is not None:
            code, said = REFUSALS[fault]
            return {"jsonrpc": "2.0", "id": call.get("id"), "error": {"code": code, "message": said}}
        if self.telling is None or "result" not in answer:
            return answer
        return {**answer, "result": self.telling.tell(call["method"], call["params"], answer["result"])}


class Proxy(Door):
    """Answers as the line says on which it is asked."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self.lines: dict[str, Line] = {}

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        line = self.lines[request.match_info["name"]]
        try:
            body = json.loads(await request.read())
        except ConnectionResetError:  # the index was killed while it asked
            return hang_up(request)
        calls = body if isinstance(body, list) else [body]
        line.count(calls)
        fault = line.weather.request()
        if fault in STATUS:
            return web.Response(status=STATUS[fault], text="busy", headers={"retry-after": "1"})
        if fault is Fault.TIMEOUT:
            await asyncio.sleep(SILENCE_SECONDS)
        if fault in (Fault.TIMEOUT, Fault.RESET_BEFORE):
            return hang_up(request)
        answers = await self._forward(calls)
        told = [line.told(call, answer) for call, answer in zip(calls, answers, strict=True)]
        if fault is Fault.TIMEOUT_AFTER:
            await asyncio.sleep(SILENCE_SECONDS)
        if fault in (Fault.TIMEOUT_AFTER, Fault.RESET_AFTER):
            return hang_up(request)
        said = json.dumps(told if isinstance(body, list) else told[0], separators=line.separators).encode()
        return web.Response(body=said[: len(said) // 2] if fault is Fault.TRUNCATED else said)
