"""What a check of media comes to: each verdict, from a real chain."""

from __future__ import annotations

import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from eth_utils.crypto import keccak
from media import (
    SUFFIXES,
    Studio,
    certified,
    claiming,
    signed_elsewhere,
)
from PIL import Image
from test_index_story import DAY, EVIDENCE, SCENE

from trust.errors import IndexFault
from trust.index import Index
from trust.media import Checked, Verdict, check
from trust.screenplay.merkle import tree
from trust.views.grant_facts import GrantFacts, GrantState, Spell


def words(found: Checked) -> str:
    return " ".join(finding.words for finding in found.findings)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_stamped_media_are_valid(
    filmed: Studio, synced: Index, stamped: dict[str, Path], suffix: str
) -> None:
    found = check(synced, stamped[suffix], filmed.signer.root, scene=SCENE)
    assert found.verdict is Verdict.VALID
    assert found.use is not None
    assert "0x" + found.use.tx_hash.hex() == filmed.uses[filmed.takes[suffix]]
    assert found.at_use is not None
    assert found.at_use.at == found.use.used_at
    assert found.signer is not None
    assert found.signer.organisation == "Studio"


def test_both_databases_tell_the_same(
    filmed: Studio, stamped: dict[str, Path], new_where: Path | str
) -> None:
    with filmed.index(new_where) as index:
        found = check(index, stamped[".png"], filmed.signer.root)
    with filmed.index() as index:
        assert found == check(index, stamped[".png"], filmed.signer.root)


def test_an_empty_index_is_no_ground_for_a_verdict(filmed: Studio, stamped: dict[str, Path]) -> None:
    with Index(":memory:", filmed.story.deployment) as index, pytest.raises(IndexFault, match="empty"):
        check(index, stamped[".png"], filmed.signer.root)


# What became of the grant


def ended(studio: Studio, path: Path, verdict: Verdict, state: GrantState, says: str) -> None:
    """It is told as such, and that it was in force at the time of the use."""
    with studio.index() as index:
        found = check(index, path, studio.signer.root)
        then = check(index, path, studio.signer.root, only_use=True)
    assert found.verdict is verdict
    assert found.at_use is not None
    assert found.now is not None
    assert (found.at_use.state, found.now.state) == (GrantState.IN_FORCE, state)
    assert says in words(found)
    assert "What was made before stays licensed" in words(found)
    assert then.verdict is Verdict.VALID


def test_a_revoked_grant_is_named(studio: Studio, stamped: dict[str, Path]) -> None:
    _, signature = studio.story.signed(1, "GrantRevocation", "SceneGrants", grantId=1)
    studio.story.send(studio.story.studio, "SceneGrants", "revoke", 1, signature)
    ended(studio, stamped[".jpg"], Verdict.REVOKED, GrantState.REVOKED, "revoked, since")


def test_a_revoked_licence_is_named(studio: Studio, stamped: dict[str, Path]) -> None:
    _, signature = studio.story.signed(1, "LicenceRevocation", "Licences", licenceId=1 << 24 | 1)
    studio.story.send(studio.story.studio, "Licences", "revoke", 1 << 24 | 1, signature)
    ended(studio, stamped[".wav"], Verdict.REVOKED, GrantState.REVOKED, "revoked, since")


def test_an_expired_grant_is_named(studio: Studio, stamped: dict[str, Path]) -> None:
    studio.story.pass_days(61)
    ended(studio, stamped[".mp4"], Verdict.EXPIRED, GrantState.EXPIRED, "has ended, since")


def test_a_moment_to_come_can_be_asked_for(filmed: Studio, synced: Index, stamped: dict[str, Path]) -> None:
    latest = synced.latest()
    assert latest is not None
    days = {
        days: check(synced, stamped[".png"], filmed.signer.root, now=latest + days * DAY) for days in (59, 61)
    }
    assert [found.verdict for found in days.values()] == [Verdict.VALID, Verdict.EXPIRED]


def test_a_cancelled_production_ends_its_grants(studio: Studio, stamped: dict[str, Path]) -> None:
    studio.story.send(studio.story.studio, "Productions", "cancel", 1)
    ended(studio, stamped[".png"], Verdict.EXPIRED, GrantState.CANCELLED, "production is cancelled")


