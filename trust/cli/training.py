"""trust training: what of a dataset is licensed, and proof of what went into a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse, training_declare, training_files
from trust.cli.audit_pack import FALSE, NOT_COMPARED, own_deployment
from trust.cli.command import FILE, INDEX, READ, argument, command, group, option
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, moment, print_answer, short
from trust.cli.written import read_file, require_free, write_whole
from trust.errors import InputError
from trust.model import LicenceId, PoolId, ProductionId

if TYPE_CHECKING:
    from trust.training.check import Checked
    from trust.training.membership import MembershipChecked

app = group("Training: which items of a dataset are licensed, and proof that an item went into a run.")
training_declare.register(app)
training_files.register(app)

#: What `check` exits with when not every item is licensed.
NOT_LICENSED = 7

_MOST_ROWS = 200

Dataset = Annotated[Path, argument("DATASET", "The manifest: .json, .csv or .parquet.")]
BundleSize = Annotated[
    int | None,
    typer.Option(
        "--bundle-size",
        min=2,
        help="The dataset was bundled ascending, in parts of at most so many, and their roots again.",
    ),
]
BlockHash = Annotated[
    bytes | None, option("--block-hash", "HASH", "The block's hash from a source of yours.", parse.hash32)
]


@command(
    app, "check", example="trust training check dataset.csv --production 1 --at 2026-07-01", options=INDEX
)
def check(
    session: Session,
    dataset: Dataset,
    production: Annotated[ProductionId, option("--production", "NUMBER", "Who trains.", parse.production)],
    at: Annotated[
        int | None, option("--at", "TIME", "When; else the index's last block.", parse.when)
    ] = None,
    use: Annotated[
        str,
        option(
            "--use",
            "USE",
            "CAWG's name of the use: cawg.ai_generative_training, cawg.ai_training, "
            "cawg.ai_inference or cawg.data_mining.",
        ),
    ] = "cawg.ai_generative_training",
    archive: Annotated[
        list[Path] | None,
        typer.Option(
            "--archive", metavar="FILE", help="List of a declared archive's items. May be repeated."
        ),
    ] = None,
    bundle_size: BundleSize = None,
) -> None:
    """Say of each item whether the production may train on it, and whose word that rests on.

    LICENSED, EXPIRED, NOT_ALLOWED, CONSTRAINED (it says by what) or UNKNOWN. Exits with 0 when every item is licensed,
    else with 7. An archive that neither the manifest nor --archive names can't be seen.
    """
    from trust.training.check import check as judge
    from trust.training.manifest import read_manifest

    items = read_manifest(dataset)
    archives = [read_manifest(path) for path in archive or ()]
    found = judge(
        session.index, items, production, use=use, at=at, archives=archives, bundle_size=bundle_size
    )
    print_answer(Answer(_plain(found), _said(found)), session.as_json)
    if not found.licensed:
        raise typer.Exit(NOT_LICENSED)


@command(
    app,
    "prove",
    example="trust training prove dataset.csv 0x5c1f... --licence 1/7 --out membership.json",
    options=READ,
)
def prove(
    session: Session,
    dataset: Dataset,
    item: Annotated[bytes, argument("ITEM", "The item's commitment.", parse.hash32)],
    licence: Annotated[
        LicenceId | None, option("--licence", "LICENCE", "Whose run, as PRODUCTION/MEMBER.", parse.licence)
    ] = None,
    pool: Annotated[
        PoolId | None, option("--collective-licence", "NUMBER", "Or the collective licence's.", parse.pool)
    ] = None,
    run: Annotated[
        int | None, typer.Option("--run", min=1, metavar="NUMBER", help="Else the latest on this dataset.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the proof goes.")] = Path(
        "membership.json"
    ),
    bundle_size: BundleSize = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> Answer:
    """Write proof that an item went into a recorded training run; it is checked without a node."""
    import msgspec

    from trust.training.manifest import read_manifest
    from trust.training.membership import RunOf, prove_membership

    if (licence is None) == (pool is None):
        raise InputError("Whose run is meant?", hint="Give --licence or --collective-licence, one of them.")
    require_free(out, force=force)
    items = read_manifest(dataset)
    of = RunOf(licence, pool, run)
    made = prove_membership(session.reader.node, session.deployment, items, item, of, bundle_size)
    write_whole(out, msgspec.json.format(msgspec.json.encode(made)) + b"\n", force=force)
    data = {"file": str(out), "item": item, "dataset_root": made.dataset_root, "run": made.run}
    data |= {"licence_id": made.licence_id, "pool_id": made.pool_id}
    said = {"Wrote": out, "Item": made.item, "Dataset": made.dataset_root, "Run": _run(made)}
    return Answer(data, [*facts(said), f"Check it: trust training verify {out} --block-hash HASH"])


@command(
    app,
    "verify",
    example="trust training verify membership.json --block-hash 0x5c1f... --deployment deployment.json",
    options=FILE,
)
def verify(
    session: Session,
    proof: Annotated[Path, argument("PROOF", "The file that `trust training prove` wrote.")],
    block_hash: BlockHash = None,
) -> None:
    """Check a proof of membership without a node, against a block hash and a deployment file of your own.

    Exits with 0 when it is proven, 7 when something in it is false, and 8 when all in it fits together but the block
    hash or the deployment was not given to compare.
    """
    from trust.training.membership import check_membership, read_membership

    told = read_membership(read_file(proof))
    trusted = (block_hash,) if block_hash else ()
    checked = check_membership(told, trusted, own_deployment(session))
    print_answer(Answer(_checked_plain(checked), _checked_said(checked)), session.as_json)
    code = {"proven": 0, "false": FALSE, "consistent": NOT_COMPARED}[checked.verdict]
    if code:
        raise typer.Exit(code)


def _plain(found: Checked) -> dict[str, Any]:
    items = [
        {
            "item": one.item.item,
            "name": one.item.name,
            "where": one.item.where,
            "verdict": one.verdict,
            "why": one.why,
            "member": one.member,
        }
        for one in found.items
    ]
    return {
        "production": found.production,
        "use": found.use,
        "at": found.at,
        "dataset_root": found.root,
        "licensed": found.licensed,
        "counts": found.counts,
        "runs": [run.as_json() for run in found.runs],
        "items": items,
    }


def _said(found: Checked) -> list[str | Table]:
    head = facts(
        {
            "Production": found.production,
            "Use": found.use,
            "At": moment(found.at),
            "Dataset": "0x" + found.root.hex(),
            "Items": f"{len(found.items):,}",
            **{str(verdict): f"{count:,}" for verdict, count in found.counts.items() if count},
        }
    )
    runs = [f"Recorded as a run of {_run(run)} at {moment(run.timestamp)}." for run in found.runs]
    bad = [one for one in found.items if one.verdict != "LICENSED"]
    shown = bad[:_MOST_ROWS] or list(found.items[:_MOST_ROWS])
    rows = [(one.item.name or short(one.item.item), one.verdict, one.why) for one in shown]
    left = len(bad or found.items) - len(shown)
    more = [f"and {left:,} more; --json lists all."] if left else []
    verdict = "Every item is licensed." if found.licensed else f"{len(bad):,} items are not licensed."
    return [*head, *runs, "", Table(("Item", "Verdict", "Why"), rows), *more, "", verdict]


def _run(run: Any) -> str:
    if run.licence_id is None:
        return f"collective licence {run.pool_id}"
    return f"licence {run.licence_id >> 24}/{run.licence_id & 0xFFFFFF}, number {run.run}"


def _checked_plain(checked: MembershipChecked) -> dict[str, Any]:
    from dataclasses import asdict

    compare = [{"block": checked.compare[0], "hash": checked.compare[1]}] if checked.compare else []
    return asdict(checked) | {"verdict": str(checked.verdict), "compare": compare}


def _checked_said(checked: MembershipChecked) -> list[str | Table]:
    about = f"item {'0x' + checked.item.hex()} went into the run of {_run(checked)}"
    if checked.verdict == "false":
        return ["False: this doesn't show that the " + about + ".", *checked.faults]
    at = f", recorded at {moment(checked.recorded_at or 0)}"
    if checked.verdict == "proven":
        return [f"Proven: {about}{at}."]
    said: list[str | Table] = [f"Consistent with itself, not yet anchored: {about}{at}."]
    if checked.compare:
        number, block_hash = checked.compare
        said.append(f"Compare block {number}, hash {block_hash}, with a source of yours: --block-hash HASH.")
    if not checked.deployment:
        said.append("Give the deployment's file from a source of yours: --deployment FILE.")
    return said
