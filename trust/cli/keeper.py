"""trust keeper: pays everybody what is due, each payday, by itself. Anyone may run one, and many at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from decimal import Decimal
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

from trust.cli.command import INDEX, KEEPER, command, group, option
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, facts, moment, short
from trust.errors import InputError

if TYPE_CHECKING:
    from trust.keeper import Keeper, Policy, Run, Status
    from trust.send.model import Confirmations

app = group(
    "The keeper: pays everybody what is due, each payday. Anyone may run one, and many may run at once."
)


def _gwei(text: str) -> int:
    match = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text)
    if not match or not Decimal(text):
        raise InputError(f"{text!r} is not a fee.", hint="Give gwei for a unit of gas, like 40 or 0.5.")
    return int(Decimal(text) * 10**9)


def _confirmations(text: str) -> Confirmations:
    if text == "finalized":
        return "finalized"
    if not re.fullmatch(r"[0-9]{1,5}", text):
        raise InputError(f"{text!r} can't be waited for.", hint="Give a number of blocks, or finalized.")
    return int(text)


def _gas(text: str) -> int:
    digits = text.replace(",", "").replace("_", "")
    if not re.fullmatch(r"[0-9]{1,9}", digits) or not 250_000 <= int(digits) <= 2**24:
        raise InputError(
            f"{text!r} is not a limit for a batch.", hint="Give gas from 250,000 to 16,777,216 (EIP-7825)."
        )
    return int(digits)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,3})?", text) or not float(text):
        raise InputError(f"{text!r} is not a time.", hint="Give seconds, like 12 or 0.5.")
    return float(text)


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise InputError(f"{text!r} can't be listened on.", hint="Give HOST:PORT, like 127.0.0.1:9464.")
    return host.strip("[]"), int(port)


MaxFee = Annotated[
    int, option("--max-fee", "GWEI", "Most to offer for gas, else 300; while it's dearer, wait.", _gwei)
]
Final = Annotated[
    Any,
    option(
        "--confirmations",
        "N",
        "Blocks until a payment is final; else the node's finalized tag.",
        _confirmations,
    ),
]
BatchGas = Annotated[int, option("--batch-gas", "GAS", "Most that one call may use, else 15,000,000.", _gas)]
Name = Annotated[
    str | None, option("--name", "NAME", "What leases and logs call it; else host, process and digits.")
]
Lease = Annotated[
    float,
    option("--lease", "SECONDS", "Without a sign of life for so long, others take over; else 60.", _seconds),
]
Poll = Annotated[float, option("--poll", "SECONDS", "How often to look at the chain, else 12.", _seconds)]
Listen = Annotated[
    Any, option("--listen", "HOST:PORT", "Serve /metrics and /healthz here. Port 0 picks one.", _listen)
]
Stale = Annotated[
    float,
    option(
        "--stale-after", "SECONDS", "A head or a good round older than this is unhealthy; else 600.", _seconds
    ),
]
Wait = Annotated[
    float, option("--wait", "SECONDS", "How long to wait for what was sent, else 1800.", _seconds)
]

_GWEI_CAP = 300 * 10**9
_BATCH_GAS = 15_000_000


@command(app, "run", example="trust keeper run --max-fee 40 --listen 127.0.0.1:9464", options=KEEPER)
def run(
    session: Session,
    max_fee: MaxFee = _GWEI_CAP,
    confirmations: Final = "finalized",
    batch_gas: BatchGas = _BATCH_GAS,
    name: Name = None,
    lease: Lease = 60.0,
    poll: Poll = 12.0,
    listen: Listen = None,
    stale_after: Stale = 600.0,
) -> Answer:
    """Stay, and pay each payday. Stops gracefully on SIGTERM or Ctrl-C. The log goes to standard error."""
    from trust.cli.signals import stop_on_signals
    from trust.keeper.journal import write_log
    from trust.keeper.loop import Loop
    from trust.keeper.metrics import Metrics

    stop, metrics = Event(), Metrics()
    write_log(as_json=True if session.as_json else None)
    with ExitStack() as opened:
        keeper = _keeper(session, _policy(max_fee, confirmations, batch_gas, lease), name, stop)
        opened.enter_context(keeper)
        stop_on_signals(stop, "keeper")
        loop = Loop(keeper, stop, poll=poll, metrics=metrics)
        if listen is not None:
            from trust.keeper.server import serving

            port = opened.enter_context(serving(listen, loop, metrics, stale_after))
            session.say(f"Listening on http://{listen[0]}:{port}.")
        loop.run()
    data = {"keeper": loop.health.owner, "rounds": loop.rounds, "last_cycle_paid": loop.health.paid_cycle}
    return Answer(data, [f"Stopped after {loop.rounds} rounds."])


@command(app, "once", example="trust keeper once --max-fee 40", options=KEEPER)
def once(
    session: Session,
    max_fee: MaxFee = _GWEI_CAP,
    confirmations: Final = "finalized",
    batch_gas: BatchGas = _BATCH_GAS,
    name: Name = None,
    lease: Lease = 60.0,
    wait: Wait = 1800.0,
) -> Answer:
    """Pay all that is due now, wait until it is final, and end."""
    from trust.cli.signals import stop_on_signals

    stop = Event()
    with _keeper(session, _policy(max_fee, confirmations, batch_gas, lease), name, stop) as keeper:
        stop_on_signals(stop, "keeper")
        try:
            with session.busy("Paying what is due..."):
                runs = keeper.once(wait)
        finally:
            keeper.release()
    return _ran(runs)


@command(app, "status", example="trust keeper status", options=(*INDEX, "db"))
def status(session: Session) -> Answer:
    """Show what the keepers did, are doing, and whom they can't pay. Asks no node."""
    from pathlib import Path

    from trust.keeper.database import connect
    from trust.keeper.status import status as look

    where = session.settings.keeper_db
    if "://" not in where and not Path(where).exists():
        raise InputError(f"There are no keeper's tables {where}.", hint="Run `trust keeper once` first.")
    database = connect(where)
    try:
        found = look(database, session.index)
    finally:
        database.close()
    return Answer(found, _shown(found))


