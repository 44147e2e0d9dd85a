"""Calibration: how far a probability can be believed, and what refusing the unsure windows brings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_softmax

from kodo.errors import KodoError
from kodo.evaluation.interval import Interval, jackknife_interval

Codes = NDArray[np.integer]
Logarithms = NDArray[np.floating]
Values = NDArray[np.float64]

BINS = 15
"""Bins of confidence, as in most published figures."""

COLDEST, HOTTEST = 0.05, 20.0
"""Temperatures outside are taken for these: validation windows that are all right ask for 0."""


@dataclass(frozen=True)
class Bin:
    """Windows of about one confidence.

    Args:
        confidence: their mean.
        right: the part that is right, with its interval over people.
        windows: how many.
    """

    confidence: float
    right: Interval
    windows: int


def confidence(log_probability: Logarithms) -> Values:
    """(window,) the probability of the most probable class.

    Args:
        log_probability: (window, class) natural logarithms.
    """
    highest: Values = np.exp(np.asarray(log_probability, np.float64).max(1))
    return highest


def right(log_probability: Logarithms, label: Codes) -> Values:
    """(window,) 1 where the most probable class is the true one, else 0.

    Args:
        log_probability: (window, class) natural logarithms.
        label: (window,) true class.

    Raises:
        KodoError: no window, a label that is no class, or not as many labels as windows.
    """
    _check(log_probability, label)
    hit: Values = (log_probability.argmax(1) == label).astype(np.float64)
    return hit


def calibration_error(
    log_probability: Logarithms, label: Codes, bins: int = BINS, edges: Literal["width", "mass"] = "width"
) -> float:
    """Expected calibration error: over bins of confidence, the mean gap between confidence and what is right.

    A bin counts by its part of the windows. With few windows it is too high even for true probabilities.

    Args:
        log_probability: (window, class) natural logarithms.
        label: (window,) true class.
        bins: how many.
        edges: "width": bins as wide as each other, from 0 to 1; "mass": bins of as many windows.

    Returns:
        from 0 to 1.

    Raises:
        KodoError: no bin, or as `right`.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    said, hit = confidence(log_probability), right(log_probability, label)
    place = _bins(said, bins) if edges == "width" else _ranked(said, bins)
    gap = np.bincount(place, hit - said, minlength=bins)
    return float(np.abs(gap).sum() / len(said))


def brier(log_probability: Logarithms, label: Codes) -> float:
    """Brier score: mean over windows of the squared distance to the truth, summed over classes; 0 to 2.

    Args:
        log_probability: (window, class) natural logarithms.
        label: (window,) true class.

    Raises:
        KodoError: as `right`.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability".
    """
    _check(log_probability, label)
    gap = np.exp(np.asarray(log_probability, np.float64))
    gap[np.arange(len(label)), label] -= 1
    return float((gap**2).sum(1).mean())


def negative_log_likelihood(log_probability: Logarithms, label: Codes) -> float:
    """Mean over windows of minus the natural logarithm of the true class's probability.

    Args:
        log_probability: (window, class) natural logarithms.
        label: (window,) true class.

    Raises:
        KodoError: as `right`.
    """
    _check(log_probability, label)
    return float(-np.asarray(log_probability, np.float64)[np.arange(len(label)), label].mean())


def reliability(said: Values, hit: Values, person: Codes, bins: int = BINS) -> list[Bin]:
    """Of each bin of confidence that has windows, the part that is right.

    Args:
        said: (window,) confidence.
        hit: (window,) 1 where right, else 0.
        person: (window,) person.
        bins: how many, as wide as each other, from 0 to 1.

    Returns:
        in order of confidence; intervals by leaving each person out (jackknife), cut off at 0 and 1.

    Raises:
        KodoError: no bin.
    """
    place = _bins(said, bins)
    made = []
    for number in np.unique(place):
        inside = place == number
        _, code = np.unique(person[inside], return_inverse=True)
        windows, hits = np.bincount(code), np.bincount(code, hit[inside])
        found = jackknife_interval(
            lambda kept, hits=hits, windows=windows: hits[kept].sum() / windows[kept].sum(),  # type: ignore[misc]
            len(windows),
        )
        made.append(Bin(float(said[inside].mean()), cut_off(found), int(windows.sum())))
    return made


