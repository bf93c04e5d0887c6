"""The demo from end to end: every form of every script, its sums, and its ends before the end."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playing import Played, played

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.demo import DemoFault, FolderError, example_screenplay
from trust.demo.chain import stop
from trust.demo.folder import CHAIN, MARKER, claimed
from trust.demo.proof import Logged, check
from trust.errors import NodeUnreachable, ScreenplayError
from trust.index import Index
from trust.model import shown
from trust.screenplay import breakdown, load_secret, read
from trust.views import totals, usage_history

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "examples", ROOT.parent / "shared" / "data" / "screenplays")
PAIRS = [
    pytest.param(fountain, fountain.with_suffix(".fdx"), id=fountain.stem)
    for folder in FOLDERS
    for fountain in sorted(folder.glob("*.fountain"))
    if fountain.with_suffix(".fdx").exists()
]
REFUSALS = [
    "RoomTooShort",
    "IterationCapExceeded",
    "PassiveGrant",
    "GrantIsRevoked",
    "ChallengePeriodRuns",
]
#: Depth and generations since a human: prompt, machine's draft, script, still, the lead in person.
NUMBERS = [[0, 0], [1, 1], [1, 0], [2, 1], [1, 0]]
SOLOIST = "INT. EMPTY STAGE - NIGHT\n\nA lamp.\n\nACTOR\nIs anybody there?\n"
SILENT = "INT. EMPTY STAGE - NIGHT\n\nA lamp. Nobody.\n\nEXT. STREET - DAY\n\nNobody here either.\n"

#: Plays as the command line does, in a process that can be killed.
PROGRAM = """
import sys
from pathlib import Path
from trust.demo import play
from trust.errors import TrustError
try:
    play(folder=Path(sys.argv[1]))
except TrustError as error:
    print(error)
    sys.exit(error.exit_code)
"""

CLI = "from trust.cli import main; main()"


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, int], Played]:
    """Plays a script at a width, once for all tests that only look at it."""
    return cache(lambda script, width: played(script, tmp_path_factory.mktemp("play") / "demo", width))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a screenplay."""

    def to_file(text: str) -> Path:
        path = tmp_path / "script.fountain"
        path.write_text(text)
        return path

    return to_file


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo in `tmp_path / "demo"` that has come to its third act."""
    command = [sys.executable, "-u", "-c", PROGRAM, str(tmp_path / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("3."):
                break
        yield process
        process.kill()


def is_running(chain: dict[str, Any]) -> bool:
    """Whether the chain of a chain.json answers."""
    with Node(chain["url"], retries=0, timeout_seconds=2) as node:
        try:
            return node.chain_id() == 31337
        except NodeUnreachable:
            return False


def chain_in(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / CHAIN).read_text()))


def assert_complete(result: dict[str, Any]) -> None:
    """What holds for whatever script."""
    counts, sums, logs = result["counts"], result["totals"], result["logs"]
    members = result["members"]
    assert result["equal"] is True
    assert sums["in"] == logs["in"] == sum(sums["paid"].values()) + sum(sums["held"].values())
    assert sum(sums["held"].values()) == logs["held"] == logs["balance"]
    assert {kind: amount for kind, amount in sums["paid"].items() if amount} == logs["paid"]
    assert sums["paid"]["members"] == sum(member["paid"] for member in members)
    assert all(logs["paid"][kind] > 0 for kind in ("members", "benefits", "levy", "dues", "taken_back"))
    assert [refusal["error"] for refusal in result["refusals"]] == REFUSALS
    assert counts["members"] == counts["licences"] == len(members) > 0
    assert counts["grants"] >= 4
    assert counts["uses"] >= 9
    assert len(result["retired_models"]) == 1
    assert len(result["paydays"]) == 4
    assert_transparent(result)
    assert_late_pay(result)


def assert_transparent(result: dict[str, Any]) -> None:
    """Machines' part was disclosed, recorded, stamped and counted; and every promise was kept."""
    told = result["disclosures"]
    assert [one["member_id"] for one in told] == result["writers"]
    assert all(one["reply"] == "ACKNOWLEDGED" and not one["late"] for one in told)
    assert [[work["depth"], work["since_human"]] for work in result["works"]] == NUMBERS
    assert (result["media"]["verdict"], result["media"]["changed"]["verdict"]) == ("VALID", "TAMPERED")
    credit = result["credit"]
    assert (credit["credential"]["verdict"], credit["forged"]["verdict"]) == ("valid", "false")
    assert credit["human_led"]["writing"] == 1
    assert credit["machine_led"]["performance"] == result["counts"]["grants"] - 1
    assert result["audit"]["clean"] is True


