"""Filling an index in PostgreSQL with many workers at once, on any number of machines."""

from trust.backfill.model import LEASE_SECONDS, RANGE_BLOCKS, Plan, Progress, Range
from trust.backfill.plan import plan
from trust.backfill.tables import Home, Tables
from trust.backfill.worker import Worked, work

__all__ = [
    "LEASE_SECONDS",
    "RANGE_BLOCKS",
    "Home",
    "Plan",
    "Progress",
    "Range",
    "Tables",
    "Worked",
    "plan",
    "work",
]
