"""None of these: by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from kodo.errors import KodoError
from kodo.evaluation import open_set as o


@pytest.fixture(scope="module")
def scores() -> tuple[np.ndarray, np.ndarray]:
    """Scores of known and unknown windows, with ties."""
    random = np.random.default_rng(5)
    return random.normal(1, 1, 300).round(1), random.normal(0, 1, 200).round(1)


def test_scores_of_being_known_by_hand() -> None:
    said = np.log([[0.7, 0.2, 0.1], [0.5, 0.5, 1e-300]])
    np.testing.assert_allclose(o.KNOWN["probability"](said), [0.7, 0.5])
    np.testing.assert_allclose(o.KNOWN["lead"](said), [0.5, 0.0], atol=1e-12)
    entropy = [-(0.7 * np.log(0.7) + 0.2 * np.log(0.2) + 0.1 * np.log(0.1)), np.log(2)]
    np.testing.assert_allclose(-o.KNOWN["sharpness"](said), entropy)


def test_no_probability_at_all_has_no_entropy() -> None:
    assert o.sharpness(np.array([[0.0, -np.inf]])).tolist() == [0.0]


def test_auroc_and_roc_are_those_of_scikit_learn(scores: tuple[np.ndarray, np.ndarray]) -> None:
    known, unknown = scores
    truth = np.repeat([1, 0], [len(known), len(unknown)])
    both = np.concatenate(scores)
    assert o.auroc(known, unknown) == pytest.approx(roc_auc_score(truth, both), abs=1e-12)
    false, true = o.roc(known, unknown)
    expected = roc_curve(truth, both, drop_intermediate=False)
    np.testing.assert_allclose(false, expected[0])
    np.testing.assert_allclose(true, expected[1])
    assert o.area(false, true) == pytest.approx(o.auroc(known, unknown))


def test_false_positives_at_a_part_of_the_known() -> None:
    known, unknown = np.arange(1, 21) / 20, np.array([0.04, 0.06, 0.1, 0.9])
    # 19 of 20 known ones reach 0.1; so do 2 of 4 unknown ones
    assert o.threshold(known) == pytest.approx(0.1)
    assert o.false_positives(known, unknown) == 0.5
    assert o.false_positives(known, unknown, accepted=1.0) == 0.75


def test_oscr_by_hand() -> None:
    false, rate = o.oscr(np.array([0.9, 0.8, 0.4]), np.array([1, 0, 1.0]), np.array([0.7, 0.3]))
    # from above all down: 0.9, 0.8, 0.7, 0.4, 0.3
    np.testing.assert_allclose(false, [0, 0, 0, 0.5, 0.5, 1])
    np.testing.assert_allclose(rate, [0, 1 / 3, 1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert o.area(false, rate) == pytest.approx(0.5 / 3 + 0.5 * 2 / 3)


def test_oscr_of_a_model_that_is_always_right_is_roc(scores: tuple[np.ndarray, np.ndarray]) -> None:
    known, unknown = scores
    np.testing.assert_array_equal(o.oscr(known, np.ones(len(known)), unknown), o.roc(known, unknown))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: o.auroc(np.ones(2), np.zeros(0)), "2 known and 0 unknown"),
        (lambda: o.roc(np.zeros(0), np.ones(2)), "0 known and 2 unknown"),
        (lambda: o.threshold(np.zeros(0)), "at least one known"),
        (lambda: o.threshold(np.ones(3), 0.0), "above 0"),
    ],
)
def test_what_cannot_be_told_is_said(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KodoError, match=says):
        call()
