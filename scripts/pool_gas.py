"""Gas of ensemble pools and of the consents that fill them, in a union of 1,000."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trust.chain.abi import interface
from trust.model import ProductionId, dollars
from trust.nouns.handle import Result
from trust.pools import Roster, Seat
from trust.stage import DAY, WEEK, Player, Stage

MEMBERS = 1_000
CHUNK = 400
#: Price of a unit of gas in transactions signed here, wei; anvil's base fee is below it.
FEE = 10 * 10**9


class PoolMeter:
    """Runs a production's second pool and notes what each operation costs."""

    def __init__(self, stage: Stage, production: ProductionId, note: Callable[..., Result]) -> None:
        self.stage = stage
        self.production = production
        self.note = note
        self.handle = stage.local.as_("studio").handle
        self.keeper = stage.local.as_("keeper").handle
        self.players: list[Player] = []

    def run(self, gas: dict[str, int]) -> None:
        self.players = [self.stage.enrol(f"crowd {number}") for number in range(MEMBERS)]
        # Days worked: what background performers are paid by.
        seats = [Seat(player.id, 1 + at * 37 % 20) for at, player in enumerate(self.players)]
        rosters = [Roster.of(seats[at : at + CHUNK]).packed for at in range(0, len(seats), CHUNK)]
        self.pool(rosters)
        pool = self.pool(rosters)
        chunks = [
            {"poolId": pool, "number": number, "start": 0, "roster": roster}
            for number, roster in enumerate(rosters)
        ]
        for _ in range(2):
            self.fund(pool)
            for chunk in chunks:
                self.push(chunk)
        self.fund(pool)
        self.note("push to a pool member, 400 a call", self.push(chunks[0]), CHUNK)
        gas["push to a pool member, with an access list"] = self.push_listed(chunks[1]) // CHUNK
        self.streams(pool, chunks[0])
        self.alone(chunks[2])

    def pool(self, rosters: list[bytes]) -> int:
        opened = self.handle.write("Payroll", "openPool", self.production, True)
        self.note("open a pool", opened)
        pool = int(opened.event("PoolOpened").args["poolId"])
        self.note("seat 1,000 members", self.handle.write("Payroll", "seat", pool, rosters))
        return pool

    def fund(self, pool: int) -> None:
        funded = self.handle.write("Payroll", "fundPool", pool, dollars(500_000) + 7)
        self.note("fund a pool of 1,000, lump", funded)

    def push(self, chunk: dict[str, Any]) -> Result:
        return self.keeper.write("Payroll", "push", chunk)

    def push_listed(self, chunk: dict[str, Any]) -> int:
        """Gas of a push whose transaction lists the slots it reads."""
        local = self.stage.local
        key = local.keys["keeper"]
        call = {
            "from": key.address,
            "to": local.deployment.address("Payroll"),
            "data": "0x" + interface("Payroll").encode("push", chunk).hex(),
        }
        listed = local.node.call("eth_createAccessList", call, "latest")["accessList"]
        signed = key.sign_transaction(
            {
                **call,
                "type": 2,
                "chainId": local.deployment.chain_id,
                "nonce": local.node.nonce(key.address),
                "gas": 2**24 - 1,
                "maxFeePerGas": FEE,
                "maxPriorityFeePerGas": 0,
                "value": 0,
                "accessList": listed,
            }
        )
        receipt = local.node.call("eth_sendRawTransactionSync", "0x" + signed.raw_transaction.hex())
        assert int(receipt["status"], 16) == 1
        return int(receipt["gasUsed"], 16)

    def streams(self, pool: int, chunk: dict[str, Any]) -> None:
        order = (pool, dollars(200_000), 0, self.stage.now() + 20 * WEEK)
        for name in ("start a stream into a pool, its first", "start a stream into a pool"):
            self.note(name, self.handle.write("Payroll", "streamToPool", *order))
        self.stage.pass_time(WEEK)
        self.note("push to a pool member while streams run, 400 a call", self.push(chunk), CHUNK)

    def alone(self, chunk: dict[str, Any]) -> None:
        self.stage.pass_time(DAY)
        self.keeper.write("Payroll", "paySeats", chunk, [3])
        self.stage.pass_time(DAY)
        self.note("pay one seat alone", self.keeper.write("Payroll", "paySeats", chunk, [3]))
        self.note("take one seat out of a pool", self.handle.write("Payroll", "unseat", chunk, [5]))
        self.note("sweep a pool", self.keeper.write("Payroll", "sweepPools", [chunk["poolId"]]))
