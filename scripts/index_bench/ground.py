"""The bench's chain: filled once, kept in `.bench`, and made anew when the contracts or what fills it change."""

from __future__ import annotations

import fcntl
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from index_bench import fill
from index_bench.fill import Load, Progress
from trust.chain import artifacts
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.errors import SetupError
from trust.local import deploy_local
from trust.testing import LocalChain

FOLDER = Path(__file__).resolve().parents[2] / ".bench"
_START = 1_900_000_000
_DUMP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Ground:
    """A chain that holds the load, and where its deployment file is."""

    chain: LocalChain
    deployment_file: Path
    deployment: Deployment
    head: int


@contextmanager
def ground(load: Load, progress: Progress) -> Iterator[Ground]:
    """The filled chain, while the `with` block lasts. An interrupted filling leaves nothing behind.

    Raises SetupError while another bench runs: both would measure each other.
    """
    with alone():
        state, deployment = _files(load)
        if not (state.exists() and deployment.exists()):
            _make(state, deployment, load, progress)
        with LocalChain(options=("--load-state", str(state))) as chain:
            head = chain.node.block()
            # Anvil would go on from this machine's time.
            chain.node.call("evm_setTime", hex(head.timestamp))
            yield Ground(chain, deployment, Deployment.load(deployment), head.number)


@contextmanager
def alone() -> Iterator[None]:
    """One bench at a time uses `.bench`. Raises SetupError."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            raise SetupError("Another bench runs here.", hint="Wait until it has ended.") from cause
        yield


def _files(load: Load) -> tuple[Path, Path]:
    told = sha256(repr(load).encode())
    told.update(Path(fill.__file__).read_bytes())
    for name in (*artifacts.LIBRARIES, *artifacts.CONTRACTS, artifacts.TEST_TOKEN):
        told.update(artifacts.load(name).bytecode.encode())
    key = told.hexdigest()[:16]
    return FOLDER / f"chain-{key}.json", FOLDER / f"deployment-{key}.json"


def _make(state: Path, deployment: Path, load: Load, progress: Progress) -> None:
    for old in (*FOLDER.glob("chain-*"), *FOLDER.glob("deployment-*")):
        old.unlink()
    with LocalChain(timestamp=_START) as chain, TemporaryDirectory() as outboxes:
        local = deploy_local(chain.url, Path(outboxes) / "outbox.db")
        try:
            fill.fill(chain, local, load, progress)
        finally:
            local.close()
        progress("keeping the chain", 0, 1)
        _keep(chain, state)
        local.deployment.save(deployment)
        progress("keeping the chain", 1, 1)


def _keep(chain: LocalChain, state: Path) -> None:
    # Asked for, because anvil isn't given the time to write so much when it ends.
    with Node(chain.url, timeout_seconds=_DUMP_SECONDS) as node:
        packed = bytes.fromhex(node.call("anvil_dumpState")[2:])
    draft = state.with_suffix(".part")
    draft.write_bytes(gzip.decompress(packed))
    draft.replace(state)
