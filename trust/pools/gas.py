"""Gas that paying seats may take beyond an estimate: streams pay by the second, and blocks come later."""

from __future__ import annotations

#: What contracts/payroll/BoundedTransfer.sol wants left before each transfer.
_BEFORE_A_TRANSFER = 180_000
#: A transfer with its books to a wallet that has held dollars, and to one that never did.
_KNOWN_WALLET = 20_000
_NEW_WALLET = 45_000


def spare_for_push(seats: int) -> int:
    """Gas to add when a whole chunk is pushed."""
    return _BEFORE_A_TRANSFER + _KNOWN_WALLET * seats


def spare_for_seats(seats: int) -> int:
    """Gas to add when some seats are paid or emptied."""
    return _BEFORE_A_TRANSFER + _NEW_WALLET * seats


def spare_for_sweep(pools: int) -> int:
    """Gas to add when pools are swept: each pays the union and the pipeline fund."""
    return _BEFORE_A_TRANSFER + 2 * _NEW_WALLET * pools
