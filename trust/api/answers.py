"""Answers as bytes, with the block they are of; and "not modified" for who has them already."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from fastapi import Request, Response

from trust.api.refusals import Unavailable
from trust.index import Index
from trust.index.index import Status

#: Counted up when an answer's form changes: what clients keep of older ones is then not "not modified".
_FORM = 1
_PUBLIC = "public, no-cache"
_PRIVATE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and which answers the client has. `private`: caches of many may not keep it."""

    question: str
    known: frozenset[str]
    private: bool

    @classmethod
    def of(cls, request: Request, private: bool) -> Self:
        """From a request; parameters in any order are the same question."""
        parameters = json.dumps(sorted(request.query_params.multi_items()))
        tags = request.headers.get("if-none-match", "").split(",")
        # Weak tags compare equal here (RFC 9110, 13.1.2).
        known = frozenset(tag.strip().removeprefix("W/") for tag in tags)
        return cls(f"{request.url.path}?{parameters}", known, private)

    def tag(self, status: Status) -> str:
        """The answer's tag: the index's last block, its hash, and the question say all of it."""
        told = f"{_FORM} {status.block_hash} {status.proven} {self.question}"
        return f'"{sha256(told.encode()).hexdigest()[:32]}"'


def answer(index: Index, asked: Asked, view: Callable[[Index], Any]) -> Response:
    """The view as JSON, of one state of the index. Raises Unavailable when it is empty."""
    with index.reading():
        status = index.status()
        if status.block is None:
            raise Unavailable("The index is empty.", hint="Ask again when it has been synced.")
        tag = asked.tag(status)
        headers = {
            "etag": tag,
            "cache-control": _PRIVATE if asked.private else _PUBLIC,
            "index-block": str(status.block),
            "index-block-hash": str(status.block_hash),
            "index-proven": "none" if status.proven is None else str(status.proven),
        }
        if asked.private:
            headers["vary"] = "Authorization"
        if tag in asked.known or "*" in asked.known:
            return Response(status_code=304, headers=headers)
        return as_json(view(index), headers)


def as_json(data: Any, headers: dict[str, str], status: int = 200) -> Response:
    """Plain data; whole numbers of any size stay exact."""
    body = json.dumps(data, separators=(",", ":")).encode()
    return Response(body, status, headers, "application/json")
