"""Pool grants and collective licences in the index, against the contracts' own view of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from test_index_books import compare
from test_index_story import CARD, DAY, DOLLAR, EVIDENCE, SCENE, Story

from trust.errors import IndexFault
from trust.index import Books, Index, IndexedEvent
from trust.index.fold import apply
from trust.model import PoolId
from trust.pools import Chunk, Roster, Seat
from trust.testing import LocalChain
from trust.views import Deal, pool, pool_chunks, production, statement, totals, usage_history

CROWD, RUN, UNUSED = 1, 2, 3
PRICE = CARD["passiveSceneFees"][0] + CARD["passiveIterationFees"][0] + 1
UINTS = {"productionId": 24, "rateCardVersion": 16, "modalities": 8, "price": 64, "maxUses": 32}
UINTS |= {"notBefore": 40, "expires": 40, "representation": 8, "poolId": 32, "memberId": 24, "units": 32}
UINTS |= {"nonce": 256, "deadline": 256}


def typed(name: str) -> dict[str, str]:
    kind = {"sceneHash": "bytes32", "description": "string"}.get(name) or f"uint{UINTS.get(name, 0)}"
    return {"name": name, "type": kind}


class Deals:
    """Plays terms that members 1 and 2 sign."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def terms(self, days: int, **more: Any) -> dict[str, Any]:
        now = self.story.now()
        window = {"notBefore": now, "expires": now + days * DAY}
        return {
            "productionId": 1,
            "rateCardVersion": 1,
            "description": "A crowd. 7f",
            "modalities": 1,
            **window,
            **more,
        }

    def grant(self, days: int, uses: int) -> dict[str, Any]:
        order = ("productionId", "sceneHash", "rateCardVersion", "description", "modalities", "price", "maxUses",
                 "notBefore", "expires", "representation")  # fmt: skip
        terms = self.terms(days, sceneHash=SCENE, price=PRICE, maxUses=uses, representation=0)
        terms = {name: terms[name] for name in order}
        self.story.send(self.story.studio, "PoolGrants", "open", terms, [])
        return terms

    def licence(self, days: int) -> dict[str, Any]:
        order = (
            "productionId",
            "rateCardVersion",
            "description",
            "modalities",
            "price",
            "notBefore",
            "expires",
        )
        terms = self.terms(days, price=90 * DOLLAR + 7)
        terms = {name: terms[name] for name in order}
        self.story.send(self.story.studio, "CollectiveLicences", "open", terms)
        return terms

    def sign(self, contract: str, number: int, terms: dict[str, Any], units: dict[int, int]) -> None:
        consent = {"PoolGrants": "BackgroundConsent", "CollectiveLicences": "CollectiveTrainingConsent"}[
            contract
        ]
        structs = {"PoolGrants": "BackgroundTerms", "CollectiveLicences": "CollectiveTerms"}[contract]
        fields = [typed(name) for name in ("poolId", "memberId", "units")]
        fields += [{"name": "terms", "type": structs}, typed("nonce"), typed("deadline")]
        signers = []
        for member, its in units.items():
            own = {"memberId": member, "units": its, "nonce": 1_000 + number, "deadline": 2**40}
            signed = Account.sign_typed_data(
                self.story.keys[member - 1].key,
                domain_data={
                    "name": "Likeness Trust",
                    "version": "1",
                    "chainId": 31_337,
                    "verifyingContract": self.story.deployment.contracts[contract],
                },
                message_types={consent: fields, structs: [typed(name) for name in terms]},
                message_data={"poolId": number, "terms": terms} | own,
            )
            signers.append(own | {"signature": bytes(signed.signature)})
        self.story.send(self.story.studio, contract, "sign", number, signers)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with LocalChain() as chain:
        story = Story.deployed(chain, tmp_path_factory.mktemp("deals"))
        story.register()
        story.fund(1, 100_000 * DOLLAR)
        play(story)
        yield story


def play(story: Story) -> None:
    """A crowd of two that is used, and that one leaves; a training run; terms that nobody ever uses."""
    deals, output = Deals(story), keccak(b"crowd")
    crowd = deals.grant(30, 5)
    deals.sign("PoolGrants", CROWD, crowd, {1: 3, 2: 4})
    story.send(story.studio, "PoolGrants", "use", CROWD, 2, output, output, output)
    roster = Roster.of([Seat(1, 3), Seat(2, 4)])  # type: ignore[arg-type]
    chunk = Chunk(PoolId(CROWD), 0, 0, roster).as_struct()
    story.send(story.keys[1], "PoolGrants", "revoke", chunk, 1, b"")
    story.send(story.studio, "PoolGrants", "use", CROWD, 1, output, output, output)
    run = deals.licence(20)
    deals.sign("CollectiveLicences", RUN, run, {2: 9})
    story.send(story.studio, "CollectiveLicences", "recordTrainingRun", RUN, EVIDENCE, keccak(b"model"))
    story.send(story.studio, "CollectiveLicences", "attestRetirement", RUN, EVIDENCE)
    unused = deals.grant(2, 3)
    deals.sign("PoolGrants", UNUSED, unused, {1: 7})
    story.pass_days(40)
    story.send(story.union, "PoolGrants", "close", UNUSED)
    story.send(story.union, "PoolGrants", "close", CROWD)
    story.send(story.union, "Payroll", "push", chunk)


