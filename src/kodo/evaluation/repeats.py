"""Repeats: how much of the spread is the luck of the seed, how much is people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit
from scipy.stats import levene

from kodo.errors import KodoError
from kodo.evaluation.compare import POWER

FEWEST_SEEDS = 3
"""With fewer repeats than this no spread is drawn or tested."""


@dataclass(frozen=True)
class Spread:
    """Where a score's spread comes from; standard deviations, None where there is one seed or person.

    Args:
        mean: over people of their means over seeds.
        seeds: how many.
        people: how many.
        over_seeds: of the mean over people, from seed to seed: what another seed alone would change.
        over_people: of the people's means over seeds: what another person would change.
        lowest: mean over people at the worst seed.
        highest: mean over people at the best seed.
    """

    mean: float
    seeds: int
    people: int
    over_seeds: float | None
    over_people: float | None
    lowest: float
    highest: float

    @property
    def sentence(self) -> str:
        """The line under a table."""
        if self.over_seeds is None:
            return "spread over seeds: not measured (one seed)"
        return f"spread over seeds: {self.over_seeds:.3f} ({self.seeds} seeds)"


def spread(scores: NDArray[np.float64]) -> Spread:
    """Spread over seeds, apart from the spread over people.

    Args:
        scores: (seed, person) of one model; people without windows are NaN at every seed.

    Raises:
        KodoError: nobody has a score, or a person has one at some seeds only.
    """
    absent = np.isnan(scores)
    if absent.all() or (absent.any(0) & ~absent.all(0)).any():
        raise KodoError("The spread over seeds needs the same people at every seed, at least one of them.")
    table = scores[:, ~absent.all(0)]
    by_seed, by_person = table.mean(1), table.mean(0)
    seeds, people = table.shape
    return Spread(
        mean=float(table.mean()),
        seeds=seeds,
        people=people,
        over_seeds=float(by_seed.std(ddof=1)) if seeds > 1 else None,
        over_people=float(by_person.std(ddof=1)) if people > 1 else None,
        lowest=float(by_seed.min()),
        highest=float(by_seed.max()),
    )


def equal_spread(repeats: Sequence[NDArray[np.float64]]) -> float | None:
    """p of several models having the same spread from seed to seed: Brown and Forsythe's test.

    Levene's test on the distances from each model's median. With three seeds it hardly finds anything.

    Args:
        repeats: per model, (seed,) means over people.

    Returns:
        None with fewer than two models, fewer than `FEWEST_SEEDS` seeds of one, or no spread at all.

    Source:
        Brown and Forsythe, Robust Tests for the Equality of Variances (1974).
    """
    if len(repeats) < 2 or min(len(values) for values in repeats) < FEWEST_SEEDS:
        return None
    away = [np.abs(values - np.median(values)) for values in repeats]
    if max(float(np.ptp(values)) for values in away) <= 1e-12:
        return None
    return float(levene(*repeats, center="median").pvalue)


def seed_noise(first: Spread, second: Spread) -> float | None:
    """Standard deviation of the difference of two models from training to training, people kept the same.

    Args:
        first: of one model.
        second: of the other; their seeds are independent of each other.

    Returns:
        None where one of them has one seed.
    """
    if first.over_seeds is None or second.over_seeds is None:
        return None
    return math.hypot(first.over_seeds, second.over_seeds)


def needed_seeds(noise: float, size: float, level: float = 0.95) -> int | None:
    """About how many seeds of each model would tell their difference on these people from the luck of seeds.

    The usual formula for two groups: ((t(1 - alpha / 2) + t(power)) * noise / size)^2, with t at 2 (n - 1)
    degrees of freedom. It says nothing about other people: their number is `compare.needed_people`.

    Args:
        noise: of the difference, as `seed_noise` gives.
        size: of the difference to be told from 0.
        level: 1 - alpha.

    Returns:
        at least 2. None where `size` is 0: no number would do.
    """
    if size <= 0:
        return None
    tail = (1 + level) / 2
    enough = max(2, math.ceil(((ndtri(tail) + ndtri(POWER)) * noise / size) ** 2))
    # t has heavier tails than the normal: a few seeds more, found by stepping up.
    for _ in range(100):
        quantiles = stdtrit(2 * (enough - 1), tail) + stdtrit(2 * (enough - 1), POWER)
        if (quantiles * noise / size) ** 2 <= enough:
            break
        enough += 1
    return enough
