"""The act about a picture that says where it comes from, and what happens to one that was changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from eth_utils.crypto import keccak

from trust.demo import props
from trust.demo.cast import Purpose
from trust.demo.errors import DemoFault
from trust.demo.folder import ANCHORS, CERTIFICATE, CHANGED, SIGNING_KEY, STAMPED, STILL
from trust.demo.made import Picture
from trust.demo.show import Show
from trust.media import Checked, Verdict, check, make_certificate, pem_key, read_chain, stamp
from trust.media.certificates import Chain
from trust.model import UseKind
from trust.provenance.asset import Asset, AssetKind, Machine, model_hash
from trust.provenance.commitment import committed

#: It protects nothing: the demo's certificate vouches for nobody.
PASSWORD = "demo"
_CLOCKS_BEHIND = timedelta(minutes=5)
_DAYS = 365


def picture(show: Show) -> None:
    """A still is used, stamped with its grant, checked; then changed, and caught."""
    tell, folder = show.tell, show.folder
    booking, grant = show.booked(Purpose.PERFORM)[0]
    name = booking.part.character
    still, stamped, changed = (folder / file for file in (STILL, STAMPED, CHANGED))
    still.write_bytes(props.still())
    output_hash = keccak(still.read_bytes())
    show.report(show.stage.use(grant, 1, kind=UseKind.NEW_ACTION, output_seconds=0, output_hash=output_hash))
    tell.did(f"A still of {name}'s double: one more use of grant {grant}, recorded with the picture's hash.")
    chain, anchors = _certificate(show)
    show.index.sync(verify=True)
    key = pem_key(folder / SIGNING_KEY, chain, lambda: PASSWORD)
    made = stamp(show.index, still, stamped, grant, key, chain)
    tell.did(
        "The studio stamped it (C2PA): chain, grant, scene and the use's transaction, signed. The certificate is"
        " a local one, to try it out."
    )
    sound = _require(check(show.index, stamped, anchors), Verdict.VALID)
    tell.did(f"Checked: {sound.verdict}. {sound.findings[-1].words}")
    changed.write_bytes(props.with_a_bit_changed(stamped.read_bytes()))
    caught = _require(check(show.index, changed, anchors), Verdict.TAMPERED)
    fault = next(one.words for one in caught.findings if one.verdict is Verdict.TAMPERED)
    tell.caught(f"The same picture with one bit changed: {caught.verdict}. {fault}")
    show.picture = Picture(
        grant, output_hash, made.statement.usage_transaction, sound.verdict, caught.verdict, fault
    )
    show.register(
        "The still",
        Asset(
            show.production,
            committed(show.secret, still.read_bytes()),
            AssetKind.IMAGE,
            machines=[Machine(model_hash(props.MODEL), 10_000)],
            parents=[show.works[-1].asset.id],
            grant=grant,
        ),
    )


def _certificate(show: Show) -> tuple[Chain, str]:
    """A certificate made here, in the folder with its key; and what to trust, to check by it."""
    made = make_certificate("The demo's studio", datetime.now(UTC) - _CLOCKS_BEHIND, _DAYS)
    (show.folder / CERTIFICATE).write_text(made.chain)
    (show.folder / SIGNING_KEY).write_bytes(made.key(PASSWORD))
    (show.folder / ANCHORS).write_text(made.root)
    return read_chain(show.folder / CERTIFICATE), made.root


def _require(found: Checked, wanted: Verdict) -> Checked:
    if found.verdict is not wanted:
        said = " ".join(one.words for one in found.findings)
        raise DemoFault(f"{found.path} should be {wanted}, and is {found.verdict}. {said}")
    return found
