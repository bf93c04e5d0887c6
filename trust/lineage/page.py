"""The dossier's page for people: one file of HTML that needs nothing else, and prints."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from trust.chain.rpc import hexed
from trust.evidence.plain import moment
from trust.lineage.dossier import Dossier, percent
from trust.lineage.evidence import LineageEvidence
from trust.provenance.asset import Role

if TYPE_CHECKING:
    from jinja2 import Environment


def page(evidence: LineageEvidence, found: Dossier) -> str:
    """The page of a dossier."""
    return (
        environment()
        .get_template("dossier.html.jinja")
        .render(
            dossier=found,
            work=found.work,
            roles=[
                (role.name, [part for part in found.work.humans if part.role == role.name]) for role in Role
            ],
            deployment=evidence.deployment,
            anchor=hexed(evidence.headers[-1].hash),
        )
    )


@cache
def environment() -> Environment:
    """Templates of this package: everything that goes in is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": moment, "percent": percent, "words": _words}
    return made


def _words(name: str) -> str:
    return name.replace("_", " ").lower()
