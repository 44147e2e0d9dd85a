"""Made-up recordings for the tests of splits, protocols and checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from kodo.datasets.recording import Dataset, Recording, gather, sensor
from kodo.windows.cut import Windows, cut

MakeWindows = Callable[..., Windows]


def _windows(
    stretches: Mapping[str, Sequence[tuple[int, int]]], activities: int = 3, **cutting: object
) -> Windows:
    """Windows of 1 s at 10 Hz; each person has one recording of stretches (label, samples)."""
    channels = sensor("acceleration", "wrist", "g")
    card = Dataset(
        name="made_up", title="Made up", activities=tuple(f"a{i}" for i in range(activities)),
        channels=channels, rate=10.0, window=1.0, population="made_up", licence="none", commercial=None,
        citation="", address="", folders=(), pattern="*", read=lambda folder: iter(()),
    )  # fmt: skip
    recordings = []
    for person, parts in stretches.items():
        label = np.concatenate([np.full(samples, code, np.int16) for code, samples in parts])
        signal = np.zeros((len(label), 3), np.float32)
        recordings.append(Recording("made_up", f"r{person}", person, "1", 10.0, channels, signal, label))
    settings = {"seconds": 1.0, "overlap": 0.5} | cutting
    return cut(gather(card, recordings, "checksum"), **settings)


@pytest.fixture(scope="session")
def make_windows() -> MakeWindows:
    return _windows
