"""The answers' forms for the API's description, made from the views: no field is described apart from its view."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from trust.api.words import CHOICES, FIELDS
from trust.views.base import View

Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern="^0x[0-9a-fA-F]{40}$")]
PLACE = "^[0-9]{1,12}:[0-9]{1,9}$"

_WHOLE: dict[type[View], type[Form]] = {}
_ADDRESSES = frozenset({"agent", "manager", "studio", "wallet"})


class Form(BaseModel):
    """An answer with exactly these fields."""

    model_config = ConfigDict(extra="forbid")


def form(
    view: type[View],
    *,
    name: str | None = None,
    only: tuple[str, ...] | None = None,
    more: Mapping[str, tuple[Any, str]] | None = None,
) -> type[Form]:
    """The form of a view, with `only` these fields and `more` ones (type, meaning), which replace the view's."""
    hints = get_type_hints(view)
    kept = {
        field.name: (_type(view, field.name, hints[field.name]), described(view, field.name))
        for field in fields(view)  # type: ignore[arg-type]
        if only is None or field.name in only
    }
    kept |= dict(more or {})
    columns: dict[str, Any] = {
        column: (kind, Field(description=meaning)) for column, (kind, meaning) in kept.items()
    }
    return create_model(
        name or view.__name__, __base__=Form, __doc__=inspect.getdoc(view) or view.__name__, **columns
    )


def described(view: type[View], field: str) -> str:
    """What a field means."""
    return FIELDS.get(f"{view.__name__}.{field}") or FIELDS.get(field) or field.replace("_", " ")


def whole(view: type[View]) -> type[Form]:
    """The form of a view with all its fields; always the same one."""
    if view not in _WHOLE:
        _WHOLE[view] = form(view)
    return _WHOLE[view]


def _type(view: type[View], field: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        parts = [_type(view, field, part) for part in get_args(hint)]
        return Union[tuple(parts)]  # noqa: UP007 - made at run time
    if get_origin(hint) is tuple:
        return list[_type(view, field, get_args(hint)[0])]  # type: ignore[misc]
    if inspect.isclass(hint) and issubclass(hint, View):
        return whole(hint)
    if hint is str and (words := CHOICES.get(f"{view.__name__}.{field}") or CHOICES.get(field)):
        return Literal[words]
    if hint is str and field in _ADDRESSES:
        return Address
    return Hash if hint is bytes else hint
