"""Studios and their productions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trust.identifiers import commitment, parse
from trust.model import ProductionId
from trust.nouns.handle import Handle, Result, made

_NOBODY = "0x0000000000000000000000000000000000000000"


class Productions:
    """Productions of the studio that this connection sends for."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def admit_studio(self, studio: str, admitted: bool = True, *, simulate: bool = False) -> Result:
        """Admit a studio; only the enroller."""
        return self._handle.write("Productions", "admitStudio", studio, admitted, simulate=simulate)

    def register(
        self,
        identifier: str,
        starts: int,
        ends: int,
        breakdown_root: bytes,
        reporter: str | None = None,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Register a production by its EIDR or ISAN. Times in Unix seconds.

        Raises IdentifierError, before anything is sent, when the identifier's form or check digit is wrong.
        """
        hashed = commitment(parse(identifier))
        result = self._handle.write(
            "Productions",
            "register",
            hashed,
            starts,
            ends,
            breakdown_root,
            reporter or _NOBODY,
            key=key,
            simulate=simulate,
        )
        return made(result, "ProductionRegistered", "productionId")

    def set_breakdown(self, production: ProductionId, root: bytes, *, simulate: bool = False) -> Result:
        """Replace the breakdown's root."""
        return self._handle.write("Productions", "setBreakdown", production, root, simulate=simulate)

    def reschedule(
        self, production: ProductionId, starts: int, ends: int, *, simulate: bool = False
    ) -> Result:
        """Change the schedule; licences keep their end."""
        return self._handle.write("Productions", "reschedule", production, starts, ends, simulate=simulate)

    def set_primary_reporter(
        self, production: ProductionId, reporter: str, *, simulate: bool = False
    ) -> Result:
        """Name the reporter whose reports cost least."""
        return self._handle.write(
            "Productions", "setPrimaryReporter", production, reporter, simulate=simulate
        )

    def set_reporter(
        self, production: ProductionId, reporter: str, allowed: bool, *, simulate: bool = False
    ) -> Result:
        """Allow or forbid a further reporter."""
        return self._handle.write(
            "Productions", "setReporter", production, reporter, allowed, simulate=simulate
        )

    def cancel(self, production: ProductionId, *, simulate: bool = False) -> Result:
        """Cancel the production: its licences and training end, what was earned stays owed."""
        return self._handle.write("Productions", "cancel", production, simulate=simulate)

    def declare_strike(self, productions: Sequence[ProductionId], *, simulate: bool = False) -> Result:
        """Halt use at these productions; only the strike committee."""
        return self._handle.write("Productions", "declareStrike", list(productions), simulate=simulate)

    def end_strike(self, productions: Sequence[ProductionId], *, simulate: bool = False) -> Result:
        """End the strike at these productions."""
        return self._handle.write("Productions", "endStrike", list(productions), simulate=simulate)

    def get(self, production: ProductionId) -> dict[str, Any]:
        """Studio, schedule and status."""
        return dict(self._handle.read("Productions", "productionOf", production))
