"""Splits: no person and no raw sample on two sides, counted without walking through the buffer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.evaluation.split import covered, shared_samples, split

NOBODY = np.zeros(0, np.int64)


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows({"1": [(0, 40), (1, 30)], "2": [(0, 40)], "10": [(2, 40)]})


def rows_of(windows, person):
    return np.flatnonzero(windows.subject == windows.subjects.index(person))


def test_sides_are_kept(windows):
    one, two, ten = (rows_of(windows, person) for person in ("1", "2", "10"))
    made = split(windows, "fold 1", one, two, ten)
    assert (made.name, made.leak) == ("fold 1", "")
    assert made.train is one
    assert made.validation is two
    assert made.test is ten


@pytest.mark.parametrize("sides", [("train", "validation"), ("train", "test"), ("validation", "test")])
def test_a_person_on_two_sides_is_refused(windows, sides):
    rows = {
        "train": rows_of(windows, "2"),
        "validation": rows_of(windows, "10"),
        "test": NOBODY,
    }
    one = rows_of(windows, "1")
    rows[sides[0]] = np.append(rows[sides[0]], one[0])
    rows[sides[1]] = np.append(rows[sides[1]], one[-1])
    with pytest.raises(KodoError, match="fold 1: person 1 is on two sides"):
        split(windows, "fold 1", **rows)


def test_shared_samples_are_refused_even_between_people(windows):
    two_people = replace(windows, subject=np.arange(len(windows), dtype=np.int32) % 2)
    with pytest.raises(KodoError, match="training and test share raw samples"):
        split(two_people, "fold 1", np.array([0]), NOBODY, np.array([1]))


def test_nothing_to_learn_from_is_refused(windows):
    with pytest.raises(KodoError, match="nothing is left to learn from"):
        split(windows, "fold 1", NOBODY, NOBODY, rows_of(windows, "1"))


def test_unlabelled_windows_are_refused(windows):
    label = windows.label.copy()
    label[rows_of(windows, "2")[0]] = -1
    with pytest.raises(KodoError, match="test holds windows that nobody labelled"):
        split(replace(windows, label=label), "fold 1", rows_of(windows, "1"), NOBODY, rows_of(windows, "2"))


def test_covered_joins_what_touches(windows):
    one = rows_of(windows, "1")
    start, stop = covered(windows, one[::-1])
    first = windows.start[one[0]]
    assert start.tolist() == [first]
    assert stop.tolist() == [first + 70]
    assert covered(windows, NOBODY)[0].size == 0


@given(st.data())
def test_shared_samples_agree_with_counting_every_sample(windows, data):
    count = data.draw(st.integers(1, 12))
    start = np.array(data.draw(st.lists(st.integers(0, 60), min_size=count, max_size=count)), np.int64)
    length = np.array(data.draw(st.lists(st.integers(1, 20), min_size=count, max_size=count)), np.int32)
    moved = replace(windows, start=start, length=length)
    sides = [
        np.array(data.draw(st.lists(st.integers(0, count - 1), unique=True)), np.int64) for _ in range(2)
    ]
    held = [{s for row in rows for s in range(start[row], start[row] + length[row])} for rows in sides]
    assert shared_samples(moved, *sides) == len(held[0] & held[1])
