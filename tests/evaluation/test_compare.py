"""Comparisons: the test against scipy's, the adjustment against statsmodels', the sentences by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kodo.errors import KodoError
from kodo.evaluation import compare as c
from kodo.evaluation.score import Score


def scores(values, name="macro_f1"):
    return Score(name, tuple(f"p{i}" for i in range(len(values))), np.asarray(values, np.float64))


def differing(differences, base=0.5):
    """A score and a baseline whose paired differences are these."""
    values = np.asarray(differences, np.float64)
    return scores(base + values), scores(np.full(len(values), base))


@pytest.mark.parametrize("people", [2, 5, 8, 13])
@pytest.mark.parametrize("digits", [1, 15])
def test_sign_flip_is_scipy_s_exact_permutation_test(people, digits):
    differences = np.round(np.random.default_rng(people).normal(0.05, 0.1, people), digits)
    reference = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert c.sign_flip(differences) == pytest.approx(reference.pvalue, abs=1e-12)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_sign_flip_counts_every_change_of_signs(whole):
    """Whole numbers are added without rounding, so ties are counted exactly; tenths must give the same."""
    signs = itertools.product((-1, 1), repeat=len(whole))
    sums = [abs(sum(s * d for s, d in zip(each, whole, strict=True))) for each in signs]
    expected = np.mean([total >= abs(sum(whole)) for total in sums])
    assert c.sign_flip(np.array(whole, float)) == expected
    assert c.sign_flip(np.array(whole) / 10) == expected


def test_sign_flip_is_exact_far_beyond_enumeration():
    # all of one sign: two of 2^40 changes are as extreme
    assert c.sign_flip(np.random.default_rng(0).uniform(0.01, 0.1, 40)) == 2 / 2**40


def test_sign_flip_draws_where_it_cannot_count():
    differences = np.random.default_rng(3).normal(0.02, 0.06, 45)
    drawn = c.sign_flip(differences, draws=20_000)
    assert drawn == c.sign_flip(differences, draws=20_000)
    assert drawn == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)
    assert c.sign_flip(np.ones(50), draws=999) == 1 / 1000


def test_signed_rank_is_scipy_s():
    differences = np.random.default_rng(1).normal(0.03, 0.08, 12)
    reference = stats.wilcoxon(differences, method="exact").pvalue
    assert c.signed_rank(differences) == pytest.approx(reference, abs=1e-12)
    assert c.signed_rank(np.append(differences, [0.0, 0.0])) == pytest.approx(reference, abs=1e-12)
    assert c.signed_rank(np.zeros(5)) == 1


def test_holm_is_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is not installed")
    for seed in range(5):
        p = np.random.default_rng(seed).uniform(0, 0.2, 6).round(2)
        np.testing.assert_allclose(c.holm(p.tolist()), multitest.multipletests(p, method="holm")[1])
    assert c.holm([]) == []
    assert c.holm([0.9, 0.6]) == [1.0, 1.0]


def test_the_number_of_people_needed_is_statsmodels():
    power = pytest.importorskip("statsmodels.stats.power", reason="statsmodels is not installed")
    for size, comparisons in [(0.2, 1), (0.5, 1), (0.5, 3), (1.0, 2)]:
        exact = power.TTestPower().solve_power(effect_size=size, alpha=0.05 / comparisons, power=c.POWER)
        found = c.needed_people(1.0, size, comparisons)
        # the formula with t quantiles stands for the noncentral t: within two people
        assert abs(found - np.ceil(exact)) <= 2
    assert c.needed_people(1.0, 0.0) is None


def test_posterior_is_student_s_t_around_the_mean():
    differences = np.array([0.02, 0.05, -0.01, 0.04, 0.03])
    worse, equal, better = c.posterior(differences, 0.01)
    t = stats.t(4, differences.mean(), stats.sem(differences))
    assert (worse, better) == pytest.approx((t.cdf(-0.01), t.sf(0.01)))
    assert worse + equal + better == pytest.approx(1)
    assert c.posterior(np.full(3, 0.25), 0.01) == (0, 0, 1)
    assert c.posterior(np.array([0.1]), 0.01) is None


def test_better_and_worse_are_said_with_their_interval():
    spread = np.array([0.01, 0.03, 0.02, 0.04, 0.02, 0.03, 0.01, 0.05])
    a, b = differing(spread)
    found = c.compare(a, b)
    low, high = stats.ttest_1samp(spread, 0).confidence_interval(0.95)
    assert found.sentence == f"better by {spread.mean():.3f} ({low:.3f} to {high:.3f}) over 8 people"
    assert found.p == found.adjusted == 2 / 2**8
    assert c.compare(b, a).sentence == found.sentence.replace("better", "worse")


def test_equivalent_lies_inside_the_margin():
    small = np.array([0.001, -0.002, 0.003, -0.001, 0.0, 0.001, -0.002, 0.001])
    found = c.compare(*differing(small))
    assert found.outcome == "equivalent"
    assert found.sentence.startswith("equivalent (inside ±0.01: -0.00")
    assert found.sentence.endswith(") over 8 people")
    assert c.compare(*differing(small), margin=0.0001).outcome == "undecided"
    same = scores([0.5, 0.7, 0.9])
    assert c.compare(same, same).sentence == "equivalent (the same score for every one of 3 people)"


def test_undecided_says_how_many_people_are_needed():
    wide = np.array([0.1, -0.08, 0.06, -0.02, 0.09, -0.05, 0.04, 0.03])
    found = c.compare(*differing(wide))
    assert found.outcome == "undecided"
    assert found.needed == c.needed_people(np.std(wide, ddof=1), wide.mean())
    assert found.sentence == f"cannot be decided with 8 people: about {found.needed} would be needed"


@given(st.lists(st.floats(-0.2, 0.2), min_size=6, max_size=12), st.floats(0, 0.1))
def test_more_people_are_needed_than_were_too_few(differences, margin):
    found = c.compare(*differing(differences), margin=margin)
    if found.outcome == "undecided" and found.needed is not None:
        assert found.needed > len(differences)
    assert found.sentence


def test_too_few_people_cannot_be_significant_at_all():
    clear = [0.10, 0.11, 0.12, 0.10]
    found = c.compare(*differing(clear))
    assert found.sentence == (
        "cannot be significant at all with 4 people and 1 comparison: at least 6 people are needed"
    )
    assert c.compare(*differing([*clear, 0.1])).outcome == "impossible"
    assert c.compare(*differing([*clear, 0.1, 0.1])).outcome == "better"
    # three comparisons: 2 * 3 / 2^6 > 0.05, 2 * 3 / 2^7 < 0.05
    better, baseline = differing([*clear, 0.1, 0.1])
    assert [found.outcome for found in c.against(baseline, [better] * 3)] == ["impossible"] * 3
    better, baseline = differing([*clear, 0.1, 0.1, 0.1])
    assert [found.outcome for found in c.against(baseline, [better] * 3)] == ["better"] * 3
    assert c.compare(scores([0.5]), scores([0.6])).outcome == "impossible"


def test_all_comparisons_shown_are_counted():
    random = np.random.default_rng(0)
    baseline = scores(random.uniform(0.5, 0.6, 12))
    others = [scores(baseline.values + random.normal(shift, 0.02, 12)) for shift in (0.0, 0.02, 0.04)]
    found = c.against(baseline, others)
    assert [each.adjusted for each in found] == c.holm([each.p for each in found])
    for each, other in zip(found, others, strict=True):
        alone = c.compare(other, baseline)
        wide = stats.ttest_1samp(other.values - baseline.values, 0).confidence_interval(1 - 0.05 / 3)
        assert (each.interval.low, each.interval.high) == pytest.approx(tuple(wide))
        assert (each.p, each.comparisons, alone.comparisons) == (alone.p, 3, 1)
    assert c.against(baseline, []) == []


def test_pairs_of_other_models_are_counted_together_too():
    a, b, c_, d = (scores(np.random.default_rng(i).uniform(0.4, 0.6, 9)) for i in range(4))
    found = c.together([(a, b), (c_, d)])
    (first,), (second,) = c.against(b, [a], level=0.975), c.against(d, [c_], level=0.975)
    assert [each.interval for each in found] == [first.interval, second.interval]
    assert [each.adjusted for each in found] == c.holm([first.p, second.p])
    assert [each.comparisons for each in found] == [2, 2]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (scores([0.5, 0.6], "accuracy"), "Only equal scores can be compared; got accuracy against macro_f1"),
        (scores([0.5, 0.6, 0.7]), "the same people; got p2 with one of them only"),
        (Score("macro_f1", ("p1", "p0"), np.array([0.5, 0.6])), "in another order"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, says):
    with pytest.raises(KodoError, match=says):
        c.compare(other, scores([0.5, 0.6]))


def test_margin_and_level_are_checked():
    with pytest.raises(KodoError, match=r"margin is a number, 0 or more; got -0\.01"):
        c.compare(scores([0.5, 0.6]), scores([0.5, 0.7]), margin=-0.01)
    with pytest.raises(KodoError, match="level"):
        c.compare(scores([0.5, 0.6]), scores([0.5, 0.7]), level=95)


@pytest.mark.slow
@pytest.mark.parametrize("people", [8, 10, 30])
@pytest.mark.parametrize("kind", ["normal", "t5", "same beta"])
def test_one_in_twenty_equal_pairs_is_called_different(people, kind):
    """Of differences that are symmetric about 0 no more than 5 % are called significant."""
    random = np.random.default_rng(people)

    def draw():
        if kind == "normal":
            return random.normal(0, 0.05, people)
        if kind == "t5":
            return 0.03 * random.standard_t(5, people)
        return random.beta(8, 1, people) - random.beta(8, 1, people)

    repeats = 600 if people == 30 else 6_000
    p = np.array([c.sign_flip(draw()) for _ in range(repeats)])
    wrong = np.mean(p <= 0.05)
    print(f"{kind}, {people} people: {wrong:.4f}")
    assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repeats)
    # and the test is not idle: all values of p occur
    assert wrong >= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("people", [8, 20])
def test_a_table_of_equal_models_rarely_names_a_better_one(people):
    """Four equal models against an equal baseline: better or worse stands in at most one table in twenty."""
    random = np.random.default_rng(people)
    repeats = 1_000
    wrong = disagree = 0
    for _ in range(repeats):
        person = random.beta(17, 3, people)
        models = [scores(np.clip(person + random.normal(0, 0.03, people), 0, 1)) for _ in range(5)]
        found = c.against(models[0], models[1:])
        said = [each.outcome in ("better", "worse") for each in found]
        wrong += any(said)
        disagree += sum(one and each.adjusted > 0.05 for one, each in zip(said, found, strict=True))
    print(f"{people} people: {wrong / repeats:.3f} of tables, said without the test {disagree}")
    assert wrong / repeats <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repeats)


def test_effect_size_by_hand():
    # mean 0.02, standard deviation 0.02: d_z 1; Hedges' correction for 4 degrees of freedom is 0.7979
    found = c.effect_size(np.array([0.0, 0.0, 0.02, 0.04, 0.04]))
    assert found == pytest.approx((1.0, np.sqrt(2 / np.pi)))
    many = c.effect_size(np.tile([0.01, 0.03], 100))
    assert many[1] / many[0] == pytest.approx(1 - 3 / (4 * 199 - 1), rel=1e-4)
    assert c.effect_size(-np.array([0.0, 0.02, 0.04]))[0] == pytest.approx(-1)


def test_there_is_no_effect_size_without_spread():
    assert c.effect_size(np.array([0.1, 0.2])) is None
    assert c.effect_size(np.full(6, 0.1)) is None


def test_effect_size_is_right_on_average():
    """Hedges' correction: with few people d_z is too large, g_z is not."""
    random = np.random.default_rng(0)
    found = np.array([c.effect_size(random.normal(0.5, 1, 5)) for _ in range(4000)])
    plain, corrected = found.mean(0)
    assert plain > 0.58
    assert corrected == pytest.approx(0.5, abs=0.03)


def test_posterior_is_baycomp_s_without_correlation():
    """baycomp's test takes folds of one cross-validation, which share training data; people are blocks."""
    single = pytest.importorskip("baycomp.single", reason="baycomp is not installed")
    random = np.random.default_rng(5)
    base, better = random.uniform(0.6, 0.9, (2, 12))
    differences = better - base
    mean, variance, degrees = single.CorrelatedTTest.compute_statistics(base, better)
    # Its variance for one run is s² (1/n + 1/(n - 1)), with a correlation of 1/n; ours is s²/n.
    assert variance == pytest.approx(differences.var(ddof=1) * (1 / 12 + 1 / 11))
    uncorrelated = single.Posterior(mean, differences.var(ddof=1) / 12, degrees, 0.01, 0, 0)
    assert c.posterior(differences, 0.01) == pytest.approx(uncorrelated.probs())
