"""What each way in which a dollar can misbehave does to pay: nothing, a refusal, or a wait; see docs/tokens.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dollars import MEMBERS, dollar, owing, set_on, top_up, union_on
from hostile import Hostile, deploy_with
from refusals import refused
from sharing import connect, put_back
from world import World

from trust.errors import ContractRefused, TrustError
from trust.model import Money, dollars
from trust.stage import Player, Stage
from trust.testing import LocalChain

FUNDS = dollars(100_000)
KINDS = (
    "FeeDollar",
    "RebasingDollar",
    "AnsweringDollar",
    "ListingDollar",
    "PausableDollar",
    "HeavyDollar",
)
Deployed = Callable[[str], Hostile]


@pytest.fixture(scope="module")
def _unions(
    _beginning: World, chain: LocalChain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Hostile]]:
    folder = tmp_path_factory.mktemp("unions")
    with put_back(chain, _beginning.local):
        unions = {name: union_on(_beginning, name, folder / f"{name}.db") for name in KINDS}
        for union in unions.values():
            connect(union.local, "studio", "enroller", "custodian", "keeper")
        yield unions
        for union in unions.values():
            union.local.close()


@pytest.fixture
def on(_unions: dict[str, Hostile], chain: LocalChain) -> Iterator[Deployed]:
    """The union on a dollar of this kind, as it was deployed."""
    with ExitStack() as undone:

        def shared(name: str) -> Hostile:
            local = undone.enter_context(put_back(chain, _unions[name].local))
            return replace(_unions[name], stage=Stage(local))

        yield shared


def working(union: Hostile) -> list[Player]:
    """The union's members, each with pay due that the studio has put in; the books agree with the balance."""
    union.fund(FUNDS)
    players = [union.licensed(f"member {number}") for number in range(MEMBERS)]
    assert owing(union, players) == union.held() == FUNDS
    return players


def paid(union: Hostile, players: list[Player]) -> list[int]:
    return [union.balance(player.wallet.address) for player in players]


def told(union: Hostile, players: list[Player]) -> list[str]:
    """What a payday of all says of each."""
    events = union.stage.payday(players).events
    return [event.name for event in events if event.name in ("Paid", "PayHeld")]


def take_all_back(union: Hostile) -> None:
    studio = union.stage.studio.payroll
    free = studio.production(union.production)["free"]
    if free > 0:
        studio.take_back(union.production, Money(free), union.local.keys["heir"].address)


def settle_all(union: Hostile, players: list[Player]) -> None:
    """Pay everybody: members, benefits plan, fund and union; the studio takes back what is free."""
    keeper = union.local.as_("keeper").payroll
    union.stage.payday(players)
    keeper.remit([union.production])
    take_all_back(union)


def refuses_funds(union: Hostile, error: str = "") -> ContractRefused:
    """A deposit is refused, and nothing of it happened."""
    studio = union.local.keys["studio"].address
    free, held = union.stage.studio.payroll.production(union.production)["free"], union.held()
    with pytest.raises(ContractRefused) as caught:
        union.fund(FUNDS)
    assert caught.value.name == (error or caught.value.name)
    assert union.stage.studio.payroll.production(union.production)["free"] == free
    assert union.held() == held
    assert union.balance(studio) >= FUNDS
    return caught.value


# Fees


@pytest.mark.parametrize(("bps", "received"), [(1, dollars(99_990)), (10_000, 0)])
def test_fee_at_funding_is_refused_and_nothing_changes(on: Deployed, bps: int, received: int) -> None:
    union = on("FeeDollar")
    set_on(union, "setFee(uint256,bool)", bps, False)
    refusal = refuses_funds(union, "InexactTransfer")
    assert refusal.fields == {"expected": FUNDS, "received": received}
    set_on(union, "setFee(uint256,bool)", 0, False)
    assert told(union, working(union)) == ["Paid"] * MEMBERS


