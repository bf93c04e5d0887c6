"""Evidence packs: one production's rows with the proofs that they are in the chain, checked without a node."""

from trust.evidence.check import Checked, Verdict, check
from trust.evidence.container import MOST_BYTES
from trust.evidence.evidence import Evidence, Fault
from trust.evidence.pack import Packed, pack

__all__ = ["MOST_BYTES", "Checked", "Evidence", "Fault", "Packed", "Verdict", "check", "pack"]
