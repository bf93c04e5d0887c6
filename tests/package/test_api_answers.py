"""What the API answers, and that it is what the views say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from test_api_story import AUDITOR, MEMBER, Api, served, synced
from test_index_story import DAY, SCENE

from trust.index import Index
from trust.views import licence, production, statement, totals, usage_history


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with served() as api:
        yield api


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with Index(*synced()) as index:
        yield index


@pytest.fixture(scope="module")
def auditor(api: Api) -> dict[str, str]:
    return api.sign_in(AUDITOR)


def plain(view: Any) -> Any:
    return json.loads(json.dumps(view.as_json()))


# The same as the views


def test_a_member_reads_the_statement_that_the_view_gives(api: Api, index: Index) -> None:
    answer = api.get("/members/1/statement", headers=api.sign_in(MEMBER))
    assert answer.json() == plain(statement(index, 1))


def test_an_auditor_reads_what_the_views_give(api: Api, index: Index, auditor: dict[str, str]) -> None:
    assert api.get("/audit/productions/1", headers=auditor).json() == plain(production(index, 1))
    assert api.get("/members/2/licences/1", headers=auditor).json() == plain(licence(index, 1 << 24 | 2))
    page = api.get("/audit/history", headers=auditor).json()
    assert page == plain(usage_history(index))
    mine = api.get("/members/1/history", headers=auditor).json()
    assert mine == plain(usage_history(index, member=1))


def test_everybody_reads_totals_and_a_production(api: Api, index: Index) -> None:
    assert api.get("/totals").json() == plain(totals(index))
    seen, public = plain(production(index, 1)), api.get("/productions/1").json()
    same = public.keys() - {"licences", "grants"}
    assert {name: public[name] for name in same} == {name: seen[name] for name in same}
    assert [line["licence"] for line in public["licences"]] == ["1-1", "1-2"]
    assert [line["premium"] for line in public["grants"]] == [line["premium"] for line in seen["grants"]]


def test_an_answer_of_a_later_moment(api: Api, index: Index) -> None:
    later = (index.latest() or 0) + 30 * DAY
    answer = api.get("/totals", params={"at": later}).json()
    assert answer == plain(totals(index, later))
    assert answer["held"]["members"] > api.get("/totals").json()["held"]["members"]


def test_a_licence_of_a_production_is_known_by_its_place(api: Api, index: Index) -> None:
    seen, public = licence(index, 1 << 24 | 2), api.get("/productions/1/licences/2").json()
    assert (public["licence"], public["state"]) == ("1-2", seen.state)
    assert public["fees_gross"] == seen.fees_gross
    assert [run["run"] for run in public["runs"]] == [1]
    missing = api.get("/productions/1/licences/3")
    assert (missing.status_code, missing.json()["error"]) == (404, "NotFound")
    assert "has no licence 3" in missing.json()["message"]


# Pages


@pytest.mark.parametrize("newest", ["false", "true"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_hold_every_use_once(api: Api, newest: str, limit: int) -> None:
    whole = api.get("/productions/1/history", params={"newest": newest}).json()
    assert whole["next"] is None
    assert len(whole["uses"]) == 6
    uses: list[Any] = []
    asked: dict[str, Any] = {"limit": limit, "newest": newest}
    while True:
        page = api.get("/productions/1/history", params=asked).json()
        uses += page["uses"]
        if page["next"] is None:
            break
        asked["after"] = page["next"]
    assert uses == whole["uses"]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"licence": 1}, 4),
        ({"licence": 2}, 2),
        ({"grant": 1}, 4),
        ({"asset_class": "ACTIVE"}, 6),
        ({"asset_class": "PASSIVE"}, 0),
        ({"scene": "0x" + SCENE.hex()}, 6),
        ({"scene": "0x" + "00" * 32}, 0),
        ({"until": 1}, 0),
        ({"since": 1, "until": 2**40}, 6),
        ({"since": 2, "until": 1}, 0),
        ({"pool": 1}, 0),
    ],
)
def test_uses_are_filtered(api: Api, wanted: dict[str, Any], count: int) -> None:
    assert len(api.get("/productions/1/history", params=wanted).json()["uses"]) == count


# Not modified


def test_an_answer_that_still_holds_is_not_sent_again(api: Api) -> None:
    for path in ("/productions/1", "/productions/1/history?limit=2", "/totals", "/digest"):
        first = api.get(path)
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = api.get(path, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert api.get(path, headers={"if-none-match": '"other"'}).content == first.content


def test_other_questions_have_other_tags(api: Api) -> None:
    paths = ("/productions/1", "/productions/2", "/productions/1?at=0", "/productions/1/history", "/totals")
    tags = [api.get(path).headers["etag"] for path in paths]
    assert len(set(tags)) == len(tags)
    history = "/productions/1/history"
    assert (
        api.get(f"{history}?limit=2&grant=1").headers["etag"]
        == (api.get(f"{history}?grant=1&limit=2").headers["etag"])
    )


def test_answers_name_their_block_and_who_may_keep_them(api: Api, index: Index) -> None:
    status = index.status()
    public, private = api.get("/totals"), api.get("/members/1/statement", headers=api.sign_in(MEMBER))
    for answer in (public, private):
        assert answer.headers["index-block"] == str(status.block)
        assert answer.headers["index-block-hash"] == status.block_hash
        assert answer.headers["index-proven"] == "none"
    assert public.headers["cache-control"] == "public, no-cache"
    assert private.headers["cache-control"] == "private, no-cache"
    assert private.headers["vary"] == "Authorization"
    assert api.get("/auth/nonce").headers["cache-control"] == "no-store"


# State


def test_status_and_digest_are_the_indexs(api: Api, index: Index) -> None:
    told, status = api.get("/status").json(), index.status()
    assert {name: told[name] for name in ("block", "block_hash", "events", "proven")} == {
        "block": status.block,
        "block_hash": status.block_hash,
        "events": status.events,
        "proven": None,
    }
    assert (told["head"], told["lag_blocks"]) == (None, None)
    assert api.get("/digest").json() == {
        "block": status.block,
        "block_hash": status.block_hash,
        "digest": index.digest(),
    }


def test_metrics_name_routes_and_nobody(api: Api, auditor: dict[str, str]) -> None:
    api.get("/members/2/statement", headers=auditor)
    api.get("/no/such/path")
    text = api.get("/metrics").text
    found = {
        (sample.name, sample.labels.get("route"), sample.labels.get("status")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["trust_api_requests_total", "/members/{member_id}/statement", "200"] >= 1
    assert found["trust_api_requests_total", "none", "404"] >= 1
    assert found["trust_api_index_block", None, None] == api.get("/status").json()["block"]
    assert found["trust_api_healthy", None, None] == 1
    assert "/members/2" not in text
    assert not re.search("0x[0-9a-fA-F]{8}", text)


# Errors


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/nothing", 404, "NotFound"),
        ("/productions/99", 404, "NotFound"),
        ("/productions/99/history", 404, "NotFound"),
        ("/productions/99/pools", 404, "NotFound"),
        ("/productions/99/licences/1", 404, "NotFound"),
        ("/pools/99", 404, "NotFound"),
        ("/productions/0", 422, "Invalid"),
        ("/productions/1_0", 422, "Invalid"),
        ("/productions/%2B1", 422, "Invalid"),
        ("/productions/1.0", 422, "Invalid"),
        ("/productions/99999999999999999999", 422, "Invalid"),
        ("/productions/1?member=1", 422, "Invalid"),
        ("/productions/1/history?member=1", 422, "Invalid"),
        ("/productions/1/history?limit=1001", 422, "Invalid"),
        ("/productions/1/history?limit=1&limit=2", 422, "Invalid"),
        ("/productions/1/history?newest=yes", 422, "Invalid"),
        ("/productions/1/history?after=1", 422, "Invalid"),
        ("/productions/1/history?scene=0x12", 422, "Invalid"),
        ("/productions/1/history?asset_class=active", 422, "Invalid"),
        (f"/productions/1/history?scene={'0' * 2_100}", 422, "Invalid"),
        ("/members/1/statement", 401, "SignInRefused"),
        ("/audit/history", 401, "SignInRefused"),
    ],
)
def test_errors_have_one_form(api: Api, path: str, status: int, error: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json().keys() == {"error", "message", "hint"}
    assert answer.json()["message"].endswith(".")


def test_only_reading_is_possible(api: Api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = api.request(method, "/productions/1")
        assert (answer.status_code, answer.json()["error"]) == (405, "MethodNotAllowed")
        assert answer.headers["allow"] == "GET"


def test_an_empty_index_and_one_that_stopped_are_unhealthy(index: Index, tmp_path: Any) -> None:
    where, deployment = synced()
    with served(tmp_path / "empty.db", deployment) as api:
        assert (api.get("/health").status_code, api.get("/health").json()["ok"]) == (503, False)
        for path in ("/totals", "/productions/1", "/digest"):
            answer = api.get(path)
            assert (answer.status_code, answer.json()["message"]) == (503, "The index is empty.")
            assert answer.headers["retry-after"]
    stopped = (index.latest() or 0) + 601.0
    with served(where, deployment, clock=lambda: stopped) as api:
        answer = api.get("/health")
        assert (answer.status_code, answer.json()["problems"]) == (
            503,
            ["The index stopped: its last block is 601 s old."],
        )
        assert api.get("/totals").status_code == 200
    with served(where, deployment, clock=lambda: stopped - 1) as api:
        assert api.get("/health").json()["ok"]


def test_a_database_that_fails_is_told_without_its_place(tmp_path: Any) -> None:
    _, deployment = synced()
    place = tmp_path / "broken.db"
    place.write_bytes(b"this is no database" * 100)
    with served(place, deployment) as api:
        answer = api.get("/totals")
        assert (answer.status_code, answer.json()["error"]) == (503, "Unavailable")
        assert "broken" not in answer.text


def test_every_field_of_every_answer_has_a_meaning(api: Api) -> None:
    found: httpx.Response = api.get("/openapi.json")
    schemas = found.json()["components"]["schemas"]
    assert len(schemas) > 25
    for name, schema in schemas.items():
        for field, told in schema.get("properties", {}).items():
            meaning = told.get("description", "")
            assert meaning, f"{name}.{field}"
            assert meaning != field.replace("_", " "), f"{name}.{field} has no words in trust/api/words.py"
