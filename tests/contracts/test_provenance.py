"""Assets, their two numbers, batches, bundles, and what members say of them."""

from __future__ import annotations

import pytest
from assets import (
    MODEL,
    by_hand,
    confirmation,
    declaration,
    dispute,
    hybrid,
    made,
    named,
    register,
    studio,
)
from world import World

from trust.model import NO_DEPTH_CAP
from trust.provenance.asset import Asset, AssetKind, Contribution, Form, Machine, Role
from trust.provenance.batch import Batch, bundle_root, item_leaf
from trust.provenance.graph import UNPROVEN, Numbers
from trust.stage import DAY


def numbers(world: World, id: bytes) -> Numbers:
    return studio(world).numbers(id)


def test_an_unknown_id_is_as_deep_as_can_be(world: World) -> None:
    assert numbers(world, named("nobody knows")) == UNPROVEN == (65_535, 65_535)
    assert studio(world).get(named("nobody knows"))["form"] == Form.NONE


def test_a_machine_adds_to_the_depth_and_a_human_resets_the_other_number(world: World) -> None:
    first, second = register(world, made(world, "first"), made(world, "second", [named("first")]))
    assert numbers(world, first) == (1, 1)
    assert numbers(world, second) == (2, 2)
    (third,) = register(world, made(world, "third", [second], human=1, machine=9_999))
    assert numbers(world, third) == (3, 0)


def test_a_human_pass_does_not_wash_depth_away(world: World) -> None:
    *_, deep = register(world, made(world, "a"), made(world, "b", [named("a")]))
    (passed,) = register(world, by_hand(world, "revised", [deep]))
    assert numbers(world, passed) == (2, 0)


def test_human_work_from_nothing_has_no_depth(world: World) -> None:
    (own,) = register(world, by_hand(world, "own"))
    assert numbers(world, own) == (0, 0)
    (after,) = register(world, made(world, "after", [own]))
    assert numbers(world, after) == (1, 1)


def test_the_deepest_parent_counts_for_each_number_alone(world: World) -> None:
    register(world, made(world, "x"), by_hand(world, "hand", [named("x")]))
    register(world, by_hand(world, "own"), made(world, "y", [named("own")]), made(world, "z", [named("y")]))
    (child,) = register(world, by_hand(world, "child", [named("hand"), named("z")]))
    assert numbers(world, child) == (2, 0)
    (machine,) = register(world, made(world, "machine", [named("hand"), named("y")]))
    assert numbers(world, machine) == (2, 2)


def test_a_prompt_alone_is_no_human_contribution(world: World) -> None:
    (output,) = register(world, made(world, "output", prompt_author=world.ann.id))
    assert numbers(world, output) == (1, 1)


def test_a_registration_tells_all_of_it(world: World) -> None:
    parents = register(world, made(world, "p"), made(world, "q"))
    asset = hybrid(world, "draft", parents)
    events = world.local.as_("reporter").provenance.register(asset).events
    assert [event.name for event in events] == [
        "AssetRegistered",
        *["Contributed"] * 3,
        "MachineContributed",
        *["Derived"] * 2,
    ]
    assert events[0].args == {
        "assetId": asset.id,
        "productionId": world.production,
        "batchId": b"\x00" * 32,
        "kind": AssetKind.DRAFT,
        "grantId": world.grant,
        "promptAuthor": world.ann.id,
        "depth": 2,
        "sinceHuman": 0,
    }
    assert events[2].args == {
        "assetId": asset.id,
        "memberId": world.ben.id,
        "role": Role.SELECTION,
        "shareBps": 2_000,
        "evidenceHash": named("choice"),
    }
    assert events[4].args == {"assetId": asset.id, "modelHash": MODEL, "shareBps": 4_000}
    assert [event.args["parentId"] for event in events[5:]] == sorted(parents)


def test_what_is_kept_of_an_asset(world: World) -> None:
    (id,) = register(world, made(world, "kept", kind=AssetKind.STORYBOARD))
    kept = studio(world).get(id)
    assert kept["time"] == world.now()
    assert (kept["productionId"], kept["form"], kept["kind"]) == (
        world.production,
        Form.ASSET,
        AssetKind.STORYBOARD,
    )


