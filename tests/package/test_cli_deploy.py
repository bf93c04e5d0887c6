"""`trust deploy` on a token that exists already: it is tried out before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, opened

from trust.chain.deployments import Deployment
from trust.chain.dollar import ONE_DOLLAR
from trust.errors import DeploymentError

ROLES = ("enroller", "rate_setter", "steward", "strike_committee", "custodian", "treasurer")
PAYEES = ("benefits_plan", "pipeline_fund", "union")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as office:
        keys = office.local.keys
        union = {
            "council": keys["council"].address,
            "roles": {role: keys[role.replace("_", " ")].address for role in ROLES},
            "payees": {payee: keys[payee.replace("_", " ")].address for payee in PAYEES},
        }
        (tmp_path / "union.json").write_text(json.dumps(union))
        yield office


def deployment(office: Office, token: str, *options: str) -> tuple[object, ...]:
    files = ("--union", office.folder / "union.json", "--out", office.folder / "new.json")
    return ("deploy", *files, "--token", token, *options)


def sent(office: Office) -> int:
    """How many transactions the deployer has sent."""
    return office.chain.node.nonce(office.local.keys["deployer"].address)


def test_a_token_is_tried_out_with_a_dollar_of_the_deployers(office: Office) -> None:
    token, deployer = office.local.deployment.token, office.local.keys["deployer"].address
    before = sent(office)
    code, line = office.refused(*deployment(office, token), who="deployer")
    assert code == DeploymentError.exit_code
    assert f"{deployer} holds less than one of it" in line
    assert "--holder" in line
    assert sent(office) == before
    office.local.mint(deployer, ONE_DOLLAR)
    office.json(*deployment(office, token), who="deployer")
    assert Deployment.load(office.folder / "new.json").token == token
    payroll = office.local.as_("keeper").payroll
    assert payroll.balance(deployer) == ONE_DOLLAR


def test_a_token_is_tried_out_with_anybodys_dollar(office: Office) -> None:
    token, holder = office.local.deployment.token, office.local.keys["studio"].address
    office.local.mint(holder, ONE_DOLLAR)
    office.json(*deployment(office, token, "--holder", holder), who="deployer")
    assert Deployment.load(office.folder / "new.json").token == token


def test_a_token_may_go_untried_when_asked_for(office: Office) -> None:
    token = office.local.deployment.token
    office.json(*deployment(office, token, "--untried"), who="deployer")
    assert Deployment.load(office.folder / "new.json").token == token


def test_an_address_that_is_no_dollar_is_refused_even_untried(office: Office) -> None:
    before = sent(office)
    nobody, payroll = office.local.keys["studio"].address, office.local.deployment.address("Payroll")
    for address, said in ((nobody, "no token at"), (payroll, "doesn't answer decimals")):
        code, line = office.refused(*deployment(office, address, "--untried"), who="deployer")
        assert code == DeploymentError.exit_code
        assert said in line
    assert sent(office) == before