def assert_late_pay(result: dict[str, Any]) -> None:
    """One member's pay was held at two paydays, and everything arrived at the third; all others were paid."""
    first, second, third, fourth = result["paydays"]
    ((late, amount),) = first["held"].items()
    assert late not in first["paid"]
    assert second["held"][late] > amount > 0
    assert third["paid"][late] > second["held"][late]
    assert not third["held"]
    assert not fourth["held"]
    everybody = {str(member["member"]) for member in result["members"]}
    assert set(first["paid"]) == everybody - {late}
    for payday in (third, fourth):
        assert {member for member, paid in payday["paid"].items() if paid} == everybody


@pytest.mark.parametrize(("fountain", "fdx"), PAIRS)
def test_both_forms_of_a_script_play_to_the_same_breakdown(
    plays: Callable[[Path, int], Played], fountain: Path, fdx: Path
) -> None:
    one, other = plays(fountain, 80).written, plays(fdx, 120).written
    for result in (one, other):
        assert_complete(result)
    assert (one["screenplay"]["format"], other["screenplay"]["format"]) == ("fountain", "fdx")
    assert one["breakdown_root"] == other["breakdown_root"]
    assert one["counts"] == other["counts"]
    assert one["screenplay"]["sha256"] != other["screenplay"]["sha256"]


def test_the_example_is_played_when_no_script_is_given(example: Played) -> None:
    assert example.written == json.loads(json.dumps(example.result.as_json()))
    assert example.result.screenplay["title"] == "The Understudy"
    assert example.result.screenplay["sha256"] == sha256(example_screenplay().read_bytes()).hexdigest()
    assert example.result.rpc_url is None
    assert not is_running(chain_in(example.folder))


def test_the_files_that_are_left_can_be_used(example: Played) -> None:
    deployment = Deployment.load(example.folder / "deployment.json")
    with Index(example.folder / "index.db", deployment) as index:
        assert len(usage_history(index, production=1).uses) == example.result.counts["uses"]
    secret = load_secret(example.folder / "production.salt")
    root = breakdown(read(example_screenplay()), secret).root
    assert example.result.breakdown_root == "0x" + root.hex()


def test_no_name_goes_on_chain(example: Played) -> None:
    sent = (example.folder / "outbox.db").read_bytes()
    assert not [
        member["character"] for member in example.result.members if member["character"].encode() in sent
    ]


def test_the_lead_streams_a_tenth_of_the_savings(example: Played) -> None:
    (lead,) = (member for member in example.result.members if member["lead"])
    assert lead["character"] == "VERA"
    assert lead["still_to_come"] > 0
    assert "savings of $500,000.00" in example.printed
    assert "The premium is $50,000.00" in example.printed


@pytest.mark.parametrize(("form", "width"), [("fountain", 80), ("fdx", 120)])
def test_tables_show_every_amount_in_full(
    plays: Callable[[Path, int], Played], form: str, width: int
) -> None:
    demo = plays(ROOT / "examples" / f"The-Understudy.{form}", width)
    assert "\N{HORIZONTAL ELLIPSIS}" not in demo.printed
    lines = demo.printed.splitlines()
    tables = [line for line in lines if not line.startswith("  trust ")]
    assert max(map(len, tables)) <= max(width, 100)
    held = f"${shown(sum(demo.result.totals['held'].values()))}"
    assert sum(held in line for line in lines) == 2
    titles = (
        "What the studio spent",
        "Statement of earnings of VERA",
        "The auditor's history",
        "Nothing was",
    )
    assert all(any(line.startswith(title) for line in lines) for title in titles)


def test_refusals_are_told_with_the_contracts_own_reasons(example: Played) -> None:
    reasons = (
        "Fewer writers than needed write this week.",
        "More iterations than the member agreed to.",
        "A PASSIVE grant carries no new actions or lines.",
        "The member revoked the grant before this use.",
        "It can still be challenged.",
    )
    for error, reason in zip(REFUSALS, reasons, strict=True):
        assert f"refused. {error}(" in example.said
        assert reason in example.said


def test_one_speaker_in_one_scene_is_enough(tmp_path: Path, write: Callable[[str], Path]) -> None:
    demo = played(write(SOLOIST), tmp_path / "demo")
    assert demo.result.counts["members"] == 1
    assert_complete(demo.written)


def test_sixty_speakers_play(tmp_path: Path, write: Callable[[str], Path]) -> None:
    scenes = [
        f"INT. ROOM {n} - DAY\n\nVOICE {n}\nHello.\n\nVOICE {n + 1}\nGoodbye.\n\n" for n in range(1, 60)
    ]
    demo = played(write("".join(scenes)), tmp_path / "demo")
    assert demo.result.counts["members"] == 60
    assert_complete(demo.written)


