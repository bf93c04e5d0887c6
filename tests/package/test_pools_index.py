"""What the index makes of a crowd of a thousand in pools, against the contracts and the token, to the unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from crowds import Crowd, check_pools, crowd, wallet
from eth_utils.address import to_checksum_address
from test_index_story import DAY, DOLLAR, WEEK

from trust.errors import IndexFault, InputError
from trust.index import Books, Index, IndexedEvent, fold
from trust.index.fold import apply
from trust.model import MemberId, Money, PoolId, ProductionId
from trust.pools import Roster
from trust.views import pool, pool_chunks, pool_pay, pools, production, seats_of, statement, totals

SIZE = 1_000
FIRST, LEFT, MANAGED = PoolId(1), PoolId(2), PoolId(3)
REFUSED, GONE, MOVED, ALONE = MemberId(7), MemberId(410), MemberId(900), MemberId(12)
NEW_WALLET = to_checksum_address("0x" + "ab" * 20)


def units(member: int) -> int:
    return 1 + member * 7_919 % 1_000


def crowd_pool(crowd: Crowd) -> None:
    """A lump, streams, pushes, seats paid alone, a wallet that refuses, one that changes, who leaves and returns."""
    studio, story = crowd.studio.pools, crowd.story
    assert studio.open(ProductionId(1)).id == FIRST
    chunks = studio.seat(FIRST, crowd.seats(units)).chunks
    studio.fund(FIRST, Money(10_000 * DOLLAR + 7))
    studio.stream(FIRST, Money(50_000 * DOLLAR + 13), story.now() + 30 * DAY)
    story.pass_days(3.3)
    crowd.block_wallet(REFUSED, True)
    studio.pay_seats(chunks[0], [ALONE])
    studio.push(chunks[0])
    studio.push(chunks[1])
    crowd.as_contract("Members", "setPendingWallet", MOVED, NEW_WALLET, story.now() + 5 * DAY)
    studio.stream(FIRST, Money(999_999_937), story.now() + 40 * DAY, story.now() + 9 * DAY)
    story.pass_days(6)
    studio.pay_seats(chunks[0], [REFUSED, ALONE])
    studio.unseat(next(chunk for chunk in chunks if GONE in chunk.roster.members), [GONE])
    studio.fund(FIRST, Money(1_000_003))
    for chunk in chunks:
        studio.push(chunk)
    studio.seat(FIRST, crowd.seats(lambda member: 5, GONE - 3, 1))
    story.pass_days(8.2)
    studio.push(chunks[2])


def other_pools(crowd: Crowd) -> None:
    """A pool that all leave while it streams, and a pool that a module runs from a reserve."""
    studio, story = crowd.studio.pools, crowd.story
    assert studio.open(ProductionId(1), background=True).id == LEFT
    (chunk,) = studio.seat(LEFT, crowd.seats(lambda member: 3, 0, 3)).chunks
    studio.fund(LEFT, Money(1_000_001))
    studio.stream(LEFT, Money(700 * DOLLAR + 1), story.now() + 2 * WEEK)
    story.pass_days(3)
    studio.unseat(chunk, chunk.roster.members)
    story.pass_days(20)
    studio.sweep([FIRST, LEFT])
    crowd.as_contract("PoolGrants", "openPool", 1, True)
    roster = Roster.of(crowd.seats(units, 100, 50))
    crowd.as_contract("PoolGrants", "seat", MANAGED, [roster.packed])
    crowd.as_contract("PoolGrants", "reserveForPool", MANAGED, 17_013, sum(roster.units) * 4)
    crowd.as_contract("PoolGrants", "chargePool", MANAGED, 17_013, 3)
    crowd.as_contract("PoolGrants", "releaseFromPool", MANAGED, 17_013, sum(roster.units))
    story.remit()
    crowd.block_wallet(REFUSED, False)
    story.payday(REFUSED)
    story.pass_days(1.7)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    with crowd(tmp_path_factory.mktemp("crowd"), SIZE) as begun:
        crowd_pool(begun)
        other_pools(begun)
        yield begun


@pytest.fixture(scope="module")
def index(played: Crowd) -> Iterator[Index]:
    with played.index() as index:
        yield index


def test_the_story_has_every_event_of_pools(index: Index) -> None:
    """Else the tests below would show less than they seem to."""
    seen = {row[0] for row in index.rows("SELECT DISTINCT name FROM event WHERE contract = 'Payroll'")}
    assert seen >= {
        *("PoolOpened", "PoolSeated", "SeatsVacated", "SeatsPaid", "PoolPushed", "PoolPayHeld"),
        *("PoolFunded", "PoolStreamOpened", "PoolReserved", "PoolCharged", "PoolReleased", "PoolSwept"),
    }


def test_pools_equal_the_contracts_views_to_the_unit(index: Index, played: Crowd) -> None:
    check_pools(index, played)
    books = fold(index.events(), index.clock)
    assert repr(books) == repr(index.books())
    assert books.pools[MANAGED].reserved == 0
    assert books.pools[LEFT].abandoned > 0
    assert books.pools[FIRST].held > 0


def test_every_members_statement_adds_up_to_what_the_wallet_holds(index: Index, played: Crowd) -> None:
    balances = played.balances()
    paid = 0
    for member in played.members:
        seen = statement(index, member)
        seen.check()
        to_old = sum(pay.amount for pay in seen.pool_pay if not pay.held and pay.wallet != NEW_WALLET)
        assert to_old + sum(day.amount for day in seen.paydays) == balances[member]
        paid += sum(seat.paid for seat in seen.seats)
    assert paid == sum(one.paid for one in pools(index))


def test_what_pushes_pay_is_there_by_member_and_by_wallet(index: Index, played: Crowd) -> None:
    moved = pool_pay(index, member=MOVED)
    assert [pay.wallet.lower() for pay in moved] == [NEW_WALLET.lower()] * 2
    other = pool_pay(index, member=MOVED - 300)
    assert {pay.wallet.lower() for pay in other} == {wallet(MOVED - 300)}
    assert pool_pay(index, wallet=NEW_WALLET.lower()) == moved
    assert sum(pay.amount for pay in pool_pay(index, wallet=NEW_WALLET)) == played.studio.payroll.balance(
        NEW_WALLET
    )
    refused = pool_pay(index, member=REFUSED)
    assert {pay.held for pay in refused} == {True}
    assert sum(pay.amount for pay in refused) == index.books().members[REFUSED].pool_held
    assert statement(index, REFUSED).owed_now == 0
    assert statement(index, REFUSED).paid_out == sum(pay.amount for pay in refused)


def test_each_transfer_of_a_push_is_one_line(index: Index, played: Crowd) -> None:
    payroll = played.story.deployment.contracts["Payroll"].lower()
    paid_in = {row["tx_hash"] for row in index.rows(
        "SELECT DISTINCT e.tx_hash FROM pool_payment p JOIN event e USING (block_number, log_index)"
    )}  # fmt: skip
    sent = sorted(
        (row["tx_hash"], row["recipient"].lower(), row["amount"])
        for row in index.rows("SELECT * FROM transfer")
        if row["tx_hash"] in paid_in and row["sender"].lower() == payroll
    )
    lines = sorted(
        (pay.tx_hash, pay.wallet.lower(), pay.amount)
        for member in played.members
        for pay in pool_pay(index, member=member)
        if not pay.held
    )
    assert len(lines) > 2 * SIZE
    assert lines == sent


def test_a_seat_paid_alone_is_not_paid_again(index: Index) -> None:
    alone = pool_pay(index, member=ALONE, pool=FIRST)
    # The pushes that followed each within seconds found next to nothing, or nothing.
    assert len([pay for pay in alone if pay.amount > alone[0].amount // 100]) == 2
    (seat,) = seats_of(index, ALONE)
    assert seat.paid == sum(pay.amount for pay in alone)


def test_who_left_keeps_the_pay_and_earns_no_more(index: Index, played: Crowd) -> None:
    gone, back = seats_of(index, GONE)
    assert (gone.vacated, gone.due, back.vacated, back.units) == (True, 0, False, 5)
    later = seats_of(index, GONE, played.story.now() + 30 * DAY)
    assert (later[0].earned, later[1].earned > back.earned) == (gone.earned, True)


def test_a_pool_ends_with_all_its_money_somewhere(index: Index, played: Crowd) -> None:
    for days in (0, 1, 11, 400):
        now = played.story.now() + int(days * DAY)
        for one in pools(index, now=now):
            one.check()
        totals(index, now).check()
    end = pool(index, FIRST, played.story.now() + 400 * DAY)
    assert end.still_to_stream == 0
    # Each of at most a thousand seats is short of less than a unit.
    assert 0 <= end.undivided < SIZE
    assert (pool(index, LEFT).due, pool(index, LEFT).undivided) == (0, 0)


def test_production_tells_what_entered_pools(index: Index) -> None:
    seen = production(index, 1)
    (spent,) = (line for line in seen.spent if line.kind == "POOL")
    assert spent.gross == sum(one.gross for one in pools(index, production=1))
    assert seen.pools == (FIRST, LEFT, MANAGED)
    assert pools(index, production=2) == ()


def test_chunks_for_the_keeper_say_who_left(index: Index) -> None:
    chunks = pool_chunks(index)
    assert len(chunks) == 6
    assert sum(chunk.seats for chunk in chunks) == SIZE + 50
    assert [len(chunk.vacated) for chunk in chunks] == [0, 1, 0, 0, 3, 0]
    assert chunks[4].units == chunks[4].due == 0


def test_what_does_not_exist_is_an_input_error(index: Index) -> None:
    with pytest.raises(InputError, match="no pool 9"):
        pool(index, 9)
    with pytest.raises(InputError, match="no pool 9"):
        pool_chunks(index, 9)
    with pytest.raises(InputError, match="no member 99999"):
        seats_of(index, 99_999)
    with pytest.raises(InputError, match="Whose pool pay"):
        pool_pay(index)


@pytest.mark.parametrize("part", ["paid", "due", "undivided", "still_to_stream", "abandoned", "dues"])
def test_a_pool_that_is_a_unit_off_is_found(index: Index, part: str) -> None:
    seen = pool(index, FIRST)
    with pytest.raises(IndexFault, match=r"[pP]ool 1 "):
        replace(seen, **{part: getattr(seen, part) + 1}).check()


@pytest.mark.parametrize("part", ["pools_net", "pools_due", "paid_out"])
def test_a_statement_whose_pool_pay_is_a_unit_off_is_found(index: Index, part: str) -> None:
    seen = statement(index, ALONE)
    with pytest.raises(IndexFault, match=f"member {ALONE} doesn't add up"):
        replace(seen, **{part: getattr(seen, part) + 1}).check()


WRONG = [
    ("PoolPushed", "paid", 1),
    ("PoolPushed", "earned", 1),
    ("SeatsPaid", "paid", 1),
    ("SeatsVacated", "paid", 1),
    ("PoolSeated", "start", 1),
    ("PoolSeated", "units", 1),
    ("PoolSwept", "dues", 1),
    ("PoolReleased", "held", 10**15),
    ("PoolFunded", "gross", 10**18),
    ("PoolPushed", "chunk", 77),
    ("PoolPushed", "poolId", 77),
    ("PoolSeated", "roster", b"\0" * 8),
]


@pytest.fixture(scope="module")
def events(index: Index) -> list[IndexedEvent]:
    return list(index.events())


@pytest.mark.parametrize(("name", "field", "more"), WRONG)
def test_an_event_that_contradicts_the_books_is_a_fault(
    index: Index, events: list[IndexedEvent], name: str, field: str, more: Any
) -> None:
    books = Books(index.clock)
    for event in events:
        if event.name == name:
            wrong = more if isinstance(more, bytes) else event.args[field] + more
            forged = IndexedEvent(
                event.block_number, event.log_index, event.tx_hash, event.timestamp, event.contract, name,
                {**event.args, field: wrong},
            )  # fmt: skip
            with pytest.raises(IndexFault, match=f"Payroll.{name} in block"):
                apply(books, forged)
            return
        apply(books, event)
    raise AssertionError(f"no {name}")


def test_a_sweep_of_what_nobody_left_is_found_by_the_pools_next_event(
    index: Index, events: list[IndexedEvent]
) -> None:
    swept = [place for place, event in enumerate(events) if event.name == "PoolSwept"]
    assert {events[place].args["poolId"] for place in swept} == {FIRST, LEFT}
    for place in swept:
        event = events[place]
        forged = replace(event, args={**event.args, "abandoned": event.args["abandoned"] + 1})
        later = [one for one in events[place + 1 :] if one.args.get("poolId") == event.args["poolId"]]
        # Where the story ends with the sweep, another one is the next event.
        following = later[:1] or [event]
        with pytest.raises(IndexFault, match=r"Payroll\.\w+ in block"):
            fold([*events[:place], forged, *following], index.clock)


def test_a_reorg_takes_pushes_seats_and_money_back(played: Crowd, tmp_path: Path) -> None:
    story, studio = played.story, played.studio.pools
    snapshot = story.chain.snapshot()
    chunks = played.chunks(FIRST)
    with Index(tmp_path / "index.db", story.deployment, story.chain.node) as index:
        index.sync()
        before = (pool(index, FIRST), pool_pay(index, member=ALONE))
        for chunk in chunks[:2]:
            data = {"from": story.union.address, "to": story.deployment.contracts["Payroll"]}
            story.mined(data | {"gas": hex(16_000_000), "data": push_data(chunk)})
        story.fund(1, 5 * DOLLAR)
        index.sync()
        assert pool(index, FIRST).paid > before[0].paid
        assert len(pool_pay(index, member=ALONE)) == len(before[1]) + 1
        story.chain.reorg(3)
        assert index.sync().rewound == 3
        assert pool(index, FIRST, before[0].now).paid == before[0].paid
        assert pool_pay(index, member=ALONE) == before[1]
        with played.index() as fresh:
            assert repr(fresh.books()) == repr(index.books())
    story.chain.revert(snapshot)
    assert studio.count() == 3


def push_data(chunk: Any) -> str:
    from trust.chain.abi import interface
    from trust.chain.rpc import hexed

    return hexed(interface("Payroll").encode("push", chunk.as_struct()))
