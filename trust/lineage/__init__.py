"""What provenance adds up to: an asset's copyright dossier, and a production's report on quality and cost."""

from trust.lineage.check import DossierChecked, check_dossier
from trust.lineage.dossier import Dossier, dossier, percent
from trust.lineage.evidence import LineageEvidence, ProvenLineage, prove_lineage
from trust.lineage.files import json_file, read_dossier
from trust.lineage.gather import gather_lineage
from trust.lineage.page import page
from trust.lineage.quality import Quality, quality
from trust.lineage.quality_page import quality_page
from trust.lineage.texts import read_texts

__all__ = [
    "Dossier",
    "DossierChecked",
    "LineageEvidence",
    "ProvenLineage",
    "Quality",
    "check_dossier",
    "dossier",
    "gather_lineage",
    "json_file",
    "page",
    "percent",
    "prove_lineage",
    "quality",
    "quality_page",
    "read_dossier",
    "read_texts",
]
