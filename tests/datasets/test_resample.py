"""Another rate: exact times, no aliases, gaps left as they are."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import Channel, Recording
from kodo.datasets.resample import resample
from kodo.errors import KodoError

RATES = (12.5, 20.0, 25.0, 30.0, 32.0, 33.333, 50.0, 60.0, 64.0, 100.0)


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


def share_lost(level: np.ndarray) -> float:
    """Root mean square of what is left of a wave of height 1, in dB."""
    return float(20 * np.log10(np.sqrt(2 * np.mean(np.square(level, dtype=np.float64))) + 1e-12))


@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(RATES, 2)))
def test_a_wave_stays_in_phase_for_an_hour(old: float, new: float) -> None:
    # The last minute of an hour in which nothing else was measured; a wave in the middle of both bands.
    rows, frequency = int(3600 * old) + 1, 0.37 * min(old, new) / 2
    signal = np.full((rows, 1), np.nan)
    late = np.arange(rows - int(60 * old), rows)
    signal[late, 0] = np.sin(2 * np.pi * frequency * late / old)
    got = resample(recording(signal, old), new).signal[:, 0]
    assert len(got) == exact_length(rows, old, new)
    time = np.arange(len(got)) / new
    inner = (time > 3545) & (time < 3595)
    turn = np.exp(-2j * np.pi * frequency * time[inner]) * np.hanning(inner.sum())
    wanted = np.sum(np.sin(2 * np.pi * frequency * time[inner]) * turn)
    found = np.sum(got[inner] * turn)
    late_by = np.angle(found / wanted) / (2 * np.pi * frequency)
    assert abs(late_by) < 1e-9 * 3600
    assert abs(abs(found / wanted) - 1) < 2e-3


def exact_length(rows: int, old: float, new: float) -> int:
    """Samples up to the last one's time, in exact arithmetic of the decimal numbers."""
    return int((rows - 1) * Fraction(str(new)) / Fraction(str(old))) + 1


@pytest.mark.parametrize("rows", [1, 2, 3, 50, 51, 52, 301, 200_001])
@pytest.mark.parametrize(("old", "new"), [(100.0, 33.333), (30.0, 64.0), (12.5, 100.0), (50.0, 20.0)])
def test_as_many_samples_as_the_time_holds(rows: int, old: float, new: float) -> None:
    got = resample(recording(np.ones((rows, 1)), old), new)
    assert len(got.signal) == exact_length(rows, old, new)
    assert np.isfinite(got.signal).all()


