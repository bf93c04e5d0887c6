"""What Provenance refuses, and attacks on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from assets import by_hand, confirmation, declaration, dispute, hybrid, made, named, register, studio
from eth_utils.crypto import keccak
from refusals import refused
from test_provenance import capped, dataset, licence
from world import SECOND, World

from trust.model import GrantId, MemberId, ProductionId
from trust.provenance.asset import Contribution, Machine, Role
from trust.provenance.batch import Batch, Opening, bundle_root, item_leaf

NOTHING = b"\x00" * 32


def changed(struct: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return struct | fields


@pytest.mark.parametrize("who", ["ann", "keeper", "rival studio", "council", "stranger"])
def test_only_the_productions_reporters_register(world: World, who: str) -> None:
    with refused("Provenance.NotAReporter", productionId=world.production, caller=world.address(who)):
        world.local.as_(who).provenance.register(made(world, "theirs"))
    with refused("Provenance.NotAReporter", productionId=world.production):
        world.local.as_(who).provenance.commit_root(world.production, named("root"), 3)


def test_nobody_registers_for_a_production_that_is_not_there(world: World) -> None:
    with refused("Provenance.NotAReporter", productionId=77):
        studio(world).register(made(world, "nowhere", production=ProductionId(77)))


def test_a_dismissed_reporter_registers_no_more(world: World) -> None:
    world.stage.studio.productions.set_primary_reporter(world.production, world.address("agent"))
    with refused("Provenance.NotAReporter"):
        world.local.as_("reporter").provenance.register(made(world, "late"))


def test_an_id_is_registered_once_whatever_it_is(world: World) -> None:
    (asset,) = register(world, made(world, "first"))
    studio(world).commit_root(world.production, named("batch"), 2)
    studio(world).bundle([asset])
    for known in (asset, named("batch"), bundle_root([asset])):
        with refused("Provenance.AlreadyKnown", id=known):
            studio(world).register(by_hand(world, "again", id=known))
        with refused("Provenance.AlreadyKnown", id=known):
            studio(world).commit_root(world.production, known, 2)
    with refused("Provenance.AlreadyKnown", id=bundle_root([asset])):
        studio(world).bundle([asset])


def test_a_rival_cannot_register_the_same_content_again(world: World) -> None:
    (asset,) = register(world, made(world, "first"))
    other = world.stage.register(SECOND, world.breakdown.root)
    with refused("Provenance.AlreadyKnown", id=asset):
        studio(world).register(made(world, "first", production=other))


def test_an_asset_cannot_be_its_own_parent(world: World) -> None:
    with refused("Provenance.NotProven", id=named("ouroboros")):
        studio(world).register(made(world, "ouroboros", [named("ouroboros")]))


def test_two_assets_cannot_be_each_others_parents(world: World) -> None:
    with refused("Provenance.NotProven", id=named("hen")):
        studio(world).register(made(world, "egg", [named("hen")]))
    register(world, made(world, "egg"), made(world, "hen", [named("egg")]))
    with refused("Provenance.AlreadyKnown", id=named("egg")):
        studio(world).register(made(world, "egg", [named("hen")]))


def test_parents_must_be_known(world: World) -> None:
    (known,) = register(world, made(world, "known"))
    with refused("Provenance.NotProven", id=named("unknown")):
        studio(world).register(made(world, "child", [known, named("unknown")]))


def test_an_asset_of_an_unproven_leaf_waits_for_its_proof(world: World) -> None:
    batch = Batch((made(world, "one"), made(world, "two", [named("one")])))
    studio(world).commit(batch)
    with refused("Provenance.NotProven", id=named("one")):
        studio(world).prove(batch.opening(named("two")))
    studio(world).prove(batch.opening(named("one")))
    studio(world).prove(batch.opening(named("two")))
    assert studio(world).numbers(named("two")) == (2, 2)


def test_ids_roots_evidence_and_models_are_needed(world: World) -> None:
    no_evidence = [Contribution(world.ann.id, Role.AUTHORSHIP, 10_000, NOTHING)]
    for asset in (
        made(world, "none", id=NOTHING),
        made(world, "none", contributions=no_evidence, machines=[]),
        made(world, "none", machines=[Machine(NOTHING, 10_000)]),
    ):
        with refused("Provenance.MissingHash"):
            studio(world).register(asset)
    with refused("Provenance.MissingHash"):
        studio(world).commit_root(world.production, NOTHING, 1)


@pytest.mark.parametrize("unknown", [0, 4, 0xFFFFFF])
def test_contributors_are_members(world: World, unknown: int) -> None:
    part = Contribution(MemberId(unknown), Role.AUTHORSHIP, 10_000, named("evidence"))
    with refused("Provenance.UnknownMember", memberId=unknown):
        studio(world).register(by_hand(world, "ghost", contributions=[part]))


def test_prompt_author_is_a_member(world: World) -> None:
    with refused("Provenance.UnknownMember", memberId=4):
        studio(world).register(made(world, "ghost", prompt_author=MemberId(4)))


@pytest.mark.parametrize(("human", "machine"), [(0, 9_999), (1, 10_000), (5_000, 5_001), (10_000, 1), (0, 0)])
def test_shares_sum_to_the_whole(world: World, human: int, machine: int) -> None:
    with refused("Provenance.BadShares", sum=human + machine):
        studio(world).register(made(world, "unfair", human=human, machine=machine))


def test_nobody_takes_part_with_a_share_of_nothing(world: World) -> None:
    """Else a name would reset the generations since a human, for free."""
    name_only = [Contribution(world.ann.id, Role.AUTHORSHIP, 0, named("evidence"))]
    with refused("Provenance.BadShares", sum=0):
        studio(world).register(made(world, "washed", contributions=name_only))
    with refused("Provenance.BadShares", sum=0):
        studio(world).register(by_hand(world, "shallow", machines=[Machine(named("m"), 0)]))


def test_many_shares_cannot_wrap_around(world: World) -> None:
    machines = [Machine(number.to_bytes(32, "big"), 65_535) for number in range(1, 8)]
    with refused("Provenance.BadShares", sum=7 * 65_535):
        studio(world).register(made(world, "wrapped", machines=machines))


def test_a_grant_is_the_productions_own(world: World) -> None:
    other = world.stage.register(SECOND, world.breakdown.root)
    with refused("Provenance.ForeignGrant", grantId=world.grant, productionId=other):
        studio(world).register(made(world, "theirs", production=other, grant=world.grant))
    with refused("UsageLedger.NoGrant", grantId=99):
        studio(world).register(made(world, "none", grant=GrantId(99)))


def test_everything_comes_in_order_and_once(world: World) -> None:
    parents = sorted(register(world, made(world, "p"), made(world, "q")))
    asset = hybrid(world, "draft", parents).as_struct()
    double = [{**asset["machines"][0], "shareBps": 2_000}] * 2
    for wrong in (
        changed(asset, parents=parents[::-1]),
        changed(asset, parents=[parents[0]] * 2),
        changed(asset, contributions=asset["contributions"][::-1]),
        changed(asset, contributions=[asset["contributions"][0]] * 2),
        changed(asset, machines=double),
    ):
        with refused("Provenance.OutOfOrder", index=1):
            world.write("studio", "Provenance", "register", wrong)
    with refused("Provenance.OutOfOrder", index=0):
        world.write("studio", "Provenance", "register", changed(asset, parents=[NOTHING, *parents]))
    for wrong in (parents[::-1], [parents[0]] * 2):
        with refused("Provenance.OutOfOrder", index=1):
            world.write("studio", "Provenance", "bundle", wrong)


def test_seventeen_parents_need_a_bundle(world: World) -> None:
    ids = register(world, *(made(world, f"p {number}") for number in range(17)))
    with refused("Provenance.TooManyParents", parents=17, most=16):
        studio(world).register(made(world, "child", ids))
    register(world, made(world, "child", ids[:16]))


def test_batches_bundles_and_archives_hold_something(world: World) -> None:
    with refused("Provenance.Empty"):
        studio(world).commit_root(world.production, named("root"), 0)
    with refused("Provenance.Empty"):
        world.write("studio", "Provenance", "bundle", [])
    with refused("Provenance.Empty"):
        declare(world, declaration(world, items=0))


def test_a_bundle_holds_only_what_is_known(world: World) -> None:
    (known,) = register(world, made(world, "known"))
    batch = Batch((made(world, "leaf"), made(world, "other")))
    studio(world).commit(batch)
    for unknown in (named("unknown"), named("leaf")):
        with refused("Provenance.NotProven", id=unknown):
            studio(world).bundle([known, unknown])


# Proofs.


def committed(world: World, count: int = 4) -> Batch:
    batch = Batch(tuple(made(world, f"draft {number}") for number in range(count)))
    studio(world).commit(batch)
    return batch


def test_an_asset_is_proven_from_a_batch_that_is_there(world: World) -> None:
    batch = Batch((made(world, "one"),))
    with refused("Provenance.NoBatch", root=batch.root, productionId=world.production):
        studio(world).prove(batch.opening(named("one")))
    register(world, by_hand(world, "asset"))
    with refused("Provenance.NoBatch", root=named("asset")):
        studio(world).prove(Opening(named("asset"), made(world, "one"), ()))


def test_another_productions_batch_proves_nothing_here(world: World) -> None:
    other = world.stage.register(SECOND, world.breakdown.root)
    batch = Batch((made(world, "one"),))
    studio(world).commit_root(other, batch.root, 1)
    with refused("Provenance.NoBatch", root=batch.root, productionId=world.production):
        studio(world).prove(batch.opening(named("one")))


def test_a_changed_asset_or_proof_proves_nothing(world: World) -> None:
    batch = committed(world)
    good = batch.opening(named("draft 1"))
    for wrong in (
        replace(good, asset=replace(good.asset, machines=[Machine(named("other model"), 10_000)])),
        replace(good, asset=replace(good.asset, id=named("other"))),
        replace(good, asset=replace(good.asset, prompt_author=world.ann.id)),
        replace(good, proof=good.proof[:-1]),
        replace(good, proof=(*good.proof, named("more"))),
        replace(good, proof=good.proof[::-1]),
        replace(good, proof=batch.opening(named("draft 2")).proof),
        replace(good, proof=()),
    ):
        assert not wrong.holds
        with refused("Provenance.BadProof", root=batch.root):
            studio(world).prove(wrong)
    studio(world).prove(good)
    with refused("Provenance.AlreadyKnown", id=good.asset.id):
        studio(world).prove(good)


def test_an_inner_node_passes_for_no_leaf(world: World) -> None:
    """The second preimage: a node of 64 bytes given as what was hashed into a leaf."""
    batch = committed(world)
    leaves = [asset.leaf for asset in batch.assets]
    node = keccak(min(leaves[:2]) + max(leaves[:2]))
    opening = batch.opening(named("draft 3"))
    assert keccak(min(node, opening.proof[0]) + max(node, opening.proof[0])) != batch.root
    # The right half's node leads to the root by one sibling, but no asset hashes to it.
    for asset in (made(world, "x", id=node), made(world, "x", id=leaves[0], parents=[leaves[1]])):
        with refused("Provenance.BadProof", id=asset.id):
            studio(world).prove(Opening(batch.root, asset, opening.proof[-1:]))


def test_a_bundles_inner_node_is_not_in_the_bundle(world: World) -> None:
    ids = sorted(register(world, *(made(world, f"p {number}") for number in range(4))))
    studio(world).bundle(ids)
    node = keccak(b"".join(sorted((item_leaf(ids[0]), item_leaf(ids[1])))))
    assert studio(world).numbers(node) == (65_535, 65_535)
    with refused("Provenance.NotProven", id=node):
        studio(world).bundle([node])


def test_proofs_too_come_from_the_productions_reporters(world: World) -> None:
    batch = committed(world)
    with refused("Provenance.NotAReporter", caller=world.address("stranger")):
        world.local.as_("stranger").provenance.prove(batch.opening(named("draft 0")))


def test_a_proven_asset_stands_every_check_of_a_registered_one(world: World) -> None:
    batch = Batch((made(world, "unfair", machine=9_999), made(world, "ghost", prompt_author=MemberId(9))))
    studio(world).commit(batch)
    with refused("Provenance.BadShares", sum=9_999):
        studio(world).prove(batch.opening(named("unfair")))
    with refused("Provenance.UnknownMember", memberId=9):
        studio(world).prove(batch.opening(named("ghost")))


# What members say.


def test_confirmations_and_disputes_are_of_assets(world: World) -> None:
    (asset,) = register(world, made(world, "asset"))
    studio(world).bundle([asset])
    studio(world).commit_root(world.production, named("batch"), 2)
    for id in (named("unknown"), named("batch"), bundle_root([asset])):
        signed = world.stage.sign(world.ann, "ContributionConfirmation", confirmation(world, id))
        with refused("Provenance.NoAsset", id=id):
            studio(world).confirm(signed)
        signed = world.stage.sign(world.ben, "ContributionDispute", dispute(world, id))
        with refused("Provenance.NoAsset", id=id):
            studio(world).dispute(signed)


def test_a_dispute_has_a_reason(world: World) -> None:
    (asset,) = register(world, made(world, "asset"))
    signed = world.stage.sign(world.ben, "ContributionDispute", dispute(world, asset, reasonHash=NOTHING))
    with refused("Provenance.MissingHash"):
        studio(world).dispute(signed)


def test_nobody_confirms_for_another(world: World) -> None:
    (asset,) = register(world, hybrid(world, "draft"))
    signed = world.stage.sign(world.ben, "ContributionConfirmation", confirmation(world, asset))
    with refused("Members.InvalidConsent", memberId=world.ann.id):
        studio(world).confirm(signed)


def declare(world: World, message: dict[str, Any]) -> object:
    return studio(world).declare(world.stage.sign(world.ann, "ArchiveDeclaration", message))


def test_an_archive_has_a_root(world: World) -> None:
    with refused("Provenance.MissingHash"):
        declare(world, declaration(world, root=NOTHING))


@pytest.mark.parametrize(
    "uses",
    [
        {"dataMining": 0, "aiGenerativeTraining": 0, "aiTraining": 0, "constraintHash": NOTHING},
        {"aiInference": 4},
        {"aiTraining": 255},
        {"constraintHash": NOTHING},
        {"aiTraining": 2},
    ],
    ids=["nothing is said", "four", "255", "constrained by nothing", "conditions for nothing"],
)
def test_archives_say_what_cawg_can_say(world: World, uses: dict[str, Any]) -> None:
    message = declaration(world, **uses)
    with refused("Provenance.BadUses", aiTraining=message["aiTraining"], dataMining=message["dataMining"]):
        declare(world, message)


# Training under a cap.


def test_a_run_over_the_cap_is_refused(world: World) -> None:
    capped(world, 1)
    root = dataset(world, 2)
    with refused("Licences.DepthCapExceeded", licenceId=licence(world), depth=2, cap=1):
        world.stage.studio.licences.record_training_run(licence(world), root, named("model"))


def test_a_capped_run_needs_a_bundle(world: World) -> None:
    capped(world, 1)
    batch = committed(world)
    (asset,) = register(world, by_hand(world, "one file"))
    studio(world).bundle([asset, batch.root])
    for root in (named("never seen"), batch.root, asset, bundle_root([asset, batch.root])):
        with refused("Licences.DepthCapExceeded", depth=65_535, cap=1):
            world.stage.studio.licences.record_training_run(licence(world), root, named("model"))


def test_a_capped_run_proves_leaves_and_their_parents(world: World) -> None:
    """The deep parent can't be left out: the leaf's own record names it, or its proof fails."""
    capped(world, 1)
    batch = Batch((made(world, "parent"), made(world, "leaf", [named("parent")])))
    studio(world).commit(batch)
    hidden = batch.opening(named("leaf"))
    with refused("Provenance.BadProof"):
        studio(world).prove(replace(hidden, asset=replace(hidden.asset, parents=[])))
    for id in (named("parent"), named("leaf")):
        studio(world).prove(batch.opening(id))
    studio(world).bundle([named("leaf")])
    with refused("Licences.DepthCapExceeded", depth=2, cap=1):
        world.stage.studio.licences.record_training_run(
            licence(world), bundle_root([named("leaf")]), named("model")
        )
    studio(world).bundle([named("parent")])
    world.stage.studio.licences.record_training_run(
        licence(world), bundle_root([named("parent")]), named("model")
    )


def test_the_cap_is_the_one_the_member_signed(world: World) -> None:
    order, consent = world.training_order(world.ben, max_depth=1)
    with refused("Licences.TrainingConsentMismatch"):
        world.buy(order | {"maxSyntheticDepth": 2}, consent)


def test_without_training_there_is_nothing_to_cap(world: World) -> None:
    with refused("Licences.TrainingConsentMismatch"):
        world.buy(world.order(world.ben, maxSyntheticDepth=1))
