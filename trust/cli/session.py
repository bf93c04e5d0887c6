"""What a command works with: settings, connections, keys; opened when asked for, closed at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from trust.cli.show import printable
from trust.errors import ConsentError, InputError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from rich.console import Console
    from rich.progress import Progress

    from trust.chain.deployments import Deployment
    from trust.client import Trust
    from trust.consent import SignedConsent
    from trust.index import Index
    from trust.settings import Settings


class Session:
    """One run of one command."""

    def __init__(self, settings: Settings, *, as_json: bool, simulate: bool) -> None:
        self.settings = settings
        self.as_json = as_json
        self.simulate = simulate
        self._open = ExitStack()

    def close(self) -> None:
        """Close all that was opened."""
        self._open.close()

    @cached_property
    def console(self) -> Console:
        """For progress, on standard error."""
        from rich.console import Console

        return Console(stderr=True, highlight=False)

    def say(self, *lines: str) -> None:
        """Lines for the person, on standard error."""
        sys.stderr.writelines(printable(line) + "\n" for line in lines)

    def progress(self, *columns: Any, thread: bool = True) -> Progress:
        """Bars for a person at a terminal; nothing in a log. Without a `thread`, updates must ask for a refresh."""
        from rich.progress import Progress

        shown = self.console.is_terminal
        return Progress(
            *columns, console=self.console, transient=True, disable=not shown, auto_refresh=thread
        )

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show that something is going on."""
        with self.console.status(what):
            yield

    @cached_property
    def deployment(self) -> Deployment:
        """The deployment file."""
        from trust.chain.deployments import Deployment

        return Deployment.load(self.settings.deployment)

    @cached_property
    def reader(self) -> Trust:
        """The trust, to be read. Needs no key."""
        from trust.client import Trust

        return self._open.enter_context(Trust.connect(self.settings.rpc_url, deployment=self.deployment))

    @cached_property
    def sender(self) -> Trust:
        """The trust, with the keystore's key. When simulating it has no outbox and can send nothing."""
        from trust.client import Trust

        reader, account = self.reader, self.account
        if self.simulate:
            return Trust(reader.node, self.deployment, account, None)
        connected = Trust.connect(
            self.settings.rpc_url, deployment=self.deployment, account=account, outbox=self.settings.outbox
        )
        return self._open.enter_context(connected)

    @cached_property
    def account(self) -> LocalAccount:
        """The keystore's key, unlocked."""
        path = self.settings.keystore_file
        keystore = read_keystore(path)
        return self.unlock(path, keystore)

    def unlock(self, path: Path, keystore: dict[str, Any]) -> LocalAccount:
        """Decrypt a keystore. Raises InputError when the password is wrong."""
        from eth_account import Account

        password = self.password(f"Password of {path}")
        try:
            with self.busy("Opening the keystore..."):
                account: LocalAccount = Account.from_key(Account.decrypt(keystore, password))
        except ValueError as cause:
            # eth-keyfile says "MAC mismatch".
            raise InputError(f"The password does not open {path}.", hint="Try again.") from cause
        except (KeyError, TypeError, NotImplementedError) as cause:
            raise InputError(f"{path} is not a keystore.", hint="`trust key new FILE` makes one.") from cause
        return account

    def password(self, prompt: str, *, confirm: bool = False) -> str:
        """From the password file, else from the person."""
        path = self.settings.password_file
        if path is not None:
            try:
                return path.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, ValueError) as cause:
                raise InputError(
                    f"The password file {path} can't be read.", hint="Give --password-file FILE."
                ) from cause
        if not sys.stdin.isatty():
            hint = "Give --password-file FILE or set TRUST_PASSWORD_FILE."
            raise InputError("A password is needed, and nobody is there to type it.", hint=hint)
        return str(typer.prompt(prompt, hide_input=True, err=True, confirmation_prompt=confirm))

    @cached_property
    def index(self) -> Index:
        """The index, for reading. Raises InputError when it was never synced."""
        from trust.index import Index

        where = self.settings.index
        if isinstance(where, Path) and not where.exists():
            raise InputError(f"There is no index {where}.", hint="Run `trust index sync` first.")
        return self._open.enter_context(Index(where, self.deployment))

    def consent(self, path: Path | None, *kinds: str) -> SignedConsent | None:
        """A consent file of one of these kinds, checked; None when no file was given."""
        return self.signed(path, *kinds) if path is not None else None

    def signed(self, path: Path, *kinds: str) -> SignedConsent:
        """A consent file of one of these kinds. The chain checks a contract wallet's.

        Without a signature it goes as it is: contracts take the wishes of a sender who is the member.
        """
        from trust.consent import load, verify

        found = load(path)
        if found.consent.kind not in kinds:
            raise ConsentError(
                f"{path} is a {found.consent.kind}, not a {' or '.join(kinds)}.", hint="Give the other file."
            )
        if len(found.signature) == 65:
            verify(found, self.deployment)
        return found


def read_keystore(path: Path) -> dict[str, Any]:
    """A keystore file's content. Raises InputError when it can't be one."""
    hint = "`trust key new FILE` makes one."
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise InputError(f"There is no keystore {path}.", hint=hint) from cause
    except (OSError, ValueError) as cause:
        raise InputError(f"{path} is not a keystore.", hint=hint) from cause
    if not isinstance(raw, dict) or not ({"crypto", "Crypto"} & set(raw)):
        raise InputError(f"{path} is not a keystore.", hint=hint)
    return raw


def in_chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Slices of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]
