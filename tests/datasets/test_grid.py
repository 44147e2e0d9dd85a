"""Samples on even grids: exact in time, never across a gap, untouched where they are even."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kodo.datasets.own.grid import Strand, lay


def strand(stamps: np.ndarray, values: np.ndarray, channels: list[int]) -> Strand:
    return Strand(stamps, values, (np.arange(len(stamps)) >= len(stamps) // 2).astype(np.int16), channels)


def ramp(stamps: np.ndarray) -> np.ndarray:
    return np.column_stack([stamps, 2 * stamps + 1])


def test_even_samples_stay_as_they_are() -> None:
    random = np.random.default_rng(0)
    stamps = np.arange(500) / 50 + random.uniform(-0.004, 0.004, 500)
    values = random.normal(size=(500, 2))
    (piece,) = lay([strand(stamps, values, [1, 0])], 2, None)
    assert np.array_equal(piece.signal[:, [1, 0]], values)
    assert piece.rate == 50.0
    assert "stamps" not in piece.facts


@given(seed=st.integers(0, 1000), jitter=st.floats(0.3, 0.45))
def test_uneven_samples_of_a_line_stay_on_it(seed: int, jitter: float) -> None:
    random = np.random.default_rng(seed)
    stamps = np.sort((np.arange(200) + random.uniform(-jitter, jitter, 200)) / 50 + 1e6)
    (piece,) = lay([strand(stamps, ramp(stamps - 1e6), [0, 1])], 2, 50.0)
    time = stamps[0] - 1e6 + np.arange(len(piece.signal)) / piece.rate
    if "stamps" in piece.facts:
        assert np.allclose(piece.signal, ramp(time), atol=1e-6)


def test_a_gap_is_never_bridged() -> None:
    stamps = np.concatenate([np.arange(50) / 50, 5 + np.arange(50) / 50])
    pieces = list(lay([strand(stamps, ramp(stamps), [0, 1])], 2, None))
    assert [len(piece.signal) for piece in pieces] == [50, 50]
    assert "gap_before" not in pieces[0].facts
    assert pieces[1].facts["gap_before"] == "4.02"


def test_a_gap_of_one_sensor_is_missing_and_of_all_ends_the_recording() -> None:
    first = np.concatenate([np.arange(0, 4, 0.02), np.arange(6, 8, 0.02), np.arange(20, 22, 0.02)])
    second = np.concatenate([np.arange(0.005, 8, 0.04), np.arange(20.5, 22, 0.04)])
    strands = [strand(first, ramp(first), [0, 1]), strand(second, ramp(second), [2, 3])]
    one, two = lay(strands, 4, None)
    time = np.arange(len(one.signal)) / 50
    inside = (time > 4) & (time < 5.99)
    assert np.isnan(one.signal[inside, 0]).all()
    assert not np.isnan(one.signal[1:398, 2]).any()
    assert np.allclose(one.signal[~inside][:195, 0], time[~inside][:195], atol=1e-6)
    assert np.isnan(two.signal[:25, 2]).all()
    assert np.isfinite(two.signal[26:, 2]).any()


def test_missing_values_do_not_spread_to_samples_that_are_hit() -> None:
    stamps = np.arange(10) / 10
    values = np.arange(10.0)[:, None].copy()
    values[4] = np.nan
    other = strand(stamps, np.ones((10, 1)), [1])
    (piece,) = lay([strand(stamps, values, [0]), other], 2, None)
    assert np.flatnonzero(np.isnan(piece.signal[:, 0])).tolist() == [4]
    assert piece.label.tolist() == [0] * 5 + [1] * 5


def test_samples_of_one_stamp_are_averaged() -> None:
    stamps = np.arange(100) / 50
    stamps[40] = stamps[39]
    values = np.arange(100.0)[:, None]
    (piece,) = lay([strand(stamps, values, [0])], 1, None)
    assert piece.facts["repeated_stamps"] == "1"
    assert piece.facts["stamps"].startswith("samples of one stamp averaged")
    assert piece.signal[39, 0] == 39.5
    assert len(piece.signal) == 100
