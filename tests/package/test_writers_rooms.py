"""A writers' room from the command line, and the index's view of it against the chain."""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from office import DAY, Team, opened, registered
from test_api_story import served

from trust.consent import Consent, SignedConsent, sign
from trust.errors import ContractRefused, InputError
from trust.index import Index
from trust.local import party
from trust.model import Craft, MemberId, PoolId, ProductionId, dollars
from trust.nouns.rooms import Statement
from trust.views import room
from trust.views.rooms import week_of

WEEK = 7 * DAY
ASSETS = "0x" + "a5" * 32
FOREVER = 2**40
NOBODY = "0x" + "00" * 20
NAMES = ("Ana", "Bo", "Cy", "Di")


class House(Team):
    """An office with a funded production and four writers."""

    @property
    def monday(self) -> int:
        return week_of(self.chain.node.block().timestamp)

    def joining(self, name: str, ahead: int = 0, weeks: int = 4) -> Path:
        return self.consent(
            name,
            "RoomJoin",
            productionId=self.production,
            memberId=self.members[name],
            starts=self.monday + ahead * WEEK,
            wholeWeeks=weeks,
        )

    def shares(self, pool: int, **shares: str) -> tuple[Path, list[int]]:
        """A folder with a statement to sign, and whose signatures it needs."""
        out = self.folder / f"shares-{len(list(self.folder.iterdir()))}"
        given = ",".join(f"{self.members[name]}:{share}" for name, share in shares.items())
        told = self.json("room", "shares", pool, "--shares", given, "--assets", ASSETS, "--out", out)
        return out, told["signers"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as found:
        house = House(found.chain, found.local, found.folder)
        registered(house)
        enroller = house.local.as_("enroller").members
        house.members = {}
        for name in NAMES:
            key, wallet = party(name).address, party(f"{name}'s wallet").address
            house.members[name] = int(enroller.enrol(key, wallet, Craft.WRITER).id or 0)
        yield house


@pytest.fixture
def house(whole: House) -> House:
    """With another production each time."""
    studio, now = whole.local.as_("studio"), whole.chain.node.block().timestamp
    identifier = keccak(secrets.token_bytes(32))
    registered = studio.handle.write(
        "Productions", "register", identifier, now, now + 500 * DAY, identifier, NOBODY
    )
    whole.production = registered.event("ProductionRegistered").args["productionId"]
    whole.local.mint(whole.local.keys["studio"].address, dollars(10_000))
    studio.payroll.fund(ProductionId(whole.production), dollars(10_000))
    return whole


def test_room_fills_and_empties_again(house: House) -> None:
    code, line = house.refused("room", "status", house.production)
    assert (code, "has no writers' room" in line or "NoRoom" in line) == (4, True)
    house.json("room", "open", house.production, "--episodes", 6, who="studio")
    told = house.tell("room", "status", house.production)
    assert "Script work with AI is REFUSED: 0 of 3 writers." in told
    paper = house.joining("Ana", weeks=2)
    assert "I write for this production in these weeks" in house.tell("consent", "show", paper, online=False)
    assert house.json("room", "join", paper, "--simulate", who="studio")["simulated"]
    for name in ("Bo", "Cy"):
        house.json("room", "join", house.joining(name), who="studio")
    assert house.json("room", "status", house.production)["short"] is True
    house.json("room", "join", paper, who="studio")
    status = house.json("room", "status", house.production)
    assert (status["writers"], status["needed"], status["short"], status["exempt"]) == (3, 3, False, False)
    house.json("room", "episodes", house.production, "--episodes", 13, who="studio")
    assert house.json("room", "status", house.production)["needed"] == 6

    ana = house.members["Ana"]
    leaving = house.consent("Ana", "RoomLeave", productionId=house.production, memberId=ana)
    house.json("room", "leave", house.production, ana, "--consent", leaving, who="keeper")
    house.chain.increase_time(WEEK)
    assert house.json("room", "status", house.production)["writers"] == 2
    code, line = house.refused("room", "join", paper, who="studio")
    assert (code, "PastWeek" in line or "is over" in line) == (4, True)

    house.json("index", "sync")
    seen = house.json("room", "show", house.production)
    assert (seen["episodes"], seen["needed"], seen["writers"], seen["short"]) == (13, 6, 2, True)
    assert [one["writers"] for one in seen["weeks"]] == [3, 2, 2, 2]
    assert "the room is short" in house.tell("room", "show", house.production)
    with served(house.folder / "index.db", house.local.deployment) as api:
        public = api.get(f"/productions/{house.production}/room").json()
        missing = api.get("/productions/1/room")
    names = {"production_id", "episodes", "rate_card_version", "needed", "writers", "exempt", "short"}
    # How many, and never who.
    assert public == {name: seen[name] for name in names | {"weeks", "pools", "now"}}
    assert (missing.status_code, "has no writers' room" in missing.json()["message"]) == (404, True)


def test_sole_team_is_declared_from_files(house: House) -> None:
    house.json("room", "open", house.production, "--episodes", 8, who="studio")
    ana, bo = house.members["Ana"], house.members["Bo"]
    common = {"productionId": house.production, "writers": f"{ana},{bo}"}
    papers = [
        house.consent(name, "SoleTeam", memberId=house.members[name], **common) for name in ("Bo", "Ana")
    ]
    code, line = house.refused("room", "team", papers[0], who="studio")
    assert (code, "InvalidConsent" in line or "not this member's" in line) == (4, True)
    assert f"Sole team declared: {ana}, {bo}." in house.tell("room", "team", *papers, who="studio")
    assert house.json("room", "status", house.production)["exempt"] is True
    alone = house.consent("Ana", "SoleTeam", memberId=ana, productionId=house.production, writers=ana)
    code, line = house.refused("room", "team", papers[0], alone, who="studio")
    assert (code, "signed another writers" in line) == (2, True)
    house.json("index", "sync")
    seen = house.json("room", "show", house.production)
    assert [(one["member_id"], one["of_team"]) for one in seen["roll"]] == [(ana, True), (bo, True)]


def test_pool_is_shared_by_what_all_signed(house: House) -> None:
    house.json("room", "open", house.production, "--episodes", 6, who="studio")
    for name in ("Ana", "Bo"):
        house.json("room", "join", house.joining(name), who="studio")
    pool = int(house.json("room", "pool", house.production, who="studio")["id"])
    folder, signers = house.shares(pool, Ana="62.5%", Bo="37.5%")
    ana, bo, cy = (house.members[name] for name in ("Ana", "Bo", "Cy"))
    assert signers == [ana, bo]
    house.sign(folder, "Ana")
    code, line = house.refused("room", "contribute", pool, "--consents", folder, who="keeper")
    assert (code, "not signed yet" in line) == (2, True)
    assert f"member {bo}: 37.5 %" in house.tell("consent", "show", folder / f"{bo}.json", online=False)
    house.sign(folder, "Bo")
    house.json("room", "contribute", pool, "--consents", folder, who="keeper")
    house.json("pool", "fund", pool, "1000", who="studio")

    # Bo hands all of it to Cy, who never wrote here; Ana agrees.
    folder, signers = house.shares(pool, Ana="50%", Bo="0%", Cy="50%")
    assert signers == [ana, bo, cy]
    house.sign(folder, "Ana", "Bo", "Cy")
    house.json("room", "contribute", pool, "--consents", folder, who="keeper")
    net = 1_000 * 10**6 - 15 * 10**6
    assert (house.wallet("Ana"), house.wallet("Bo"), house.wallet("Cy")) == (net * 5 // 8, net * 3 // 8, 0)
    house.json("pool", "fund", pool, "500", who="studio")
    house.json("pool", "push", pool, who="keeper")
    assert house.wallet("Cy") == (500 * 10**6 * 985 // 1000) // 2

    house.json("index", "sync")
    seen = house.json("room", "show", house.production)["statements"]
    assert [(one["version"], one["assets_root"]) for one in seen] == [(1, ASSETS), (2, ASSETS)]
    assert seen[1]["shares"] == [
        {"member_id": ana, "share_bps": 5_000},
        {"member_id": bo, "share_bps": 0},
        {"member_id": cy, "share_bps": 5_000},
    ]
    assert house.json("pool", "show", pool)["units"] == 10_000
    _audit_compares_seats_with_shares(house)


def test_who_is_stated_anew_is_paid_what_fell_due_after_the_estimate(house: House) -> None:
    house.json("room", "open", house.production, "--episodes", 6, who="studio")
    house.json("room", "join", house.joining("Di"), who="studio")
    pool = int(house.json("room", "pool", house.production, who="studio")["id"])
    for share, other in (("100%", "0%"), ("60%", "40%")):
        folder, _ = house.shares(pool, Di=share, Cy=other)
        house.sign(folder, "Di", "Cy")
        if share == "100%":
            house.json("room", "contribute", pool, "--consents", folder, who="keeper")
    end = house.chain.node.block().timestamp + 20 * DAY
    house.local.as_("studio").pools.stream(PoolId(pool), dollars(1_000), end)
    house.json("pool", "push", pool, who="keeper")
    before = house.wallet("Di")
    house.chain.node.call("evm_setNextBlockTimestamp", house.chain.node.block().timestamp + DAY)
    house.json("room", "contribute", pool, "--consents", folder, who="keeper")
    assert house.wallet("Di") > before


def _audit_compares_seats_with_shares(house: House) -> None:
    """Clean as it is; and a statement of other shares than the seats is named."""
    copy = house.folder / "audit.db"
    assert house.json("audit", "--index", copy)["clean"]
    with sqlite3.connect(copy) as database:
        database.execute("UPDATE event_contributions_stated SET shares_bps = '[1,9999]' WHERE version = 1")
    result = house.invoke("audit", "--index", copy)
    assert (result.exit_code, "the seats are not the shares" in result.stdout) == (7, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("1:50%,2:49.99%", "sum to 99.99 %"),
        ("1:50%,1:50%", "is there twice"),
        ("1=50%", "is no share"),
        ("1:101%", "is not a share"),
        ("0:100%", "is not the number of a member"),
    ],
)
def test_shares_that_cannot_be(house: House, given: str, says: str) -> None:
    house.json("room", "open", house.production, "--episodes", 6, who="studio")
    pool = house.json("room", "pool", house.production, who="studio")["id"]
    out = house.folder / "nowhere"
    code, line = house.refused("room", "shares", pool, "--shares", given, "--assets", ASSETS, "--out", out)
    assert (code, says in line) == (2, True)
    assert not out.exists()


def test_pool_that_is_no_rooms(house: House) -> None:
    pool = house.json("pool", "open", house.production, who="studio")["id"]
    out = house.folder / "nowhere"
    code, line = house.refused("room", "shares", pool, "--shares", "1:100%", "--assets", ASSETS, "--out", out)
    assert (code, "is no writers' room's" in line) == (2, True)


def test_view_without_a_room(house: House) -> None:
    house.json("index", "sync")
    code, line = house.refused("room", "show", house.production)
    assert (code, "has no writers' room" in line) == (2, True)


def test_statement_is_whole_and_everybody_signs() -> None:
    with pytest.raises(InputError, match="sum to 0 %"):
        Statement(PoolId(1), 1, bytes(32), {})
    shares = {MemberId(7): 6_000, MemberId(3): 4_000}
    assert Statement(PoolId(1), 1, bytes(32), shares).signers == (3, 7)


def test_view_is_what_the_chain_says_at_random(house: House, tmp_path: Path) -> None:
    """Joins, leaves and teams by four writers over months, and time that passes between."""
    studio, keeper = house.local.as_("studio").rooms, house.local.as_("keeper").rooms
    production, fate = ProductionId(house.production), random.Random(11)
    studio.open(production, 6)
    nonces = iter(range(1_000, 2_000))

    def signed(name: str, kind: str, **fields: object) -> SignedConsent:
        own = {"productionId": production, "memberId": house.members[name]}
        once = {"nonce": next(nonces), "deadline": FOREVER}
        return sign(Consent(kind, {**own, **fields, **once}), house.local.deployment, party(name))

    done = 0
    for _ in range(40):
        name, dice = fate.choice(NAMES), fate.random()
        try:
            if dice < 0.5:
                weeks = {
                    "starts": house.monday + fate.randrange(12) * WEEK,
                    "wholeWeeks": fate.randrange(1, 9),
                }
                studio.join(signed(name, "RoomJoin", **weeks))
            elif dice < 0.75:
                keeper.leave(production, MemberId(house.members[name]), signed(name, "RoomLeave"))
            else:
                some = sorted(fate.sample(NAMES, fate.randrange(1, 5)))
                writers = [house.members[one] for one in some]
                studio.declare_team(signed(one, "SoleTeam", writers=writers) for one in some)
            done += 1
        except ContractRefused as error:
            if error.name not in ("AlreadyInRoom", "NotInRoom", "NotSole"):
                raise
        if fate.random() < 0.3:
            house.chain.increase_time(fate.randrange(2 * WEEK))
            house.chain.mine()
    assert done > 15

    with Index(tmp_path / "index.db", house.local.deployment, house.chain.node) as index:
        index.sync()
        found = room(index, production)
    on_chain = studio.of(production)
    assert (found.episodes, found.needed, found.writers) == (6, on_chain.needed, on_chain.writers)
    assert (found.exempt, found.short, len(found.roll)) == (on_chain.exempt, on_chain.short, on_chain.roll)
    counts = {one.starts: one.writers for one in found.weeks}
    handle = house.local.as_("keeper").handle
    first = min(counts) - WEEK
    for starts in range(first, first + 40 * WEEK, WEEK):
        assert handle.read("WritersRooms", "writersAt", production, starts) == counts.get(starts, 0)
    assert json.loads(json.dumps(found.as_json()))["production_id"] == production
