"""Acts one to four: members and studio, first opt-in, licences, second opt-in."""

from __future__ import annotations

from dataclasses import replace

from eth_utils.crypto import keccak

from trust.consent import describe
from trust.demo.budget import DIGITAL_DAYS, needed
from trust.demo.cast import Booking, Purpose, bookings
from trust.demo.show import POOL, SAVINGS, Show, many, money
from trust.model import AssetClass, GrantId, licence_id
from trust.stage import DAY, FACE_AND_VOICE

#: EIDR's own example of a well-formed identifier.
IDENTIFIER = "10.5240/7791-8534-2C23-9030-8610-5"
NOTICE_SECONDS = 48 * 3600


def enrolment(show: Show) -> None:
    """Everybody who speaks becomes a member; the studio registers and funds its production."""
    stage, tell = show.stage, show.tell
    for part in tell.each(show.cast.parts, "Enrolling member"):
        # The key is made from the number: nothing on chain leads back to a name.
        player = stage.enrol(f"of the demo {part.number}")
        show.players[part] = replace(player, name=part.character)
    tell.did(
        f"{many(len(show.players), 'speaking character')} joined the union's trust. On chain each is a number"
        " and a wallet; the names stay on this computer."
    )
    show.production = stage.register(IDENTIFIER, show.breakdown.root)
    tell.did(
        f"The studio registered production {show.production}, {IDENTIFIER}, with the fingerprint of its"
        f" {many(len(show.screenplay.scenes), 'scene')}: 0x{show.breakdown.root.hex()}"
    )
    card = stage.studio.rate_card.card(stage.studio.rate_card.current())
    planned = bookings(show.cast, show.screenplay)
    budget = needed(card, len(show.players), planned, SAVINGS, FACE_AND_VOICE)
    stage.fund(show.production, budget)
    tell.did(f"The studio put {money(budget)} into the production's account, with one signed permit.")


def scans(show: Show) -> None:
    """First opt-in: be scanned, and nothing else. The lead does not waive the notice."""
    stage, tell, lead = show.stage, show.tell, show.cast.lead
    patient = show.players[lead]
    stage.local.as_("custodian").records.give_notice(patient.id, POOL, set(FACE_AND_VOICE))
    tell.did(f"{lead.character} didn't waive the 48 hours' notice, so notice was given.")
    others = [player for part, player in show.players.items() if part != lead]
    for player in tell.each(others, "Scanning member"):
        stage.scan(player)
    if others:
        tell.did(f"Scanned with a signed consent that waives it: {many(len(others), 'member')}.")
    stage.pass_time(NOTICE_SECONDS + 60)
    stage.scan(patient, notice_waived=False)
    tell.did(f"48 hours later {lead.character} was scanned. The pool holds a face and a voice of everybody.")


def licences(show: Show) -> None:
    """The studio buys a licence of each member; the lead's has a training right, and a model is trained."""
    stage, tell, lead = show.stage, show.tell, show.cast.lead
    for part, player in tell.each(show.players.items(), "Licence"):
        stage.license(show.production, player, training=part == lead)
    tell.did(
        f"{many(len(show.players), 'licence')} bought at the rate card's prices, for this production only."
    )
    licence = licence_id(show.production, show.players[lead].id)
    dataset, model = keccak(text="demo: data set of the lead"), keccak(text="demo: model of the lead")
    stage.studio.licences.record_training_run(licence, dataset, model)
    tell.did(f"{lead.character} signed a training consent too; the studio trained one model and recorded it.")


def scene_consents(show: Show) -> None:
    """Second opt-in: one signature for each scene, at a price of its own."""
    tell, scenes = show.tell, show.screenplay.scenes
    for booking in tell.each(tuple(bookings(show.cast, show.screenplay)), "Scene grant"):
        show.grants[booking] = _grant(show, booking)
    active = sum(booking.asset_class is AssetClass.ACTIVE for booking in show.grants)
    tell.did(
        f"{many(active, 'scene consent')} signed and bought for new performance (ACTIVE), each for one scene"
        " and up to a number of iterations."
    )
    main, _ = show.booked(Purpose.PERFORM)[0]
    tell.did(f"The lead's first: scene {main.scene}, {scenes[main.scene - 1].heading}.")
    passive, _ = show.booked(Purpose.BACKGROUND)[0]
    tell.did(
        f"{passive.part.character} also agreed to be touched up in the background of scene {passive.scene}"
        " (PASSIVE): no new lines there, no new actions."
    )


def _grant(show: Show, booking: Booking) -> GrantId:
    start = show.stage.now() // DAY * DAY
    return show.stage.grant(
        show.production,
        show.players[booking.part],
        show.breakdown,
        booking.scene,
        assetClass=booking.asset_class,
        maxIterations=booking.iterations,
        digitalDays=DIGITAL_DAYS,
        expires=start + booking.days * DAY,
        description=describe(f"In scene {booking.scene} my double {booking.purpose.value}."),
    )
