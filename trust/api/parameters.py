"""Parameters of questions: strict, so that a mistyped one is refused and never ignored."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from trust.api.refusals import Invalid, SignInRefused
from trust.api.service import Service
from trust.api.shapes import PLACE

_LARGEST = 2**63 - 1
_LATEST = 2**40
_MOST_USES = 1_000


def _digits(given: Any) -> Any:
    if isinstance(given, str) and not re.fullmatch(r"-?[0-9]{1,20}", given):
        raise ValueError("give a whole number")
    return given


def _yes_or_no(given: Any) -> Any:
    if isinstance(given, str) and given not in ("true", "false"):
        raise ValueError("give true or false")
    return given


_WHOLE = BeforeValidator(_digits)
_YES_OR_NO = BeforeValidator(_yes_or_no)


def _path(what: str, below: int) -> Any:
    return Path(ge=1, lt=below, description=what)


ProductionNumber = Annotated[int, _path("Number of the production.", 2**24), _WHOLE]
MemberNumber = Annotated[int, _path("Number of the member.", 2**24), _WHOLE]
PoolNumber = Annotated[int, _path("Number of the pool.", 2**32), _WHOLE]
LicencePlace = Annotated[
    int, _path("Which of the production's licences, in the order of purchase.", 2**24), _WHOLE
]

_Time = Annotated[int, Field(ge=0, le=_LATEST), _WHOLE]
_Grant = Annotated[int, Field(ge=1, le=_LARGEST), _WHOLE]
_Pool = Annotated[int, Field(ge=1, lt=2**32), _WHOLE]
_Number = Annotated[int, Field(ge=1, lt=2**24), _WHOLE]
_Scene = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
_Place = Annotated[str, Field(pattern=PLACE, examples=["1042:3"])]


class Moment(BaseModel):
    """The moment an answer is of."""

    model_config = ConfigDict(extra="forbid")

    at: _Time | None = Field(None, description="A later moment than the index's last block, Unix seconds.")


class Uses(BaseModel):
    """Which uses, and how many."""

    model_config = ConfigDict(extra="forbid")

    grant: _Grant | None = Field(None, description="Of this scene grant.")
    pool: _Pool | None = Field(None, description="Of this crowd.")
    scene: _Scene | None = Field(None, description="Of the scene with this hash.")
    asset_class: Literal["PASSIVE", "ACTIVE"] | None = Field(None, description="Of this asset class.")
    since: _Time | None = Field(None, description="Reported at this time or later, Unix seconds.")
    until: _Time | None = Field(None, description="Reported before this time, Unix seconds.")
    newest: Annotated[bool, _YES_OR_NO] = Field(False, description="Newest first; else oldest first.")
    limit: Annotated[int, Field(ge=1, le=_MOST_USES), _WHOLE] = Field(
        100, description="Most uses in the page."
    )
    after: _Place | None = Field(None, description="`next` of the page before.")


class PublicUses(Uses):
    """Which uses of a production."""

    licence: _Number | None = Field(
        None, description="Of the licence with this place, in the order of purchase."
    )


class AllUses(Uses):
    """Which uses of all."""

    production: _Number | None = Field(None, description="Of this production.")
    member: _Number | None = Field(None, description="Of this member.")


AtQuery = Annotated[Moment, Query()]
UsesQuery = Annotated[Uses, Query()]
PublicUsesQuery = Annotated[PublicUses, Query()]
AllUsesQuery = Annotated[AllUses, Query()]


def taking(*names: str) -> Any:
    """A dependency: refuse other parameters, and any given twice."""

    def check(request: Request) -> None:
        given = [name for name, _ in request.query_params.multi_items()]
        for name in given:
            if name not in names:
                known = f"Known: {', '.join(names)}." if names else "It takes none."
                raise Invalid(f"There is no parameter {name!r}.", hint=known)
        if len(given) != len(set(given)):
            raise Invalid("A parameter was given twice.", hint="Give each once.")

    return Depends(check)


def _conditional(
    if_none_match: Annotated[
        str | None, Header(description="ETag of the answer at hand: 304 if it still holds.")
    ] = None,
) -> None:
    """Described here; read with the answer."""


CONDITIONAL = Depends(_conditional)

_bearer = HTTPBearer(auto_error=False, description="Token from POST /auth/verify.")


def _service(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


Serving = Annotated[Service, Depends(_service)]


def _wallet(service: Serving, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    if given is None:
        raise SignInRefused(
            "This needs a sign-in.", hint="GET /auth/nonce, sign, POST /auth/verify, then send the token."
        )
    return service.tokens.wallet(given.credentials, service.now())


Wallet = Annotated[str, Depends(_wallet)]
