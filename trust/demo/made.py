"""What the acts of transparency leave behind: works with their lineage, the machine's draft, a picture, a credit."""

from __future__ import annotations

from dataclasses import dataclass

from trust.credit import Count
from trust.media import Verdict
from trust.provenance.asset import Asset
from trust.provenance.graph import Numbers


@dataclass(frozen=True, slots=True)
class Work:
    """A registered asset, what a reader would call it, and its two numbers as the contract has them."""

    name: str
    asset: Asset
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Picture:
    """A stamped picture: what its check came to, and that of a copy with a bit changed, and why."""

    grant: int
    output_hash: bytes
    transaction: str
    verdict: Verdict
    changed: Verdict
    fault: str


@dataclass(frozen=True, slots=True)
class Papers:
    """An issued credit: what was counted, the block its credential is proven by, and what checks said of it.

    `verdict` is the credential's, `forged` that of a copy that claims more, and `fault` why.
    """

    credit: int
    auditor: str
    counted: Count
    block: int
    block_hash: bytes
    verdict: str
    forged: str
    fault: str
