"""What the index says of disclosures: in both databases, in pages, by filter, and who is overdue when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from postgres import Postgres

from trust.errors import InputError
from trust.index import Index
from trust.local import deploy_local
from trust.model import MaterialKind, MemberId, ProductionId
from trust.rates import DEFAULT, load_card
from trust.stage import DAY, FOREVER, Player, Stage
from trust.testing import LocalChain
from trust.views import Disclosure, DisclosureFilter, disclosure_page

MODEL = keccak(text="a model")
REASON = keccak(text="a salted reason")
NAMES = ("storyboard", "design", "dance", "gesture", "shout", "face", "walk", "smile")
MATERIALS = {name: keccak(text=f"a salted {name}") for name in NAMES}
BY_HASH = {value: name for name, value in MATERIALS.items()}
KINDS = {
    "storyboard": MaterialKind.STORYBOARD,
    "design": MaterialKind.DESIGN,
    "smile": MaterialKind.DESIGN,
}


@dataclass
class Shop:
    """Two productions, Ann and Ben, and an index of all that they were given, in each database."""

    stage: Stage
    first: ProductionId
    second: ProductionId
    ann: Player
    ben: Player
    indexes: tuple[Index, ...] = ()

    def disclose(self, name: str, *players: Player, work_in: int, production: int | None = None) -> None:
        kind = KINDS.get(name, MaterialKind.PERFORMANCE_REFERENCE)
        self.stage.studio.disclosures.disclose(
            ProductionId(production or self.first),
            [MemberId(player.id) for player in players],
            kind,
            MATERIALS[name],
            MODEL,
            self.stage.now() + work_in,
        )

    def say(self, what: str, name: str, player: Player) -> None:
        """A statement that the member signs and the keeper relays."""
        message: dict[str, Any] = {
            "productionId": self.first,
            "memberId": player.id,
            "kind": KINDS.get(name, MaterialKind.PERFORMANCE_REFERENCE),
            "materialHash": MATERIALS[name],
            "deadline": FOREVER,
        }
        if what == "DisclosureContest":
            message["reasonHash"] = REASON
        signed = self.stage.sign(player, what, message)
        service = self.stage.local.as_("keeper").disclosures
        relays = {
            "DisclosureAcknowledgement": service.acknowledge,
            "DisclosureContest": service.contest,
            "UndisclosedReport": service.report,
        }
        relays[what](signed)

    def shorten_patience(self) -> None:
        """From now on the rate card gives three days to acknowledge."""
        setter = self.stage.local.as_("rate setter").access
        card = load_card(DEFAULT, self.stage.now() + 3 * DAY) | {"acknowledgeDays": 3}
        setter.schedule("RateCard", "publish", card)
        self.stage.pass_time(2 * DAY + 60)
        setter.execute("RateCard", "publish", card)
        self.stage.pass_time(DAY)

    def found(self, now: int | None = None, **wanted: Any) -> list[Disclosure]:
        """The same rows from both databases."""
        pages = [disclosure_page(index, DisclosureFilter(**wanted), now=now) for index in self.indexes]
        assert pages[0] == pages[1]
        return list(pages[0].disclosures)

    def names(self, now: int | None = None, **wanted: Any) -> list[tuple[str, int]]:
        return [(BY_HASH[one.material_hash], one.member_id) for one in self.found(now, **wanted)]

    def one(self, name: str, player: Player) -> Disclosure:
        [found] = self.found(material=MATERIALS[name], member=player.id, production=self.first)
        return found


def played(stage: Stage) -> Shop:
    """Eight materials: replied to, left alone, reported, answered, late."""
    root = keccak(text="a breakdown")
    first = stage.register("10.5240/7791-8534-2C23-9030-8610-5", root)
    second = stage.register("10.5240/0000-0000-0000-0000-0000-X", root)
    shop = Shop(stage, first, second, stage.enrol("ann"), stage.enrol("ben"))
    ann, ben = shop.ann, shop.ben
    shop.disclose("storyboard", ann, ben, work_in=30 * DAY)
    shop.say("DisclosureAcknowledgement", "storyboard", ann)
    shop.disclose("design", ann, work_in=2 * DAY)
    shop.say("DisclosureContest", "design", ann)
    shop.disclose("dance", ben, work_in=2 * DAY)
    shop.say("UndisclosedReport", "gesture", ben)
    shop.say("UndisclosedReport", "shout", ann)
    shop.disclose("shout", ann, work_in=30 * DAY)
    shop.say("UndisclosedReport", "face", ann)
    stage.studio.disclosures.answer(first, MemberId(ann.id), MATERIALS["face"], REASON)
    shop.disclose("walk", ben, work_in=-DAY)
    shop.disclose("storyboard", ann, work_in=30 * DAY, production=second)
    shop.shorten_patience()
    shop.disclose("smile", ben, work_in=30 * DAY)
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("disclosures")
    with LocalChain() as chain:
        local = deploy_local(chain.url, folder / "outbox.db")
        shop = played(Stage(local))
        places: tuple[Path | str, ...] = (folder / "index.db", postgres.new())
        shop.indexes = tuple(Index(place, local.deployment, local.node) for place in places)
        for index in shop.indexes:
            index.sync()
            index.books()  # which disclosures don't move
        yield shop
        for index in shop.indexes:
            index.close()
        local.close()


def test_every_material_given_is_one_row_in_the_order_it_was_told_of(shop: Shop) -> None:
    ann, ben = shop.ann.id, shop.ben.id
    assert shop.names() == [
        ("storyboard", ann),
        ("storyboard", ben),
        ("design", ann),
        ("dance", ben),
        ("gesture", ben),
        ("shout", ann),
        ("face", ann),
        ("walk", ben),
        ("storyboard", ann),
        ("smile", ben),
    ]


def test_replies_are_the_members_own(shop: Shop) -> None:
    acknowledged, silent = shop.one("storyboard", shop.ann), shop.one("storyboard", shop.ben)
    assert (acknowledged.reply, acknowledged.waits_for, acknowledged.overdue) == ("ACKNOWLEDGED", None, False)
    assert acknowledged.replied_at is not None
    assert (silent.reply, silent.replied_at, silent.waits_for) == (None, None, "MEMBER")
    contested = shop.one("design", shop.ann)
    assert (contested.reply, contested.reason_hash, contested.due_at) == ("CONTESTED", REASON, None)
    assert contested.model_hash == MODEL
    assert contested.kind == "DESIGN"


def test_reports_stay_whatever_the_studio_says(shop: Shop) -> None:
    open_, disclosed, answered = (
        shop.one(name, player)
        for name, player in (("gesture", shop.ben), ("shout", shop.ann), ("face", shop.ann))
    )
    assert (open_.waits_for, open_.disclosed_at, open_.model_hash) == ("STUDIO", None, None)
    assert (disclosed.late, disclosed.waits_for) == (True, "MEMBER")
    assert disclosed.reported_at == disclosed.told_at
    assert disclosed.disclosed_at is not None
    assert disclosed.disclosed_at >= disclosed.told_at
    assert (answered.waits_for, answered.evidence_hash, answered.due_at) == (None, REASON, None)
    assert shop.names(reported=True) == [
        ("gesture", shop.ben.id),
        ("shout", shop.ann.id),
        ("face", shop.ann.id),
    ]


def test_due_is_the_rate_cards_days_or_the_works_start_if_sooner(shop: Shop) -> None:
    for name, player, days in (
        ("storyboard", shop.ben, 7),
        ("gesture", shop.ben, 7),
        ("shout", shop.ann, 7),
        ("walk", shop.ben, 7),  # told late: the start has passed
        ("smile", shop.ben, 3),  # under the later card
    ):
        one = shop.one(name, player)
        since = one.told_at if one.disclosed_at is None else one.disclosed_at
        assert one.due_at == since + days * DAY, name
    dance = shop.one("dance", shop.ben)
    assert dance.work_starts is not None
    assert dance.due_at == dance.work_starts


def test_overdue_is_who_did_not_speak_in_time(shop: Shop) -> None:
    ann, ben = shop.ann.id, shop.ben.id
    assert shop.names(overdue=True) == [("dance", ben)]
    dues = {
        name: shop.one(name, player).due_at or 0
        for name, player in (("gesture", shop.ben), ("smile", shop.ben))
    }
    assert ("gesture", ben) not in shop.names(dues["gesture"] - 1, overdue=True)
    assert ("gesture", ben) in shop.names(dues["gesture"], overdue=True)
    everything = shop.names(shop.stage.now() + 60 * DAY, overdue=True)
    assert everything == [
        ("storyboard", ben),
        ("dance", ben),
        ("gesture", ben),
        ("shout", ann),
        ("walk", ben),
        ("storyboard", ann),
        ("smile", ben),
    ]
    assert all(one.overdue for one in shop.found(shop.stage.now() + 60 * DAY, overdue=True))


def test_filters_add_up(shop: Shop) -> None:
    ann, ben = shop.ann.id, shop.ben.id
    assert shop.names(production=shop.second) == [("storyboard", ann)]
    assert shop.names(production=shop.first, member=ann) == [
        ("storyboard", ann),
        ("design", ann),
        ("shout", ann),
        ("face", ann),
    ]
    assert shop.names(kind=MaterialKind.DESIGN) == [("design", ann), ("smile", ben)]
    assert shop.names(late=True) == [("shout", ann), ("walk", ben)]
    assert shop.names(material=MATERIALS["storyboard"], member=ben) == [("storyboard", ben)]
    last = shop.found()[-1].told_at
    assert shop.names(since=last) == [("smile", ben)]
    assert len(shop.names(until=last)) == 9
    assert shop.names(member=99) == []


@pytest.mark.parametrize("newest", [False, True])
def test_pages_hold_every_disclosure_once(shop: Shop, newest: bool) -> None:
    whole = shop.found()
    for index in shop.indexes:
        seen: list[Disclosure] = []
        after = None
        while True:
            page = disclosure_page(index, newest=newest, limit=3, after=after)
            seen += page.disclosures
            after = page.next
            if after is None:
                break
        assert seen == (whole[::-1] if newest else whole)


def test_a_page_or_time_that_cannot_be_is_refused(shop: Shop) -> None:
    for limit in (0, 10_001):
        with pytest.raises(InputError, match="1 to 10,000"):
            disclosure_page(shop.indexes[0], limit=limit)
    with pytest.raises(InputError, match="before it begins"):
        DisclosureFilter(since=2, until=1)


def test_index_and_contract_agree(shop: Shop) -> None:
    service = shop.stage.studio.disclosures
    for one in shop.found():
        state = service.state(ProductionId(one.production_id), MemberId(one.member_id), one.material_hash)
        assert state == {
            "disclosedAt": one.disclosed_at or 0,
            "workStarts": one.work_starts or 0,
            "repliedAt": one.replied_at or 0,
            "reportedAt": one.reported_at or 0,
            "answeredAt": one.answered_at or 0,
            "kind": MaterialKind[one.kind],
            "reply": {None: 0, "ACKNOWLEDGED": 1, "CONTESTED": 2}[one.reply],
        }
