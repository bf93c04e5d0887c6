"""Rosters and the files they come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.errors import InputError
from trust.model import MemberId, PoolId
from trust.pools import MOST_SEATS, Chunk, Roster, Seat, read_seats, split

members = st.integers(1, 2**24 - 1).map(MemberId)
units = st.integers(1, 2**32 - 1)


def seats_of(most: int) -> st.SearchStrategy[list[Seat]]:
    return st.dictionaries(members, units, min_size=1, max_size=most).map(
        lambda found: [Seat(*pair) for pair in found.items()]
    )


def crowd(size: int, each: int = 1) -> list[Seat]:
    return [Seat(MemberId(number), each) for number in range(1, size + 1)]


@given(seats_of(40))
def test_a_roster_comes_back_from_its_bytes(seats: list[Seat]) -> None:
    roster = Roster.of(seats)
    assert list(roster) == sorted(seats)
    assert len(roster.packed) == 7 * len(seats)
    assert Roster.unpack(roster.packed) == roster
    for seat in seats:
        assert roster.units[roster.position(seat.member)] == seat.units


def test_a_roster_is_seven_bytes_a_seat_high_end_first() -> None:
    roster = Roster.of([Seat(MemberId(0x010203), 0x0A0B0C0D), Seat(MemberId(5), 1)])
    assert roster.packed.hex() == "000005000000010102030a0b0c0d"
    chunk = Chunk(PoolId(3), 0, 2**70, roster)
    assert chunk.as_struct() == {"poolId": 3, "number": 0, "start": 2**70, "roster": roster.packed}


@pytest.mark.parametrize("size", [1, 399, 400, 401, 1_000, 5_000])
def test_a_crowd_is_split_into_rosters_of_about_the_same_length(size: int) -> None:
    rosters = split(reversed(crowd(size)))
    assert [seat for roster in rosters for seat in roster] == crowd(size)
    assert len(rosters) == -(-size // MOST_SEATS)
    lengths = [len(roster) for roster in rosters]
    assert max(lengths) <= MOST_SEATS
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        ([Seat(MemberId(7), 1), Seat(MemberId(7), 2)], "Member 7 is there twice"),
        ([Seat(MemberId(7), 0)], "Member 7 has 0 units"),
        ([Seat(MemberId(7), 2**32)], "Member 7 has 4294967296 units"),
        ([Seat(MemberId(0), 1)], "0 is not the number of a member"),
        ([Seat(MemberId(2**24), 1)], "16777216 is not the number of a member"),
        ([], "nobody to seat"),
        (crowd(300, 2**32 - 1), "more than a pool holds"),
    ],
)
def test_what_cannot_be_seated_is_told(seats: list[Seat], said: str) -> None:
    with pytest.raises(InputError, match=said):
        split(seats)


def test_a_roster_is_not_longer_than_a_chunk() -> None:
    with pytest.raises(InputError, match="1 to 400 seats, not 401"):
        Roster.of(crowd(401))
    with pytest.raises(InputError, match="1 to 400 seats, not 0"):
        Roster.of([])


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        bytes(6),
        bytes.fromhex("00000100000000"),
        bytes.fromhex("0000020000000100000100000001"),
        bytes.fromhex("0000010000000100000100000001"),
        bytes.fromhex("00000100000001") * 401,
    ],
    ids=["empty", "cut", "no units", "descending", "twice", "too long"],
)
def test_bytes_that_are_no_roster_are_refused(packed: bytes) -> None:
    with pytest.raises(InputError, match="no roster"):
        Roster.unpack(packed)


def test_who_is_not_in_a_chunk_has_no_position() -> None:
    with pytest.raises(InputError, match="Member 9 does not sit"):
        Roster.of(crowd(3)).position(MemberId(9))


def test_seats_are_read_from_a_spreadsheets_file(tmp_path: Path) -> None:
    file = tmp_path / "crowd.csv"
    file.write_bytes(b"\xef\xbb\xbfunits, member\r\n100,7\r\n\r\n 1 , 8 \r\n")
    assert read_seats(file) == [Seat(MemberId(7), 100), Seat(MemberId(8), 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("member,units\n", "seats nobody"),
        ("member,units,name\n7,1,Vera\n", "unknown columns: name"),
        ("member;units\n7;1\n", "unknown columns: member;units"),
        ("member\n7\n", "no column units"),
        ("member,units,units\n7,1,1\n", "there twice"),
        ("member,units\n7,1\n8,0\n", "line 3: '0' is not a number of units"),
        ("member,units\n7,1.5\n", "line 2: '1.5' is not a number of units"),
        ("member,units\n7,-1\n", "line 2: '-1' is not a number of units"),
        ("member,units\n7,4294967296\n", "line 2: '4294967296' is not a number of units"),
        ("member,units\nVera,1\n", "line 2: 'Vera' is not the number of a member"),
        ("member,units\n16777216,1\n", "line 2: '16777216' is not the number of a member"),
        ("member,units\n7,1\n8,1\n7,2\n", "line 4: member 7 is in line 2 already"),
        ("member,units\n7\n", "line 2 has 1 values, not 2"),
        ('member,units\n"7,1\n', "line 2 has 1 values, not 2"),
    ],
)
def test_a_file_that_cannot_be_seated_names_the_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "crowd.csv"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        read_seats(file)
    assert said in refused.value.message
    assert refused.value.hint


def test_a_file_that_is_not_text_or_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "crowd.csv"
    file.write_bytes(b"\xff\xfe\x00")
    for path in (file, tmp_path / "missing.csv", tmp_path):
        with pytest.raises(InputError, match="can't be read"):
            read_seats(path)
