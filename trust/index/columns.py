"""Columns of many rows at once: how a decoded field is kept, and in which form a database takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Kind(StrEnum):
    """INTEGER below 2^63; WIDE any whole number that is not negative; TEXT also keeps lists, as JSON."""

    INTEGER = "integer"
    WIDE = "wide"
    BLOB = "blob"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Integers:
    """Whole numbers below 2^63."""

    array: NDArray[np.int64]

    def values(self) -> list[Any]:
        """As Python has them."""
        values: list[Any] = self.array.tolist()
        return values


@dataclass(frozen=True, slots=True)
class Longs:
    """Whole numbers below 2^64."""

    array: NDArray[np.uint64]

    def values(self) -> list[Any]:
        """As Python has them."""
        values: list[Any] = self.array.tolist()
        return values


@dataclass(frozen=True, slots=True)
class Blobs:
    """Byte strings of one length: an array of (rows, bytes)."""

    array: NDArray[np.uint8]

    def values(self) -> list[Any]:
        """As Python has them."""
        rows, width = self.array.shape
        values: list[Any] = (
            np.ascontiguousarray(self.array).view(f"V{width}").ravel().tolist() if width else []
        )
        return values or [b""] * rows


@dataclass(frozen=True, slots=True)
class Constant:
    """One text in every row."""

    text: str
    rows: int

    def values(self) -> list[Any]:
        """As Python has them."""
        return [self.text] * self.rows


@dataclass(frozen=True, slots=True)
class Objects:
    """Any values, one by one."""

    of: Sequence[Any]

    def values(self) -> list[Any]:
        """As Python has them."""
        return list(self.of)


Column = Integers | Longs | Blobs | Constant | Objects


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for one table, by column and in the chain's order."""

    table: str
    kinds: tuple[Kind, ...]
    columns: tuple[Column, ...]
    count: int
