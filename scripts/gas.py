"""Gas of every public operation, whole transactions, beside the budgets and the peers.

    python scripts/gas.py             print; fail when a budget is missed or a figure left the snapshot by over 1 %
    python scripts/gas.py --write     write the snapshot tests/gas.json and the tables of README and docs/gas.md

Everything runs on anvil with non-zero benefits, dues and levy, in the state of a union at work: later, not first.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

from credit_gas import CreditMeter
from disclosure_gas import DisclosureMeter
from peer_bench.figures import PeerFigure, committed, peer_figures
from pool_gas import PoolMeter
from provenance_gas import ProvenanceMeter
from rich.console import Console
from rich.table import Table
from room_gas import RoomMeter

from trust.local import deploy_local
from trust.model import GrantId, MemberId, ProductionId, Savings, dollars
from trust.nouns.handle import Result
from trust.screenplay import EXAMPLE_SECRET, breakdown, read
from trust.stage import DAY, WEEK, Player, Stage
from trust.testing import LocalChain

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = ROOT / "tests" / "gas.json"
TOLERANCE = 0.01

#: Operation -> (budget, the peers' operation in scripts/peers.py, or why there is none).
BUDGETS = {
    "fund a production with permit": (75_000, "LlamaPay: depositAndCreate"),
    "licence with consent": (195_000, "Story Protocol: paid mint"),
    "licence with consent, a member's first": (212_000, "Story Protocol: paid mint, a first"),
    "scene grant with second opt-in": (145_000, "none has it"),
    "one use": (56_000, "Ocean: startOrder"),
    "a use in a batch of 100, one grant": (6_000, ""),
    "a use in a batch of 100, 100 grants": (23_000, ""),
    "premium stream, mean of 20": (112_000, "Sablier Flow: createAndDeposit"),
    "payday a member, 20 streams each, of 100": (
        25_000,
        "Sablier Flow: payday a member, 20 streams each, of 100",
    ),
    "seat 1,000 members": (450_000, "PushSplit: seat 1,000 members"),
    "fund a pool of 1,000, lump": (53_000, "Superfluid: distribute into a pool of 1,000"),
    "start a stream into a pool": (80_000, "Superfluid: distributeFlow into a pool of 1,000"),
    "push to a pool member, 400 a call": (11_000, "PushSplit: push to a member"),
    "push to a pool member, with an access list": (10_600, "PushSplit: push to a member"),
    "register an asset, 3 contributors, 2 parents": (150_000, ""),
    "commit a batch of 1,000 assets": (60_000, ""),
    "disclose a design": (60_000, ""),
    "disclose a draft, which asks for the room": (60_000, ""),
    "disclose a design, by a reporter": (60_000, ""),
    "disclose a draft to three, by a reporter, a writer": (60_000, ""),
    "acknowledge a disclosure, relayed": (60_000, ""),
}
EVIDENCE = b"\x01" * 32


class Meter:
    """Plays a union at work and notes what each operation costs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.gas: dict[str, int] = {}
        self.breakdown = breakdown(read(ROOT / "examples" / "The-Understudy.fountain"), EXAMPLE_SECRET)
        self.first = self.production("10.5240/7791-8534-2C23-9030-8610-5")
        self.second = self.production("10.5240/0000-0000-0000-0000-0000-X")
        self.players: list[Player] = []
        self.grants: list[GrantId] = []

    def production(self, identifier: str) -> ProductionId:
        production = self.stage.register(identifier, self.breakdown.root)
        for _ in range(2):
            funded = self.stage.fund(production, dollars(50_000_000))
        self.note("fund a production with permit", funded)
        return production

    def note(self, name: str, result: Result, parts: int = 1) -> Result:
        assert result.gas_used is not None
        self.gas[name] = result.gas_used // parts
        return result

    def run(self) -> None:
        self.licences()
        self.scenes()
        self.uses()
        self.streams()
        self.paydays()
        self.rest()
        PoolMeter(self.stage, self.second, self.note).run(self.gas)
        ProvenanceMeter(self.stage, self.first, self.players, self.grants[0], self.note).run()
        RoomMeter(self.stage, self.second, self.breakdown, self.note).run()
        DisclosureMeter(self.stage, self.first, self.note).run()
        CreditMeter(self.stage, self.first, self.players, self.note).run()

    def licences(self) -> None:
        stage = self.stage
        for index in range(101):
            self.players.append(stage.enrol(f"gas {index}"))
            self.note("pool two records with scan consent", stage.scan(self.players[-1]))
            name = "licence with consent, a member's first"
            self.note(name, stage.license(self.first, self.players[-1], training=True))
        for player in self.players[:2]:
            self.note("licence with consent", stage.license(self.second, player, training=True))
        self.note("licence, no training right", stage.license(self.second, self.players[2]))

    def scenes(self) -> None:
        for player in self.players:
            self.grants.append(self.stage.grant(self.first, player, self.breakdown, 1))
        consent = self.stage.scene_consent(self.first, self.players[0], self.breakdown.leaves[1])
        signed = self.stage.sign(self.players[0], "SceneConsent", consent)
        result = self.stage.studio.scenes.grant(signed, self.breakdown.proof(2))
        self.note("scene grant with second opt-in", result)

    def uses(self) -> None:
        stage = self.stage
        hundred = self.grants[:100]
        stage.report(*(stage.use(grant) for grant in hundred))
        self.note("one use", stage.report(stage.use(hundred[0])))
        one = stage.report(*(stage.use(hundred[1], output_seconds=1) for _ in range(90)))
        del one
        grant = self.stage.grant(self.first, self.players[1], self.breakdown, 3, maxIterations=300)
        stage.report(stage.use(grant))
        batch = stage.report(*(stage.use(grant) for _ in range(100)))
        self.note("a use in a batch of 100, one grant", batch, 100)
        batch = stage.report(*(stage.use(grant) for grant in hundred))
        self.note("a use in a batch of 100, 100 grants", batch, 100)

    def streams(self) -> None:
        """20 streams for each of 100 members: 20 statements of a growing saving."""
        stage, first_gas = self.stage, []
        for step in range(20):
            for index, grant in enumerate(self.grants[:100]):
                saved = Savings(travel=dollars(20_000 * (step + 2)), insurance=dollars(30_000 * (step + 2)))
                result = stage.studio.premiums.file(grant, saved, EVIDENCE, (20 + step) * WEEK)
                if index == 50:
                    assert result.gas_used is not None
                    first_gas.append(result.gas_used)
            stage.pass_time(DAY // 4)
        self.gas["premium stream, mean of 20"] = sum(first_gas) // 20
        self.gas["premium stream, dearest of 20"] = max(first_gas)

    def paydays(self) -> None:
        stage, hundred = self.stage, self.players[:100]
        stage.pass_time(WEEK)
        stage.payday(hundred)
        stage.pass_time(WEEK)
        self.note("payday a member, 20 streams each, of 100", stage.payday(hundred), 100)

    def rest(self) -> None:
        stage, player = self.stage, self.players[100]
        keeper = stage.local.as_("keeper")
        self.note("remit benefits, levy and dues", keeper.payroll.remit([self.first, self.second]))
        self.note("revoke a grant, relayed", stage.revoke(player, self.grants[100]))
        signed = stage.sign(player, "ConsentCancellation", {"memberId": player.id, "nonce": 200})
        cancelled = keeper.members.cancel_consent(MemberId(player.id), 200, signed)
        self.note("cancel an unused consent, relayed", cancelled)
        change = {"memberId": player.id, "wallet": player.key.address, **stage.once(player.id)}
        result = keeper.members.change_payout(stage.sign(player, "PayoutChange", change))
        self.note("ask for another payout wallet, relayed", result)
        stage.pass_time(100 * DAY)
        unused = keeper.usage.grant(self.grants[100])["iterationsLeft"]
        self.note("close a grant", stage.studio.scenes.close(self.grants[100], unused))


def measure() -> tuple[dict[str, int], dict[str, PeerFigure]]:
    """Our gas, and then the peers' on the same anvil."""
    with LocalChain() as chain, tempfile.TemporaryDirectory() as folder:
        local = deploy_local(chain.url, Path(folder) / "outbox.db", block_list=False)
        meter = Meter(Stage(local))
        meter.run()
        peers = peer_figures(chain)
        local.close()
        return meter.gas, peers


def show(gas: dict[str, int], peers: dict[str, PeerFigure], snapshot: dict[str, int]) -> bool:
    """Print the table; true when every budget is met and no figure left the snapshot."""
    table = Table("operation", "gas", "budget", "", "peer", "its gas", "how", "snapshot")
    good = True
    for name, used in gas.items():
        budget, peer = BUDGETS.get(name, (None, ""))
        met = budget is None or used <= budget
        known = snapshot.get(name)
        kept = known is None or abs(used - known) <= known * TOLERANCE
        good = good and met and kept
        verdict = "" if budget is None else "met" if met else "MISSED"
        before = "" if known is None else f"{known:,}" if kept else f"{known:,} CHANGED"
        figure = peers.get(peer)
        its, how = (f"{figure.gas:,}", figure.how) if figure else ("", "")
        table.add_row(name, f"{used:,}", f"{budget:,}" if budget else "", verdict, peer, its, how, before)
    Console(width=200).print(table)
    return good


def documented(gas: dict[str, int], name: str) -> str:
    """The operation's row in the documents; peers' figures are the committed ones."""
    budget, peer = BUDGETS.get(name, (None, ""))
    figure = committed().get(peer)
    told = f"{peer} ({figure.gas:,})" if figure else peer
    return f"| {name} | {gas[name]:,} | {f'{budget:,}' if budget else ''} | {told} |"


def document(path: Path, rows: list[str]) -> None:
    """Puts the rows in the place of the ones in the document's table of gas."""
    before, table, after = re.split(r"(\| operation \| gas \|.*?\n)(?=\n)", path.read_text(), flags=re.S)
    head = table.splitlines()[:2]
    path.write_text(before + "\n".join([*head, *rows]) + "\n" + after)


def main() -> int:
    gas, peers = measure()
    missing = set(BUDGETS) - set(gas)
    if missing:
        raise SystemExit(f"not measured: {', '.join(sorted(missing))}")
    if "--write" in sys.argv[1:]:
        SNAPSHOT.write_text(json.dumps(gas, indent=2) + "\n")
        document(ROOT / "docs" / "gas.md", [documented(gas, name) for name in gas])
        document(ROOT / "README.md", [documented(gas, name) for name in BUDGETS])
    snapshot = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    if not show(gas, peers, snapshot):
        print("A budget is missed, or a figure moved by over 1 %: mend it, or run with --write and say why.")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
