"""The keeper: pays everybody what is due, each payday, by itself."""

from trust.keeper.due import due
from trust.keeper.keeper import Keeper
from trust.keeper.loop import Loop
from trust.keeper.model import Job, Kind, Policy, Round, Run
from trust.keeper.status import Status, status

__all__ = ["Job", "Keeper", "Kind", "Loop", "Policy", "Round", "Run", "Status", "due", "status"]
