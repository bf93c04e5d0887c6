"""Sending: intents in, receipts out, through a durable outbox."""

from trust.send.model import Attempt, Fees, Intent, Log, Reason, Receipt, Reverted, Row, Rules, Signer, State
from trust.send.outbox import Outbox
from trust.send.stepper import Progress

__all__ = [
    "Attempt",
    "Fees",
    "Intent",
    "Log",
    "Outbox",
    "Progress",
    "Reason",
    "Receipt",
    "Reverted",
    "Row",
    "Rules",
    "Signer",
    "State",
]
