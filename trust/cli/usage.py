"""trust usage: reports of use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import READ, WRITE, argument, command, group, option
from trust.cli.params import Grant
from trust.cli.scene import show as show_grant
from trust.cli.session import Session, in_chunks
from trust.cli.show import Answer, write_result
from trust.errors import InputError
from trust.model import GrantId, Use, UseKind

app = group("Usage: every use of a replica, metered and paid at once.")

# A use on a grant of its own takes 21,000 gas; a transaction holds at most 2^24.
_BATCH = 400

_FIELDS: dict[str, Any] = {
    "kind": lambda text: parse.one_of(UseKind, text),
    "used_at": lambda value: parse.when(str(value)),
    "iterations": int,
    "output_seconds": int,
    "output_hash": parse.hash32,
    "prompt_commitment": parse.hash32,
    "model": parse.hash32,
}


@command(
    app, "record", options=WRITE,
    example="trust usage record 3 --kind new-line --iterations 2 --seconds 4"
    " --output @take.mov --prompt 0x... --model 0x...",
)  # fmt: skip
def record(
    session: Session,
    grant: Grant,
    kind: Annotated[
        UseKind, option("--kind", "KIND", "touch-up, placement, new-action, new-line.", parse.choice(UseKind))
    ],
    iterations: Annotated[int, typer.Option(min=1, help="Iterations that were made.")],
    seconds: Annotated[int, typer.Option(min=0, help="Seconds of output.")],
    output: Annotated[bytes, option("--output", "HASH", "0x hash, or @FILE.", parse.hash32)],
    prompt: Annotated[bytes, option("--prompt", "HASH", "Salted commitment to the prompt.", parse.hash32)],
    model: Annotated[bytes, option("--model", "HASH", "0x hash, or @FILE.", parse.hash32)],
    at: Annotated[
        int | None, option("--at", "TIME", "When; else the latest block's time.", parse.when)
    ] = None,
) -> Answer:
    """Report one use. Sent by one of the production's reporters, or its studio."""
    trust = session.sender
    use = Use(
        grant=grant,
        kind=kind,
        used_at=at if at is not None else trust.handle.now(),
        iterations=iterations,
        output_seconds=seconds,
        output_hash=output,
        prompt_commitment=prompt,
        model=model,
    )
    result = trust.usage.record(use, simulate=session.simulate)
    return write_result(result, f"{iterations} iterations of grant {grant} reported.", session.simulate)


@command(app, "batch", example="trust usage batch uses.jsonl", options=WRITE)
def batch(session: Session, file: Annotated[Path, argument("FILE", "One use a line, JSON.")]) -> Answer:
    """Report many uses. Give the same file again after an interruption: nothing is reported twice.

    A line is like {"grant": 3, "kind": "new-line", "used_at": "2026-08-01T10:00Z", "iterations": 2,
    "output_seconds": 4, "output_hash": "0x...", "prompt_commitment": "0x...", "model": "0x..."}.
    """
    uses = read_uses(file)
    trust = session.sender
    sent = []
    with session.progress() as bar:
        task = bar.add_task("Reporting", total=len(uses))
        for number, chunk in enumerate(in_chunks(uses, _BATCH)):
            key = f"usage {_digest(chunk)} {number}"
            result = trust.usage.record_batch(chunk, key=key, simulate=session.simulate)
            if result.receipt is not None:
                sent.append(
                    {"transaction": result.receipt.hash, "gas_used": result.gas_used, "uses": len(chunk)}
                )
            bar.advance(task, len(chunk))
    iterations = sum(use.iterations for use in uses)
    said = f"{len(uses)} uses, {iterations} iterations"
    said = f"Simulated, nothing sent. It would succeed: {said}." if session.simulate else f"Reported {said}."
    data = {"simulated": session.simulate, "uses": len(uses), "iterations": iterations, "transactions": sent}
    return Answer(
        data, [said, *(f"Transaction {one['transaction']}, gas {one['gas_used']:,}." for one in sent)]
    )


@command(app, "show", example="trust usage show 3", options=READ)
def show(session: Session, grant: Grant) -> Answer:
    """Show a grant's meter: what is left, and what an iteration costs."""
    answer = show_grant(session, grant)
    assert answer is not None
    return answer


def read_uses(path: Path) -> list[Use]:
    """Uses of a JSONL file. Raises InputError, naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as cause:
        raise InputError(f"{path} can't be read.", hint="Give a JSONL file, one use a line.") from cause
    uses = [_use(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not uses:
        raise InputError(
            f"{path} holds no uses.", hint="Write one use a line; see `trust usage batch --help`."
        )
    return uses


def _use(line: str, where: str) -> Use:
    hint = "See `trust usage batch --help` for what a line holds."
    try:
        raw = json.loads(line)
        unknown = set(raw) - {"grant", *_FIELDS}
        if unknown:
            raise InputError(f"{where}: unknown {', '.join(sorted(unknown))}.", hint=hint)
        fields = {name: read(raw[name]) for name, read in _FIELDS.items()}
        return Use(grant=GrantId(parse.grant(str(raw["grant"]))), **fields)
    except InputError as error:
        raise InputError(f"{where}: {error.message.removeprefix(where + ': ')}", hint=error.hint) from error
    except KeyError as cause:
        raise InputError(f"{where}: {cause} is missing.", hint=hint) from cause
    except (ValueError, TypeError, AttributeError) as cause:
        raise InputError(f"{where} is not a use.", hint=hint) from cause


def _digest(uses: Any) -> str:
    from hashlib import sha256

    return sha256(repr([use.as_struct() for use in uses]).encode()).hexdigest()[:32]
