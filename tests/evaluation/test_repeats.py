"""Repeats: seeds and people are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.evaluation.repeats import spread


def test_spread_over_seeds_and_over_people_are_told_apart():
    people = np.array([0.5, 0.7, 0.9])
    only_people = spread(np.tile(people, (4, 1)))
    assert only_people.over_seeds == 0
    assert only_people.over_people == pytest.approx(np.std(people, ddof=1))
    seeds = np.array([0.6, 0.7, 0.65])
    only_seeds = spread(np.tile(seeds[:, None], (1, 5)))
    assert only_seeds.over_people == pytest.approx(0)
    assert only_seeds.over_seeds == pytest.approx(np.std(seeds, ddof=1))
    assert (only_seeds.lowest, only_seeds.highest) == pytest.approx((0.6, 0.7))
    assert (only_seeds.seeds, only_seeds.people, only_seeds.mean) == (3, 5, pytest.approx(0.65))
    assert only_seeds.sentence == "spread over seeds: 0.050 (3 seeds)"


def test_people_without_windows_do_not_count():
    assert spread(np.array([[0.5, np.nan], [0.7, np.nan]])).people == 1


def test_one_seed_or_one_person_has_no_spread():
    lone = spread(np.array([[0.5]]))
    assert (lone.over_seeds, lone.over_people) == (None, None)
    assert lone.sentence == "spread over seeds: not measured (one seed)"


@pytest.mark.parametrize("table", [[[np.nan]], [[0.5, np.nan], [0.5, 0.5]]])
def test_missing_scores_are_refused(table):
    with pytest.raises(KodoError, match="same people at every seed"):
        spread(np.array(table))
