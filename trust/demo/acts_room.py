"""The acts about the script: a writers' room that is short at first, a machine's draft, and who made what of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trust.demo import props
from trust.demo.errors import DemoFault
from trust.demo.folder import DRAFT, SLIP
from trust.demo.show import Show, listed, many
from trust.model import Craft, MaterialKind, MemberId
from trust.nouns.handle import Result
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role, model_hash
from trust.provenance.commitment import committed, content_salt
from trust.provenance.slip import Slip
from trust.stage import DAY, FOREVER, WEEK, Player, Stage

WRITERS = ("Ada", "Ben", "Cleo")
_EPISODES = 1
_WEEKS = 12
_HOUR = 3600
#: Unix time began on a Thursday.
_MONDAY = 4 * DAY
#: Who did what to the machine's draft, in basis points.
_REVISED = ((Role.AUTHORSHIP, 5_000), (Role.MODIFICATION, 3_000), (Role.ARRANGEMENT, 2_000))


def room(show: Show) -> None:
    """A machine's draft is refused while the room is short, then disclosed and acknowledged."""
    stage, tell, rooms = show.stage, show.tell, show.stage.studio.rooms
    show.writers = [
        replace(stage.enrol(f"of the demo who writes {number}", Craft.WRITER), name=name)
        for number, name in enumerate(WRITERS, start=1)
    ]
    first, *others = show.writers
    tell.did(f"{listed(WRITERS)}, who write, joined the trust.")
    rooms.open(show.production, _EPISODES)
    needed = rooms.of(show.production).needed
    tell.did(f"The studio opened the writers' room. By the rate card, a film needs {needed} who write.")
    wait_for_a_new_week(stage)
    _join(show, first)
    tell.did(f"{first.name} joined it by signature, for {_WEEKS} weeks.")
    show.refused("A machine's draft for the writers", "RoomTooShort", lambda: _disclose(show))
    for writer in others:
        _join(show, writer)
    tell.did(f"{listed(writer.name for writer in others)} joined: the room is full.")
    _disclose(show)
    tell.did(
        "The studio disclosed the machine's draft to all of them, a week before their work on it starts. On chain is"
        " a salted hash; the file and its slip went to them directly."
    )
    for writer in show.writers:
        _acknowledge(show, writer)
    _require_no_ether(show)
    tell.did(
        "Each held the file against its slip and acknowledged it, by signature. The keeper sent the signatures:"
        f" none of the {many(len(WRITERS), 'writer')} ever held ether."
    )


def lineage(show: Show) -> None:
    """From the prompt to the machine's draft to the script that people made of it."""
    tell, script = show.tell, show.screenplay
    tell.did(
        "Who made what is registered, and the contract computes two numbers. Depth: machine generations on the longest"
        " path. Since human: generations since a person contributed."
    )
    author = show.writers[0]
    prompt = _asset(
        show, props.prompt(script), AssetKind.PROMPT, [_part(show, author, Role.AUTHORSHIP, 10_000)]
    )
    show.register("The prompt", replace(prompt, prompt_author=author.id))
    by_machine = Asset(
        show.production,
        show.draft.material,
        AssetKind.DRAFT,
        machines=[Machine(show.draft.model, 10_000)],
        parents=[prompt.id],
        prompt_author=author.id,
    )
    show.register("The machine's draft", by_machine)
    parts = [
        _part(show, writer, role, share) for writer, (role, share) in zip(show.writers, _REVISED, strict=True)
    ]
    revised = replace(_asset(show, show.source, AssetKind.DRAFT, parts), parents=[show.draft.material])
    show.register("The script", revised)
    for writer, part in zip(show.writers, parts, strict=True):
        _confirm(show, writer, revised.id, part)
    tell.did(
        f"{listed(WRITERS)} confirmed their parts, by signature. Their work is in the second number; it doesn't wash"
        " the machine out of the first."
    )


def wait_for_a_new_week(stage: Stage) -> None:
    """Let the last hour of a week pass: who joins for a week must do so before it is over."""
    left = WEEK - (stage.now() - _MONDAY) % WEEK
    if left < _HOUR:
        stage.pass_time(left + 60)


def _join(show: Show, writer: Player) -> Result:
    now = show.stage.now()
    message = {
        "productionId": show.production,
        "memberId": writer.id,
        "starts": now - (now - _MONDAY) % WEEK,
        "wholeWeeks": _WEEKS,
        **show.stage.once(writer.id),
    }
    return show.stage.studio.rooms.join(show.stage.sign(writer, "RoomJoin", message))


def _disclose(show: Show) -> Result:
    """Disclose the machine's draft; its file and slip are in the folder."""
    stage, content = show.stage, props.machine_draft(show.screenplay)
    deployment = stage.local.deployment
    show.draft = Slip(
        chain_id=deployment.chain_id,
        contract=deployment.address("Disclosures"),
        production=show.production,
        kind=MaterialKind.DRAFT,
        material=committed(show.secret, content),
        salt=content_salt(show.secret, content),
        model=model_hash(props.MODEL),
        work_starts=stage.now() + WEEK,
    )
    (show.folder / DRAFT).write_bytes(content)
    show.draft.save(show.folder / SLIP)
    return stage.studio.disclosures.disclose(
        show.production,
        [writer.id for writer in show.writers],
        show.draft.kind,
        show.draft.material,
        show.draft.model,
        show.draft.work_starts,
    )


def _acknowledge(show: Show, writer: Player) -> None:
    slip = show.draft
    if not slip.fits((show.folder / DRAFT).read_bytes()):
        raise DemoFault("The machine's draft is not the file that was disclosed.")
    message = {
        "productionId": show.production,
        "memberId": writer.id,
        "kind": slip.kind,
        "materialHash": slip.material,
        "deadline": FOREVER,
    }
    signed = show.stage.sign(writer, "DisclosureAcknowledgement", message)
    show.stage.local.as_("keeper").disclosures.acknowledge(signed)


def _confirm(show: Show, writer: Player, asset: bytes, part: Contribution) -> None:
    message = {
        "assetId": asset,
        "memberId": writer.id,
        "role": part.role,
        "shareBps": part.share_bps,
        **show.stage.once(writer.id),
    }
    signed = show.stage.sign(writer, "ContributionConfirmation", message)
    show.stage.local.as_("keeper").provenance.confirm(signed)


def _require_no_ether(show: Show) -> None:
    addresses: Iterable[str] = (key.address for writer in show.writers for key in (writer.key, writer.wallet))
    for address in addresses:
        if int(show.stage.local.node.call("eth_getBalance", address, "latest"), 16):
            raise DemoFault(f"{address} holds ether, and needs none.")


def _asset(show: Show, content: bytes, kind: AssetKind, parts: list[Contribution]) -> Asset:
    return Asset(show.production, committed(show.secret, content), kind, parts)


def _part(show: Show, player: Player, role: Role, share_bps: int) -> Contribution:
    evidence = committed(show.secret, f"what shows the part of member {player.id}".encode())
    return Contribution(MemberId(player.id), role, share_bps, evidence)
