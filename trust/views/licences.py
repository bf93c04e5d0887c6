"""One licence: its terms, what became of it, its training runs and fees."""

from __future__ import annotations

from dataclasses import dataclass

from trust.errors import InputError
from trust.index import Index
from trust.index.books import LicenceBook, ProductionBook
from trust.views.base import CHARGES, QUERIES, View, modality_names, moment


@dataclass(frozen=True, slots=True)
class Change(View):
    """One change of a licence. `expires` is its end from then on, where the change set it."""

    what: str
    at: int
    expires: int | None
    reason_hash: bytes | None
    tx_hash: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class TrainingRun(View):
    """A training run; `retired_at` is None until the model's retirement is attested."""

    run: int
    dataset_root: bytes
    model_hash: bytes
    recorded_at: int
    retired_at: int | None
    evidence_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Fee(View):
    """A fee paid for the licence, in base units; benefits and levy came on top."""

    kind: str
    at: int
    gross: int
    dues: int
    benefits: int
    levy: int
    tx_hash: bytes


@dataclass(frozen=True, slots=True)
class Licence(View):
    """A licence as it stands at `now`. `state` is a name of ILicences.State."""

    licence_id: int
    production_id: int
    member_id: int
    studio: str
    state: str
    modalities: tuple[str, ...]
    training: bool
    starts: int
    expires: int
    terms_hash: bytes
    rate_card_version: int
    history: tuple[Change, ...]
    runs: tuple[TrainingRun, ...]
    fees: tuple[Fee, ...]
    fees_gross: int
    grants: tuple[int, ...]
    now: int


def licence(index: Index, licence_id: int, now: int | None = None) -> Licence:
    """The licence at `now` (Unix seconds; None is the index's last block). Raises InputError if unknown."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        book = books.licences.get(licence_id)
        if book is None:
            raise InputError(f"There is no licence {licence_id}.", hint="Check the number.")
        production = books.productions[book.production_id]
        fees = _fees(index, licence_id)
        return Licence(
            licence_id=licence_id,
            production_id=book.production_id,
            member_id=book.member_id,
            studio=production.studio,
            state=state_of(book, production, now),
            modalities=modality_names(book.modalities),
            training=book.training,
            starts=book.starts,
            expires=book.expires,
            terms_hash=book.terms_hash,
            rate_card_version=book.version,
            history=_history(index, licence_id, book.production_id),
            runs=_runs(index, licence_id),
            fees=fees,
            fees_gross=sum(fee.gross for fee in fees),
            grants=tuple(n for n, grant in books.grants.items() if grant.licence_id == licence_id),
            now=now,
        )


def state_of(book: LicenceBook, production: ProductionBook, now: int) -> str:
    """The state as Licences.stateOf gives it."""
    if book.revoked_at:
        return "REVOKED"
    if production.cancelled_at is not None:
        return "PRODUCTION_CANCELLED"
    if book.suspended_at:
        return "SUSPENDED"
    if now >= book.expires:
        return "EXPIRED"
    return "NOT_YET" if now < book.starts else "ACTIVE"


def _history(index: Index, licence_id: int, production_id: int) -> tuple[Change, ...]:
    rows = index.rows(QUERIES["licence_events"], {"licence": licence_id})
    rows += index.rows(QUERIES["cancellation"], {"production": production_id})
    rows.sort(key=lambda row: (row["block_number"], row["log_index"]))
    return tuple(
        Change(
            what=row["name"],
            at=row["timestamp"],
            expires=row["expires"],
            reason_hash=row["reason_hash"],
            tx_hash=row["tx_hash"],
            block_number=row["block_number"],
        )
        for row in rows
    )


def _runs(index: Index, licence_id: int) -> tuple[TrainingRun, ...]:
    rows = index.rows(QUERIES["training_runs"], {"licence": licence_id})
    return tuple(TrainingRun(**dict(row)) for row in rows)


def _fees(index: Index, licence_id: int) -> tuple[Fee, ...]:
    # `ref` alone won't do: a grant may have the same number.
    rows = index.rows(QUERIES["charges"], {"production": None, "member": None, "licence": licence_id})
    return tuple(
        Fee(
            kind=CHARGES[row["kind"]],
            at=row["timestamp"],
            gross=row["gross"],
            dues=row["dues"],
            benefits=row["benefits"],
            levy=row["levy"],
            tx_hash=row["tx_hash"],
        )
        for row in rows
    )
