"""Plays one production from a screenplay on a chain of its own, from the first scan to the last payday."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console

from trust.audit import audit
from trust.chain.node import Node
from trust.demo import (
    acts_consents,
    acts_credit,
    acts_pay,
    acts_picture,
    acts_room,
    acts_use,
    chain,
    proof,
    tables,
)
from trust.demo.cast import Cast, cast_of
from trust.demo.errors import DemoStopped
from trust.demo.folder import DEPLOYMENT, INDEX, OUTBOX, RESULT, SALT, claimed, clear, write_json
from trust.demo.result import DemoResult, Findings, result_of
from trust.demo.show import Show, many
from trust.demo.signals import ended_by_signals, undisturbed
from trust.demo.teller import Teller
from trust.errors import InputError
from trust.index import Index
from trust.local import Local, deploy_local
from trust.screenplay import Screenplay, breakdown, read
from trust.stage import Stage
from trust.views import DisclosureFilter, disclosure_page, licence, production, statement, totals

EXAMPLE: Final = "The-Understudy.fountain"
DEFAULT_FOLDER: Final = Path("demo")

_SECRET_KEY: Final = b"Likeness Trust demo: anyone can make this secret, so it hides nothing"
_ACTS: Final[tuple[tuple[str, str, Callable[[Show], None]], ...]] = (
    ("enrolment", "Everybody joins", acts_consents.enrolment),
    ("room", "A writers' room, and a draft by a machine", acts_room.room),
    ("lineage", "Who and what made the script", acts_room.lineage),
    ("scans", "First opt-in: to be scanned", acts_consents.scans),
    ("licences", "The studio licenses the likenesses", acts_consents.licences),
    ("scene_consents", "Second opt-in: scene by scene", acts_consents.scene_consents),
    ("uses", "The doubles work, and are metered", acts_use.uses),
    ("picture", "A picture that names its grant", acts_picture.picture),
    ("savings", "What a double saves, it shares", acts_use.savings),
    ("paydays", "Four weeks, four paydays", acts_pay.paydays),
    ("wrap", "The work is done", acts_pay.wrap),
    ("credit", "A credit for what people did", acts_credit.credit),
)


def example_screenplay() -> Path:
    """The screenplay that the demo plays by default. Raises InputError when it wasn't installed."""
    here = Path(__file__).resolve()
    for place in (here.with_name(EXAMPLE), here.parents[2] / "examples" / EXAMPLE):
        if place.is_file():
            return place
    raise InputError(f"The example {EXAMPLE} isn't installed.", hint="Give a screenplay of your own.")


def play(
    screenplay: Path | None = None,
    folder: Path = DEFAULT_FOLDER,
    *,
    keep: bool = False,
    console: Console | None = None,
) -> DemoResult:
    """Play one production and leave index.db, deployment.json, outbox.db and result.json in `folder`.

    `screenplay` is a Fountain or Final Draft file, None for the example. `keep` leaves the chain running.
    Every sum shown was added up twice, the second time from the token's raw logs.

    Raises ScreenplayError, FolderError when the folder holds what no demo made, DemoStopped on Ctrl-C,
    SIGTERM or SIGHUP, DemoFault when a sum differs or a contract takes what it should refuse.
    """
    try:
        with ended_by_signals() as stop:
            return _play(screenplay, folder, keep, Teller(console or Console(), stop.check))
    except KeyboardInterrupt:
        raise DemoStopped(
            "The demo was stopped, and its chain with it.", hint="Run it again to start from the beginning."
        ) from None


def _play(path: Path | None, where: Path, keep: bool, tell: Teller) -> DemoResult:
    file = path or example_screenplay()
    script = read(file)
    cast = cast_of(script)
    with claimed(where) as place:
        left = False
        try:
            if chain.stop(place):
                tell.say("Stopped the chain that an earlier demo left running in this folder.")
            clear(place)
            result = _on_a_chain(script, file.read_bytes(), cast, place, keep, tell)
            tables.farewell(tell.console, where, result)
            with undisturbed():
                write_json(place / RESULT, result.as_json())
            left = keep
        finally:
            if not left:
                with undisturbed():
                    chain.stop(place)
    return result


def _on_a_chain(
    script: Screenplay, source: bytes, cast: Cast, place: Path, keep: bool, tell: Teller
) -> DemoResult:
    tell.say(
        f"{script.title or 'A screenplay without a title'}: {many(len(script.scenes), 'scene')},"
        f" {many(len(cast.parts), 'speaking character')}. On a chain of its own, with test dollars."
    )
    with tell.act("chain", "0. A chain, and the trust's contracts on it"):
        running = chain.start(place)
        local = deploy_local(running.url, place / OUTBOX)
        local.deployment.save(place / DEPLOYMENT)
        tell.did(f"{many(len(local.deployment.contracts), 'contract')} deployed at {running.url}.")
    with (
        closing(local),
        Node(running.url) as node,
        closing(Index(place / INDEX, local.deployment, node)) as index,
    ):
        secret = production_secret(acts_consents.IDENTIFIER)
        (place / SALT).write_text(secret.hex() + "\n")
        show = Show(Stage(local), index, place, source, secret, script, breakdown(script, secret), cast, tell)
        for number, (name, heading, act) in enumerate(_ACTS, start=1):
            with tell.act(name, f"{number}. {heading}"):
                act(show)
        found = _read_back(show, node)
        tables.show_all(show, found)
        result = result_of(show, local.deployment, found)
    return replace(result, rpc_url=running.url, pid=running.pid) if keep else result


def _read_back(show: Show, node: Node) -> Findings:
    """Read everything back from the chain, twice, compare, and check every promise."""
    number, tell, index = len(_ACTS) + 1, show.tell, show.index
    with tell.act("audit", f"{number}. Everything is read back from the chain, and added up twice"):
        index.sync(verify=True)
        proven = "each proven by its block's receipts"
        tell.did(
            f"An index of {many(index.status().events, 'event')} was built from the chain alone, {proven}."
        )
        found = Findings(
            production=production(index, show.production),
            totals=totals(index),
            logged=proof.from_logs(node, index.deployment, _payees(show.stage.local)),
            statements=tuple(statement(index, player.id) for player in show.players.values()),
            licences=tuple(licence(index, line) for line in sorted(index.books().licences)),
            disclosures=disclosure_page(index, DisclosureFilter(production=show.production)).disclosures,
            audit=audit(index, [node]),
        )
        found.check()
        tell.did("The token's own logs, fetched from the node once more, say the same to the last unit.")
        facts = sum(check.facts for check in found.audit.checks)
        tell.did(
            f"The audit held {many(facts, 'fact')} to {many(len(found.audit.checks), 'promise')}:"
            " every promise was kept."
        )
    return found


def _payees(local: Local) -> dict[str, str]:
    """Address -> kind of payment, for everybody who isn't a member."""
    kinds = {"benefits plan": "benefits", "pipeline fund": "levy", "union": "dues", "studio": "taken_back"}
    return {local.keys[name].address: kind for name, kind in kinds.items()}


def production_secret(identifier: str) -> bytes:
    """The secret behind the demo's breakdown, the same for every form of a script.

    HMAC-SHA256 of the production's identifier under a public key: it hides nothing. A real studio makes a
    random secret of its own and keeps it.
    """
    return hmac.digest(_SECRET_KEY, identifier.encode(), "sha256")
