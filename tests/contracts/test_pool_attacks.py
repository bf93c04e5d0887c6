"""Attacks on ensemble pools and on crowds' consents: by studios, members, later modules and strangers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from ensembles import module_pool, open_pool
from refusals import refused
from world import World

from trust.chain.abi import interface
from trust.chain.reverts import decode_revert
from trust.chain.rpc import RpcError, hexed
from trust.consent import SignedConsent
from trust.errors import ContractRefused
from trust.model import AssetClass, BackgroundTerms, Money, PoolId, ReplicaType, dollars
from trust.nouns.pools import seated
from trust.pools import Chunk, Roster, Seat
from trust.stage import DAY, FACE_AND_VOICE, WEEK, Player

OUTPUT, MODEL = b"\x07" * 32, b"\x08" * 32
WORD, HEAD = 32, 4
#: Where `push(chunk)` has pool, number, start, the roster's offset, its length and the roster.
POOL_AT, NUMBER_AT, START_AT, OFFSET_AT, LENGTH_AT, ROSTER_AT = (HEAD + WORD * n for n in range(1, 7))


@dataclass
class Crowd:
    """A pool grant that Ann and Ben may sign."""

    world: World
    fields: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now, fees = self.world.now(), self._least()
        terms = BackgroundTerms(
            production=self.world.production,
            scene_hash=self.world.breakdown.leaves[1],
            rate_card_version=1,
            description=f"A crowd in the square. [ref {'5f' * 16}]",
            modalities=FACE_AND_VOICE,
            price=fees,
            max_uses=5,
            not_before=now,
            expires=now + 4 * WEEK,
        )
        self.terms = replace(terms, **self.fields)
        result = self.world.stage.studio.pool_grants.open(self.terms, self.world.breakdown.proof(2))
        assert result.id is not None
        self.pool = PoolId(result.id)

    def consent(self, player: Player, units: int) -> SignedConsent:
        message = {
            "poolId": self.pool,
            "memberId": player.id,
            "units": units,
            "terms": self.terms.as_struct(),
            **self.world.stage.once(player.id),
        }
        return self.world.stage.sign(player, "BackgroundConsent", message)

    def sign(self, *consents: SignedConsent) -> Chunk:
        names = ("memberId", "units", "nonce", "deadline")
        signers = [
            {name: one.consent.message[name] for name in names} | {"signature": one.signature}
            for one in consents
        ]
        result = self.world.write("studio", "PoolGrants", "sign", self.pool, signers)
        return seated(result.event("PoolSeated"))

    def use(self, uses: int = 1, who: str = "studio") -> None:
        self.world.write(who, "PoolGrants", "use", self.pool, uses, OUTPUT, OUTPUT, MODEL)

    def close(self) -> None:
        self.world.write("stranger", "PoolGrants", "close", self.pool)

    def due(self, chunk: Chunk) -> int:
        return int(self.world.read("Payroll", "chunkDue", chunk.as_struct()))

    def one_use(self, units: int) -> int:
        """What the members get of one."""
        price = int(self.terms.price)
        bps = int(self.world.read("Payroll", "poolOf", self.pool)["duesBps"])
        return units * (price - price * bps // 10_000)

    def _least(self) -> Money:
        card = self.world.stage.studio.rate_card
        scene, iteration, _ = card.scene_fees(
            1, set(FACE_AND_VOICE), AssetClass.PASSIVE, ReplicaType.BACKGROUND
        )
        return Money(scene + iteration)


def reserved(world: World) -> int:
    return int(world.read("Payroll", "productionAccount", world.production)["reserved"])


# A studio that wants to pay less


def test_a_use_of_one_cheap_seat_does_not_pay_for_those_seated_later(world: World) -> None:
    """Whoever signs is promised at least one use; it can't be made before they sit."""
    crowd, before = Crowd(world), reserved(world)
    crowd.sign(crowd.consent(world.ann, 1))
    crowd.use()
    late = crowd.sign(crowd.consent(world.ben, 10))
    world.stage.pass_time(5 * WEEK)
    crowd.close()
    assert crowd.one_use(10) - 1 <= crowd.due(late) <= crowd.one_use(10)
    assert reserved(world) == before


def test_unused_crowd_is_paid_one_use_once(world: World) -> None:
    crowd, before = Crowd(world), reserved(world)
    chunk = crowd.sign(crowd.consent(world.ann, 1), crowd.consent(world.ben, 3))
    world.stage.pass_time(5 * WEEK)
    crowd.close()
    assert crowd.one_use(4) - 1 <= crowd.due(chunk) <= crowd.one_use(4)
    assert reserved(world) == before
    with refused("PooledConsents.DealIsClosed", poolId=crowd.pool):
        crowd.close()


def test_window_that_ends_before_it_begins_is_refused_by_name(world: World) -> None:
    now = world.now()
    with refused("PooledConsents.OutsideSchedule"):
        Crowd(world, {"not_before": now + 2 * DAY, "expires": now + DAY})


def test_primary_reporter_reports_a_crowds_use_too(world: World) -> None:
    crowd = Crowd(world)
    chunk = crowd.sign(crowd.consent(world.ann, 1))
    crowd.use(who="reporter")
    assert crowd.due(chunk) == crowd.one_use(1)


# Signatures


