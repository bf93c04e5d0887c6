"""Members, productions, records, licences, grants and the rate card: events into books."""

from __future__ import annotations

from collections.abc import Callable

from trust.index.books import Books, GrantBook, LicenceBook, MemberBook, ProductionBook, RecordBook
from trust.index.events import IndexedEvent

Handler = Callable[[Books, IndexedEvent], None]


def _card(books: Books, event: IndexedEvent) -> None:
    books.cards[event.args["version"]] = event.args["card"]


def _payees(books: Books, event: IndexedEvent) -> None:
    books.payees = dict(event.args)


def _module(books: Books, event: IndexedEvent) -> None:
    books.modules.add(event.args["module"])


# Members


def _enrolled(books: Books, event: IndexedEvent) -> None:
    a = event.args
    books.members[a["memberId"]] = MemberBook(a["key"], a["craft"], a["guardian"], a["adultAt"])


def _delegate(books: Books, event: IndexedEvent) -> None:
    delegates = books.members[event.args["memberId"]].delegates
    (delegates.add if event.args["allowed"] else delegates.discard)(event.args["delegate"])


def _key_replaced(books: Books, event: IndexedEvent) -> None:
    books.members[event.args["memberId"]].key = event.args["newKey"]


# Productions


def _studio(books: Books, event: IndexedEvent) -> None:
    books.studios[event.args["studio"]] = event.args["admitted"]


def _registered(books: Books, event: IndexedEvent) -> None:
    a = event.args
    books.productions[a["productionId"]] = ProductionBook(
        a["studio"], a["identifierHash"], a["starts"], a["ends"], a["reportDays"]
    )


def _breakdown(books: Books, event: IndexedEvent) -> None:
    books.productions[event.args["productionId"]].root = event.args["root"]


def _rescheduled(books: Books, event: IndexedEvent) -> None:
    production = books.productions[event.args["productionId"]]
    production.starts, production.ends = event.args["starts"], event.args["ends"]


def _primary_reporter(books: Books, event: IndexedEvent) -> None:
    books.productions[event.args["productionId"]].reporter = event.args["reporter"]


def _reporter(books: Books, event: IndexedEvent) -> None:
    reporters = books.productions[event.args["productionId"]].reporters
    (reporters.add if event.args["allowed"] else reporters.discard)(event.args["reporter"])


def _cancelled(books: Books, event: IndexedEvent) -> None:
    books.productions[event.args["productionId"]].cancelled_at = event.timestamp


def _struck(books: Books, event: IndexedEvent) -> None:
    books.productions[event.args["productionId"]].strikes.append([event.timestamp, None])


def _strike_ended(books: Books, event: IndexedEvent) -> None:
    books.productions[event.args["productionId"]].strikes[-1][1] = event.timestamp


# Records


def _pooled(books: Books, event: IndexedEvent) -> None:
    a = event.args
    books.records[a["recordId"]] = RecordBook(
        a["memberId"], a["productionId"], a["modality"], a["commitment"]
    )


def _erased(books: Books, event: IndexedEvent) -> None:
    books.records[event.args["recordId"]].erased = True


# Licences


def _licensed(books: Books, event: IndexedEvent) -> None:
    a = event.args
    card = books.cards[a["rateCardVersion"]]
    books.licences[a["licenceId"]] = LicenceBook(
        production_id=a["productionId"],
        member_id=a["memberId"],
        modalities=a["modalities"],
        training=a["training"],
        starts=a["starts"],
        expires=a["expires"],
        terms_hash=a["termsHash"],
        version=a["rateCardVersion"],
        ceiling=card["benefitsCeiling"],
        premium_share_bps=card["premiumShareBps"],
        benefits_bps=card["benefitsBps"],
        background_benefits_bps=card["backgroundBenefitsBps"],
        dues_bps=card["duesBps"],
        levy_bps=card["levyBps"],
    )


def _extended(books: Books, event: IndexedEvent) -> None:
    books.licences[event.args["licenceId"]].expires = event.args["expires"]