def test_a_suspended_licence_is_none_until_it_is_reinstated(studio: Studio, stamped: dict[str, Path]) -> None:
    studio.story.send(studio.story.union, "Licences", "suspend", 1 << 24 | 1, EVIDENCE)
    ended(studio, stamped[".png"], Verdict.NO_LICENCE, GrantState.SUSPENDED, "has suspended the licence")
    studio.story.send(studio.story.union, "Licences", "reinstate", 1 << 24 | 1)
    with studio.index() as index:
        assert check(index, stamped[".png"], studio.signer.root).verdict is Verdict.VALID


def test_a_strike_makes_a_replica_unusable_while_it_lasts(studio: Studio, stamped: dict[str, Path]) -> None:
    studio.story.send(studio.story.union, "Productions", "declareStrike", [1])
    ended(studio, stamped[".png"], Verdict.NO_LICENCE, GrantState.STRUCK, "on strike at this production")
    studio.story.send(studio.story.union, "Productions", "endStrike", [1])
    with studio.index() as index:
        assert check(index, stamped[".png"], studio.signer.root).verdict is Verdict.VALID


def facts(**changed: Any) -> GrantFacts:
    whole: dict[str, Any] = {
        "grant_id": 1,
        "licence_id": 1 << 24 | 1,
        "production_id": 1,
        "scene_hash": SCENE,
        "granted_at": 100,
        "not_before": 110,
        "expires": 200,
        "revoked_at": None,
        "licence_starts": 90,
        "licence_ends": ((80, 150), (140, 300)),
        "licence_revoked_at": None,
        "suspensions": (),
        "cancelled_at": None,
        "strikes": (),
        "breakdowns": ((50, b"a" * 32), (120, b"b" * 32), (170, b"c" * 32)),
    }
    return GrantFacts(**whole | changed)


@pytest.mark.parametrize(
    ("changed", "at", "state"),
    [
        ({}, 109, GrantState.NOT_YET),
        ({}, 110, GrantState.IN_FORCE),
        ({}, 199, GrantState.IN_FORCE),
        ({}, 200, GrantState.EXPIRED),
        ({"licence_ends": ((80, 150),)}, 150, GrantState.EXPIRED),
        ({"licence_ends": ((80, 150), (160, 300))}, 155, GrantState.EXPIRED),
        ({"licence_starts": 120}, 119, GrantState.NOT_YET),
        ({"revoked_at": 150}, 149, GrantState.IN_FORCE),
        ({"revoked_at": 150}, 150, GrantState.REVOKED),
        ({"revoked_at": 150}, 900, GrantState.REVOKED),
        ({"licence_revoked_at": 150}, 150, GrantState.REVOKED),
        ({"cancelled_at": 150}, 149, GrantState.IN_FORCE),
        ({"cancelled_at": 150}, 150, GrantState.CANCELLED),
        ({"suspensions": (Spell(120, 130), Spell(150, None))}, 129, GrantState.SUSPENDED),
        ({"suspensions": (Spell(120, 130), Spell(150, None))}, 130, GrantState.IN_FORCE),
        ({"suspensions": (Spell(120, 130), Spell(150, None))}, 199, GrantState.SUSPENDED),
        ({"strikes": (Spell(120, 130),)}, 120, GrantState.STRUCK),
        ({"strikes": (Spell(120, 130),)}, 130, GrantState.IN_FORCE),
    ],
)
def test_a_grants_state_at_any_moment(changed: dict[str, Any], at: int, state: GrantState) -> None:
    assert facts(**changed).state(at) is state


def test_breakdowns_in_force_between_two_moments() -> None:
    assert [root[:1] for root in facts().roots(100, 160)] == [b"a", b"b"]
    assert [root[:1] for root in facts().roots(120, 120)] == [b"b"]
    assert [root[:1] for root in facts().roots(180, 190)] == [b"c"]


# Who signed, and whether anybody did


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_stripped_stamp_is_no_stamp(filmed: Studio, synced: Index, suffix: str) -> None:
    assert check(synced, filmed.takes[suffix], filmed.signer.root).verdict is Verdict.UNSTAMPED


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_forged_stamp_is_untrusted(filmed: Studio, synced: Index, tmp_path: Path, suffix: str) -> None:
    """Everything in it is true, but for who signed it."""
    forger = certified(tmp_path / "forger")
    take, forged = filmed.takes[suffix], tmp_path / f"forged{suffix}"
    signed_elsewhere(take, forged, forger, claiming(filmed.statement(synced, take)))
    found = check(synced, forged, filmed.signer.root)
    assert found.verdict is Verdict.UNTRUSTED
    assert "isn't vouched for" in words(found)
    assert check(synced, forged, forger.root).verdict is Verdict.VALID


