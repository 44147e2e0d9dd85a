from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.windows.cut import cut
from kodo.windows.moments import SMALLEST, moments, usable


def naive(windows, rows):
    """All samples of all windows, one after the other, in double precision."""
    batch = windows.take(rows)
    signal = batch.signal.numpy().astype(np.float64)
    if batch.mask is None:
        values = signal.transpose(0, 2, 1).reshape(-1, signal.shape[1])
    else:
        values = signal.transpose(0, 2, 1)[batch.mask.numpy()]
    values[~np.isfinite(values)] = np.nan
    return np.nanmean(values, axis=0), usable(np.nanstd(values, axis=0, ddof=1))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), seconds=st.sampled_from([0.5, 1.0, 2.3, None]), gaps=st.booleans())
def test_equals_the_plain_computation(people, data, seconds, gaps):
    windows = cut(people, seconds=seconds, overlap=0.7, short="pad")
    rows = np.array(data.draw(st.lists(st.integers(0, len(windows) - 1), min_size=2, max_size=40)), np.int64)
    if gaps:
        signal = windows.signal.copy()
        holes = np.random.default_rng(data.draw(st.integers(0, 9))).random(signal.shape) < 0.2
        holes[windows.start[rows[0]]] = False
        holes[windows.start[rows[0]] + 1] = False
        signal[holes] = np.nan
        windows = replace(windows, signal=signal)
    mean, deviation = moments(windows, rows)
    expected_mean, expected_deviation = naive(windows, rows)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-12)
    np.testing.assert_allclose(deviation, expected_deviation, rtol=1e-10)


def test_a_sample_counts_as_often_as_windows_hold_it(make):
    windows = cut(make([[0] * 15], ["a"]), seconds=1.0, overlap=0.5)
    assert windows.start.tolist() == [0, 5]
    signal = np.zeros_like(windows.signal)
    signal[5:10] = 1.0
    mean, _ = moments(replace(windows, signal=signal), np.arange(2))
    np.testing.assert_allclose(mean, 0.5)


def test_many_chunks_equal_one(people, monkeypatch):
    windows = cut(people, seconds=1.0)
    rows = np.arange(len(windows))
    whole = moments(windows, rows)
    monkeypatch.setattr("kodo.windows.moments.ROWS", 7)
    for part, expected in zip(moments(windows, rows), whole, strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-12)


def test_far_from_zero_keeps_its_digits(people):
    windows = cut(people, seconds=1.0)
    rows = np.arange(len(windows))
    signal = (windows.signal * 0.5 + 1e5).astype(np.float32)
    far = replace(windows, signal=signal)
    _, expected = naive(far, rows)
    np.testing.assert_allclose(moments(far, rows)[1], expected, rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, 9.81, 1e6 + 0.3])
def test_a_constant_channel_has_deviation_one(people, value):
    windows = cut(people, seconds=1.0)
    signal = windows.signal.copy()
    signal[:, 2] = value
    mean, deviation = moments(replace(windows, signal=signal), np.arange(len(windows)))
    assert mean[2] == pytest.approx(np.float32(value))
    assert deviation[2] == 1.0
    assert (deviation[[0, 1]] != 1.0).all()


def test_a_channel_never_measured_is_mean_zero_deviation_one(people):
    windows = cut(people, seconds=1.0)
    signal = windows.signal.copy()
    signal[:, 1] = np.nan
    signal[:, 3] = np.inf
    mean, deviation = moments(replace(windows, signal=signal), np.arange(len(windows)))
    assert mean[[1, 3]].tolist() == [0.0, 0.0]
    assert deviation[[1, 3]].tolist() == [1.0, 1.0]
    assert np.isfinite(mean).all()


def test_no_rows_and_one_sample_give_numbers(make):
    windows = cut(make([[0]], ["a"]), seconds=None)
    assert moments(windows, np.zeros(0, np.int64))[1].tolist() == [1.0] * 6
    mean, deviation = moments(windows, np.array([0]))
    np.testing.assert_allclose(mean, windows.signal[0])
    assert deviation.tolist() == [1.0] * 6


def test_usable_replaces_what_cannot_be_divided_by():
    assert usable(np.array([np.nan, np.inf, 0.0, SMALLEST, 2.0])).tolist() == [1.0, 1.0, 1.0, 1.0, 2.0]
