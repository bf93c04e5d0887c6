"""A production's writers' room for everybody: how many write, never who."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from trust.api.forms import answers
from trust.api.parameters import CONDITIONAL, AtQuery, Moment, ProductionNumber, Serving, taking
from trust.api.public import known_production
from trust.api.reads import found
from trust.api.shapes import form
from trust.index import Index
from trust.views import Room, room

_ROOM = (
    *("production_id", "episodes", "rate_card_version", "needed", "writers", "exempt", "short"),
    *("weeks", "pools", "now"),
)
PublicRoom = form(Room, name="PublicRoom", only=_ROOM)

router = APIRouter(tags=["public"], dependencies=[CONDITIONAL])


@router.get(
    "/productions/{production_id}/room",
    response_model=PublicRoom,
    responses=answers(404),
    dependencies=[taking(*Moment.model_fields)],
    summary="A production's writers' room",
)
async def read_room(
    request: Request, service: Serving, production_id: ProductionNumber, query: AtQuery
) -> Response:
    """How many write each week, how many are needed, and so whether script work with AI is refused."""

    def view(index: Index) -> Any:
        known_production(index, production_id)
        seen = found(lambda: room(index, production_id, query.at)).as_json()
        return {name: seen[name] for name in _ROOM}

    return await service.from_books(request, view)