def _policy(max_fee: int, confirmations: Confirmations, batch_gas: int, lease: float) -> Policy:
    from trust.keeper import Policy

    return Policy(max_fee_cap=max_fee, confirmations=confirmations, batch_gas=batch_gas, lease=lease)


def _keeper(session: Session, policy: Policy, name: str | None, stop: Event) -> Keeper:
    import os
    import secrets
    import socket

    from trust.keeper import Keeper

    settings = session.settings
    return Keeper.open(
        settings.rpc_url,
        deployment=session.deployment,
        account=session.account,
        outbox=settings.outbox,
        index=settings.index,
        database=settings.keeper_db,
        owner=name or f"{socket.gethostname()}-{os.getpid()}-{secrets.randbelow(10_000):04}",
        policy=policy,
        stopping=stop.is_set,
    )


def _ran(runs: list[Run]) -> Answer:
    paid, held = sum(run.paid for run in runs), sum(run.held for run in runs)
    total, gas = sum(run.amount for run in runs), sum(run.gas_used for run in runs)
    data = {"runs": runs, "paid": paid, "held": held, "amount": total, "gas_used": gas}
    if not runs:
        return Answer(data, ["Nothing is due."])
    lines = [f"Paid {dollars(total)} in {paid} transfers, {len(runs)} transactions, gas {gas:,}."]
    if held:
        lines.append(f"{held} wallets could not receive; their pay stays owed and is tried again.")
    return Answer(data, [*lines, _runs([_run_row(asdict(run)) for run in runs])])


def _run_row(run: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (str(run[name]) for name in ("kind", "cycle", "paid", "held"))
    return (*counts, dollars(run["amount"]), f"{run['gas_used']:,}", run["tx_hash"])


def _runs(rows: list[tuple[str, ...]]) -> Table:
    headings = ("Kind", "Cycle", "Paid", "Held", "Amount", "Gas", "Transaction")
    return Table(headings, rows, frozenset({1, 2, 3, 4, 5}))


def _shown(found: Status) -> list[str | Table]:
    lines: list[str | Table] = [
        *facts(
            {
                "Keepers seen": ", ".join(one["owner"] for one in found.keepers) or "none",
                "Calls not final": len(found.open),
                "Wallets held": len(found.held),
                "Set aside": len(found.troubles),
            }
        )
    ]
    if found.runs:
        lines.append(_runs([_run_row(run) for run in found.runs]))
    if found.held:
        held = [
            (short(one.item), dollars(one.amount), str(one.tries), moment(one.retry_at)) for one in found.held
        ]
        lines.append(Table(("Held", "Amount", "Tries", "Next try"), held, frozenset({0, 1, 2})))
    lines += [f"{one['kind']} {one['item']} can't be paid: {one['why']}" for one in found.troubles]
    return lines
