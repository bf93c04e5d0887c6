"""Pool grants and collective licences from Python: signatures in batches, given again, mixed up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from consenting import Consenting, consenting
from eth_utils.crypto import keccak

from trust.errors import ContractRefused, InputError
from trust.model import MemberId, PoolId, dollars
from trust.nouns.pooled_consents import MOST_SIGNERS

OUTPUT, PROMPT, MODEL = (keccak(text=word) for word in ("output", "prompt", "model"))
SIZE = MOST_SIGNERS + 7
HOUR = 3_600
#: Most gas that a transaction may have, from the osaka hardfork on (EIP-7825).
TRANSACTION_GAS = 2**24
#: Bytes that nodes pass on, of one transaction.
TRANSACTION_BYTES = 131_072


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consenting]:
    with consenting(tmp_path_factory.mktemp("consenting"), SIZE) as found:
        yield found


def test_crowd_signs_in_batches_that_fit(union: Consenting) -> None:
    grants, terms = union.stage.studio.pool_grants, union.background()
    pool = union.opened(terms)
    # In no order, as files in a folder are.
    members = sorted(union.players, key=lambda member: keccak(member.to_bytes(3)))
    consents = [union.consent(pool, terms, member, 1 + member % 3) for member in members]
    heard: list[int] = []
    done = grants.sign(pool, consents, progress=heard.append)
    assert heard == [MOST_SIGNERS, SIZE - MOST_SIGNERS]
    assert [result.gas_used < TRANSACTION_GAS * 2 // 3 for result in done.results if result.gas_used] == [
        True,
        True,
    ]
    assert [len(chunk.roster) for chunk in done.chunks] == heard
    seats = [seat for chunk in done.chunks for seat in chunk.roster]
    assert seats == sorted(seats)
    assert {seat.member: seat.units for seat in seats} == {member: 1 + member % 3 for member in members}
    node = union.chain.node
    for result in done.results:
        assert result.receipt is not None
        sent = node.call("eth_getTransactionByHash", result.receipt.hash)
        assert len(sent["input"]) // 2 < TRANSACTION_BYTES - 1_000
    assert grants.has_signed(pool, MemberId(1))


def test_all_may_be_given_again_when_more_have_come(union: Consenting) -> None:
    grants, terms = union.stage.studio.pool_grants, union.background()
    pool = union.opened(terms)
    first = [union.consent(pool, terms, MemberId(number)) for number in (5, 2)]
    assert len(grants.sign(pool, first).results) == 1
    assert grants.sign(pool, first).results == ()
    done = grants.sign(pool, [*first, union.consent(pool, terms, MemberId(3))])
    assert [chunk.roster.members for chunk in done.chunks] == [(3,)]
    assert grants.sign(pool, []).results == ()


def test_cancelled_and_revoked_consents_are_left_out(union: Consenting) -> None:
    grants, terms = union.stage.studio.pool_grants, union.background()
    pool = union.opened(terms)
    consents = [union.consent(pool, terms, MemberId(number)) for number in (1, 2, 3)]
    player = union.players[MemberId(2)]
    nonce = consents[1].consent.message["nonce"]
    cancelled = union.stage.sign(player, "ConsentCancellation", {"memberId": 2, "nonce": nonce})
    union.stage.local.as_("keeper").members.cancel_consent(MemberId(2), nonce, cancelled)
    done = grants.sign(pool, consents)
    assert [chunk.roster.members for chunk in done.chunks] == [(1, 3)]
    signed = union.stage.sign(
        union.players[MemberId(1)], "PoolRevocation", {"poolId": pool, "memberId": 1}, "PoolGrants"
    )
    union.stage.local.as_("keeper").pool_grants.revoke(done.chunks[0], MemberId(1), signed)
    assert grants.waiting(pool, consents) == []
    assert not grants.has_signed(pool, MemberId(1))


def test_who_revokes_is_paid_what_fell_due_after_the_estimate(union: Consenting) -> None:
    """By the estimate's block nothing is due, and by the revocation's an hour is."""
    stage, terms = union.stage, union.background()
    pool = union.opened(terms)
    done = stage.studio.pool_grants.sign(pool, [union.consent(pool, terms, MemberId(4))])
    stage.studio.pools.stream(pool, dollars(1_000), stage.now() + 10 * HOUR)
    anyone = stage.local.as_("keeper")
    anyone.pools.push(done.chunks[0])
    player = union.players[MemberId(4)]
    signed = stage.sign(player, "PoolRevocation", {"poolId": pool, "memberId": 4}, "PoolGrants")
    union.chain.node.call("evm_setNextBlockTimestamp", stage.now() + HOUR)
    paid = anyone.pool_grants.revoke(done.chunks[0], MemberId(4), signed).event("SeatsVacated")
    assert paid.args["paid"] > 0


def test_consents_to_other_terms_are_refused_before_anything_is_sent(union: Consenting) -> None:
    grants, terms = union.stage.studio.pool_grants, union.background()
    pool, other = union.opened(terms), union.opened(terms)
    good, wrong = union.consent(pool, terms, MemberId(1)), union.consent(other, terms, MemberId(2))
    with pytest.raises(InputError, match=f"not to the terms of pool {pool}"):
        grants.sign(pool, [good, wrong])
    training = union.consent(pool, union.collective(), MemberId(2))
    with pytest.raises(InputError, match="CollectiveTrainingConsent is not to the terms"):
        grants.sign(pool, [good, training])
    with pytest.raises(InputError, match="Member 1 signed twice"):
        grants.sign(pool, [good, union.consent(pool, terms, MemberId(1), 2)])
    scan = union.stage.sign(
        union.players[MemberId(1)], "PoolRevocation", {"poolId": pool, "memberId": 1}, "PoolGrants"
    )
    with pytest.raises(InputError, match="PoolRevocation is not to the terms"):
        grants.sign(pool, [scan])
    assert union.stage.studio.pools.of(pool)["units"] == 0


def test_simulation_sends_nothing(union: Consenting) -> None:
    grants, terms = union.stage.studio.pool_grants, union.background()
    before = union.stage.studio.pools.count()
    assert grants.open(terms, union.proof, simulate=True).id == before + 1
    assert union.stage.studio.pools.count() == before
    pool = union.opened(terms)
    consents = [union.consent(pool, terms, MemberId(number)) for number in (1, 2)]
    assert [result.receipt for result in grants.sign(pool, consents, simulate=True).results] == [None]
    assert not grants.has_signed(pool, MemberId(1))
    with pytest.raises(ContractRefused, match="PoolIsEmpty"):
        grants.use(pool, 1, OUTPUT, PROMPT, MODEL, simulate=True)


def test_grant_goes_from_terms_to_close(union: Consenting) -> None:
    grants, terms = union.stage.studio.pool_grants, union.background()
    pool = union.opened(terms)
    assert grants.of(pool)["price"] == terms.price
    assert grants.of(PoolId(2**31))["expires"] == 0
    chunk = grants.sign(pool, [union.consent(pool, terms, MemberId(4), 6)]).chunks[0]
    charged = grants.use(pool, 1, OUTPUT, PROMPT, MODEL).event("PoolCharged").args
    assert charged["gross"] == terms.price * 6
    union.stage.pass_time(31 * 86_400)
    with pytest.raises(ContractRefused, match="OutsideWindow"):
        grants.use(pool, 1, OUTPUT, PROMPT, MODEL)
    closed = union.stage.local.as_("keeper").pool_grants.close(pool).event("PoolDealClosed").args
    assert not closed["unused"]
    paid = union.stage.local.as_("keeper").pools.push(chunk).event("PoolPushed").args["paid"]
    assert paid == charged["gross"] - charged["dues"]


def test_licence_goes_from_terms_to_retirement(union: Consenting) -> None:
    licences, terms = union.stage.studio.collective_licences, union.collective()
    made = licences.open(terms)
    assert made.id is not None
    pool = PoolId(made.id)
    done = licences.sign(pool, [union.consent(pool, terms, MemberId(n), n) for n in (2, 1)])
    assert done.chunks[0].roster.units == (1, 2)
    run = licences.record_training_run(pool, OUTPUT, MODEL)
    assert run.event("PoolCharged").args["gross"] == 3 * terms.price
    assert licences.open_run(pool) == MODEL
    licences.attest_retirement(pool, PROMPT)
    assert licences.open_run(pool) == bytes(32)
    assert licences.of(pool)["usesLeft"] == 0
