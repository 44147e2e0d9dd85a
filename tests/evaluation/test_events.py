"""Events: each category of error by hand, and counts that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kodo.errors import KodoError
from kodo.evaluation.events import (
    RETURNED,
    TIMES,
    TRUE,
    Events,
    Stretches,
    around,
    delays,
    differing,
    events,
    false_alarms,
    total,
)

OTHER, OWN = 0, 1


def drawn(text: str) -> Stretches:
    """One sample per letter: "x" the activity, "." another one, " " unlabelled."""
    label = np.array([{"x": OWN, ".": OTHER, " ": -1}[letter] for letter in text])
    turns = np.flatnonzero(np.diff(label)) + 1
    start = np.concatenate([[0], turns])
    return Stretches(start, np.append(turns, len(label)), label[start])


def of(found: Events) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """The counts of the activity "x" that are not 0, by their names."""
    kinds = ((TRUE, found.true[OWN]), (RETURNED, found.returned[OWN]), (TIMES, found.samples[OWN]))
    made = [{name: int(n) for name, n in zip(names, row, strict=True) if n} for names, row in kinds]
    return made[0], made[1], made[2]


@pytest.mark.parametrize(
    ("truth", "returned", "true", "back", "times"),
    [
        ("..xxx..", "..xxx..", {"correct": 1}, {"correct": 1}, {"true positive": 3}),
        ("..xxx..", ".......", {"deleted": 1}, {}, {"deletion": 3}),
        (".......", "..xxx..", {}, {"inserted": 1}, {"insertion": 3}),
        # the return begins late and ends early, then early and late
        (".xxxxxx.", "...xx...", {"correct": 1}, {"correct": 1},
         {"true positive": 2, "underfill at the start": 2, "underfill at the end": 2}),
        ("...xx....", ".xxxxxxx.", {"correct": 1}, {"correct": 1},
         {"true positive": 2, "overfill at the start": 2, "overfill at the end": 3}),
        # one true event, two returns
        (".xxxxxx.", ".xx..xx.", {"fragmented": 1}, {"fragmenting": 2},
         {"true positive": 4, "fragmenting": 2}),
        # two true events, one return
        (".xx..xx.", ".xxxxxx.", {"merged": 2}, {"merging": 1}, {"true positive": 4, "merge": 2}),
        # the first event is broken, its second piece runs on into the second event
        (".xxxxxx..xx.", ".xx..xxxxxx.", {"merged": 1, "fragmented and merged": 1},
         {"fragmenting": 1, "fragmenting and merging": 1},
         {"true positive": 6, "fragmenting": 2, "merge": 2}),
        # late by more than itself: a deletion beside an insertion
        (".xx....", "...xx..", {"deleted": 1}, {"inserted": 1}, {"deletion": 2, "insertion": 2}),
        # an event at the very beginning, a return to the very end
        ("xxx..", ".xxxx", {"correct": 1}, {"correct": 1},
         {"true positive": 2, "underfill at the start": 1, "overfill at the end": 2}),
        # nobody knows what was done in between: the return ends there, and nothing is merged
        (".xx  xx.", ".xxxxxx.", {"correct": 2}, {"correct": 2}, {"true positive": 4}),
        (".   ..", ".xxx..", {}, {}, {}),
    ],
)  # fmt: skip
def test_each_error_has_its_category(truth, returned, true, back, times):
    found = of(events(drawn(truth), drawn(returned), 2))
    right = {"true negative": truth.count(".") - sum(times.get(name, 0) for name in TIMES[5:9])}
    assert found == (true, back, times | {name: count for name, count in right.items() if count})


def test_segment_f1_by_hand():
    # of three true events the first shares 3 of 4 samples, the second 2 of 5, the third nothing
    truth, returned = drawn("xxxx...xxx....xx"), drawn("xxx.....xxxx....")
    found = events(truth, returned, 2)
    assert found.found[OWN] == 1
    assert 2 * found.found[OWN] / (found.true[OWN].sum() + found.returned[OWN].sum()) == pytest.approx(2 / 5)
    # of the two stretches between, the first shares 3 of 5 samples, the second 2 of 6
    assert found.found[OTHER] == 1
    assert found.segment_f1 == pytest.approx((2 / 5 + 2 / 4) / 2)
    # each but the last true event has one return of its own
    assert found.correct == pytest.approx(4 / 5)
    # half of what both cover is not more than half
    assert events(drawn("xx.."), drawn("x..."), 2).found[OWN] == 0


def test_an_activity_that_was_not_done_takes_no_part_in_segment_f1():
    found = events(drawn("xxxx"), drawn("xxxx"), 3)
    assert found.segment_f1 == 1
    assert np.isnan(events(drawn("    "), drawn("xxxx"), 2).segment_f1)
    assert np.isnan(events(drawn("    "), drawn("xxxx"), 2).correct)


timelines = st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=1, max_size=30)


def each(labels: list[int]) -> Stretches:
    rows = np.arange(len(labels))
    return Stretches(rows, rows + 1, np.array(labels))


@given(st.data(), timelines)
def test_all_counts_add_up(data, truth):
    returned = data.draw(st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=len(truth), max_size=len(truth)))
    found = events(each(truth), each(returned), 3)
    label = np.array(truth)
    said = np.where(label == -1, -1, returned)
    labelled = int((label != -1).sum())
    assert (found.samples.sum(1) == labelled).all()
    for activity in range(3):
        own, back = label == activity, said == activity
        assert found.true[activity].sum() == _runs(own)
        assert found.returned[activity].sum() == _runs(back)
        assert found.samples[activity, :5].sum() == own.sum()
        assert found.samples[activity, 0] == (own & back).sum()
        # One event for one return: as many on either side.
        assert found.true[activity, 0] == found.returned[activity, 0]
        assert found.found[activity] <= min(found.true[activity].sum(), found.returned[activity].sum())
    wrong = np.concatenate([np.arange(a, b) for a, b in differing(each(truth), each(returned))] or [[]])
    assert wrong.astype(int).tolist() == np.flatnonzero((label != -1) & (said != label)).tolist()


@given(timelines)
def test_perfect_predictions_have_no_errors(truth):
    found = events(each(truth), each(truth), 3)
    assert found.true[:, 1:].sum() == found.returned[:, 1:].sum() == found.samples[:, 1:9].sum() == 0
    assert (found.found == found.true.sum(1)).all()
    assert not differing(each(truth), each(truth))


def test_recordings_add_up():
    one, other = events(drawn(".xx."), drawn(".xx."), 2), events(drawn(".xx."), drawn("...."), 2)
    both = total([one, other])
    assert of(both)[0] == {"correct": 1, "deleted": 1}
    assert both.samples.sum() == one.samples.sum() + other.samples.sum()


def test_steps_stand_for_the_time_around_their_middles():
    # windows of 10 at 0, 5, 10, 15: middles 5, 10, 15, 20; the change lies between 10 and 15
    labels, start, length = np.array([1, 1, 0, 0]), np.array([0, 5, 10, 15]), np.full(4, 10)
    found = around(labels, start, length, 28)
    assert (found.start.tolist(), found.stop.tolist()) == ([0, 13], [13, 28])
    assert found.label.tolist() == [1, 0]
    assert around(np.array([2, 0]), np.array([0, 2]), np.array([4, 4]), 6).label.tolist() == [2, 0]
    assert around(np.array([2]), np.array([0]), np.array([4]), 4).label.tolist() == [2]
    with pytest.raises(KodoError, match="at least one window; got none"):
        around(labels[:0], start[:0], length[:0], 28)


def test_delays_by_hand():
    # windows of 4 every 2 samples: middles 2, 4, 6, ...; ends 4, 6, 8, ...
    start = np.arange(0, 20, 2)
    length = np.full(10, 4)
    truth = Stretches(np.array([0, 5, 13, 14]), np.array([5, 13, 14, 22]), np.array([0, 1, 0, -1]))
    announced = np.array([1, 0, 0, 1, 1, 0, 1, 0, 0, 0])
    # own steps: 0 and 1; 2, 3, 4, 5 (middles 6 to 12); none (13 is no middle); unlabelled does not count
    assert delays(truth, announced, start, length).tolist()[:2] == [6 - 0, 10 - 5]
    assert np.isnan(delays(truth, announced, start, length)[2])
    assert len(delays(truth, announced, start, length)) == 3
    # two in a row: never for the first, at the second of the pair for the other
    twice = delays(truth, announced, start, length, consecutive=2)
    assert np.isnan(twice[0])
    assert twice[1] == 12 - 5
    # what looks one step ahead says it one step later
    assert delays(truth, announced, start, length, lag=1).tolist()[:2] == [8 - 0, 12 - 5]
    # and where the recording ends before that, at its end
    assert delays(truth, announced, start, length, lag=8).tolist()[:2] == [22 - 0, 22 - 5]
    one = Stretches(np.array([0]), np.array([22]), np.array([0]))
    late = delays(one, np.array([1, 0, 1, 1, 0, 0, 1, 1, 1, 1]), start, length, consecutive=2, lag=1)
    assert late.tolist() == [16]


def test_false_alarms_are_counted_per_hour_of_unlabelled_time():
    #                     run of 2  labelled  other activity, then the next recording
    announced = np.array([0, 0, -1, 0, 1, 0, 0, 0])
    label = np.array([-1, -1, -1, 0, -1, -1, -1, -1])
    recording = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    start = np.array([0, 15, 30, 45, 60, 75, 0, 15])
    # 7 unlabelled steps of 1.5 s; alarms: the run, the other activity, the one after it, the next recording
    found = false_alarms(announced, label, recording, start, 10.0)
    assert found == pytest.approx(4 / (7 * 1.5 / 3600))
    assert false_alarms(np.full(8, -1), label, recording, start, 10.0) == 0
    assert false_alarms(announced, np.zeros(8), recording, start, 10.0) is None
    assert false_alarms(announced[:1], label[:1], recording[:1], start[:1], 10.0) is None


def _runs(member: NDArray[np.bool_]) -> int:
    return int((member & ~np.append(False, member[:-1])).sum())