def _licence_revoked(books: Books, event: IndexedEvent) -> None:
    books.licences[event.args["licenceId"]].revoked_at = event.timestamp


def _suspended(books: Books, event: IndexedEvent) -> None:
    books.licences[event.args["licenceId"]].suspended_at = event.timestamp


def _reinstated(books: Books, event: IndexedEvent) -> None:
    books.licences[event.args["licenceId"]].suspended_at = 0


def _trained(books: Books, event: IndexedEvent) -> None:
    books.licences[event.args["licenceId"]].runs[event.args["run"]] = False


def _retired(books: Books, event: IndexedEvent) -> None:
    books.licences[event.args["licenceId"]].runs[event.args["run"]] = True


# Grants


def _granted(books: Books, event: IndexedEvent) -> None:
    a, terms = event.args, event.args["terms"]
    licence = books.licences[a["licenceId"]]
    books.grants[a["grantId"]] = GrantBook(
        licence_id=a["licenceId"],
        production_id=licence.production_id,
        member_id=licence.member_id,
        scene_hash=a["sceneHash"],
        terms=terms,
        expires=terms["expires"],
        iterations_left=terms["maxIterations"],
        seconds_left=terms["maxSeconds"],
    )


def _grant_revoked(books: Books, event: IndexedEvent) -> None:
    grant = books.grants[event.args["grantId"]]
    grant.revoked = True
    grant.expires = min(grant.expires, event.timestamp)


def _grant_closed(books: Books, event: IndexedEvent) -> None:
    grant = books.grants[event.args["grantId"]]
    grant.closed = True
    # `counted_left` stays until the release that follows says how much it was.
    grant.iterations_left = grant.seconds_left = 0


def _used(books: Books, event: IndexedEvent) -> None:
    grant = books.grants[event.args["grantId"]]
    grant.iterations_left -= event.args["iterations"]
    grant.seconds_left -= event.args["outputSeconds"]
    grant.used = True


# Premiums


def _premium(books: Books, event: IndexedEvent) -> None:
    books.grants[event.args["grantId"]].premium = event.args["premium"]


def _arrears_owed(books: Books, event: IndexedEvent) -> None:
    _change_arrears(books, event, event.args["gross"])


def _arrears_less(books: Books, event: IndexedEvent) -> None:
    _change_arrears(books, event, -event.args["gross"])


def _change_arrears(books: Books, event: IndexedEvent, by: int) -> None:
    books.productions[event.args["productionId"]].arrears += by
    books.grants[event.args["grantId"]].arrears += by


HANDLERS: dict[str, Handler] = {
    "RateCardPublished": _card,
    "PayeesSet": _payees,
    "ModuleAdmitted": _module,
    "MemberEnrolled": _enrolled,
    "DelegateSet": _delegate,
    "KeyReplaced": _key_replaced,
    "StudioAdmitted": _studio,
    "ProductionRegistered": _registered,
    "BreakdownSet": _breakdown,
    "Rescheduled": _rescheduled,
    "PrimaryReporterSet": _primary_reporter,
    "ReporterSet": _reporter,
    "ProductionCancelled": _cancelled,
    "StrikeDeclared": _struck,
    "StrikeEnded": _strike_ended,
    "RecordPooled": _pooled,
    "RecordErased": _erased,
    "LicenceGranted": _licensed,
    "LicenceExtended": _extended,
    "LicenceRevoked": _licence_revoked,
    "LicenceSuspended": _suspended,
    "LicenceReinstated": _reinstated,
    "TrainingRunRecorded": _trained,
    "ModelRetired": _retired,
    "SceneGranted": _granted,
    "GrantRevoked": _grant_revoked,
    "GrantClosed": _grant_closed,
    "Used": _used,
    "SavingsStated": _premium,
    "SavingsRestated": _premium,
    "FloorStarted": _premium,
    "ArrearsOwed": _arrears_owed,
    "ArrearsCollected": _arrears_less,
    "ArrearsForgiven": _arrears_less,
}
