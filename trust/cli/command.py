"""How a command is made: common options, help with an example, one answer out, errors in one line."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_args, get_origin

import typer
from typer.core import TyperGroup

from trust.cli.report import INTERRUPTED, interrupted, report
from trust.cli.session import Session
from trust.cli.show import Answer, print_answer
from trust.settings import Settings

_OPTIONS: dict[str, Any] = {
    "rpc": Annotated[str | None, typer.Option("--rpc", metavar="URL", help="The node. Else TRUST_RPC_URL.")],
    "deployment": Annotated[
        str | None,
        typer.Option("--deployment", metavar="FILE", help="Else TRUST_DEPLOYMENT, else ./deployment.json."),
    ],
    "keystore": Annotated[
        str | None, typer.Option("--keystore", metavar="FILE", help="The sender's key. Else TRUST_KEYSTORE.")
    ],
    "password_file": Annotated[
        str | None,
        typer.Option("--password-file", metavar="FILE", help="Else TRUST_PASSWORD_FILE, else you are asked."),
    ],
    "outbox": Annotated[
        str | None,
        typer.Option("--outbox", metavar="FILE", help="Else TRUST_OUTBOX, else outbox.db by the deployment."),
    ],
    "index": Annotated[
        str | None,
        typer.Option(
            "--index",
            metavar="PATH-OR-URL",
            help="A file or postgresql://... Else TRUST_INDEX, else ./index.db.",
        ),
    ],
    "db": Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="PATH-OR-URL",
            help="The keeper's tables: a file or postgresql://... Else TRUST_KEEPER_DB, "
            "else keeper.db by the deployment.",
        ),
    ],
    "anchors": Annotated[
        str | None,
        typer.Option(
            "--trust", metavar="FILE", help="Certificates that may vouch for stamps, PEM. Else TRUST_ANCHORS."
        ),
    ],
    "simulate": Annotated[bool, typer.Option("--simulate", help="Say what it would do; send nothing.")],
    "json": Annotated[bool, typer.Option("--json", help="One JSON document; amounts in base units.")],
}

#: Common options that a command takes.
NONE: tuple[str, ...] = ()
FILE = ("deployment",)
READ = ("rpc", "deployment")
KEY = ("keystore", "password_file")
WRITE = (*READ, *KEY, "outbox", "simulate")
INDEX = ("deployment", "index")
KEEPER = (*READ, *KEY, "outbox", "index", "db")

Run = Callable[..., Answer | None]


class OneLine(TyperGroup):
    """A group whose errors are one line on standard error."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **extra: Any) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in words
        extra["standalone_mode"] = False
        try:
            code = super().main(words, *others, **extra)
        except (typer.Abort, KeyboardInterrupt):
            code = interrupted(as_json)
        except BrokenPipeError:
            # Whoever read our output has gone; Python would complain once more when it flushes at exit.
            sys.stdout = None
            code = 1
        except Exception as error:
            code = report(error, as_json)
        else:
            if code == INTERRUPTED:
                interrupted(as_json)
        sys.exit(code if isinstance(code, int) else 0)


def group(help: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def command(
    app: typer.Typer, name: str, *, example: str, options: tuple[str, ...] = NONE
) -> Callable[[Run], Run]:
    """Make a function a command. It gets the Session, then its own parameters; its docstring is the help."""

    def register(run: Run) -> Run:
        own = inspect.signature(run, eval_str=True)
        common = [*options, "json"]

        def invoke(**given: Any) -> None:
            taken = {option: given.pop(option) for option in common}
            as_json = bool(taken.pop("json"))
            simulate = bool(taken.pop("simulate", False))
            session = Session(Settings.read(taken), as_json=as_json, simulate=simulate)
            try:
                answer = run(session, **given)
                if answer is not None:
                    print_answer(answer, as_json)
            finally:
                session.close()

        mine = [p.replace(annotation=_plain(p.annotation)) for p in list(own.parameters.values())[1:]]
        parameters = mine + [_common(option) for option in common]
        invoke.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        invoke.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        invoke.__doc__ = inspect.getdoc(run)
        app.command(name, epilog=f"\b\nExample:\n  {example}")(invoke)
        return run

    return register


def _plain(annotation: Any) -> Any:
    """Typer shows the type it is given: where a parser makes another of the word, that is a word."""
    if get_origin(annotation) is not Annotated or annotation.__metadata__[0].parser is None:
        return annotation
    return Annotated[_words(annotation.__origin__), annotation.__metadata__[0]]


def _words(kind: Any) -> Any:
    arguments = get_args(kind)
    if type(None) in arguments:
        return _words(arguments[0]) | None
    return list[str] if get_origin(kind) is list else str


def _common(name: str) -> inspect.Parameter:
    annotation = _OPTIONS[name]
    flag = name in ("simulate", "json")
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=False if flag else None, annotation=annotation
    )


def argument(metavar: str, help: str, parse: Callable[[str], Any] | None = None) -> Any:
    """A positional word."""
    return typer.Argument(metavar=metavar, help=help, parser=_reader(parse), show_default=False)


def option(name: str, metavar: str, help: str, parse: Callable[[str], Any] | None = None) -> Any:
    """An option with a value."""
    return typer.Option(name, metavar=metavar, help=help, parser=_reader(parse), show_default=False)


def _reader(parse: Callable[[str], Any] | None) -> Callable[[Any], Any] | None:
    """Typer hands defaults to the parser too."""
    if parse is None:
        return None
    return lambda given: parse(given) if isinstance(given, str) else given
