"""Timelines: windows that overlap become stretches that fill the recording."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.evaluation.timeline import Segment, false_alarms, merge, segments, smooth


@given(st.data())
def test_merge_is_the_mean_over_the_windows_that_hold_a_sample(data):
    count = data.draw(st.integers(1, 8))
    start = np.sort(np.array(data.draw(st.lists(st.integers(0, 40), min_size=count, max_size=count))))
    length = np.array(data.draw(st.lists(st.integers(1, 15), min_size=count, max_size=count)), np.int32)
    rows = int((start + length).max()) + data.draw(st.integers(0, 5))
    probability = np.random.default_rng(count).dirichlet([1, 1, 1], count)
    steps = merge(np.log(probability).astype(np.float32), start, length, rows)

    assert steps.start[0] == 0
    np.testing.assert_array_equal(np.cumsum(steps.length), np.append(steps.start[1:], rows))
    found = np.repeat(steps.probability, steps.length, axis=0)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)
    for sample in range(rows):
        holding = (start <= sample) & (sample < start + length)
        if holding.any():
            np.testing.assert_allclose(found[sample], probability[holding].mean(0), atol=1e-6)


def test_samples_without_a_window_belong_to_their_neighbours():
    log_probability = np.log([[0.9, 0.1], [0.2, 0.8]])
    steps = merge(log_probability, np.array([2, 8]), np.array([4, 4]), 14)
    assert (steps.start.tolist(), steps.length.tolist()) == ([0, 8], [8, 6])
    np.testing.assert_allclose(steps.probability, [[0.9, 0.1], [0.2, 0.8]])
    assert steps.labels().tolist() == [0, 1]
    assert steps.labels(0.85).tolist() == [0, -1]


def test_half_precision_as_it_is_stored():
    stored = np.log(np.array([[0.7, 0.3], [0.1, 0.9]])).astype(np.float16)
    steps = merge(stored, np.array([0, 5], np.int64), np.array([10, 10], np.int32), 15)
    np.testing.assert_allclose(steps.probability[1], [0.4, 0.6], atol=1e-3)


@pytest.mark.parametrize(
    ("start", "length", "says"),
    [([], [], "at least one window"), ([5, 0], [5, 5], "one after the other"), ([0, 5], [5, 6], "0 to 11")],
)
def test_windows_outside_the_recording_are_refused(start, length, says):
    with pytest.raises(KodoError, match=says):
        merge(np.zeros((len(start), 2)), np.array(start, np.int64), np.array(length, np.int64), 10)


def test_smooth_lets_neighbours_vote():
    labels = np.array([0, 0, 1, 0, 0, 2, 2, 2, -1, -1])
    assert smooth(labels, 1) is labels
    assert smooth(labels, 3).tolist() == [0, 0, 0, 0, 0, 2, 2, 2, -1, -1]
    # at a tie the own label stays
    assert smooth(np.array([1, 0]), 3).tolist() == [1, 0]
    assert smooth(labels[:0], 3).size == 0
    for steps in (0, 2):
        with pytest.raises(KodoError, match=f"odd number of steps, 1 or more; got {steps}"):
            smooth(labels, steps)


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=20), st.sampled_from([3, 5, 7]))
def test_smooth_takes_the_most_frequent(labels, steps):
    found = smooth(np.array(labels), steps)
    for place, label in enumerate(found.tolist()):
        near = labels[max(0, place - steps // 2) : place + steps // 2 + 1]
        assert near.count(label) == max(near.count(each) for each in near)
        if near.count(labels[place]) == near.count(label):
            assert label == labels[place]


def test_segments_join_neighbours_and_end_at_gaps():
    labels = np.array([1, 1, 0, 0, -1])
    start, length = np.array([0, 10, 20, 35, 40]), np.array([10, 10, 10, 5, 20])
    probability = np.array([[0.2, 0.8], [0.4, 0.6], [0.7, 0.3], [1.0, 0.0], [0.55, 0.45]])
    found = segments(labels, start, length, 10.0, probability)
    assert [(s.start, s.stop, s.label) for s in found] == [(0, 2, 1), (2, 3, 0), (3.5, 4, 0), (4, 6, -1)]
    assert [s.probability for s in found] == pytest.approx([0.7, 0.7, 1.0, 0.55])
    assert segments(labels[:2], start[:2], length[:2], 10.0) == [Segment(0.0, 2.0, 1, 1.0)]
    assert segments(labels[:0], start[:0], length[:0], 10.0) == []


def test_false_alarms_are_counted_per_hour_of_unlabelled_time():
    sure, unsure = np.log([0.9, 0.1]), np.log([0.5, 0.5])
    other = np.log([0.1, 0.9])
    #                 run of 2   labelled  other activity, then the next recording
    steps = np.array([sure, sure, unsure, sure, other, sure, sure, sure])
    label = np.array([-1, -1, -1, 0, -1, -1, -1, -1])
    recording = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    start = np.array([0, 15, 30, 45, 60, 75, 0, 15])
    # 7 unlabelled steps of 1.5 s; alarms: the run, the other activity, the one after it, the next recording
    found = false_alarms(steps, label, recording, start, 10.0, 0.8)
    assert found == pytest.approx(4 / (7 * 1.5 / 3600))
    assert false_alarms(steps, label, recording, start, 10.0, 0.95) == 0
    assert false_alarms(steps, np.zeros(8), recording, start, 10.0, 0.8) is None
    assert false_alarms(steps[:1], label[:1], recording[:1], start[:1], 10.0, 0.8) is None


def test_a_timeline_needs_numpy_only():
    code = (
        "import sys, kodo.evaluation.timeline\n"
        "assert not {'torch', 'scipy', 'sklearn', 'polars', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
