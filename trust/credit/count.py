"""The numbers of a credit, counted from the index by the published rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from trust.credit.rulebook import Rulebook, rulebook
from trust.errors import InputError
from trust.index import Index
from trust.index.sql import named
from trust.model import ProductionId

#: In the order of IHumanAuditCredits.Departments; queries of the rules begin with these names.
DEPARTMENTS = ("writing", "performance", "design", "editing", "music_and_sound", "visual_effects")
QUERIES = named(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Work:
    """One work that was counted. `what` is its asset's id in hexadecimal, or its grant's or pool's number."""

    query: str
    what: str
    human_led: bool

    @property
    def department(self) -> str:
        """Whose it is."""
        return next(name for name in DEPARTMENTS if self.query.startswith(name))

    @property
    def leaf(self) -> bytes:
        """Its leaf in the evidence's tree."""
        return keccak(keccak(f"{self.query}:{self.what}:{int(self.human_led)}".encode()))


@dataclass(frozen=True, slots=True)
class Count:
    """What the rules make of a production as of a block. While assets are `unproven` it can't be attested.

    `block_hash` is None where the index has forgotten it: an old block without events.
    """

    production: ProductionId
    rules_version: int
    rules_hash: bytes
    block: int
    block_hash: bytes | None
    works: tuple[Work, ...]
    unproven: int

    def counted(self, *, human_led: bool) -> dict[str, int]:
        """Works by department, led by people or by machines."""
        led = [work.department for work in self.works if work.human_led is human_led]
        return {department: led.count(department) for department in DEPARTMENTS}

    @property
    def evidence_root(self) -> bytes:
        """Merkle root (OpenZeppelin's: sorted pairs) over the works' leaves, sorted; zeros without works."""
        layer = sorted(work.leaf for work in self.works) or [bytes(32)]
        while len(layer) > 1:
            pairs = zip_longest(layer[::2], layer[1::2])
            layer = [a if b is None else keccak(min(a, b) + max(a, b)) for a, b in pairs]
        return layer[0]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "production": self.production,
            "rules_version": self.rules_version,
            "rules_hash": self.rules_hash,
            "block": self.block,
            "block_hash": self.block_hash,
            "human_led": self.counted(human_led=True),
            "machine_led": self.counted(human_led=False),
            "unproven": self.unproven,
            "evidence_root": self.evidence_root,
            "works": [
                {"query": work.query, "work": work.what, "human_led": work.human_led} for work in self.works
            ],
        }


def count(index: Index, production: ProductionId, *, block: int | None = None, version: int = 1) -> Count:
    """Count a production as of `block`, else as of the index's last. Raises InputError for an unknown one."""
    rules = rulebook(version)
    with index.reading():
        number, block_hash = _moment(index, block)
        values = {"production": production, "block": number}
        if not index.rows(QUERIES["production"], values):
            raise InputError(
                f"There is no production {production} at block {number}.", hint="Give another number."
            )
        works = tuple(_works(index, rules, values))
        (row,) = index.rows(rules.unproven, values)
    return Count(production, version, rules.hash, number, block_hash, works, int(row["assets"]))


def recount(index: Index, attested: Mapping[str, Any]) -> Count:
    """What the rules make of an attestation's production as of its block: compare it with what was attested."""
    production, block = ProductionId(attested["productionId"]), int(attested["asOfBlock"])
    return count(index, production, block=block, version=int(attested["rulesVersion"]))


def _works(index: Index, rules: Rulebook, values: dict[str, int]) -> Iterator[Work]:
    for name, query in rules.queries.items():
        found = [Work(name, _shown(row["work"]), bool(row["human_led"])) for row in index.rows(query, values)]
        yield from sorted(found, key=lambda work: (len(work.what), work.what))


def _shown(work: bytes | int) -> str:
    return "0x" + work.hex() if isinstance(work, bytes) else str(work)


def _moment(index: Index, block: int | None) -> tuple[int, bytes | None]:
    """Number and hash of the block to count at. The index forgets blocks without events once they are final."""
    status = index.status()
    if status.block is None or status.block_hash is None:
        raise InputError("The index is empty.", hint="Run `trust index sync` first.")
    if block is None or block == status.block:
        return status.block, bytes.fromhex(status.block_hash.removeprefix("0x"))
    if block > status.block:
        raise InputError(
            f"The index ends at block {status.block}.", hint="Sync it, or count up to an earlier block."
        )
    rows = index.rows(QUERIES["block_hash"], {"block": block})
    return block, bytes(rows[0]["hash"]) if rows else None
