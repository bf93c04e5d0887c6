"""Benefits stop at a ceiling, for each member and production."""

from __future__ import annotations

from grants import close_grant, ledger
from model import BACKGROUND, BENEFITS, CEILING, up
from payroll import account, cost, streams_of
from world import SECOND, World

from trust.model import AssetClass, GrantId, ReplicaType, dollars


def test_benefits_stop_at_the_ceiling(world: World) -> None:
    world.stage.fund(world.production, dollars(1_000_000))
    world.buy(world.order(world.ben, licenceFee=CEILING - dollars(5_000)))
    benefits = account(world)["benefits"]
    consent = world.scene(world.ben, maxIterations=30)
    grant = GrantId(world.ask_scene(world.ben, consent).id or 0)
    # The scene fee fills what was left of the ceiling; neither iterations nor premium bring more.
    assert account(world)["benefits"] - benefits == up(dollars(5_000), BENEFITS)
    benefits = account(world)["benefits"]
    free = world.free()
    world.stage.report(world.stage.use(grant, 30))
    assert account(world)["benefits"] == benefits
    assert world.free() - free == 30 * up(consent["iterationFee"], BENEFITS)
    (stream,) = streams_of(world.file(dollars(1_000_000), grant=grant))
    assert stream["benefits"] == stream["counted"] == 0


def test_ceiling_is_each_productions_own(world: World) -> None:
    world.stage.fund(world.production, dollars(1_000_000))
    world.buy(world.order(world.ben, licenceFee=CEILING * 2))
    other = world.stage.register(SECOND, world.breakdown.root)
    world.stage.fund(other, dollars(1_000_000))
    order = world.order(world.ben, productionId=other)
    world.buy(order)
    assert world.read("Payroll", "productionAccount", other)["benefits"] == up(order["licenceFee"], BENEFITS)


def test_iterations_never_used_give_their_room_under_the_ceiling_back(world: World) -> None:
    before = world.read("Payroll", "licenceAccount", world.production, world.ann.id)["counted"]
    price = ledger(world)["price"]
    world.stage.report(world.stage.use(world.grant, 10))
    close_grant(world, 90)
    after = world.read("Payroll", "licenceAccount", world.production, world.ann.id)["counted"]
    assert before - after == 90 * price


def test_background_replica_has_its_own_rate_and_day(world: World) -> None:
    before = account(world)
    consent = world.scene(world.ann, replicaType=ReplicaType.BACKGROUND, assetClass=AssetClass.PASSIVE)
    grant = GrantId(world.ask_scene(world.ann, consent).id or 0)
    after = account(world)
    assert after["benefits"] - before["benefits"] == up(consent["fee"], BACKGROUND)
    floor = dollars(2 * 215)
    held = 100 * cost(consent["iterationFee"], BACKGROUND) + cost(floor, BACKGROUND)
    assert after["reserved"] - before["reserved"] == held
    assert world.stage.studio.scenes.floor(grant) == floor
    world.stage.report(world.stage.use(grant, 2))
    assert account(world)["benefits"] - after["benefits"] == 2 * up(consent["iterationFee"], BACKGROUND)
