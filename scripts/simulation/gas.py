"""Gas as a linear function of what a transaction touches; its constants are fitted to measured transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

#: The most gas of one transaction (EIP-7825).
TRANSACTION_GAS = 2**24
#: Gas of a transaction before anything runs, and of a byte of call data (EIP-2028).
BASE_GAS = 21_000
ZERO_BYTE_GAS = 4
BYTE_GAS = 16
#: Refund of a word that is emptied; refunds come to at most a fifth of a transaction (EIP-3529).
EMPTIED_WORD_REFUND = 4_800
_REFUND_CAP = 5


@dataclass(frozen=True, slots=True)
class Touched:
    """What transactions touch, a row each: counts, a column for each name; gas of call data; refunds."""

    counts: Matrix
    call_data_gas: NDArray[np.int64]
    refunds: Matrix

    @classmethod
    def of(cls, counts: Matrix, call_data_gas: NDArray[np.int64], emptied: Matrix | None = None) -> Self:
        """With so many words emptied, by transaction."""
        words = np.zeros(len(counts)) if emptied is None else emptied
        return cls(counts, call_data_gas, words * EMPTIED_WORD_REFUND)

    @classmethod
    def all(cls, parts: Sequence[Touched]) -> Self:
        """All of these, in order."""
        return cls(
            np.vstack([part.counts for part in parts]),
            np.concatenate([part.call_data_gas for part in parts]),
            np.concatenate([part.refunds for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class CostModel:
    """What each thing touched costs. `error` is the mean relative error on the transactions it was fitted to."""

    names: tuple[str, ...]
    constants: tuple[float, ...]
    transactions: int
    error: float

    def predict(self, touched: Touched) -> Matrix:
        """Gas of each transaction."""
        gas = touched.counts @ np.array(self.constants) + touched.call_data_gas + BASE_GAS
        left: Matrix = gas - np.minimum(touched.refunds, gas / _REFUND_CAP)
        return left

    def one(self, counts: Mapping[str, float], call_data_gas: int) -> float:
        """Gas of a transaction that touches these and is refunded nothing."""
        row = np.array([[counts.get(name, 0.0) for name in self.names]])
        return float(self.predict(Touched.of(row, np.array([call_data_gas])))[0])


def fit(names: tuple[str, ...], touched: Touched, gas: Matrix) -> CostModel:
    """The constants that come closest, relative to each transaction's gas. Raises ValueError if some can't be told."""
    before_refund = np.minimum(gas + touched.refunds, gas * _REFUND_CAP / (_REFUND_CAP - 1))
    spent = before_refund - touched.call_data_gas - BASE_GAS
    constants, _, rank, _ = np.linalg.lstsq(touched.counts / gas[:, None], spent / gas, rcond=None)
    if rank < len(names):
        raise ValueError(f"{len(gas)} transactions can't tell {len(names)} constants apart (rank {rank})")
    model = CostModel(names, tuple(float(c) for c in constants), len(gas), 0.0)
    error = np.abs(model.predict(touched) / gas - 1).mean()
    return CostModel(names, model.constants, model.transactions, float(error))
