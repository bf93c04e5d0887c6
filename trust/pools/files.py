"""Seats from a CSV file with the columns member and units."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from trust.errors import InputError
from trust.model import MemberId
from trust.pools.rosters import MEMBER_BYTES, MOST_UNITS, Seat

_COLUMNS = ("member", "units")
_HINT = "The first line is `member,units`; each line after it is a member's number and units."


def read_seats(path: Path) -> list[Seat]:
    """Seats of a CSV file, in the file's order. Raises InputError, naming the line."""
    try:
        # Spreadsheets begin a file with a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(enumerate(csv.reader(file), 1))
    except (OSError, ValueError, csv.Error) as cause:
        raise InputError(f"{path} can't be read.", hint="Give a CSV file.") from cause
    if not lines:
        raise InputError(f"{path} is empty.", hint=_HINT)
    header = [name.strip() for name in lines[0][1]]
    _check_header(path, header)
    first: dict[int, int] = {}
    seats = []
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        seat = _seat(f"{path}, line {number}", header, cells)
        if seat.member in first:
            raise InputError(
                f"{path}, line {number}: member {seat.member} is in line {first[seat.member]} already.",
                hint="Give each member once, with all units.",
            )
        first[seat.member] = number
        seats.append(seat)
    if not seats:
        raise InputError(f"{path} seats nobody.", hint=_HINT)
    return seats


def _check_header(path: Path, header: list[str]) -> None:
    unknown = [name or "(no name)" for name in header if name not in _COLUMNS]
    if unknown:
        raise InputError(f"{path}: unknown columns: {', '.join(unknown)}.", hint=_HINT)
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise InputError(f"{path}: no column {' or '.join(missing)}.", hint=_HINT)
    if len(header) > len(_COLUMNS):
        raise InputError(f"{path}: a column is there twice.", hint=_HINT)


def _seat(where: str, header: list[str], cells: list[str]) -> Seat:
    if len(cells) != len(header):
        raise InputError(f"{where} has {len(cells)} values, not {len(header)}.", hint=_HINT)
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    member = _number(where, row["member"], "the number of a member", 2 ** (8 * MEMBER_BYTES) - 1)
    units = _number(where, row["units"], "a number of units", MOST_UNITS)
    return Seat(MemberId(member), units)


def _number(where: str, text: str, what: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text) or not 1 <= int(text) <= most:
        raise InputError(f"{where}: {text!r} is not {what}.", hint=f"Give a whole number from 1 to {most:,}.")
    return int(text)
