"""The page that a person reads: what the rows add up to, and every row with its transaction and proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from trust.chain.rpc import hexed
from trust.evidence import charts
from trust.evidence.evidence import Evidence, Proven, Row
from trust.evidence.plain import fields_json, moment
from trust.evidence.totals import PARTS, Totals, money, totals
from trust.index.tables import snake
from trust.model import AssetClass, UseKind, shown

if TYPE_CHECKING:
    from jinja2 import Template

_USES = frozenset({"Used", "PoolUsed"})
_MONEY = frozenset({"Payroll", "Token"})
_CONSENTS = frozenset({"Members", "Records", "Licences", "SceneGrants", "PoolGrants", "CollectiveLicences"})
_AMOUNTS = ("amount", "paid", "held", "gross")
_WHO = ("member_id", "pool_id", "wallet", "recipient", "from", "to")
_MOST_COLUMNS = 48
_DAY = 86_400


def report(evidence: Evidence, proven: Proven) -> str:
    """One page of HTML that needs nothing else."""
    rows = list(enumerate(proven.rows, 1))
    numbers: dict[bytes, int] = {}
    for _, row in rows:
        numbers.setdefault(row.transaction, len(numbers) + 1)
    uses, moved, agreed, other = _sorted(rows)
    sums = totals(proven.rows)
    return _template().render(
        evidence=evidence,
        anchors=[(anchor.number, hexed(anchor.hash), moment(anchor.timestamp)) for anchor in proven.anchors],
        start=moment(evidence.headers[0].timestamp),
        end=moment(evidence.headers[-1].timestamp),
        facts=_facts(sums),
        spent=[(_words(kind), [shown(parts[name]) for name in PARTS]) for kind, parts in sums.spent.items()],
        cost=shown(sums.cost),
        charts=[chart for chart in (_cost(sums), _pace(rows)) if chart],
        uses=_uses(uses, rows, numbers),
        money=[_common(line, row, numbers) | _money(row) for line, row in moved],
        consents=[_common(line, row, numbers) | {"detail": _detail(row)} for line, row in agreed],
        others=[_common(line, row, numbers) | {"detail": _detail(row)} for line, row in other],
        transactions=_transactions(proven, numbers),
        rows=len(rows),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.jinja")


_Lines = list[tuple[int, Row]]


def _sorted(rows: _Lines) -> tuple[_Lines, _Lines, _Lines, _Lines]:
    lists: tuple[_Lines, _Lines, _Lines, _Lines] = ([], [], [], [])
    for line, row in rows:
        name, contract = row.event.name, row.event.contract
        moved = contract in _MONEY or name.startswith("Arrears")
        kinds = (name in _USES, moved, contract in _CONSENTS)
        lists[kinds.index(True) if True in kinds else 3].append((line, row))
    return lists


def _common(line: int, row: Row, numbers: Mapping[bytes, int]) -> dict[str, Any]:
    return {
        "line": line,
        "time": moment(row.timestamp),
        "what": _title(row.event.name),
        "part": row.part,
        "block": row.event.block,
        "log": row.event.log_index,
        "transaction": hexed(row.transaction),
        "proof": numbers[row.transaction],
    }


def _uses(uses: _Lines, rows: _Lines, numbers: Mapping[bytes, int]) -> list[dict[str, Any]]:
    """Uses with their price, which is in the grant's own row."""
    grants = {row.event.fields["grant_id"]: row.event for _, row in rows if row.event.name == "SceneGranted"}
    crowds = {row.event.fields["pool_id"]: row.event for _, row in rows if row.event.name == "PoolGranted"}
    return [
        _common(line, row, numbers) | (_use(row, grants) if row.event.name == "Used" else _crowd(row, crowds))
        for line, row in uses
    ]


def _use(row: Row, grants: Mapping[int, Any]) -> dict[str, Any]:
    use, grant = row.event.fields, grants[row.event.fields["grant_id"]].fields
    price = grant["terms_iteration_fee"]
    return {
        "of": f"grant {use['grant_id']}",
        "who": f"member {grant['licence_id'] & 0xFFFFFF}",
        "scene": hexed(grant["scene_hash"]),
        "kind": f"{_named(AssetClass, grant['terms_asset_class'])}, {_named(UseKind, use['kind'])}",
        "used": moment(use["used_at"]),
        "count": use["iterations"],
        "seconds": use["output_seconds"],
        "price": shown(price),
        "gross": shown(price * use["iterations"]),
    }


