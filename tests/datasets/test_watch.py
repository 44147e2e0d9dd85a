"""watch: the embedded dataset, and its absence."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.check import counts, findings
from kodo.datasets.readers import watch
from kodo.datasets.readers.watch import WATCH, locate, read
from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.errors import KodoError


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    try:
        locate()
    except KodoError as error:
        pytest.skip(str(error))
    return load("watch")


def test_the_published_dataset(recordings: Recordings) -> None:
    assert counts(recordings) == WATCH.counts
    assert findings(recordings) == ()
    assert {r.facts["side"] for r in recordings} == {r.session for r in recordings} == {"left", "right"}
    assert "seglearn" not in sys.modules


def test_the_units_are_those_on_the_card(recordings: Recordings) -> None:
    rows = recordings.signal[: WATCH.counts["rows"]]
    assert np.median(np.linalg.norm(rows[:, :3], axis=1)) == pytest.approx(1.0, abs=0.1)  # gravity, in g
    assert np.abs(rows[:, 3:]).max() < 2000 * np.pi / 180  # what such a sensor can measure, in rad/s


def test_another_file_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / watch.FILE, np.array({"X": []}, dtype=object), allow_pickle=True)
    with pytest.raises(KodoError, match="is not the published file: wanted 18,118,091 bytes"):
        list(read(tmp_path))


def test_seglearn_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(watch, "files", none)
    with pytest.raises(KodoError, match=r"pip install 'kodo\[demo\]'"):
        locate()
    monkeypatch.setattr(watch, "files", lambda name: [])
    with pytest.raises(KodoError, match=r"installed without watch_dataset\.npy"):
        locate()
