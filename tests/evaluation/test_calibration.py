"""Calibration by hand, against published figures and known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax, softmax

from kodo.errors import KodoError
from kodo.evaluation import calibration as c

SAID = np.log([[0.25, 0.20, 0.55], [0.55, 0.05, 0.40], [0.10, 0.30, 0.60], [0.90, 0.05, 0.05]])
TRUE = np.array([0, 1, 2, 0])


def simulated(heat: float, windows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of logits that are `heat` times too large, and labels drawn from the true ones."""
    random = np.random.default_rng(3)
    logits = random.normal(0, 1.5, (windows, 5))
    draw = random.random(windows)[:, None] < softmax(logits, axis=1).cumsum(1)
    return log_softmax(heat * logits, axis=1), draw.argmax(1)


def test_the_error_of_a_published_example() -> None:
    # torchmetrics, MulticlassCalibrationError(num_classes=3, n_bins=3, norm="l1"): tensor(0.2000)
    assert c.calibration_error(SAID, TRUE, bins=3) == pytest.approx(0.2)


def test_the_error_by_hand_in_both_kinds_of_bins() -> None:
    said = np.log([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    label = np.array([0, 1, 0, 0])
    # bins (0.5, 1]: one bin, confidence 0.75, right 0.75
    assert c.calibration_error(said, label, bins=2) == pytest.approx(0)
    # bins of two windows: |0.65 - 1| and |0.85 - 0.5|
    assert c.calibration_error(said, label, bins=2, edges="mass") == pytest.approx(0.35)


def test_a_bin_holds_its_upper_edge() -> None:
    said, label = np.log([[0.5, 0.5], [0.75, 0.25]]), np.array([0, 1])
    # (0.25, 0.5]: |1 - 0.5| / 2 and (0.5, 0.75]: 0.75 / 2
    assert c.calibration_error(said, label, bins=4) == pytest.approx(0.625)


def test_brier_and_likelihood_by_hand() -> None:
    said, label = np.log([[0.8, 0.2], [0.4, 0.6]]), np.array([0, 0])
    assert c.brier(said, label) == pytest.approx((0.04 + 0.04 + 0.36 + 0.36) / 2)
    assert c.negative_log_likelihood(said, label) == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)


def test_measures_leave_what_they_are_given() -> None:
    kept = SAID.copy()
    for measure in (c.calibration_error, c.brier, c.negative_log_likelihood):
        measure(kept, TRUE)
    np.testing.assert_array_equal(kept, SAID)


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.5])
def test_the_temperature_of_simulated_logits_is_found(heat: float) -> None:
    said, label = simulated(heat)
    by = c.temperature(said, label)
    assert by == pytest.approx(heat, rel=0.03)
    after = c.tempered(said, by)
    assert c.calibration_error(after, label) < 0.015
    for other in (0.9 * by, 1.1 * by):
        assert c.negative_log_likelihood(c.tempered(said, other), label) > c.negative_log_likelihood(
            after, label
        )


def test_validation_that_is_all_right_or_says_nothing_has_the_last_temperature() -> None:
    said = log_softmax(np.eye(3) * 2, axis=1)
    assert c.temperature(said, np.arange(3)) == c.COLDEST
    assert c.temperature(said, (np.arange(3) + 1) % 3) == c.HOTTEST


@given(
    arrays(np.float32, (6, 4), elements=st.floats(-30, 30, width=32)),
    st.floats(c.COLDEST, c.HOTTEST),
)
def test_a_temperature_never_changes_what_is_named(logits: np.ndarray, by: float) -> None:
    said = log_softmax(logits.astype(np.float64), axis=1)
    after = c.tempered(said, by)
    best = after[np.arange(6), said.argmax(1)]
    np.testing.assert_allclose(best, after.max(1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.exp(after).sum(1), 1)


def test_reliability_by_hand() -> None:
    said = np.array([0.95, 0.95, 0.95, 0.95, 0.55])
    hit = np.array([1, 1, 1, 0, 1.0])
    low, high = c.reliability(said, hit, np.array([0, 0, 1, 1, 1]), bins=10)
    assert (low.confidence, low.right.estimate, low.windows, low.right.low) == (0.55, 1.0, 1, None)
    assert (high.confidence, high.right.estimate, high.windows) == (pytest.approx(0.95), 0.75, 4)
    assert high.right.people == 2
    assert 0 <= high.right.low < 0.75 < high.right.high <= 1


def test_risk_by_hand() -> None:
    curve = c.risk(np.array([0.9, 0.5, 0.8, 0.7]), np.array([1, 0, 1, 0.0]))
    np.testing.assert_allclose(curve, [0, 0, 1 / 3, 1 / 2])


def test_windows_of_one_confidence_come_in_every_order() -> None:
    curve = c.risk(np.array([0.9, 0.6, 0.6]), np.array([1, 1, 0.0]))
    np.testing.assert_allclose(curve, [0, 0.25, 1 / 3])
    again = c.risk(np.array([0.9, 0.6, 0.6]), np.array([1, 0, 1.0]))
    np.testing.assert_allclose(curve, again)


def test_a_threshold_for_an_accuracy_is_the_lowest() -> None:
    said, hit = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([1, 0, 1, 1, 0.0])
    assert c.threshold_for(said, hit, 0.75) == 0.6
    assert c.threshold_for(said, hit, 1.0) == 0.9
    assert c.threshold_for(said, hit, 0.6) == 0.5
    assert c.threshold_for(said[1:], hit[1:], 0.9) is None


def test_a_threshold_parts_no_windows_of_one_confidence() -> None:
    assert c.threshold_for(np.array([0.9, 0.9]), np.array([1, 0.0]), 0.9) is None


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: c.calibration_error(SAID, TRUE[:2]), "as many labels"),
        (lambda: c.calibration_error(SAID, TRUE + 1), "labels from 0 to 2"),
        (lambda: c.calibration_error(SAID, TRUE, bins=0), "at least one bin"),
        (lambda: c.calibration_error(SAID, TRUE, bins=0, edges="mass"), "at least one bin"),
        (lambda: c.temperature(SAID[:0], TRUE[:0]), "at least one"),
        (lambda: c.risk(np.zeros(0), np.zeros(0)), "at least one window"),
        (lambda: c.threshold_for(np.zeros(0), np.zeros(0), 0.5), "at least one window"),
        (lambda: c.threshold_for(np.ones(1), np.ones(1), 1.5), "from 0 to 1"),
    ],
)
def test_what_cannot_be_measured_is_said(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KodoError, match=says):
        call()
