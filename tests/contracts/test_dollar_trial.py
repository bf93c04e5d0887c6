"""`trust deploy` tries its token out before it sends anything. What the trial refuses, and what it can't know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from dollars import dollar
from hostile import MOODS
from solidity import create, tell
from test_token_matrix import ANSWERS, DENIALS, UNREADABLE, word
from world import World

from trust.chain.dollar import _TRANSFER_GAS, ONE_DOLLAR, _nobody, require_dollar, try_dollar
from trust.errors import DeploymentError


def tried(world: World, token: str) -> None:
    """Try a token of which the deployer holds exactly one dollar."""
    holder = world.address("deployer")
    tell(world.chain, token, "mint(address,uint256)", holder, ONE_DOLLAR)
    before = world.chain.node.block().hash
    require_dollar(world.chain.node, token)
    try_dollar(world.chain.node, token, holder)
    assert world.chain.node.block().hash == before


def told(world: World, kind: str, signature: str, *values: Any) -> str:
    token = dollar(world, kind)
    tell(world.chain, token, signature, *values)
    return token


@pytest.mark.parametrize(
    "kind", ["PlainDollar", "RebasingDollar", "ListingDollar", "PausableDollar", "HeavyDollar"]
)
def test_dollar_that_pays_exactly_today_is_accepted(world: World, kind: str) -> None:
    tried(world, dollar(world, kind))


def test_test_dollar_is_accepted(world: World) -> None:
    tried(world, world.local.deployment.token)


@pytest.mark.parametrize("answer", ANSWERS)
def test_dollar_that_answers_true_or_nothing_is_accepted(world: World, answer: str) -> None:
    tried(world, told(world, "AnsweringDollar", "setAnswer(bool,bytes)", True, ANSWERS[answer]))


@pytest.mark.parametrize("on_top", [False, True])
@pytest.mark.parametrize("bps", [1, 100])
def test_dollar_that_takes_a_fee_is_refused(world: World, bps: int, on_top: bool) -> None:
    token = told(world, "FeeDollar", "setFee(uint256,bool)", bps, on_top)
    with pytest.raises(DeploymentError, match="taken" if on_top else f"{ONE_DOLLAR - 100 * bps:,} arrived"):
        tried(world, token)


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("answer", DENIALS)
def test_dollar_that_denies_its_transfers_is_refused(world: World, answer: str, moves: bool) -> None:
    token = told(world, "AnsweringDollar", "setAnswer(bool,bytes)", moves, DENIALS[answer])
    with pytest.raises(DeploymentError, match="doesn't say that it moved"):
        tried(world, token)


@pytest.mark.parametrize("answer", ["true", "nothing"])
def test_dollar_that_does_not_move_is_refused(world: World, answer: str) -> None:
    token = told(world, "AnsweringDollar", "setAnswer(bool,bytes)", False, ANSWERS[answer])
    with pytest.raises(DeploymentError, match="0 arrived"):
        tried(world, token)


def test_dollar_that_is_paused_is_refused(world: World) -> None:
    with pytest.raises(DeploymentError, match="can't be taken"):
        tried(world, told(world, "PausableDollar", "setPaused(bool)", True))


def test_dollar_dearer_than_a_transfers_gas_is_refused(world: World) -> None:
    tried(world, told(world, "HeavyDollar", "setGas(uint256)", 60_000))
    with pytest.raises(DeploymentError, match="141,000 gas"):
        tried(world, told(world, "HeavyDollar", "setGas(uint256)", 120_000))


@pytest.mark.parametrize(
    "mood", ["REVERTS", "RETURNS_FALSE", "BURNS_GAS", "RETURN_BOMB", "RETURNS_TWO", "RETURNS_BYTE"]
)
def test_dollar_that_can_be_received_but_not_sent_on_is_refused(world: World, mood: str) -> None:
    """Its `transferFrom` is in order; what members are paid by isn't."""
    token = create(world.chain, "HostileDollar", ("uint8",), (6,))
    tell(world.chain, token, "setMood(address,uint8)", _nobody("member"), MOODS.index(mood))
    with pytest.raises(
        DeploymentError, match=r"refuses a transfer|doesn't say that it moved when it is sent"
    ):
        tried(world, token)


@pytest.mark.parametrize("decimals", [0, 5, 7, 18, 262])
def test_dollar_with_other_decimals_is_refused(world: World, decimals: int) -> None:
    token = dollar(world, "OddDollar", ("bytes", "bool"), (word(decimals), False))
    with pytest.raises(DeploymentError, match=f"has {decimals} decimals, not 6"):
        tried(world, token)


@pytest.mark.parametrize("kind", ["reverting", "none", "a byte"])
def test_contract_that_tells_no_decimals_is_refused(world: World, kind: str) -> None:
    token = dollar(world, "OddDollar", ("bytes", "bool"), UNREADABLE[kind])
    with pytest.raises(DeploymentError, match="doesn't answer decimals: it is no dollar"):
        tried(world, token)


def test_address_without_a_token_is_refused(world: World) -> None:
    with pytest.raises(DeploymentError, match="no token at"):
        require_dollar(world.chain.node, world.address("stranger"))
    with pytest.raises(DeploymentError, match="doesn't answer decimals"):
        require_dollar(world.chain.node, world.contract("Members"))


def test_trial_needs_somebody_who_holds_a_dollar(world: World) -> None:
    token, holder = dollar(world, "PlainDollar"), world.address("deployer")
    tell(world.chain, token, "mint(address,uint256)", holder, ONE_DOLLAR - 1)
    with pytest.raises(DeploymentError, match=f"{holder} holds less than one of it"):
        try_dollar(world.chain.node, token, holder)


def test_trial_gives_a_transfer_the_gas_that_payroll_gives() -> None:
    source = Path(__file__).parents[2] / "contracts" / "payroll" / "BoundedTransfer.sol"
    found = re.search(r"TRANSFER_GAS = ([\d_]+);", source.read_text())
    assert found is not None
    assert int(found[1]) + 21_000 == _TRANSFER_GAS
