"""Were there enough points: the best score to be expected of so many, and what twice as many would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

if TYPE_CHECKING:
    from kodo.tuning.trial import Trial

WORTH = 0.01
"""A gain above this is worth points: differences up to it count as none."""

FEWEST = 8
"""Complete quasi-random trials before anything is said."""

MARKS = 40
"""Numbers of points at which the curve is known, at most."""

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Enough:
    """What the number of points brought.

    Args:
        points: numbers of quasi-random points, rising.
        expected: best score to be expected of so many, drawn from those that were tried.
        low: in one case of ten the best is at most this.
        high: in one case of ten the best is at least this.
        last: what the last doubling brought, from half of the points to all.
        doubling: what another doubling would be expected to bring; None with fewer than `FEWEST`.
        guided: points of the second phase that were tried.
        gain: what the best of these is above the best quasi-random one; 0 where it is not above.
        rises: (trials, score) whenever the best so far rose, both phases, in the order of their numbers.
    """

    points: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    last: float
    doubling: float | None
    guided: int
    gain: float
    rises: tuple[tuple[int, float], ...]

    @property
    def worth(self) -> bool:
        """Whether twice as many points would be expected to help."""
        return self.doubling is not None and self.doubling > WORTH


def enough(trials: Sequence[Trial]) -> Enough:
    """The best score against the number of quasi-random points, which are exchangeable.

    The expectation over all ways to draw n of the N points is exact, so that nothing need be drawn. Another
    doubling is expected to bring what the last one brought, less by as much as that was less than the one
    before it.

    Args:
        trials: of an arm; failed ones count as the worst.

    Source: Dodge et al., Show Your Work (2019), equation 3, here without replacement.
    """
    random = [trial for trial in trials if trial.phase == "explore"]
    complete = [trial.outcome.score for trial in random if trial.outcome.state == "complete"]
    failed = sum(trial.outcome.state == "failed" for trial in random)
    scores = np.sort([*complete, *[min(complete, default=0.0)] * failed])
    guided = [trial for trial in trials if trial.phase == "exploit"]
    reached = [trial.outcome.score for trial in guided if trial.outcome.state == "complete"]
    if not complete:
        return Enough((), (), (), (), 0.0, None, len(guided), 0.0, _rises(trials))
    count = len(scores)
    points = np.unique(np.geomspace(1, count, MARKS).round().astype(int))
    drawn = [_of(scores, int(n)) for n in points]
    last, doubling = _gains(scores)
    return Enough(
        points=tuple(points.tolist()),
        expected=tuple(mean for mean, _, _ in drawn),
        low=tuple(low for _, low, _ in drawn),
        high=tuple(high for _, _, high in drawn),
        last=last,
        doubling=doubling if count >= FEWEST else None,
        guided=len(guided),
        gain=max(0.0, max(reached, default=0.0) - float(scores[-1])),
        rises=_rises(trials),
    )


def expected_best(scores: Scores, points: int) -> float:
    """The mean of the best of n scores over all ways to draw them.

    Args:
        scores: (score,) rising.
        points: n, from 1 to all.
    """
    return _of(scores, points)[0]


def _rises(trials: Sequence[Trial]) -> tuple[tuple[int, float], ...]:
    made: list[tuple[int, float]] = []
    for count, trial in enumerate(trials, 1):
        score = trial.outcome.score
        if trial.outcome.state == "complete" and (not made or score > made[-1][1]):
            made.append((count, score))
    return tuple(made)


def _of(scores: Scores, points: int) -> tuple[float, float, float]:
    """Mean, lower and upper tenth of the best of n scores, rising, drawn without replacement."""
    count = len(scores)
    rank = np.arange(1, count + 1)
    with np.errstate(invalid="ignore"):
        # The number of ways in which all n lie among the first `rank`, over all ways; in logarithms.
        ways = gammaln(rank + 1) - gammaln(np.maximum(rank - points, 0) + 1)
        below = np.where(rank >= points, np.exp(ways - gammaln(count + 1) + gammaln(count - points + 1)), 0.0)
    share = np.diff(below, prepend=0.0)
    low, high = (float(scores[min(int(np.searchsorted(below, at)), count - 1)]) for at in (0.1, 0.9))
    return float(share @ scores), low, high


def _gains(scores: Scores) -> tuple[float, float]:
    """What the last doubling brought, and what the next one would be expected to."""
    count = len(scores)
    if count < 4:
        return 0.0, 0.0
    whole, half, quarter = (expected_best(scores, n) for n in (count, count // 2, count // 4))
    last, before = whole - half, half - quarter
    return last, last * min(last / before, 1.0) if before > 0 else 0.0
