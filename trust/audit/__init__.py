"""The audit: replays the chain alone and holds a deployment to every promise."""

from trust.audit.auditor import audit
from trust.audit.model import Check, Finding, Place, Report
from trust.audit.promises import PROMISES

__all__ = ["PROMISES", "Check", "Finding", "Place", "Report", "audit"]
