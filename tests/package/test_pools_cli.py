"""A crowd paid through the command line only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import DAY, DOLLAR, Office, opened, registered

from trust.local import party

SIZE = 12


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("office")) as office:
        enroller = office.local.as_("enroller").members
        for number in range(1, SIZE + 1):
            enroller.enrol(party(f"extra {number}").address, party(f"extra {number}'s wallet").address)
        yield office


@pytest.fixture(scope="module")
def pool(office: Office) -> int:
    """A pool of the office's production, which pays its first lump."""
    production = registered(office)
    number = int(office.json("pool", "open", production, "--background", who="studio")["id"])
    roster = office.folder / "crowd.csv"
    roster.write_text("member,units\n" + "".join(f"{n},{100 * n}\n" for n in range(SIZE, 0, -1)))
    for again in range(2):
        done = office.json("pool", "seat", number, "--roster", roster, who="studio")
        assert (done["seats"], done["units"], done["chunks"]) == (SIZE, 7_800, [0]), again
    assert office.json("pool", "fund", number, 7_800, who="studio")["events"][-1]["name"] == "PoolFunded"
    office.json("index", "sync")
    return number


def net(office: Office) -> int:
    return int(office.local.as_("studio").pools.of(1)["index"]) >> 64  # type: ignore[arg-type]


def balance(office: Office, number: int) -> int:
    return office.local.as_("studio").payroll.balance(party(f"extra {number}'s wallet").address)


def test_a_push_pays_everybody_and_the_next_has_nothing_to_pay(office: Office, pool: int) -> None:
    before = office.json("pool", "show", pool)
    assert (before["seats"], before["paid"], before["gross"]) == (SIZE, 0, 7_800 * DOLLAR)
    done = office.json("pool", "push", pool, who="keeper")
    assert done["paid"] == before["due"] > 7_000 * DOLLAR
    assert [balance(office, n) for n in (1, 12)] == [100 * net(office), 1_200 * net(office)]
    again = office.json("pool", "push", pool, who="keeper")
    assert (again["paid"], again["transactions"]) == (0, [])


def test_a_stream_pays_who_is_paid_alone_and_the_statement_says_so(office: Office, pool: int) -> None:
    end = office.chain.node.block().timestamp + 30 * DAY
    office.json("pool", "stream", pool, "5000.000001", "--end", end, who="studio")
    office.chain.increase_time(10 * DAY)
    before = balance(office, 3)
    done = office.json("pool", "pay", pool, 3, 4, who="keeper")
    assert balance(office, 3) - before > DOLLAR
    assert done["held"] == 0
    office.json("index", "sync")
    seen = office.json("statement", 3)
    assert seen["paid_out"] == balance(office, 3)
    assert seen["net"] == seen["pools_net"] == seen["paid_out"] + seen["pools_due"]
    told = office.tell("statement", 3)
    assert "no benefits ceiling and no agent's share" in " ".join(told.split())
    assert f"pool {pool}" in told


def test_a_refusing_wallet_is_told_and_its_pay_is_owed(office: Office, pool: int) -> None:
    wallet = party("extra 5's wallet").address
    office.local.block_wallet(wallet, True)
    done = office.json("pool", "push", pool, "--chunk", 0, who="keeper")
    assert done["held"] > 0
    office.local.block_wallet(wallet, False)
    assert office.json("payroll", "due", 5)["total"] == done["held"]
    office.chain.increase_time(DAY)
    office.local.block_wallet(wallet, True)
    assert "paydays try it again" in office.tell("pool", "push", pool, who="keeper")
    office.local.block_wallet(wallet, False)


def test_who_is_unseated_is_paid_and_sits_no_more(office: Office, pool: int) -> None:
    before = balance(office, 7)
    office.chain.increase_time(DAY)
    assert office.json("pool", "unseat", pool, 7, who="studio")["paid"] == balance(office, 7) - before > 0
    code, said = office.refused("pool", "pay", pool, 7, 99, who="keeper")
    assert (code, said) == (
        2,
        f"error: Not seated in pool {pool}: 7, 99. Check the numbers; `trust statement` shows seats.",
    )
    office.json("index", "sync")
    assert [line["seats"] for line in office.json("pool", "list")["pools"]] == [SIZE - 1]
    assert "left" in office.tell("statement", 7)


def test_reports_read_without_a_node(office: Office, pool: int) -> None:
    office.json("index", "sync")
    told = office.tell("pool", "show", pool, online=False)
    assert "11 with 7,100 units" in told
    later = office.chain.node.block().timestamp + 100 * DAY
    shown = office.json("pool", "show", pool, "--at", later, online=False)
    assert (shown["still_to_stream"], shown["chunk_list"][0]["vacated"]) == (0, [6])
    assert office.tell("pool", "list", "--production", 2, online=False) == "No pools.\n"
    assert office.json("totals", "--at", later)["held"]["streaming_pools"] == 0


def test_sweep_passes_dues_on(office: Office, pool: int) -> None:
    waiting = office.json("pool", "show", pool)["dues_waiting"]
    assert waiting > 0
    swept = office.json("pool", "sweep", pool, who="keeper")["events"][-1]
    assert (swept["name"], swept["args"]["dues"]) == ("PoolSwept", waiting)


def test_simulating_sends_nothing(office: Office, pool: int) -> None:
    block = office.chain.node.block().number
    roster = office.folder / "crowd.csv"
    for words in (
        ("open", 1), ("seat", pool, "--roster", roster), ("fund", pool, 5), ("push", pool), ("pay", pool, 1),
        ("unseat", pool, 1), ("sweep", pool), ("stream", pool, 5, "--end", "2099-01-01"),
    ):  # fmt: skip
        assert office.json("pool", *words, "--simulate", who="studio")["simulated"] is True
    assert office.chain.node.block().number == block


def test_the_same_file_seats_again_only_under_another_label(office: Office, pool: int) -> None:
    roster = office.folder / "more.csv"
    roster.write_text("member,units\n1,1\n")
    labels = (("--label", "a"), ("--label", "a"), ("--label", "b"))
    chunks = [
        office.json("pool", "seat", pool, "--roster", roster, *label, who="studio")["chunks"]
        for label in labels
    ]
    assert chunks == [[1], [1], [2]]


def test_what_cannot_be_done_is_told_in_one_line(office: Office, pool: int, tmp_path: Path) -> None:
    roster = tmp_path / "bad.csv"
    roster.write_text("member,units,name\n1,1,Vera\n")
    code, said = office.refused("pool", "seat", pool, "--roster", roster, who="studio")
    assert (code, "unknown columns: name" in said) == (2, True)
    roster.write_text(f"member,units\n{SIZE + 1},1\n")
    code, said = office.refused("pool", "seat", pool, "--roster", roster, who="studio")
    assert (code, "NotAMember" in said) == (4, True)
    code, said = office.refused("pool", "push", pool, "--chunk", 9, who="keeper")
    assert (code, "has no chunk 9" in said) == (2, True)
    assert office.refused("pool", "show", 77)[0] == 2
    assert office.refused("pool", "fund", pool, 5, who="keeper")[0] == 4
