"""Media stamped with the grant and use they were made under (C2PA), and checked against the chain."""

from trust.media.certificates import TrialCertificate, make_certificate, read_anchors, read_chain
from trust.media.check import Checked, check
from trust.media.findings import Finding
from trust.media.keys import TOKEN, SigningKey, pem_key, token_key
from trust.media.manifest import MINING, Mining
from trust.media.stamp import Stamped, stamp
from trust.media.statement import GrantStatement
from trust.media.verdict import Verdict

__all__ = [
    "MINING",
    "TOKEN",
    "Checked",
    "Finding",
    "GrantStatement",
    "Mining",
    "SigningKey",
    "Stamped",
    "TrialCertificate",
    "Verdict",
    "check",
    "make_certificate",
    "pem_key",
    "read_anchors",
    "read_chain",
    "stamp",
    "token_key",
]
