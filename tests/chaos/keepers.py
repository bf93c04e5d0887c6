"""The keepers: real processes of `trust keeper run`, with what they keep on disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

MAX_FEE_GWEI = 300
CONFIRMATIONS = 4
#: A few members a transaction, so that a payday has several.
_BATCH_GAS = 400_000
_PASSWORD = "chaos"
_STOP_SECONDS = 20


class Keeper:
    """One keeper with a key, an outbox and an index of its own; `db` may be shared."""

    def __init__(self, name: str, account: LocalAccount, folder: Path, url: str, deployment: Path) -> None:
        self.name = name
        self.account = account
        self.db = ""
        self.kills = 0
        self.starts = 0
        self.refused = 0
        self._began_at = 0
        self._folder = folder
        self._url = url
        self._deployment = deployment
        self._outbox = folder / "outbox.db"
        self._old = folder / "old-outbox.db"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        # The cheapest key derivation: these keys are worth nothing, and every start would pay for it.
        keystore = Account.encrypt(account.key, _PASSWORD, kdf="pbkdf2", iterations=2)
        (folder / "keystore.json").write_text(json.dumps(keystore))
        (folder / "password").write_text(_PASSWORD)

    @property
    def log(self) -> Path:
        """All it ever said."""
        return self._folder / "log"

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Run it, unless it runs."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._began_at = log.tell()
            self._process = subprocess.Popen(
                self._command("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
            )
        self.starts += 1

    def kill(self) -> None:
        """SIGKILL, wherever it is."""
        if self._process is not None and self.running:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.kills += 1

    def freeze(self) -> None:
        """SIGSTOP: it does nothing, and doesn't know."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if nothing had been."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int | None:
        """SIGTERM; its exit code, None if it wasn't running."""
        if self._process is None or not self.running:
            return None
        process, self._process = self._process, None
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            return process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return -signal.SIGKILL

    def died(self) -> int | None:
        """The exit code of a process that ended by itself; None if it runs, or was made to end."""
        return None if self._process is None else self._process.poll()

    def began(self) -> bool:
        """Whether the process that was started last came so far as to serve."""
        with self.log.open("rb") as log:
            log.seek(self._began_at)
            return b" starts" in log.read()

    def back_up(self) -> None:
        """Keep a copy of the outbox as it is now, as SQLite makes one of a file in use."""
        if self._outbox.exists():
            with closing(sqlite3.connect(self._outbox)) as now, closing(sqlite3.connect(self._old)) as old:
                now.backup(old)

    def restore(self) -> None:
        """Put the copy, if there is one, in the place of the outbox; the process must be dead."""
        if self._old.exists():
            for ending in ("", "-wal", "-shm"):
                self._outbox.with_name(self._outbox.name + ending).unlink(missing_ok=True)
            shutil.copy(self._old, self._outbox)

    def shows_held(self) -> set[int]:
        """The members whose wallets can't receive, as `trust keeper status` shows them."""
        asked = subprocess.run(
            self._command("status"),
            capture_output=True,
            text=True,
            check=True,
            env=_environment(),
            timeout=60,
        )
        held = json.loads(asked.stdout)["held"]
        return {int(one["item"]) for one in held if one["item"].isdigit()}

    def _command(self, what: str) -> list[str]:
        folder, trust = self._folder, str(Path(sys.executable).with_name("trust"))
        own: dict[str, object] = {"deployment": self._deployment, "index": folder / "index.db", "db": self.db}
        signing: dict[str, object] = {
            "rpc": self._url,
            "keystore": folder / "keystore.json",
            "password-file": folder / "password",
            "outbox": self._outbox,
            "max-fee": MAX_FEE_GWEI,
            "confirmations": CONFIRMATIONS,
            "batch-gas": _BATCH_GAS,
            "lease": 3,
            "poll": 0.25,
        }
        if self.starts % 2:  # known by its name it takes up its leases again, else they have to run out
            signing["name"] = self.name
        options = own if what == "status" else own | signing
        return [trust, "keeper", what, "--json", *(f"--{name}={value}" for name, value in options.items())]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRUST_")}