def temperature(log_probability: Logarithms, label: Codes) -> float:
    """The one number by which logits are divided so that the negative log-likelihood is lowest.

    Fit it on validation windows only. Above 1: the probabilities were too sure.

    Args:
        log_probability: (window, class) natural logarithms; logits up to a constant of each window.
        label: (window,) true class.

    Returns:
        from COLDEST to HOTTEST.

    Raises:
        KodoError: as `right`.

    Source: Guo et al. 2017, section 4.2.
    """
    _check(log_probability, label)
    logits = np.asarray(log_probability, np.float64)
    true = logits[np.arange(len(label)), label].mean()

    def slope(coldness: float) -> float:
        """Of the likelihood's negative logarithm, which is convex in 1 / temperature."""
        weight = np.exp(log_softmax(coldness * logits, axis=1))
        return float((weight * logits).sum(1).mean() - true)

    if slope(1 / COLDEST) <= 0:
        return COLDEST
    if slope(1 / HOTTEST) >= 0:
        return HOTTEST
    return float(1 / brentq(slope, 1 / HOTTEST, 1 / COLDEST))


def tempered(log_probability: Logarithms, by: float) -> Values:
    """(window, class) natural logarithms after dividing logits by a temperature; the order of classes stays.

    Args:
        log_probability: (window, class) natural logarithms.
        by: temperature, above 0.
    """
    scaled: Values = log_softmax(np.asarray(log_probability, np.float64) / by, axis=1)
    return scaled


def risk(said: Values, hit: Values) -> Values:
    """Part of the accepted windows that is wrong, when the surest 1, 2, ... windows are accepted.

    Windows of one confidence count as if they came in every order.

    Args:
        said: (window,) confidence.
        hit: (window,) 1 where right, else 0.

    Returns:
        (window,) from 0 to 1; the i-th at a coverage of (i + 1) / windows. Its mean is the area under it.

    Raises:
        KodoError: no window.

    Source: Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks"; the area: Geifman,
        Uziel, El-Yaniv 2019.
    """
    if len(said) == 0:
        raise KodoError("A risk-coverage curve needs at least one window; got none.")
    _, tied, size = np.unique(-said, return_inverse=True, return_counts=True)
    wrong = (np.bincount(tied, 1 - hit) / size)[np.sort(tied)]
    curve: Values = np.cumsum(wrong) / np.arange(1, len(said) + 1)
    return curve


def threshold_for(said: Values, hit: Values, accuracy: float) -> float | None:
    """The lowest confidence of these windows from which on as large a part as wanted is right.

    Choose it on validation windows only.

    Args:
        said: (window,) confidence.
        hit: (window,) 1 where right, else 0.
        accuracy: wanted of the windows at this confidence and above, from 0 to 1.

    Returns:
        None where no confidence gives it.

    Raises:
        KodoError: no window, or an accuracy outside 0 to 1.
    """
    if not 0 <= accuracy <= 1:
        raise KodoError(f"A wanted accuracy lies from 0 to 1; got {accuracy:g}.")
    if len(said) == 0:
        raise KodoError("A threshold needs at least one window; got none.")
    order = np.argsort(-said, kind="stable")
    reached = np.cumsum(hit[order]) / np.arange(1, len(said) + 1)
    last = np.append(
        said[order][1:] < said[order][:-1], True
    )  # a threshold parts no windows of one confidence
    enough = np.flatnonzero(last & (reached >= accuracy - 1e-12))
    return float(said[order][enough[-1]]) if len(enough) else None


def cut_off(found: Interval) -> Interval:
    """The interval of something that lies from 0 to 1, cut off there.

    Args:
        found: the interval.
    """
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))


def _bins(said: Values, bins: int) -> NDArray[np.int64]:
    if bins < 1:
        raise KodoError(f"Calibration needs at least one bin; got {bins}.")
    # Each bin holds its upper edge, the first one also 0.
    place: NDArray[np.int64] = np.clip(np.ceil(said * bins).astype(np.int64) - 1, 0, bins - 1)
    return place


def _ranked(said: Values, bins: int) -> NDArray[np.int64]:
    if bins < 1:
        raise KodoError(f"Calibration needs at least one bin; got {bins}.")
    place = np.empty(len(said), np.int64)
    place[np.argsort(said, kind="stable")] = np.arange(len(said)) * bins // len(said)
    return place


def _check(log_probability: Logarithms, label: Codes) -> None:
    if log_probability.ndim != 2 or len(log_probability) != len(label) or len(label) == 0:
        raise KodoError(
            f"Calibration needs probabilities (window, class) and as many labels, at least one; got "
            f"{log_probability.shape} and {len(label)} labels."
        )
    if label.min() < 0 or label.max() >= log_probability.shape[1]:
        raise KodoError(
            f"Calibration needs labels from 0 to {log_probability.shape[1] - 1}; got {label.min()} to "
            f"{label.max()}."
        )
