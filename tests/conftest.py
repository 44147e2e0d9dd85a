"""What every test stands on: one thread, its own cache, no screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Before numpy and torch are imported: afterwards their thread pools stand already.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[name] = "1"
os.environ["MPLBACKEND"] = "Agg"

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# The same examples every time, and no clock: a busy machine is not a failure.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of this session's own, so that nothing of the user's is read or written."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KODO_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real datasets; the test is skipped where there is none."""
    folder = Path(os.environ.get("KODO_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data: set KODO_DATA to their folder ({folder} is not there)")
    return folder


@pytest.fixture
def kodo_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As `data`, with KODO_DATA set, for tests that load by name."""
    monkeypatch.setenv("KODO_DATA", str(data))
    return data


@pytest.fixture(autouse=True)
def no_pictures_left() -> Iterator[None]:
    """Close pictures that a test opened; the next one starts with none."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
