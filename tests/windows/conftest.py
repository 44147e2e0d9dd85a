"""Small made-up recordings, written out by hand so that windows can be checked against plain slices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.recording import Dataset, Recording, Recordings, gather, sensor

CHANNELS = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))


def _nothing(folder: Path):
    yield from ()


def card(activities: Sequence[str] = ("sit", "walk", "run"), window: float | None = 1.0) -> Dataset:
    return Dataset(
        name="made", title="Made up", activities=tuple(activities), channels=CHANNELS, rate=10.0,
        window=window, population="made", licence="none", commercial=None, citation="", address="",
        folders=(), pattern="", read=_nothing,
    )  # fmt: skip


def recordings(labels: Sequence[Sequence[int]], subjects: Sequence[str], rate: float = 10.0) -> Recordings:
    """One recording per list of labels; the signal is noise of a fixed seed."""
    random = np.random.default_rng(0)
    items = [
        Recording(
            "made", f"r{number}", subject, "1", rate, CHANNELS,
            random.normal(size=(len(label), len(CHANNELS))).astype(np.float32) + 3,
            np.array(label, np.int16),
        )
        for number, (label, subject) in enumerate(zip(labels, subjects, strict=True))
    ]  # fmt: skip
    return gather(card(), items, "checksum")


@pytest.fixture(scope="session")
def make() -> Callable[..., Recordings]:
    return recordings


@pytest.fixture(scope="session")
def people() -> Recordings:
    """Four people, two recordings each, three activities, some of it unlabelled."""
    random = np.random.default_rng(1)
    labels = [np.repeat(random.integers(-1, 3, size=6), random.integers(5, 40, size=6)) for _ in range(8)]
    return recordings([label.tolist() for label in labels], [f"p{i // 2}" for i in range(8)])
