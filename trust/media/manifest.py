"""The C2PA manifest of a stamp, and how c2pa is set up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trust.errors import InputError
from trust.media.statement import LABEL, GrantStatement

if TYPE_CHECKING:
    import c2pa

#: IPTC's digitalSourceType, by its last word.
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED, COMPOSITE = "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"
# By a use's kind (UseKind): touched-up and placed replicas stand in footage that was taken; new ones are made.
SOURCE_OF_KIND = (COMPOSITE, COMPOSITE, GENERATED, GENERATED)

#: CAWG training and data mining 1.1: the four entries and their values.
MINING = ("data_mining", "ai_inference", "ai_generative_training", "ai_training")
VALUES = ("allowed", "notAllowed", "constrained")
MINING_LABEL = "cawg.training-mining"
_MOST_WORDS = 1_000

_ACTIONS = "c2pa.actions"
_SPILL_MEBIBYTES = 16  # c2pa's intermediate copies above this go to a temporary file


@dataclass(frozen=True, slots=True)
class Mining:
    """One training-and-mining entry; `constraints` are words or a URL, for a constrained one only."""

    entry: str
    value: str
    constraints: str = ""

    def __post_init__(self) -> None:
        """Raises InputError for what CAWG doesn't know."""
        if self.entry not in MINING or self.value not in VALUES:
            raise InputError(
                f"{self.entry}={self.value} is not a training and mining entry.",
                hint=f"Entries: {', '.join(MINING)}. Values: {', '.join(VALUES)}.",
            )
        if (self.value == "constrained") != bool(self.constraints):
            raise InputError(
                "Constraints belong to constrained entries, and each of them needs some.",
                hint="Give them behind a colon, like ai_training=constrained:ask the union.",
            )
        if len(self.constraints) > _MOST_WORDS:
            raise InputError(f"Constraints have at most {_MOST_WORDS:,} signs.", hint="Give a URL instead.")

    def as_entry(self) -> dict[str, str]:
        """As CAWG writes it."""
        return {"use": self.value} | ({"constraint_info": self.constraints} if self.constraints else {})


def definition(
    statement: GrantStatement, source: str, mining: tuple[Mining, ...], version: str
) -> dict[str, Any]:
    """The manifest. What `mining` doesn't mention is not allowed."""
    given = {one.entry: one for one in mining}
    entries = {f"cawg.{name}": given.get(name, Mining(name, "notAllowed")).as_entry() for name in MINING}
    created = {"action": "c2pa.created", "digitalSourceType": SOURCES + source}
    return {
        "claim_generator_info": [{"name": "likeness-trust", "version": version}],
        "assertions": [
            {"label": f"{_ACTIONS}.v2", "data": {"actions": [created]}},
            {"label": MINING_LABEL, "data": {"entries": entries}},
            {"label": LABEL, "data": statement.as_assertion()},
        ],
    }


def context(anchors: str | None) -> c2pa.Context:
    """c2pa that trusts these certificates (PEM), asks no network, and copies nothing large into memory.

    Without anchors nobody is trusted.
    """
    import c2pa

    settings: dict[str, Any] = {
        "version": 1,
        "core": {"backing_store_memory_threshold_in_mb": _SPILL_MEBIBYTES},
        "verify": {
            "verify_trust": True,
            "verify_after_sign": False,  # the stamp is checked as any other is
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "builder": {
            "thumbnail": {"enabled": False},
            "created_assertion_labels": [_ACTIONS, MINING_LABEL, LABEL],
        },
    }
    if anchors is not None:
        settings["trust"] = {"user_anchors": anchors}
    return c2pa.Context(c2pa.Settings.from_json(json.dumps(settings)))
