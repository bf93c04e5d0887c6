"""Ocean: a use of a data asset is an order, paid with one of the asset's own tokens."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from peer_bench.ground import DOLLAR, ETHER, Contract, Ground, mean
from peer_bench.packages import PeerArtifact, artifact

PACKAGE = "@oceanprotocol/contracts"
NOBODY = "0x" + "00" * 20
ORDERS = 10


def contract(path: str) -> PeerArtifact:
    return artifact(PACKAGE, f"artifacts/contracts/{path}.json")


class OrderBench:
    """Two assets, one of which also costs a dollar an order; Ocean's own fees are zero, which is the cheapest."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        owner = ground.studio
        asset = ground.deploy(contract("templates/ERC721Template.sol/ERC721Template"))
        template = contract("templates/ERC20Template.sol/ERC20Template")
        token = ground.deploy(template)
        collector = ground.deploy(
            contract("communityFee/OPFCommunityFeeCollector.sol/OPFCommunityFeeCollector"), owner, owner
        )
        router = ground.deploy(
            contract("pools/FactoryRouter.sol/FactoryRouter"),
            *(owner, ground.dollar.address, asset.address, collector.address, []),  # no pools are used
        )
        factory = ground.deploy(
            contract("ERC721Factory.sol/ERC721Factory"), asset.address, token.address, router.address
        )
        ground.send(router, "addFactory", factory.address)
        self.bare = Contract(self._create(factory, fee=0), template.abi)
        self.paying = Contract(self._create(factory, fee=DOLLAR), template.abi)
        for asset_token in (self.bare, self.paying):
            ground.send(asset_token, "mint", owner, 2 * ORDERS * ETHER)
        ground.send(ground.dollar, "approve", self.paying.address, 2**256 - 1)

    def run(self) -> dict[str, int]:
        return {
            "Ocean: startOrder": self._orders(self.bare),
            "Ocean: startOrder with a fee in dollars": self._orders(self.paying),
        }

    def _orders(self, token: Contract) -> int:
        """The first order opens the seller's balance; the rest are the later state."""
        gas = [self.ground.send(token, "startOrder", *self._order()) for _ in range(ORDERS + 1)]
        return mean(gas[1:])

    def _create(self, factory: Contract, fee: int) -> str:
        owner, seller = self.ground.studio, self.ground.keeper
        asset = ("Asset", "ASSET", 1, "", True, owner)
        addresses = [owner, seller, seller, self.ground.dollar.address]
        token: tuple[Any, ...] = (1, ["Token", "TOKEN"], addresses, [1_000 * ETHER, fee], [])
        found: tuple[str, str] = self.ground.ask(factory, "createNftWithErc20", asset, token)
        self.ground.send(factory, "createNftWithErc20", asset, token)
        return found[1]

    def _order(self) -> tuple[object, ...]:
        """An order must carry the provider's signature, even over a fee of nothing."""
        provider = self.ground.chain.accounts[3]
        plain = bytes.fromhex(provider.address[2:] + NOBODY[2:]) + bytes(32) + bytes(32)
        signed = Account.sign_message(encode_defunct(keccak(plain)), provider.key)
        parts = (signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
        fee = (provider.address, NOBODY, 0, *parts, 0, b"")
        return self.ground.studio, 1, fee, (NOBODY, NOBODY, 0)


def measure(ground: Ground) -> dict[str, int]:
    """Operation -> gas of whole transactions."""
    return OrderBench(ground).run()
