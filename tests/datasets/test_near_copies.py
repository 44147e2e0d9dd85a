"""The same movement is found where the bits differ; rest and steady walking are no copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from kodo.datasets.inspection.copies import copies, copy_findings
from kodo.datasets.recording import Recordings, gather
from kodo.datasets.store import load
from kodo.datasets.synthetic import people

RATE = 50
SIZE = np.array([0.3, 0.3, 0.3, 60.0, 60.0, 60.0])
"""Standard deviations of what `moving` makes: three accelerations (g), three rotations (deg/s)."""

Signal = NDArray[np.float64]


def moving(rows: int, seed: int) -> Signal:
    """(time, 6) somebody who moves, never the same way twice."""
    signal = gaussian_filter1d(np.random.default_rng(seed).normal(size=(rows, 6)), RATE / 12, axis=0)
    return (signal - signal.mean(0)) / signal.std(0) * SIZE + [0, 0, 1, 0, 0, 0]


def recorded(*signals: Signal, rate: float = RATE) -> Recordings:
    """Recording "a" of one person, "b" of the next, …."""
    base = people(people=len(signals), activities=1, seconds=2.0, rate=rate)
    items = [
        replace(
            base[2 * i],
            name="abcdefghijklmnop"[i],
            signal=s.astype(np.float32),
            label=np.zeros(len(s), np.int16),
        )
        for i, s in enumerate(signals)
    ]
    return gather(base.card, items, "x")


def copied(
    change: Callable[[Signal], Signal] = lambda part: part,
    start: int = 700,
    to: int = 333,
    rows: int = 12 * RATE,
    seed: int = 0,
) -> Recordings:
    one, other = moving(2000, 2 * seed), moving(1700, 2 * seed + 1)
    other[to : to + rows] = change(one[start : start + rows])
    return recorded(one, other)


def noise(part: float) -> Callable[[Signal], Signal]:
    return lambda x: x + np.random.default_rng(5).normal(size=x.shape) * SIZE * part


CHANGES: list[tuple[str, Callable[[Signal], Signal], float, float, float]] = [
    ("noise of 1e-7", noise(1e-7), 0.0, 1e-5, 1.0),
    ("noise of 1 %", noise(0.01), 0.005, 0.015, 1.0),
    ("two digits", lambda x: np.round(x, 2), 0.001, 0.02, 1.0),
    ("m/s²", lambda x: x * ([9.80665] * 3 + [1] * 3), 0.0, 1e-5, 9.80665),
    ("rad/s", lambda x: x * ([1] * 3 + [np.pi / 180] * 3), 0.0, 1e-5, np.pi / 180),
    ("a tenth of it", lambda x: x / 10, 0.0, 1e-5, 0.1),
    ("no gravity", lambda x: x - [0, 0, 1, 0, 0, 0], 0.0, 1e-5, 1.0),
    ("m/s² and two digits", lambda x: np.round(x * ([9.80665] * 3 + [1] * 3), 2), 0.0, 0.01, 9.80665),
]


@pytest.mark.parametrize(
    ("change", "least", "most", "factor"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_a_stretch_that_was_changed_a_little_is_found(
    change: Callable[[Signal], Signal], least: float, most: float, factor: float
) -> None:
    found = copies(copied(change))
    assert found["whole"] == found["stretches"] == []
    (near,) = found["near"]
    assert (near["recording"], near["other"]) == ("a", "b")
    assert near["person"] != near["other_person"]
    assert near["start"] == pytest.approx(700 / RATE, abs=0.1)
    assert near["start"] - near["other_start"] == pytest.approx((700 - 333) / RATE)
    assert near["seconds"] == pytest.approx(12, abs=0.2)
    assert least <= near["difference"] <= most
    assert near["factor"] == pytest.approx(factor, rel=0.01)


@settings(max_examples=15)
@given(
    seed=some.integers(1, 100),
    start=some.integers(0, 1400),
    to=some.integers(0, 1100),
    apart=some.sampled_from([1e-6, 1e-3, 0.01]),
)
def test_it_is_found_wherever_it_lies(seed: int, start: int, to: int, apart: float) -> None:
    (near,) = copies(copied(noise(apart), start, to, seed=seed))["near"]
    assert near["start"] - near["other_start"] == pytest.approx((start - to) / RATE)
    assert near["start"] == pytest.approx(start / RATE, abs=0.3)
    assert 11.5 <= near["seconds"] <= 12.5


def test_the_sentence_says_how_near_and_in_what_scale() -> None:
    (said,) = copy_findings(copies(copied(noise(1e-7))))
    assert said == (
        "Nearly the same samples stand in two places: 12.0 s of a (person 1, rest) are in b too (person 2, "
        "rest; less than 0.01% of their standard deviation apart)."
    )
    scaled = copies(copied(lambda x: noise(0.01)(x) * 9.80665))
    (said,) = copy_findings(scaled, ("signer", "signers"))
    assert "are in b too (signer 2, rest; 9.8" in said
    assert f" times as large, {scaled['near'][0]['difference']:.2%} of their standard deviation" in said


def test_what_is_equal_is_said_once_and_not_as_nearly_equal() -> None:
    found = copies(copied())
    assert len(found["stretches"]) == 1
    assert found["near"] == []
    (said,) = copy_findings(found)
    assert said.startswith("The same samples stand in two places: ")
    signal = moving(1000, 0)
    three = copies(recorded(signal, signal, signal))
    assert len(three["whole"][0]) == 3
    assert three["near"] == []


def test_a_whole_recording_in_another_unit_is_one_stretch() -> None:
    signal = moving(1500, 0)
    (near,) = copies(recorded(signal, moving(1500, 1), signal * 9.80665))["near"]
    assert (near["recording"], near["other"], near["start"], near["seconds"]) == ("a", "c", 0, 30)


@pytest.mark.parametrize("channel", [1, 4])
def test_missing_values_do_not_hide_a_copy(channel: int) -> None:
    made = copied(noise(1e-3))
    for recording in made:
        recording.signal[:, channel] = np.nan
    assert len(copies(made)["near"]) == 1


def test_a_copy_within_one_recording_is_under_one_name() -> None:
    signal = moving(4000, 0)
    signal[3000:3600] = noise(1e-3)(signal[300:900])
    assert copies(recorded(signal, moving(1000, 1)))["near"] == []


@pytest.mark.parametrize(("equal", "rest", "said"), [(4, 10, 1), (10, 4, 0)])
def test_a_stretch_that_is_mostly_equal_is_said_once(equal: int, rest: int, said: int) -> None:
    def changed(part: Signal) -> Signal:
        return np.concatenate([part[: equal * RATE], noise(1e-3)(part)[equal * RATE :]])

    found = copies(copied(changed, rows=(equal + rest) * RATE))
    assert len(found["stretches"]) == 1
    assert len(found["near"]) == said


@pytest.mark.parametrize("after", ["rest", "a moment"])
def test_what_follows_at_the_same_distance_is_no_copy(after: str) -> None:
    one, other = moving(2000, 0), moving(2000, 1)
    other[:600] = noise(1e-3)(one[:600])
    if after == "rest":
        for number, signal in enumerate((one, other)):
            signal[900:] = np.random.default_rng(number).normal(size=(1100, 6)) * SIZE * 0.01
    else:
        other[900:1000] = one[900:1000] + SIZE * 1e-3
    (near,) = copies(recorded(one, other))["near"]
    assert near["seconds"] == pytest.approx(12, abs=0.2)


def test_no_stretch_reaches_over_the_end_of_a_recording() -> None:
    signal = moving(1200, 0)
    pieces = [*np.split(signal, 8), *np.split(noise(1e-3)(signal), 8)]
    assert all(len(piece) == 3 * RATE for piece in pieces)
    assert copies(recorded(*pieces))["near"] == []


@pytest.mark.parametrize("change", [noise(0.1), lambda x: x[::-1], lambda x: x[:, [1, 0, 2, 4, 3, 5]]])
def test_what_differs_more_is_another_movement(change: Callable[[Signal], Signal]) -> None:
    assert copies(copied(change))["near"] == []


def walk(tempo: float, way: float, rest: float = 0.0, rows: int = 3000) -> Signal:
    """(time, 6) steps at an even tempo (Hz); with `rest`, of no two alike: that part of their strength."""
    phase = 2 * np.pi * (tempo * np.arange(rows) / RATE + way)
    swing = np.sin(phase[:, None] * [1, 2, 2, 1, 1, 2] + np.arange(6)) * SIZE
    return swing * (1 + rest * np.random.default_rng(int(1000 * way)).normal(size=(rows, 6)))


@pytest.mark.parametrize("rest", [0.0, 0.002, 0.02, 0.05])
@pytest.mark.parametrize("tempo", [0.6, 0.93, 1.8])
@pytest.mark.parametrize("rate", [20.0, 50.0])
def test_steady_walking_is_no_copy(tempo: float, rest: float, rate: float) -> None:
    tempo *= RATE / rate
    ways = (0.0, 0.131, 0.377, 0.52)
    made = recorded(*(walk(tempo, way, rest) for way in ways), walk(tempo * 1.0003, 0.7, rest), rate=rate)
    assert copies(made)["near"] == []


@pytest.mark.parametrize("steps", [0.0, 1e-3, 0.01, 0.032])
def test_a_sensor_that_lies_still_is_no_copy(steps: float) -> None:
    random = np.random.default_rng(0)
    still = [random.normal(size=(3000, 6)) * SIZE * 0.005 + [0, 0, 1, 0, 0, 0] for _ in range(3)]
    if steps:  # as a converter gives it: few values, again and again
        still = [np.round(signal / (steps * SIZE)) * steps * SIZE for signal in still]
    still.append(np.tile([0.0, 0.0, 1.0, 0.0, 0.0, 0.0], (3000, 1)))
    found = copies(recorded(*still, still[-1] + SIZE * 1e-6))
    assert found["near"] == []


def test_one_push_is_no_copy_of_another() -> None:
    signals = [np.tile([0.0, 0.0, 1.0, 0.0, 0.0, 0.0], (2000, 1)) for _ in range(4)]
    for number, signal in enumerate(signals):
        signal[700 + 31 * number :] += SIZE * (1 + number / 7)
    assert copies(recorded(*signals))["near"] == []


def test_few_or_slow_samples_are_no_copies() -> None:
    short = moving(100, 0)
    assert copies(recorded(short, short + 1e-6))["near"] == []
    slow = moving(200, 0)
    assert copies(recorded(slow, slow + 1e-6, rate=4.0))["near"] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["watch", "hapt", "dsads", "utd_mhad", "wisdm19_watch"])
def test_people_in_real_datasets_are_not_near_copies(kodo_data: Path, name: str) -> None:
    assert copies(load(name))["near"] == []


@pytest.mark.slow
def test_a_rounded_copy_in_a_real_dataset_is_found(kodo_data: Path) -> None:
    hapt = load("hapt")
    items = [replace(r, signal=r.signal.copy()) for r in hapt[:12]]
    walking = hapt.card.activities.index("WALKING")
    start = int(np.flatnonzero(items[0].label == walking)[0])
    items[9].signal[1000:1600] = np.round(items[0].signal[start : start + 600], 3)
    (near,) = copies(gather(hapt.card, items, "x"))["near"]
    assert (near["recording"], near["other"]) == (items[0].name, items[9].name)
    assert near["seconds"] == pytest.approx(12, abs=0.5)
