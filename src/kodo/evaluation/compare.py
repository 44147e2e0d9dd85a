"""Comparisons of two models over the same people: one question, one test, one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit
from scipy.stats import rankdata

from kodo.datasets.recording import PEOPLE
from kodo.errors import KodoError
from kodo.evaluation.interval import Interval, difference_interval
from kodo.evaluation.score import Score

Differences = NDArray[np.float64]
Outcome = Literal["better", "worse", "equivalent", "undecided", "impossible"]

EXACT_PEOPLE = 40
"""Up to so many people all sign changes are counted: two halves of 2^20 sums at most."""

DRAWS = 100_000
"""Random sign changes above that; the standard error of a p-value of 0.05 is then 0.0007."""

POWER = 0.8
"""How often the number of people that a sentence names would decide the question."""


@dataclass(frozen=True)
class Comparison:
    """How one model stands against another over the same people.

    Args:
        score: its name.
        difference: of the means; above 0 the first is better.
        interval: simultaneous over all comparisons made together (Bonferroni: each at 1 - alpha / k).
        p: of the sign-flip test of the mean difference.
        adjusted: p by Holm over the comparisons made together.
        signed_rank: p of the signed-rank test, to stand beside.
        posterior: probabilities that the first is worse, equivalent, better, to stand beside; None for one
            person.
        comparisons: how many were made together (k).
        margin: differences up to this size count as none.
        level: how often all intervals together hold the truth (1 - alpha).
        outcome: what the interval says.
        needed: about how many people would decide it; None where it is decided or no number would.
        subjects: what the people are called, one and many.
    """

    score: str
    difference: float
    interval: Interval
    p: float
    adjusted: float
    signed_rank: float
    posterior: tuple[float, float, float] | None
    comparisons: int
    margin: float
    level: float
    outcome: Outcome
    needed: int | None
    subjects: tuple[str, str] = PEOPLE

    @property
    def people(self) -> int:
        """How many people both models were tested on."""
        return self.interval.people

    @property
    def sentence(self) -> str:
        """The answer in words, to stand after "a against b: "."""
        people = _counted(self.people, *self.subjects)
        if self.outcome == "impossible":
            return (
                f"cannot be significant at all with {people} and "
                f"{_counted(self.comparisons, 'comparison', 'comparisons')}: "
                f"at least {fewest_people(self.comparisons, self.level)} {self.subjects[1]} are needed"
            )
        if self.outcome == "undecided":
            more = "" if self.needed is None else f": about {self.needed:,} would be needed"
            return f"cannot be decided with {people}{more}"
        low, high = self.interval.low, self.interval.high
        if low is None or high is None:
            return f"equivalent (the same score for every one of {people})"
        if self.outcome == "equivalent":
            return f"equivalent (inside ±{self.margin:g}: {low:+.3f} to {high:+.3f}) over {people}"
        if self.outcome == "worse":
            low, high = -high, -low
        return f"{self.outcome} by {abs(self.difference):.3f} ({low:.3f} to {high:.3f}) over {people}"


def compare(a: Score, b: Score, margin: float = 0.01, level: float = 0.95) -> Comparison:
    """How a stands against b, when nothing else is compared.

    Args:
        a: of one model.
        b: of another, the same score of the same people.
        margin: differences up to this size count as none.
        level: how often the interval holds the truth.

    Raises:
        KodoError: as `against`.
    """
    return against(b, [a], margin, level)[0]


def against(
    baseline: Score,
    others: Sequence[Score],
    margin: float = 0.01,
    level: float = 0.95,
    subjects: tuple[str, str] = PEOPLE,
) -> list[Comparison]:
    """How each of several models stands against a baseline; Holm and the intervals count all of them.

    Args:
        baseline: of the model that the others are compared with.
        others: the same score of the same people, of other models.
        margin: differences up to this size count as none.
        level: how often all intervals together hold the truth.
        subjects: what the people are called, one and many.

    Returns:
        one comparison for each of `others`.

    Raises:
        KodoError: the scores differ in name or people, or margin or level is out of range.
    """
    return together([(other, baseline) for other in others], margin, level, subjects)


def together(
    pairs: Sequence[tuple[Score, Score]],
    margin: float = 0.01,
    level: float = 0.95,
    subjects: tuple[str, str] = PEOPLE,
) -> list[Comparison]:
    """How the first of each pair stands against the second; Holm and the intervals count all pairs.

    Args:
        pairs: of models, each pair with the same score of the same people.
        margin: differences up to this size count as none.
        level: how often all intervals together hold the truth.
        subjects: what the people are called, one and many.

    Returns:
        one comparison for each pair.

    Raises:
        KodoError: the scores of a pair differ in name or people, or margin or level is out of range.
    """
    if not 0 <= margin < math.inf:
        raise KodoError(f"The margin is a number, 0 or more; got {margin:g}.")
    differences = [_paired(a, b) for a, b in pairs]
    found = [sign_flip(d) for d in differences]
    return [
        replace(_comparison(a.name, d, (p, adjusted), len(pairs), margin, level), subjects=subjects)
        for (a, _), d, p, adjusted in zip(pairs, differences, found, holm(found), strict=True)
    ]


def sign_flip(differences: Differences, draws: int = DRAWS, seed: int = 0) -> float:
    """p of the two-sided sign-flip permutation test of the mean paired difference.

    Exact up to `EXACT_PEOPLE` people; above, `draws` random sign changes and the observed one.

    Args:
        differences: (person,) one score minus the other.
        draws: random sign changes above `EXACT_PEOPLE` people.
        seed: of these.

    Returns:
        the part of all sign changes whose mean lies at least as far from 0 as the observed one.

    Source:
        Fisher, The Design of Experiments (1935), section 21.
    """
    size = np.abs(np.asarray(differences, np.float64))
    # Equal sums that differ by rounding count as equal.
    observed = abs(float(np.sum(differences))) - 1e-12 * float(size.sum())
    if observed <= 0:
        return 1.0
    if len(size) <= EXACT_PEOPLE:
        half = len(size) // 2
        # Both in order: neighbours are looked up several times faster than strangers.
        first, second = np.sort(_signed_sums(size[:half])), np.sort(_signed_sums(size[half:]))
        # Every sum has its mirror image: the lower tail is as large as the upper one.
        below = int(np.searchsorted(second, observed - first, side="left").sum())
        every: int = 2 ** len(size)
        return min(1.0, 2 * (every - below) / every)
    random = np.random.default_rng(seed)
    extreme = 0
    for first_draw in range(0, draws, 10_000):
        flips = random.integers(0, 2, (min(10_000, draws - first_draw), len(size)), np.int8)
        extreme += int(np.count_nonzero(np.abs((2 * flips - 1) @ size) >= observed))
    return (extreme + 1) / (draws + 1)


def signed_rank(differences: Differences) -> float:
    """p of the two-sided Wilcoxon signed-rank test, exact with ties too; zero differences drop out.

    Args:
        differences: (person,) one score minus the other.

    Source:
        Wilcoxon, Individual Comparisons by Ranking Methods (1945).
    """
    # Differences of equal scores that differ by rounding are ties.
    changed = np.round(differences, 12)
    changed = changed[changed != 0]
    return sign_flip(np.sign(changed) * rankdata(np.abs(changed))) if len(changed) else 1.0


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for having made them all (Holm's step-down).

    Args:
        p: one per comparison.

    Source:
        Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979).
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def posterior(differences: Differences, margin: float) -> tuple[float, float, float] | None:
    """Probabilities that the mean difference lies below, inside and above the region of equivalence.

    Bayesian t-test with people as blocks and a flat prior: the mean is distributed as Student's t.

    Args:
        differences: (person,) one score minus the other.
        margin: half width of the region around 0.

    Returns:
        worse, equivalent, better; their sum is 1. None for one person.

    Source:
        Benavoli et al., Time for a Change (2017), section 4.1, with correlation 0.
    """
    if len(differences) < 2:
        return None
    mean = float(np.mean(differences))
    error = float(np.std(differences, ddof=1)) / math.sqrt(len(differences))
    if error <= 1e-15:
        return (float(mean < -margin), float(abs(mean) <= margin), float(mean > margin))
    degrees = len(differences) - 1
    below = float(stdtr(degrees, (-margin - mean) / error))
    above = float(stdtr(degrees, (mean - margin) / error))
    return below, max(0.0, 1 - below - above), above


def effect_size(differences: Differences) -> tuple[float, float] | None:
    """How large a mean paired difference is beside the differences of people among themselves.

    Cohen's d_z, the mean difference over the standard deviation of the differences, and g_z, the same with
    Hedges' exact correction for few people (d_z is too large by a third with four people).

    Args:
        differences: (person,) one score minus the other.

    Returns:
        d_z, g_z. None for fewer than three people, or where all differences are equal.

    Source:
        Lakens, Calculating and reporting effect sizes (2013), d_z; Hedges, Distribution Theory for Glass's
        Estimator of Effect Size (1981), the correction.
    """
    people = len(differences)
    if people < 3 or np.ptp(differences) <= 1e-12:
        return None
    size = float(np.mean(differences) / np.std(differences, ddof=1))
    half = (people - 1) / 2
    corrected = math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)
    return size, size * corrected


def smallest_p(people: int) -> float:
    """The smallest p that the sign-flip test can give with so many people."""
    return min(1.0, 2.0 ** (1 - people))


def fewest_people(comparisons: int, level: float = 0.95) -> int:
    """With fewer people than this nothing can be significant: k times the smallest p exceeds 1 - level."""
    return next(n for n in range(1, 1000) if comparisons * smallest_p(n) <= 1 - level + 1e-12)


def needed_people(deviation: float, size: float, comparisons: int = 1, level: float = 0.95) -> int | None:
    """About how many people would decide a question, if people differ as those measured do.

    The usual formula for a paired t-test: ((t(1 - alpha / 2k) + t(power)) * deviation / size)^2, with
    `POWER` and t at n - 1 degrees of freedom.

    Args:
        deviation: standard deviation of the paired differences over people.
        size: of the difference to be told from 0.
        comparisons: made together (k).
        level: how often all intervals together hold the truth (1 - alpha).

    Returns:
        None where `size` is 0: no number would do.
    """
    if size <= 0:
        return None
    tail = 1 - (1 - level) / (2 * comparisons)
    people = max(2, math.ceil(((ndtri(tail) + ndtri(POWER)) * deviation / size) ** 2))
    # t has heavier tails than the normal: a few people more, found by stepping up.
    for _ in range(100):
        quantiles = stdtrit(people - 1, tail) + stdtrit(people - 1, POWER)
        wanted = min(math.ceil((quantiles * deviation / size) ** 2), people + max(1, people // 4))
        if wanted <= people:
            break
        people = wanted
    return people


def _comparison(
    name: str, differences: Differences, p: tuple[float, float], comparisons: int, margin: float, level: float
) -> Comparison:
    interval = difference_interval(differences, 1 - (1 - level) / comparisons)
    outcome = _outcome(interval, differences, comparisons, margin, level)
    needed = None
    if outcome in ("undecided", "impossible") and interval.low is not None:
        # Whichever is nearer: to tell the difference from 0, or to hold it inside the margin.
        size = max(abs(interval.estimate), margin - abs(interval.estimate))
        needed = needed_people(float(np.std(differences, ddof=1)), size, comparisons, level)
    if outcome == "impossible":
        needed = max(fewest_people(comparisons, level), needed or 0)
    return Comparison(
        name, interval.estimate, interval, *p, signed_rank(differences), posterior(differences, margin),
        comparisons, margin, level, outcome, needed,
    )  # fmt: skip


def _outcome(
    interval: Interval, differences: Differences, comparisons: int, margin: float, level: float
) -> Outcome:
    low, high = interval.low, interval.high
    possible = interval.people >= fewest_people(comparisons, level)
    if low is None or high is None:
        if len(differences) > 1 and float(np.max(np.abs(differences))) <= 1e-12:
            return "equivalent"
        return "undecided" if possible else "impossible"
    if possible and low > 0:
        return "better"
    if possible and high < 0:
        return "worse"
    if -margin <= low and high <= margin:
        return "equivalent"
    return "undecided" if possible else "impossible"


def _paired(a: Score, b: Score) -> Differences:
    if a.name != b.name:
        raise KodoError(f"Only equal scores can be compared; got {a.name} against {b.name}.")
    if a.people != b.people:
        lone = sorted(set(a.people) ^ set(b.people))
        what = f"{', '.join(lone[:3])} with one of them only" if lone else "the same people in another order"
        raise KodoError(f"A comparison needs both models tested on the same people; got {what}.")
    return a.values - b.values


def _signed_sums(size: Differences) -> Differences:
    """(2^n,) sums of these values under all changes of signs."""
    sums = np.zeros(1)
    for value in size:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
