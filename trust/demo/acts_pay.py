"""Acts seven and eight: four paydays, remittance, and what ends when the work is done."""

from __future__ import annotations

from itertools import islice

from eth_utils.crypto import keccak

from trust.demo.cast import Purpose
from trust.demo.errors import DemoFault
from trust.demo.show import BATCH, Payday, Show, many, money
from trust.model import Money, UseKind, licence_id
from trust.stage import WEEK

PAYDAYS = 4
#: The wallet is blocked before the first payday, and free again before this one.
_FREE_AGAIN = 3


def paydays(show: Show) -> None:
    """A payday each week. One member's wallet can't receive at first: nothing is lost, it is paid later."""
    stage, tell = show.stage, show.tell
    blocked = show.players[show.cast.last]
    stage.local.block_wallet(blocked.wallet.address, True)
    tell.did(f"The dollar's issuer blocked {blocked.name}'s wallet. Each week brings a few more uses.")
    for number in range(1, PAYDAYS + 1):
        _week_of_work(show)
        if number == _FREE_AGAIN:
            stage.local.block_wallet(blocked.wallet.address, False)
            tell.did(f"The issuer unblocked {blocked.name}'s wallet.")
        payday = _payday(show, number)
        show.paydays.append(payday)
        held = f"; {money(payday.held)} stays owed to {blocked.name}" if payday.held else ""
        tell.did(f"Payday {number}: {many(payday.members, 'member')} paid, {money(payday.paid)}{held}.")
    _check_late_pay(show)
    stage.local.as_("keeper").payroll.remit([show.production])
    tell.did(
        "Benefits went to the pension and health plan, the levy to the pipeline fund, dues to the union."
    )


def wrap(show: Show) -> None:
    """The model is retired, the unused grant closed, and the studio takes back some of what it never owed."""
    stage, tell, studio = show.stage, show.tell, show.stage.studio
    licence = licence_id(show.production, show.players[show.cast.lead].id)
    studio.licences.attest_retirement(licence, 1, keccak(text="demo: report of the model's deletion"))
    tell.did(f"The studio attested that the model trained on {show.cast.lead.character} is retired.")
    ((spare, grant),) = show.booked(Purpose.SPARE)
    until = studio.handle.read("UsageLedger", "reportableUntil", grant)
    stage.pass_time(max(0, until - stage.now()) + 60)
    before = studio.payroll.production(show.production)["free"]
    studio.scenes.close(grant, spare.iterations)
    account = studio.payroll.production(show.production)
    tell.did(
        f"A grant for scene {spare.scene} was never used, and its last day to report has passed. Final count:"
        f" 0 of {spare.iterations} iterations, and {money(account['free'] - before)} is free again."
    )
    back = Money(account["free"] // 2)
    assert studio.account is not None
    studio.payroll.take_back(show.production, back, studio.account.address)
    tell.did(f"The studio took back {money(back)}, half of what it doesn't owe to anybody.")


def _week_of_work(show: Show) -> None:
    """One more use of each member's first grant, and the week goes by."""
    first = {booking.part: grant for booking, grant in reversed(show.booked(Purpose.PERFORM))}
    show.report(*(show.stage.use(grant, 1, kind=UseKind.NEW_ACTION) for grant in first.values()))
    show.stage.pass_time(WEEK)


def _payday(show: Show, number: int) -> Payday:
    players = iter(show.players.values())
    paid: dict[int, int] = {}
    held: dict[int, int] = {}
    while batch := list(islice(players, BATCH)):
        for event in show.stage.payday(batch).events:
            if event.name in ("Paid", "PayHeld"):
                into = paid if event.name == "Paid" else held
                into[event.args["memberId"]] = event.args["amount"]
    return Payday(number, show.stage.now(), paid, held)


def _check_late_pay(show: Show) -> None:
    member = show.players[show.cast.last].id
    held = [payday.number for payday in show.paydays if payday.held_back.get(member)]
    later = [payday.number for payday in show.paydays if payday.to.get(member)]
    if held != list(range(1, _FREE_AGAIN)) or not later or min(later) != _FREE_AGAIN:
        raise DemoFault(f"The blocked member was held at paydays {held} and paid at {later}.")
