"""What a demo leaves in result.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from trust.audit import Report
from trust.chain.deployments import Deployment
from trust.demo.folder import CHANGED, CREDENTIAL, LABEL, LABEL_PNG, STAMPED
from trust.demo.made import Work
from trust.demo.proof import Logged, by_kind, check, require_kept
from trust.demo.show import Payday, Refusal, Show
from trust.views import Disclosure, Licence, Production, Statement, Totals


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What happened, as `result.json` has it: amounts in base units, times in Unix seconds, hashes in hex.

    `works` are registered assets in their order, `media` the stamped picture, `credit` the human-audit credit.
    `totals` come from the index and `logs` from the node's raw Transfer logs; `equal` says that they agree.
    `rpc_url` and `pid` are the chain's when it was kept.
    """

    screenplay: dict[str, Any]
    breakdown_root: str
    production: int
    deployment: dict[str, Any]
    counts: dict[str, int]
    refusals: list[dict[str, Any]]
    paydays: list[dict[str, Any]]
    retired_models: list[dict[str, int]]
    members: list[dict[str, Any]]
    writers: list[int]
    disclosures: list[dict[str, Any]]
    works: list[dict[str, Any]]
    media: dict[str, Any]
    credit: dict[str, Any]
    audit: dict[str, Any]
    totals: dict[str, Any]
    logs: dict[str, Any]
    equal: bool
    seconds: dict[str, float]
    rpc_url: str | None = None
    pid: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the index and the node say after the last act."""

    production: Production
    totals: Totals
    logged: Logged
    statements: tuple[Statement, ...]
    licences: tuple[Licence, ...]
    disclosures: tuple[Disclosure, ...]
    audit: Report

    def check(self) -> None:
        """Raises DemoFault or IndexFault unless every sum agrees with every other, and every promise was kept."""
        self.production.check()
        for statement in self.statements:
            statement.check()
        check(self.totals, self.logged, {s.wallet: s.paid_out for s in self.statements})
        require_kept(self.audit)


def result_of(show: Show, deployment: Deployment, found: Findings) -> DemoResult:
    """The result; `found` must have been checked."""
    script = show.screenplay
    paid, held = by_kind(found.totals)
    return DemoResult(
        screenplay={
            "title": script.title,
            "format": script.format.value,
            "sha256": script.sha256,
            "scenes": len(script.scenes),
        },
        breakdown_root="0x" + show.breakdown.root.hex(),
        production=show.production,
        deployment=asdict(deployment),
        counts={
            "members": len(show.players),
            "licences": len(found.licences),
            "grants": len(show.grants),
            "uses": found.production.uses,
            "refusals": len(show.refusals),
            "paydays": len(show.paydays),
            "writers": len(show.writers),
            "works": len(show.works),
        },
        refusals=[_refusal(refusal) for refusal in show.refusals],
        paydays=[_payday(payday) for payday in show.paydays],
        retired_models=list(_retired(found.licences)),
        members=[_member(show, statement) for statement in found.statements],
        writers=[writer.id for writer in show.writers],
        disclosures=[_disclosure(one) for one in found.disclosures],
        works=[_work(work) for work in show.works],
        media=_media(show),
        credit=_credit(show),
        audit=_audit(found.audit),
        totals={"in": found.totals.paid_in, "paid": paid, "held": held},
        logs={
            "in": found.logged.paid_in,
            "paid": found.logged.paid,
            "held": found.logged.held,
            "balance": found.logged.balance,
        },
        equal=True,
        seconds=dict(show.tell.seconds),
    )


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"tried": refusal.tried, "error": refusal.error.name, "fields": dict(refusal.error.fields)}


def _payday(payday: Payday) -> dict[str, Any]:
    return {
        "number": payday.number,
        "at": payday.at,
        "paid": {str(member): amount for member, amount in payday.to.items()},
        "held": {str(member): amount for member, amount in payday.held_back.items()},
    }


def _retired(licences: Iterable[Licence]) -> Iterable[dict[str, int]]:
    for licence in licences:
        for run in licence.runs:
            if run.retired_at is not None:
                yield {"licence": licence.licence_id, "run": run.run, "at": run.retired_at}


def _member(show: Show, statement: Statement) -> dict[str, Any]:
    (part,) = (part for part, player in show.players.items() if player.id == statement.member_id)
    return {
        "member": statement.member_id,
        "character": part.character,
        "lead": part == show.cast.lead,
        "wallet": statement.wallet,
        "net": statement.net,
        "paid": statement.paid_out,
        "owed": statement.owed_now,
        "still_to_come": statement.still_to_come,
    }


def _disclosure(one: Disclosure) -> dict[str, Any]:
    names = ("member_id", "kind", "material_hash", "disclosed_at", "late", "reply", "replied_at", "overdue")
    plain = one.as_json()
    return {name: plain[name] for name in names}


def _work(work: Work) -> dict[str, Any]:
    asset = work.asset
    return {
        "name": work.name,
        "id": "0x" + asset.id.hex(),
        "kind": asset.kind.name,
        "depth": work.numbers.depth,
        "since_human": work.numbers.since_human,
        "human_bps": sum(part.share_bps for part in asset.contributions),
        "machine_bps": sum(part.share_bps for part in asset.machines),
        "parents": ["0x" + parent.hex() for parent in asset.parents],
    }


def _media(show: Show) -> dict[str, Any]:
    picture = show.picture
    return {
        "file": STAMPED,
        "grant": picture.grant,
        "output_hash": "0x" + picture.output_hash.hex(),
        "transaction": picture.transaction,
        "verdict": picture.verdict.value,
        "changed": {"file": CHANGED, "verdict": picture.changed.value, "fault": picture.fault},
    }


def _credit(show: Show) -> dict[str, Any]:
    papers = show.papers
    return {
        "credit": papers.credit,
        "auditor": papers.auditor,
        "rules_version": papers.counted.rules_version,
        "counted_at_block": papers.counted.block,
        "human_led": papers.counted.counted(human_led=True),
        "machine_led": papers.counted.counted(human_led=False),
        "label": [LABEL, LABEL_PNG],
        "credential": {"file": CREDENTIAL, "verdict": papers.verdict},
        "forged": {"verdict": papers.forged, "fault": papers.fault},
        "block": papers.block,
        "block_hash": "0x" + papers.block_hash.hex(),
    }


def _audit(report: Report) -> dict[str, Any]:
    return {
        "clean": report.clean,
        "promises": len(report.checks),
        "facts": sum(one.facts for one in report.checks),
        "digest": report.digest,
    }
