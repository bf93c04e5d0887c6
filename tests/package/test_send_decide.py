"""The sending policy on its own: pure, so every rule is tried on rows and chains that Hypothesis makes up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.chain.rpc import Address, RpcError, TxHash
from trust.send.decide import (
    Adopt,
    Broadcast,
    GiveUpNonce,
    Prepare,
    Refuse,
    Reject,
    Reopen,
    Reserve,
    Settle,
    Sign,
    Unclear,
    Wait,
    admit,
    decide,
)
from trust.send.fees import bumped, quote
from trust.send.model import (
    Attempt,
    Fees,
    Head,
    Intent,
    Nonce,
    Reason,
    Receipt,
    Row,
    RowId,
    Rules,
    State,
    Taken,
)
from trust.send.verdict import Verdict, classify

GWEI = 10**9
SENDER = Address("0x" + "5e" * 20)
RULES = Rules(max_fee_cap=100 * GWEI)
REFUSALS = (
    None,
    "already known",
    "nonce too low",
    "replacement transaction underpriced",
    "max fee per gas less than block base fee",
    "insufficient funds for gas * price + value",
    "intrinsic gas too low",
    "txpool is full",
)

fee = st.integers(0, 200 * GWEI)
hashes = st.sampled_from([TxHash(f"0x{n:064x}") for n in range(6)])


taken = st.builds(Taken, hashes, st.integers(1, 120), st.booleans())
now = st.floats(0, 2000)


@st.composite
def attempts(draw: st.DrawFn, nonce: int, least: int) -> tuple[Attempt, ...]:
    chosen = draw(st.lists(hashes, min_size=least, max_size=3, unique=True))
    cheapest = draw(st.integers(1, 40 * GWEI))
    made = []
    for number, hash_ in enumerate(chosen):
        max_fee = cheapest * 2**number
        offered = draw(st.floats(0, 1000))
        made.append(
            Attempt(
                hash=hash_,
                nonce=Nonce(nonce),
                fees=Fees(max_fee, draw(st.integers(0, max_fee))),
                raw=draw(st.sampled_from([b"raw", b"raw", b""])),
                offered_at=offered,
                broadcast_at=draw(st.none() | st.floats(offered, 1000)),
                refusal=draw(st.sampled_from(REFUSALS)),
            )
        )
    return tuple(made)


@st.composite
def receipts(draw: st.DrawFn, hash_: TxHash) -> Receipt:
    block = draw(st.integers(1, 120))
    return Receipt(hash_, block, "0xb10c", draw(st.booleans()), 21_000, GWEI, None, ())


@st.composite
def rows(draw: st.DrawFn, *states: State) -> Row:
    state = draw(st.sampled_from(states or tuple(State)))
    bare = Row(RowId(1), Intent("key", "0x" + "aa" * 20), state, SENDER)
    if state is State.QUEUED:
        return bare
    nonce = draw(st.integers(0, 10))
    tried = draw(attempts(nonce, least=0 if state is State.RESERVED else 1))
    mined = state in (State.MINED, State.FINAL, State.FAILED)
    receipt = draw(receipts(draw(st.sampled_from(tried)).hash)) if mined else None
    return replace(bare, nonce=Nonce(nonce), gas=21_000, attempts=tried, receipt=receipt)


@st.composite
def heads(draw: st.DrawFn) -> Head:
    block = draw(st.integers(1, 120))
    latest = draw(st.integers(0, 12))
    seen = draw(st.lists(hashes, max_size=2, unique=True))
    return Head(
        block_number=block,
        final_number=block - draw(st.integers(0, 10)),
        base_fee=draw(fee),
        priority_fee=draw(fee),
        gas_limit=30_000_000,
        balance=10**18,
        latest_nonce=Nonce(latest),
        pending_nonce=Nonce(latest + draw(st.integers(0, 4))),
        receipts={hash_: draw(receipts(hash_)) for hash_ in seen} if draw(st.booleans()) else {},
        taken={Nonce(n): draw(taken) for n in draw(st.lists(st.integers(0, 12), max_size=13))},
    )


WITH_NONCE = (State.RESERVED, State.SENT, State.MINED, State.FINAL, State.FAILED)


@given(rows(State.RESERVED, State.SENT), heads(), now, taken)
def test_a_nonce_is_given_up_exactly_on_proof_that_another_transaction_used_it_for_good(
    row: Row, head: Head, now: float, taken: Taken
) -> None:
    assert row.nonce is not None
    head = replace(head, latest_nonce=Nonce(row.nonce + 1))
    assert not isinstance(decide(row, replace(head, taken={}), now, RULES), GiveUpNonce)
    head = replace(head, taken={row.nonce: taken})
    proven = (
        taken.hash not in {attempt.hash for attempt in row.attempts}
        and not taken.matches
        and taken.block_number <= head.final_number
        and head.receipt_of(row) is None
    )
    assert isinstance(decide(row, head, now, RULES), GiveUpNonce) == proven


@given(rows(*WITH_NONCE), heads(), now)
def test_a_nonce_that_nobody_used_stays_with_its_row(row: Row, head: Head, now: float) -> None:
    assert row.nonce is not None
    head = replace(head, latest_nonce=row.nonce)
    assert not isinstance(decide(row, head, now, RULES), GiveUpNonce | Adopt | Prepare)


@given(rows(), heads(), now)
def test_no_fee_ever_passes_the_cap(row: Row, head: Head, now: float) -> None:
    action = decide(row, head, now, RULES)
    if isinstance(action, Sign | Prepare):
        assert action.fees.priority_fee <= action.fees.max_fee <= RULES.max_fee_cap


@given(rows(), heads(), now)
def test_a_bump_raises_both_fees_by_an_eighth_or_more(row: Row, head: Head, now: float) -> None:
    action = decide(row, head, now, RULES)
    ours = [attempt for attempt in row.current if attempt.raw]
    if isinstance(action, Sign) and ours:
        old = ours[-1].fees
        assert action.fees.max_fee * 8 >= old.max_fee * 9
        assert action.fees.priority_fee * 8 >= old.priority_fee * 9
        assert action.fees.max_fee > old.max_fee
        assert action.fees.priority_fee > old.priority_fee


@given(rows(State.SENT, State.MINED, State.FINAL, State.FAILED), heads(), now, st.data())
def test_a_receipt_settles_the_row_whatever_else_is_seen(
    row: Row, head: Head, now: float, data: st.DataObject
) -> None:
    seen = data.draw(receipts(row.attempts[-1].hash))
    receipt = row.receipt if row.receipt and data.draw(st.booleans()) else seen
    head = replace(head, receipts={receipt.hash: receipt})
    action = decide(row, head, now, RULES)
    if receipt.block_number > head.final_number:
        expected = State.MINED
    else:
        expected = State.FINAL if receipt.succeeded else State.FAILED
    known = row.state is expected and row.receipt == receipt
    assert isinstance(action, Wait) if known else action == Settle(receipt, expected)


@given(rows(State.MINED), heads(), now)
def test_a_mined_row_without_a_receipt_is_broadcast_again_unchanged(row: Row, head: Head, now: float) -> None:
    action = decide(row, replace(head, receipts={}), now, RULES)
    assert isinstance(action, Reopen)
    ours = [attempt for attempt in row.attempts if attempt.raw]
    assert (action.attempt in ours) if ours else action.attempt is None
    was_mined = [attempt for attempt in ours if row.receipt and attempt.hash == row.receipt.hash]
    assert not was_mined or action.attempt == was_mined[0]


@given(rows(), heads(), now)
def test_only_bytes_that_are_kept_are_broadcast(row: Row, head: Head, now: float) -> None:
    action = decide(row, head, now, RULES)
    if isinstance(action, Broadcast):
        assert action.attempt in row.attempts
        assert action.attempt.raw


@given(rows(), heads(), now)
def test_a_row_is_rejected_only_if_its_one_transaction_can_never_be_mined(
    row: Row, head: Head, now: float
) -> None:
    action = decide(row, head, now, RULES)
    if isinstance(action, Reject):
        (only,) = [attempt for attempt in row.current if attempt.raw]
        assert classify(only.refusal) is Verdict.REJECTED


@given(heads(), now)
def test_a_row_that_spent_nothing_and_failed_stays_failed(head: Head, now: float) -> None:
    refused = Row(RowId(1), Intent("key", SENDER), State.FAILED, SENDER, reason=Reason.REFUSED)
    assert isinstance(decide(refused, head, now, RULES), Wait)


@given(heads())
def test_a_queued_row_waits_while_the_market_is_above_the_cap_and_goes_on_below_it(head: Head) -> None:
    row = Row(RowId(1), Intent("key", SENDER), State.QUEUED, SENDER)
    dear = replace(head, base_fee=RULES.max_fee_cap, priority_fee=1)
    cheap = replace(head, base_fee=RULES.max_fee_cap - 1, priority_fee=1)
    assert isinstance(decide(row, dear, 0.0, RULES), Wait)
    assert decide(row, cheap, 0.0, RULES) == Prepare(Fees(RULES.max_fee_cap, 1))


def sent(refusal: str | None = None, broadcast_at: float | None = 100.0, nonce: int = 5) -> Row:
    tried = Attempt(TxHash("0x01"), Nonce(nonce), Fees(2 * GWEI, GWEI), b"raw", 100.0, broadcast_at, refusal)
    return Row(RowId(1), Intent("key", SENDER), State.SENT, SENDER, Nonce(nonce), 21_000, (tried,))


HEAD = Head(50, 50, GWEI, GWEI, 30_000_000, 10**18, Nonce(5), Nonce(6))


def test_a_transaction_that_may_not_have_left_is_broadcast_at_once() -> None:
    row = sent(broadcast_at=None)
    assert decide(row, HEAD, 100.0, RULES) == Broadcast(row.attempts[0])


def test_underpriced_is_answered_by_a_bump_at_the_same_nonce() -> None:
    action = decide(sent("replacement transaction underpriced"), HEAD, 100.0, RULES)
    assert action == Sign(Fees(3 * GWEI, GWEI * 9 // 8))


def test_a_slow_transaction_is_bumped_only_when_it_is_next_in_line() -> None:
    late = 100.0 + RULES.bump_after
    head = replace(HEAD, pending_nonce=Nonce(8))
    assert isinstance(decide(sent(nonce=5), head, late, RULES), Sign)
    assert isinstance(decide(sent(nonce=6), head, late, RULES), Wait)
    assert isinstance(decide(sent(nonce=5), head, late - 1, RULES), Wait)


def test_a_transaction_the_node_has_lost_is_broadcast_again() -> None:
    lost = replace(HEAD, pending_nonce=Nonce(5))
    row = sent()
    assert isinstance(decide(row, lost, 101.0, RULES), Wait)
    assert decide(row, lost, 100.0 + RULES.rebroadcast_after, RULES) == Broadcast(row.attempts[0])


def test_a_bump_that_would_pass_the_cap_is_not_made() -> None:
    assert bumped(Fees(90 * GWEI, GWEI), HEAD, RULES) is None
    assert bumped(Fees(80 * GWEI, GWEI), HEAD, RULES) == Fees(90 * GWEI, GWEI * 9 // 8)
    assert quote(replace(HEAD, base_fee=60 * GWEI), RULES) == Fees(100 * GWEI, GWEI)


REVERT = RpcError(3, "execution reverted", bytes(4), is_revert=True)
QUEUED = Row(RowId(1), Intent("key", SENDER, value=7), State.QUEUED, SENDER)
FEES = Fees(2 * GWEI, GWEI)


def test_a_row_is_refused_only_when_nothing_is_ahead_of_it() -> None:
    assert admit(QUEUED, REVERT, FEES, HEAD, RULES, 0, 0) == Refuse(
        Reason.REFUSED, "execution reverted", bytes(4)
    )
    assert isinstance(admit(QUEUED, REVERT, FEES, HEAD, RULES, 1, 0), Wait)


def test_ether_that_transactions_ahead_may_spend_is_not_spent_twice() -> None:
    need = 7 + 25_200 * FEES.max_fee
    exact = replace(HEAD, balance=need)
    assert admit(QUEUED, 21_000, FEES, exact, RULES, 0, 0) == Reserve(25_200)
    assert isinstance(admit(QUEUED, 21_000, FEES, exact, RULES, 1, 1), Wait)
    short = admit(QUEUED, 21_000, FEES, replace(HEAD, balance=need - 1), RULES, 0, 0)
    assert short == Refuse(Reason.UNFUNDED, f"{SENDER} needs {need} wei and has {need - 1} wei")


def test_a_node_that_cannot_simulate_refuses_nothing() -> None:
    trouble = RpcError(-32000, "header not found")
    assert admit(QUEUED, trouble, FEES, HEAD, RULES, 0, 0) == Unclear(trouble)


def test_gas_that_no_block_or_transaction_may_hold_is_refused() -> None:
    hungry = replace(QUEUED, intent=Intent("key", SENDER, gas=RULES.max_gas + 1))
    assert isinstance(admit(hungry, RULES.max_gas + 1, FEES, HEAD, RULES, 0, 0), Refuse)
    assert admit(QUEUED, RULES.max_gas, FEES, HEAD, RULES, 0, 0) == Reserve(RULES.max_gas)


@pytest.mark.parametrize(
    ("refusal", "verdict"),
    [
        (None, Verdict.ACCEPTED),
        ("already known", Verdict.ACCEPTED),
        ("transaction already imported", Verdict.ACCEPTED),
        ("nonce too low: next nonce 5, tx nonce 3", Verdict.NONCE_USED),
        ("replacement transaction underpriced", Verdict.UNDERPRICED),
        ("transaction underpriced: gas tip cap 0, minimum needed 1", Verdict.UNDERPRICED),
        ("max fee per gas less than block base fee: address 0x, maxFeePerGas: 1", Verdict.UNDERPRICED),
        ("Insufficient funds for gas * price + value", Verdict.FUNDS),
        ("intrinsic gas too low: have 20000, want 21000", Verdict.REJECTED),
        ("exceeds block gas limit", Verdict.OTHER),
        ("txpool is full", Verdict.OTHER),
    ],
)
def test_a_refusal_means_what_nodes_mean_by_it(refusal: str | None, verdict: Verdict) -> None:
    assert classify(refusal) is verdict
