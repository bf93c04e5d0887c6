"""Small contracts that only tests need, compiled when a test asks for them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("SOLCX_BINARY_PATH", str(Path(__file__).parents[2] / ".solcx"))

import solcx
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trust.chain.node import Node
from trust.testing import LocalChain

SOURCE = """
pragma solidity 0.8.37;

/// A dollar that misbehaves towards wallets as it is told to.
contract HostileDollar {
    enum Mood {
        PLAIN, REVERTS, RETURNS_FALSE, BURNS_GAS, RETURN_BOMB, RETURNS_NOTHING, RETURNS_TWO, REENTERS, RETURNS_BYTE
    }

    string public constant name = "Hostile Dollar";
    uint8 public immutable decimals;
    uint256 public feeBps;
    address public victim;
    bytes public reentrance;
    uint256 public reentered;
    bytes4 public refusal;
    mapping(address => Mood) public moods;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(uint8 decimals_) { decimals = decimals_; }

    function mint(address to, uint256 amount) external { balanceOf[to] += amount; }

    function setMood(address wallet, Mood mood) external { moods[wallet] = mood; }

    function setMoods(address[] calldata wallets, Mood mood) external {
        for (uint256 i = 0; i < wallets.length; i++) moods[wallets[i]] = mood;
    }

    function setFee(uint256 bps) external { feeBps = bps; }
    function setReentrance(address victim_, bytes calldata data) external { victim = victim_; reentrance = data; }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        Mood mood = moods[to];
        require(mood != Mood.REVERTS, "no");
        if (mood == Mood.RETURNS_FALSE) return false;
        if (mood == Mood.BURNS_GAS) { while (true) {} }
        if (mood == Mood.RETURN_BOMB) { assembly { revert(0, 150000) } }
        if (mood == Mood.RETURNS_BYTE) { assembly { mstore8(0, 1) return(0, 1) } }
        if (mood == Mood.REENTERS) {
            (bool ok, bytes memory answer) = victim.call(reentrance);
            if (ok) reentered++;
            else refusal = bytes4(answer);
        }
        if (mood == Mood.RETURNS_TWO) { assembly { mstore(0, 2) return(0, 32) } }
        _move(msg.sender, to, amount);
        if (mood == Mood.RETURNS_NOTHING) { assembly { return(0, 0) } }
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount - amount * feeBps / 10000;
    }
}

/// A contract wallet: its owner's signatures are its own (ERC-1271). It can be told to approve nothing.
contract Wallet {
    address public immutable OWNER;
    bool public closed;

    constructor(address owner) { OWNER = owner; }

    function close() external { closed = true; }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (closed || signature.length != 65) return 0xffffffff;
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        return signer == OWNER ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// A wallet that answers every question about signatures with something that isn't the magic value.
contract Liar {
    fallback() external {
        assembly { mstore(0, 1) return(0, 32) }
    }
}

/// A later module of the trust: it does what it is told.
contract Module {
    function act(address to, bytes calldata data) external returns (bytes memory) {
        (bool ok, bytes memory answer) = to.call(data);
        if (!ok) { assembly { revert(add(answer, 32), mload(answer)) } }
        return answer;
    }
}
"""


@cache
def _compiled(source: str) -> dict[str, dict[str, Any]]:
    answer = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {"tests.sol": {"content": source}},
            "settings": {
                "evmVersion": "prague",
                "outputSelection": {"*": {"*": ["evm.bytecode.object", "evm.methodIdentifiers"]}},
            },
        },
        solc_version="0.8.37",
    )
    return dict(answer["contracts"]["tests.sol"])


def mined(node: Node, transaction: dict[str, Any]) -> dict[str, Any]:
    """The receipt of a transaction that the node itself signs."""
    sent = node.call("eth_sendTransaction", transaction)
    for _ in range(10_000):
        # Under load the node answers before it has mined.
        receipt = node.call("eth_getTransactionReceipt", sent)
        if receipt is not None:
            return dict(receipt)
    raise AssertionError(f"{sent} was not mined")


def create(
    chain: LocalChain,
    name: str,
    types: tuple[str, ...] = (),
    values: tuple[Any, ...] = (),
    source: str = SOURCE,
) -> str:
    """Address of a new contract."""
    code = bytes.fromhex(_compiled(source)[name]["evm"]["bytecode"]["object"]) + encode(types, values)
    sender = chain.accounts[0].address
    receipt = mined(chain.node, {"from": sender, "data": "0x" + code.hex(), "gas": hex(5_000_000)})
    assert receipt["status"] == "0x1"
    return to_checksum_address(receipt["contractAddress"])


def tell(chain: LocalChain, contract: str, signature: str, *values: Any) -> None:
    """Call a function by its signature, as nobody in particular; it must succeed."""
    inside = signature[signature.index("(") + 1 : -1]
    data = keccak(text=signature)[:4] + encode([kind for kind in inside.split(",") if kind], values)
    transaction = {
        "from": chain.accounts[0].address,
        "to": contract,
        "data": "0x" + data.hex(),
        "gas": hex(5_000_000),
    }
    receipt = mined(chain.node, transaction)
    assert receipt["status"] == "0x1"