@pytest.mark.parametrize("rate", [30.0, 32.0, 60.0, 64.0])
def test_a_grid_of_whole_milliseconds_drifts_and_this_one_does_not(rate: float) -> None:
    # One hour at 1000 Hz with a mark at the end; a published pipeline steps by int(1000 / rate) ms.
    step = int(1000 / rate)
    claimed = (3600 * 1000 // step) / rate  # when that pipeline says the hour is over
    assert abs(claimed - 3600) > 20
    signal = np.zeros((3600 * 50 + 1, 1))
    signal[-1] = 1.0
    got = resample(recording(signal, 50.0), rate).signal[:, 0]
    assert got.argmax() / rate == pytest.approx(3600, abs=1e-9)


@pytest.mark.parametrize(("old", "new"), [(100.0, 50.0), (50.0, 30.0), (50.0, 20.0), (64.0, 33.333)])
def test_the_band_of_a_lower_rate_is_flat_and_nothing_folds_back_into_it(old: float, new: float) -> None:
    inner = slice(round(3 * new), -round(3 * new))
    for share in (0.2, 0.5, 0.7, 0.79):
        kept = resample(recording(wave(share * new / 2, old, 40.0), old), new).signal[inner]
        assert abs(share_lost(kept)) < 0.02
    for share in (1.01, 1.1, 1.2, 1.5, 0.99 * old / new):
        folded = resample(recording(wave(share * new / 2, old, 40.0), old), new).signal[inner]
        assert share_lost(folded) < -60


@pytest.mark.parametrize(("old", "new"), [(20.0, 50.0), (50.0, 100.0), (25.0, 64.0)])
def test_a_higher_rate_adds_nothing(old: float, new: float) -> None:
    for share in (0.2, 0.5, 0.8, 0.9):
        frequency = share * old / 2
        got = resample(recording(wave(frequency, old, 40.0), old), new).signal[:, 0]
        time = np.arange(len(got)) / new
        inner = slice(round(3 * new), -round(3 * new))
        assert share_lost((got - np.sin(2 * np.pi * frequency * time))[inner]) < -55


def test_measured_samples_keep_their_values_at_twice_the_rate() -> None:
    signal = np.random.default_rng(0).normal(9.81, 1, size=(300, 3))
    got = resample(recording(signal, 50.0), 100.0).signal
    np.testing.assert_allclose(got[::2], signal, rtol=1e-6)


@pytest.mark.parametrize("new", [20.0, 33.333, 64.0, 100.0])
def test_the_ends_do_not_ring(new: float) -> None:
    still = resample(recording(np.full((200, 1), 9.81), 50.0), new).signal
    np.testing.assert_allclose(still, 9.81, rtol=1e-6)
    ramp = 9.81 + 0.01 * np.arange(200)[:, None]  # nothing outside what was measured, but for the slope
    got = resample(recording(ramp, 50.0), new).signal
    assert ramp.min() - 0.02 < got.min()
    assert got.max() < ramp.max() + 0.02


@settings(max_examples=60, deadline=None)
@given(
    missing=st.sets(st.integers(0, 59), max_size=40),
    new=st.sampled_from([10.0, 20.0, 50.0, 70.0, 123.4]),
)
def test_nothing_is_made_up_inside_a_gap_and_nothing_vanishes(missing: set[int], new: float) -> None:
    signal = np.stack([np.linspace(-1, 1, 60), np.linspace(1, -1, 60)], axis=1)
    signal[sorted(missing), 0] = np.nan
    got = resample(recording(signal), new)
    place = np.arange(len(got.signal)) * (50.0 / new)
    below, above = np.floor(place + 1e-6).astype(int), np.ceil(place - 1e-6).astype(int)
    among = ~(np.isnan(signal[below, 0]) | np.isnan(signal[above, 0]))
    there = np.isfinite(got.signal[:, 0])
    assert there[among].all()
    # Elsewhere only what was measured within half a new step, in a stretch without a new sample.
    for number in np.flatnonzero(there & ~among):
        measured = np.flatnonzero(
            np.isfinite(signal[:, 0]) & (np.abs(np.arange(60) - place[number]) <= 0.5 * 50 / new + 1e-6)
        )
        assert len(measured)
        assert signal[measured, 0].min() - 1e-6 <= got.signal[number, 0] <= signal[measured, 0].max() + 1e-6
    assert np.isfinite(got.signal[:, 1]).all()


def test_a_slow_channel_among_fast_ones_is_not_lost() -> None:
    # A pulse every eleventh row; no new sample at 33.333 Hz lies on one, but for the first.
    signal = np.random.default_rng(0).normal(size=(1100, 2))
    signal[np.arange(1100) % 11 > 0, 1] = np.nan
    got = resample(recording(signal, 100.0), 33.333)
    there = np.flatnonzero(np.isfinite(got.signal[:, 1]))
    assert len(there) == 100
    np.testing.assert_array_equal(got.signal[there, 1], signal[::11, 1].astype(np.float32))
    assert np.abs(there / 33.333 - np.arange(0, 1100, 11) / 100).max() <= 0.5 / 33.333
    low = resample(recording(signal, 100.0), 5.0).signal[:, 1]
    assert np.isfinite(low).all()  # two or so a new sample: their mean


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


def test_labels_keep_their_times_for_an_hour() -> None:
    label = np.zeros(3600 * 50 + 1, np.int16)
    label[3599 * 50 :] = 1
    got = resample(recording(np.zeros((len(label), 1)), 50.0, label), 33.333).label
    assert abs(int(got.argmax()) / 33.333 - 3599) <= 0.5 / 50 + 0.5 / 33.333


def test_the_same_rate_is_the_same_recording_and_a_rate_is_positive() -> None:
    one = recording(np.zeros((4, 1)))
    assert resample(one, 50.0) is one
    for rate in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(KodoError, match="positive number of Hz"):
            resample(one, rate)
