"""The API is what its description says: schemathesis with every check on.

SCHEMA_EXAMPLES sets how many examples each question gets; with it all phases run over all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from test_api_story import AUDITOR, Api, served

_DEEP = int(os.environ.get("SCHEMA_EXAMPLES", "0"))
# The ways to break a parameter or body are tried on these; `make deep` tries them on all.
_TYPICAL = ["/productions/{production_id}/history", "/auth/verify"]
CHECKS = {
    *(
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
    ),
    *("response_schema_conformance", "negative_data_rejection", "positive_data_acceptance", "ignored_auth"),
    *("missing_required_header", "unsupported_method", "allow_header_conformance", "use_after_free"),
    *("ensure_resource_availability", "object_level_authorization"),
}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with served() as api:
        yield api


def run(api: Api, phases: set[str], examples: int, paths: list[str] | None = None) -> Counter[str]:
    """How often each check passed. Fails on the first that did not."""
    token = api.sign_in(AUDITOR)["authorization"]
    names = ("examples", "coverage", "fuzzing", "stateful")
    config: dict[str, Any] = {
        "headers": {"Authorization": token},
        "seed": 1,
        "generation": {"max-examples": examples},
        "phases": {name: {"enabled": name in phases} for name in names},
    }
    schema = schemathesis.openapi.from_url(
        f"{api.base_url}/openapi.json", config=SchemathesisConfig.from_dict(config)
    )
    passed: Counter[str] = Counter()
    for event in from_schema(schema.include(path=paths) if paths else schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            for checks in event.recorder.checks.values():
                for check in checks:
                    assert check.failure_info is None, (event.recorder.label, check.failure_info)
                    passed[check.name] += 1
    return passed


@pytest.mark.filterwarnings("ignore")  # schemathesis' own, and of what it brings
def test_the_api_is_as_described(api: Api) -> None:
    if _DEEP:
        passed = run(api, {"examples", "coverage", "fuzzing", "stateful"}, _DEEP)
    else:
        passed = run(api, {"examples", "fuzzing"}, 3) + run(api, {"coverage"}, 1, _TYPICAL)
    assert passed.keys() == CHECKS
    assert min(passed.values()) > 100


def test_every_route_is_described_with_its_errors(api: Api) -> None:
    described = api.get("/openapi.json").json()
    assert len(described["paths"]) >= 17
    for path, methods in described["paths"].items():
        for told in methods.values():
            assert told["summary"]
            assert told["description"]
            secured = path.startswith(("/members", "/audit"))
            assert ("security" in told) == secured
            wanted = {"200", "413", "422", "429", "503"} | ({"401", "403"} if secured else set())
            assert wanted <= told["responses"].keys(), path
            error = {"$ref": "#/components/schemas/Error"}
            for status in wanted - {"200"}:
                answer = told["responses"][status]["content"]["application/json"]["schema"]
                assert answer == error or (path, status) == ("/health", "503")


def test_the_page_names_every_route(api: Api) -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    named = {word.split("`")[0] for word in page.split("`/")[1:]}
    described = {path.removeprefix("/") for path in api.get("/openapi.json").json()["paths"]}
    assert described <= named
    assert {
        path for path in named if path.split("/")[0] in ("audit", "members", "pools", "productions")
    } <= described
