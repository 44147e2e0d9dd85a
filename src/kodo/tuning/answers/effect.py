"""How the score moves with one hyperparameter, over all that the others were in the quasi-random phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kodo.evaluation.interval import mean_interval
from kodo.tuning.answers.concentration import counts
from kodo.tuning.answers.division import divided

if TYPE_CHECKING:
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial

PER_PART = 6
"""Points that a part should hold: with few points a range is divided into fewer stretches."""

TRIALS = ("trial", "trials")


@dataclass(frozen=True)
class Level:
    """One part of a space and the scores in it.

    Args:
        says: its values in words.
        mean: macro-F1, the mean over its quasi-random trials; NaN where none is complete.
        low: of the 95 % interval of that mean over trials; None where there is none.
        high: likewise.
        trials: complete ones.
        failed: trials that could not be done.
        guided: trials of the second phase, in any state.
    """

    says: str
    mean: float
    low: float | None
    high: float | None
    trials: int
    failed: int
    guided: int


@dataclass(frozen=True)
class Effect:
    """One hyperparameter.

    Args:
        key: of the hyperparameter.
        ordered: whether neighbouring parts are alike.
        levels: its parts, from the low end.
    """

    key: str
    ordered: bool
    levels: tuple[Level, ...]

    @property
    def ends(self) -> tuple[Level, Level] | None:
        """The parts with the highest and the lowest mean, where their intervals are apart; else None."""
        known = [level for level in self.levels if level.low is not None]
        if len(known) < 2:
            return None
        top, bottom = max(known, key=lambda one: one.mean), min(known, key=lambda one: one.mean)
        apart = top.low is not None and bottom.high is not None and top.low > bottom.high
        return (top, bottom) if apart else None


def effects(arm: Arm, trials: Sequence[Trial]) -> tuple[Effect, ...]:
    """The marginal effect of each hyperparameter: means with their intervals over trials (t on the logit).

    Args:
        arm: what was searched.
        trials: of the arm; means are taken over the quasi-random ones, which favour nothing.
    """
    random = [trial for trial in trials if trial.phase == "explore"]
    guided = [trial for trial in trials if trial.phase == "exploit"]
    complete = [trial for trial in random if trial.outcome.state == "complete"]
    failed = [trial for trial in random if trial.outcome.state == "failed"]
    made = []
    for one in arm.searched:
        if one.space is None:
            continue
        held = [trial for trial in complete if one.key in trial.point]
        parts = divided(one.space, int(np.clip(len(held) // PER_PART, 2, 8)))
        lost, went = counts(parts, one.key, failed), counts(parts, one.key, guided)
        placed: list[list[float]] = [[] for _ in range(len(parts))]
        for trial in held:
            place = parts.place(trial.point[one.key])
            if place is not None:
                placed[place].append(trial.outcome.score)
        levels = [
            _level(parts.says(i, i), scores, int(lost[i]), int(went[i])) for i, scores in enumerate(placed)
        ]
        made.append(Effect(one.key, parts.ordered, tuple(levels)))
    return tuple(made)


def _level(says: str, scores: Sequence[float], failed: int, guided: int) -> Level:
    if not scores:
        return Level(says, float("nan"), None, None, 0, failed, guided)
    found = mean_interval(np.array(scores), subjects=TRIALS)
    return Level(says, found.estimate, found.low, found.high, len(scores), failed, guided)
