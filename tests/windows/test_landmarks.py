"""Steps for landmarks: points by name, the body's own frame, velocity; in pieces as in one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.layouts import landmarks
from kodo.datasets.recording import Recording, gather, sensor, sensors
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.files import digest
from kodo.windows.cut import cut
from kodo.windows.landmarks import Normalise, Points, Velocity
from kodo.windows.signal import restored, steps

SHOULDERS = ("pose_left_shoulder", "pose_right_shoulder")
CHANNELS = (
    *landmarks(("nose", "left_shoulder", "right_shoulder"), "pose", "image", visibility=True),
    *landmarks(("wrist", "thumb_tip"), "left_hand", "image"),
)
NAMES = [channel.name for channel in CHANNELS]
CAUSAL = (
    Points(("left_hand_*", "pose_nose"), axes="xy"),
    Normalise(SHOULDERS, scale=SHOULDERS),
    Normalise(("left_hand_wrist",), points=("left_hand_*",)),
    Normalise(("pose_nose",), scale=("pose_nose", "left_hand_wrist")),
    Velocity(),
)


def recording(time: int = 60, seed: int = 0, gaps: float = 0.0) -> Recording:
    """Noise in which every point is lost now and then, as a whole."""
    random = np.random.default_rng(seed)
    signal = random.normal(0.5, 0.2, size=(time, len(CHANNELS))).astype(np.float32)
    for columns in sensors(CHANNELS):
        signal[np.ix_(random.random(time) < gaps, columns)] = np.nan
    return Recording("made", "r", "p", "1", 30.0, CHANNELS, signal, np.zeros(time, np.int16))


def of(made: Recording, point: str) -> np.ndarray:
    """(time, axis) of a point."""
    return made.signal[
        :, [i for i, c in enumerate(made.channels) if c.place == point and c.quantity == "position"]
    ]


@settings(max_examples=100, deadline=None)
@given(
    step=st.sampled_from(CAUSAL),
    seed=st.integers(0, 50),
    gaps=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_any_chunking_equals_the_whole_to_the_last_bit(step, seed, gaps, cuts):
    whole = recording(60, seed, gaps)
    assert step.scope == "causal"
    state, parts = step.start(30.0, CHANNELS), []
    for first, after in itertools.pairwise([0, *sorted(cuts), 60]):
        part, state = step.run(whole.signal[first:after], state)
        parts.append(part)
    made = step(whole)
    np.testing.assert_array_equal(np.concatenate(parts), made.signal)
    assert made.signal.shape == (60, len(made.channels))
    assert made.signal.dtype == np.float32


@settings(max_examples=40, deadline=None)
@given(step=st.sampled_from(CAUSAL), now=st.integers(1, 59), seed=st.integers(0, 50))
def test_the_future_is_never_looked_at(step, now, seed):
    one, other = recording(60, seed, 0.2), recording(60, seed + 100, 0.2)
    other.signal[:now] = one.signal[:now]
    np.testing.assert_array_equal(step(one).signal[:now], step(other).signal[:now])


def test_a_state_is_never_changed_in_place():
    signal = recording(20).signal
    for step in CAUSAL:
        state = step.start(30.0, CHANNELS)
        _, after = step.run(signal, state)
        first, _ = step.run(signal, after)
        again, _ = step.run(signal, after)
        np.testing.assert_array_equal(first, again)
        np.testing.assert_array_equal(step.run(signal, state)[0], step(recording(20)).signal)


def test_chosen_points_stand_as_asked_for_without_their_visibility():
    before = recording(gaps=0.3)
    after = Points(("left_hand_*", "pose_nose"), axes="xy")(before)
    names = ["left_hand_wrist_x", "left_hand_wrist_y", "left_hand_thumb_tip_x", "left_hand_thumb_tip_y"]
    assert [c.name for c in after.channels] == [*names, "pose_nose_x", "pose_nose_y"]
    np.testing.assert_array_equal(after.signal[:, :2], before.signal[:, [12, 13]])
    assert Points(("left_hand_*", "*"))(before).signal.shape == (60, 15)  # each once


def test_the_body_s_frame_undoes_where_it_stands_and_how_large_it_is():
    before = recording()
    where = [i for i, c in enumerate(CHANNELS) if c.quantity == "position"]
    moved = replace(before, signal=before.signal.copy())
    shift = (
        np.tile(np.array([0.2, -0.1, 0.4], np.float32), 5) + np.linspace(0, 1, 60, dtype=np.float32)[:, None]
    )
    moved.signal[:, where] = 0.5 * moved.signal[:, where] + shift
    step = Normalise(SHOULDERS, scale=SHOULDERS)
    one, other = step(before), step(moved)
    np.testing.assert_allclose(one.signal[:, where], other.signal[:, where], atol=2e-5)
    middle = (of(one, SHOULDERS[0]) + of(one, SHOULDERS[1])) / 2
    np.testing.assert_allclose(middle, 0, atol=1e-5)
    distance = np.linalg.norm(of(one, SHOULDERS[0]) - of(one, SHOULDERS[1]), axis=1)
    np.testing.assert_allclose(distance, 1, rtol=1e-5)
    others = [i for i in range(len(CHANNELS)) if i not in where]
    np.testing.assert_array_equal(one.signal[:, others], before.signal[:, others])
    assert {c.unit for c in one.channels if c.quantity == "position"} == {""}
    assert {c.unit for c in Normalise(SHOULDERS)(before).channels if c.quantity == "position"} == {"image"}


def test_only_the_points_named_are_moved():
    before = recording()
    after = Normalise(("left_hand_wrist",), points=("left_hand_*",))(before)
    np.testing.assert_array_equal(after.signal[:, :12], before.signal[:, :12])
    np.testing.assert_array_equal(of(after, "left_hand_wrist"), 0)
    wanted = of(before, "left_hand_thumb_tip") - of(before, "left_hand_wrist")
    np.testing.assert_allclose(of(after, "left_hand_thumb_tip"), wanted, atol=1e-6)


def test_what_is_not_seen_stays_so_and_a_lost_reference_is_held():
    before = recording(6)
    before.signal[0, NAMES.index("pose_left_shoulder_x")] = np.nan  # nothing to measure from yet
    before.signal[3, [NAMES.index(f"pose_left_shoulder_{axis}") for axis in "xyz"]] = np.nan
    before.signal[4, NAMES.index("left_hand_wrist_y")] = np.nan
    after = Normalise(SHOULDERS)(before)
    assert np.isnan(of(after, "left_hand_thumb_tip")[0]).tolist() == [True, False, False]
    assert np.isnan(of(after, "pose_left_shoulder")[3]).all()
    middle = (of(before, SHOULDERS[0])[2] + of(before, SHOULDERS[1])[2]) / 2
    np.testing.assert_allclose(
        of(after, "left_hand_wrist")[3], of(before, "left_hand_wrist")[3] - middle, atol=1e-6
    )
    assert np.isnan(of(after, "left_hand_wrist")[4]).tolist() == [False, True, False]


def test_two_points_on_one_spot_give_no_unit():
    before = recording(4)
    before.signal[:2] = 0
    after = Normalise(SHOULDERS, scale=SHOULDERS)(before)
    assert np.isnan(of(after, "pose_nose")[:2]).all()
    assert np.isfinite(of(after, "pose_nose")[2:]).all()


def test_medians_of_the_recording_keep_how_the_body_moves():
    before = recording(61, gaps=0.2)
    step = Normalise(SHOULDERS, scale=SHOULDERS, over="recording")
    assert step.scope == "recording"
    after = step(before)
    origin = np.nanmedian((of(before, SHOULDERS[0]) + of(before, SHOULDERS[1])) / 2, axis=0)
    unit = np.nanmedian(np.linalg.norm(of(before, SHOULDERS[0]) - of(before, SHOULDERS[1]), axis=1))
    np.testing.assert_allclose(
        of(after, "pose_nose"), (of(before, "pose_nose") - origin) / unit, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(np.isnan(after.signal), np.isnan(before.signal))
    unseen = recording(5, gaps=1.0)
    assert np.isnan(of(step(unseen), "pose_nose")).all()


def test_velocity_is_the_difference_per_second():
    before = recording(5)
    before.signal[3, 0] = np.nan
    after = Velocity()(before)
    assert [c.name for c in after.channels[18:21]] == [f"pose_nose_{axis}_velocity" for axis in "xyz"]
    assert {(c.quantity, c.unit) for c in after.channels[18:]} == {("velocity", "image/s")}
    np.testing.assert_array_equal(after.signal[:, :18], before.signal)
    assert np.isnan(after.signal[0, 18:]).all()
    assert np.isnan(after.signal[:, 18]).tolist() == [True, False, False, True, True]
    wanted = (before.signal[1:, 12] - before.signal[:-1, 12]) * 30
    np.testing.assert_allclose(after.signal[1:, 18 + 9], wanted, rtol=1e-5)
    assert len(sensors(after.channels)) == len(sensors(before.channels)) + 5


def test_keys_come_back_from_json_as_the_same_steps():
    chain = steps(
        [
            ("points", {"names": ["pose_*", "left_hand_*"], "axes": "xy"}),
            ("normalise", {"reference": list(SHOULDERS), "scale": list(SHOULDERS)}),
            ("normalise", {"reference": "left_hand_wrist", "points": "left_hand_*"}),
            ("velocity", {}),
        ]
    )
    assert chain[2] == Normalise(("left_hand_wrist",), points=("left_hand_*",))
    keys = [step.key for step in chain]
    assert restored([[name, version, dict(own)] for name, version, own in keys]) == chain
    assert len({digest(key) for key in keys}) == 4
    made = recording()
    for step in chain:
        made = step(made)
    assert made.signal.shape == (60, 20)
    assert {c.unit for c in made.channels[10:]} == {"1/s"}


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Points(("pose_noes",)), "points finds no point 'pose_noes'. Did you mean 'pose_nose'"),
        (Points(("face_*",)), "points finds no point 'face_*'."),
        (Points(()), "points needs at least one point."),
        (Points(("*",), axes="w"), "points.axes is some of 'xyz'; got 'w'."),
        (Normalise(()), "at least one point as reference, and two or none as scale; got 0 and 0."),
        (Normalise(("pose_nose",), scale=("pose_nose",)), "got 1 and 1."),
        (Normalise(("nose",)), "normalise finds no point 'nose'. Did you mean 'pose_nose'"),
        (Normalise(("pose_nose",), points=("hand",)), "normalise finds no point 'hand'."),
    ],
)
def test_bad_wishes_are_refused_in_words(step, says):
    with pytest.raises(KodoError) as error:
        step(recording(3))
    assert says in str(error.value)


def test_signals_without_positions_are_refused():
    moved = sensor("acceleration", "wrist", "g")
    for step in (Points(("*",)), Normalise(("wrist",)), Velocity()):
        with pytest.raises(KodoError, match="needs a channel of position; there are: wrist_acceleration_x"):
            step.start(50.0, moved)


def test_a_reference_needs_the_coordinates_of_what_it_moves():
    flat = tuple(c for c in CHANNELS if c.name != "pose_nose_z")
    with pytest.raises(KodoError, match="needs the coordinate z of pose_nose, which is not there"):
        Normalise(("pose_nose",)).start(30.0, flat)


@pytest.mark.slow
def test_sign_words_on_the_shoulders(kodo_data):
    recordings = load("traduttore")
    chain = [
        Points(("pose_*_shoulder", "left_hand_*", "right_hand_*"), axes="xy"),
        Normalise(SHOULDERS, SHOULDERS),
    ]
    few = gather(recordings.card, recordings[:40], "few")
    windows = cut(few, seconds=None, steps=chain)
    assert len(windows.channels) == 2 * (2 + 42)
    shoulder = windows.signal[: 40 * 19, :4]
    np.testing.assert_allclose(shoulder[:, :2], -shoulder[:, 2:], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(shoulder[:, :2], axis=1), 0.5, rtol=1e-4)
    hands = np.concatenate([r.signal[:, 132:] for r in few])
    assert np.isnan(windows.signal[: 40 * 19, 4:]).mean() == pytest.approx(np.isnan(hands).mean())


@pytest.mark.slow
def test_joints_of_a_body_on_its_hips(kodo_data):
    recordings = load("utd_mhad_skeleton")
    few = gather(recordings.card, recordings[:10], "few")
    chain = [Normalise(("hip_center",), scale=("hip_center", "shoulder_center")), Velocity()]
    windows = cut(few, seconds=None, steps=chain)
    assert len(windows.channels) == 120
    first = windows.signal[: len(few[0].signal)]
    names = [c.name for c in windows.channels]
    np.testing.assert_array_equal(first[:, [names.index(f"hip_center_{axis}") for axis in "xyz"]], 0)
    neck = first[:, [names.index(f"shoulder_center_{axis}") for axis in "xyz"]]
    np.testing.assert_allclose(np.linalg.norm(neck, axis=1), 1, rtol=1e-5)
    assert np.isfinite(first[1:]).all()
