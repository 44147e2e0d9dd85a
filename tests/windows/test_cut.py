import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import gather, in_order
from kodo.errors import KodoError
from kodo.windows.cut import cut, segments, slide
from kodo.windows.grid import Cutting

RATE = 10.0
"""Of the made-up recordings, Hz."""

label_lists = st.lists(
    st.lists(st.tuples(st.integers(-1, 2), st.integers(1, 25)), min_size=1, max_size=6).map(
        lambda runs: [label for label, count in runs for _ in range(count)]
    ),
    min_size=1,
    max_size=4,
)
SECONDS = (0.3, 0.5, 1.0, 1.37)
OVERLAPS = (0.0, 0.25, 0.5, 0.6)


def stretches(labels: list[int]) -> list[tuple[int, int, int]]:
    """First sample, samples and label of every stretch of one activity, found by walking."""
    found, at = [], 0
    for label, run in itertools.groupby(labels):
        count = len(list(run))
        if label >= 0:
            found.append((at, count, label))
        at += count
    return found


def walked(labels, cutting: Cutting) -> list[tuple[int, int, int, int]]:
    """(recording, first sample, samples, label) of every pure window, by walking in exact time."""
    size, found = int(cutting.seconds * RATE + 1e-9), []
    for number, recording in enumerate(labels):
        for first, count, label in stretches(recording):
            times = []
            for k in itertools.count():
                begin = k * cutting.seconds * (1 - cutting.overlap)
                span = (
                    (count - 1) / RATE - cutting.seconds if cutting.end == "arena" else (count - size) / RATE
                )
                if begin > span + 1e-9:
                    break
                times.append(begin)
            starts = [math.ceil(begin * RATE - 1e-9) for begin in times]
            found += [(number, first + s, size, label) for s in starts]
            if not starts and cutting.short == "pad":
                found.append((number, first, min(size, count), label))
    return found


def listed(windows):
    """What `walked` says, of windows that were cut."""
    first = windows.start - windows.bounds[windows.recording, 0]
    return list(
        zip(
            windows.recording.tolist(), first.tolist(), windows.length.tolist(), windows.label.tolist(),
            strict=True,
        )
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    labels=label_lists,
    seconds=st.sampled_from(SECONDS),
    overlap=st.sampled_from(OVERLAPS),
    end=st.sampled_from(["samples", "arena"]),
    short=st.sampled_from(["drop", "pad"]),
)
def test_pure_windows_are_those_found_by_walking(make, labels, seconds, overlap, end, short):
    cutting = Cutting(seconds, overlap, "pure", end, short)
    recordings = make(labels, [f"p{i % 2}" for i in range(len(labels))])
    expected = walked(labels, cutting)
    if not expected:
        with pytest.raises(KodoError, match=r"longer than every stretch|nothing to cut"):
            cut(recordings, cutting)
        return
    windows = cut(recordings, cutting)
    assert listed(windows) == expected
    assert [windows.subjects[code] for code in windows.subject] == [
        recordings[number].subject for number, *_ in expected
    ]
    lost = [
        (number, first, count, label)
        for number, recording in enumerate(labels)
        for first, count, label in stretches(recording)
        if not any(n == number and first <= f < first + count for n, f, _, _ in expected)
    ]
    assert [tuple(row) for row in windows.dropped.tolist()] == lost


