"""A small dataset on disk, made anew for every test that wants to spoil it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KODO_CACHE", str(folder))
    return folder


@pytest.fixture
def small_hapt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> Path:
    """Two experiments in the layout of hapt, 40 and 50 rows, below KODO_DATA."""
    raw = tmp_path / "data" / "HAPT Data Set" / "RawData"
    raw.mkdir(parents=True)
    random = np.random.default_rng(0)
    for trial, rows in (("exp01_user01", 40), ("exp02_user12", 50)):
        for kind in ("acc", "gyro"):
            np.savetxt(raw / f"{kind}_{trial}.txt", random.normal(size=(rows, 3)))
    (raw / "labels.txt").write_text("1 1 5 3 10\n1 1 5 11 20\n2 12 1 1 50\n")
    monkeypatch.setenv("KODO_DATA", str(tmp_path / "data"))
    return raw
