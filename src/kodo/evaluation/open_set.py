"""None of these: telling windows of known activities from everything else that people do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from kodo.errors import KodoError
from kodo.evaluation.calibration import confidence

Logarithms = NDArray[np.floating]
Values = NDArray[np.float64]

ACCEPTED = 0.95
"""The part of known windows that a threshold accepts."""


def sharpness(log_probability: Logarithms) -> Values:
    """(window,) minus the entropy of the probabilities, in nats: 0 where one class has all of it.

    Args:
        log_probability: (window, class) natural logarithms.
    """
    logarithm = np.asarray(log_probability, np.float64)
    part = np.exp(logarithm)
    found: Values = np.where(part > 0, part * np.where(part > 0, logarithm, 0), 0).sum(1)
    return found


def lead(log_probability: Logarithms) -> Values:
    """(window,) the probability of the most probable class minus that of the next.

    Args:
        log_probability: (window, class) natural logarithms, two classes or more.
    """
    top = np.sort(np.exp(np.asarray(log_probability, np.float64)), axis=1)[:, -2:]
    found: Values = top[:, 1] - top[:, 0]
    return found


KNOWN: dict[str, Callable[[Logarithms], Values]] = {
    "probability": confidence,
    "sharpness": sharpness,
    "lead": lead,
}
"""Scores of being known by name, higher = rather known; the first one is what a threshold is set on.

Source: of the probability, Hendrycks and Gimpel 2017, "A Baseline for Detecting Misclassified and
Out-of-Distribution Examples".
"""


def roc(known: Values, unknown: Values) -> tuple[Values, Values]:
    """What a falling threshold accepts: the part of the unknown against the part of the known windows.

    Args:
        known: (window,) scores of being known, of known windows.
        unknown: (window,) of unknown ones.

    Returns:
        false positive rate and true positive rate (threshold,), both from 0 to 1, ascending.

    Raises:
        KodoError: either is empty.
    """
    accepted, false = _accepted(known, np.ones(len(known)), unknown)
    return false, accepted


def auroc(known: Values, unknown: Values) -> float:
    """Area under the ROC curve: how often a known window scores above an unknown one; ties count half.

    Args:
        known: (window,) scores of being known, of known windows.
        unknown: (window,) of unknown ones.

    Raises:
        KodoError: either is empty.
    """
    _both(known, unknown)
    ranks = rankdata(np.concatenate([known, unknown]))[: len(known)]
    return float((ranks.mean() - (len(known) + 1) / 2) / len(unknown))


def false_positives(known: Values, unknown: Values, accepted: float = ACCEPTED) -> float:
    """The part of the unknown windows accepted by the highest threshold that accepts so many known ones.

    Args:
        known: (window,) scores of being known, of known windows.
        unknown: (window,) of unknown ones.
        accepted: part of the known windows, from 0 to 1.

    Raises:
        KodoError: either is empty, or a part outside 0 to 1.
    """
    _both(known, unknown)
    return float(np.mean(unknown >= threshold(known, accepted)))


def threshold(known: Values, accepted: float = ACCEPTED) -> float:
    """The highest score that at least such a part of the known windows reaches; no unknown one is asked.

    Args:
        known: (window,) scores of being known, of validation people.
        accepted: part, above 0 and up to 1.

    Raises:
        KodoError: no window, or a part outside 0 to 1.
    """
    if not 0 < accepted <= 1:
        raise KodoError(f"The accepted part of known windows lies above 0 and up to 1; got {accepted:g}.")
    if len(known) == 0:
        raise KodoError("A threshold needs at least one known window; got none.")
    return float(np.sort(known)[len(known) - int(np.ceil(accepted * len(known) - 1e-9))])


def oscr(known: Values, hit: Values, unknown: Values) -> tuple[Values, Values]:
    """Open-set classification rate: known windows accepted *and* right, against unknown ones accepted.

    Args:
        known: (window,) scores of being known, of known windows.
        hit: (window,) 1 where the most probable class is the true one, else 0.
        unknown: (window,) scores of unknown windows.

    Returns:
        false positive rate and correct classification rate (threshold,), both from 0 to 1, ascending.

    Raises:
        KodoError: known or unknown windows are missing.

    Source: Dhamija, Günther, Boult 2018, "Reducing Network Agnostophobia", section 4.
    """
    correct, false = _accepted(known, hit, unknown)
    return false, correct


def area(false: Values, rate: Values) -> float:
    """The area under a curve of `roc` or `oscr`, by trapezoids.

    Args:
        false: (threshold,) false positive rate, ascending from 0 to 1.
        rate: (threshold,) what is gained.
    """
    return float(np.sum(np.diff(false) * (rate[1:] + rate[:-1]) / 2))


def _accepted(known: Values, weight: Values, unknown: Values) -> tuple[Values, Values]:
    """Weighted part of the known, part of the unknown, at each threshold from above all downwards."""
    _both(known, unknown)
    limits = np.unique(np.concatenate([known, unknown]))[::-1]
    order = np.argsort(-known, kind="stable")
    passed = np.concatenate([[0.0], np.cumsum(weight[order])])
    gained = passed[np.searchsorted(-known[order], -limits, side="right")] / len(known)
    false = np.searchsorted(np.sort(-unknown), -limits, side="right") / len(unknown)
    return np.append(0.0, gained), np.append(0.0, false)


def _both(known: Values, unknown: Values) -> None:
    if len(known) == 0 or len(unknown) == 0:
        raise KodoError(
            f"Telling known from unknown needs windows of both; got {len(known)} known and {len(unknown)} "
            "unknown."
        )
