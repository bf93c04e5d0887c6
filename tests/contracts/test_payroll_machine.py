"""Payroll against a plain model: any order of steps, the same money to the unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from model import BACKGROUND, BENEFITS, CEILING, Books, Grant, Member, Production, accounts, down, on_top, up
from world import EVIDENCE, SECOND, World, again

from trust.errors import ContractRefused
from trust.model import AssetClass, GrantId, Money, ProductionId, ReplicaType, dollars
from trust.stage import DAY, WEEK, Player

MEMBERS = 3
AGENTS = ("agent", "stranger")
STREAM = 6 * WEEK + DAY
THIRD = "10.5240/1489-49A2-3956-4B2D-FE16-5"

SAVED = st.sampled_from([1, dollars(30_000) + 7, dollars(400_000) + 1, dollars(3_000_000) + 3])
DEPOSIT = st.sampled_from([1, dollars(500) + 7, dollars(20_000) + 1]) | st.integers(1, dollars(300_000))


class PayrollMachine(RuleBasedStateMachine):
    """Two productions, three members, two agents. `base` is the world every example starts from."""

    base: World
    seen: Counter[str]
    outboxes: Iterator[Path]

    @initialize()
    def start(self) -> None:
        self.chain = self.base.chain
        self.snapshot = self.chain.snapshot()
        self.world = again(self.base, next(self.outboxes))
        self.stage = self.world.stage
        self.books = Books()
        self.arrears: list[list[int]] = []  # production, grant, gross, start, end
        self.blocked: set[int] = set()
        self.wallets: dict[int, set[str]] = {}
        self.funded = 0
        # The world's own production, member and grant don't take part; what they hold is set apart.
        self.apart = self.world.balance(self.world.contract("Payroll"))
        self.players: list[Player] = []
        self.productions: list[ProductionId] = []
        self.last_moment = self.world.now() + 480 * WEEK
        for identifier in (SECOND, THIRD):
            production = self.stage.register(identifier, self.world.breakdown.root, weeks=520)
            self.productions.append(production)
            self.books.productions[production] = Production()
        for number in range(MEMBERS):
            player = self.stage.enrol(f"machine {number}")
            self.stage.scan(player)
            self.players.append(player)
            self.books.members[player.id] = Member()
            self.wallets[player.id] = {player.wallet.address}
            self.world.keys[player.name] = player.key
        for production in self.productions:
            self.add_funds(production, dollars(120_000))
        for player in self.players:
            self.buy(self.productions[0], player, 0)
            self.add_grant(self.productions[0], player, 20, 1, background=player is self.players[0])

        self.holds = True

    def teardown(self) -> None:
        if hasattr(self, "snapshot"):
            try:
                if self.holds:
                    self.everybody_is_paid_out()
            finally:
                for trust in self.world.local._open.values():
                    trust.close()
                self.chain.revert(self.snapshot)

    # Helpers

    def today(self) -> int:
        return self.world.now() // WEEK

    def arrears_of(self, production: int) -> list[list[int]]:
        return [entry for entry in self.arrears if entry[0] == production]

    def add_funds(self, production: ProductionId, amount: int) -> None:
        self.stage.fund(production, Money(amount))
        self.funded += amount
        self.books.productions[production].free += amount
        if self.arrears_of(production):
            self.collect(production, 8)

    def collect(self, production: int, most: int) -> None:
        """Follow the contract in how much it paid; how that is split is the model's."""
        now = self.world.now()
        total = int(self.world.read("SubstitutionPremiums", "arrearsOf", production))
        paid = sum(entry[2] for entry in self.arrears_of(production)) - total
        assert paid >= 0
        self.seen["collected"] += paid > 0
        for entry in self.arrears_of(production)[:most]:
            part = min(paid, entry[2])
            if part > 0:
                self.books.stream(entry[1], part, entry[3], entry[4], now)
            entry[2] -= part
            paid -= part
            if entry[2] > 0:
                break
            self.arrears.remove(entry)
        assert paid == 0

    def solvent(self, production: int) -> bool:
        return not self.arrears_of(production)

    def buy(self, production: ProductionId, player: Player, extra: int) -> None:
        fee, where = dollars(2_700) + extra, (production, player.id)
        self.world.buy(self.world.order(player, productionId=production, licenceFee=fee))
        self.books.counted[where] = 0
        self.books.charge(where, fee, BENEFITS, self.today())

    def add_grant(
        self, production: ProductionId, player: Player, iterations: int, extra: int, *, background: bool
    ) -> None:
        replica = ReplicaType.BACKGROUND if background else ReplicaType.EMPLOYMENT_BASED
        asset = AssetClass.PASSIVE if background else AssetClass.ACTIVE
        fee, price = (dollars(3_300), dollars(35)) if background else (dollars(6_600), dollars(105))
        bps = BACKGROUND if background else BENEFITS
        floor = dollars(430 if background else 2_408)
        new = Grant(production, player.id, price + extra, iterations, 0, floor, bps)
        cost = on_top(fee, bps) + iterations * on_top(new.price, bps) + on_top(new.floor, bps)
        if not self.solvent(production) or self.books.productions[production].free < cost:
            return
        number = self.stage.grant(
            production,
            player,
            self.world.breakdown,
            1,
            replicaType=replica,
            assetClass=asset,
            iterationFee=new.price,
            maxIterations=iterations,
            longestStreamWeeks=8,
            expires=self.last_moment,
        )
        self.books.reserve(number, new, fee, self.today())

    # Rules

    @rule(which=st.integers(0, 1), amount=DEPOSIT)
    def fund(self, which: int, amount: int) -> None:
        self.add_funds(self.productions[which], amount)

    @rule(
        which=st.integers(0, 1),
        who=st.integers(0, MEMBERS - 1),
        extra=st.sampled_from([0, 1, 333_333, CEILING // 2]),
    )
    def buy_licence(self, which: int, who: int, extra: int) -> None:
        production, player = self.productions[which], self.players[who]
        where = (production, player.id)
        fee = dollars(2_700) + extra
        if where in self.books.counted or not self.solvent(production):
            return
        if self.books.productions[production].free < on_top(fee, BENEFITS):
            return
        self.buy(production, player, extra)

    @rule(
        data=st.data(), iterations=st.integers(1, 40), extra=st.integers(0, 999_999), background=st.booleans()
    )
    @precondition(lambda self: getattr(self, "books", None) and self.books.counted)
    def grant(self, data: st.DataObject, iterations: int, extra: int, background: bool) -> None:
        production, member = data.draw(st.sampled_from(sorted(self.books.counted)))
        player = next(player for player in self.players if player.id == member)
        self.add_grant(ProductionId(production), player, iterations, extra, background=background)

    @rule(data=st.data())
    @precondition(lambda self: any(grant.left for grant in self.books.grants.values()))
    def use(self, data: st.DataObject) -> None:
        live = [number for number, grant in self.books.grants.items() if grant.left]
        picked = data.draw(st.lists(st.sampled_from(sorted(live)), min_size=1, max_size=5))
        uses = []
        for number in picked:
            left = self.books.grants[number].left - sum(use.iterations for use in uses if use.grant == number)
            if left > 0:
                uses.append(
                    self.stage.use(GrantId(number), data.draw(st.integers(1, left)), output_seconds=1)
                )
        self.stage.report(*uses)
        for use in uses:
            self.books.use(use.grant, use.iterations, self.today())

    @rule(data=st.data(), more=SAVED)
    @precondition(lambda self: self.books.grants)
    def file(self, data: st.DataObject, more: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.books.grants)))
        grant = self.books.grants[number]
        saved = grant.premium * 10 + more
        premium = max(grant.floor, up(saved, 1000))
        if premium <= grant.premium:
            return
        before = int(self.world.read("SubstitutionPremiums", "arrearsOf", grant.production))
        self.stage.studio.premiums.file(GrantId(number), self.world.savings(saved), EVIDENCE, STREAM)
        now = self.world.now()
        owing = int(self.world.read("SubstitutionPremiums", "arrearsOf", grant.production)) - before
        gross = premium - grant.premium
        assert 0 <= owing <= gross
        was_solvent = self.solvent(grant.production)
        floor_held = grant.floor if grant.premium == 0 else 0
        assert gross - owing >= min(floor_held, gross), "the reserved floor always streams"
        self.books.release_floor(number)
        production = self.books.productions[grant.production]
        if owing and was_solvent:
            # The balance may keep no more than the rounding of one unit more.
            assert production.free - on_top(gross - owing, grant.bps) < 8 or self.near_ceiling(grant)
        grant.premium = premium
        if gross > owing:
            self.books.stream(number, gross - owing, now, now + STREAM, now)
        self.seen["filed"] += 1
        self.seen["arrears"] += owing > 0
        if owing:
            self.arrears.append([grant.production, number, owing, now, now + STREAM])

    def near_ceiling(self, grant: Grant) -> bool:
        return self.books.counted[grant.production, grant.member] > CEILING - dollars(200_000)

    @rule(data=st.data(), keep=st.sampled_from([0, 37, 90, 99]))
    @precondition(lambda self: any(grant.premium > grant.floor for grant in self.books.grants.values()))
    def restate(self, data: st.DataObject, keep: int) -> None:
        lowerable = [number for number, grant in self.books.grants.items() if grant.premium > grant.floor]
        number = data.draw(st.sampled_from(sorted(lowerable)))
        grant = self.books.grants[number]
        target = grant.premium * keep // 100
        premium = max(grant.floor, up(target * 10, 1000))
        by = grant.premium - premium
        if by <= 0:
            return
        player = next(player for player in self.players if player.id == grant.member)
        message = {
            "grantId": number,
            "savings": self.world.savings(target * 10).as_struct(),
            "evidenceHash": EVIDENCE,
            **self.stage.once(player.id),
        }
        signed = self.stage.sign(player, "Restatement", message)
        self.stage.studio.premiums.restate(signed, [stream.struct for stream in grant.streams])
        now, returned = self.world.now(), 0
        for entry in reversed(self.arrears):
            if entry[1] == number and returned < by:
                part = min(entry[2], by - returned)
                entry[2] -= part
                returned += part
        returned += self.books.lower(number, by - returned, now)
        grant.premium -= returned
        self.seen["restated"] += returned > 0
        assert self.world.read("SubstitutionPremiums", "premiumOf", number) == grant.premium
        if self.arrears_of(grant.production):
            self.world.local.as_("stranger").premiums.collect_arrears(ProductionId(grant.production))
            self.collect(grant.production, 50)

    @rule(
        who=st.lists(st.integers(0, MEMBERS - 1), min_size=1, max_size=5), cycles=st.sampled_from([1, 3, 520])
    )
    def payday(self, who: list[int], cycles: int) -> None:
        ids = [self.players[index].id for index in who]
        self.world.write("keeper", "Payroll", "payday", ids, cycles)

    @rule(who=st.integers(0, MEMBERS - 1), agent=st.sampled_from(AGENTS), bps=st.integers(0, 1000))
    def appoint(self, who: int, agent: str, bps: int) -> None:
        player = self.players[who]
        message = {
            "memberId": player.id,
            "agent": self.world.address(agent),
            "shareBps": bps,
            "nonce": 0,
            "deadline": 0,
        }
        self.world.write(player.name, "Members", "appointAgent", message, b"")
        self.books.members[player.id].appoint(agent, bps, self.today())

    @rule(who=st.integers(0, MEMBERS - 1))
    def change_wallet(self, who: int) -> None:
        player = self.players[who]
        wallet = f"0x{len(self.wallets[player.id]):02x}{player.id:038x}"
        message = {"memberId": player.id, "wallet": wallet, "nonce": 0, "deadline": 0}
        self.world.write(player.name, "Members", "requestPayoutChange", message, b"")
        self.wallets[player.id].add(wallet)

    @rule(who=st.integers(0, MEMBERS - 1))
    def block_or_unblock(self, who: int) -> None:
        wallet = self.players[who].wallet.address
        self.blocked ^= {who}
        self.world.local.block_wallet(wallet, who in self.blocked)

    @rule(which=st.lists(st.integers(0, 1), max_size=2))
    def remit(self, which: list[int]) -> None:
        for index in which:
            account = self.books.productions[self.productions[index]]
            account.benefits = account.levy = 0
        self.world.local.as_("stranger").payroll.remit([self.productions[index] for index in which])

    @rule()
    def pay_agents(self) -> None:
        self.world.local.as_("stranger").payroll.pay_agents([self.world.address(agent) for agent in AGENTS])

    @rule(which=st.integers(0, 1), share=st.integers(1, 100))
    def take_back(self, which: int, share: int) -> None:
        production = self.productions[which]
        account = self.books.productions[production]
        amount = account.free * share // 100
        if amount == 0:
            return
        payroll = self.stage.studio.payroll
        if self.solvent(production):
            payroll.take_back(production, Money(amount), self.world.address("studio"))
            account.free -= amount
        else:
            with pytest.raises(ContractRefused, match="InArrears"):
                payroll.take_back(production, Money(amount), self.world.address("studio"))

    @rule(seconds=st.sampled_from([60, DAY, WEEK, 3 * WEEK, 9 * WEEK]))
    def wait(self, seconds: int) -> None:
        if self.world.now() + seconds < self.last_moment:
            self.stage.pass_time(seconds)

    # What always holds

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if not hasattr(self, "holds"):
            return
        self.holds = False
        self.production_accounts_are_the_models()
        self.members_are_owed_and_paid_what_they_earned()
        self.ceilings_hold()
        self.payroll_holds_exactly_what_is_held_for_somebody()
        self.holds = True

    def production_accounts_are_the_models(self) -> None:
        for number, expected in self.books.productions.items():
            account = self.world.read("Payroll", "productionAccount", number)
            assert accounts(account) == expected
            assert account["inArrears"] == bool(self.arrears_of(number))

    def members_are_owed_and_paid_what_they_earned(self) -> None:
        today = self.today()
        for number, member in self.books.members.items():
            due = self.world.read("Payroll", "due", number)["amount"]
            paid = sum(self.world.balance(wallet) for wallet in self.wallets[number])
            assert due + paid == member.split(today)[0]

    def ceilings_hold(self) -> None:
        for where, counted in self.books.counted.items():
            assert 0 <= counted <= CEILING
            assert self.world.read("Payroll", "licenceAccount", *where)["counted"] == counted

    def payroll_holds_exactly_what_is_held_for_somebody(self) -> None:
        balances = {
            name: self.world.balance(self.world.address(name))
            for name in ("benefits plan", "pipeline fund", "union", *AGENTS)
        }
        paid = sum(self.world.balance(wallet) for wallets in self.wallets.values() for wallet in wallets)
        held = sum(account.free + account.reserved for account in self.books.productions.values())
        held += self.books.everything_owed() - paid - sum(balances[agent] for agent in AGENTS)
        held += self.books.dues - balances["union"]
        held += self.books.benefits - balances["benefits plan"]
        held += self.books.levy - balances["pipeline fund"]
        assert self.world.balance(self.world.contract("Payroll")) - self.apart == held

    def everybody_is_paid_out(self) -> None:
        """Wait for all streams, pay everybody: only the productions' own balances are left."""
        self.stage.pass_time(20 * WEEK)
        for who in self.blocked:
            self.world.local.block_wallet(self.players[who].wallet.address, False)
        keeper = self.world.local.as_("keeper").payroll
        keeper.payday([player.id for player in self.players])
        keeper.pay_agents([self.world.address(agent) for agent in AGENTS])
        keeper.remit(self.productions)
        today = self.today()
        agents = dict.fromkeys(AGENTS, 0)
        for number, member in self.books.members.items():
            mine, shares = member.split(today)
            assert sum(self.world.balance(wallet) for wallet in self.wallets[number]) == mine
            for agent, share in shares.items():
                agents[agent] = agents.get(agent, 0) + share
        for agent in AGENTS:
            assert self.world.balance(self.world.address(agent)) == agents[agent]
        left = sum(account.free + account.reserved for account in self.books.productions.values())
        assert self.world.balance(self.world.contract("Payroll")) - self.apart == left
        assert self.world.balance(self.world.address("union")) == self.books.dues
        assert self.world.balance(self.world.address("benefits plan")) == self.books.benefits
        assert self.world.balance(self.world.address("pipeline fund")) == self.books.levy


def test_payroll_is_the_model_in_any_order_of_steps(world: World, tmp_path: Path) -> None:
    numbers = iter(range(10**9))
    outboxes = (tmp_path / f"machine-{number}.db" for number in numbers)
    kind = type("Payroll", (PayrollMachine,), {"base": world, "outboxes": outboxes, "seen": Counter()})
    run_state_machine_as_test(kind)
    for event in ("filed", "arrears", "collected", "restated"):
        assert kind.seen[event] > 0, f"no example got as far as {event}: {kind.seen}"


def test_model_splits_the_whole_amount() -> None:
    from model import schedule

    for amount in (0, 1, 10**9 + 7):
        for start, end in ((5, 6), (5, WEEK), (WEEK - 1, WEEK + 1), (3, 60 * WEEK + 1)):
            assert sum(schedule(amount, start, end).values()) == amount
    assert down(199, 50) == 0
    assert up(199, 50) == 1
