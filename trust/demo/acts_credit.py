"""The act about the human-audit credit: counted, attested, open to challenge, issued, and carried away."""

from __future__ import annotations

import json

from trust.consent import sign
from trust.credit import (
    Count,
    attestation,
    check,
    count,
    credential,
    issued,
    new_key,
    png,
    rulebook,
    thumbprint,
)
from trust.credit.keys import Key, read_bytes, text_of
from trust.demo.errors import DemoFault
from trust.demo.folder import CREDENTIAL, LABEL, LABEL_PNG
from trust.demo.made import Papers
from trust.demo.show import Show, many
from trust.evidence.alone import carry_alone
from trust.evidence.blocks import Blocks
from trust.local import party
from trust.provenance.asset import Asset, AssetKind, Contribution, Role
from trust.provenance.commitment import committed
from trust.stage import DAY, FOREVER

_RULES_AT = "https://union.example/credit/rules/1"
_FIRST_CREDIT = 0


def credit(show: Show) -> None:
    """From the published rules to a credential that was checked without a node."""
    tell, local = show.tell, show.stage.local
    auditor, key = party("auditor of the demo"), new_key()
    local.as_("steward").credits.publish_rules(rulebook(1).hash, _RULES_AT)
    local.as_("enroller").credits.accredit(auditor.address)
    tell.did("The union published the rules by which works are counted, and accredited an auditor.")
    _live_performance(show)
    show.index.sync(verify=True)
    counted = count(show.index, show.production)
    consent = attestation(
        counted, auditor=auditor.address, corrects=_FIRST_CREDIT, key=thumbprint(key), deadline=FOREVER - 1
    )
    keeper = local.as_("keeper").credits
    number = keeper.attest(sign(consent, local.deployment, auditor)).id
    assert number is not None
    tell.did(
        f"The auditor counted {_led(counted, True)} led by people and {_led(counted, False)} led by machines,"
        " and attested the numbers by signature."
    )
    show.refused("Issuing the credit at once", "ChallengePeriodRuns", lambda: keeper.issue(show.production))
    until = keeper.get(number)["challengeUntil"]
    days = -(-(until - show.stage.now()) // DAY)
    show.stage.pass_time(until - show.stage.now() + 60)
    keeper.issue(show.production)
    tell.did(f"In {many(days, 'day')} no member and no studio challenged it: credit {number} was issued.")
    show.papers = _papers(show, number, counted, key, auditor.address)


def _live_performance(show: Show) -> None:
    """What no double did is a work too."""
    player = show.players[show.cast.lead]
    script = next(work for work in show.works if work.name == "The script")
    take = f"{player.name}, before a camera".encode()
    part = Contribution(player.id, Role.AUTHORSHIP, 10_000, committed(show.secret, b"call sheet of " + take))
    show.register(
        f"{player.name} in person",
        Asset(
            show.production,
            committed(show.secret, take),
            AssetKind.PERFORMANCE,
            [part],
            parents=[script.asset.id],
        ),
    )


def _papers(show: Show, number: int, counted: Count, key: Key, auditor: str) -> Papers:
    """The label and the credential, written and checked."""
    tell, local, folder = show.tell, show.stage.local, show.folder
    svg = show.stage.studio.credits.label(number)
    (folder / LABEL).write_text(svg)
    (folder / LABEL_PNG).write_bytes(png(svg))
    tell.did(f"Its label, drawn on chain, is in {LABEL}, and for the end credits in {LABEL_PNG}.")
    show.index.sync(verify=True)
    found = issued(show.index, number)
    blocks = Blocks(local.node, local.deployment)
    text = credential(found, carry_alone(blocks, found.block_hash, found.tx_index), key)
    (folder / CREDENTIAL).write_text(text)
    contract = local.deployment.address("HumanAuditCredits")
    checked = check(text, block_hash=found.block_hash, contract=contract)
    forged = check(_forged(text), block_hash=found.block_hash, contract=contract)
    if checked.verdict != "valid" or checked.credential is None or forged.verdict != "false":
        raise DemoFault(
            f"The credential is {checked.verdict} ({checked.fault}), a forged one {forged.verdict}."
        )
    block = checked.credential.block
    tell.did(
        f"Its verifiable credential, {CREDENTIAL}, was checked without a node: valid by the hash of block {block}."
    )
    tell.caught(f"The same credential with one more written work in it: {forged.verdict}. {forged.fault}")
    return Papers(
        number, auditor, counted, block, found.block_hash, checked.verdict, forged.verdict, forged.fault
    )


def _forged(text: str) -> str:
    """A credential that claims one more written work for people, with the signature as it was."""
    head, claims, signature = text.split(".")
    payload = json.loads(read_bytes(claims))
    payload["credentialSubject"]["attestation"]["humanLed"]["writing"] = 2
    return ".".join((head, text_of(json.dumps(payload).encode()), signature))


def _led(counted: Count, human_led: bool) -> str:
    return many(sum(counted.counted(human_led=human_led).values()), "work")
