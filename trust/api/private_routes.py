"""What needs a sign-in: a member's own answers, and an auditor's of everything."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from trust.api.access import Right
from trust.api.forms import WholeUsePage, answers
from trust.api.parameters import (
    CONDITIONAL,
    AllUses,
    AllUsesQuery,
    AtQuery,
    MemberNumber,
    Moment,
    ProductionNumber,
    Serving,
    Uses,
    UsesQuery,
    Wallet,
    taking,
)
from trust.api.reads import found, page_of
from trust.api.shapes import whole
from trust.index import Index
from trust.model import MemberId, ProductionId, licence_id
from trust.views import Licence, Production, Statement, licence, production, statement

members = APIRouter(prefix="/members/{member_id}", tags=["member"], dependencies=[CONDITIONAL])
audit = APIRouter(prefix="/audit", tags=["auditor"], dependencies=[CONDITIONAL])
_AT = taking(*Moment.model_fields)


@members.get(
    "/statement",
    response_model=whole(Statement),
    responses=answers(401, 403, 404),
    dependencies=[_AT],
    summary="A member's statement of earnings",
)
async def read_statement(
    request: Request, service: Serving, wallet: Wallet, member_id: MemberNumber, query: AtQuery
) -> Response:
    """All that was earned, paid, is owed and still to come. For the member, a minor's guardian, auditors."""

    def view(index: Index) -> Any:
        seen = found(lambda: statement(index, member_id, query.at))
        seen.check()
        return seen.as_json()

    return await service.for_member(request, wallet, member_id, Right.PAY, view)


@members.get(
    "/history",
    response_model=WholeUsePage,
    responses=answers(401, 403, 404),
    dependencies=[taking(*Uses.model_fields)],
    summary="Uses of a member's replicas",
)
async def read_uses(
    request: Request, service: Serving, wallet: Wallet, member_id: MemberNumber, query: UsesQuery
) -> Response:
    """Over all productions. For the member, a minor's guardian, delegates, auditors."""

    def view(index: Index) -> Any:
        return page_of(index, query, member=member_id)

    return await service.for_member(request, wallet, member_id, Right.USES, view)


@members.get(
    "/licences/{production_id}",
    response_model=whole(Licence),
    responses=answers(401, 403, 404),
    dependencies=[_AT],
    summary="A production's licence of a member",
)
async def read_licence(
    request: Request,
    service: Serving,
    wallet: Wallet,
    member_id: MemberNumber,
    production_id: ProductionNumber,
    query: AtQuery,
) -> Response:
    """Its terms, what became of it, its training runs and fees. For those who may read the member's history."""
    number = licence_id(ProductionId(production_id), MemberId(member_id))

    def view(index: Index) -> Any:
        return found(lambda: licence(index, number, query.at)).as_json()

    return await service.for_member(request, wallet, member_id, Right.USES, view)


@audit.get(
    "/history",
    response_model=WholeUsePage,
    responses=answers(401, 403),
    dependencies=[taking(*AllUses.model_fields)],
    summary="Uses of all replicas",
)
async def audit_history(request: Request, service: Serving, wallet: Wallet, query: AllUsesQuery) -> Response:
    """With members, transactions and places in the chain."""

    def view(index: Index) -> Any:
        return page_of(index, query, production=query.production, member=query.member)

    return await service.for_auditor(request, wallet, view, books=False)


@audit.get(
    "/productions/{production_id}",
    response_model=whole(Production),
    responses=answers(401, 403, 404),
    dependencies=[_AT],
    summary="A production, with its members",
)
async def audit_production(
    request: Request, service: Serving, wallet: Wallet, production_id: ProductionNumber, query: AtQuery
) -> Response:
    """As everybody sees it, with the numbers of members and licences."""

    def view(index: Index) -> Any:
        seen = found(lambda: production(index, production_id, query.at))
        seen.check()
        return seen.as_json()

    return await service.for_auditor(request, wallet, view, books=True)
