"""Usage of grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trust.model import GrantId, Use
from trust.nouns.handle import Handle, Result


class Usage:
    """Reports of use."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def record(self, use: Use, *, key: str | None = None, simulate: bool = False) -> Result:
        """Report one use; it is paid at once out of the grant's reserve."""
        return self._handle.write("UsageLedger", "record", use.as_struct(), key=key, simulate=simulate)

    def record_batch(self, uses: Sequence[Use], *, key: str | None = None, simulate: bool = False) -> Result:
        """Report many uses in one transaction; neighbours of the same grant cost least."""
        structs = [use.as_struct() for use in uses]
        return self._handle.write("UsageLedger", "recordBatch", structs, key=key, simulate=simulate)

    def grant(self, grant: GrantId) -> dict[str, Any]:
        """The grant with its meter."""
        return dict(self._handle.read("UsageLedger", "grantOf", grant))
