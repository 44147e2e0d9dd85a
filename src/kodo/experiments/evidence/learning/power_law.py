"""How a score grows with the number of people learned from: an inverse power law, and what lies beyond it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import PEOPLE
from kodo.evaluation.interval import Interval, jackknife_interval

Numbers = NDArray[np.float64]

MORE = 10
"""So many people more are what an outlook asks about."""

FEWEST_SIZES = 4
"""With fewer sizes three constants would pass through every point."""

WIDE = 0.1
"""A gain whose interval is wider than this is said to be unknown."""

EXPONENTS = np.geomspace(0.05, 2.0, 160)
"""Exponents that are tried: from nearly a logarithm to nearly a step."""


@dataclass(frozen=True)
class PowerLaw:
    """`score = most - lack * people ** -exponent`.

    Args:
        most: what endlessly many people would reach, at most 1.
        lack: what one person falls short of it, 0 or more.
        exponent: how fast the lack shrinks.
    """

    most: float
    lack: float
    exponent: float

    def at(self, people: float) -> float:
        """The score with so many people learned from.

        Args:
            people: above 0.
        """
        return float(self.most - self.lack * people**-self.exponent)


@dataclass(frozen=True)
class Outlook:
    """What more people to learn from would buy.

    Args:
        people: learned from at the largest size that was measured, mean over folds.
        more: people that are added to them.
        law: through the means of all sizes; None where there are too few.
        score: extrapolated to that many people; None where there is no law.
        gain: over the mean that was measured at the largest size; None where there is no law.
        unknown: why nothing can be told; empty where it can.
    """

    people: float
    more: int
    law: PowerLaw | None
    score: Interval | None
    gain: Interval | None
    unknown: str


def fitted(people: Numbers, scores: Numbers) -> PowerLaw:
    """The inverse power law nearest to these scores, by least squares.

    For every exponent the other two constants are a straight line's, held inside their ranges; the exponent
    is the best of `EXPONENTS`.

    Args:
        people: (size,) learned from.
        scores: (size,) mean score at each.

    Source:
        Cortes et al., Learning Curves: Asymptotic Values and Rate of Convergence, NIPS 1993; Figueroa et al.,
        Predicting Sample Size Required for Classification Performance, BMC Medical Informatics 2012.
    """
    share = people[None, :] ** -EXPONENTS[:, None]
    centred = share - share.mean(axis=1, keepdims=True)
    lack = np.maximum(-(centred @ scores) / np.maximum((centred**2).sum(axis=1), 1e-30), 0.0)
    most = scores.mean() + lack * share.mean(axis=1)
    above = most > 1
    lack = np.where(above, ((1 - scores) * share).sum(axis=1) / (share**2).sum(axis=1), lack)
    most = np.minimum(most, 1.0)
    missed = ((most[:, None] - lack[:, None] * share - scores) ** 2).sum(axis=1)
    best = int(missed.argmin())
    return PowerLaw(float(most[best]), float(lack[best]), float(EXPONENTS[best]))


def outlook(
    people: Numbers, scores: Numbers, subjects: tuple[str, str] = PEOPLE, more: int = MORE
) -> Outlook:
    """What so many more people would buy, with intervals over the tested people.

    The intervals leave out one tested person at a time and fit anew (jackknife, Student's t): they hold the
    spread over people, not the luck of who was learned from, nor how far a power law is from the truth.

    Args:
        people: (size,) learned from, ascending.
        scores: (person, size) of everybody tested, each averaged over seeds.
        subjects: what the people are called, one and many.
        more: people to be added to the largest size.
    """
    largest = float(people[-1])
    if len(people) < FEWEST_SIZES:
        why = f"{len(people)} sizes were measured, and a curve needs at least {FEWEST_SIZES}"
        return Outlook(largest, more, None, None, None, why)

    def law(kept: NDArray[np.int64]) -> PowerLaw:
        return fitted(people, scores[kept].mean(axis=0))

    def then(kept: NDArray[np.int64]) -> float:
        return law(kept).at(largest + more)

    def gained(kept: NDArray[np.int64]) -> float:
        return then(kept) - float(scores[kept, -1].mean())

    score, gain = (jackknife_interval(of, len(scores)) for of in (then, gained))
    if score.low is not None and score.high is not None:
        score = replace(score, low=max(score.low, 0.0), high=min(score.high, 1.0))
    return Outlook(largest, more, law(np.arange(len(scores))), score, gain, _unknown(gain, subjects))


def _unknown(gain: Interval, subjects: tuple[str, str]) -> str:
    if gain.low is None or gain.high is None:
        return f"it has no interval over {gain.people} {subjects[gain.people != 1]} ({gain.note})"
    if gain.high - gain.low > WIDE:
        return f"the gain lies between {gain.low:+.2f} and {gain.high:+.2f}"
    return ""
