"""What the acceptance tests share."""

from __future__ import annotations

import pytest
from playing import Played, played


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The example, played once for all tests that only look at it."""
    return played(None, tmp_path_factory.mktemp("example") / "demo")
