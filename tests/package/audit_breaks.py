"""Each of the audit's promises, broken in one fact of the events of a true story (auditing.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from auditing import FIRST
from test_index_story import DAY, DOLLAR

from trust.audit.case import MOVED
from trust.index import IndexedEvent

Events = list[IndexedEvent]
Break = Callable[[Events], tuple[Events, int]]
ELSEWHERE = "0x" + "99" * 20


def places(events: Events, name: str, **args: Any) -> list[int]:
    """Where events of a name with these arguments stand."""
    return [
        at
        for at, event in enumerate(events)
        if event.name == name and all(event.args[key] == value for key, value in args.items())
    ]


def altered(events: Events, at: int, changes: Mapping[str, Any]) -> Events:
    """One event with other arguments: a field, or `struct.field`; a value, or a function of the true one."""
    args = deepcopy(dict(events[at].args))
    for path, change in changes.items():
        *outer, field = path.split(".")
        inner = args
        for step in outer:
            inner = inner[step]
        inner[field] = change(inner[field]) if callable(change) else change
    return [*events[:at], replace(events[at], args=args), *events[at + 1 :]]


def left_out(events: Events, at: int) -> Events:
    return [*events[:at], *events[at + 1 :]]


def moved_in_time(events: Events, at: int, seconds: int) -> Events:
    event = events[at]
    return [*events[:at], replace(event, timestamp=event.timestamp + seconds), *events[at + 1 :]]


def put_before(events: Events, at: int, name: str, timestamp: int, **args: Any) -> Events:
    """A hand-made event of another transaction."""
    made = replace(events[at], name=name, args=args, timestamp=timestamp, tx_hash=f"0x{name}")
    return [*events[:at], made, *events[at:]]


def with_args(name: str, which: int = 0, **changes: object) -> Break:
    """The event of this name (the first, or -1 the last) tells something else; __ stands for a dot."""
    paths = {path.replace("__", "."): change for path, change in changes.items()}

    def broken(events: Events) -> tuple[Events, int]:
        at = places(events, name)[which]
        return altered(events, at, paths), at

    return broken


def without(name: str, which: int = 0) -> Break:
    """The event of this name never was."""

    def broken(events: Events) -> tuple[Events, int]:
        at = places(events, name)[which]
        return left_out(events, at), at

    return broken


def again(name: str) -> Break:
    """The last event of this name comes once more, in a transaction of its own."""

    def broken(events: Events) -> tuple[Events, int]:
        last = replace(events[places(events, name)[-1]], tx_hash="0xagain", block_number=10**6)
        return [*events, last], len(events)

    return broken


def later(name: str, seconds: int, which: int = 0) -> Break:
    """The event of this name came so many seconds later."""

    def broken(events: Events) -> tuple[Events, int]:
        at = places(events, name)[which]
        return moved_in_time(events, at, seconds), at

    return broken


def halted(*made: tuple[str, int], **args: int) -> Break:
    """Events put before the last uses, dated so many seconds after them."""

    def broken(events: Events) -> tuple[Events, int]:
        use = places(events, "Used")[-2]  # two of one transaction
        used_at = events[use].args["usedAt"]
        for name, seconds in reversed(made):
            events = put_before(events, use, name, used_at + seconds, **args)
        return events, use + len(made)

    return broken


def both(first: Break, second: Break) -> Break:
    return lambda events: second(first(events)[0])


def spent_twice(events: Events) -> tuple[Events, int]:
    """A member's last grant rests on the consent of the first."""
    first, *_, last = places(events, "SceneGranted", licenceId=FIRST)
    return altered(events, last, {"terms.nonce": events[first].args["terms"]["nonce"]}), last


def erased_before_licence(events: Events) -> tuple[Events, int]:
    at = places(events, "LicenceGranted", memberId=1)[0]
    erased = put_before(events, at, "RecordErased", events[at].timestamp, recordId=1, memberId=1)
    return erased, at + 1


def deployer_stays(events: Events) -> tuple[Events, int]:
    """The administration is not given up: told by the event that gave it to the deployer."""
    renounced = places(events, "RoleRevoked", roleId=0)[-1]
    return left_out(events, renounced), places(events, "RoleGranted", roleId=0)[0]


def unpaid(events: Events) -> tuple[Events, int]:
    """Two uses that were to be paid together; told by the first."""
    return without("IterationsCharged", -1)(events)[0], places(events, "Used")[-2]


def up(amount: int) -> int:
    return amount + 1


def down(amount: int) -> int:
    return amount - 1


