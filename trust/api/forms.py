"""Forms of answers that are no view's, and what every route may answer besides."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from trust.api.shapes import Address, Form, Hash, form
from trust.api.siwe import LONGEST
from trust.views import UsePage


class Error(Form):
    """Why there is no answer, as the command line says it."""

    error: Annotated[str, Field(description="Name of the error.")]
    message: Annotated[str, Field(description="What is wrong.")]
    hint: Annotated[str, Field(description="What to do about it; may be empty.")]


class Standing(Form):
    """Where the index stands, and the chain."""

    chain_id: Annotated[int, Field(description="The chain's id.")]
    first_block: Annotated[int, Field(description="First block that can hold an event of the deployment.")]
    block: Annotated[
        int | None, Field(description="Last block whose events are all here; null before the first sync.")
    ]
    block_hash: Annotated[Hash | None, Field(description="Its hash.")]
    timestamp: Annotated[int | None, Field(description="Its time, Unix seconds.")]
    proven: Annotated[
        int | None,
        Field(
            description="All up to this block is proven by receipts; null: nothing is, only headers were linked."
        ),
    ]
    events: Annotated[int, Field(description="Events in the index.")]
    transfers: Annotated[int, Field(description="Transfers of the token, in and out of Payroll.")]
    lag_seconds: Annotated[
        int | None, Field(description="Age of the last block by the server's clock, seconds.")
    ]
    head: Annotated[
        int | None,
        Field(description="The chain's last block; null if the server has no node, or it is silent."),
    ]
    lag_blocks: Annotated[int | None, Field(description="Blocks the index is behind the head.")]


class Digest(Form):
    """One line for what all events add up to: equal for all who index the same chain to the same block."""

    block: Annotated[int, Field(description="The block.")]
    block_hash: Annotated[Hash, Field(description="Its hash.")]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 over the folded state.")]


class Health(Form):
    """Whether answers are up to date. 200 if `ok`, else 503."""

    ok: Annotated[bool, Field(description="Nothing is wrong.")]
    problems: Annotated[list[str], Field(description="What is wrong, in words.")]
    block: Annotated[int | None, Field(description="Last block of the index.")]
    lag_seconds: Annotated[int | None, Field(description="Its age by the server's clock, seconds.")]


class Invitation(Form):
    """What to sign in with (EIP-4361)."""

    nonce: Annotated[str, Field(description="Good for one sign-in.")]
    expires_at: Annotated[int, Field(description="When the nonce expires, Unix seconds.")]
    domain: Annotated[str, Field(description="Domain to put into the message.")]
    uri: Annotated[str, Field(description="URI to put into the message.")]
    chain_id: Annotated[int, Field(description="Chain ID to put into the message.")]
    version: Annotated[Literal["1"], Field(description="Version to put into the message.")]
    statement: Annotated[str, Field(description="Statement to put into the message, exactly.")]
    message: Annotated[str | None, Field(description="The whole message; null unless an address was given.")]


class SignIn(BaseModel):
    """A signed message."""

    model_config = ConfigDict(extra="forbid", strict=True)

    message: Annotated[
        str, Field(min_length=1, max_length=LONGEST, description="The message that was signed.")
    ]
    signature: Annotated[
        str,
        Field(
            pattern="^0x([0-9a-f]{2}){1,1024}$",
            description="personal_sign of the message (EIP-191), in hex; or what the contract wallet takes.",
        ),
    ]


class Readable(Form):
    """A member whom the wallet may read."""

    member_id: Annotated[int, Field(description="Number of the member.")]
    pay: Annotated[bool, Field(description="The statement too; else uses and licences only.")]


class SignedIn(Form):
    """A token, to be sent as `Authorization: Bearer ...`. What it opens is looked up at each use."""

    token: Annotated[str, Field(description="The token.")]
    token_type: Annotated[Literal["Bearer"], Field(description="How it is sent.")]
    expires_at: Annotated[int, Field(description="When it ends, Unix seconds.")]
    wallet: Annotated[Address, Field(description="Who signed in.")]
    auditor: Annotated[bool, Field(description="Whether it reads everything.")]
    members: Annotated[list[Readable], Field(description="Members whom it reads.")]


#: Uses with everything the index has of them.
WholeUsePage = form(UsePage, more={"next": (str | None, "The `after` of the next page; null at the end.")})

_MEANINGS = {
    401: "Not signed in, or the token or signature isn't taken.",
    403: "Signed in, but not for this.",
    404: "There is no such thing.",
    413: "More than the server reads.",
    422: "A parameter or body that can't be used.",
    429: "Asked too often: `Retry-After` says when to ask again.",
    503: "Nothing can be answered just now.",
}
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}


def _header(meaning: str, **schema: Any) -> dict[str, Any]:
    return {"description": meaning, "schema": {"type": "string", **schema}}


_ANSWERED = {
    "ETag": _header("Of this answer, at this block of the index."),
    "Index-Block": _header("The index's last block.", pattern="^[0-9]+$"),
    "Index-Block-Hash": _header("Its hash.", pattern="^0x[0-9a-f]{64}$"),
    "Index-Proven": _header(
        "All up to this block is proven by receipts; or `none`.", pattern="^([0-9]+|none)$"
    ),
}

Responses = dict[int | str, dict[str, Any]]


def errors(*statuses: int) -> Responses:
    """What else a route may answer, each in the one form of errors."""
    found: Responses = {}
    for status in sorted({413, 422, 429, 503, *statuses}):
        found[status] = {"model": Error, "description": _MEANINGS[status]}
        if status in (429, 503):
            found[status]["headers"] = _RETRY
    return found


def answers(*statuses: int) -> Responses:
    """The same, for an answer of the index: with its headers, and 304."""
    return {
        200: {"headers": _ANSWERED},
        304: {"description": "The answer with this ETag still holds.", "headers": _ANSWERED},
        **errors(*statuses),
    }
