"""trust provenance: who and what made an asset, and from what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trust.cli import dossier, parse, provenance_media, provenance_show, quality
from trust.cli.command import WRITE, argument, command, group, option
from trust.cli.params import ConsentFile
from trust.cli.session import Session
from trust.cli.show import Answer, Table, write_result
from trust.cli.written import write_whole
from trust.errors import InputError

if TYPE_CHECKING:
    from trust.provenance.asset import Asset
    from trust.provenance.batch import Opening

app = group("Provenance: who and what made an asset, from what, and how deep in machines' work it stands.")

Assets = Annotated[Path, argument("FILE", "Assets as JSON; docs/provenance.md shows one.")]
Secret = Annotated[
    Path | None, option("--salt-file", "FILE", "The production secret, where FILE names files with @.")
]


@command(app, "register", example="trust provenance register draft.json --salt-file production.salt",
         options=WRITE)  # fmt: skip
def register(session: Session, file: Assets, salt_file: Secret = None) -> Answer:
    """Register assets one by one, in the file's order. By the studio or its reporters. What is known is left out."""
    trust, made = session.sender, []
    lines: list[str | Table] = []
    for asset in _read(file, salt_file):
        if trust.provenance.get(asset.id)["form"]:
            made.append({"id": asset.id, "known": True})
            lines.append(f"0x{asset.id.hex()} was known already.")
            continue
        result = trust.provenance.register(asset, simulate=session.simulate)
        one = write_result(result, f"0x{asset.id.hex()} registered.", session.simulate, asset=asset.id)
        made.append({"known": False, **one.data})
        lines += one.body
    return Answer({"assets": made}, lines)


@command(app, "batch", example="trust provenance batch drafts.json --salt-file production.salt --out batch.json",
         options=WRITE)  # fmt: skip
def batch(
    session: Session,
    file: Assets,
    salt_file: Secret = None,
    out: Annotated[
        Path | None,
        option(
            "--out", "FILE", "Write the batch here, hashes in place of files: it proves each asset later."
        ),
    ] = None,
) -> Answer:
    """Commit to all assets of a file at once, under one root. Until one is proven, it counts as of maximum depth."""
    from trust.provenance.batch import Batch
    from trust.provenance.files import assets_file

    assets = Batch(_read(file, salt_file))
    if out is not None:
        # Before anything is sent: what can't be kept can't be proven.
        write_whole(out, assets_file(assets.assets).encode())
    result = session.sender.provenance.commit(assets, simulate=session.simulate)
    said = f"{len(assets.assets):,} assets committed under 0x{assets.root.hex()}. Keep {out or file}: it proves each."
    return write_result(result, said, session.simulate, root=assets.root, assets=len(assets.assets))


@command(app, "prove", example="trust provenance prove drafts.json --asset 0x... --out draft.proof.json",
         options=WRITE)  # fmt: skip
def prove(
    session: Session,
    file: Annotated[Path, argument("FILE", "The batch's assets, or a proof that --out wrote.")],
    asset: Annotated[
        bytes | None, option("--asset", "HASH", "Id of the asset in the batch.", parse.hash32)
    ] = None,
    out: Annotated[
        Path | None, option("--out", "FILE", "Write the proof here, and send nothing. Needs no network.")
    ] = None,
    salt_file: Secret = None,
) -> Answer:
    """Prove an asset of a batch: register it from its root, or write the proof for somebody to check."""
    opening = _opening(file, asset, salt_file)
    data: dict[str, Any] = {"id": opening.asset.id, "root": opening.root}
    if out is not None:
        from trust.provenance.files import opening_file

        write_whole(out, opening_file(opening).encode())
        return Answer(data | {"proof": list(opening.proof), "file": out}, [f"The proof is in {out}."])
    result = session.sender.provenance.prove(opening, simulate=session.simulate)
    said = f"0x{opening.asset.id.hex()} registered from its batch."
    return write_result(result, said, session.simulate, asset=opening.asset.id, root=opening.root)


@command(app, "bundle", example="trust provenance bundle 0x... 0x...", options=WRITE)
def bundle(
    session: Session,
    ids: Annotated[list[bytes] | None, argument("ID...", "Assets, batches or bundles.", parse.hash32)] = None,
    file: Annotated[Path | None, option("--file", "FILE", "Ids, one a line.")] = None,
) -> Answer:
    """Put known ids under one root, with the highest of their numbers: more than 16 parents, or a dataset."""
    from trust.provenance.asset import Form
    from trust.provenance.batch import bundle_root

    children = [*(ids or []), *(_ids(file) if file else [])]
    root = bundle_root(children)
    if session.reader.provenance.get(root)["form"] == Form.BUNDLE:
        data = {"known": True, "root": root, "children": len(children)}
        return Answer(data, [f"0x{root.hex()} was bundled already, with these ids."])
    result = session.sender.provenance.bundle(children, simulate=session.simulate)
    said = f"{len(children):,} ids bundled under 0x{root.hex()}."
    return write_result(result, said, session.simulate, known=False, root=root, children=len(children))


@command(app, "confirm", example="trust provenance confirm confirmation.json", options=WRITE)
def confirm(session: Session, file: ConsentFile) -> Answer:
    """Relay a member's ContributionConfirmation: the record of what they did is right."""
    signed = session.signed(file, "ContributionConfirmation")
    result = session.sender.provenance.confirm(signed, simulate=session.simulate)
    message = signed.consent.message
    said = f"Member {message['memberId']} confirmed their part in 0x{message['assetId'].hex()}."
    return write_result(result, said, session.simulate)


@command(app, "dispute", example="trust provenance dispute dispute.json", options=WRITE)
def dispute(session: Session, file: ConsentFile) -> Answer:
    """Relay a member's ContributionDispute: the record is wrong about them, or leaves them out."""
    signed = session.signed(file, "ContributionDispute")
    result = session.sender.provenance.dispute(signed, simulate=session.simulate)
    message = signed.consent.message
    said = f"Member {message['memberId']} disputed the record of 0x{message['assetId'].hex()}."
    return write_result(result, said, session.simulate)


def _read(file: Path, salt_file: Path | None) -> tuple[Asset, ...]:
    from trust.provenance.commitment import private_secret
    from trust.provenance.files import read_assets

    return read_assets(file, private_secret(salt_file) if salt_file else None)


def _opening(file: Path, asset: bytes | None, salt_file: Path | None) -> Opening:
    from trust.provenance.batch import Batch
    from trust.provenance.files import read_opening

    if asset is not None:
        return Batch(_read(file, salt_file)).opening(asset)
    opening = read_opening(file)
    if not opening.holds:
        raise InputError(
            f"The proof in {file} does not lead to its root.", hint="Make it again from the batch's file."
        )
    return opening


def _ids(file: Path) -> list[bytes]:
    from trust.provenance.commitment import read_content

    words = read_content(file).decode("utf-8", "replace").split()
    return [parse.hash32(word) for word in words]


provenance_show.register(app)
dossier.register(app)
quality.register(app)
provenance_media.register(app)
