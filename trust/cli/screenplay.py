"""trust screenplay: scripts into scenes and proofs. No chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trust.cli.command import argument, command, group, option
from trust.cli.params import SaltFile
from trust.cli.session import Session
from trust.cli.show import Answer, Table, facts, short

if TYPE_CHECKING:
    from trust.screenplay import Breakdown, Screenplay

app = group("Screenplays (Fountain, Final Draft): their scenes, and the breakdown a production registers.")

Script = Annotated[Path, argument("FILE", "The script, .fountain or .fdx.")]
OptionalSalt = Annotated[
    Path | None,
    option("--salt-file", "FILE", "The production secret; without it the public example secret is used."),
]


def private_breakdown(file: Path, salt_file: Path) -> tuple[Screenplay, Breakdown]:
    """A script and its breakdown under a secret that may go to a chain."""
    from trust.screenplay import breakdown, load_secret, read, require_private

    script = read(file)
    return script, breakdown(script, require_private(load_secret(salt_file)))


@command(app, "show", example="trust screenplay show script.fountain --salt-file production.salt")
def show(session: Session, file: Script, salt_file: OptionalSalt = None) -> Answer:
    """Show the scenes of a script, who speaks in them, and the breakdown's root."""
    from trust.screenplay import EXAMPLE_SECRET, as_json, breakdown, load_secret, read

    script = read(file)
    tree = breakdown(script, load_secret(salt_file) if salt_file else EXAMPLE_SECRET)
    rows = [
        (
            str(scene.number),
            scene.heading,
            ", ".join(scene.characters),
            f"{scene.length_eighths}/8",
            short(leaf),
        )
        for scene, leaf in zip(script.scenes, tree.leaves, strict=True)
    ]
    secret = "the production secret" if salt_file else "the public example secret (not for a chain)"
    head = facts(
        {"Title": script.title, "Scenes": len(script.scenes), "Root": "0x" + tree.root.hex(), "Under": secret}
    )
    table = Table(("Scene", "Heading", "Characters", "Pages", "Leaf"), rows, frozenset({0, 3}))
    return Answer(as_json(script, tree), [*head, "", table])


@command(app, "proof", example="trust screenplay proof script.fountain --scene 3 --salt-file production.salt")
def proof(
    session: Session,
    file: Script,
    scene: Annotated[int, typer.Option(min=1, help="Number of the scene.")],
    salt_file: SaltFile,
) -> Answer:
    """Show a scene's hash and its proof in the breakdown, for a scene consent and its grant."""
    script, tree = private_breakdown(file, salt_file)
    siblings = tree.proof(scene)
    found = script.scenes[scene - 1]
    data = {
        "scene": scene,
        "heading": found.heading,
        "characters": list(found.characters),
        "sceneHash": tree.leaves[scene - 1],
        "proof": list(siblings),
        "root": tree.root,
    }
    lines = facts({"Scene": f"{scene} {found.heading}", "Hash": "0x" + tree.leaves[scene - 1].hex()})
    return Answer(data, [*lines, "Proof", *("  0x" + sibling.hex() for sibling in siblings)])
