"""How the server and the index are."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Response

from trust.api.answers import as_json
from trust.api.forms import Health, Responses, Standing, errors
from trust.api.parameters import Serving, taking

router = APIRouter(tags=["state"], dependencies=[taking()])
_SICK: Responses = {503: {"model": Health, "description": "The index is empty, or doesn't follow the chain."}}


@router.get("/status", response_model=Standing, responses=errors(), summary="Where the index stands")
async def status(service: Serving) -> dict[str, object]:
    """Its last block, up to where it is proven, and how far it is behind."""
    found, head = await service.status(), await service.head()
    behind = None if head is None or found.block is None else max(0, head - found.block)
    return asdict(found) | {"lag_seconds": service.lag(found), "head": head, "lag_blocks": behind}


@router.get(
    "/health",
    response_model=Health,
    responses={**errors(), **_SICK},
    summary="Whether answers are up to date",
)
async def health(service: Serving) -> Response:
    """For load balancers and alarms."""
    found = await service.status()
    problems = service.problems(found)
    told = {"ok": not problems, "problems": problems, "block": found.block, "lag_seconds": service.lag(found)}
    return as_json(told, {}, 503 if problems else 200)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        **errors(),
        200: {
            "description": "Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
    },
    summary="Metrics",
)
async def metrics(service: Serving) -> Response:
    """Requests, times, sign-ins and the index's state; they name nobody."""
    found = await service.status()
    text = service.metrics.text(
        {
            "healthy": not service.problems(found),
            "index_block": -1 if found.block is None else found.block,
            "index_proven": -1 if found.proven is None else found.proven,
            "index_lag_seconds": service.lag(found) or 0,
            "index_events": found.events,
        }
    )
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
