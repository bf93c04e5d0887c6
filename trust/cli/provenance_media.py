"""trust provenance stamp, check, certificate: media that name the grant they were made under."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import INDEX, argument, command, option
from trust.cli.scene import scene_proof
from trust.cli.session import Session
from trust.cli.show import Answer, facts, moment, print_answer, spoken
from trust.errors import InputError
from trust.model import GrantId

if TYPE_CHECKING:
    from trust.index import Index
    from trust.media import Checked, Mining, SigningKey
    from trust.media.certificates import Chain
    from trust.media.grounds import Standing

_CLOCKS_BEHIND = timedelta(minutes=5)
_CHECK = "trust provenance check take.stamped.mp4 --trust trust.pem"
_STAMP = (
    "trust provenance stamp take.mp4 --grant 3 --certificate signing.pem --key signing.key"
    " --password-file password"
)
_CHAIN = ("rpc", *INDEX)

Media = Annotated[Path, argument("FILE", "A JPEG, PNG, WAV or MP4 file.")]
Granted = Annotated[GrantId, option("--grant", "NUMBER", "The grant it was made under.", parse.grant)]
Certificate = Annotated[
    Path, option("--certificate", "FILE", "The signer's certificate and its issuers, PEM.")
]
Key = Annotated[
    str, option("--key", "KEY", "PEM file, or pkcs11:token=LABEL;object=LABEL?module-path=FILE (RFC 7512).")
]
Usage = Annotated[
    bytes | None,
    option("--usage", "HASH", "The use's transaction, if several report this file.", parse.hash32),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Else FILE with .stamped before its ending.")
]
Scene = Annotated[bytes | None, option("--scene", "HASH", "The scene it is meant for.", parse.hash32)]
Proof = Annotated[
    Path | None,
    option(
        "--proof", "FILE", "Shows the scene in the breakdown: what `trust screenplay proof --json` printed."
    ),
]
Moment = Annotated[
    int | None, option("--at", "TIME", "Instead of now, a moment after the index's last block.", parse.when)
]
AtUse = Annotated[
    bool, typer.Option("--at-use", help="Judge the grant at the time of the use only, whatever came later.")
]


def _mining(text: str) -> Mining:
    from trust.media import Mining

    entry, _, rest = text.partition("=")
    value, _, constraints = rest.partition(":")
    return Mining(entry.strip().replace("-", "_"), value.strip(), constraints.strip())


MiningEntries = Annotated[
    list[Any] | None,
    option(
        "--mining",
        "ENTRY=VALUE",
        "CAWG: data_mining, ai_inference, ai_generative_training or ai_training; allowed, notAllowed or "
        "constrained:WORDS. Else notAllowed. May be repeated.",
        _mining,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "stamp", example=_STAMP, options=(*_CHAIN, "password_file"))(stamp)
    command(app, "check", example=_CHECK, options=(*_CHAIN, "anchors"))(check)
    example = 'trust provenance certificate --name "My studio" --out keys --password-file password'
    command(app, "certificate", example=example, options=("password_file",))(certificate)


def stamp(
    session: Session,
    file: Media,
    grant: Granted,
    certificate: Certificate,
    key: Key,
    usage: Usage = None,
    mining: MiningEntries = None,
    out: Out = None,
) -> Answer:
    """Write a copy of FILE that says, signed, which use of which grant made it (C2PA).

    The use must have been reported with this very file as its output (`trust usage record --output @FILE`), and the
    index must know of it. FILE stays as it is, and nothing is overwritten.
    """
    from trust.media import read_chain
    from trust.media import stamp as write

    place = out or file.with_suffix(f".stamped{file.suffix}")
    chain = read_chain(certificate)
    with _index(session) as index, _key(session, key, chain) as signing:
        made = write(index, file, place, grant, signing, chain, usage=usage, mining=mining or ())
    lines = {
        "Wrote": f"{made.path}, {made.size:,} bytes",
        "Grant": f"{grant}, production {made.statement.production_id}",
        "Scene": made.statement.scene_hash,
        "Use": f"{spoken(made.use.kind)}, {moment(made.use.used_at)}",
        "Transaction": made.statement.usage_transaction,
        "Source": made.source,
    }
    data = {"file": made.path, "bytes": made.size, "source": made.source, "statement": asdict(made.statement)}
    return Answer(data, facts(lines))


def check(
    session: Session,
    file: Media,
    scene: Scene = None,
    proof: Proof = None,
    at: Moment = None,
    at_use: AtUse = False,
) -> None:
    """Check a stamped file: every byte, the signature and its certificate, then the grant on the chain.

    \b
    Exits with, the gravest first:
      21 TAMPERED     something in the file was changed
      22 UNSTAMPED    no stamp, or it was stripped
      23 UNTRUSTED    signed by nobody whom the trust list vouches for
      24 NO_LICENCE   the chain knows no such grant or use, or it was suspended or struck
      25 WRONG_SCENE  the grant is for another scene
      26 REVOKED      the member revoked the grant or the licence
      27 EXPIRED      the grant or licence ended, or the production was cancelled
       0 VALID        none of these, at the time of the use and now
    """
    from trust.media import check as examine
    from trust.media import read_anchors

    anchors = read_anchors(session.settings.anchors_file)
    siblings = scene_proof(proof, None, None, None)[0] if proof is not None else None
    now = at if at is not None else int(datetime.now(UTC).timestamp())
    with _index(session) as index:
        found = examine(index, file, anchors, now=now, only_use=at_use, scene=scene, proof=siblings)
    print_answer(Answer(_plain(found), _said(found)), session.as_json)
    if found.verdict.exit_code:
        raise typer.Exit(found.verdict.exit_code)


def certificate(
    session: Session,
    name: Annotated[str, option("--name", "NAME", "Whose it is.")] = "Test studio",
    out: Annotated[Path, option("--out", "FOLDER", "Where the three files go.")] = Path(),
    days: Annotated[int, typer.Option("--days", min=1, max=3_650, help="How long it lasts.")] = 365,
) -> Answer:
    """Make a certificate to try stamps with: signing.pem, signing.key under a password, and trust.pem for checkers.

    It vouches for nobody: for real work, have a certificate issued that others trust.
    """
    from trust.media import make_certificate

    files = {name: out / name for name in ("signing.pem", "signing.key", "trust.pem")}
    for path in files.values():
        if path.exists():
            raise InputError(f"There is a file {path} already.", hint="Give another --out.")
    made = make_certificate(name, datetime.now(UTC) - _CLOCKS_BEHIND, days)
    key = made.key(session.password("Password of the new key", confirm=True))
    _write_new({files["signing.pem"]: made.chain.encode(), files["signing.key"]: key,
                files["trust.pem"]: made.root.encode()})  # fmt: skip
    lines = {
        "Certificate": f"{files['signing.pem']}, of {name}",
        "Key": f"{files['signing.key']}, under the password",
        "For --trust": files["trust.pem"],
    }
    data = {name.replace(".", "_"): path for name, path in files.items()} | {"name": name, "days": days}
    return Answer(data, facts(lines))


@contextmanager
def _index(session: Session) -> Iterator[Index]:
    """The index; without one, the chain itself is read, each block checked against its receipts root."""
    from trust.index import Index

    where = session.settings.index
    if not session.settings.has_rpc or not isinstance(where, Path) or where.exists():
        yield session.index
        return
    with Index(":memory:", session.deployment, session.reader.node) as index:
        with session.busy("Reading the chain..."):
            index.sync(verify=True)
        yield index


@contextmanager
def _key(session: Session, key: str, chain: Chain) -> Iterator[SigningKey]:
    from trust.media import TOKEN, pem_key, token_key

    if key.startswith(TOKEN):
        with token_key(key, chain, lambda: session.password("PIN of the token")) as signing:
            yield signing
    else:
        yield pem_key(Path(key), chain, lambda: session.password(f"Password of {key}"))


def _write_new(files: dict[Path, bytes]) -> None:
    """All or none; nobody else may read them."""
    done: list[Path] = []
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            done.append(path)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
    except OSError as cause:
        for path in done:
            path.unlink(missing_ok=True)
        raise InputError(f"{path} can't be written: {cause.strerror}.", hint="Give another --out.") from cause


def _plain(found: Checked) -> dict[str, Any]:
    data = asdict(found)
    return {
        "file": found.path,
        "verdict": str(found.verdict),
        "exit_code": found.verdict.exit_code,
        **{name: value for name, value in data.items() if name not in ("path", "verdict", "mining")},
        "mining": dict(found.mining),
    }


def _said(found: Checked) -> list[str]:
    said = [f" {'+' if one.verdict == 'VALID' else 'x'} {one.words}" for one in found.findings]
    lines: dict[str, object] = {}
    if found.statement is not None:
        lines |= {
            "Grant": f"{found.statement.grant_id}, production {found.statement.production_id}",
            "Scene": found.statement.scene_hash,
            "Source": found.source or "not stated",
            "Training and mining": ", ".join(f"{name} {value}" for name, value in found.mining)
            or "not stated",
        }
    lines |= _standing("At the use", found.at_use) | _standing("Now", found.now)
    if found.block is not None:
        proven = f", proven by receipts up to {found.proven:,}" if found.proven is not None else ""
        lines["Chain read up to"] = f"block {found.block:,}{proven}"
    return [f"{found.verdict}: {found.path}", "", *said, "", *facts(lines)]


def _standing(name: str, standing: Standing | None) -> dict[str, object]:
    if standing is None:
        return {}
    since = f" since {moment(standing.since)}" if standing.since is not None else ""
    return {name: f"{spoken(standing.state)}{since} ({moment(standing.at)})"}
