"""An issued credit as the index has it, and its place in the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trust.credit.count import QUERIES
from trust.errors import InputError
from trust.index import Index
from trust.index.tables import tables
from trust.model import ProductionId


@dataclass(frozen=True, slots=True)
class Issued:
    """What was attested, to whom it was issued, and where the chain says so. `at` in Unix seconds."""

    credit: int
    chain_id: int
    contract: str
    studio: str
    attestation: Mapping[str, Any]
    block_hash: bytes
    tx_index: int
    at: int


def issued(index: Index, credit: int) -> Issued:
    """An issued credit by its number. Raises InputError when the index has none."""
    with index.reading():
        found = index.rows(QUERIES["issued"], {"credit": credit})
    if not found:
        raise InputError(
            f"The index has no credit {credit} that was issued.",
            hint="Sync the index; a credit is issued after its challenge period.",
        )
    return Issued(
        credit=credit,
        chain_id=index.deployment.chain_id,
        contract=index.deployment.address("HumanAuditCredits"),
        studio=found[0]["studio"],
        attestation=attested(index, credit),
        block_hash=bytes(found[0]["block_hash"]),
        tx_index=found[0]["tx_index"],
        at=found[0]["timestamp"],
    )


def attested(index: Index, credit: int) -> Mapping[str, Any]:
    """What an auditor signed, issued or not. Raises InputError when the index has no such credit."""
    rows = index.rows(QUERIES["attested"], {"credit": credit})
    if not rows:
        raise InputError(f"The index has no credit {credit}.", hint="Sync it; credits are numbered from 1.")
    told = tables()["HumanAuditCredits", "CreditAttested"].args(rows[0])["attestation"]
    assert isinstance(told, dict)
    return told


def latest_credit(index: Index, production: ProductionId) -> int:
    """Number of the production's latest attestation, which the next one names; 0 before the first."""
    (row,) = index.rows(QUERIES["latest"], {"production": production})
    return int(row["latest"])
