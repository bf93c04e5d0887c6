"""The demo's folder: only the demo's own files are ever deleted, and one demo at a time runs in it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from trust.demo.errors import FolderError

#: Says that the folder is the demo's, and is locked while one runs.
MARKER = ".likeness-trust-demo"
INDEX = "index.db"
DEPLOYMENT = "deployment.json"
OUTBOX = "outbox.db"
RESULT = "result.json"
SALT = "production.salt"
CHAIN = "chain.json"
CHAIN_LOG = "anvil.log"
#: The machine's draft, and the slip that goes with it.
DRAFT = "machine-draft.fountain"
SLIP = "machine-draft.slip.json"
#: A picture as it was made, stamped, and changed; and the certificate that signed the stamp.
STILL = "still.jpg"
STAMPED = "still.stamped.jpg"
CHANGED = "still.changed.jpg"
CERTIFICATE = "signing.pem"
SIGNING_KEY = "signing.key"
ANCHORS = "trust.pem"
#: The human-audit credit.
LABEL = "credit.svg"
LABEL_PNG = "credit.png"
CREDENTIAL = "credit.jwt"

_OURS = (
    MARKER,
    INDEX,
    f"{INDEX}-*",
    DEPLOYMENT,
    "deployment.part",
    OUTBOX,
    f"{OUTBOX}-*",
    RESULT,
    SALT,
    CHAIN,
    CHAIN_LOG,
    DRAFT,
    SLIP,
    STILL,
    STAMPED,
    CHANGED,
    CERTIFICATE,
    SIGNING_KEY,
    ANCHORS,
    LABEL,
    LABEL_PNG,
    CREDENTIAL,
    "*.json.part",
)
_ELSEWHERE = "Name another folder, one that is empty or doesn't exist yet."


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """The folder, made if need be and kept from other demos while the `with` block lasts; not yet cleared.

    Raises FolderError when it holds anything that no demo made, or when another demo is running in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise FolderError(f"{folder} can't be a folder: {cause.strerror}.", hint=_ELSEWHERE) from cause
    _refuse_strangers(folder)
    try:
        descriptor = os.open(folder / MARKER, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as cause:
        raise FolderError(f"{folder} can't be written: {cause.strerror}.", hint=_ELSEWHERE) from cause
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            raise FolderError(
                f"Another demo is running in {folder}.", hint="Wait for it, or name another folder."
            ) from cause
        yield folder.resolve()
    finally:
        os.close(descriptor)


def clear(folder: Path) -> None:
    """Delete what an earlier demo left, all but the marker."""
    for path in folder.iterdir():
        if path.name != MARKER:
            path.unlink()


def write_json(path: Path, value: Any) -> None:
    """Write the file whole or not at all."""
    draft = path.with_name(f"{path.name}.part")
    with draft.open("w") as file:
        file.write(json.dumps(value, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _refuse_strangers(folder: Path) -> None:
    entries = sorted(folder.iterdir())
    strange = [path for path in entries if not _is_ours(path)]
    if not entries or (folder / MARKER in entries and not strange):
        return
    what = (strange or entries)[0].name
    raise FolderError(f"{folder} holds {what}, which no demo made, so it is left alone.", hint=_ELSEWHERE)


def _is_ours(path: Path) -> bool:
    plain = path.is_file() and not path.is_symlink()
    return plain and any(fnmatchcase(path.name, pattern) for pattern in _OURS)
