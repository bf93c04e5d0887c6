"""What a production's rows add up to. Amounts in base units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trust.evidence.evidence import FOUNDING, Row
from trust.evidence.logs import Event
from trust.evidence.scope import PRODUCTION
from trust.model import Charge

PARTS = ("gross", "dues", "benefits", "levy")
CHARGES = {int(kind): kind.name for kind in Charge}
OTHER = Charge.OTHER.name
POOL = "POOL"  # what entered ensemble pools; the contracts have no such charge
_COUNTED = {"LicenceGranted": "licences", "SceneGranted": "grants", "PoolOpened": "pools"}
_MOVED = {"Funded": "funded", "TakenBack": "taken_back"}
_INTO_POOLS = frozenset({"PoolFunded", "PoolStreamOpened", "PoolCharged"})


@dataclass(slots=True)
class Totals:
    """`spent` by kind of charge: `gross` holds the `dues`; benefits and levy come on top.

    Streams count in full when they open, less what a restatement took back. `paid` is what its members were paid,
    by whichever production it was owed.
    """

    licences: int = 0
    grants: int = 0
    pools: int = 0
    uses: int = 0
    iterations: int = 0
    output_seconds: int = 0
    crowd_uses: int = 0
    funded: int = 0
    taken_back: int = 0
    paid: int = 0
    spent: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def cost(self) -> int:
        """All that was spent, with benefits and levy."""
        return sum(parts["gross"] + parts["benefits"] + parts["levy"] for parts in self.spent.values())


def totals(rows: Iterable[Row]) -> Totals:
    """What these rows add up to; those from before the range don't count."""
    found = Totals(spent={kind: dict.fromkeys(PARTS, 0) for kind in (*CHARGES.values(), POOL)})
    for row in rows:
        event = row.event
        if row.part == FOUNDING:
            continue
        for kind, parts in money(event):
            for name in PARTS:
                found.spent[kind][name] += parts[name]
        if row.part == PRODUCTION and event.name in _COUNTED:
            setattr(found, _COUNTED[event.name], getattr(found, _COUNTED[event.name]) + 1)
        if event.name in _MOVED:
            setattr(found, _MOVED[event.name], getattr(found, _MOVED[event.name]) + event.fields["amount"])
        if event.name == "Used":
            found.uses += 1
            found.iterations += event.fields["iterations"]
            found.output_seconds += event.fields["output_seconds"]
        found.crowd_uses += event.fields["uses"] if event.name == "PoolUsed" else 0
        found.paid += event.fields["amount"] if event.name == "Paid" else 0
    found.spent = {kind: parts for kind, parts in found.spent.items() if any(parts.values())}
    return found


def money(event: Event) -> Iterator[tuple[str, Mapping[str, int]]]:
    """What an event adds to a production's cost: the kind of charge and its parts, negative for what is cut."""
    if event.name == "Charged":
        yield CHARGES.get(event.fields["kind"], OTHER), _parts(event, "parts_")
    elif event.name == "IterationsCharged":
        yield Charge.ITERATION_FEE.name, _parts(event)
    elif event.name == "StreamOpened":
        yield Charge.PREMIUM.name, _parts(event, "stream_")
    elif event.name == "StreamCut":
        yield Charge.PREMIUM.name, {name: -amount for name, amount in _parts(event, "parts_").items()}
    elif event.name in _INTO_POOLS:
        yield POOL, _parts(event)


def _parts(event: Event, prefix: str = "") -> dict[str, int]:
    return {name: event.fields[prefix + name] for name in PARTS}
