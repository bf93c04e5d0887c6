"""One wallet that can't, or won't, receive never stops another's pay, and loses nothing of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hostile import MOODS, Hostile, deploy_with
from refusals import refused
from sharing import connect, put_back
from solidity import create, mined, tell
from world import World

from trust.chain.abi import interface
from trust.model import MemberId, dollars
from trust.stage import WEEK, Stage
from trust.testing import LocalChain

#: Moods in which the dollar doesn't move.
HELD = ("REVERTS", "RETURNS_FALSE", "BURNS_GAS", "RETURN_BOMB")


@pytest.fixture(scope="module")
def _funded(
    _beginning: World, chain: LocalChain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hostile]:
    with put_back(chain, _beginning.local):
        token = create(chain, "HostileDollar", ("uint8",), (6,))
        hostile = deploy_with(_beginning, token, tmp_path_factory.mktemp("hostile") / "hostile.db")
        hostile.fund(dollars(1_000_000))
        connect(hostile.local, "studio", "enroller", "custodian", "reporter", "keeper")
        yield hostile
        hostile.local.close()


@pytest.fixture
def hostile(_funded: Hostile, chain: LocalChain) -> Iterator[Hostile]:
    with put_back(chain, _funded.local) as local:
        yield replace(_funded, stage=Stage(local))


@pytest.mark.parametrize("mood", HELD)
def test_hostile_wallets_stay_owed_and_all_others_are_paid(hostile: Hostile, mood: str) -> None:
    players = [hostile.licensed(f"member {number}") for number in range(6)]
    owed = hostile.due(players[0])
    assert owed > 0
    bad = [players[0], players[3], players[5]]
    for player in bad:
        hostile.mood(player.wallet.address, mood)
    held = hostile.held()
    result = hostile.stage.payday(players)
    for player in players:
        expected = 0 if player in bad else owed
        assert hostile.balance(player.wallet.address) == expected
        assert hostile.due(player) == owed - expected
    names = [event.name for event in result.events if event.name in ("Paid", "PayHeld")]
    assert names == ["PayHeld", "Paid", "Paid", "PayHeld", "Paid", "PayHeld"]
    assert hostile.held() == held - 3 * owed
    hostile.stage.payday(players)
    for player in bad:
        hostile.mood(player.wallet.address, "PLAIN")
    hostile.stage.payday(players)
    assert {hostile.balance(player.wallet.address) for player in players} == {owed}


@pytest.mark.parametrize("mood", ["PLAIN", "RETURNS_NOTHING"])
def test_dollar_that_moves_counts_as_paid(hostile: Hostile, mood: str) -> None:
    player = hostile.licensed("member")
    owed = hostile.due(player)
    hostile.mood(player.wallet.address, mood)
    hostile.stage.payday([player])
    assert hostile.balance(player.wallet.address) == owed
    assert hostile.due(player) == 0


@pytest.mark.parametrize("mood", ["RETURNS_TWO", "RETURNS_BYTE"])
def test_answer_that_is_not_true_counts_as_refused(hostile: Hostile, mood: str) -> None:
    player = hostile.licensed("member")
    owed = hostile.due(player)
    hostile.mood(player.wallet.address, mood)
    result = hostile.stage.payday([player])
    assert result.event("PayHeld").args["amount"] == owed
    assert hostile.balance(player.wallet.address) == 0
    assert hostile.due(player) == owed


@pytest.mark.parametrize("function", ["payday", "payAgents", "remit", "fund", "takeBack"])
def test_payday_cannot_be_entered_again(hostile: Hostile, function: str) -> None:
    player = hostile.licensed("member")
    owed = hostile.due(player)
    arguments = {
        "payday": ([player.id], 520),
        "payAgents": ([player.wallet.address],),
        "remit": ([hostile.production],),
        "fund": (hostile.production, 1),
        "takeBack": (hostile.production, 1, player.wallet.address),
    }[function]
    data = interface("Payroll").encode(function, *arguments)
    payroll = hostile.local.deployment.address("Payroll")
    tell(hostile.world.chain, hostile.token, "setReentrance(address,bytes)", payroll, data)
    hostile.mood(player.wallet.address, "REENTERS")
    hostile.stage.payday([player])
    entered = hostile.local.node.eth_call(hostile.token, bytes.fromhex("3f09775e"))
    assert int.from_bytes(entered, "big") == 0
    assert hostile.balance(player.wallet.address) == owed
    assert hostile.due(player) == 0


@pytest.mark.parametrize("mood", HELD)
def test_hostile_agent_keeps_its_share_and_stops_nobody(hostile: Hostile, mood: str) -> None:
    player = hostile.licensed("member")
    agents = [hostile.local.keys[name].address for name in ("agent", "stranger")]
    for agent in agents:
        message = {"memberId": player.id, "agent": agent, "shareBps": 1000, **hostile.stage.once(player.id)}
        signed = hostile.stage.sign(player, "AgentAppointment", message)
        hostile.local.as_("keeper").members.appoint_agent(signed)
        hostile.stage.pass_time(WEEK)
        grant = hostile.stage.grant(hostile.production, player, hostile.world.breakdown, 1)
        hostile.stage.report(hostile.stage.use(grant, 10))
    hostile.stage.payday([player])
    keeper = hostile.local.as_("keeper")
    owed = [keeper.handle.read("Payroll", "agentOwed", agent) for agent in agents]
    assert all(owed)
    hostile.mood(agents[0], mood)
    keeper.payroll.pay_agents(agents)
    assert hostile.balance(agents[0]) == 0
    assert hostile.balance(agents[1]) == owed[1]
    assert keeper.handle.read("Payroll", "agentOwed", agents[0]) == owed[0]
    hostile.mood(agents[0], "PLAIN")
    keeper.payroll.pay_agents(agents)
    assert hostile.balance(agents[0]) == owed[0]


@pytest.mark.parametrize("mood", HELD)
@pytest.mark.parametrize("payee", ["benefits plan", "pipeline fund", "union"])
def test_hostile_payee_keeps_what_it_is_owed_and_stops_nobody(
    hostile: Hostile, payee: str, mood: str
) -> None:
    player = hostile.licensed("member")
    hostile.stage.payday([player])
    wallets = {name: hostile.local.keys[name].address for name in ("benefits plan", "pipeline fund", "union")}
    hostile.mood(wallets[payee], mood)
    keeper = hostile.local.as_("keeper").payroll
    keeper.remit([hostile.production])
    paid = {name: hostile.balance(wallet) for name, wallet in wallets.items()}
    assert [name for name, amount in paid.items() if amount == 0] == [payee]
    hostile.mood(wallets[payee], "PLAIN")
    keeper.remit([])
    fee = dollars(2_700)
    assert hostile.balance(wallets["benefits plan"]) == fee * 21 // 100
    assert hostile.balance(wallets["pipeline fund"]) == fee // 100
    assert hostile.balance(wallets["union"]) == fee * 15 // 1000


@pytest.mark.parametrize("mood", HELD)
def test_no_gas_limit_starves_a_wallet_into_owed(hostile: Hostile, mood: str) -> None:
    """Whatever the limit, either the call reverts or every healthy wallet in it is paid."""
    good, bad = hostile.licensed("good"), hostile.licensed("bad")
    hostile.mood(bad.wallet.address, mood)
    owed = hostile.due(good)
    keeper = hostile.local.keys["keeper"].address
    payroll = hostile.local.deployment.address("Payroll")
    data = interface("Payroll").encode("payday", [bad.id, good.id], 520)
    outcomes = set()
    for gas in range(60_000, 700_000, 20_000):
        snapshot = hostile.world.chain.snapshot()
        transaction = {"from": keeper, "to": payroll, "data": "0x" + data.hex(), "gas": hex(gas)}
        hostile.local.node.call("anvil_impersonateAccount", keeper)
        ok = mined(hostile.local.node, transaction)["status"] == "0x1"
        assert hostile.balance(good.wallet.address) == (owed if ok else 0)
        assert hostile.due(bad) == owed
        outcomes.add(ok)
        hostile.world.chain.revert(snapshot)
    assert outcomes == {False, True}


def test_payday_with_too_little_gas_says_so(hostile: Hostile) -> None:
    players = [hostile.licensed(f"member {number}") for number in range(3)]
    for player in players:
        hostile.mood(player.wallet.address, "BURNS_GAS")
    with refused("Payroll.NotEnoughGas", needed=180_000):
        replace(hostile.world, stage=hostile.stage).raw(
            hostile.local.keys["keeper"].address,
            "Payroll",
            "payday",
            [player.id for player in players],
            520,
            gas=350_000,
        )


def test_batch_of_a_hundred_with_hostile_wallets_fits_a_transaction(hostile: Hostile) -> None:
    players = [hostile.licensed(f"member {number}") for number in range(20)]
    for player in players:
        hostile.mood(player.wallet.address, "BURNS_GAS")
    ids = [MemberId(player.id) for player in players] * 5
    result = hostile.local.as_("keeper").payroll.payday(ids)
    assert result.gas_used is not None
    assert result.gas_used < 2**24
    assert len([event for event in result.events if event.name == "PayHeld"]) == 100


def test_moods_are_the_tokens() -> None:
    assert len(MOODS) == 9