@pytest.fixture(scope="module")
def index(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("index") / "index.db"
    with Index(path, story.deployment, story.chain.node) as index:
        index.sync()
        yield index


@pytest.mark.parametrize(
    ("number", "contract"), [(CROWD, "PoolGrants"), (RUN, "CollectiveLicences"), (UNUSED, "PoolGrants")]
)
def test_what_is_left_of_terms_is_what_the_contract_says(
    index: Index, story: Story, number: int, contract: str
) -> None:
    seen = deal(index, number)
    told = story.view(contract, "dealOf", number)
    assert (seen.price, seen.uses_left, seen.closed) == (told["price"], told["usesLeft"], told["closed"])
    assert (seen.not_before, seen.expires) == (told["notBefore"], told["expires"])
    assert seen.modalities == ("FACE",)
    assert (seen.uses > 0 or seen.unused) == told["used"]
    signed = [story.view(contract, "hasSigned", number, member) for member in (1, 2)]
    assert seen.signed == sum(signed)


def deal(index: Index, number: int) -> Deal:
    found = pool(index, number).deal
    assert found is not None
    return found


def test_a_crowd_is_used_left_and_closed(index: Index) -> None:
    seen, money = deal(index, CROWD), pool(index, CROWD)
    assert (seen.kind, seen.scene_hash, seen.uses, seen.uses_left) == ("POOL_GRANT", SCENE, 3, 2)
    assert (seen.signed, seen.revoked, seen.unused, seen.closed) == (1, 1, False, True)
    assert money.managed
    assert money.charged == money.gross == PRICE * (2 * 7 + 1 * 3)
    assert money.reserved == 0
    assert pool_chunks(index, CROWD)[0].vacated == (1,)


def test_a_run_is_paid_once_and_its_model_retired(index: Index) -> None:
    seen = deal(index, RUN)
    assert (seen.kind, seen.model, seen.retired) == ("COLLECTIVE_LICENCE", keccak(b"model"), True)
    assert pool(index, RUN).charged == 9 * (90 * DOLLAR + 7)


def test_terms_that_nobody_used_pay_one_use(index: Index) -> None:
    seen = deal(index, UNUSED)
    assert (seen.uses, seen.uses_left, seen.unused) == (0, 2, True)
    assert pool(index, UNUSED).charged == 7 * PRICE


def test_history_has_a_crowds_uses(index: Index) -> None:
    first, second = usage_history(index).uses
    assert [(use.pool_id, use.grant_id, use.member_id) for use in (first, second)] == [
        (CROWD, None, None)
    ] * 2
    assert [(use.iterations, use.units, use.gross) for use in (first, second)] == [
        (2, 7, 14 * PRICE),
        (1, 3, 3 * PRICE),
    ]
    assert (first.kind, first.asset_class, first.replica_type) == ("CROWD", "PASSIVE", "BACKGROUND")
    assert (first.scene_hash, first.output_hash, first.output_seconds) == (SCENE, keccak(b"crowd"), None)
    assert (first.price, first.used_at) == (PRICE, first.reported_at)
    assert sum(use.gross for use in (first, second)) == pool(index, CROWD).charged


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"member": 1}, 2),
        # Gone before the second.
        ({"member": 2}, 1),
        ({"member": 3}, 0),
        ({"pool": CROWD}, 2),
        ({"pool": UNUSED}, 0),
        ({"production": 1}, 2),
        ({"production": 2}, 0),
        ({"grant": 1}, 0),
    ],
)
def test_crowds_uses_are_found(index: Index, wanted: dict[str, int], count: int) -> None:
    assert len(usage_history(index, **wanted).uses) == count


def test_pages_go_on_after_a_crowds_use(index: Index) -> None:
    page = usage_history(index, limit=1)
    assert page.next is not None
    rest = usage_history(index, after=page.next)
    assert (page.uses + rest.uses, rest.next) == (usage_history(index).uses, None)


def test_statement_shows_what_a_member_signed_with_others(index: Index) -> None:
    first, second = (statement(index, member).pool_consents for member in (1, 2))
    assert [(one.pool_id, one.units, one.revoked, one.closed) for one in first] == [
        (CROWD, 3, False, True),
        (UNUSED, 7, False, True),
    ]
    assert [(one.pool_id, one.units, one.revoked) for one in second] == [(CROWD, 4, True), (RUN, 9, False)]
    assert [one.kind for one in second] == ["POOL_GRANT", "COLLECTIVE_LICENCE"]
    assert (first[0].scene_hash, first[0].price, first[0].uses_left) == (SCENE, PRICE, 2)
    assert (second[1].scene_hash, second[1].modalities) == (None, ("FACE",))


def test_all_sums_agree(index: Index, story: Story) -> None:
    for number in (CROWD, RUN, UNUSED):
        pool(index, number).check()
    for member in (1, 2):
        statement(index, member).check()
    production(index, 1).check()
    totals(index).check()
    assert totals(index).held.total == story.held()
    compare(index.books(), story)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("PoolGranted", "productionId", 2),
        ("PoolConsentRevoked", "units", 5),
        ("PoolUsed", "uses", 6),
        ("CollectiveRunRecorded", "poolId", 9),
    ],
)
def test_an_event_that_contradicts_the_books_is_a_fault(
    index: Index, name: str, field: str, value: int
) -> None:
    books = Books(index.clock)
    for event in index.events():
        if event.name == name:
            forged = IndexedEvent(
                event.block_number, event.log_index, event.tx_hash, event.timestamp, event.contract, name,
                {**event.args, field: value},
            )  # fmt: skip
            with pytest.raises(IndexFault, match=f"{name} in block"):
                apply(books, forged)
            return
        apply(books, event)
    raise AssertionError(f"no {name}")
