"""trust member: enrolment, payout, delegates, agents, recovery."""

from __future__ import annotations

from typing import Annotated

from trust.cli import parse
from trust.cli.command import READ, WRITE, command, group, option
from trust.cli.params import ConsentFile, ConsentOption, Member
from trust.cli.session import Session
from trust.cli.show import Answer, dollars, facts, moment, write_result
from trust.model import Craft

app = group("Members of the trust. Known by number and key, never by name.")
recovery = group("Recovery of a lost key, or of an estate's pay.")
app.add_typer(recovery, name="recovery")

Wallet = Annotated[str, option("--wallet", "ADDRESS", "Where the member is paid.", parse.address)]
CraftOption = Annotated[
    Craft, option("--craft", "CRAFT", "performer, writer, stunt-performer...", parse.choice(Craft))
]


@command(
    app, "enrol", example="trust member enrol --key 0x... --wallet 0x... --craft performer", options=WRITE
)
def enrol(
    session: Session,
    key: Annotated[str, option("--key", "ADDRESS", "The member's consent key.", parse.address)],
    wallet: Wallet,
    craft: CraftOption = Craft.PERFORMER,
    guardian: Annotated[
        str | None, option("--guardian", "ADDRESS", "Who signs for a minor.", parse.address)
    ] = None,
    adult_at: Annotated[int, option("--adult-at", "TIME", "When a minor comes of age.", parse.when)] = 0,
) -> Answer:
    """Enrol a member. Sent by the enroller."""
    result = session.sender.members.enrol(
        key, wallet, craft, guardian=guardian, adult_at=adult_at, simulate=session.simulate
    )
    return write_result(result, "Member {id} enrolled.", session.simulate)


@command(app, "show", example="trust member show 7", options=READ)
def show(session: Session, member: Member) -> Answer:
    """Show whose key signs for a member, what is due, and any recovery or change of wallet under way."""
    trust = session.reader
    signer = trust.members.signer(member)
    account = trust.payroll.member(member)
    due, wallet = trust.payroll.due(member)
    pending = trust.handle.read("Payroll", "pendingWalletOf", member)
    under_way = trust.members.recovery(member)
    data = {"member": member, "signer": signer, "wallet": wallet, "due": due, "account": account}
    data |= {"pending_wallet": pending, "recovery": under_way}
    lines = {"Member": member, "Signs with": signer, "Paid at": wallet, "Due now": dollars(due)}
    if account["agentBps"]:
        lines["Agent's share"] = f"{account['agentBps'] / 100:g} %"
    if pending["effectiveAt"]:
        lines["Paid at, later"] = f"{pending['wallet']} from {moment(pending['effectiveAt'])}"
    if under_way["payoutFrom"]:
        lines["Recovery"] = f"to {under_way['wallet']} from {moment(under_way['payoutFrom'])}"
    return Answer(data, facts(lines))


@command(app, "payout", example="trust member payout payout-change.json", options=WRITE)
def payout(session: Session, file: ConsentFile) -> Answer:
    """Ask for pay at another wallet, with the member's PayoutChange. Takes effect after a delay."""
    signed = session.signed(file, "PayoutChange")
    result = session.sender.members.change_payout(signed, simulate=session.simulate)
    member = signed.consent.message["memberId"]
    return write_result(result, f"Payout change of member {member} requested.", session.simulate)


@command(
    app, "cancel-payout", example="trust member cancel-payout 7 --consent cancellation.json", options=WRITE
)
def cancel_payout(session: Session, member: Member, consent: ConsentOption = None) -> Answer:
    """Drop a payout change that has not taken effect."""
    signed = session.consent(consent, "PayoutCancellation")
    result = session.sender.members.cancel_payout_change(member, signed, simulate=session.simulate)
    return write_result(result, f"Payout change of member {member} cancelled.", session.simulate)


@command(app, "delegate", example="trust member delegate delegation.json", options=WRITE)
def delegate(session: Session, file: ConsentFile) -> Answer:
    """Name or remove somebody who may revoke for the member, with the member's Delegation."""
    signed = session.signed(file, "Delegation")
    result = session.sender.members.set_delegate(signed, simulate=session.simulate)
    return write_result(result, "Delegate set.", session.simulate)


@command(app, "agent", example="trust member agent appointment.json", options=WRITE)
def agent(session: Session, file: ConsentFile) -> Answer:
    """Appoint or dismiss an agent, with the member's AgentAppointment. From the next cycle on."""
    signed = session.signed(file, "AgentAppointment")
    result = session.sender.members.appoint_agent(signed, simulate=session.simulate)
    return write_result(result, "Agent appointed from the next cycle on.", session.simulate)


@command(
    recovery,
    "start",
    example="trust member recovery start 7 --wallet 0x... --evidence @file.pdf",
    options=WRITE,
)
def start(
    session: Session,
    member: Member,
    wallet: Wallet,
    evidence: Annotated[bytes, option("--evidence", "HASH", "0x hash, or @FILE.", parse.hash32)],
    key: Annotated[str | None, option("--key", "ADDRESS", "New consent key.", parse.address)] = None,
) -> Answer:
    """Start a recovery. Sent by the steward; the old key can cancel it for 30 days."""
    result = session.sender.members.start_recovery(member, wallet, key, evidence, simulate=session.simulate)
    return write_result(result, f"Recovery of member {member} started.", session.simulate)


@command(
    recovery, "cancel", example="trust member recovery cancel 7 --consent cancellation.json", options=WRITE
)
def cancel(session: Session, member: Member, consent: ConsentOption = None) -> Answer:
    """End a recovery; by the member or guardian, or relayed with a RecoveryCancellation."""
    signed = session.consent(consent, "RecoveryCancellation")
    result = session.sender.members.cancel_recovery(member, signed, simulate=session.simulate)
    return write_result(result, f"Recovery of member {member} cancelled.", session.simulate)


@command(recovery, "finish", example="trust member recovery finish 7", options=WRITE)
def finish(session: Session, member: Member) -> Answer:
    """Move the payout once the delay has passed. Anyone may."""
    result = session.sender.members.finish_recovery(member, simulate=session.simulate)
    return write_result(result, f"Payout of member {member} moved.", session.simulate)


@command(recovery, "adopt-key", example="trust member recovery adopt-key 7", options=WRITE)
def adopt_key(session: Session, member: Member) -> Answer:
    """Hand the membership to the new key once both delays have passed. Anyone may."""
    result = session.sender.members.adopt_key(member, simulate=session.simulate)
    return write_result(result, f"Member {member} now signs with the new key.", session.simulate)
