"""trust record: notice, the first opt-in, pooling, erasure."""

from __future__ import annotations

from typing import Annotated

from trust.cli import parse
from trust.cli.command import READ, WRITE, argument, command, group, option
from trust.cli.params import ConsentFile, ConsentOption, Member
from trust.cli.session import Session
from trust.cli.show import Answer, facts, write_result
from trust.errors import InputError
from trust.model import Modality, ProductionId

app = group("Records: commitments to the scans that the vault holds.")

Modalities = Annotated[
    frozenset[Modality], option("--modalities", "NAMES", "Like face,voice.", parse.modalities)
]
_POOL = ProductionId(0)
RecordId = Annotated[int, argument("RECORD", "Number of the record.", parse.record)]


@command(app, "notice", example="trust record notice 7 --production 1 --modalities face,voice", options=WRITE)
def notice(
    session: Session,
    member: Member,
    modalities: Modalities,
    production: Annotated[
        ProductionId, option("--production", "NUMBER", "Else the pool.", parse.production)
    ] = _POOL,
) -> Answer:
    """Start the clock before a scan. Sent by the production's studio, or the custodian for the pool."""
    result = session.sender.records.give_notice(
        member, production, set(modalities), simulate=session.simulate
    )
    return write_result(result, f"Notice of a scan given to member {member}.", session.simulate)


@command(
    app, "pool",
    example="trust record pool scan-consent.json --commitment face=0x... --commitment voice=@voice.enc",
    options=WRITE,
)  # fmt: skip
def pool(
    session: Session,
    file: ConsentFile,
    commitment: Annotated[list[str], option("--commitment", "NAME=HASH", "Once a modality.")],
) -> Answer:
    """Pool records under the member's ScanConsent. Sent by the custodian."""
    commitments: dict[Modality, bytes] = {}
    for given in commitment:
        name, equals, value = given.partition("=")
        modality = parse.one_of(Modality, name)
        if not equals or modality in commitments:
            raise InputError(f"{given!r} is not usable.", hint="Give each modality once, like face=0x...")
        commitments[modality] = parse.hash32(value)
    signed = session.signed(file, "ScanConsent")
    result = session.sender.records.pool(signed, commitments, simulate=session.simulate)
    member = signed.consent.message["memberId"]
    said = f"{len(commitments)} records of member {member} pooled, from number {{id}} on."
    return write_result(result, said, session.simulate)


@command(app, "erase", example="trust record erase 3 --consent erasure.json", options=WRITE)
def erase(session: Session, record: RecordId, consent: ConsentOption = None) -> Answer:
    """Mark a record erased. By the member or the custodian, or relayed with an Erasure."""
    signed = session.consent(consent, "Erasure")
    result = session.sender.records.erase(record, signed, simulate=session.simulate)
    return write_result(result, f"Record {record} erased.", session.simulate)


@command(app, "show", example="trust record show 3", options=READ)
def show(session: Session, record: RecordId) -> Answer:
    """Show whose record it is, what it captures and whether it was erased."""
    found = session.reader.handle.read("Records", "recordOf", record)
    scope = f"production {found['productionId']}" if found["productionId"] else "every production"
    modality = Modality(found["modality"])
    lines = facts(
        {
            "Record": record,
            "Member": found["memberId"],
            "Captures": modality.name.lower(),
            "Open to": scope,
            "State": "erased" if found["erased"] else "held",
        }
    )
    return Answer({"record": record, **found, "modality": modality.name}, lines)
