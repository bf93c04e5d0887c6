"""trust key: keystore files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

from trust.cli.command import argument, command, group
from trust.cli.session import Session, read_keystore
from trust.cli.show import Answer
from trust.errors import InputError

app = group("Keys, kept in encrypted files (Ethereum keystores).")

KeyFile = Annotated[Path, argument("FILE", "The keystore.")]


@command(app, "new", example="trust key new studio.json", options=("password_file",))
def new(session: Session, file: KeyFile) -> Answer:
    """Make a key and keep it in a new file, under a password."""
    from eth_account import Account

    if file.exists():
        raise InputError(f"{file} exists already.", hint="Name another file; a key is never overwritten.")
    password = session.password(f"New password for {file}", confirm=True)
    if not password:
        raise InputError("The password is empty.", hint="Choose one.")
    account = Account.create()
    with session.busy("Making the key..."):
        keystore = Account.encrypt(account.key, password)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as out:
        json.dump(keystore, out)
    said = [f"Address {account.address}.", f"The key is in {file}. Keep the file and the password."]
    return Answer({"address": account.address, "file": file}, said)


@command(app, "address", example="trust key address studio.json")
def address(session: Session, file: KeyFile) -> Answer:
    """Show the address of a key. Needs no password."""
    from eth_utils.address import is_hex_address, to_checksum_address

    found = str(read_keystore(file).get("address", ""))
    if not is_hex_address(found):
        raise InputError(f"{file} does not tell its address.", hint="Make one with `trust key new FILE`.")
    shown = to_checksum_address(found)
    return Answer({"address": shown}, [shown])
