"""The union that lives the month: its chain, its members, and what was ordered of whom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.crypto import keccak

from month_play.bulk import Gathered
from month_play.plan import MOST_ITERATIONS, Plan
from trust.consent import SignedConsent, describe
from trust.local import Local, deploy_local, party
from trust.model import (
    Craft,
    GrantId,
    MemberId,
    Modality,
    Money,
    PoolId,
    ProductionId,
    Representation,
    dollars,
    mask,
)
from trust.nouns import Members, Records
from trust.pools import Chunk
from trust.rates import DEFAULT
from trust.screenplay import EXAMPLE_SECRET, Breakdown, breakdown, read
from trust.stage import DAY, FACE_AND_VOICE, POOL, WEEK, Player, Stage
from trust.testing import LocalChain

SCREENPLAY = Path(__file__).resolve().parents[2] / "examples" / "The-Understudy.fountain"
EIDR = "10.5240/7791-8534-2C23-9030-8610-5"
#: Six hours into a payroll cycle.
START = 1_900_000_000 // WEEK * WEEK + 6 * 3600
FACE = frozenset({Modality.FACE})
AGENTS = tuple(f"agent {number}" for number in range(3))
_PRICES = (
    "licenceFees",
    "trainingFees",
    "passiveSceneFees",
    "activeSceneFees",
    "passiveIterationFees",
    "activeIterationFees",
)
_ENROL_GAS = 300_000
_SCAN_GAS = 400_000

Move = Callable[[int], None]


@dataclass(slots=True)
class Union:
    """Everybody, on one chain. `ordered` is what the month ordered for a member, gross, by kind of charge."""

    chain: LocalChain
    local: Local
    stage: Stage
    plan: Plan
    tree: Breakdown
    production: ProductionId
    players: dict[int, Player] = field(default_factory=dict)
    wallets: dict[int, list[str]] = field(default_factory=dict)
    # With an iteration's price.
    grants: dict[tuple[int, int], tuple[GrantId, int]] = field(default_factory=dict)
    ordered: Counter[tuple[int, str]] = field(default_factory=Counter)
    blocked: dict[int, str] = field(default_factory=dict)
    pools: dict[str, PoolId] = field(default_factory=dict)  # by their names: the crowd, the ensemble
    consents: dict[int, SignedConsent] = field(default_factory=dict)  # of the crowd
    seats: dict[tuple[int, int], Chunk] = field(default_factory=dict)  # by pool and member

    @property
    def crowd(self) -> PoolId:
        """The pool of the crowd's grant."""
        return self.pools["crowd"]

    @property
    def ensemble(self) -> PoolId:
        """The studio's own pool."""
        return self.pools["ensemble"]

    def enrol(self, move: Move) -> None:
        """All members, each with a key and a wallet of their own."""
        settings = self.plan.settings
        names = [f"{number}" for number in range(1, settings.members + 1)]
        keys = [(name, party(f"month, member {name}"), party(f"month, wallet of {name}")) for name in names]
        with gathering(self.local, "enroller", _ENROL_GAS) as gathered:
            members = Members(gathered)
            for number, (_, key, wallet) in enumerate(keys, 1):
                craft = Craft.PERFORMER if number <= settings.principals else Craft.BACKGROUND_PERFORMER
                members.enrol(key.address, wallet.address, craft)
            results = gathered.send(move)
        for (name, key, wallet), result in zip(keys, results, strict=True):
            member = MemberId(result.event("MemberEnrolled").args["memberId"])
            self.players[member] = Player(member, name, key, wallet)
            self.wallets[member] = [wallet.address]

    def scan(self, move: Move) -> None:
        """First opt-in of all, and a record of each modality: the crowd's faces, and the principals' voices too."""
        with gathering(self.local, "custodian", _SCAN_GAS) as gathered:
            records = Records(gathered)
            for player in self.players.values():
                wanted = FACE_AND_VOICE if player.id <= self.plan.settings.principals else FACE
                consent = {
                    "memberId": player.id,
                    "productionId": POOL,
                    "modalities": mask(wanted),
                    "description": describe("A scan of my face for the union's vault."),
                    "noticeWaived": True,
                    "representation": Representation.UNION,
                    **self.stage.once(player.id),
                }
                commitments = {m: keccak(text=f"record {m} of member {player.id}") for m in sorted(wanted)}
                records.pool(self.stage.sign(player, "ScanConsent", consent), commitments)
            gathered.send(move)

    def license(self, move: Move) -> None:
        """Licences of all principals, some with a training right."""
        for member in self.plan.grants:
            training = member in self.plan.trained
            self.stage.license(self.production, self.players[member], training=training)
            version = self.stage.studio.rate_card.current()
            fees = self.stage.studio.rate_card.licence_fees(version, set(FACE_AND_VOICE), training=training)
            for kind, fee in zip(("LICENCE_FEE", "TRAINING_FEE"), fees, strict=True):
                self.ordered[member, kind] += fee
            move(1)

    def grant(self, move: Move) -> None:
        """Second opt-in of all principals, scene by scene."""
        for member, scenes in self.plan.grants.items():
            player = self.players[member]
            for place, scene in enumerate(scenes):
                leaf = self.tree.leaves[scene - 1]
                terms = self.stage.scene_consent(
                    self.production, player, leaf, maxIterations=MOST_ITERATIONS, maxSeconds=5_000
                )
                signed = self.stage.sign(player, "SceneConsent", terms)
                made = self.stage.studio.scenes.grant(signed, self.tree.proof(scene))
                assert made.id is not None
                self.grants[member, place] = (GrantId(made.id), terms["iterationFee"])
                self.ordered[member, "SCENE_FEE"] += terms["fee"]
            move(1)

    def fund(self) -> None:
        """What the month can cost at most."""
        settings = self.plan.settings
        self.stage.fund(self.production, Money(dollars(900_000) * settings.principals))
        self.stage.fund(self.production, Money(dollars(7_000) * settings.crowd + dollars(1_000_000)))

    def another_wallet(self, member: int, why: str) -> str:
        """A wallet that the member has not used before."""
        wallet = str(party(f"month, {why} wallet of {member}").address)
        self.wallets[member].append(wallet)
        return wallet

    def agents(self) -> list[str]:
        """Addresses of all agents."""
        return [str(party(name).address) for name in AGENTS]


@contextmanager
def founded(plan_of: Callable[[int], Plan], folder: Path) -> Iterator[Union]:
    """A union deployed on a chain of its own, on which no transaction has more gas than 2^24 (EIP-7825)."""
    tree = breakdown(read(SCREENPLAY), EXAMPLE_SECRET)
    card = folder / "card.json"
    card.write_text(json.dumps(_card()))
    with (
        LocalChain(hardfork="osaka", timestamp=START) as chain,
        closing(deploy_local(chain.url, folder / "outbox.db", card=card)) as local,
    ):
        stage = Stage(local)
        production = stage.register(EIDR, tree.root, starts=stage.now() // DAY * DAY)
        yield Union(chain, local, stage, plan_of(len(tree.leaves)), tree, production)


@contextmanager
def gathering(local: Local, who: str, gas: int) -> Iterator[Gathered]:
    """A handle of a party's that gathers writes of at most so much gas each."""
    with closing(Gathered(local, who, gas)) as gathered:
        yield gathered


def _card() -> dict[str, object]:
    """The default rate card at an eighth of its prices and a little more: no round sums, and exact in binary."""
    card: dict[str, object] = json.loads(DEFAULT.read_text())
    for name in _PRICES:
        prices = card[name]
        assert isinstance(prices, list)
        card[name] = [price / 8 + 1 / 64 for price in prices]
    return card