#: What is wrong, the checks that find it, how it is broken, and which event tells of it if not the broken one.
BREAKS: dict[str, tuple[str, Break, str]] = {
    "a suspension that never began": ("A04", without("LicenceSuspended"), "LicenceReinstated"),
    "a consent used for two grants": ("A10", spent_twice, ""),
    "a scan without notice": ("A11", with_args("ScanConsented", noticeWaived=False), ""),
    "a record without a consent": ("A11", without("ScanConsented"), "RecordPooled"),
    "a notice given too late": ("A11", later("NoticeGiven", 2 * DAY), "ScanConsented"),
    "a licence longer than the schedule": (
        "A12",
        with_args("LicenceGranted", expires=lambda t: t + 101 * DAY),
        "",
    ),
    "a licence cheaper than the card": (
        "A12",
        with_args("RateCardPublished", card__licenceFees=[10**9] * 6),
        "LicenceGranted",
    ),
    "a licence without records": ("A12 A40", erased_before_licence, ""),
    "a training right nobody signed": ("A13", without("TrainingConsented"), "LicenceGranted"),
    "a training run without a right": ("A13", later("TrainingRunRecorded", 601 * DAY), ""),
    "a grant dearer than agreed": ("A14", with_args("SceneGranted", terms__maxSpend=440 * DOLLAR), ""),
    "a grant under no licence in force": ("A14", later("SceneGranted", -601 * DAY, -1), ""),
    "a use before its window": ("A20", with_args("Used", -1, usedAt=lambda t: t - 2 * DAY), ""),
    "a use reported too late": ("A20", later("Used", 200 * DAY, -1), ""),
    "a use longer than agreed": ("A21", with_args("Used", -1, outputSeconds=601), ""),
    "more iterations than agreed": (
        "A21 A32 A33",
        with_args("SceneGranted", terms__maxIterations=5),
        "Reserved",
    ),
    "a new line under a passive grant": (
        "A21",
        both(with_args("SceneGranted", -1, terms__assetClass=0), with_args("Used", -1, kind=3)),
        "",
    ),
    "a use in a suspension": (
        "A22",
        halted(("LicenceSuspended", -1), ("LicenceReinstated", 1), licenceId=FIRST),
        "",
    ),
    "a use in a strike": ("A22", halted(("StrikeDeclared", -1), ("StrikeEnded", 1), productionId=1), ""),
    "a use after the licence was revoked": ("A22", halted(("LicenceRevoked", -1), licenceId=FIRST), ""),
    "a use after the grant was revoked": ("A22", halted(("GrantRevoked", -1), grantId=6, memberId=1), ""),
    "a use after a cancellation": ("A22", halted(("ProductionCancelled", -1), productionId=1), ""),
    "a use before its scan": ("A23", later("RecordPooled", 30 * DAY), "Used"),
    "a use that was not paid": ("A24", unpaid, ""),
    "a charge without a use": ("A24", again("IterationsCharged"), ""),
    "a fee for something else": ("A30", with_args("Charged", kind=2), ""),
    "a fee charged twice": ("A30", with_args("LicenceGranted", licenceFee=up), ""),
    "a levy too high": ("A31", with_args("Charged", parts__levy=up), ""),
    "dues of an iteration too high": ("A31", with_args("IterationsCharged", dues=up), ""),
    "benefits of a stream too low": ("A31", with_args("StreamOpened", -1, stream__benefits=down), ""),
    "a card with other dues": ("A31 A42", with_args("RateCardPublished", card__duesBps=159), "Charged"),
    "a ceiling that was ignored": (
        "A32",
        with_args("RateCardPublished", card__benefitsCeiling=500 * DOLLAR),
        "Reserved",
    ),
    "a reserve too high": ("A33", with_args("Reserved", amount=up), ""),
    "a reserve that did not return": ("A33", with_args("Released", amount=down), ""),
    "a final count that is wrong": ("A33", with_args("GrantClosed", unusedIterations=down), ""),
    "savings that bring less than their share": (
        "A34",
        with_args("SavingsStated", savings__lodging=DOLLAR),
        "",
    ),
    "a floor that is too low": ("A34 A35", with_args("FloorStarted", premium=down), ""),
    "a stream that starts later": ("A35", with_args("StreamOpened", -1, stream__start=up), ""),
    "a stream longer than agreed": (
        "A35",
        with_args("SceneGranted", 3, terms__longestStreamWeeks=7),
        "StreamOpened",
    ),
    "a stream nobody stated": ("A35", without("SavingsStated", -1), "StreamOpened"),
    "a cut that takes too much": ("A36", with_args("StreamCut", parts__gross=up), ""),
    "a cut without a restatement": ("A36", without("SavingsRestated", -1), "StreamCut"),
    "units that nobody signed": ("A40", with_args("PoolConsented", units=up), "PoolSeated"),
    "a seat without a consent": ("A40", without("PoolConsented", 1), "PoolSeated"),
    "a crowd used more often than agreed": ("A41", with_args("PoolUsed", 1, uses=6), ""),
    "a crowd used after its window": ("A41", later("PoolUsed", 60 * DAY, 1), ""),
    "a crowd charged too much": ("A42", with_args("PoolCharged", dues=up), ""),
    "a lump without its levy": ("A42", with_args("PoolFunded", levy=0), ""),
    "a deposit that never came": ("A50", without(MOVED), "Funded"),
    "a payment to a stranger": ("A50", with_args(MOVED, -1, recipient=ELSEWHERE), ""),
    "money that left untold": ("A50", again(MOVED), ""),
    "pay at another wallet": ("A50 A51", with_args("Paid", wallet=ELSEWHERE), ""),
    "a wallet nobody asked for": ("A51", with_args("WalletPending", -1, wallet=ELSEWHERE), ""),
    "benefits to another plan": ("A51", with_args("PayeesSet", benefitsPlan=ELSEWHERE), "Remitted"),
    "prices that change at once": ("A07", with_args("RoleGranted", -1, delay=0), ""),
    "a deployer who keeps power": ("A07", deployer_stays, ""),
    "anybody may suspend": ("A07", with_args("TargetFunctionRoleUpdated", -1, roleId=9), ""),
}
