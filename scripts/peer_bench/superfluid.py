"""Superfluid: a distribution pool (GDA) of a thousand members, over a Super Token that wraps the test dollar."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import encode

from peer_bench.ground import DEPLOYMENT_GAS, Contract, Ground, PeerRevertedError, batches, mean
from peer_bench.packages import PeerArtifact, artifact, read

PACKAGE = "@superfluid-finance/ethereum-contracts"
MEMBERS = 1_000
#: Members seated one by one before the thousand, for the price of one seat.
ALONE = 20
#: Seats a transaction: at 180k gas each, what fits in 2^24 with room to spare.
BATCH = 50
#: Super Tokens always have 18 decimals.
SUPER_DOLLAR = 10**18
LUMP = 7_000 * SUPER_DOLLAR
#: `BatchOperation.OPERATION_TYPE_SUPERFLUID_CALL_AGREEMENT` of the package.
CALL_AGREEMENT = 201
SEMI_UPGRADABLE = 1
STEPS = "utils/SuperfluidFrameworkDeploymentSteps.t.sol"
LIBRARIES = (
    ("libs/SlotsBitmapLibrary.sol", "SlotsBitmapLibrary"),
    ("agreements/gdav1/SuperfluidPoolDeployerLibrary.sol", "SuperfluidPoolDeployerLibrary"),
    (STEPS, "SuperfluidGovDeployerLibrary"),
    (STEPS, "SuperfluidHostDeployerLibrary"),
    (STEPS, "SuperfluidCFAv1DeployerLibrary"),
    (STEPS, "SuperfluidIDAv1DeployerLibrary"),
    (STEPS, "SuperTokenDeployerLibrary"),
    (STEPS, "SuperfluidPeripheryDeployerLibrary"),
    (STEPS, "SuperfluidPoolLogicDeployerLibrary"),
    (STEPS, "SuperfluidPoolNFTLogicDeployerLibrary"),
    (STEPS, "ProxyDeployerLibrary"),
    (STEPS, "CFAv1ForwarderDeployerLibrary"),
    (STEPS, "GDAv1ForwarderDeployerLibrary"),
    (STEPS, "SuperTokenFactoryDeployerLibrary"),
    (STEPS, "TokenDeployerLibrary"),
)
FRAMEWORK = ("utils/SuperfluidFrameworkDeployer.t.sol", "SuperfluidFrameworkDeployer")
#: The registry of ERC-1820, whose deployment transaction nobody has the key of.
REGISTRY_DEPLOYER = "0xa990077c3205cbDf861e17Fa532eeB069cE9fF96"
REGISTRY_PREFIX = "0xf90a388085174876e800830c35008080b909e5"
REGISTRY_SIGNATURE = "1ba0" + "1820" * 16 + "a0" + "1820" * 16


def contract(source: str, name: str) -> PeerArtifact:
    return artifact(PACKAGE, f"build/hardhat/contracts/{source}/{name}.json")


class Framework:
    """The whole protocol, deployed by the package's own test deployer."""

    def __init__(self, ground: Ground) -> None:
        self._deploy_registry(ground)
        libraries: dict[str, str] = {}
        for source, name in LIBRARIES:
            libraries[name] = ground.deploy(contract(source, name), libraries=libraries).address
        # These two are longer than EIP-170 allows, and neither does anything on creation.
        agreement = contract(STEPS, "SuperfluidGDAv1DeployerLibrary")
        libraries[agreement.name] = ground.install(agreement, libraries).address
        deployer = ground.install(contract(*FRAMEWORK), libraries)
        for step in range(ground.ask(deployer, "getNumSteps")):
            ground.transact(deployer.address, deployer.call("executeStep", step), gas=DEPLOYMENT_GAS)
        parts = self._parts(ground, deployer)
        self.host = Contract(parts["host"], contract("superfluid/Superfluid.sol", "Superfluid").abi)
        self.gda = self._agreement("gdav1/GeneralDistributionAgreementV1", parts["gda"])
        self.forwarder = Contract(
            parts["gdaV1Forwarder"], contract("utils/GDAv1Forwarder.sol", "GDAv1Forwarder").abi
        )
        self.token = self._wrap(ground, parts["superTokenFactory"])

    def agreement_call(self, function: str, *arguments: Any) -> bytes:
        """Calldata of `host.callAgreement`: the shortest way to the agreement."""
        call = self.gda.call(function, *arguments, b"")
        return self.host.call("callAgreement", self.gda.address, call, b"")

    def batch_call(self, function: str, each: list[tuple[Any, ...]]) -> bytes:
        """Calldata of `host.batchCall`: the agreement's function, many times."""
        operations = [
            (
                CALL_AGREEMENT,
                self.gda.address,
                encode(["bytes", "bytes"], [self.gda.call(function, *arguments, b""), b""]),
            )
            for arguments in each
        ]
        return self.host.call("batchCall", operations)

    @staticmethod
    def _deploy_registry(ground: Ground) -> None:
        code = read(PACKAGE, "dev-scripts/artifacts/ERC1820Registry.json")["bin"]
        ground.chain.fund(REGISTRY_DEPLOYER, 10**18)
        raw = REGISTRY_PREFIX + code + REGISTRY_SIGNATURE
        ground.node.call("eth_sendRawTransactionSync", raw)

    @staticmethod
    def _parts(ground: Ground, deployer: Contract) -> dict[str, str]:
        outputs = next(entry for entry in contract(*FRAMEWORK).abi if entry.get("name") == "getFramework")
        names = [part["name"] for part in outputs["outputs"][0]["components"]]
        return dict(zip(names, ground.ask(deployer, "getFramework"), strict=True))

    @staticmethod
    def _agreement(source: str, address: str) -> Contract:
        return Contract(address, contract(f"agreements/{source}.sol", source.rpartition("/")[2]).abi)

    @staticmethod
    def _wrap(ground: Ground, address: str) -> Contract:
        factory = Contract(address, contract("superfluid/SuperTokenFactory.sol", "SuperTokenFactory").abi)
        terms = (ground.dollar.address, 6, SEMI_UPGRADABLE, "Super Test Dollar", "TUSDx", ground.studio)
        found = ground.ask(factory, "createERC20Wrapper", *terms)
        ground.send(factory, "createERC20Wrapper", *terms)
        return Contract(found, contract("superfluid/SuperToken.sol", "SuperToken").abi)


