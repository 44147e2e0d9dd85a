"""Trials whose scores are written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kodo.space import Choices, Linear, Log, Space, value_at
from kodo.tuning.hyperparameters import Hyperparameter
from kodo.tuning.study import Arm
from kodo.tuning.trial import Outcome, Phase, State, Trial

RATE, DEPTH, FORM = "train.rate", "depth", "train.schedule.form"
SPACES: dict[str, Space] = {
    RATE: Log(1e-5, 1e-1),
    DEPTH: Linear(1, 8),
    FORM: Choices(("constant", "cosine")),
}


def made_up_arm(
    spaces: Mapping[str, Space] = SPACES, when: Mapping[str, Mapping[str, tuple[Any, ...]]] | None = None
) -> Arm:
    """An arm that searches these spaces."""
    searched = [
        Hyperparameter(key, space, None, "", (when or {}).get(key, {})) for key, space in spaces.items()
    ]
    return Arm("made", "made", {}, tuple(searched))


def made_up_trial(
    number: int,
    point: Mapping[str, Any],
    score: float,
    phase: Phase = "explore",
    state: State = "complete",
    curves: Mapping[str, Sequence[float]] | None = None,
) -> Trial:
    """One trial with this score for each of two people."""
    people = {} if state == "failed" else {"ann": score, "bob": score}
    score = float("nan") if state == "failed" else score
    return Trial(number, "made", phase, point, Outcome(state, score, people, curves or {}, 1, 3, 2.0))


def spread(
    spaces: Mapping[str, Space], count: int, score: Callable[[Mapping[str, float]], float], seed: int = 0
) -> list[Trial]:
    """Quasi-random trials: the score is a function of positions from 0 to 1, by key."""
    drawn = np.random.default_rng(seed).random((count, len(spaces)))
    return [
        made_up_trial(
            number,
            {key: value_at(space, float(at)) for (key, space), at in zip(spaces.items(), row, strict=True)},
            score(dict(zip(spaces, row, strict=True))),
        )
        for number, row in enumerate(drawn)
    ]
