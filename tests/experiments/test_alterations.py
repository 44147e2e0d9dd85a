"""Alterations of recordings, each by hand on a small signal."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kodo.datasets.recording import Channel, Recording, sensor
from kodo.experiments.evidence.robustness.alterations import (
    alterations,
    dropped,
    halved,
    triples,
    turned,
    without,
    wrong_unit,
)
from kodo.units import STANDARD_GRAVITY

WATCH = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))


def recording(
    signal: object, channels: tuple[Channel, ...] = WATCH, name: str = "one", rate: float = 50.0
) -> Recording:
    values = np.asarray(signal, np.float32)
    return Recording("made_up", name, "s1", "1", rate, channels, values, np.zeros(len(values), np.int16))


def waves(hertz: float, samples: int, rate: float = 50.0) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * hertz * np.arange(samples) / rate)[:, None].repeat(6, axis=1)


def test_turning_is_a_rotation_about_z_of_all_sensors_together() -> None:
    one = recording([[1, 2, 3, 4, 5, 6]])
    assert turned(one, 1).tolist() == [[-2, 1, 3, -5, 4, 6]]
    assert turned(one, 2).tolist() == [[-1, -2, 3, -4, -5, 6]]
    assert turned(one, 4).tolist() == [[1, 2, 3, 4, 5, 6]]
    assert one.signal.tolist() == [[1, 2, 3, 4, 5, 6]]


def test_only_whole_sensors_are_turned_whatever_the_order_of_their_axes() -> None:
    mixed = (
        *sensor("acceleration", "hip", "g", axes="zxy"),
        *sensor("rotation_rate", "hip", "rad/s", axes="xy"),
    )
    assert triples(mixed) == [(1, 2, 0)]
    assert turned(recording([[3, 1, 2, 7, 8]], mixed), 1).tolist() == [[3, -2, 1, 7, 8]]
    points = sensor("position", "hand", "m")
    assert triples(points) == []


def test_a_wrong_unit_changes_acceleration_alone() -> None:
    one = wrong_unit(recording([[1, 2, 3, 4, 5, 6]]))
    assert one[0] == pytest.approx([STANDARD_GRAVITY, 2 * STANDARD_GRAVITY, 3 * STANDARD_GRAVITY, 4, 5, 6])
    metric = sensor("acceleration", "wrist", "m/s²")
    assert wrong_unit(recording([[STANDARD_GRAVITY, 0, 0]], metric))[0] == pytest.approx([1, 0, 0])
    assert one.dtype == np.float32


@pytest.mark.parametrize("samples", [1, 2, 399, 400])
def test_half_the_rate_keeps_slow_waves_and_loses_fast_ones(samples: int) -> None:
    slow, fast = halved(recording(waves(2, samples))), halved(recording(waves(20, samples)))
    assert slow.shape == fast.shape == (samples, 6)
    if samples > 300:
        middle = slice(60, -60)
        assert np.abs(slow - waves(2, samples))[middle].max() < 0.01
        assert np.abs(fast)[middle].max() < 0.05
        # half of 50 Hz still holds what is just below 12.5 Hz
        below = halved(recording(waves(10, samples)))
        assert np.abs(below - waves(10, samples))[middle].max() < 0.01
        assert (below[-1] == below[-2]).all() == (samples % 2 == 0)


def test_lost_samples_are_a_tenth_the_same_every_time_and_of_all_channels() -> None:
    one = recording(waves(2, 5000))
    lost = np.isnan(dropped(one))
    assert (lost.all(axis=1) == lost.any(axis=1)).all()
    assert lost[:, 0].mean() == pytest.approx(0.1, abs=0.015)
    assert np.array_equal(np.isnan(dropped(one)), lost)
    assert not np.array_equal(np.isnan(dropped(recording(one.signal, name="two"))), lost)
    assert not np.array_equal(np.isnan(dropped(one, seed=1)), lost)
    assert np.array_equal(dropped(one)[~lost], one.signal[~lost])


def test_a_missing_sensor_is_not_measured() -> None:
    one = without(recording([[1, 2, 3, 4, 5, 6]]), ("acceleration", "wrist", ""))
    assert np.isnan(one[0, :3]).all()
    assert one[0, 3:].tolist() == [4, 5, 6]


def test_what_a_dataset_can_suffer() -> None:
    names = [one.name for one in alterations(WATCH)]
    assert names == [
        "rate halved", "turned by 90°", "turned by 180°", "wrong unit", "10 % of samples lost",
        "wrist acceleration missing", "wrist rotation rate missing",
    ]  # fmt: skip
    landmarks = alterations(sensor("position", "hand", "image", axes="xy"))
    assert [one.name for one in landmarks] == ["rate halved", "10 % of samples lost"]
    quarter, half = alterations(WATCH)[1:3]
    one = recording([[1, 2, 3, 4, 5, 6]])
    assert np.array_equal(quarter.alter(one), turned(one, 1))
    assert np.array_equal(half.alter(one), turned(one, 2))
    for one in alterations(WATCH):
        made = recording(waves(2, 40))
        before = made.signal.copy()
        assert one.alter(made).shape == (40, 6)
        assert np.array_equal(made.signal, before)
