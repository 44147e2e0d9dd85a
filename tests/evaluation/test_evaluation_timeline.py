"""Timelines: windows that overlap become stretches that fill the recording."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.evaluation.timeline import (
    Segment,
    advance,
    filtered,
    merge,
    segments,
    smooth,
    staying,
    viterbi,
    vote,
)


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
    start = np.arange(0, 60, 10)
    found = segments(np.array([0, 1, 1, 1, 0, 0]), start, np.full(6, 10), 10.0)
    assert [(s.start, s.stop, s.label) for s in found] == [(0, 1, 0), (1, 4, 1), (4, 6, 0)]


def test_staying_by_hand():
    assert staying(5.0, 0, 4) == pytest.approx(1 / 4)
    assert staying(0.0, 10, 4) == 1
    # with two activities: 1 / 2 + exp(-2 t / d) / 2
    assert staying(np.array([3.0]), 6, 2) == pytest.approx([0.5 + 0.5 * np.exp(-1)])
    # what may change twice: two steps of one second are one step of two seconds
    one = float(staying(1.0, 7, 3))
    assert one**2 + 2 * ((1 - one) / 2) ** 2 == pytest.approx(float(staying(2.0, 7, 3)))
    # the rate of leaving at the beginning is one in the mean duration
    assert (1 - staying(1e-6, 7, 3)) / 1e-6 == pytest.approx(1 / 7, rel=1e-4)


chains = st.tuples(
    st.integers(1, 5), st.integers(1, 3), st.integers(0, 10_000), st.just(0.0) | st.floats(0.1, 20)
)


def _chain(steps, classes, seed):
    random = np.random.default_rng(seed)
    log = np.log(random.dirichlet(np.ones(classes), steps))
    return log, np.append(0, random.uniform(0.5, 4, steps - 1))


def _paths(log, seconds, duration):
    """Every path with its probability, the slow way."""
    steps, classes = log.shape
    for path in product(range(classes), repeat=steps):
        chance = np.exp(log[np.arange(steps), list(path)].sum())
        for step in range(1, steps):
            stay = float(staying(seconds[step], duration, classes))
            same = path[step] == path[step - 1]
            chance *= stay if same else (1 - stay) / (classes - 1)
        yield path, chance


@given(chains)
def test_viterbi_finds_the_best_of_all_paths(chain):
    steps, classes, seed, duration = chain
    log, seconds = _chain(steps, classes, seed)
    paths = dict(_paths(log, seconds, duration))
    found = viterbi(log, seconds, duration)
    assert paths[tuple(found.tolist())] == pytest.approx(max(paths.values()), rel=1e-9)


@given(chains)
def test_the_filter_adds_up_all_paths_until_now(chain):
    steps, classes, seed, duration = chain
    log, seconds = _chain(steps, classes, seed)
    found = filtered(log, seconds, duration)
    for now in range(1, steps + 1):
        ends = np.zeros(classes)
        for path, chance in _paths(log[:now], seconds[:now], duration):
            ends[path[-1]] += chance
        np.testing.assert_allclose(found[now - 1], ends / ends.sum(), rtol=1e-9)


def test_a_stream_filters_as_a_file_does():
    log, seconds = _chain(40, 4, 3)
    belief = np.full(4, 0.25)
    for step, expected in enumerate(filtered(log, seconds, 6.0)):
        belief = advance(belief, log[step], seconds[step], 6.0)
        np.testing.assert_array_equal(belief, expected)


def test_without_a_duration_nothing_is_smoothed():
    log, seconds = _chain(30, 4, 1)
    assert viterbi(log, seconds, 0).tolist() == log.argmax(1).tolist()
    np.testing.assert_allclose(filtered(log, seconds, 0), np.exp(log), rtol=1e-9)


def test_a_short_slip_is_smoothed_away_and_a_sure_one_is_not():
    sure, slip, strong = np.log([0.9, 0.1]), np.log([0.4, 0.6]), np.log([1e-6, 1 - 1e-6])
    seconds = np.full(5, 1.0)
    assert viterbi(np.array([sure, sure, slip, sure, sure]), seconds, 30).tolist() == [0] * 5
    # a change costs log(29), so that one window of odds 9 to 1 does not turn it back
    assert viterbi(np.array([sure, sure, strong, strong, sure]), seconds, 30).tolist() == [0, 0, 1, 1, 1]
    assert viterbi(np.array([sure, sure, strong, strong, sure]), seconds, 8).tolist() == [0, 0, 1, 1, 0]
    # probabilities of exactly 0, and windows that start together, are no trap
    never = np.array([[0.0, -np.inf], [-np.inf, 0.0], [0.0, -np.inf]])
    assert viterbi(never, np.zeros(3), 30).tolist() == [0, 1, 0]
    assert filtered(never, np.zeros(3), 30).tolist() == [[1, 0], [0, 1], [1, 0]]
    assert viterbi(never[:0], seconds[:0], 30).size == filtered(never[:0], seconds[:0], 30).size == 0


def test_a_vote_for_each_group():
    log = np.log([[0.9, 0.1], [0.45, 0.55], [0.45, 0.55], [0.2, 0.8], [0.7, 0.3]])
    group = np.array([0, 0, 0, 2, 2])
    assert vote(log, group, 3).tolist() == [0, -1, 1]
    # two of three say the second; of one against one, the more probable
    assert vote(log, group, 3, majority=True).tolist() == [1, -1, 1]
    # a window that rules an activity out is one voice, not a veto over infinity
    assert vote(np.array([[-np.inf, 0.0], [-np.inf, 0.0]]), np.zeros(2, int), 1).tolist() == [1]


def test_a_timeline_needs_numpy_only():
    code = (
        "import sys, kodo.evaluation.timeline\n"
        "assert not {'torch', 'scipy', 'sklearn', 'polars', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
