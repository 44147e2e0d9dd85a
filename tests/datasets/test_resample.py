"""Another rate: exact times, no aliases, gaps left as they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import Channel, Recording
from kodo.datasets.resample import resample
from kodo.errors import KodoError


def recording(signal: np.ndarray, rate: float = 50.0, label: np.ndarray | None = None) -> Recording:
    signal = np.asarray(signal, np.float32)
    channels = tuple(Channel(f"c{i}", "other", "", "", "") for i in range(signal.shape[1]))
    label = np.zeros(len(signal), np.int16) if label is None else np.asarray(label, np.int16)
    return Recording("d", "r", "p", "s", rate, channels, signal, label)


def wave(frequency: float, rate: float, seconds: float = 10.0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return np.sin(2 * np.pi * frequency * time)[:, None]


@pytest.mark.parametrize("rate", [20.0, 25.0, 30.0, 44.1, 50.1, 64.0, 100.0, 33.333333333])
def test_a_slow_wave_keeps_its_times(rate: float) -> None:
    got = resample(recording(wave(2.0, 50.0)), rate)
    time = np.arange(len(got.signal)) / rate
    inner = slice(round(rate), -round(rate))
    assert got.rate == rate
    assert np.abs(got.signal[inner, 0] - np.sin(2 * np.pi * 2.0 * time)[inner]).max() < 2e-3


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    got = resample(recording(wave(20.0, 100.0), 100.0), 25.0)  # would come back as 5 Hz
    assert np.abs(got.signal[25:-25]).max() < 0.01


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 120),
    old=st.floats(5, 200),
    new=st.floats(5, 200),
    value=st.floats(-100, 100, width=32),
)
def test_a_constant_stays_and_time_does_not_run_over(rows: int, old: float, new: float, value: float) -> None:
    got = resample(recording(np.full((rows, 2), value), old), new)
    assert np.allclose(got.signal, value, atol=1e-4)
    assert len(got.label) == len(got.signal)
    assert (len(got.signal) - 1) / new <= (rows - 1) / old + 1e-6 < len(got.signal) / new + 2e-6


@settings(max_examples=40, deadline=None)
@given(missing=st.sets(st.integers(0, 59), max_size=20), new=st.sampled_from([20.0, 50.0, 70.0, 123.4]))
def test_nothing_is_made_up_inside_a_gap(missing: set[int], new: float) -> None:
    signal = np.stack([np.linspace(-1, 1, 60), np.linspace(1, -1, 60)], axis=1)
    signal[sorted(missing), 0] = np.nan
    got = resample(recording(signal), new)
    place = np.arange(len(got.signal)) * (50.0 / new)
    below, above = np.floor(place + 1e-6).astype(int), np.ceil(place - 1e-6).astype(int)
    lost = np.isnan(signal[below, 0]) | np.isnan(signal[above, 0])
    assert np.array_equal(np.isnan(got.signal[:, 0]), lost)
    assert np.isfinite(got.signal[:, 1]).all()


def test_the_other_side_of_a_gap_does_not_leak_in() -> None:
    signal = np.zeros((40, 1))
    signal[20] = np.nan
    signal[21:] = 1000.0
    got = resample(recording(signal), 75.0).signal[:, 0]
    assert (got[: int(19 * 1.5)] == 0).all()


def test_labels_are_those_of_the_nearest_sample() -> None:
    got = resample(recording(np.zeros((4, 1)), 10.0, [0, 1, 2, -1]), 20.0)
    assert got.label.tolist() == [0, 1, 1, 2, 2, -1, -1]
    assert resample(recording(np.zeros((5, 1)), 10.0, [0, 1, 2, 3, 4]), 5.0).label.tolist() == [0, 2, 4]


def test_the_same_rate_is_the_same_recording_and_a_rate_is_positive() -> None:
    one = recording(np.zeros((4, 1)))
    assert resample(one, 50.0) is one
    for rate in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(KodoError, match="positive number of Hz"):
            resample(one, rate)