def test_a_certificate_out_of_date_is_untrusted(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    take, begins = filmed.takes[".png"], datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=2)
    old = certified(tmp_path / "old", begins=begins, days=1)
    signed_elsewhere(take, tmp_path / "old.png", old, claiming(filmed.statement(synced, take)))
    deadline = monotonic() + 10
    while (found := check(synced, tmp_path / "old.png", old.root)).verdict is Verdict.VALID:
        assert monotonic() < deadline
        sleep(0.1)
    assert found.verdict is Verdict.UNTRUSTED
    assert "out of date" in words(found)


def test_credentials_that_name_no_grant_are_no_stamp(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    manifest = claiming(filmed.statement(synced, filmed.takes[".png"]))
    del manifest["assertions"][-1]
    signed_elsewhere(filmed.takes[".png"], tmp_path / "a.png", filmed.signer, manifest)
    found = check(synced, tmp_path / "a.png", filmed.signer.root)
    assert found.verdict is Verdict.UNSTAMPED
    assert "they name no grant" in words(found)


@pytest.mark.parametrize(
    "said",
    [
        "words",
        {},
        {"version": 2},
        {"version": 1},
        {"grant_id": "1"},
        {"grant_id": True},
        {"grant_id": 0},
        {"chain_id": 1.5},
        {"scene_hash": "0x12"},
        {"usage_transaction": None},
        {"contract": "nowhere"},
        {"more": 1},
    ],
)
def test_a_statement_in_another_form_is_not_guessed_at(
    filmed: Studio, synced: Index, tmp_path: Path, said: Any
) -> None:
    take = filmed.takes[".png"]
    statement = filmed.statement(synced, take)
    manifest = claiming(statement)
    whole = isinstance(said, dict) and said.keys() - {"version"}
    manifest["assertions"][-1]["data"] = {**statement.as_assertion(), **said} if whole else said
    signed_elsewhere(take, tmp_path / "a.png", filmed.signer, manifest)
    found = check(synced, tmp_path / "a.png", filmed.signer.root)
    assert found.verdict is Verdict.TAMPERED
    assert "statement of the grant can't be read" in words(found)


# Trusted signers who say what isn't so


def lied(studio: Studio, index: Index, folder: Path, path: Path, **lies: Any) -> Checked:
    out = folder / f"lie{path.suffix}"
    signed_elsewhere(path, out, studio.signer, claiming(studio.statement(index, path, **lies)))
    return check(index, out, studio.signer.root)


@pytest.mark.parametrize(
    ("lies", "verdict", "says"),
    [
        ({"chain_id": 1}, Verdict.NO_LICENCE, "names a grant on chain 1"),
        ({"contract": "0x" + "11" * 20}, Verdict.NO_LICENCE, "another trust's ledger"),
        ({"grant_id": 99}, Verdict.NO_LICENCE, "There is no grant 99"),
        ({"grant_id": 2}, Verdict.NO_LICENCE, "reports uses of grant 1, not of 2"),
        ({"production_id": 2}, Verdict.NO_LICENCE, "Grant 1 is production 1's; the stamp says 2"),
        ({"usage_transaction": "0x" + "22" * 32}, Verdict.NO_LICENCE, "reports no use"),
        ({"scene_hash": "0x" + "33" * 32}, Verdict.WRONG_SCENE, "the member granted scene"),
    ],
)
def test_what_the_chain_does_not_say_is_found(
    filmed: Studio, synced: Index, tmp_path: Path, lies: dict[str, Any], verdict: Verdict, says: str
) -> None:
    found = lied(filmed, synced, tmp_path, filmed.takes[".jpg"], **lies)
    assert found.verdict is verdict
    assert says in words(found)


def test_a_use_of_another_grant_does_not_serve(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    take, other = filmed.takes[".png"], filmed.others[".png"]
    found = lied(filmed, synced, tmp_path, take, usage_transaction=filmed.uses[other])
    assert found.verdict is Verdict.NO_LICENCE
    assert "reports uses of grant 2, not of 1" in words(found)


def test_a_use_that_made_another_file_does_not_serve(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    take, other = filmed.takes[".png"], filmed.takes[".jpg"]
    found = lied(filmed, synced, tmp_path, take, usage_transaction=filmed.uses[other])
    assert found.verdict is Verdict.NO_LICENCE
    assert "with another output than this file" in words(found)


def test_another_file_under_the_output_of_a_use_is_found(
    filmed: Studio, synced: Index, tmp_path: Path
) -> None:
    """Even a trusted signer can't stamp what was never reported."""
    unknown = tmp_path / "unknown.png"
    Image.new("RGB", (8, 8), "blue").save(unknown)
    statement = filmed.statement(synced, filmed.takes[".png"])
    signed_elsewhere(unknown, tmp_path / "lie.png", filmed.signer, claiming(statement))
    found = check(synced, tmp_path / "lie.png", filmed.signer.root)
    assert found.verdict is Verdict.TAMPERED
    assert "isn't the file that was stamped" in words(found)


# Scenes


def test_a_file_held_against_another_scene_is_of_the_wrong_scene(
    filmed: Studio, synced: Index, stamped: dict[str, Path]
) -> None:
    found = check(synced, stamped[".png"], filmed.signer.root, scene=keccak(b"scene 2"))
    assert found.verdict is Verdict.WRONG_SCENE
    assert "not for the scene it was held against" in words(found)


def test_a_stamp_of_another_scene_over_a_true_use_is_of_the_wrong_scene(
    studio: Studio, tmp_path: Path
) -> None:
    """The grant is for one of two scenes; the stamp names the other, which is in the breakdown too."""
    scenes = tree([SCENE, keccak(b"scene 2")])
    studio.story.send(studio.story.studio, "Productions", "setBreakdown", 1, scenes.root)
    with studio.index() as index:
        found = lied(studio, index, tmp_path, studio.takes[".mp4"], scene_hash="0x" + scenes.leaves[1].hex())
    assert found.verdict is Verdict.WRONG_SCENE


def test_a_proof_shows_that_the_scene_stayed_in_the_breakdown(studio: Studio, tmp_path: Path) -> None:
    scenes = tree([SCENE, keccak(b"scene 2"), keccak(b"scene 3")])
    take = tmp_path / "late.png"
    Image.new("RGB", (8, 8), "green").save(take)
    studio.story.send(studio.story.studio, "Productions", "setBreakdown", 1, keccak(b"scene 4"))
    studio.story.send(studio.story.studio, "Productions", "setBreakdown", 1, scenes.root)
    studio.report(take)
    with studio.index() as index:
        out = studio.stamp(index, take, tmp_path / "out.png").path
        proven = check(index, out, studio.signer.root, proof=scenes.proof(1))
        false = check(index, out, studio.signer.root, proof=scenes.proof(2))
    assert proven.verdict is Verdict.VALID
    assert "scene is in the production's breakdown" in words(proven)
    assert false.verdict is Verdict.WRONG_SCENE
    assert "proof doesn't lead" in words(false)


# A copy made by another program


def test_a_file_that_points_to_credentials_elsewhere_is_not_followed(
    filmed: Studio, synced: Index, tmp_path: Path
) -> None:
    """Who checks a stranger's file doesn't call the stranger."""
    take, away = filmed.takes[".jpg"], tmp_path / "away.jpg"
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/credentials"
        signed_elsewhere(take, away, filmed.signer, claiming(filmed.statement(synced, take)), url)
        assert url.encode() in away.read_bytes()
        found = check(synced, away, filmed.signer.root)
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    assert found.verdict is Verdict.UNSTAMPED


def test_a_file_that_was_encoded_again_is_no_longer_stamped(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    for suffix in (".jpg", ".png"):
        again = tmp_path / f"again{suffix}"
        with Image.open(stamped[suffix]) as picture:
            picture.save(again)
        assert check(synced, again, filmed.signer.root).verdict is Verdict.UNSTAMPED


def test_a_renamed_copy_is_as_valid(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jpeg"
    shutil.copy(stamped[".jpg"], copy)
    assert check(synced, copy, filmed.signer.root).verdict is Verdict.VALID
