"""Acts five and six: uses, three refusals, and what the double saved."""

from __future__ import annotations

from eth_utils.crypto import keccak

from trust.demo.cast import Purpose
from trust.demo.show import PREMIUM_WEEKS, SAVINGS, Show, many, money
from trust.model import GrantId, UseKind
from trust.stage import WEEK

_HOUR = 3600


def uses(show: Show) -> None:
    """One use on its own, many in one transaction, and the three that the contracts don't let through."""
    stage, tell = show.stage, show.tell
    perform = [grant for _, grant in show.booked(Purpose.PERFORM)]
    ((_, background),) = show.booked(Purpose.BACKGROUND)
    ((withdrawn, withdrawn_grant),) = show.booked(Purpose.WITHDRAWN)
    lead = show.cast.lead.character

    show.report(stage.use(perform[0], 6, kind=UseKind.NEW_LINE, output_seconds=12))
    tell.did(f"The reporter recorded a use: 6 iterations of a new line for {lead}, paid at once.")
    stage.pass_time(_HOUR)
    batch = [stage.use(grant, 3, kind=UseKind.NEW_ACTION, output_seconds=8) for grant in perform]
    batch += [stage.use(background, 4, kind=kind) for kind in (UseKind.TOUCH_UP, UseKind.PLACEMENT)]
    batch.append(stage.use(withdrawn_grant, 2, kind=UseKind.NEW_LINE, output_seconds=5))
    show.report(*batch)
    tell.did(f"A day's work of {many(len(batch), 'use')} was recorded together, and paid at once.")

    _over_the_cap(show, perform[0])
    show.report_refused(
        f"A new line for {lead} under the PASSIVE grant",
        "PassiveGrant",
        stage.use(background, kind=UseKind.NEW_LINE),
    )
    member = show.players[withdrawn.part]
    stage.revoke(member, withdrawn_grant)
    stage.pass_time(_HOUR)
    tell.did(f"{member.name} revoked the grant for scene {withdrawn.scene}; what was used stays paid.")
    show.report_refused(
        f"A use of {member.name} after that",
        "GrantIsRevoked",
        stage.use(withdrawn_grant, kind=UseKind.NEW_LINE),
    )


def savings(show: Show) -> None:
    """The studio states what the lead's double saved; a share of it streams to the lead."""
    stage, tell = show.stage, show.tell
    _, grant = show.booked(Purpose.PERFORM)[0]
    premium = stage.studio.premiums.premium_for(grant, SAVINGS)
    evidence = keccak(text="demo: ledger of what the double saved")
    stage.studio.premiums.file(grant, SAVINGS, evidence, PREMIUM_WEEKS * WEEK)
    parts = ", ".join(f"{name} {money(amount)}" for name, amount in SAVINGS.as_struct().items() if amount)
    tell.did(f"The studio stated savings of {money(SAVINGS.total)}: {parts}.")
    tell.did(
        f"The premium is {money(premium)}; it streams to {show.cast.lead.character} over {PREMIUM_WEEKS}"
        " weeks, and the studio has already put it aside."
    )


def _over_the_cap(show: Show, grant: GrantId) -> None:
    left = show.stage.studio.usage.grant(grant)["iterationsLeft"]
    show.report_refused(
        f"{many(left + 1, 'iteration')} where {left} are left",
        "IterationCapExceeded",
        show.stage.use(grant, left + 1, kind=UseKind.NEW_ACTION),
    )
