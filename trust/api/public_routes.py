"""What anybody may read: productions one at a time, pools, and the sums of all."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from trust.api.forms import Digest, answers
from trust.api.parameters import (
    CONDITIONAL,
    AtQuery,
    LicencePlace,
    Moment,
    PoolNumber,
    ProductionNumber,
    PublicUses,
    PublicUsesQuery,
    Serving,
    taking,
)
from trust.api.public import (
    Places,
    PublicLicence,
    PublicPool,
    PublicProduction,
    PublicUsePage,
    known_production,
    public_licence,
    public_page,
    public_pool,
    public_production,
)
from trust.api.reads import found, page_of
from trust.api.shapes import whole
from trust.index import Index
from trust.views import Totals, licence, pool, pools, production, totals

router = APIRouter(tags=["public"], dependencies=[CONDITIONAL])
_AT = taking(*Moment.model_fields)


@router.get(
    "/productions/{production_id}",
    response_model=PublicProduction,
    responses=answers(404),
    dependencies=[_AT],
    summary="A production: money, licences, grants",
)
async def read_production(
    request: Request, service: Serving, production_id: ProductionNumber, query: AtQuery
) -> Response:
    """What it paid, spent, owes and still streams. Members appear as places among its licences."""

    def view(index: Index) -> Any:
        seen = found(lambda: production(index, production_id, query.at))
        seen.check()
        return public_production(seen.as_json(), Places(index, production_id))

    return await service.from_books(request, view)


@router.get(
    "/productions/{production_id}/history",
    response_model=PublicUsePage,
    responses=answers(404),
    dependencies=[taking(*PublicUses.model_fields)],
    summary="Uses of replicas at a production",
)
async def read_history(
    request: Request, service: Serving, production_id: ProductionNumber, query: PublicUsesQuery
) -> Response:
    """Pages don't shift while new uses come: go on with `after`."""

    def view(index: Index) -> Any:
        known_production(index, production_id)
        places = Places(index, production_id)
        member = None if query.licence is None else places.licence(query.licence) & 0xFFFFFF
        return public_page(page_of(index, query, production=production_id, member=member), places)

    return await service.from_rows(request, view)


@router.get(
    "/productions/{production_id}/licences/{place}",
    response_model=PublicLicence,
    responses=answers(404),
    dependencies=[_AT],
    summary="A licence of a production",
)
async def read_licence(
    request: Request, service: Serving, production_id: ProductionNumber, place: LicencePlace, query: AtQuery
) -> Response:
    """Its terms, what became of it, its training runs and fees."""

    def view(index: Index) -> Any:
        known_production(index, production_id)
        places = Places(index, production_id)
        return public_licence(licence(index, places.licence(place), query.at).as_json(), places)

    return await service.from_books(request, view)


@router.get(
    "/productions/{production_id}/pools",
    response_model=list[PublicPool],  # type: ignore[valid-type]
    responses=answers(404),
    dependencies=[_AT],
    summary="Ensemble pools of a production",
)
async def read_pools(
    request: Request, service: Serving, production_id: ProductionNumber, query: AtQuery
) -> Response:
    """What came in, what is paid, due and still to come; who sits there is not told."""

    def view(index: Index) -> Any:
        known_production(index, production_id)
        seen = pools(index, production=production_id, now=query.at)
        for one in seen:
            one.check()
        return [public_pool(one.as_json()) for one in seen]

    return await service.from_books(request, view)


@router.get(
    "/pools/{pool_id}",
    response_model=PublicPool,
    responses=answers(404),
    dependencies=[_AT],
    summary="An ensemble pool",
)
async def read_pool(request: Request, service: Serving, pool_id: PoolNumber, query: AtQuery) -> Response:
    """What came in, what is paid, due and still to come; who sits there is not told."""

    def view(index: Index) -> Any:
        seen = found(lambda: pool(index, pool_id, query.at))
        seen.check()
        return public_pool(seen.as_json())

    return await service.from_books(request, view)


@router.get(
    "/totals",
    response_model=whole(Totals),
    responses=answers(),
    dependencies=[_AT],
    summary="All money that ever came in, and where it is",
)
async def read_totals(request: Request, service: Serving, query: AtQuery) -> Response:
    """paid_in = paid_out + held, to the unit; the token's own transfers agree."""

    def view(index: Index) -> Any:
        seen = totals(index, query.at)
        seen.check()
        return seen.as_json()

    return await service.from_books(request, view)


@router.get(
    "/digest",
    response_model=Digest,
    responses=answers(),
    dependencies=[taking()],
    summary="One line to compare with another auditor",
)
async def read_digest(request: Request, service: Serving) -> Response:
    """`trust index status` gives the same for the same block. Dear to make: ask with If-None-Match."""

    def view(index: Index) -> Any:
        status = index.status()
        return {
            "block": status.block,
            "block_hash": status.block_hash,
            "digest": service.digest(index, status),
        }

    return await service.from_books(request, view)
