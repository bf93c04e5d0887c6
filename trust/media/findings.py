"""What a check found, as it goes along."""

from __future__ import annotations

from dataclasses import dataclass

from trust.media.verdict import Verdict

_GRAVEST_FIRST = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence; `verdict` is VALID unless it speaks against the file."""

    verdict: Verdict
    words: str


class Findings:
    """Collects them; the gravest decides."""

    def __init__(self) -> None:
        self._all: list[Finding] = []

    def note(self, words: str) -> None:
        """Something that is as it should be, or that a reader should know."""
        self.add(Verdict.VALID, words)

    def add(self, verdict: Verdict, words: str) -> None:
        """Something that decides: against the file, unless the verdict is VALID."""
        self._all.append(Finding(verdict, words))

    @property
    def all(self) -> tuple[Finding, ...]:
        """In the order in which they were made."""
        return tuple(self._all)

    @property
    def verdict(self) -> Verdict:
        """The gravest."""
        return min((one.verdict for one in self._all), key=_GRAVEST_FIRST.index, default=Verdict.VALID)
