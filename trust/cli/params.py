"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from trust.cli import parse
from trust.cli.command import argument, option
from trust.model import GrantId, LicenceId, MemberId, PoolId, ProductionId

Member = Annotated[MemberId, argument("MEMBER", "Number of the member.", parse.member)]
Production = Annotated[ProductionId, argument("PRODUCTION", "Number of the production.", parse.production)]
Licence = Annotated[LicenceId, argument("LICENCE", "As PRODUCTION/MEMBER, like 1/7.", parse.licence)]
Grant = Annotated[GrantId, argument("GRANT", "Number of the grant.", parse.grant)]
Pool = Annotated[PoolId, argument("POOL", "Number of the pool.", parse.pool)]
ConsentFile = Annotated[Path, argument("FILE", "The signed consent.")]
ConsentOption = Annotated[
    Path | None,
    option("--consent", "FILE", "The member's signed consent, when somebody else relays it."),
]
Screenplay = Annotated[Path, option("--screenplay", "FILE", "The script, .fountain or .fdx.")]
SaltFile = Annotated[Path, option("--salt-file", "FILE", "The production secret.")]
At = Annotated[int | None, option("--at", "TIME", "A later moment than the index's last block.", parse.when)]
