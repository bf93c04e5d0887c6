"""Dollars that behave otherwise than a plain one, each in one way, and unions deployed on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crowd import Extra
from hostile import Hostile, deploy_with
from solidity import create, tell
from world import World

from trust.stage import Player

SOURCE = """
pragma solidity 0.8.37;

/// A dollar as it should be; each of the others differs from it in one way.
contract PlainDollar {
    string public constant name = "Plain Dollar";
    mapping(address => uint256) internal _held;
    mapping(address => mapping(address => uint256)) public allowance;

    function decimals() public view virtual returns (uint8) { return 6; }
    function balanceOf(address wallet) public view virtual returns (uint256) { return _held[wallet]; }
    function mint(address to, uint256 amount) external virtual { _held[to] += amount; }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        _held[from] -= amount;
        _held[to] += amount;
    }
}

/// Takes a fee of the amount from who receives it, or on top of it from who sends.
contract FeeDollar is PlainDollar {
    uint256 public feeBps;
    bool public onTop;

    function setFee(uint256 bps, bool onTop_) external { feeBps = bps; onTop = onTop_; }

    function _move(address from, address to, uint256 amount) internal override {
        uint256 fee = amount * feeBps / 10000;
        _held[from] -= onTop ? amount + fee : amount;
        _held[to] += onTop ? amount : amount - fee;
    }
}

/// Everybody's balance is multiplied at once; amounts move exactly at any scale.
contract RebasingDollar is PlainDollar {
    uint256 private constant WHOLE = 1e30;
    uint256 private _grain = WHOLE;

    function balanceOf(address wallet) public view override returns (uint256) { return _held[wallet] / _grain; }
    function mint(address to, uint256 amount) external override { _held[to] += amount * _grain; }

    /// 10,000 are balances as they were minted at first.
    function rebase(uint256 bps) external { _grain = WHOLE * 10000 / bps; }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount * _grain);
    }
}

/// Answers transfers with what it was told to, and moves or doesn't.
contract AnsweringDollar is PlainDollar {
    bool private _told;
    bool private _moves;
    bytes private _answer;

    function setAnswer(bool moves, bytes calldata answer) external { (_told, _moves, _answer) = (true, moves, answer); }

    function _move(address from, address to, uint256 amount) internal override {
        if (!_told || _moves) super._move(from, to, amount);
        if (!_told) return;
        bytes memory answer = _answer;
        assembly { return(add(answer, 32), mload(answer)) }
    }
}

/// The issuer's block list stops wallets from sending and receiving.
contract ListingDollar is PlainDollar {
    mapping(address => bool) public blocked;

    function setBlocked(address wallet, bool isBlocked) external { blocked[wallet] = isBlocked; }

    function _move(address from, address to, uint256 amount) internal override {
        require(!blocked[from] && !blocked[to] && !blocked[msg.sender], "blocked");
        super._move(from, to, amount);
    }
}

/// The issuer can stop all transfers.
contract PausableDollar is PlainDollar {
    bool public paused;

    function setPaused(bool isPaused) external { paused = isPaused; }

    function _move(address from, address to, uint256 amount) internal override {
        require(!paused, "paused");
        super._move(from, to, amount);
    }
}

/// Refuses to move nothing, and spends so much gas on every transfer.
contract HeavyDollar is PlainDollar {
    uint256 public gasSpent;

    function setGas(uint256 amount) external { gasSpent = amount; }

    function _move(address from, address to, uint256 amount) internal override {
        require(amount > 0, "nothing");
        uint256 until = gasleft() - gasSpent;
        while (gasleft() > until) {}
        super._move(from, to, amount);
    }
}

/// Answers the question for its decimals with these bytes, or reverts with them.
contract OddDollar is PlainDollar {
    bytes private _decimals;
    bool private immutable REVERTS;

    constructor(bytes memory answer, bool reverts) { _decimals = answer; REVERTS = reverts; }

    function decimals() public view override returns (uint8) {
        bytes memory answer = _decimals;
        bool reverts = REVERTS;
        assembly {
            if reverts { revert(add(answer, 32), mload(answer)) }
            return(add(answer, 32), mload(answer))
        }
    }
}
"""

#: How many members a union in these tests has.
MEMBERS = 4


def dollar(world: World, name: str, types: tuple[str, ...] = (), values: tuple[Any, ...] = ()) -> str:
    """Address of a new dollar of this kind."""
    return create(world.chain, name, types, values, source=SOURCE)


def union_on(world: World, name: str, outbox: Path) -> Hostile:
    """A whole union on a new dollar of this kind, with a production that has no funds yet."""
    return deploy_with(world, dollar(world, name), outbox)


def set_on(union: Hostile, signature: str, *values: Any) -> None:
    """Have the issuer set something."""
    tell(union.world.chain, union.token, signature, *values)


def owing(union: Hostile, players: Sequence[Player | Extra]) -> int:
    """All that Payroll's books owe: to the studio, to these members, and for benefits, levy and dues."""
    keeper = union.local.as_("keeper").handle
    account = keeper.read("Payroll", "productionAccount", union.production)
    total = sum(int(account[part]) for part in ("free", "reserved", "benefits", "levy"))
    for player in players:
        member = keeper.read("Payroll", "memberAccount", player.id)
        total += sum(int(member[part]) for part in ("owed", "dues", "agentOwed"))
    side = keeper.write("Payroll", "sideOwed", simulate=True).returned
    return total + sum(int(part) for part in side.values())


def top_up(union: Hostile, amount: int) -> None:
    """Somebody sends Payroll dollars that it didn't ask for."""
    tell(union.world.chain, union.token, "mint(address,uint256)", union.payroll, amount)
