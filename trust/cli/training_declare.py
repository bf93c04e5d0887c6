"""trust training declare: who may mine and train on an archive."""

from __future__ import annotations

import typer

from trust.cli.command import WRITE, command
from trust.cli.params import ConsentFile
from trust.cli.session import Session
from trust.cli.show import Answer, write_result


def register(app: typer.Typer) -> None:
    """Add the command to the group."""
    command(app, "declare", example="trust training declare archive.json", options=WRITE)(declare)


def declare(session: Session, file: ConsentFile) -> Answer:
    """Relay a member's ArchiveDeclaration: what machines may do with the items of an archive."""
    from trust.cli.consent_fields import words

    signed = session.signed(file, "ArchiveDeclaration")
    message = signed.consent.message
    result = session.sender.provenance.declare(signed, simulate=session.simulate)
    said = (
        f"Member {message['memberId']} declared {message['items']:,} items under 0x{message['root'].hex()}."
    )
    answer = write_result(result, said, session.simulate, root=message["root"], items=message["items"])
    return Answer(answer.data, [*answer.body, "", *words("ArchiveDeclaration", message)])
