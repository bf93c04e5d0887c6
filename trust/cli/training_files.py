"""trust training list, root: manifests of a folder's files, and the root that a member declares. No chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trust.cli.command import argument, command
from trust.cli.params import SaltFile
from trust.cli.session import Session
from trust.cli.show import Answer, facts
from trust.cli.written import require_free, write_whole

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the manifest goes, as .json.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    listed = "trust training list scans --salt-file archive.salt --out archive.json"
    command(app, "list", example=listed)(list_folder)
    command(app, "root", example="trust training root archive.json --out archive.proofs.json")(root)


def list_folder(
    session: Session,
    folder: Annotated[Path, argument("FOLDER", "The items' files.")],
    salt_file: SaltFile,
    out: Out,
    force: Force = False,
) -> Answer:
    """Write a manifest of a folder's files: a salted commitment for each, which tells nothing of it.

    Ascending, so that its root is also that of the bundle that a training run with a cap on depth needs.
    """
    from trust.provenance.commitment import private_secret
    from trust.training.folder import commit_folder, manifest_file
    from trust.training.tree import dataset

    require_free(out, force=force)
    items = commit_folder(folder, private_secret(salt_file))
    write_whole(out, manifest_file(items), force=force)
    found = dataset(one.item for one in items).root
    data = {"file": str(out), "items": len(items), "root": found}
    return Answer(data, facts({"Wrote": out, "Items": f"{len(items):,}", "Root": "0x" + found.hex()}))


def root(
    session: Session,
    dataset: Annotated[Path, argument("DATASET", "The manifest: .json, .csv or .parquet.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the same items here with their proofs, as .json."),
    ] = None,
    force: Force = False,
) -> Answer:
    """Show the root over a manifest's items, in their order: what a member declares, or a training run records."""
    from trust.training.folder import manifest_file, with_proofs
    from trust.training.manifest import read_manifest
    from trust.training.tree import dataset as tree

    items = read_manifest(dataset)
    found = tree(one.item for one in items).root
    told: dict[str, object] = {"Root": "0x" + found.hex(), "Items": f"{len(items):,}"}
    if out is not None:
        write_whole(out, manifest_file(with_proofs(items)), force=force)
        told["Wrote"] = out
    data = {"root": found, "items": len(items), "file": str(out) if out else None}
    return Answer(data, facts(told))
