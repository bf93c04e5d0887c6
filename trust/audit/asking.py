"""Questions to the contracts themselves, at the audited block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from trust.audit.ledger import Ledger
from trust.chain.abi import interface
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.index import IndexedEvent

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Question:
    """What a contract should answer; `about` names it for people, `event` is the last that spoke of it.

    `expected` is a value, some fields of a struct, or a function that makes either from what was answered.
    """

    check: str
    about: str
    contract: str
    function: str
    arguments: tuple[Any, ...]
    expected: Any
    event: IndexedEvent | None = None


class Contracts:
    """The deployment's contracts as one node shows them at one block."""

    def __init__(self, node: Node, addresses: dict[str, str], block: int) -> None:
        self._node = node
        self._addresses = addresses
        self._block = block

    def ask(self, ledger: Ledger, questions: Iterable[Question]) -> None:
        """Put questions, and find what was answered otherwise."""
        waiting = iter(questions)
        while batch := list(islice(waiting, _AT_ONCE)):
            answers = self._node.batch([self._call(question) for question in batch])
            for question, answer in zip(batch, answers, strict=True):
                ledger.look(question.check)
                for what in _differences(question, answer):
                    ledger.find(question.check, f"{question.about}: {what}.", question.event)

    def _call(self, question: Question) -> Call:
        data = interface(question.contract).encode(question.function, *question.arguments)
        request = {"to": self._addresses[question.contract], "data": hexed(data)}
        return Call("eth_call", (request, hex(self._block)))


def _differences(question: Question, answer: Any) -> Iterator[str]:
    asked = f"{question.contract}.{question.function}"
    if isinstance(answer, RpcError):
        yield f"{asked} gave no answer ({answer.reason})"
        return
    try:
        told = interface(question.contract).decode(question.function, blob(answer))
    except Exception as cause:  # eth-abi raises several unrelated types
        yield f"{asked} gave an answer that can't be read ({type(cause).__name__})"
        return
    expected = question.expected(told) if callable(question.expected) else question.expected
    if not isinstance(expected, dict):
        if told != expected:
            yield f"{asked} is {_word(told)}, where the events add up to {_word(expected)}"
        return
    for name, value in expected.items():
        if told[name] != value:
            yield f"{asked} has {name} {_word(told[name])}, where the events add up to {_word(value)}"


def _word(value: Any) -> str:
    return hexed(value) if isinstance(value, bytes) else str(value)
