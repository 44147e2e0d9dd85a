"""Made-up windows that the tests of training share."""

from __future__ import annotations

import pytest

from kodo.windows.cut import Windows
from tiny import people


@pytest.fixture(scope="session")
def fixed() -> Windows:
    return people()


@pytest.fixture(scope="session")
def sequences() -> Windows:
    return people(unequal=True)
