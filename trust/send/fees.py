"""What to offer for gas: pure integer arithmetic, wei per gas."""

from __future__ import annotations

from trust.send.model import Fees, Head, Rules


def quote(head: Head, rules: Rules) -> Fees | None:
    """First fees, with room for the base fee to double if the cap allows; None: the market is above it."""
    if head.base_fee + head.priority_fee > rules.max_fee_cap:
        return None
    wanted = 2 * head.base_fee + head.priority_fee
    return Fees(max_fee=min(wanted, rules.max_fee_cap), priority_fee=head.priority_fee)


def bumped(old: Fees, head: Head, rules: Rules) -> Fees | None:
    """Fees that replace `old`: both an eighth higher or more, and at the market. None: the cap forbids it."""
    least = Fees(_eighth_more(old.max_fee), _eighth_more(old.priority_fee))
    if least.max_fee > rules.max_fee_cap:
        return None
    market = quote(head, rules)
    if market is None:
        return None
    return Fees(max(least.max_fee, market.max_fee), max(least.priority_fee, market.priority_fee))


def gas_limit(estimate: int, spare: int, head: Head, rules: Rules) -> int:
    """The estimate with `spare` or more beyond it, within what a block and a transaction may hold if it can be."""
    roomy = max(int(estimate * rules.gas_multiplier), estimate + spare)
    return max(estimate, min(roomy, head.gas_limit, rules.max_gas))


def _eighth_more(fee: int) -> int:
    # Nodes ask for 10 %; 12.5 % is safe for all. At least one wei more, or zero would stay zero.
    return max(-(-fee * 9 // 8), fee + 1)