def test_fee_switched_on_later_comes_out_of_what_arrives_not_of_the_books(on: Deployed) -> None:
    union = on("FeeDollar")
    players = working(union)
    owed = union.due(players[0])
    set_on(union, "setFee(uint256,bool)", 10, False)
    assert told(union, players) == ["Paid"] * MEMBERS
    assert paid(union, players) == [owed - owed * 10 // 10_000] * MEMBERS
    assert owing(union, players) == union.held() == FUNDS - MEMBERS * owed
    refuses_funds(union, "InexactTransfer")
    settle_all(union, players)
    assert owing(union, players) == union.held() == 0


def test_fee_that_the_sender_bears_holds_the_last_until_topped_up(on: Deployed) -> None:
    union = on("FeeDollar")
    players = working(union)
    take_all_back(union)
    set_on(union, "setFee(uint256,bool)", 5_000, True)
    owed = union.due(players[0])
    books = owing(union, players)
    assert told(union, players) == ["Paid", "Paid", "Paid", "PayHeld"]
    assert paid(union, players) == [owed] * 3 + [0]
    assert owing(union, players) == books - 3 * owed
    missing = owing(union, players) - union.held()
    assert missing == 3 * owed // 2
    set_on(union, "setFee(uint256,bool)", 0, True)
    top_up(union, missing)
    settle_all(union, players)
    assert paid(union, players) == [owed] * MEMBERS
    assert owing(union, players) == union.held() == 0


# Balances that change by themselves


def test_rebase_upwards_belongs_to_nobody_and_breaks_nothing(on: Deployed) -> None:
    union = on("RebasingDollar")
    players = working(union)
    owed = union.due(players[0])
    set_on(union, "rebase(uint256)", 12_500)
    assert union.held() == FUNDS * 5 // 4
    assert owing(union, players) == FUNDS
    union.fund(FUNDS)
    assert told(union, players) == ["Paid"] * MEMBERS
    assert paid(union, players) == [owed] * MEMBERS
    settle_all(union, players)
    assert owing(union, players) == 0
    assert union.held() == FUNDS // 4


def test_rebase_downwards_holds_the_last_and_loses_nothing_in_the_books(on: Deployed) -> None:
    union = on("RebasingDollar")
    players = working(union)
    owed = union.due(players[0])
    take_all_back(union)
    books = owing(union, players)
    set_on(union, "rebase(uint256)", 5_000)
    assert union.held() == books // 2
    assert told(union, players) == ["Paid", "Paid", "PayHeld", "PayHeld"]
    assert paid(union, players) == [owed, owed, 0, 0]
    assert owing(union, players) == books - 2 * owed
    top_up(union, owing(union, players) - union.held())
    settle_all(union, players)
    assert paid(union, players) == [owed] * MEMBERS
    assert owing(union, players) == union.held() == 0


# Answers


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


#: Answers that are not true, nor silence.
DENIALS = {"false": word(0), "two": word(2), "a byte": b"\x01", "31 bytes": word(1)[1:], "text": b"\xff" * 64}
ANSWERS = {"true": word(1), "nothing": b"", "true and more": word(1) + word(7)}


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("answer", DENIALS)
def test_dollar_that_does_not_answer_true_takes_no_funds(on: Deployed, answer: str, moves: bool) -> None:
    union = on("AnsweringDollar")
    set_on(union, "setAnswer(bool,bytes)", moves, DENIALS[answer])
    refuses_funds(union)


@pytest.mark.parametrize("answer", DENIALS)
def test_pay_that_is_denied_stays_owed_and_is_paid_later(on: Deployed, answer: str) -> None:
    union = on("AnsweringDollar")
    players = working(union)
    owed = union.due(players[0])
    set_on(union, "setAnswer(bool,bytes)", False, DENIALS[answer])
    assert told(union, players) == ["PayHeld"] * MEMBERS
    assert owing(union, players) == union.held() == FUNDS
    set_on(union, "setAnswer(bool,bytes)", True, word(1))
    settle_all(union, players)
    assert paid(union, players) == [owed] * MEMBERS
    assert owing(union, players) == union.held() == 0


@pytest.mark.parametrize("answer", ANSWERS)
def test_dollar_that_answers_true_or_nothing_is_exact(on: Deployed, answer: str) -> None:
    union = on("AnsweringDollar")
    set_on(union, "setAnswer(bool,bytes)", True, ANSWERS[answer])
    players = working(union)
    owed = union.due(players[0])
    assert told(union, players) == ["Paid"] * MEMBERS
    settle_all(union, players)
    assert paid(union, players) == [owed] * MEMBERS
    assert owing(union, players) == union.held() == 0


@pytest.mark.parametrize("answer", ["true", "nothing"])
def test_answer_without_a_move_takes_no_funds(on: Deployed, answer: str) -> None:
    union = on("AnsweringDollar")
    set_on(union, "setAnswer(bool,bytes)", False, ANSWERS[answer])
    assert refuses_funds(union, "InexactTransfer").fields == {"expected": FUNDS, "received": 0}


# Issuers who stop transfers


def test_blocked_wallet_waits_and_all_others_are_paid(on: Deployed) -> None:
    union = on("ListingDollar")
    players = working(union)
    owed = union.due(players[0])
    set_on(union, "setBlocked(address,bool)", players[1].wallet.address, True)
    assert told(union, players) == ["Paid", "PayHeld", "Paid", "Paid"]
    assert owing(union, players) == union.held() == FUNDS - 3 * owed
    set_on(union, "setBlocked(address,bool)", players[1].wallet.address, False)
    assert told(union, players) == ["Paid"]
    assert paid(union, players) == [owed] * MEMBERS


def test_blocked_studio_cannot_fund_and_its_members_are_paid(on: Deployed) -> None:
    union = on("ListingDollar")
    players = working(union)
    set_on(union, "setBlocked(address,bool)", union.local.keys["studio"].address, True)
    refuses_funds(union)
    assert told(union, players) == ["Paid"] * MEMBERS
    settle_all(union, players)
    assert owing(union, players) == union.held() == 0


STOPS = {
    "payroll blocked": ("ListingDollar", "setBlocked(address,bool)"),
    "paused": ("PausableDollar", "setPaused(bool)"),
}


@pytest.mark.parametrize("stop", STOPS)
def test_stopped_dollar_holds_everything_and_goes_on_exactly(on: Deployed, stop: str) -> None:
    kind, signature = STOPS[stop]
    union = on(kind)
    players = working(union)
    owed = union.due(players[0])
    whom = (union.payroll,) if stop == "payroll blocked" else ()
    set_on(union, signature, *whom, True)
    assert told(union, players) == ["PayHeld"] * MEMBERS
    result = union.local.as_("keeper").payroll.remit([union.production])
    assert [event.name for event in result.events if "Remit" in event.name] == ["RemittanceHeld"] * 3
    refuses_funds(union)
    studio = union.local.keys["studio"].address
    with pytest.raises(ContractRefused):
        union.stage.studio.payroll.take_back(union.production, Money(1), studio)
    assert owing(union, players) == union.held() == FUNDS
    set_on(union, signature, *whom, False)
    settle_all(union, players)
    assert paid(union, players) == [owed] * MEMBERS
    assert owing(union, players) == union.held() == 0


# Gas, and nothing


def test_dollar_that_refuses_to_move_nothing_is_exact(on: Deployed) -> None:
    union = on("HeavyDollar")
    players = working(union)
    owed = union.due(players[0])
    settle_all(union, players)
    union.stage.payday(players)
    assert paid(union, players) == [owed] * MEMBERS
    assert owing(union, players) == union.held() == 0


def test_dollar_dearer_than_a_transfers_gas_holds_pay_and_loses_none(on: Deployed) -> None:
    union = on("HeavyDollar")
    players = working(union)
    owed = union.due(players[0])
    set_on(union, "setGas(uint256)", 130_000)
    assert told(union, players) == ["PayHeld"] * MEMBERS
    assert owing(union, players) == union.held() == FUNDS
    set_on(union, "setGas(uint256)", 50_000)
    settle_all(union, players)
    assert paid(union, players) == [owed] * MEMBERS


# Decimals


@pytest.mark.parametrize("decimals", [0, 2, 5, 7, 8, 18, 255])
def test_other_decimals_are_refused_at_deployment(world: World, tmp_path: Path, decimals: int) -> None:
    token = dollar(world, "OddDollar", ("bytes", "bool"), (word(decimals), False))
    with refused("Payroll.WrongToken", token=token, decimals=decimals):
        deploy_with(world, token, tmp_path / "other.db")


UNREADABLE: dict[str, tuple[Any, ...]] = {
    "reverting": (b"", True),
    "none": (b"", False),
    "a byte": (b"\x06", False),
    "more than 255": (word(262), False),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_decimals_that_cannot_be_read_deploy_nothing(world: World, tmp_path: Path, kind: str) -> None:
    token = dollar(world, "OddDollar", ("bytes", "bool"), UNREADABLE[kind])
    with pytest.raises(TrustError, match=r"create \w+' would fail, so it was not sent"):
        deploy_with(world, token, tmp_path / "other.db")
