"""trust scene: grants, the second opt-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trust.cli.command import READ, WRITE, command, group, option
from trust.cli.params import ConsentFile, ConsentOption, Grant
from trust.cli.screenplay import private_breakdown
from trust.cli.session import Session
from trust.cli.show import Answer, dollars, facts, moment, write_result
from trust.errors import InputError
from trust.model import AssetClass, ReplicaType

app = group("Scene grants: the use of a member's replica in one scene of the script.")

ProofFile = Annotated[Path | None, option("--proof", "FILE", "What `trust screenplay proof --json` printed.")]
Script = Annotated[Path | None, option("--screenplay", "FILE", "Or the script, .fountain or .fdx...")]
Salt = Annotated[Path | None, option("--salt-file", "FILE", "...with the production secret...")]
Number = Annotated[int | None, typer.Option("--scene", min=1, help="...and the number of the scene.")]


@command(app, "grant", example="trust scene grant scene-consent.json --proof proof.json", options=WRITE)
def grant(
    session: Session,
    file: ConsentFile,
    proof: ProofFile = None,
    screenplay: Script = None,
    salt_file: Salt = None,
    scene: Number = None,
) -> Answer:
    """Buy a grant with the member's SceneConsent. Sent by the production's studio."""
    signed = session.signed(file, "SceneConsent")
    siblings, leaf = scene_proof(proof, screenplay, salt_file, scene)
    if leaf != signed.consent.message["sceneHash"]:
        raise InputError(
            "The member consented to another scene.", hint="Give the scene that the consent names."
        )
    result = session.sender.scenes.grant(signed, siblings, simulate=session.simulate)
    return write_result(result, "Scene grant {id} bought.", session.simulate)


@command(app, "revoke", example="trust scene revoke 3 --consent revocation.json", options=WRITE)
def revoke(session: Session, grant: Grant, consent: ConsentOption = None) -> Answer:
    """End a grant from now on. By the member, or relayed with a GrantRevocation."""
    signed = session.consent(consent, "GrantRevocation")
    result = session.sender.scenes.revoke(grant, signed, simulate=session.simulate)
    return write_result(result, f"Scene grant {grant} revoked.", session.simulate)


@command(app, "close", example="trust scene close 3 --unused 40", options=WRITE)
def close(
    session: Session,
    grant: Grant,
    unused: Annotated[int, typer.Option("--unused", min=0, help="Iterations that were not used.")],
    consent: Annotated[
        Path | None, option("--consent", "FILE", "The studio's signed FinalCount, when somebody relays it.")
    ] = None,
) -> Answer:
    """Return the unearned reserve with the studio's final count."""
    signed = session.consent(consent, "FinalCount")
    result = session.sender.scenes.close(grant, unused, signed, simulate=session.simulate)
    return write_result(result, f"Scene grant {grant} closed.", session.simulate)


@command(app, "show", example="trust scene show 3", options=READ)
def show(session: Session, grant: Grant) -> Answer:
    """Show a grant's terms and what is left of it."""
    trust = session.reader
    found = trust.usage.grant(grant)
    floor = trust.scenes.floor(grant)
    premium = trust.handle.read("SubstitutionPremiums", "premiumOf", grant)
    now = trust.handle.now()
    state = "closed" if found["closed"] else "revoked" if found["revoked"] else ""
    state = state or (
        "ended" if now > found["expires"] else "not yet begun" if now < found["notBefore"] else "open"
    )
    asset_class, replica_type = AssetClass(found["assetClass"]), ReplicaType(found["replicaType"])
    lines = {
        "Grant": grant,
        "State": state,
        "Licence": f"{found['productionId']}/{found['memberId']}",
        "Asset": f"{asset_class.name.lower()}, {replica_type.name.lower().replace('_', ' ')}",
        "Window": f"{moment(found['notBefore'])} to {moment(found['expires'])}",
        "Left": f"{found['iterationsLeft']} iterations, {found['secondsLeft']} seconds",
        "An iteration costs": dollars(found["price"]),
        "Least premium": dollars(floor),
        "Premium so far": dollars(premium),
    }
    data = {"grant": grant, "state": state, **found, "floor": floor, "premium": premium}
    data |= {"assetClass": asset_class.name, "replicaType": replica_type.name}
    return Answer(data, facts(lines))


def scene_proof(
    proof: Path | None, screenplay: Path | None, salt_file: Path | None, scene: int | None
) -> tuple[tuple[bytes, ...], bytes]:
    """Siblings and leaf, from a proof file or the script."""
    if proof is None and screenplay is not None and salt_file is not None and scene is not None:
        _, tree = private_breakdown(screenplay, salt_file)
        return tree.proof(scene), tree.leaves[scene - 1]
    hint = "Give --proof FILE, or --screenplay, --salt-file and --scene."
    if proof is None:
        raise InputError("The scene's proof is missing.", hint=hint)
    try:
        raw = json.loads(proof.read_text(encoding="utf-8"))
        siblings = tuple(bytes.fromhex(part.removeprefix("0x")) for part in raw["proof"])
        leaf = bytes.fromhex(raw["sceneHash"].removeprefix("0x"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise InputError(f"{proof} is not a proof file.", hint=hint) from cause
    if any(len(part) != 32 for part in (*siblings, leaf)):
        raise InputError(f"{proof} is not a proof file.", hint=hint)
    return siblings, leaf
