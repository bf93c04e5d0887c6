"""What the productions' contract refuses."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak
from refusals import refused
from world import World

from trust.stage import WEEK

OTHER = keccak(text="another identifier")
ROOT = keccak(text="a breakdown")


def register(world: World, who: str = "studio", **fields: Any) -> None:
    given = {
        "identifier": OTHER,
        "starts": world.now(),
        "ends": world.now() + WEEK,
        "root": ROOT,
        "reporter": world.address("reporter"),
    } | fields
    world.write(who, "Productions", "register", *given.values())


def test_studio_that_was_not_admitted_cannot_register(world: World) -> None:
    with refused("Productions.NotAdmitted", caller=world.address("rival studio")):
        register(world, "rival studio")


def test_studio_whose_admission_ended_cannot_register(world: World) -> None:
    world.local.as_("enroller").productions.admit_studio(world.address("studio"), False)
    with refused("Productions.NotAdmitted", caller=world.address("studio")):
        register(world)


def test_production_nobody_registered_has_no_studio(world: World) -> None:
    with refused("Productions.UnknownProduction", productionId=9):
        world.write("studio", "Productions", "cancel", 9)


def test_production_nobody_registered_cannot_be_struck(world: World) -> None:
    with refused("Productions.UnknownProduction", productionId=9):
        world.write("strike committee", "Productions", "declareStrike", [9])


CALLS_OF_THE_STUDIO = [
    ("Productions", "setBreakdown", (ROOT,)),
    ("Productions", "reschedule", (1, 2**39)),
    ("Productions", "setPrimaryReporter", ("0x" + "11" * 20,)),
    ("Productions", "setReporter", ("0x" + "11" * 20, True)),
    ("Productions", "cancel", ()),
    ("Payroll", "takeBack", (1, "0x" + "11" * 20)),
    ("Payroll", "optIn", ("0x" + "11" * 20, True)),
    ("Records", "giveNotice", (1,)),
]


@pytest.mark.parametrize(("contract", "function", "rest"), CALLS_OF_THE_STUDIO)
@pytest.mark.parametrize("who", ["rival studio", "reporter", "council"])
def test_only_the_studio_runs_its_production(
    world: World, contract: str, function: str, rest: tuple[Any, ...], who: str
) -> None:
    first = (world.ann.id, world.production) if function == "giveNotice" else (world.production,)
    with refused("Productions.NotTheStudio", productionId=world.production, caller=world.address(who)):
        world.write(who, contract, function, *first, *rest)


def test_rival_studio_cannot_buy_for_a_production(world: World) -> None:
    with refused("Productions.NotTheStudio"):
        world.buy(world.order(world.ben), who="rival studio")


def test_identifier_belongs_to_one_production(world: World) -> None:
    register(world)
    with refused("Productions.IdentifierTaken", identifierHash=OTHER, productionId=2):
        register(world)


@pytest.mark.parametrize("missing", ["identifier", "root"])
def test_production_needs_its_hashes(world: World, missing: str) -> None:
    with refused("Productions.MissingHash"):
        register(world, **{missing: b"\x00" * 32})


def test_breakdown_needs_a_root(world: World) -> None:
    with refused("Productions.MissingHash"):
        world.write("studio", "Productions", "setBreakdown", world.production, b"\x00" * 32)


@pytest.mark.parametrize(("starts", "ends"), [(5, 5), (6, 5), (1, 2)])
def test_schedule_ends_after_it_starts_and_after_now(world: World, starts: int, ends: int) -> None:
    with refused("Productions.EmptySchedule", starts=starts, ends=ends):
        register(world, starts=starts, ends=ends)
    with refused("Productions.EmptySchedule", starts=starts, ends=ends):
        world.stage.studio.productions.reschedule(world.production, starts, ends)


def test_cancelled_production_takes_nothing_new(world: World) -> None:
    order, scene, extension = world.order(world.ben), world.scene(world.ann), world.extension(world.ann)
    world.stage.studio.productions.cancel(world.production)
    steps = [
        lambda: world.buy(order),
        lambda: world.ask_scene(world.ann, scene),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT),
        lambda: world.stage.studio.productions.reschedule(world.production, 1, 2**39),
        lambda: world.stage.studio.productions.set_breakdown(world.production, ROOT),
        lambda: world.stage.studio.productions.cancel(world.production),
    ]
    for step in steps:
        with refused("Productions.ProductionIsCancelled", productionId=world.production):
            step()


def test_struck_production_takes_nothing_new(world: World) -> None:
    order, scene = world.order(world.ben), world.scene(world.ann)
    world.later_schedule()
    extension = world.extension(world.ann)
    world.local.as_("strike committee").productions.declare_strike([world.production])
    for step in (
        lambda: world.buy(order),
        lambda: world.ask_scene(world.ann, scene),
        lambda: world.stage.studio.licences.extend(extension),
        lambda: world.stage.studio.licences.record_training_run(world.licence, ROOT, ROOT),
        lambda: world.local.as_("strike committee").productions.declare_strike([world.production]),
    ):
        with refused("Productions.OnStrike", productionId=world.production):
            step()
    world.local.as_("strike committee").productions.end_strike([world.production])
    world.ask_scene(world.ann, scene)


def test_strike_that_is_not_on_cannot_end(world: World) -> None:
    committee = world.local.as_("strike committee").productions
    with refused("Productions.NotOnStrike", productionId=world.production):
        committee.end_strike([world.production])
    committee.declare_strike([world.production])
    committee.end_strike([world.production])
    with refused("Productions.NotOnStrike", productionId=world.production):
        committee.end_strike([world.production])


@pytest.mark.parametrize("function", ["declareStrike", "endStrike"])
def test_only_the_strike_committee_strikes(world: World, function: str) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized", caller=world.address("steward")):
        world.write("steward", "Productions", function, [world.production])


def test_only_the_enroller_admits_studios(world: World) -> None:
    with refused("AccessManaged.AccessManagedUnauthorized"):
        world.write("rival studio", "Productions", "admitStudio", world.address("rival studio"), True)
