"""Intervals over people: how far the score on all people may lie from the score on these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtrit

from kodo.datasets.recording import PEOPLE
from kodo.errors import KodoError

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate over people and the interval around it.

    Args:
        estimate: the mean, or the statistic of all people.
        low: None where there is no interval.
        high: None where there is no interval.
        level: how often such intervals hold the truth (0.95).
        people: how many were measured.
        note: why there is no interval; else empty.
    """

    estimate: float
    low: float | None
    high: float | None
    level: float
    people: int
    note: str = ""

    def text(self, digits: int = 3) -> str:
        """As people read it: "0.810 (0.740 to 0.870)", or the estimate and why there is no interval.

        Args:
            digits: after the point.
        """
        if self.low is None or self.high is None:
            return f"{self.estimate:.{digits}f} (no interval: {self.note})"
        return f"{self.estimate:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def mean_interval(scores: Scores, level: float = 0.95, subjects: tuple[str, str] = PEOPLE) -> Interval:
    """Interval of the mean of per-person scores: Student's t on the logit of the mean (delta method).

    Plain t, cut off at 0 and 1, where every score is 0 or 1. No interval for one person, or where all
    scores are equal: their spread is unknown, not zero.

    Args:
        scores: (person,) from 0 to 1, each averaged over seeds.
        level: how often such intervals hold the truth.
        subjects: what the people are called, one and many, where a note names them.

    Raises:
        KodoError: no score, one outside 0 to 1 or NaN, or a level outside 0 to 1.
    """
    _check(scores, level)
    if np.min(scores) < 0 or np.max(scores) > 1:
        raise KodoError(f"Scores lie from 0 to 1; got {np.min(scores):g} to {np.max(scores):g}.")
    plain = difference_interval(scores, level, subjects)
    if plain.low is None or plain.high is None:
        return plain
    if np.all((scores == 0) | (scores == 1)):
        return replace(plain, low=max(plain.low, 0.0), high=min(plain.high, 1.0))
    mean = plain.estimate
    half = (plain.high - mean) / (mean * (1 - mean))
    low, high = expit(logit(mean) - half), expit(logit(mean) + half)
    return replace(plain, low=float(low), high=float(high))


def difference_interval(
    differences: Scores, level: float = 0.95, subjects: tuple[str, str] = PEOPLE
) -> Interval:
    """Interval of the mean of paired differences: Student's t over people.

    Args:
        differences: (person,) one score minus the other.
        level: how often such intervals hold the truth.
        subjects: what the people are called, one and many, where a note names them.

    Returns:
        no interval for one person, or where all differences are equal.

    Raises:
        KodoError: no difference, one that is NaN, or a level outside 0 to 1.
    """
    _check(differences, level)
    people = len(differences)
    mean = float(np.mean(differences))
    if note := _no_spread(differences, subjects):
        return Interval(mean, None, None, level, people, note)
    half = _t(people, level) * float(np.std(differences, ddof=1)) / np.sqrt(people)
    return Interval(mean, float(mean - half), float(mean + half), level, people)


def jackknife_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    people: int,
    level: float = 0.95,
    subjects: tuple[str, str] = PEOPLE,
) -> Interval:
    """Interval of a statistic that is no mean over people: delete one person, Student's t with n - 1.

    Args:
        statistic: `statistic(kept)` computes it from these people, positions (person,).
        people: how many there are.
        level: how often such intervals hold the truth.
        subjects: what the people are called, one and many, where a note names them.

    Raises:
        KodoError: nobody, or a level outside 0 to 1.
    """
    everybody = np.arange(people)
    if people < 1:
        raise KodoError("An interval over people needs at least one person; got none.")
    estimate = float(statistic(everybody))
    without = np.array([statistic(np.delete(everybody, i)) for i in range(people)] if people > 1 else [0.0])
    _check(without, level)
    if note := _no_spread(without, subjects, equal="leaving any one of {} {} out changes nothing"):
        return Interval(estimate, None, None, level, people, note)
    # Each person's part in the statistic; its variance over people is that of the statistic times n.
    half = _t(people, level) * np.std(without) * np.sqrt(people - 1)
    return Interval(estimate, float(estimate - half), float(estimate + half), level, people)


def pooled_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    confusions: NDArray[np.int64],
    level: float = 0.95,
    subjects: tuple[str, str] = PEOPLE,
) -> Interval:
    """Interval over people of a score of all predictions together (jackknife, cut off at 0 and 1).

    Args:
        statistic: a score of confusion matrices (..., class, class), `kodo.evaluation.score.f1_of_present` or
            its mean over seeds.
        confusions: (person, ..., class, class) windows, of people who have some.
        level: how often such intervals hold the truth.
        subjects: what the people are called, one and many, where a note names them.

    Raises:
        KodoError: as `jackknife_interval`.
    """
    found = jackknife_interval(
        lambda kept: float(statistic(confusions[kept].sum(0))), len(confusions), level, subjects
    )
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))


def _t(people: int, level: float) -> float:
    """The quantile of Student's t with n - 1 degrees of freedom, two-sided."""
    return float(stdtrit(people - 1, (1 + level) / 2))


def _no_spread(
    values: Scores, subjects: tuple[str, str] = PEOPLE, equal: str = "all {} {} have the same value"
) -> str:
    """Why these values give no interval; empty where they do."""
    if len(values) == 1:
        return f"one {subjects[0]} says nothing about others"
    # Rounding alone must not pass for spread.
    if np.ptp(values) <= 1e-12 * max(1.0, float(np.max(np.abs(values)))):
        return equal.format(len(values), subjects[1])
    return ""


def _check(values: Scores, level: float) -> None:
    if len(values) == 0:
        raise KodoError("An interval over people needs at least one person; got none.")
    if np.isnan(values).any():
        raise KodoError("An interval over people needs a value of every person; got NaN.")
    if not 0 < level < 1:
        raise KodoError(f"The level of an interval lies between 0 and 1 (0.95); got {level:g}.")
