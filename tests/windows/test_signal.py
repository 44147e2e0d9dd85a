import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import Channel, Recording, gather, sensor, sensors
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.files import digest
from kodo.windows.cut import cut
from kodo.windows.filter import FilterState
from kodo.windows.signal import STEPS, Gravity, Lowpass, Resample, apply, restored, steps

CHANNELS = (
    Channel("pulse", "heart_rate", "", "hip", "bpm"),
    *sensor("acceleration", "hip", "g"),
    *sensor("rotation_rate", "hip", "rad/s"),
)
CAUSAL = (Lowpass(5.0), Lowpass(12.0, order=1), Gravity(), Gravity(0.5, order=2))


def recording(time: int = 200, seed: int = 0, gaps: float = 0.0) -> Recording:
    random = np.random.default_rng(seed)
    signal = random.normal(1, 1, size=(time, len(CHANNELS))).astype(np.float32)
    signal[random.random(signal.shape) < gaps] = np.nan
    return Recording("made", "r", "p", "1", 50.0, CHANNELS, signal, np.zeros(time, np.int16))


@settings(max_examples=60, deadline=None)
@given(
    step=st.sampled_from(CAUSAL),
    seed=st.integers(0, 50),
    gaps=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    cuts=st.lists(st.integers(0, 80), max_size=6),
)
def test_any_chunking_equals_the_whole_to_the_last_bit(step, seed, gaps, cuts):
    whole = recording(80, seed, gaps)
    state, parts = step.start(50.0, CHANNELS), []
    edges = [0, *sorted(cuts), 80]
    for first, after in itertools.pairwise(edges):
        part, state = step.run(whole.signal[first:after], state)
        parts.append(part)
    np.testing.assert_array_equal(np.concatenate(parts), step(whole).signal)


@settings(max_examples=30, deadline=None)
@given(step=st.sampled_from(CAUSAL), now=st.integers(1, 79), seed=st.integers(0, 50))
def test_the_future_is_never_looked_at(step, now, seed):
    one, other = recording(80, seed, 0.2), recording(80, seed + 100, 0.2)
    other.signal[:now] = one.signal[:now]
    np.testing.assert_array_equal(step(one).signal[:now], step(other).signal[:now])


def test_a_state_is_never_changed_in_place():
    step, signal = Lowpass(5.0), recording(20).signal
    state = step.start(50.0, CHANNELS)
    _, after = step.run(signal, state)
    assert isinstance(after, FilterState)
    assert not state.memory.any()
    assert np.isnan(state.last).all()
    first, _ = step.run(signal, after)
    again, _ = step.run(signal, after)
    np.testing.assert_array_equal(first, again)


def test_the_filter_is_butterworth_s():
    time = np.arange(2000) / 50.0
    for hz in (1.0, 5.0, 10.0):
        wave = np.repeat(np.sin(2 * np.pi * hz * time)[:, None], len(CHANNELS), axis=1).astype(np.float32)
        out = Lowpass(5.0)(replace(recording(2000), signal=wave)).signal[1000:]
        amplitude = np.sqrt(2 * np.mean(out.astype(np.float64) ** 2))
        ratio = np.tan(np.pi * hz / 50) / np.tan(np.pi * 5 / 50)
        assert amplitude == pytest.approx(1 / np.sqrt(1 + ratio**8), rel=1e-3)


def test_a_constant_comes_through_unchanged_from_the_first_sample_on():
    still = replace(recording(50), signal=np.full((50, len(CHANNELS)), 9.81, np.float32))
    np.testing.assert_allclose(Lowpass(1.0)(still).signal, 9.81, rtol=1e-6)
    split = Gravity()(still).signal
    np.testing.assert_allclose(split[:, 1:4], 0, atol=1e-5)
    np.testing.assert_allclose(split[:, 7:], 9.81, rtol=1e-6)


def test_gaps_are_held_and_nothing_stands_before_the_first_value():
    signal = recording(30).signal
    signal[:5, 2] = np.nan
    signal[10:15, 2] = np.nan
    out = Lowpass(5.0)(replace(recording(30), signal=signal)).signal
    assert np.isnan(out[:5, 2]).all()
    assert np.isfinite(out[5:]).all()
    held = signal.copy()
    held[10:15, 2] = signal[9, 2]
    np.testing.assert_array_equal(out, Lowpass(5.0)(replace(recording(30), signal=held)).signal)


def test_gravity_splits_only_acceleration_and_adds_up():
    before = recording(100)
    after = Gravity()(before)
    assert [c.name for c in after.channels] == [
        "pulse",
        *(f"hip_acceleration_{axis}_body" for axis in "xyz"),
        *(f"hip_rotation_rate_{axis}" for axis in "xyz"),
        *(f"hip_acceleration_{axis}_gravity" for axis in "xyz"),
    ]
    assert sensors(after.channels) == [[0], [1, 2, 3], [4, 5, 6], [7, 8, 9]]
    np.testing.assert_array_equal(after.signal[:, [0, 4, 5, 6]], before.signal[:, [0, 4, 5, 6]])
    np.testing.assert_allclose(after.signal[:, 1:4] + after.signal[:, 7:], before.signal[:, 1:4], atol=1e-6)
    assert after.signal.dtype == np.float32


