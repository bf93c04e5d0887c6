"""Public answers: a production at a time, and nothing in them that says who a member is at another production.

A member appears as a licence's place in its production ("1-2": the second licence of production 1). Fields are let
through by name, so that a view's new field stays private until somebody decides otherwise. Left out are the numbers of
members and licences, wallets, transactions, and hashes that one member may have in common at several productions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from trust.api.refusals import NotFound
from trust.api.shapes import form
from trust.index import Index
from trust.index.sql import named
from trust.views import Deal, Licence, Pool, Production, Use, UsePage
from trust.views.licences import Change, Fee, TrainingRun
from trust.views.productions import GrantLine, LicenceLine

_QUERIES = named(Path(__file__).parent / "queries.sql")

_USE = (
    *(
        "grant_id",
        "pool_id",
        "production_id",
        "scene_hash",
        "asset_class",
        "replica_type",
        "kind",
        "iterations",
    ),
    *("units", "output_seconds", "used_at", "reported_at", "output_hash", "price", "gross"),
)
_LICENCE_LINE = ("state", "expires")
_GRANT_LINE = (
    *(
        "grant_id",
        "scene_hash",
        "not_before",
        "expires",
        "iterations_left",
        "seconds_left",
        "revoked",
        "closed",
    ),
    *("premium", "arrears"),
)
_PRODUCTION = (
    *(
        "production_id",
        "studio",
        "identifier_hash",
        "starts",
        "ends",
        "breakdown_root",
        "reporter",
        "cancelled_at",
    ),
    *(
        "on_strike",
        "funded",
        "taken_back",
        "spent",
        "free",
        "reserved",
        "benefits",
        "levy",
        "in_arrears",
        "arrears",
    ),
    *(
        "streaming_now",
        "still_to_stream",
        "licences",
        "grants",
        "pools",
        "uses",
        "iterations",
        "output_seconds",
    ),
    "now",
)
_LICENCE = (
    *("production_id", "studio", "state", "modalities", "training", "starts", "expires", "rate_card_version"),
    *("history", "runs", "fees", "fees_gross", "grants", "now"),
)
_POOL = (
    *(
        "pool_id",
        "production_id",
        "studio",
        "manager",
        "rate_card_version",
        "benefits_bps",
        "dues_bps",
        "levy_bps",
    ),
    *(
        "chunks",
        "seats",
        "units",
        "lumps",
        "charged",
        "streamed",
        "gross",
        "dues",
        "dues_waiting",
        "benefits",
        "levy",
    ),
    *(
        "net",
        "reserved",
        "paid",
        "held",
        "due",
        "undivided",
        "still_to_stream",
        "abandoned",
        "streams",
        "deal",
        "now",
    ),
)
_DEAL = (
    *(
        "kind",
        "scene_hash",
        "modalities",
        "price",
        "uses",
        "uses_left",
        "not_before",
        "expires",
        "signed",
        "revoked",
    ),
    *("retired", "closed", "unused"),
)
_CHANGE = ("what", "at", "expires")
_RUN = ("run", "recorded_at", "retired_at")
_FEE = ("kind", "at", "gross", "dues", "benefits", "levy")

Label = Annotated[str, Field(pattern="^[0-9]+-[0-9]+$")]
_LABEL = (Label, "The licence: production, and its place among the production's. It stands for the member.")
_LABEL_OR_NONE = (Label | None, f"{_LABEL[1]} Null for a crowd.")

PublicUse = form(Use, name="PublicUse", only=_USE, more={"licence": _LABEL_OR_NONE})
PublicUsePage = form(
    UsePage,
    name="PublicUsePage",
    more={
        "uses": (list[PublicUse], "In the order asked for."),  # type: ignore[valid-type]
        "next": (str | None, "The `after` of the next page; null at the end."),
    },
)
_LicenceLine = form(LicenceLine, name="PublicLicenceLine", only=_LICENCE_LINE, more={"licence": _LABEL})
_GrantLine = form(GrantLine, name="PublicGrantLine", only=_GRANT_LINE, more={"licence": _LABEL})
PublicProduction = form(
    Production,
    name="PublicProduction",
    only=_PRODUCTION,
    more={
        "licences": (list[_LicenceLine], "Licences, in the order in which they were bought."),  # type: ignore[valid-type]
        "grants": (list[_GrantLine], "Scene grants."),  # type: ignore[valid-type]
    },
)
_Deal = form(Deal, name="PublicDeal", only=_DEAL)
PublicPool = form(
    Pool,
    name="PublicPool",
    only=_POOL,
    more={"deal": (_Deal | None, "Terms that all who sit there signed; null if a studio seats them.")},
)
_Change = form(Change, name="PublicChange", only=_CHANGE)
_Run = form(TrainingRun, name="PublicTrainingRun", only=_RUN)
_Fee = form(Fee, name="PublicFee", only=_FEE)
PublicLicence = form(
    Licence,
    name="PublicLicence",
    only=_LICENCE,
    more={
        "licence": _LABEL,
        "history": (list[_Change], "What became of it, oldest first."),  # type: ignore[valid-type]
        "runs": (list[_Run], "Training runs."),  # type: ignore[valid-type]
        "fees": (list[_Fee], "Fees paid for it, oldest first."),  # type: ignore[valid-type]
    },
)


class Places:
    """The places of a production's licences, in the order in which they were bought."""

    def __init__(self, index: Index, production: int) -> None:
        self._production = production
        rows = index.rows(_QUERIES["licences"], {"production": production})
        self.licences = list(dict.fromkeys(int(row["licence_id"]) for row in rows))
        self._places = {licence: place for place, licence in enumerate(self.licences, 1)}

    def label(self, licence: int | None) -> str | None:
        """What the public knows a licence by."""
        return None if licence is None else f"{self._production}-{self._places[licence]}"

    def licence(self, place: int) -> int:
        """The licence's number. Raises NotFound."""
        if not 1 <= place <= len(self.licences):
            raise NotFound(
                f"Production {self._production} has no licence {place}.",
                hint=f"It has {len(self.licences)}: GET /productions/{self._production} lists them.",
            )
        return self.licences[place - 1]


def public_page(page: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """A page of uses for everybody."""
    uses = [_kept(use, _USE) | {"licence": places.label(use["licence_id"])} for use in page["uses"]]
    return {"uses": uses, "next": page["next"]}


def public_production(production: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """A production for everybody."""
    number = production["production_id"]
    licences = [
        _kept(line, _LICENCE_LINE) | {"licence": places.label(line["licence_id"])}
        for line in production["licences"]
    ]
    grants = [
        _kept(line, _GRANT_LINE) | {"licence": places.label(number << 24 | line["member_id"])}
        for line in production["grants"]
    ]
    return _kept(production, _PRODUCTION) | {"licences": licences, "grants": grants}


def public_licence(licence: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """A licence for everybody."""
    return _kept(licence, _LICENCE) | {
        "licence": places.label(licence["licence_id"]),
        "history": _each(licence["history"], _CHANGE),
        "runs": _each(licence["runs"], _RUN),
        "fees": _each(licence["fees"], _FEE),
    }


def public_pool(pool: Mapping[str, Any]) -> dict[str, Any]:
    """An ensemble pool for everybody."""
    return _kept(pool, _POOL) | {"deal": pool["deal"] and _kept(pool["deal"], _DEAL)}


def _kept(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _each(rows: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_kept(row, names) for row in rows]


def known_production(index: Index, production: int) -> None:
    """Raises NotFound unless it was registered."""
    if not index.rows(_QUERIES["production"], {"production": production}):
        raise NotFound(f"There is no production {production}.", hint="Check the number.")
