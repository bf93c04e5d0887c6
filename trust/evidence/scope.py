"""Which events belong to a production, and which blocks can hold one: the whole argument of completeness.

An event belongs by an id that it carries as an indexed topic. A header's bloom has every topic of its block's logs,
so a header without the bits of any (contract, event, id) that belongs is proof that its block holds no such event.
The ids are found in the chain's own order: a production's licences by its number, their grants by the licences'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from trust.chain.artifacts import CONTRACTS, load
from trust.chain.deployments import Deployment
from trust.chain.rpc import blob
from trust.evidence.logs import Event
from trust.index import codec
from trust.proof import Header
from trust.proof.headers import bloom_bits

PRODUCTION, MEMBER, TRUST = "production", "member", "trust"

#: Of members: that they are members, that they agreed to be scanned, that they were paid.
OF_MEMBERS = frozenset(
    {
        ("Members", "MemberEnrolled"),
        ("Members", "KeyReplaced"),
        ("Records", "ScanConsented"),
        ("Records", "NoticeGiven"),
        ("Records", "RecordPooled"),
        ("Records", "RecordErased"),
        ("Payroll", "Paid"),
        ("Payroll", "PayHeld"),
    }
)
#: Of the trust: the prices, and who gets benefits, levy and dues.
OF_THE_TRUST = frozenset({("RateCard", "RateCardPublished"), ("Payees", "PayeesSet")})

_KEYS = ("productionId", "licenceId", "tokenId", "grantId", "poolId")


@dataclass(frozen=True, slots=True)
class Scope:
    """All that a production's events can be told by. `members` are those it licensed.

    `modules`: its studio let a contract that was admitted later charge it, also for members without a licence.
    """

    production: int
    licences: frozenset[int] = frozenset()
    grants: frozenset[int] = frozenset()
    pools: frozenset[int] = frozenset()
    members: frozenset[int] = frozenset()
    modules: bool = False

    @classmethod
    def of(cls, production: int, events: Iterable[Event]) -> Scope:
        """From these events, in any order."""
        licences, grants, pools, members, modules = set(), set(), set(), set(), False
        for event in events:
            if _production(event) != production:
                continue
            if event.name == "LicenceGranted":
                licences.add(event.fields["licence_id"])
                members.add(event.fields["member_id"])
            if event.name == "SceneGranted":
                grants.add(event.fields["grant_id"])
            if (pool := event.get("pool_id")) is not None:
                pools.add(pool)
            modules = modules or event.name == "ModuleOptedIn"
        return cls(
            production,
            frozenset(licences),
            frozenset(grants),
            frozenset(pools),
            frozenset(members),
            modules,
        )

    def part(self, event: Event) -> str | None:
        """Why the event belongs: PRODUCTION, MEMBER or TRUST. None when it doesn't, by itself."""
        place = (event.contract, event.name)
        if _production(event) == self.production:
            return PRODUCTION
        if event.get("grant_id") in self.grants or event.get("pool_id") in self.pools:
            return PRODUCTION
        if place in OF_MEMBERS and event.get("member_id") in self.members:
            return MEMBER if event.get("production_id") in (None, 0) else None
        return TRUST if place in OF_THE_TRUST else None


class Sieve:
    """Which blocks can hold an event of a scope. `wide`: of any production's licences, grants and pools."""

    def __init__(self, deployment: Deployment, scope: Scope, *, wide: bool = False) -> None:
        ids = _id_bits(scope, wide)
        self._contracts = [
            (bloom_bits([blob(address)]), [*_event_bits(name, ids)])
            for name, address in deployment.contracts.items()
        ]

    def may_hold(self, header: Header) -> bool:
        """False is proof that the block has none."""
        return any(
            header.may_hold(address)
            and any(header.may_hold(event) and any(map(header.may_hold, ids)) for event, ids in events)
            for address, events in self._contracts
        )


def _production(event: Event) -> int | None:
    """The production that an event names, itself or by a licence."""
    found = event.get("production_id")
    if found is None and (licence := event.get("licence_id")) is not None:
        found = licence >> 24
    if found is None and event.contract == "Licences" and event.get("token_id") is not None:
        found = event.fields["token_id"] >> 24
    return None if found is None else int(found)


@cache
def _indexed() -> Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]]:
    """By contract: each event's first topic and name, and its indexed ids."""
    found: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {}
    for contract in CONTRACTS:
        entries = {entry["name"]: entry for entry in load(contract).abi if entry["type"] == "event"}
        found[contract] = tuple(
            (topic, form.table.event, _ids(entries[form.table.event]))
            for topic, form in codec.forms(contract).items()
        )
    return found


def _ids(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(item["name"] for item in entry["inputs"] if item["indexed"])


_ANY = (0,)  # the bits of no id in particular


def _id_bits(scope: Scope, wide: bool) -> dict[str, Sequence[int]]:
    """Bits of the ids that belong, by the name that events give them."""
    licences = _ANY if wide or scope.modules else _bits(scope.licences)
    return {
        "productionId": _bits((scope.production,)),
        "licenceId": licences,
        "tokenId": licences,
        "grantId": _ANY if wide else _bits(scope.grants),
        "poolId": _ANY if wide else _bits(scope.pools),
        "memberId": _bits(scope.members),
    }


def _bits(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(bloom_bits([number.to_bytes(32, "big")]) for number in sorted(numbers))


def _event_bits(contract: str, ids: Mapping[str, Sequence[int]]) -> Iterator[tuple[int, list[int]]]:
    """Bits of each event that can belong, and of the ids of which it then has one."""
    for topic, event, names in _indexed()[contract]:
        keys = {name for name in names if name in _KEYS and (name != "tokenId" or contract == "Licences")}
        keys |= {"memberId"} if (contract, event) in OF_MEMBERS else set()
        wanted = [bits for name in sorted(keys) for bits in ids[name]]
        if (contract, event) in OF_THE_TRUST:
            wanted = [*_ANY]
        if wanted:
            yield bloom_bits([blob(topic)]), wanted
