"""What stands before every route: rates, sizes, headers; and that faults are told in the one form."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from test_api_story import Api, served, synced

from trust.api import Options
from trust.api.buckets import Buckets, client_of
from trust.api.server import listen, url_of
from trust.errors import InputError

ORIGIN = "https://portal.example"


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with served(url="https://trust.example", origins=(ORIGIN,), rate=0.001, burst=100.0) as api:
        yield api


def test_a_bucket_empties_and_fills_again() -> None:
    buckets = Buckets(rate=2, burst=4)
    assert [buckets.take("a", 1, 0) for _ in range(4)] == [0, 0, 0, 0]
    assert buckets.take("a", 1, 0) == 0.5
    assert buckets.take("b", 4, 0) == 0  # another client's is its own
    assert buckets.take("a", 1, 0.5) == 0
    assert buckets.take("a", 3, 1) == 1.0  # nothing is spent on what is refused
    assert buckets.take("a", 3, 2) == 0
    assert buckets.take("a", 4, 100) == 0
    assert buckets.take("a", 1, 100) > 0


def test_a_question_dearer_than_a_bucket_needs_a_full_one() -> None:
    buckets = Buckets(rate=1, burst=2)
    assert buckets.take("a", 10, 0) == 0  # it takes all there is
    assert buckets.take("a", 1, 0) == 1.0
    assert buckets.take("a", 10, 0) == 2.0
    assert buckets.take("a", 10, 2) == 0


def test_the_clients_unseen_longest_are_forgotten() -> None:
    buckets = Buckets(rate=1, burst=1)
    for number in range(20_005):
        buckets.take(str(number), 1, 0)
    assert len(buckets._buckets) == 20_000
    assert buckets.take("20004", 1, 0) > 0
    assert buckets.take("0", 1, 0) == 0


def test_a_client_is_an_address_or_a_customers_network() -> None:
    assert client_of("192.0.2.7") == client_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::"
    assert client_of("2001:db8:1:3::1") != client_of("2001:db8:1:2::1")
    assert client_of("fe80::1%eth0") == "fe80::"
    assert client_of("a socket") == "a socket"


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    with served(rate=0.5, burst=3.0) as api:
        codes = [api.get("/status").status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = api.get("/status")
        assert refused.json() == {
            "error": "TooMany",
            "message": "Too many requests.",
            "hint": "Ask again in 2 s.",
        }
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["x-content-type-options"] == "nosniff"


def test_signing_in_costs_more() -> None:
    with served(rate=0.001, burst=12.0) as api:
        body = {"message": "a", "signature": "0x00"}
        assert [api.post("/auth/verify", json=body).status_code for _ in range(3)] == [401, 401, 429]


def test_a_long_body_is_not_read(api: Api) -> None:
    answer = api.post("/auth/verify", content=b"a" * 65_537, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (413, "TooLarge")

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"a" * 1_000

    streamed = api.post("/auth/verify", content=endless(), headers={"content-type": "application/json"})
    assert streamed.status_code == 413


def test_every_answer_has_the_headers_that_keep_browsers_out(api: Api) -> None:
    for path in ("/totals", "/nothing", "/auth/nonce", "/productions/0", "/members/1/statement"):
        headers = api.get(path).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["strict-transport-security"].startswith("max-age=")
        assert "access-control-allow-origin" not in headers


def test_only_the_named_origins_may_ask(api: Api) -> None:
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    good = api.options("/totals", headers={"origin": ORIGIN} | asked)
    assert good.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in good.headers
    bad = api.options("/totals", headers={"origin": "https://evil.example"} | asked)
    assert bad.status_code == 400
    assert "access-control-allow-origin" not in bad.headers
    assert api.get("/totals", headers={"origin": ORIGIN}).headers["access-control-allow-origin"] == ORIGIN


def test_no_origin_may_ask_by_default() -> None:
    with served() as api:
        answer = api.get("/totals", headers={"origin": ORIGIN})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_what_nobody_foresaw_is_told_without_details(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    where, deployment = synced()
    copy = Path(shutil.copy(where, tmp_path / "copy.db"))
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute(
            "UPDATE event_scene_granted SET terms_asset_class = 9"
        )  # the contracts have no such class
    with served(copy, deployment) as api:
        answer = api.get("/productions/1/history")
        assert (answer.status_code, answer.json()["error"]) == (500, "Unexpected")
        assert "index" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "/productions/{production_id}/history failed" in caplog.text
        assert api.get("/totals").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "trust.example",
        "ftp://trust.example",
        "https://",
        "https://a/b",
        "https://u@a",
        "https://a?b",
        "https://a/",
    ],
)
def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="is not where an API is"):
        Options(*synced(), url)


def test_a_short_secret_is_refused_and_none_is_shown() -> None:
    with pytest.raises(InputError, match="has 31 bytes"):
        Options(*synced(), "https://a", secret=b"s" * 31)
    shown = repr(Options(*synced(), "https://a", secret=b"s" * 32, rpc="http://node/key"))
    assert "ssss" not in shown
    assert "node/key" not in shown


def test_a_place_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port} can't be listened on"):
            listen("127.0.0.1", port)
    with listen("::1", 0) as listener:
        assert url_of(listener).startswith("http://[::1]:")
