"""How tests say that a contract refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from trust.errors import ContractRefused


@contextmanager
def refused(error: str, **fields: Any) -> Iterator[None]:
    """Passes only if the block ends in this error with these fields.

    `error` is written `Interface.Name`, for the interface without its I; test_reverts_complete.py reads it.
    """
    with pytest.raises(ContractRefused) as caught:
        yield
    assert caught.value.name == error.split(".")[1], caught.value
    for name, value in fields.items():
        found = caught.value.fields[name]
        same = found.lower() == value.lower() if isinstance(found, str) else found == value
        assert same, f"{caught.value.name}.{name} is {found!r}, not {value!r}"