def test_one_member_may_have_several_roles_and_several_models_take_part(world: World) -> None:
    parts = [Contribution(world.ann.id, role, 1_000, named(role.name)) for role in Role]
    machines = [Machine(named(f"model {number}"), 2_000) for number in range(3)]
    register(world, made(world, "many", contributions=parts[::-1], machines=machines))


def test_assets_are_registered_after_a_cancellation_too(world: World) -> None:
    world.stage.studio.productions.cancel(world.production)
    register(world, made(world, "late"))


def test_a_batch_is_unproven_until_its_assets_are(world: World) -> None:
    batch = Batch(tuple(made(world, f"draft {number}") for number in range(5)))
    studio(world).commit(batch)
    assert numbers(world, batch.root) == UNPROVEN
    for asset in batch.assets:
        assert numbers(world, asset.id) == UNPROVEN
        studio(world).prove(batch.opening(asset.id))
        assert numbers(world, asset.id) == (1, 1)
    assert numbers(world, batch.root) == UNPROVEN


def test_a_proven_asset_says_which_batch_it_is_from(world: World) -> None:
    batch = Batch((made(world, "one"), made(world, "two")))
    studio(world).commit(batch)
    result = studio(world).prove(batch.opening(named("two")))
    assert result.event("AssetRegistered").args["batchId"] == batch.root


def test_what_rests_on_an_unproven_batch_is_as_deep_as_can_be(world: World) -> None:
    batch = Batch((made(world, "one"),))
    studio(world).commit(batch)
    (child,) = register(world, made(world, "child", [batch.root]))
    assert numbers(world, child) == UNPROVEN
    (revised,) = register(world, by_hand(world, "revised", [child]))
    assert numbers(world, revised) == (65_535, 0)
    (next_one,) = register(world, made(world, "next", [revised]))
    assert numbers(world, next_one) == (65_535, 1)


def test_leaves_hash_alike_in_python_and_solidity(world: World) -> None:
    for asset in (hybrid(world, "draft", [named("p"), named("q")]), by_hand(world, "own"), made(world, "m")):
        assert world.read("Provenance", "assetLeaf", asset.as_struct()) == asset.leaf
    assert world.read("Provenance", "itemLeaf", named("id")) == item_leaf(named("id"))


def test_a_bundle_keeps_the_highest_numbers_under_its_root(world: World) -> None:
    ids = register(
        world, made(world, "a"), by_hand(world, "b", [named("a")]), by_hand(world, "c"), made(world, "d")
    )
    result = studio(world).bundle(ids[1:])
    root = bundle_root(ids[1:])
    assert result.event("Bundled").args == {"bundleId": root, "children": 3, "depth": 1, "sinceHuman": 1}
    assert numbers(world, root) == (1, 1)
    assert {event.args["parentId"] for event in result.events if event.name == "Derived"} == set(ids[1:])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9])
def test_bundles_of_any_size_have_the_root_that_python_finds(world: World, count: int) -> None:
    ids = register(world, *(made(world, f"leaf {number}") for number in range(count)))
    world.local.as_("stranger").provenance.bundle(ids)
    assert studio(world).dataset_depth(bundle_root(ids)) == 1


def test_many_parents_go_through_a_bundle_and_bundles_into_bundles(world: World) -> None:
    ids = register(world, *(made(world, f"p {number}") for number in range(17)))
    studio(world).bundle(ids)
    (child,) = register(world, made(world, "child", [bundle_root(ids)]))
    assert numbers(world, child) == (2, 2)
    outer = [bundle_root(ids), child]
    studio(world).bundle(outer)
    assert numbers(world, bundle_root(outer)) == (2, 2)


def test_an_asset_is_no_dataset(world: World) -> None:
    """Its id is whatever the studio says: the root of a hidden tree, for one."""
    (id,) = register(world, by_hand(world, "says it is human", kind=AssetKind.DATASET))
    assert numbers(world, id) == (0, 0)
    assert studio(world).dataset_depth(id) == NO_DEPTH_CAP