def test_names_are_printed_as_they_are(tmp_path: Path, write: Callable[[str], Path]) -> None:
    demo = played(write("INT. HALL - DAY\n\nROBOT [RED]\nBeep.\n\n@:SMILE:\nHa.\n"), tmp_path / "demo")
    assert "Statement of earnings of ROBOT [RED]" in demo.printed
    assert ":SMILE:" in demo.printed


def test_a_script_in_which_nobody_speaks_is_refused(tmp_path: Path, write: Callable[[str], Path]) -> None:
    with pytest.raises(ScreenplayError, match="at least one speaking character"):
        played(write(SILENT), tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_a_killed_demo_leaves_nothing_that_the_next_one_does_not_clear(
    started: subprocess.Popen[str], tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    started.kill()
    started.wait()
    stale = chain_in(folder)
    assert is_running(stale)
    assert not (folder / "result.json").exists()
    demo = played(None, folder)
    assert_complete(demo.written)
    assert not is_running(stale)
    assert "an earlier demo left running" in demo.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_demo_stops_its_chain_and_says_so(
    started: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    started.send_signal(number)
    said, _ = started.communicate(timeout=20)
    assert started.returncode == 130
    assert said.splitlines()[-1].startswith("The demo was stopped, and its chain with it.")
    assert "Traceback" not in said
    assert not (tmp_path / "demo" / "result.json").exists()
    assert not is_running(chain_in(tmp_path / "demo"))


def test_a_kept_chain_runs_on_until_the_next_demo(tmp_path: Path) -> None:
    demo = played(None, tmp_path / "demo", keep=True)
    kept = chain_in(demo.folder)
    assert demo.result.rpc_url == kept["url"]
    assert is_running(kept)
    commands = [shlex.split(line) for line in demo.printed.splitlines() if line.startswith("  trust ")]
    assert [command[1] for command in commands] == ["history", "provenance", "credit", "index", "audit"]
    for command in commands:
        assert subprocess.run([sys.executable, "-c", CLI, *command[1:]], timeout=60).returncode == 0
    assert f"  kill {demo.result.pid}\n" in demo.printed
    played(None, demo.folder)
    assert not is_running(kept)
    assert not is_running(chain_in(demo.folder))


def test_a_stale_note_stops_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (folder / CHAIN).write_text(json.dumps({"token": "1" * 19, "pid": stranger.pid}))
        assert not stop(folder)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"token": 1}', '{"token": ""}'])
def test_a_damaged_note_stops_nobody(tmp_path: Path, note: str) -> None:
    (tmp_path / CHAIN).write_text(note)
    assert not stop(tmp_path)


@pytest.mark.parametrize(
    "names", [["notes.txt"], ["result.json"], [MARKER, "notes.txt"], [MARKER, "result.json", "thesis.db"]]
)
def test_a_folder_with_others_files_is_left_alone(tmp_path: Path, names: list[str]) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("mine")
    with pytest.raises(FolderError, match="left alone"):
        played(None, folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(names, "mine")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FolderError):
        played(None, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "demo"), pytest.raises(FolderError, match="Another demo is running"):
        played(None, tmp_path / "demo")


@pytest.mark.parametrize("what", ["paid_in", "members", "wallet", "balance"])
def test_a_sum_that_is_one_unit_off_is_found(example: Played, what: str) -> None:
    result = example.result
    with Index(example.folder / "index.db", Deployment(**result.deployment)) as index:
        sums = totals(index)
    wallets = {member["wallet"]: member["paid"] for member in result.members}
    by_wallet = {wallet.lower(): paid for wallet, paid in wallets.items()}
    logged = Logged(result.logs["in"], dict(result.logs["paid"]), by_wallet, result.logs["balance"])
    check(sums, logged, wallets)
    less = {wallet: paid - 1 for wallet, paid in by_wallet.items()}
    off = {
        "paid_in": replace(logged, paid_in=logged.paid_in + 1),
        "members": replace(logged, paid=logged.paid | {"members": logged.paid["members"] - 1}),
        "wallet": replace(logged, to_wallets=less),
        "balance": replace(logged, balance=logged.balance - 1),
    }[what]
    with pytest.raises(DemoFault, match="The sums differ"):
        check(sums, off, wallets)


def test_money_sent_to_somebody_unknown_is_found(example: Played) -> None:
    """It would count as pay of a member whom no statement knows."""
    result = example.result
    with Index(example.folder / "index.db", Deployment(**result.deployment)) as index:
        sums = totals(index)
    logged = Logged(result.logs["in"], result.logs["paid"], {"0x" + "1" * 40: 1}, result.logs["balance"])
    with pytest.raises(DemoFault, match="nobody"):
        check(sums, logged, {})
