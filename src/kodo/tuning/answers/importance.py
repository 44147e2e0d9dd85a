"""Which hyperparameters move the score: shares of its variance over the whole space, by a forest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from kodo.space import position_of, value_at

if TYPE_CHECKING:
    from kodo.tuning.hyperparameters import Hyperparameter, Point
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial

FEWEST = 12
"""Complete trials without which no forest is grown."""

MOST = 1_000
"""Complete trials that a forest learns from; of more, so many evenly."""

FORESTS, TREES, SAMPLES = 8, 32, 512
EXPLAINED = 0.1
"""Share of the variance of trials it has not seen that a forest must explain before it is believed."""

Positions = NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """One hyperparameter.

    Args:
        key: of the hyperparameter.
        share: of the variance of the score over the space that it takes part in, alone or with others.
        low: of the forests that were grown on other draws of the trials, the lowest share.
        high: the highest share.
    """

    key: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Importances:
    """All hyperparameters of an arm.

    Args:
        explained: share of the variance of trials it has not seen that the forest explains.
        trials: complete ones that it learned from.
        ranked: the hyperparameters, the most important first; empty where the forest explains too little.
    """

    explained: float
    trials: int
    ranked: tuple[Importance, ...]


def importances(arm: Arm, trials: Sequence[Trial]) -> Importances:
    """Total effects: the share of the score's variance that each hyperparameter takes part in.

    A forest learns the score from the complete trials of both phases; how it varies is then asked at points
    spread evenly over the declared space, so that the guided phase's preferences do not count. Unlike the
    evaluators of Optuna, it knows hyperparameters that mean something in part of the space only.

    Args:
        arm: what was searched.
        trials: of the arm.

    Source: Saltelli et al., Variance based sensitivity analysis of model output (2010), table 2, form of
        Jansen (total effects).
    """
    from sklearn.ensemble import RandomForestRegressor

    complete = [trial for trial in trials if trial.outcome.state == "complete"]
    searched = [one for one in arm.searched if any(one.key in trial.point for trial in complete)]
    scores = np.array([trial.outcome.score for trial in complete])
    if len(complete) < FEWEST or np.ptp(scores) <= 1e-12:
        return Importances(0.0, len(complete), ())
    kept = np.unique(np.linspace(0, len(complete) - 1, MOST).astype(int))
    places = np.array([_places(searched, complete[i].point) for i in kept])
    scores = scores[kept]
    forest = RandomForestRegressor(4 * TREES, min_samples_leaf=2, oob_score=True, random_state=0)
    explained = float(forest.fit(places, scores).oob_score_)
    if explained < EXPLAINED:
        return Importances(explained, len(kept), ())
    random = np.random.default_rng(0)
    asked = _asked(searched)
    shares = []
    for seed in range(FORESTS):
        drawn = random.integers(0, len(kept), len(kept))
        grown = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=seed)
        said = grown.fit(places[drawn], scores[drawn]).predict(asked.reshape(-1, len(searched)))
        shares.append(total_effects(said.reshape(len(asked), -1)))
    table = np.array(shares)
    order = np.argsort(-table.mean(0), kind="stable")
    ranked = [
        Importance(searched[i].key, *map(float, (table[:, i].mean(), table[:, i].min(), table[:, i].max())))
        for i in order
    ]
    return Importances(explained, len(kept), tuple(ranked))


def total_effects(values: Positions) -> Positions:
    """Share of the variance that each input takes part in, alone or with others.

    Args:
        values: (1 + input, point) of a function: at points, then at these with one input drawn anew.

    Returns:
        (input,) shares, cut off at 1; zeros where nothing varies.
    """
    variance = float(np.var(values))
    moved = ((values[1:] - values[0]) ** 2).mean(1) / 2
    return np.minimum(moved / variance, 1.0) if variance > 0 else np.zeros(len(moved))


def _asked(searched: Sequence[Hyperparameter]) -> Positions:
    """(1 + input, point, input) places: points, and the same with one input drawn anew."""
    sequence = qmc.Sobol(2 * len(searched), seed=np.random.default_rng(0))
    first, second = np.split(sequence.random(SAMPLES), 2, axis=1)
    tables = [first]
    for column in range(len(searched)):
        changed = first.copy()
        changed[:, column] = second[:, column]
        tables.append(changed)
    return np.array([[_places(searched, _point(searched, row)) for row in table] for table in tables])


def _point(searched: Sequence[Hyperparameter], row: Positions) -> Point:
    """The values at positions of all spaces, without those that mean nothing beside the others."""
    values = {
        one.key: value_at(one.space, float(at)) for one, at in zip(searched, row, strict=True) if one.space
    }
    point: dict[str, Any] = {}
    for one in searched:
        # What depends on something that means nothing there has no value to look up, and goes as well.
        if all(point.get(key) in allowed for key, allowed in one.when.items() if key in values):
            point[one.key] = values[one.key]
    return point


def _places(searched: Sequence[Hyperparameter], point: Point) -> list[float]:
    """Positions of a point's values in their spaces, -1 for one that means nothing there."""
    found = []
    for one in searched:
        place = position_of(one.space, point[one.key]) if one.space and one.key in point else None
        found.append(-1.0 if place is None else place)
    return found
