"""trust serve: the index over HTTP."""

from __future__ import annotations

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli import parse
from trust.cli.command import INDEX, command, option
from trust.cli.session import Session
from trust.errors import InputError

if TYPE_CHECKING:
    from trust.api import Options

_ANY = ("0.0.0.0", "::", "")


def register(app: typer.Typer) -> None:
    """Add the command."""
    example = "trust serve --index index.db --port 8080 --auditor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    command(app, "serve", example=example, options=(*INDEX, "rpc"))(serve)


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise InputError(f"{text!r} is not a port.", hint="Give a number up to 65535; 0 picks one.")
    return int(text)


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@*]+", text):
        raise InputError(
            f"{text!r} is not an origin.", hint="Give scheme and host, like https://portal.example."
        )
    return text


def _rate(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) or not float(text):
        raise InputError(f"{text!r} is not a rate.", hint="Give requests a second, like 20 or 0.5.")
    return float(text)


Host = Annotated[str, option("--host", "HOST", "Where to listen; else this machine only.")]
Port = Annotated[int, option("--port", "PORT", "Else 8080; 0 picks one.", _port)]
Url = Annotated[
    str | None, option("--url", "URL", "What clients call it, for sign-ins; else http://HOST:PORT.")
]
Auditors = Annotated[
    list[str], option("--auditor", "ADDRESS", "May read everything. Repeat it for more.", parse.address)
]
Secret = Annotated[
    Path | None,
    option("--secret-file", "FILE", "32 bytes or more that sign tokens; else made anew at each start."),
]
Origins = Annotated[
    list[str], option("--origin", "ORIGIN", "Web pages that may ask. Repeat it for more.", _origin)
]
Proxy = Annotated[
    str | None, option("--proxy", "ADDRESS", "Take clients' addresses from this proxy's X-Forwarded-For.")
]
Rate = Annotated[float, option("--rate", "NUMBER", "Requests a second and client; else 20.", _rate)]


def serve(
    session: Session,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    url: Url = None,
    auditor: Auditors = [],  # noqa: B006 - typer makes the list
    secret_file: Secret = None,
    origin: Origins = [],  # noqa: B006
    proxy: Proxy = None,
    rate: Rate = 20.0,
) -> None:
    """Answer over HTTP what the index says, read-only. Stops gracefully on SIGTERM or Ctrl-C.

    With --rpc it tells the chain's head too, and contract wallets can sign in.
    """
    from trust.api import Options, create_app, server
    from trust.api.options import new_secret

    _ = session.index  # says at once what is wrong with it
    if url is None and host in _ANY:
        raise InputError(
            f"{host} is no name to sign in at.", hint="Give --url, what clients call the server."
        )
    with server.listen(host, port) as listener:
        where = server.url_of(listener)
        options = Options(
            where=session.settings.index,
            deployment=session.deployment,
            url=(url or where).rstrip("/"),
            auditors=frozenset(auditor),
            secret=_secret(secret_file) if secret_file else new_secret(),
            rpc=_node(session),
            origins=tuple(origin),
            rate=rate,
            burst=5 * rate,
        )
        ready = partial(_ready, session, where, options)
        server.serve(create_app(options), listener, proxy=proxy, ready=ready)


def _node(session: Session) -> str | None:
    if not session.settings.has_rpc:
        return None
    from trust.chain.node import Node

    with Node(session.settings.rpc_url) as node:
        node.require_chain(session.deployment.chain_id)
    return session.settings.rpc_url


def _secret(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise InputError(
            f"{path} can't be read.", hint="Make one: head -c 32 /dev/urandom > api.secret"
        ) from cause


def _ready(session: Session, where: str, options: Options) -> None:
    if session.as_json:
        told = {"url": where, "sign_in": options.url, "chain_id": options.deployment.chain_id}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        return
    session.say(f"Serving on {where}; {where}/openapi.json describes it.")
