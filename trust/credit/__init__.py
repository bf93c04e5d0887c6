"""The human-audit credit: counted by published rules, shown as a label, carried as a verifiable credential."""

from trust.credit.attestation import attestation, attestation_hash, differences
from trust.credit.check import Checked, Credential, check
from trust.credit.count import DEPARTMENTS, Count, Work, count, recount
from trust.credit.credential import credential
from trust.credit.issued import Issued, attested, issued, latest_credit
from trust.credit.jose import Unsound
from trust.credit.keys import did_of, load_key, new_key, save_key, thumbprint
from trust.credit.label import png
from trust.credit.rulebook import Rulebook, rulebook, versions
from trust.credit.status import Fallen, fallen, stands, status_list

__all__ = [
    "DEPARTMENTS",
    "Checked",
    "Count",
    "Credential",
    "Fallen",
    "Issued",
    "Rulebook",
    "Unsound",
    "Work",
    "attestation",
    "attestation_hash",
    "attested",
    "check",
    "count",
    "credential",
    "did_of",
    "differences",
    "fallen",
    "issued",
    "latest_credit",
    "load_key",
    "new_key",
    "png",
    "recount",
    "rulebook",
    "save_key",
    "stands",
    "status_list",
    "thumbprint",
    "versions",
]
