"""Repeats: seeds and people are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kodo.errors import KodoError
from kodo.evaluation.compare import POWER
from kodo.evaluation.repeats import equal_spread, needed_seeds, seed_noise, spread


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


def test_equal_spread_is_brown_and_forsythe_s_test():
    oneway = pytest.importorskip("statsmodels.stats.oneway", reason="statsmodels is not installed")
    random = np.random.default_rng(2)
    repeats = [random.normal(0.8, scale, 10) for scale in (0.01, 0.02, 0.04)]
    away = [np.abs(values - np.median(values)) for values in repeats]
    assert equal_spread(repeats) == pytest.approx(stats.f_oneway(*away).pvalue)
    reference = oneway.test_scale_oneway(repeats, method="equal", center="median", transform="abs")
    assert equal_spread(repeats) == pytest.approx(reference.pvalue)
    assert equal_spread(repeats) < 0.05 < equal_spread([values[:3] for values in repeats])
    two = [values[:3] for values in repeats[:2]]
    assert equal_spread(two) == pytest.approx(stats.levene(*two, center="median").pvalue)


def test_a_spread_that_cannot_be_tested():
    three = np.array([0.7, 0.8, 0.75])
    assert equal_spread([three]) is None
    assert equal_spread([three, three[:2]]) is None
    assert equal_spread([np.full(3, 0.5), np.full(3, 0.7)]) is None


def test_the_noise_of_a_difference_is_that_of_both_models():
    first, second = (spread(np.tile(np.array(v)[:, None], (1, 4))) for v in ([0.5, 0.6], [0.7, 0.7]))
    assert seed_noise(first, second) == pytest.approx(np.std([0.5, 0.6], ddof=1))
    assert seed_noise(first, first) == pytest.approx(2**0.5 * np.std([0.5, 0.6], ddof=1))
    assert seed_noise(first, spread(np.array([[0.5, 0.6]]))) is None


def test_the_number_of_seeds_needed_is_statsmodels():
    power = pytest.importorskip("statsmodels.stats.power", reason="statsmodels is not installed")
    for noise, size in [(0.02, 0.02), (0.02, 0.01), (0.02, 0.05), (0.03, 0.004)]:
        exact = power.TTestIndPower().solve_power(
            effect_size=size / (noise / 2**0.5), alpha=0.05, power=POWER
        )
        # the formula with t quantiles stands for the noncentral t: within one seed
        assert abs(needed_seeds(noise, size) - np.ceil(exact)) <= 1
    assert needed_seeds(0.02, 0.0) is None
    assert needed_seeds(0.0, 0.1) == 2


@pytest.mark.parametrize(("noise", "size"), [(0.02, 0.02), (0.02, 0.01), (0.01, 0.02), (0.01, 0.05)])
def test_one_seed_fewer_would_not_do(noise, size):
    def short(seeds: int) -> bool:
        t = stats.t(2 * (seeds - 1))
        return ((t.ppf(0.975) + t.ppf(POWER)) * noise / size) ** 2 > seeds

    found = needed_seeds(noise, size)
    assert not short(found)
    assert found == 2 or short(found - 1)
