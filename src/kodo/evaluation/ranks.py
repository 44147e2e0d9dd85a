"""Average ranks of models over blocks (datasets, or people of one), and which cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, rankdata, studentized_range

from kodo.errors import KodoError

FEWEST = 5
"""Average ranks over fewer blocks than this are not shown: almost any order would be possible by chance."""


@dataclass(frozen=True)
class Ranks:
    """Where several models stand on average; rank 1 is the best.

    Args:
        names: of the models, best average rank first.
        mean: their average ranks.
        blocks: how many rankings were averaged.
        statistic: Friedman's chi-square, corrected for ties.
        p: of all models being equal.
        distance: the critical difference (Nemenyi): average ranks nearer than this cannot be told apart.
        level: how often all those distances together are right about equal models (0.95).
        groups: the largest sets of models that cannot be told apart, two or more names each.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    blocks: int
    statistic: float
    p: float
    distance: float
    level: float
    groups: tuple[tuple[str, ...], ...]


def average_ranks(scores: NDArray[np.float64], names: Sequence[str], level: float = 0.95) -> Ranks:
    """Average ranks with Friedman's test and Nemenyi's critical difference.

    Args:
        scores: (block, model), higher is better; equal ones share the mean of their ranks.
        names: of the models.
        level: how often all pairwise statements together are right where models are equal.

    Raises:
        KodoError: fewer than three models or `FEWEST` blocks, a missing score, or a level outside 0 to 1.

    Source:
        Demsar, Statistical Comparisons of Classifiers over Multiple Data Sets (2006), section 3.2.
    """
    blocks, models = scores.shape
    if models < 3 or blocks < FEWEST:
        raise KodoError(
            f"Average ranks need at least 3 models and {FEWEST} blocks; "
            f"got {models} models and {blocks} blocks."
        )
    if np.isnan(scores).any():
        raise KodoError("Average ranks need a score of every model in every block; one is missing.")
    if not 0 < level < 1:
        raise KodoError(f"The level of a critical difference lies between 0 and 1 (0.95); got {level:g}.")
    # Scores that differ by rounding alone are ties.
    ranked = rankdata(-np.round(scores, 12), axis=1)
    mean = ranked.mean(0)
    statistic = _friedman(ranked)
    error = math.sqrt(models * (models + 1) / (6 * blocks))
    distance = float(studentized_range.ppf(level, models, np.inf)) / math.sqrt(2) * error
    order = np.argsort(mean, kind="stable")
    ordered = [names[i] for i in order]
    return Ranks(
        names=tuple(ordered),
        mean=tuple(float(mean[i]) for i in order),
        blocks=blocks,
        statistic=statistic,
        p=float(chi2.sf(statistic, models - 1)),
        distance=distance,
        level=level,
        groups=tuple(tuple(ordered[low:high]) for low, high in _near(mean[order], distance)),
    )


def _friedman(ranked: NDArray[np.float64]) -> float:
    blocks, models = ranked.shape
    between = float(((ranked.mean(0) - (models + 1) / 2) ** 2).sum())
    within = float(((ranked - (models + 1) / 2) ** 2).sum()) / (blocks * (models - 1))
    # Everybody tied everywhere: nothing tells the models apart.
    return blocks * between / within if within else 0.0


def _near(mean: NDArray[np.float64], distance: float) -> list[tuple[int, int]]:
    """The longest stretches of ascending ranks that are narrower than a distance, as (first, after last)."""
    found: list[tuple[int, int]] = []
    for low in range(len(mean)):
        high = int(np.searchsorted(mean, mean[low] + distance, side="left"))
        if high - low > 1 and not (found and found[-1][1] >= high):
            found.append((low, high))
    return found