@settings(max_examples=80, deadline=None)
@given(
    labels=label_lists,
    rule=st.sampled_from(["majority", "centre"]),
    overlap=st.sampled_from(OVERLAPS),
    short=st.sampled_from(["drop", "pad"]),
)
def test_other_rules_slide_over_whole_recordings(make, labels, rule, overlap, short):
    recordings = make(labels, ["p"] * len(labels))
    expected = []
    for number, recording in enumerate(labels):
        hop = 1.0 * (1 - overlap) * RATE
        starts = [math.ceil(k * hop - 1e-9) for k in range(99) if k * hop <= len(recording) - 10 + 1e-9]
        if not starts and short == "pad":
            starts = [0]
        for start in starts:
            part = recording[start : start + 10]
            label = part[len(part) // 2]
            if rule == "majority":
                label = max(range(-1, 3), key=lambda code: (part.count(code), -code))
            if label >= 0:
                expected.append((number, start, len(part), label))
    if not expected:
        with pytest.raises(KodoError):
            cut(recordings, seconds=1.0, overlap=overlap, label=rule, short=short)
        return
    assert listed(cut(recordings, seconds=1.0, overlap=overlap, label=rule, short=short)) == expected


@pytest.mark.parametrize(
    ("samples", "rule", "count"), [(10, "samples", 1), (10, "arena", 0), (11, "arena", 1)]
)
def test_a_stretch_of_just_one_window(make, samples, rule, count):
    labels = [[0] * samples + [1] * 40]
    windows = cut(make(labels, ["p"]), seconds=1.0, end=rule)
    assert (windows.label == 0).sum() == count
    assert len(windows.dropped) == 1 - count


@pytest.mark.parametrize("rule", ["majority", "centre"])
def test_short_recordings_are_named_with_what_was_mostly_done_in_them(make, rule):
    labels = [[0] * 30, [-1] * 5 + [2, 2, 1], [-1] * 4, [1] * 9]
    windows = cut(make(labels, ["a", "a", "b", "b"]), seconds=1.0, label=rule)
    assert windows.dropped.tolist() == [[1, 0, 8, 2], [3, 0, 9, 1]]  # nothing was done in the third
    padded = cut(make(labels, ["a", "a", "b", "b"]), seconds=1.0, label="pure", short="pad")
    assert len(padded.dropped) == 0
    assert listed(padded)[-3:] == [(1, 5, 2, 2), (1, 7, 1, 1), (3, 0, 9, 1)]


def test_sequences_are_whole_stretches(make):
    windows = cut(make([[0] * 7 + [-1] * 2 + [2] * 30], ["p"]), seconds=None)
    assert listed(windows) == [(0, 0, 7, 0), (0, 9, 30, 2)]
    assert windows.longest == 30
    assert len(windows.dropped) == 0


def test_windows_are_views(people):
    assert np.shares_memory(cut(people, seconds=1.0).signal, people.signal)
    assert np.shares_memory(
        cut(people, seconds=1.0, channels=["wrist_acceleration_y", "wrist_acceleration_z"]).signal,
        people.signal,
    )


def test_chosen_channels_stand_in_the_order_asked_for(people):
    names = ["wrist_rotation_rate_z", "wrist_acceleration_x"]
    windows = cut(people, seconds=1.0, channels=names)
    assert [channel.name for channel in windows.channels] == names
    np.testing.assert_array_equal(windows.signal, people.signal[:, [5, 0]])


def test_chosen_activities_are_numbered_as_asked_for_and_others_are_unlabelled(people):
    every = cut(people, seconds=0.5)
    some = cut(people, seconds=0.5, activities=["run", "sit"])
    assert some.activities == ("run", "sit")
    assert (some.label == 0).sum() == (every.label == 2).sum()
    assert (some.label == 1).sum() == (every.label == 0).sum()
    assert len(some) == np.isin(every.label, [0, 2]).sum()


def test_the_card_suggests_the_length(people):
    assert cut(people).cutting.seconds == people.card.window == 1.0


def test_people_are_in_counting_order(make):
    names = ["s10", "s2", "s1", "s2"]
    windows = cut(make([[0] * 12] * 4, names), seconds=1.0)
    assert windows.subjects == ("s1", "s2", "s10") == tuple(in_order(names))
    assert windows.owner.tolist() == [2, 1, 0, 1]
    assert windows.subject.tolist() == [2, 1, 0, 1]


def test_the_checksum_tells_settings_apart(people):
    made = [
        cut(people, seconds=1.0),
        cut(people, seconds=0.5),
        cut(people, seconds=1.0, overlap=0.0),
        cut(people, seconds=1.0, channels=["wrist_acceleration_x"]),
        cut(people, seconds=1.0, activities=["sit", "walk"]),
        cut(people, seconds=1.0, activities=["walk", "sit"]),
        cut(people, seconds=1.0, short="pad"),
        slide(cut(people, seconds=1.0)),
    ]
    assert len({windows.checksum for windows in made}) == len(made)
    assert cut(people, seconds=1.0).checksum == made[0].checksum


def test_a_window_length_that_is_no_whole_number_of_samples_does_not_drift(make):
    windows = cut(make([[0] * 400], ["p"]), seconds=1.05, overlap=0.5)
    assert windows.longest == 10
    assert windows.start[[0, 1, 2, 40]].tolist() == [0, 6, 11, 210]


def test_sliding_covers_labelled_and_unlabelled_stretches(make):
    labels = [[0] * 20 + [-1] * 10 + [1] * 15, [2] * 4]
    windows = cut(make(labels, ["a", "b"]), seconds=1.0, overlap=0.5, short="pad")
    whole = slide(windows)
    assert listed(whole) == [
        *((0, first, 10, (labels[0])[first + 5]) for first in range(0, 36, 5)),
        (1, 0, 4, 2),
    ]
    assert [whole.subjects[code] for code in whole.subject] == ["a"] * 8 + ["b"]


def test_sliding_over_sequences_gives_one_window_per_recording(make):
    whole = slide(cut(make([[0] * 7 + [1] * 5, [2] * 9], ["a", "b"]), seconds=None))
    assert whole.length.tolist() == [12, 9]
    assert whole.longest == 12


def test_segments_say_what_was_done_when(make):
    windows = cut(make([[0] * 3 + [-1] * 2, [-1, 1, 1]], ["a", "b"]), seconds=0.2)
    assert segments(windows).tolist() == [[0, 0, 3, 0], [0, 3, 5, -1], [1, 0, 1, -1], [1, 1, 3, 1]]


def test_neighbouring_recordings_of_one_activity_stay_apart(make):
    windows = cut(make([[0] * 15, [0] * 15], ["a", "a"]), seconds=1.0, overlap=0.0)
    assert listed(windows) == [(0, 0, 10, 0), (1, 0, 10, 0)]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"seconds": 0.0}, "more than 0 seconds; got seconds = 0"),
        ({"seconds": -1.0}, "got seconds = -1"),
        ({"seconds": math.nan}, "got seconds = nan"),
        ({"seconds": math.inf}, "got seconds = inf"),
        ({"seconds": 0.05}, "at least one sample"),
        ({"seconds": 1.0, "overlap": 0.95}, "at least one sample"),
        ({"overlap": 1.0}, "got 1"),
        ({"overlap": -0.1}, "got -0.1"),
        ({"label": "pur"}, "window.label is one of pure | majority | centre; got 'pur'"),
        ({"end": "whole"}, "window.end is one of samples | arena"),
        ({"short": "keep"}, "window.short is one of drop | pad"),
        ({"secs": 2.0}, "no setting 'secs'"),
        ({"channels": ["wrist_acceleration_q"]}, "no channel 'wrist_acceleration_q'. Did you mean"),
        ({"channels": ["wrist_acceleration_x"] * 2}, "wrist_acceleration_x is asked for twice"),
        ({"activities": ["wlk"]}, "no activity 'wlk'. Did you mean 'walk'"),
        ({"activities": ["walk", "walk"]}, "walk is asked for twice"),
        ({"seconds": 60.0}, "A window of 60 s is longer than every stretch of one activity"),
    ],
)
def test_bad_wishes_are_refused_in_words(people, wanted, says):
    with pytest.raises(KodoError) as error:
        cut(people, **wanted)
    assert says in str(error.value)


def test_nothing_labelled_and_no_recordings_are_refused_in_words(make):
    with pytest.raises(KodoError, match="nothing to cut"):
        cut(make([[-1] * 30], ["a"]), seconds=1.0)
    with pytest.raises(KodoError, match="No window of made has a label under the rule 'centre'"):
        cut(make([[-1] * 30], ["a"]), seconds=1.0, label="centre")
    with pytest.raises(KodoError, match=r"as kodo\.load gives them"):
        cut(list(make([[0] * 30], ["a"])), seconds=1.0)


def test_two_rates_need_a_step(people):
    mixed = gather(people.card, [people[0], replace(people[1], rate=20.0)], "x")
    with pytest.raises(KodoError, match=r"recorded at 10, 20 Hz.*resample"):
        cut(mixed, seconds=1.0)
