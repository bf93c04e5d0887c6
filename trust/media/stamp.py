"""Writing a stamp."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from trust.errors import InputError
from trust.index import Index
from trust.media.carriers import Damaged, Format, detect
from trust.media.carriers.carrier import keccak_of, span
from trust.media.certificates import Chain
from trust.media.keys import SigningKey
from trust.media.manifest import SOURCE_OF_KIND, Mining, context, definition
from trust.media.seal import read_seal
from trust.media.statement import GrantStatement
from trust.views.base import USE_KINDS
from trust.views.grant_facts import GrantFacts, GrantState, GrantUse, grant_facts, uses_of

if TYPE_CHECKING:
    import c2pa


@dataclass(frozen=True, slots=True)
class Stamped:
    """What was written, and what it says."""

    path: Path
    size: int
    statement: GrantStatement
    use: GrantUse
    source: str


def stamp(
    index: Index,
    path: Path,
    out: Path,
    grant_id: int,
    key: SigningKey,
    chain: Chain,
    *,
    usage: bytes | None = None,
    mining: Sequence[Mining] = (),
) -> Stamped:
    """Write `path` with a stamp to `out`, whole or not at all, and read it back.

    The use is the one of the grant that reports keccak256 of the file as its output; `usage` is its transaction,
    needed when there are several. Raises InputError: the file or the use can't be stamped, or `out` is there.
    """
    if out.exists() or out.is_symlink():
        raise InputError(f"There is a file {out} already.", hint="Give another --out.")
    format, size = detect(path)
    if out.suffix.lower() not in format.suffixes:
        raise InputError(
            f"A {format.name} file is to be written as {out.name}.", hint=f"End it in {format.suffixes[0]}."
        )
    output_hash = _unstamped(path, format, size)
    use = _use(index, path, grant_id, output_hash, usage)
    facts = _in_force(index, use)
    statement = GrantStatement(
        chain_id=index.deployment.chain_id,
        contract=index.deployment.address("UsageLedger"),
        grant_id=grant_id,
        production_id=facts.production_id,
        scene_hash=_hex(facts.scene_hash),
        usage_transaction=_hex(use.tx_hash),
        output_hash=_hex(output_hash),
    )
    source = SOURCE_OF_KIND[USE_KINDS.index(use.kind)]
    size = _write(path, out, format, _Job(statement, source, tuple(mining), key, chain))
    return Stamped(out, size, statement, use, source)


@dataclass(frozen=True, slots=True)
class _Job:
    statement: GrantStatement
    source: str
    mining: tuple[Mining, ...]
    key: SigningKey
    chain: Chain


def _unstamped(path: Path, format: Format, size: int) -> bytes:
    """The file's hash. Raises InputError for one with credentials."""
    with path.open("rb") as file:
        try:
            carried = format.find(file, size) is not None
        except Damaged as cause:
            raise InputError(f"{path} can't be stamped. {cause}", hint="Export it again.") from cause
        if carried:
            raise InputError(
                f"{path} carries credentials already.",
                hint="Stamp the file as the use reported it, without any.",
            )
        return keccak_of(span(file, 0, size))


def _use(index: Index, path: Path, grant_id: int, output_hash: bytes, usage: bytes | None) -> GrantUse:
    found = uses_of(index, grant_id, output_hash)
    if usage is not None:
        found = tuple(use for use in found if use.tx_hash == usage)
    if not found:
        where = f"Transaction {_hex(usage)} has no" if usage is not None else "There is no"
        raise InputError(
            f"{where} use of grant {grant_id} whose output is {path}.",
            hint=f"Report it first (`trust usage record {grant_id} --output @{path}`), and sync the index.",
        )
    if len({use.tx_hash for use in found}) > 1:
        listed = ", ".join(_hex(use.tx_hash) for use in found)
        raise InputError(f"Several uses report {path}: {listed}.", hint="Choose one with --usage.")
    return found[0]


def _in_force(index: Index, use: GrantUse) -> GrantFacts:
    facts = grant_facts(index, use.grant_id, before=use.place)
    assert facts is not None, "the contracts record uses of grants only"
    state = facts.state(use.used_at)
    if state is not GrantState.IN_FORCE:
        raise InputError(
            f"Grant {use.grant_id} was {state.lower().replace('_', ' ')} at the time of the use.",
            hint="Ask the member for a grant that covers it.",
        )
    return facts


def _write(path: Path, out: Path, format: Format, job: _Job) -> int:
    """Sign into a file beside `out`, check what is there, and only then give it the name."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.stem}-", suffix=out.suffix, dir=out.parent)
    except OSError as cause:
        raise InputError(f"{out} can't be written: {cause.strerror}.", hint="Give another --out.") from cause
    draft = Path(name)
    try:
        with os.fdopen(handle, "w+b") as written:
            _sign(path, written, format, job)
            written.flush()
            os.fsync(written.fileno())
        size = draft.stat().st_size
        _require_sound(draft, size, format, job)
        draft.chmod(0o644)
        _name(draft, out)
        return size
    except FileExistsError as cause:
        raise InputError(f"There is a file {out} already.", hint="Give another --out.") from cause
    except OSError as cause:
        raise InputError(f"{out} can't be written: {cause.strerror}.", hint="Give another --out.") from cause
    finally:
        draft.unlink(missing_ok=True)


def _name(draft: Path, out: Path) -> None:
    """Unlike a rename, never over another file."""
    try:
        os.link(draft, out)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        out.touch(exist_ok=False)
        draft.replace(out)


def _sign(path: Path, written: object, format: Format, job: _Job) -> None:
    import c2pa

    manifest = definition(job.statement, job.source, job.mining, version("likeness-trust"))
    failures: list[BaseException] = []

    def sign(data: bytes) -> bytes:
        try:
            return job.key.sign(data)
        except BaseException as failure:  # c2pa would only say that signing failed
            failures.append(failure)
            return b""

    try:
        with (
            path.open("rb") as source,
            context(None) as settings,
            _signer(sign, job.chain) as signer,
            c2pa.Builder(manifest, settings) as builder,
        ):
            builder.sign(signer, format.mime, source, written)
    except c2pa.C2paError as cause:
        if failures:
            raise failures[0] from cause
        words = " ".join(str(cause).split())
        raise InputError(
            f"{path} can't be stamped: {words}.", hint="Check that it plays, or export it again."
        ) from cause


def _signer(sign: object, chain: Chain) -> c2pa.Signer:
    import c2pa

    algorithm = getattr(c2pa.C2paSigningAlg, chain.scheme.name)
    return c2pa.Signer.from_callback(sign, algorithm, chain.pem)


def _require_sound(draft: Path, size: int, format: Format, job: _Job) -> None:
    """What was written must stand its own check, byte for byte."""
    seal = read_seal(draft, format, size, job.chain.pem)
    if seal.distrust:
        raise InputError(
            "The certificate can't sign stamps. " + " ".join(seal.distrust),
            hint="C2PA asks for a signer's certificate and the one that vouches for it, in that order.",
        )
    if seal.faults or seal.statement != job.statement:
        raise InputError(
            "The stamped file wouldn't stand its own check: " + " ".join(seal.faults),
            hint=f"This layout of {format.name} (fragmented, or broken) can't be stamped: export or remux it plainly.",
        )


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
