"""What was attested, counted again by the published rules: the numbers of each credit that stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trust.audit.ledger import Ledger
from trust.audit.transparency import Transparency
from trust.credit import differences, recount, rulebook, versions
from trust.errors import InputError
from trust.index import Index


def check_counts(ledger: Ledger, index: Index, told: Transparency) -> None:
    """A83. What was superseded or revoked isn't held against anybody: that is how a wrong count is mended."""
    uncounted = 0
    for number, credit in told.credits.items():
        if not credit.stands:
            continue
        if not _is_ours(told, credit.attested):
            uncounted += 1
            continue
        ledger.look("A83")
        for what in _faults(index, credit.attested):
            ledger.find("A83", f"Credit {number}: {what}.", credit.told)
    if uncounted:
        ledger.remark("A83", f"{uncounted:,} not counted: their rules are not among this package's")


def _is_ours(told: Transparency, attested: Mapping[str, Any]) -> bool:
    """Whether this package has the text whose hash was published."""
    version = attested["rulesVersion"]
    published, _ = told.rules.get(version, (b"", ""))
    return version in versions() and rulebook(version).hash == published


def _faults(index: Index, attested: Mapping[str, Any]) -> list[str]:
    try:
        return list(differences(recount(index, attested), attested))
    except InputError as cause:
        return [f"it can't be counted again ({cause})"]