def test_consent_to_one_crowd_is_none_to_another_with_the_same_terms(world: World) -> None:
    one, other = Crowd(world), Crowd(world)
    consent = one.consent(world.ann, 1)
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        other.sign(consent)
    one.sign(consent)
    with refused("PooledConsents.AlreadySigned", poolId=one.pool, memberId=world.ann.id):
        one.sign(one.consent(world.ann, 2))


def test_revocation_is_of_one_crowd_at_one_contract(world: World) -> None:
    one, other = Crowd(world), Crowd(world)
    chunk = one.sign(one.consent(world.ann, 1))

    def revoke(pool: PoolId, contract: str, **forged: Any) -> None:
        message = {"poolId": pool, "memberId": world.ann.id}
        signed = world.stage.sign(world.ann, "PoolRevocation", message, contract)
        world.write("stranger", "PoolGrants", "revoke", chunk.as_struct() | forged, 0, signed.signature)

    with refused("Members.InvalidConsent"):
        revoke(other.pool, "PoolGrants")
    with refused("Members.InvalidConsent"):
        revoke(one.pool, "CollectiveLicences")
    with refused("EnsemblePools.NotThisChunk", poolId=one.pool):
        revoke(one.pool, "PoolGrants", roster=Roster.of([Seat(world.ann.id, 9)]).packed)
    before = reserved(world)
    revoke(one.pool, "PoolGrants")
    assert reserved(world) < before
    with refused("EnsemblePools.NoSuchSeat", seat=0):
        revoke(one.pool, "PoolGrants")
    with refused("PooledConsents.AlreadySigned", memberId=world.ann.id):
        one.sign(one.consent(world.ann, 1))


# A later module


@pytest.mark.parametrize("function", ["chargePool", "releaseFromPool"])
def test_module_that_was_opted_out_touches_no_reserve_of_grants(world: World, function: str) -> None:
    module, managed = module_pool(world)
    world.raw(module, "Payroll", "seat", managed.pool, [Roster.of([Seat(world.cleo.id, 1)]).packed])
    world.raw(module, "Payroll", "reserveForPool", managed.pool, dollars(1), 1)
    world.write("studio", "Payroll", "optIn", world.production, module, False)
    before = reserved(world)
    with refused("EnsemblePools.NotReserved", poolId=managed.pool):
        world.raw(module, "Payroll", function, managed.pool, dollars(1), 2)
    assert reserved(world) == before
    world.raw(module, "Payroll", function, managed.pool, dollars(1), 1)
    with refused("EnsemblePools.NotReserved", poolId=managed.pool, reserved=0):
        world.raw(module, "Payroll", function, managed.pool, 1, 1)


# What payroll is called with


@dataclass(frozen=True)
class Push:
    """A push of a chunk that is due pay, as calldata."""

    world: World
    data: bytes
    paid: int

    def answers(self, data: bytes, value: int = 0) -> int:
        call = {"from": self.world.address("keeper"), "to": self.world.contract("Payroll")}
        try:
            answer = self.world.chain.node.call(
                "eth_call", call | {"data": hexed(data), "value": hex(value)}, "latest"
            )
        except RpcError as error:
            raise decode_revert(error.data) or error from error
        return int(str(answer), 16)


@pytest.fixture
def push(world: World) -> Push:
    pool = open_pool(world)
    chunk = pool.seat((world.ann, 1), (world.ben, 2))
    net = pool.fund(dollars(300))
    data = interface("Payroll").encode("push", chunk.as_struct())
    return Push(world, data, net // 3 + net * 2 // 3)


@pytest.mark.parametrize(
    "behind", [b"", b"\xff" * 18, b"\xff" * 64], ids=["nothing", "dirty padding", "more"]
)
def test_what_lies_behind_a_roster_changes_nothing(push: Push, behind: bytes) -> None:
    assert push.answers(push.data[: ROSTER_AT + 14] + behind) == push.paid


def test_roster_may_lie_anywhere(push: Push) -> None:
    head, tail = push.data[:LENGTH_AT], push.data[LENGTH_AT:]
    moved = bytearray(head + b"\xee" * 64 + tail)
    moved[OFFSET_AT + WORD - 1] += 64
    assert push.answers(bytes(moved)) == push.paid


@pytest.mark.parametrize("length", [0, 2, HEAD, START_AT, LENGTH_AT, ROSTER_AT, ROSTER_AT + 13])
def test_call_that_is_cut_short_is_refused(push: Push, length: int) -> None:
    with pytest.raises((ContractRefused, RpcError)):
        push.answers(push.data[:length])


@pytest.mark.parametrize("at", [POOL_AT, NUMBER_AT, START_AT, OFFSET_AT, LENGTH_AT])
def test_number_with_dirty_high_bits_is_refused(push: Push, at: int) -> None:
    dirty = bytearray(push.data)
    dirty[at] = 1
    with pytest.raises((ContractRefused, RpcError)):
        push.answers(bytes(dirty))


def test_payroll_takes_no_ether_and_answers_nothing_else(push: Push) -> None:
    assert push.answers(push.data) == push.paid
    for data, value in ((push.data, 1), (b"", 1), (b"", 0), (b"\xde\xad\xbe\xef" + push.data[HEAD:], 0)):
        with pytest.raises((ContractRefused, RpcError)):
            push.answers(data, value)