def _crowd(row: Row, crowds: Mapping[int, Any]) -> dict[str, Any]:
    use, crowd = row.event.fields, crowds.get(row.event.fields["pool_id"])
    return {
        "of": f"pool {use['pool_id']}",
        "who": "a crowd",
        "scene": hexed(crowd.fields["scene_hash"]) if crowd else "",
        "kind": "passive, crowd",
        "used": moment(row.timestamp),
        "count": use["uses"],
        "seconds": "",
        "price": shown(crowd.fields["price"]) + " a unit" if crowd else "",
        "gross": "see money",
    }


def _money(row: Row) -> dict[str, Any]:
    fields = row.event.fields
    parts = dict.fromkeys(PARTS, "")
    what = _title(row.event.name)
    for kind, told in money(row.event):
        what = f"{what}: {_words(kind)}"
        parts = {name: shown(told[name]) for name in PARTS}
    amount = next((fields[name] for name in _AMOUNTS if name in fields and not parts["gross"]), None)
    if row.event.name == "ProductionSwept":
        parts |= {name: shown(fields[name]) for name in ("benefits", "levy")}
    who = next((name for name in _WHO if name in fields), None)
    grant = f", grant {fields['grant_id']}" if "grant_id" in fields else ""
    named = "" if who is None else f"{who.removesuffix('_id')} {fields[who]}"
    return parts | {"what": what, "who": (named + grant).removeprefix(", "), "amount": _shown(amount)}


def _shown(amount: int | None) -> str:
    return "" if amount is None else shown(amount)


def _detail(row: Row) -> str:
    told = fields_json(row.event)
    return ", ".join(f"{_words(name)} {_value(value)}" for name, value in told.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _transactions(proven: Proven, numbers: Mapping[bytes, int]) -> list[dict[str, Any]]:
    first: dict[bytes, tuple[int, int]] = {}
    for row in proven.rows:
        first.setdefault(row.transaction, row.event.transaction)
    listed = []
    for tx_hash, number in numbers.items():
        block, index = first[tx_hash]
        header = proven.opened[block].header
        receipt = proven.opened[block].receipts[index]
        listed.append(
            {
                "number": number,
                "hash": hexed(tx_hash),
                "block": block,
                "index": index,
                "block_hash": hexed(header.hash),
                "receipts_root": hexed(header.receipts_root),
                "transactions_root": hexed(header.transactions_root),
                "receipt": hexed(keccak(receipt)),
            }
        )
    return listed


def _facts(sums: Totals) -> list[tuple[str, str]]:
    counted = ("licences", "grants", "pools", "uses", "iterations", "output_seconds", "crowd_uses")
    facts = [(_words(name), f"{getattr(sums, name):,}") for name in counted]
    return facts + [
        (_words(name), "$" + shown(getattr(sums, name))) for name in ("funded", "taken_back", "paid")
    ]


def _cost(sums: Totals) -> str:
    rows = [
        (_words(kind), (parts["gross"] - parts["dues"], parts["dues"], parts["benefits"], parts["levy"]))
        for kind, parts in sums.spent.items()
    ]
    return charts.stacked(rows, ("pay, net", "dues", "benefits", "levy"))


def _pace(rows: Sequence[tuple[int, Row]]) -> str:
    """Iterations by day, or by as many days as make few enough columns."""
    days = [(row.event.fields["used_at"] // _DAY, row.event.fields["iterations"]) for _, row in rows
            if row.event.name == "Used"]  # fmt: skip
    if not days:
        return ""
    first, last = min(day for day, _ in days), max(day for day, _ in days)
    width = (last - first) // _MOST_COLUMNS + 1
    counts = [0] * ((last - first) // width + 1)
    for day, iterations in days:
        counts[(day - first) // width] += iterations
    each = "day" if width == 1 else f"{width} days"
    return charts.columns(counts, _date(first), _date(last), f"Iterations, each column {each}")


def _date(day: int) -> str:
    return moment(day * _DAY)[:10]


def _named(kind: type[IntEnum], number: int) -> str:
    return _words(next((one.name for one in kind if one == number), str(number)))


@cache
def _title(event: str) -> str:
    return _words(snake(event))


def _words(name: str) -> str:
    return name.replace("_", " ").lower()