class PoolBench:
    """A pool whose thousand seats are really taken: nothing is extrapolated."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.framework = Framework(ground)
        self.host = self.framework.host.address
        self.token = self.framework.token
        self.members = ground.wallets("pool member", ALONE + MEMBERS)
        self.other = ground.chain.accounts[2].address
        for payer in (ground.studio, self.other):
            ground.mint(payer, 10_000_000 * 10**6)
            ground.send(ground.dollar, "approve", self.token.address, 2**256 - 1, by=payer)
            ground.send(self.token, "upgrade", 1_000_000 * SUPER_DOLLAR, by=payer)
        ground.give(self.token, "transfer", self.members, SUPER_DOLLAR)
        self.pool = self._create_pool()

    def run(self) -> dict[str, int]:
        return {**self._seat(), **self._fund(), **self._push(), **self._start(), **self._leave()}

    def _create_pool(self) -> Contract:
        terms = (self.token.address, self.ground.studio, (False, True))
        found = self.ground.ask(self.framework.gda, "createPool", *terms)
        self.ground.send(self.framework.gda, "createPool", *terms)
        return Contract(found, contract("agreements/gdav1/SuperfluidPool.sol", "SuperfluidPool").abi)

    def _seat(self) -> dict[str, int]:
        first, others = self.members[:ALONE], self.members[ALONE:]
        alone = [self.ground.send(self.pool, "updateMemberUnits", member, 7) for member in first]
        batched = 0
        for group in batches(others, BATCH):
            each = [(self.pool.address, member, 7) for member in group]
            batched += self.ground.transact(self.host, self.framework.batch_call("updateMemberUnits", each))
        seats = sum(self.ground.ask(self.pool, "getUnits", member) for member in self.members)
        if seats != 7 * len(self.members):
            raise PeerRevertedError(f"the pool has {seats} units")
        return {
            "Superfluid: seat a member alone": mean(alone[1:]),
            "Superfluid: seat 1,000 members": batched,
        }

    def _fund(self) -> dict[str, int]:
        """A later lump, and what it takes to wrap the dollars first."""
        self._distribute("distribute", LUMP)
        wrapped = self.ground.send(self.token, "upgrade", LUMP)
        terms = (self.token.address, self.ground.studio, self.pool.address, LUMP, b"")
        return {
            "Superfluid: distribute into a pool of 1,000": min(
                self._distribute("distribute", LUMP),
                self.ground.send(self.framework.forwarder, "distribute", *terms),
            ),
            "Superfluid: wrap the dollars of a lump first": wrapped,
        }

    def _start(self) -> dict[str, int]:
        """The first payer's stream into the pool, then another payer's, which is the later state."""
        rate = 7_000 * 10**9
        return {
            "Superfluid: distributeFlow into a pool of 1,000, its first": self._distribute(
                "distributeFlow", rate
            ),
            "Superfluid: distributeFlow into a pool of 1,000": self._distribute(
                "distributeFlow", rate, by=self.other
            ),
            "Superfluid: change that stream": self._distribute("distributeFlow", 2 * rate, by=self.other),
        }

    def _distribute(self, function: str, amount: int, by: str | None = None) -> int:
        payer = by or self.ground.studio
        terms = (self.token.address, payer, self.pool.address, amount)
        return self.ground.transact(self.host, self.framework.agreement_call(function, *terms), by=by)

    def _push(self) -> dict[str, int]:
        """The second claim of members, by a keeper: 400 of them in batches, 20 alone. No stream runs yet."""
        batched, alone = self.members[:400], self.members[400:420]
        for _ in range(2):
            self._distribute("distribute", LUMP)
            pushed = sum(self._claim(group) for group in batches(batched, BATCH))
            singles = [
                self.ground.send(self.pool, "claimAll", member, by=self.ground.keeper) for member in alone
            ]
        self._require_paid(batched + alone)
        return {
            "Superfluid: push to a pool member, in batches": pushed // len(batched),
            "Superfluid: push to a pool member alone": mean(singles),
        }

    def _require_paid(self, members: list[str]) -> None:
        """A claim of nothing succeeds too, and costs less."""
        for member in members:
            owed = self.ground.ask(self.pool, "getClaimableNow", member)[0]
            if owed or self.ground.ask(self.token, "balanceOf", member) <= SUPER_DOLLAR:
                raise PeerRevertedError(f"{member} was not paid")

    def _claim(self, members: list[str]) -> int:
        each = [(self.pool.address, member) for member in members]
        return self.ground.transact(
            self.host, self.framework.batch_call("claimAll", each), by=self.ground.keeper
        )

    def _leave(self) -> dict[str, int]:
        """What a member does themself: unwrap into dollars, or connect and never be pushed to."""
        member = self.members[0]
        self.ground.impersonate(member)
        unwrap = self.ground.send(self.token, "downgrade", SUPER_DOLLAR // 2, by=member)
        connect = self.ground.transact(
            self.host, self.framework.agreement_call("connectPool", self.pool.address), by=member
        )
        return {
            "Superfluid: unwrap into dollars, by the member": unwrap,
            "Superfluid: connect to a pool, by the member": connect,
        }


def measure(ground: Ground) -> dict[str, int]:
    """Operation -> gas of whole transactions."""
    return PoolBench(ground).run()
