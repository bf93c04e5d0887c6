"""Other indexers: cryo, installed and run here, and the committed figures of those that aren't."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

from index_bench.ground import FOLDER

CRYO = "0.3.2"


@dataclass(frozen=True, slots=True)
class Committed:
    """Seconds of a whole sync, measured on another day; `floor` is what the raw download took then."""

    name: str
    seconds: float
    floor: float = 0.98

    @property
    def ratio(self) -> float:
        """Seconds to the floor's."""
        return self.seconds / self.floor


#: Measured once, on 200,100 events of 8 fields over 3,000 blocks on a machine with two cores.
COMMITTED = (
    Committed("cryo (Rust, to Parquet)", 2.3),
    Committed("eth-defi", 8.1),
    Committed("SQD", 14.6),
    Committed("Ponder, unthrottled", 27.9),
    Committed("Envio", 36.0),
    Committed("Ponder, as installed", 84.0),
    Committed("web3.py loop", 84.0),
)


class CryoMissingError(Exception):
    """cryo can't be installed here."""


def cryo_python() -> str:
    """The Python of an environment that has cryo, made when it isn't there. Raises CryoMissingError."""
    folder = FOLDER / f"cryo-{CRYO}"
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists():
        FOLDER.mkdir(exist_ok=True)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:", f"cryo=={CRYO}"],
        ):
            done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode:
                raise CryoMissingError((done.stderr.strip().splitlines() or ["no reason given"])[-1])
        stamp.touch()
    return str(python)
