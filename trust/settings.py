"""Where things are on this machine: the only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from trust.errors import InputError

#: Environment variable of each setting.
VARIABLES = {
    "rpc": "TRUST_RPC_URL",
    "deployment": "TRUST_DEPLOYMENT",
    "keystore": "TRUST_KEYSTORE",
    "password_file": "TRUST_PASSWORD_FILE",
    "index": "TRUST_INDEX",
    "outbox": "TRUST_OUTBOX",
    "db": "TRUST_KEEPER_DB",
    "anchors": "TRUST_ANCHORS",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What was given, else what the environment says, else the default."""

    deployment: Path
    index: Path | str
    outbox: Path
    keeper_db: str
    keystore: Path | None = None
    password_file: Path | None = None
    anchors: Path | None = None
    _rpc: str | None = None
    debug: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str | None], environ: Mapping[str, str] | None = None) -> Self:
        """Settings from what was given by name. Outbox and keeper's tables lie beside the deployment by default."""
        environment = os.environ if environ is None else environ

        def value(name: str) -> str | None:
            return given.get(name) or environment.get(VARIABLES[name]) or None

        def path(name: str) -> Path | None:
            found = value(name)
            return Path(found) if found else None

        deployment = path("deployment") or Path("deployment.json")
        return cls(
            deployment=deployment,
            index=_place(value("index") or "index.db"),
            outbox=path("outbox") or deployment.with_name("outbox.db"),
            keeper_db=value("db") or str(deployment.with_name("keeper.db")),
            keystore=path("keystore"),
            password_file=path("password_file"),
            anchors=path("anchors"),
            _rpc=value("rpc"),
            debug=debugging(environment),
        )

    @property
    def has_rpc(self) -> bool:
        """Whether a node was named."""
        return bool(self._rpc)

    @property
    def rpc_url(self) -> str:
        """The node's URL. Raises InputError when none was given."""
        if not self._rpc:
            raise InputError("No RPC URL was given.", hint="Give --rpc URL or set TRUST_RPC_URL.")
        return self._rpc

    @property
    def keystore_file(self) -> Path:
        """The keystore. Raises InputError when none was given."""
        if self.keystore is None:
            raise InputError(
                "No keystore was given.",
                hint="Give --keystore FILE or set TRUST_KEYSTORE; `trust key new FILE` makes one.",
            )
        return self.keystore

    @property
    def anchors_file(self) -> Path:
        """The certificates that are trusted to vouch for stamps. Raises InputError when none were given."""
        if self.anchors is None:
            raise InputError(
                "No certificates to trust were given: without any, anybody's stamp would pass.",
                hint="Give --trust FILE or set TRUST_ANCHORS: the union's or the studio's certificate, PEM.",
            )
        return self.anchors


def _place(value: str) -> Path | str:
    """A file, or a database by URL."""
    return value if "://" in value else Path(value)


def debugging(environ: Mapping[str, str] | None = None) -> bool:
    """Whether TRUST_DEBUG asks for tracebacks."""
    return bool((os.environ if environ is None else environ).get("TRUST_DEBUG"))
