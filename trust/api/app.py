"""The application: routes, and what stands before them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from trust.api import auth_routes, private_routes, public_routes, room_routes, state_routes
from trust.api.answers import as_json
from trust.api.buckets import Buckets
from trust.api.guard import Guard
from trust.api.options import Options
from trust.api.refusals import Invalid, MethodNotAllowed, NotFound, Refusal, Unavailable, Unexpected
from trust.api.service import Service
from trust.errors import ChainError, IndexFault

_LOG = logging.getLogger("trust.api")

_ABOUT = """Licences, uses and pay of performers' digital replicas, as the chain's events tell them. Read-only.

Amounts are base units of a six-decimal dollar; times are Unix seconds; hashes and addresses are hex. Every answer is of
one block of the index, which its headers name; with `If-None-Match` it is sent again only if the block is another.

Public answers are of one production at a time and carry nothing that links a member's work at one production to work
at another. The chain itself is public: who follows a grant's number there finds the member's number."""


def create_app(options: Options) -> FastAPI:
    """An application over one index. Its threads end with its lifespan, or with `app.state.service.close()`."""
    service = Service(options)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="Likeness Trust",
        version=version("likeness-trust"),
        description=_ABOUT,
        lifespan=lifespan,
        # The pages that draw the description load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    for router in (
        public_routes.router,
        room_routes.router,
        private_routes.members,
        private_routes.audit,
        auth_routes.router,
        state_routes.router,
    ):
        app.include_router(router)
    _answer_errors(app)
    _stand_guard(app, service)
    return app


def _stand_guard(app: FastAPI, service: Service) -> None:
    """What was added last comes first."""
    options = service.options
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=options.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "if-none-match"],
            expose_headers=["etag", "index-block", "index-block-hash", "index-proven", "retry-after"],
        )
    app.add_middleware(
        Guard,
        metrics=service.metrics,
        buckets=Buckets(options.rate, options.burst),
        https=options.scheme == "https",
        shared=bool(options.origins),
    )


def _answer_errors(app: FastAPI) -> None:
    async def refuse(request: Request, error: Exception) -> Response:
        refusal = _refusal(error)
        headers = dict(getattr(error, "headers", None) or {}) if isinstance(error, HTTPException) else {}
        return as_json(refusal.document(), headers | refusal.headers(), refusal.status)

    for kind in (Refusal, HTTPException, RequestValidationError, IndexFault, ChainError, sqlite3.Error):
        app.add_exception_handler(kind, refuse)


def _refusal(error: Exception) -> Refusal:
    """Any foreseen error in the one form."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Invalid(f"{where}: {first['msg']}.", hint="See /openapi.json.")
    if isinstance(error, HTTPException):
        if error.status_code == NotFound.status:
            return NotFound("There is no such path.", hint="See /openapi.json.")
        if error.status_code == MethodNotAllowed.status:
            return MethodNotAllowed("That method is not for this path.", hint="See /openapi.json.")
        if error.status_code < Unexpected.status:
            return Invalid(f"{error.detail}.", hint="See /openapi.json.")
        return Unexpected("The server failed.", hint="Ask again.")
    # Their messages name files and hosts: those are for the log alone.
    _LOG.error("%s: %s", type(error).__name__, error)
    if isinstance(error, ChainError):
        return Unavailable("The node gives no answer.", hint="Ask again in a few seconds.")
    return Unavailable("The index can't be read just now.", hint="Ask again in a few seconds.")