def test_members_confirm_and_dispute_without_gas(world: World) -> None:
    (id,) = register(world, hybrid(world, "draft"))
    keeper = world.local.as_("keeper").provenance
    confirmed = confirmation(world, id)
    signed = world.stage.sign(world.ann, "ContributionConfirmation", confirmed)
    args = keeper.confirm(signed).event("ContributionConfirmed").args
    assert args == {key: value for key, value in confirmed.items() if key != "deadline"}
    disputed = dispute(world, id)
    signed = world.stage.sign(world.ben, "ContributionDispute", disputed)
    args = keeper.dispute(signed).event("ContributionDisputed").args
    assert args == {key: value for key, value in disputed.items() if key != "deadline"}


def test_a_member_who_is_left_out_can_dispute(world: World) -> None:
    (id,) = register(world, made(world, "theirs"))
    signed = world.stage.sign(world.ben, "ContributionDispute", dispute(world, id))
    assert world.local.as_("keeper").provenance.dispute(signed).events


def test_a_later_declaration_of_the_same_archive_says_so_again(world: World) -> None:
    keeper = world.local.as_("keeper").provenance
    for allowed in (2, 1):
        told = declaration(world, aiGenerativeTraining=allowed)
        args = (
            keeper.declare(world.stage.sign(world.ann, "ArchiveDeclaration", told))
            .event("ArchiveDeclared")
            .args
        )
        assert args["aiGenerativeTraining"] == allowed
        assert (args["root"], args["items"], args["constraintHash"]) == (
            told["root"],
            12,
            named("conditions"),
        )


def capped(world: World, cap: int) -> None:
    """Ben's licence, with a training right under a cap; a day later."""
    order, consent = world.training_order(world.ben, max_depth=cap)
    world.buy(order, consent)
    assert world.stage.studio.licences.get(licence(world))["maxSyntheticDepth"] == cap
    world.stage.pass_time(DAY)


def licence(world: World) -> int:
    return int(world.production) << 24 | int(world.ben.id)


def dataset(world: World, depth: int) -> bytes:
    """Root of a bundle that is so deep."""
    ids = register(world, by_hand(world, "generation 0"))
    for step in range(1, depth + 1):
        ids += register(world, made(world, f"generation {step}", ids[-1:]))
    studio(world).bundle(ids)
    return bundle_root(ids)


@pytest.mark.parametrize("cap", [0, 1, 3])
def test_a_run_exactly_at_the_cap_is_taken(world: World, cap: int) -> None:
    capped(world, cap)
    root = dataset(world, cap)
    result = world.stage.studio.licences.record_training_run(licence(world), root, MODEL)
    assert result.event("TrainingRunRecorded").args["datasetRoot"] == root


def test_without_a_cap_nobody_proves_a_dataset(world: World) -> None:
    capped(world, NO_DEPTH_CAP)
    world.stage.studio.licences.record_training_run(licence(world), named("not proven"), MODEL)


def test_the_licence_says_its_cap(world: World) -> None:
    order, consent = world.training_order(world.ben, max_depth=2)
    result = world.buy(order, consent)
    args = {"licenceId": licence(world), "maxSyntheticDepth": 2}
    assert result.event("SyntheticDepthCapped").args == args


def test_a_licence_without_a_cap_says_nothing_of_one(world: World) -> None:
    order, consent = world.training_order(world.ben)
    assert "SyntheticDepthCapped" not in {event.name for event in world.buy(order, consent).events}


def test_assets_are_structs_in_the_contracts_order(world: World) -> None:
    parts = [
        Contribution(world.ben.id, Role.SELECTION, 1, named("e")),
        Contribution(world.ann.id, Role.MODIFICATION, 2, named("e")),
    ]
    asset = Asset(
        world.production,
        named("order"),
        AssetKind.DRAFT,
        parts,
        [Machine(b"\x02" * 32, 1), Machine(b"\x01" * 32, 1)],
        [b"\x09" * 32, b"\x03" * 32],
    )
    struct = asset.as_struct()
    assert [part["memberId"] for part in struct["contributions"]] == [world.ann.id, world.ben.id]
    assert [part["modelHash"][0] for part in struct["machines"]] == [1, 2]
    assert [parent[0] for parent in struct["parents"]] == [3, 9]
