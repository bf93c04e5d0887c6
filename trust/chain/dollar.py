"""Tries a token out before anything is deployed on it: what Payroll can't find out about its dollar by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.artifacts import TEST_TOKEN
from trust.chain.rpc import Address, RpcError, blob, hexed, quantity
from trust.errors import DeploymentError

if TYPE_CHECKING:
    from trust.chain.node import Node

DECIMALS = 6
#: What is moved, in base units: enough for a fee of one basis point to show.
ONE_DOLLAR = 10**DECIMALS
#: What a transfer may cost as a whole transaction: Payroll's allowance (`TRANSFER_GAS` of
#: contracts/payroll/BoundedTransfer.sol), and what every transaction costs.
_TRANSFER_GAS = 120_000 + 21_000
_AMPLE_GAS = 1_000_000
_WORD = 32
_OTHER = "Members can't be paid to the unit in this token: deploy with another."


def require_dollar(node: Node, token: str) -> None:
    """Raises DeploymentError unless there is a token at this address, and it has six decimals."""
    if not node.code(token):
        raise DeploymentError(f"There is no token at {token}.", hint="Check --token and the RPC URL.")
    decimals = _number(node, token, "decimals", Address(token))
    if decimals != DECIMALS:
        raise DeploymentError(
            f"The token at {token} has {decimals} decimals, not {DECIMALS}.",
            hint="Deploy with another token.",
        )


def try_dollar(node: Node, token: str, holder: str) -> None:
    """Have one dollar of `holder`'s moved as Payroll would move it, in a simulation (eth_simulateV1).

    Nothing is sent, and `holder` signs nothing. Raises DeploymentError if the token takes a fee, moves nothing or
    another amount, answers a transfer with anything but true or nothing, refuses, or spends more gas than Payroll
    gives a transfer; or if it can't be tried, because the holder has no dollar or the node doesn't simulate.
    What the issuer changes later no trial can know.
    """
    held = _number(node, token, "balanceOf", Address(holder), holder)
    if held < ONE_DOLLAR:
        raise DeploymentError(
            f"The token can't be tried out: {holder} holds less than one of it.",
            hint="Name an address that does with --holder; nothing is taken from it.",
        )
    payroll, member = _nobody("payroll"), _nobody("member")
    answers = _simulated(
        node,
        [
            _call(holder, token, "approve", payroll, ONE_DOLLAR),
            _call(payroll, token, "transferFrom", holder, payroll, ONE_DOLLAR),
            _call(holder, token, "balanceOf", payroll),
            _call(payroll, token, "transfer", member, ONE_DOLLAR, gas=_TRANSFER_GAS),
            _call(holder, token, "balanceOf", member),
            _call(holder, token, "balanceOf", payroll),
        ],
    )
    approved, taken, received, sent, paid, left = answers
    _require(_succeeded(approved), token, "can't be approved")
    _require(_succeeded(taken), token, "can't be taken from who approved it")
    _require(_true_or_nothing(taken), token, "doesn't say that it moved when it is taken")
    _require_amount(token, received, "was taken")
    _require(_succeeded(sent), token, f"refuses a transfer, or needs more than {_TRANSFER_GAS:,} gas for it")
    _require(_true_or_nothing(sent), token, "doesn't say that it moved when it is sent")
    _require_amount(token, paid, "was sent")
    _require(_amount(left) == 0, token, "leaves something behind when all is sent")


def _nobody(role: str) -> str:
    """An address that nobody has used."""
    return to_checksum_address(keccak(text=f"likeness trust: trial of a token: {role}")[12:])


def _call(sender: str, token: str, function: str, *arguments: Any, gas: int = _AMPLE_GAS) -> dict[str, str]:
    data = interface(TEST_TOKEN).encode(function, *arguments)
    return {"from": sender, "to": token, "gas": hex(gas), "input": hexed(data)}


def _simulated(node: Node, calls: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The outcome of each of these calls, one after the other."""
    try:
        blocks = node.call("eth_simulateV1", {"blockStateCalls": [{"calls": calls}]}, "latest")
    except RpcError as cause:
        raise DeploymentError(
            f"The token can't be tried out: this node doesn't simulate ({cause.reason}).",
            hint="Use a node that serves eth_simulateV1, or deploy --untried.",
        ) from cause
    outcomes: list[dict[str, Any]] = blocks[0]["calls"]
    return outcomes


def _number(node: Node, token: str, function: str, sender: Address, *arguments: Any) -> int:
    """What the token answers to a question for a number."""
    try:
        answer = node.eth_call(token, interface(TEST_TOKEN).encode(function, *arguments), sender=sender)
    except RpcError as cause:
        if not cause.is_revert:
            raise
        answer = b""
    if len(answer) < _WORD:
        raise DeploymentError(
            f"The contract at {token} doesn't answer {function}: it is no dollar.",
            hint="Check --token and the RPC URL.",
        )
    return int.from_bytes(answer[:_WORD], "big")


def _succeeded(outcome: dict[str, Any]) -> bool:
    return quantity(outcome["status"]) == 1


def _true_or_nothing(outcome: dict[str, Any]) -> bool:
    """As contracts/payroll/BoundedTransfer.sol reads an answer."""
    answer = blob(outcome["returnData"])
    return not answer or (len(answer) >= _WORD and int.from_bytes(answer[:_WORD], "big") == 1)


def _amount(outcome: dict[str, Any]) -> int:
    return int.from_bytes(blob(outcome["returnData"])[:_WORD], "big")


def _require(fine: bool, token: str, fault: str) -> None:
    if not fine:
        raise DeploymentError(f"The token at {token} {fault}.", hint=_OTHER)


def _require_amount(token: str, outcome: dict[str, Any], moved: str) -> None:
    arrived = _amount(outcome)
    fault = (
        f"takes a fee, or moves wrong amounts: of {ONE_DOLLAR:,} units, {arrived:,} arrived when it {moved}"
    )
    _require(arrived == ONE_DOLLAR, token, fault)
