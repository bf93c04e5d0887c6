"""Checking a stamped file: the file and its signature, then the grant and the use on the chain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trust.index import Index
from trust.media.carriers import detect
from trust.media.findings import Finding, Findings
from trust.media.grounds import Grounds, Standing, examine
from trust.media.seal import Seal, SealSigner, read_seal
from trust.media.statement import GrantStatement
from trust.media.verdict import Verdict
from trust.views.grant_facts import GrantUse


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file came to. `findings` say why, in plain words and in the order in which they were made.

    `statement` is what the stamp says; `use` and the two standings are what the chain says, None where it wasn't asked
    or knows nothing. `block` is the last one in the index, `proven` the last that its receipts prove.
    """

    path: Path
    format: str
    size: int
    verdict: Verdict
    findings: tuple[Finding, ...]
    signer: SealSigner | None
    source: str
    mining: tuple[tuple[str, str], ...]
    statement: GrantStatement | None
    use: GrantUse | None
    at_use: Standing | None
    now: Standing | None
    block: int | None
    proven: int | None


def check(
    index: Index,
    path: Path,
    anchors: str,
    *,
    now: int | None = None,
    only_use: bool = False,
    scene: bytes | None = None,
    proof: tuple[bytes, ...] | None = None,
) -> Checked:
    """Check a file against the chain as the index has it, writing nothing and asking no network.

    `anchors` are the certificates to trust, PEM. The grant is judged at the time of the use and at `now` (Unix seconds;
    None is the index's last block), with `only_use` not at `now`. `scene` is what the file is meant for, `proof` shows
    that scene in the breakdown. Raises InputError for a file that can't be checked, IndexFault for an empty index.
    """
    format, size = detect(path)
    seal = read_seal(path, format, size, anchors)
    found, grounds, status = Findings(), Grounds(), index.status()
    if _sealed(seal, found) and seal.statement is not None:
        with index.reading():
            grounds = examine(
                index, seal.statement, found, now=now, only_use=only_use, scene=scene, proof=proof
            )
    return Checked(
        path=path,
        format=format.name,
        size=size,
        verdict=found.verdict,
        findings=found.all,
        signer=seal.signer,
        source=seal.source,
        mining=seal.mining,
        statement=seal.statement,
        use=grounds.use,
        at_use=grounds.at_use,
        now=grounds.now,
        block=status.block,
        proven=status.proven,
    )


def _sealed(seal: Seal, found: Findings) -> bool:
    """Whether the stamp is whole and by somebody who is trusted, so that what it says counts."""
    if not seal.stamped:
        found.add(Verdict.UNSTAMPED, "The file carries no stamp. It never had one, or it was stripped.")
        return False
    for fault in seal.faults:
        found.add(Verdict.TAMPERED, fault)
    if seal.faults:
        return False
    if seal.statement is None:
        found.add(Verdict.UNSTAMPED, "The file carries credentials, but they name no grant.")
        return False
    found.note("Every byte is as it was stamped, and the signature fits.")
    for reason in seal.distrust:
        found.add(Verdict.UNTRUSTED, reason)
    if not seal.distrust and seal.signer is not None:
        found.note(
            f"Signed by {seal.signer.name or seal.signer.organisation}, whom the trust list vouches for."
        )
    return not seal.distrust
