"""Licences, grants, uses and premiums: credits and streams to single members."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from model import BACKGROUND, BENEFITS, CEILING, Grant, on_top, up
from world import NO_TRAINING

from machine.table import Table
from machine.union import EVIDENCE, PRINCIPALS, once
from trust.model import Money, ProductionId, Savings, UseKind, dollars
from trust.stage import DAY, WEEK, Player

STREAM = 6 * WEEK + DAY
SAVED = st.sampled_from([1, dollars(30_000) + 7, dollars(400_000) + 1, dollars(3_000_000) + 3])
DEPOSIT = st.sampled_from([1, dollars(500) + 7, dollars(20_000) + 1]) | st.integers(1, dollars(300_000))


def saving(total: int) -> dict[str, int]:
    return Savings(travel=Money(total)).as_struct()


class Work(Table):
    """Two of the productions, and three principals."""

    def begin(self) -> None:
        super().begin()
        for production in self.productions[:2]:
            self.add_funds(production, dollars(120_000))
        for player in self.union.principals:
            self.buy(self.productions[0], player, dollars(2_700))
            self.add_grant(self.productions[0], player, 20, 1, background=player is self.union.principals[0])

    def buy(self, production: ProductionId, player: Player, fee: int) -> None:
        order = self.union.licence_order(production, player, fee)
        self.as_studio("Licences", "buy", order, NO_TRAINING, b"")
        where = (production, player.id)
        self.books.counted[where] = 0
        self.books.charge(where, fee, BENEFITS, self.today)

    def add_grant(
        self, production: ProductionId, player: Player, iterations: int, extra: int, *, background: bool
    ) -> None:
        fee, price = (dollars(3_300), dollars(35)) if background else (dollars(6_600), dollars(105))
        bps = BACKGROUND if background else BENEFITS
        floor = dollars(430 if background else 2_408)
        new = Grant(production, player.id, price + extra, iterations, 0, floor, bps)
        cost = on_top(fee, bps) + iterations * on_top(new.price, bps) + on_top(new.floor, bps)
        if not self.solvent(production) or self.books.productions[production].free < cost:
            return
        terms = self.union.scene_consent(production, player, fee, new.price, iterations, background)
        consent = terms | once(self.nonce(player.id))
        signature = self.union.signature(player, "SceneConsent", consent)
        proof = self.union.breakdown.proof(1)
        number = self.as_studio("SceneGrants", "grant", consent, proof, signature)
        self.books.reserve(number, new, fee, self.today)

    @rule(which=st.integers(0, 1), amount=DEPOSIT)
    def fund(self, which: int, amount: int) -> None:
        self.add_funds(self.productions[which], amount)

    @rule(
        which=st.integers(0, 1),
        who=st.integers(0, PRINCIPALS - 1),
        extra=st.sampled_from([0, 1, 333_333, CEILING // 2]),
    )
    def buy_licence(self, which: int, who: int, extra: int) -> None:
        production, player = self.productions[which], self.union.principals[who]
        fee = dollars(2_700) + extra
        if (production, player.id) in self.books.counted or not self.solvent(production):
            return
        if self.books.productions[production].free >= on_top(fee, BENEFITS):
            self.buy(production, player, fee)

    @rule(
        data=st.data(), iterations=st.integers(1, 40), extra=st.integers(0, 999_999), background=st.booleans()
    )
    def grant(self, data: st.DataObject, iterations: int, extra: int, background: bool) -> None:
        production, member = data.draw(st.sampled_from(sorted(self.books.counted)))
        if self.evm.now < self.union.last_moment:
            player = self.player(member)
            self.add_grant(ProductionId(production), player, iterations, extra, background=background)

    @rule(data=st.data())
    @precondition(lambda self: any(grant.left for grant in self.books.grants.values()))
    def use(self, data: st.DataObject) -> None:
        left = {number: grant.left for number, grant in self.books.grants.items() if grant.left}
        picked = data.draw(st.lists(st.sampled_from(sorted(left)), min_size=1, max_size=4))
        uses = []
        for number in picked:
            if left[number] > 0:
                iterations = data.draw(st.integers(1, left[number]))
                left[number] -= iterations
                uses.append(self.a_use(number, iterations))
        self.as_studio("UsageLedger", "recordBatch", uses)
        for used in uses:
            self.books.use(used["grantId"], used["iterations"], self.today)

    def a_use(self, number: int, iterations: int) -> dict[str, int | bytes]:
        return {
            "grantId": number,
            "kind": UseKind.TOUCH_UP,
            "usedAt": self.evm.now,
            "iterations": iterations,
            "outputSeconds": 0,
            "outputHash": EVIDENCE,
            "promptCommitment": EVIDENCE,
            "model": EVIDENCE,
        }

    @rule(data=st.data(), more=SAVED)
    @precondition(lambda self: self.books.grants)
    def file(self, data: st.DataObject, more: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.books.grants)))
        grant = self.books.grants[number]
        saved = grant.premium * 10 + more
        premium = max(grant.floor, up(saved, 1000))
        if premium > grant.premium:
            self.add_premium(number, saved, premium)

    def add_premium(self, number: int, saved: int, premium: int) -> None:
        grant = self.books.grants[number]
        production, now = self.books.productions[grant.production], self.evm.now
        before = self.evm.words("SubstitutionPremiums", "arrearsOf", grant.production)[0]
        self.as_studio("SubstitutionPremiums", "file", number, saving(saved), EVIDENCE, STREAM)
        owing = self.evm.words("SubstitutionPremiums", "arrearsOf", grant.production)[0] - before
        gross = premium - grant.premium
        assert 0 <= owing <= gross
        floor_held = grant.floor if grant.premium == 0 else 0
        assert gross - owing >= min(floor_held, gross), "the reserved floor always streams"
        self.books.release_floor(number)
        if owing and self.solvent(grant.production):
            # The balance may keep no more than the rounding of one unit more.
            assert production.free - on_top(gross - owing, grant.bps) < 8 or self.near_ceiling(grant)
        grant.premium = premium
        if gross > owing:
            self.books.stream(number, gross - owing, now, now + STREAM, now)
        self.seen["premium filed"] += 1
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
        by = grant.premium - max(grant.floor, up(target * 10, 1000))
        if by <= 0:
            return
        self.ask_less(number, grant, target * 10)
        returned = self.forgive(number, by)
        returned += self.books.lower(number, by - returned, self.evm.now)
        grant.premium -= returned
        self.seen["premium lowered"] += returned > 0
        assert self.evm.words("SubstitutionPremiums", "premiumOf", number) == [grant.premium]
        if self.arrears_of(grant.production):
            self.as_anyone("SubstitutionPremiums", "collectArrears", grant.production, 50)
            self.collect(grant.production, 50)

    def ask_less(self, number: int, grant: Grant, saved: int) -> None:
        message = {
            "grantId": number,
            "savings": saving(saved),
            "evidenceHash": EVIDENCE,
            **once(self.nonce(grant.member)),
        }
        signature = self.union.signature(self.player(grant.member), "Restatement", message)
        streams = [stream.struct for stream in grant.streams]
        self.as_studio("SubstitutionPremiums", "restate", message, streams, signature)

    def forgive(self, number: int, by: int) -> int:
        """Arrears of this grant go first, newest first."""
        returned = 0
        for entry in reversed(self.arrears):
            if entry[1] == number and returned < by:
                part = min(entry[2], by - returned)
                entry[2] -= part
                returned += part
        return returned
