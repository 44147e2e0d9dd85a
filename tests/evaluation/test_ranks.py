"""Average ranks: Demsar's published example, scipy's Friedman test, scikit-posthocs' Nemenyi test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kodo.errors import KodoError
from kodo.evaluation.ranks import average_ranks

# Demsar (2006), table 6: areas under the curve of four decision trees on 14 datasets.
TREES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
AREAS = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],  # printed as equal, ranked apart
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_the_published_example():
    found = average_ranks(AREAS, TREES)
    assert dict(zip(found.names, np.round(found.mean, 3), strict=True)) == {
        "C4.5": 3.143,
        "C4.5+m": 2.0,
        "C4.5+cf": 2.893,
        "C4.5+m+cf": 1.964,
    }
    assert found.names == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert found.distance == pytest.approx(1.25, abs=0.005)
    assert average_ranks(AREAS, TREES, level=0.90).distance == pytest.approx(1.12, abs=0.005)
    # The publication leaves the correction for ties out, and gets 9.28.
    mean = np.array(found.mean)
    assert 12 * 14 / 20 * ((mean**2).sum() - 4 * 25 / 4) == pytest.approx(9.28, abs=0.01)
    assert found.statistic == pytest.approx(stats.friedmanchisquare(*AREAS.T).statistic)
    assert found.blocks == 14


def test_the_statistic_without_ties_is_the_one_of_the_textbook():
    scores = np.random.default_rng(1).normal(size=(12, 5))
    found = average_ranks(scores, "abcde")
    mean = np.array(found.mean)
    assert found.statistic == pytest.approx(12 * 12 / (5 * 6) * ((mean**2).sum() - 5 * 6**2 / 4))
    assert found.p == pytest.approx(stats.friedmanchisquare(*scores.T).pvalue)


@pytest.mark.parametrize("seed", range(4))
def test_groups_hold_what_scikit_posthocs_cannot_tell_apart(seed):
    posthocs = pytest.importorskip("scikit_posthocs", reason="scikit-posthocs is not installed")
    random = np.random.default_rng(seed)
    scores = random.normal(np.linspace(0, 2, 6), 1, (10, 6)).round(1 if seed % 2 else 9)
    found = average_ranks(scores, list("abcdef"))
    p = posthocs.posthoc_nemenyi_friedman(scores).to_numpy()
    together = {frozenset((a, b)) for group in found.groups for a in group for b in group if a != b}
    expected = {frozenset("abcdef"[i] + "abcdef"[j]) for i in range(6) for j in range(i) if p[i, j] > 0.05}
    assert together == expected


def test_groups_are_the_longest_ones():
    # ranks 1, 2, 3, 4 in every block: nothing near; all equal: one group
    clear = np.tile([0.9, 0.8, 0.7, 0.6], (60, 1))
    assert average_ranks(clear, "abcd").groups == ()
    equal = average_ranks(np.full((6, 3), 0.5), "abc")
    assert (equal.groups, equal.statistic, equal.p) == ((("a", "b", "c"),), 0.0, 1.0)
    assert equal.mean == (2.0, 2.0, 2.0)


def test_rounding_alone_makes_no_rank():
    scores = np.full((5, 3), 0.3)
    scores[:, 1] = 0.1 + 0.2
    assert average_ranks(scores, "abc").mean == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("scores", "level", "says"),
    [
        (np.zeros((4, 3)), 0.95, "at least 3 models and 5 blocks; got 3 models and 4 blocks"),
        (np.zeros((9, 2)), 0.95, "got 2 models and 9 blocks"),
        (np.full((5, 3), np.nan), 0.95, "one is missing"),
        (np.zeros((5, 3)), 1.0, "between 0 and 1"),
    ],
)
def test_too_little_is_refused(scores, level, says):
    with pytest.raises(KodoError, match=says):
        average_ranks(scores, "abcdefghi"[: scores.shape[1]], level)
