"""Fewer people to learn from: so many as asked, fewer among more, everything else as it was."""

from __future__ import annotations

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, Folding


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows({f"s{i}": [(0, 25), (1, 25)] for i in range(1, 11)})


def learned(windows, rows):
    return set(windows.subject[rows].tolist())


@pytest.mark.parametrize("protocol", ["kfold", "loso", "reserved"])
def test_fewer_are_among_more_and_the_other_sides_stay(windows, protocol):
    reserved = ("s3", "s7") if protocol == "reserved" else ()
    fold, count = PROTOCOLS.get(protocol).fold, PROTOCOLS.get(protocol).count
    whole = Folding(reserved=reserved)
    for number in range(count(windows, whole)):
        everybody = fold(windows, number, whole)
        before = learned(windows, everybody.train)
        for size in range(len(before) - 1, 0, -1):
            division = fold(windows, number, Folding(reserved=reserved, people=size))
            now = learned(windows, division.train)
            assert len(now) == size
            assert now < before
            assert np.array_equal(division.train, np.flatnonzero(np.isin(windows.subject, list(now))))
            assert np.array_equal(division.test, everybody.test)
            assert np.array_equal(division.validation, everybody.validation)
            before = now


def test_folds_and_seeds_draw_other_people(windows):
    fold = PROTOCOLS.get("loso").fold
    first = {tuple(learned(windows, fold(windows, n, Folding(people=1)).train)) for n in range(10)}
    assert len(first) > 3
    one, other = (fold(windows, 0, Folding(people=3, seed=seed)).train for seed in (0, 1))
    assert learned(windows, one) != learned(windows, other)


def test_as_many_as_there_are_is_everybody(windows):
    fold = PROTOCOLS.get("kfold").fold
    assert np.array_equal(fold(windows, 0, Folding(people=6)).train, fold(windows, 0, Folding()).train)


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (7, r"asks for 7 people to learn from; a fold of made_up has 6"),
        (-1, "0 .all there are. or more; got"),
    ],
)
def test_more_than_there_are_is_refused(windows, people, says):
    with pytest.raises(KodoError, match=says):
        PROTOCOLS.get("kfold").fold(windows, 0, Folding(people=people))