def test_resample_changes_the_rate():
    after = Resample(25.0)(recording(100))
    assert after.rate == 25.0
    assert len(after.signal) == len(after.label) == 50


def test_steps_run_before_cutting_and_change_the_checksum(people):
    chain = steps([("gravity", {"hz": 0.5}), ("resample", {"rate": 5})])
    windows = cut(people, seconds=1.0, steps=chain)
    assert windows.rate == 5.0
    assert windows.longest == 5
    assert len(windows.channels) == 9
    assert windows.checksum != cut(people, seconds=1.0).checksum
    changed = apply(chain, people)
    np.testing.assert_array_equal(changed[1].signal, chain[1](chain[0](people[1])).signal)
    assert apply((), people) is people


def test_stored_recordings_keep_what_was_made_of_them():
    stored = load("synthetic")
    chain = (Lowpass(7.0), Resample(32.0))
    first, second = apply(chain, stored), apply(chain, stored)
    plain = apply(chain, gather(stored.card, list(stored), "in no cache"))
    for got in (first, second):
        assert isinstance(got.signal.base, np.memmap)
        assert got.signal.tobytes() == plain.signal.tobytes()
        assert got.label.tobytes() == plain.label.tobytes()
        assert got[1].rate == 32.0
    assert not isinstance(plain.signal.base, np.memmap)
    assert np.shares_memory(cut(stored, seconds=1.0).signal, stored.signal)  # no step, nothing made


def test_other_settings_and_other_versions_are_kept_apart(monkeypatch):
    stored = load("synthetic")
    kept = [apply([Lowpass(hz)], stored) for hz in (3.0, 4.0)]
    assert kept[0].checksum != kept[1].checksum
    assert not np.array_equal(kept[0].signal, kept[1].signal)
    monkeypatch.setattr(Lowpass, "version", Lowpass.version + 1)
    monkeypatch.setattr(Lowpass, "__call__", lambda self, recording: recording)
    newer = apply([Lowpass(3.0)], stored)
    assert newer.checksum != kept[0].checksum
    np.testing.assert_array_equal(newer.signal, stored.signal)


def test_recordings_of_different_rates_go_onto_one(people):
    mixed = gather(people.card, [people[0], replace(people[1], rate=25.0)], "x")
    windows = cut(mixed, seconds=1.0, steps=[Resample(20.0)])
    assert windows.rate == 20.0
    assert [after - first for first, after in windows.bounds.tolist()] == [
        int((len(people[0].signal) - 1) * 2) + 1,
        int((len(people[1].signal) - 1) * 0.8) + 1,
    ]


def test_equal_keys_for_equal_settings_and_back_again():
    chain = steps([("lowpass", {"hz": 5}), ("gravity", {}), ("resample", {"rate": 20.0})])
    keys = [step.key for step in chain]
    assert keys[0] == ["lowpass", 1, {"hz": 5, "order": 4}]
    assert len({digest(key) for key in keys}) == 3
    assert restored(keys) == chain
    assert Lowpass(5.0).key == Lowpass(5.0).key != Lowpass(6.0).key
    assert [step.scope for step in chain] == ["causal", "causal", "recording"]
    assert list(STEPS) == ["resample", "lowpass", "gravity", "points", "normalise", "velocity"]


@pytest.mark.parametrize(
    ("described", "says"),
    [
        (("low-pass", {}), "There is no signal step 'low-pass'. Did you mean 'lowpass'?"),
        (("lowpass", {"hertz": 3}), "has no setting 'hertz'"),
        (("lowpass", {}), "The signal step lowpass needs the setting 'hz'."),
        (("resample", {"rate": "fast"}), "resample.rate is a number; got 'fast'."),
        (("gravity", {"order": True}), "gravity.order is a number; got True."),
        (("points", {"names": [1]}), "points.names is a list of names; got [1]."),
        (("points", {"names": "nose", "axes": 2}), "points.axes is a text; got 2."),
        (
            ("normalise", {"reference": "nose", "over": "frames"}),
            "normalise.over is one of frame | recording; got 'frames'.",
        ),
    ],
)
def test_bad_steps_are_refused_in_words(described, says):
    with pytest.raises(KodoError) as error:
        steps([described])
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Lowpass(25.0), "lowpass.hz lies above 0 and below half the rate, 25 Hz; got 25."),
        (Lowpass(-1.0), "got -1."),
        (Lowpass(5.0, order=0), "lowpass.order is a whole number from 1 to 12; got 0."),
        (Gravity(0.3, order=2.5), "got 2.5."),
    ],
)
def test_settings_that_the_rate_does_not_allow(step, says):
    with pytest.raises(KodoError) as error:
        step(recording(20))
    assert says in str(error.value)


def test_gravity_without_acceleration_is_refused():
    with pytest.raises(KodoError, match=r"needs a channel of acceleration; there are: pulse\."):
        Gravity().start(50.0, CHANNELS[:1])


def test_a_step_that_computes_something_else_now_is_refused():
    with pytest.raises(KodoError, match="needed in version 7, and this kodo has version 1"):
        restored([["lowpass", 7, {"hz": 5.0}]])
